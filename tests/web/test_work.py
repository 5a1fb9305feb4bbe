"""Show your work: each step is shown, of any picture, and so is what was decided."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.conftest import CHECKOUT
from tests.web.conftest import await_count, await_drawn, open_page, upload

WORK = str(CHECKOUT / "web" / "pages" / "work.py")
SAMPLES = CHECKOUT / "samples"


@pytest.fixture
def at() -> AppTest:
    return AppTest.from_file(WORK, default_timeout=60).run()


def html_of(at: AppTest) -> str:
    return " ".join(str(one.proto.body) for one in at.get("html"))


def headings(at: AppTest) -> list[str]:
    return [one.value for one in at.subheader]


def test_a_samples_steps_digits_times_and_settings_are_shown(at):
    assert not at.exception
    assert headings(at)[:8] == [
        "1. Frame",
        "2. Light",
        "3. Contrast",
        "4. Ink",
        "5. Ruling removed",
        "6. Straightened",
        "7. Pieces",
        "8. Reading",
    ]
    assert headings(at)[8].startswith("1. 4096, ")
    shown = html_of(at)
    assert shown.count("What the model saw of") == sum(
        len(text) for text in ["4096", "813", "275", "60", "1538", "947", "702", "3316"]
    )
    for told in (
        "Pieces joined",
        "Cuts not taken",
        "Milliseconds by step",
        "recognize",
        "shipped, version",
        "polarity",
    ):
        assert told in shown


def test_touching_digits_tell_of_pieces_that_were_joined(at):
    at.selectbox(key="work_sample").select("touching_digits.jpg").run()
    assert not at.exception
    assert " to " in html_of(at)


@pytest.mark.parametrize("name", ["no_numbers.jpg", "bare_digit.png"])
def test_pictures_with_little_to_show_are_shown(at, name):
    at.selectbox(key="work_sample").select(name).run()
    assert not at.exception
    assert headings(at)[0] == "1. Frame"


def test_another_picture_is_shown_and_a_bad_one_is_told_in_words(at):
    at.radio(key="work_way").set_value("Another picture").run()
    picture = (SAMPLES / "opencv_frame_0.png").read_bytes()
    at.file_uploader(key="work_file").set_value(("mine.png", picture, "image/png")).run()
    assert not at.exception
    assert any(text.startswith("1. 4071") for text in headings(at))
    at.file_uploader(key="work_file").set_value(("<b>.png", b"hello", "image/png")).run()
    assert not at.exception
    assert "is not an image that can be read" in at.error[0].value


def test_a_picture_that_was_read_leads_to_its_work(server, page):
    open_page(page, f"{server}/read")
    upload(page, "Pictures, one or many", [SAMPLES / "opencv_frame_0.png", SAMPLES / "plain_page.jpg"])
    page.get_by_text("2 pictures read").wait_for()
    await_drawn(page)
    page.get_by_role("button", name="Show the work").nth(1).click()
    page.get_by_role("heading", name="Show your work", level=1).wait_for()
    page.get_by_role("status").get_by_text("6 numbers read in plain_page.jpg").wait_for()
    await_count(page.get_by_role("img", name="Ink: What differs"), 1)
