"""Home: says what it is, reads a sample at a click, and leads to the other pages."""

import subprocess
import sys

from streamlit.testing.v1 import AppTest

from tests.conftest import CHECKOUT
from tests.web.conftest import await_count, await_drawn, open_page

HOME = str(CHECKOUT / "web" / "pages" / "home.py")


def html_of(at: AppTest) -> str:
    return " ".join(str(one.proto.body) for one in at.get("html"))


def test_a_sample_is_read_at_a_click():
    at = AppTest.from_file(HOME, default_timeout=60).run()
    assert not at.exception
    assert "<td>1970</td>" not in html_of(at)
    at.button(key="home_read").click().run()
    assert not at.exception
    for number in ("1970", "365", "48", "90210", "7386", "514"):
        assert f"<td>{number}</td>" in html_of(at)


def test_the_first_page_needs_nothing_that_reads():
    code = (
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        "at = AppTest.from_file('web/site.py', default_timeout=60).run()\n"
        "assert not at.exception and at.button(key='home_read')\n"
        "print(sorted({'cv2', 'ai_edge_litert', 'pipeline', 'web.shelf'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_home_leads_to_the_other_pages_and_reads_its_sample(server, page):
    open_page(page, server)
    page.get_by_role("button", name="Read this sample").click()
    page.get_by_role("status").get_by_text("6 numbers read").wait_for()
    await_count(page.get_by_role("button", name="digit 1 of number 48: 4"), 1)
    # What is still being drawn may move the link away from under the click.
    await_drawn(page)
    page.get_by_test_id("stMain").get_by_role("link", name="Read", exact=True).click()
    page.get_by_role("heading", name="Read", level=1, exact=True).wait_for()
    await_drawn(page)
    assert page.url == f"{server}/read"
