"""About: what the page says is what the files say."""

from streamlit.testing.v1 import AppTest

from recognize.classifier import MODELS, load_card
from tests.conftest import CHECKOUT

PAGE = str(CHECKOUT / "web" / "pages" / "about.py")


def test_data_licences_versions_and_figures_are_told():
    app = AppTest.from_file(PAGE, default_timeout=30).run()
    assert not app.exception
    html = " ".join(str(one.proto.body) for one in app.get("html"))
    for data in load_card(MODELS).raw["data"]:
        assert data["licence"] in html
    assert "runs/own" in html
    assert load_card(MODELS).version in app.code[0].value
    assert any("cheques" in one.value for one in app.markdown)


def test_headings_of_the_figures_lie_below_those_of_the_page():
    app = AppTest.from_file(PAGE, default_timeout=30).run()
    assert not [one for one in app.markdown if one.value.startswith(("# ", "## "))]
