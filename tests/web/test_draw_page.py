"""Draw: what is written on the page is read while it is written; a hand is played by a mouse."""

import random
import re
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from errors import UnreadableImage
from recognize.reading import Reading, Refusal
from tests.conftest import CHECKOUT
from tests.web.conftest import await_count, open_page
from web.looks import Look, describe, percent, read_closely
from web.parts.pad import PREFIX, picture_of
from web.plots import cards_of

PAGE = str(CHECKOUT / "web" / "pages" / "draw.py")
SHEET = '[aria-label^="Sheet to write"]'
# Strokes of each digit, in a box 100 wide and 140 high.
STROKES = {
    digit: [[(int(x), int(y)) for x, y in (point.split(",") for point in stroke.split())] for stroke in strokes]
    for digit, strokes in {
        "0": ["62,8 34,14 14,45 10,85 24,122 52,134 78,116 90,76 84,36 66,12"],
        "1": ["30,40 44,26 58,8 56,50 54,92 53,134"],
        "2": ["14,40 22,18 46,8 72,16 78,42 62,72 36,104 12,132 48,129 88,131"],
        "3": ["16,20 40,8 68,14 74,38 56,58 36,64 62,70 82,94 72,122 42,134 12,122"],
        "4": ["56,8 38,44 12,86 50,84 90,86", "68,50 66,92 64,136"],
        "5": ["26,10 22,36 18,62 44,54 72,66 82,94 66,124 38,134 10,122", "26,10 82,8"],
        "6": ["70,8 42,28 20,64 12,100 28,128 58,134 80,114 76,88 52,76 28,86 16,106"],
        "7": ["12,14 46,12 86,10 68,48 50,90 40,134"],
        "8": ["74,26 52,8 26,18 28,44 56,64 80,90 76,122 46,134 18,118 24,88 54,64 78,42 74,24"],
        "9": ["78,30 52,10 22,24 16,54 40,72 68,60 79,28 80,66 74,104 66,136"],
    }.items()
}


def write(page: Any, number: str, high_px: float = 180, seed: int = 1) -> None:
    """Write a number in the middle of the sheet as a person does with a mouse: in small steps, not quite evenly."""
    rng = random.Random(seed)
    sheet = page.locator(SHEET)
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    wide = high_px / 1.4
    left = box["x"] + (box["width"] - 1.35 * wide * len(number) + 0.35 * wide) / 2
    top = box["y"] + (box["height"] - high_px) / 2
    for place, digit in enumerate(number):
        for stroke in STROKES[digit]:
            points = [
                (
                    left + place * 1.35 * wide + x * wide / 100 + rng.uniform(-1.5, 1.5),
                    top + y * high_px / 140 + rng.uniform(-1.5, 1.5),
                )
                for x, y in stroke
            ]
            page.mouse.move(*points[0])
            page.mouse.down()
            for point in points[1:]:
                page.mouse.move(*point, steps=3)
            page.mouse.up()


def await_status(page: Any, words: str) -> str:
    """Wait until the status line says something, and give all that it says."""
    status = page.locator("[role=status].said")
    status.filter(has_text=re.compile(words)).wait_for(timeout=15_000)
    return str(status.inner_text())


def await_last_status(page: Any) -> str:
    """Wait until the status line says something, and stays so: a digit of two strokes may be read after each."""
    said = ""
    while said != (said := await_status(page, "Read|No number")):
        page.wait_for_timeout(800)
    return said


def clear(page: Any) -> None:
    page.get_by_role("button", name="Clear").click()
    await_status(page, "Nothing is written")


def test_each_digit_is_read_ten_of_ten(server: str, page: Any):
    open_page(page, f"{server}/draw")
    read = {}
    for digit in STROKES:
        write(page, digit)
        read[digit] = await_last_status(page)
        clear(page)
    assert [digit for digit, said in read.items() if not said.startswith(f"Read {digit},")] == [], read


def test_a_whole_number_is_read_with_what_the_model_saw_of_each_digit(server: str, page: Any):
    open_page(page, f"{server}/draw")
    write(page, "4071", 120)
    assert re.fullmatch(r"Read 4071, (over )?\d+ %", await_status(page, "Read 4071,"))
    await_count(page.locator(".look"), 4)
    await_count(page.locator(".look").first.locator("tbody tr"), 11)
    size = page.locator(".look img").first.evaluate("img => [img.naturalWidth, img.naturalHeight, img.width > 100]")
    assert size == [28, 28, True]


def test_undo_takes_the_last_stroke_away_and_clear_all(server: str, page: Any):
    open_page(page, f"{server}/draw")
    write(page, "17", 140)
    await_status(page, "Read 17,")
    page.get_by_role("button", name="Undo").click()
    await_status(page, "Read 1,")
    clear(page)
    await_count(page.locator(".look"), 0)


def test_a_wider_pen_leaves_a_wider_line(server: str, page: Any):
    open_page(page, f"{server}/draw")
    dark = """canvas => {
        const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        let count = 0;
        for (let at = 0; at < data.length; at += 4) count += data[at] < 128;
        return count;
    }"""
    counts = []
    for width in ("4", "20"):
        page.get_by_label("Pen width").fill(width)
        write(page, "1")
        counts.append(page.locator(SHEET).evaluate(dark))
        clear(page)
    assert 3.5 * counts[0] < counts[1] < 6.5 * counts[0]


def test_a_finger_writes_too_and_does_not_scroll(server: str, browser: Any):
    context = browser.new_context(viewport={"width": 375, "height": 700}, has_touch=True, is_mobile=True)
    page = context.new_page()
    open_page(page, f"{server}/draw")
    sheet = page.locator(SHEET)
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    touch = context.new_cdp_session(page)
    points = [(box["x"] + 140 + x * 0.6, box["y"] + 40 + y * 0.8) for x, y in STROKES["7"][0]]
    points = [
        (x + (to_x - x) * step / 4, y + (to_y - y) * step / 4)
        for (x, y), (to_x, to_y) in pairwise(points)
        for step in range(4)
    ]
    before = page.evaluate("scrollY")
    for kind, where in [("touchStart", points[0]), *(("touchMove", point) for point in points[1:])]:
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": where[0], "y": where[1]}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    await_status(page, "Read 7,")
    assert page.evaluate("scrollY") == before
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    context.close()


def test_the_keyboard_alone_is_enough_and_is_not_trapped(server: str, page: Any):
    open_page(page, f"{server}/draw")
    page.locator(SHEET).wait_for()
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("""() => {
                let at = document.activeElement;
                while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
                return at.className + " " + (at.getAttribute("aria-label") ?? "");
            }""")
        )
        if "digits" in reached[-1].split():
            break
    assert [name.split()[0] for name in reached[-4:]] == ["undo", "clear", "pen", "digits"]
    page.keyboard.type("2580")
    page.keyboard.press("Enter")
    await_status(page, "Read 2580,")


def test_several_numbers_are_told_apart_when_asked_for(server: str, page: Any):
    open_page(page, f"{server}/draw")
    page.get_by_text("Several numbers").click()
    page.get_by_label("Type digits").fill("26")
    page.get_by_role("button", name="Write them").click()
    await_status(page, "Read 26,")


def test_the_page_runs_by_itself():
    app = AppTest.from_file(PAGE, default_timeout=20).run()
    assert not app.exception
    assert app.title[0].value == "Draw"


def png(seed: int | None) -> bytes:
    """Make a picture: of nothing, or of a 7."""
    image = np.full((200, 300, 3), 255, np.uint8)
    if seed is not None:
        cv2.polylines(image, [np.array(STROKES["7"][0]) + 30], False, (20, 20, 20), 8, cv2.LINE_AA)
    return cv2.imencode(".png", image)[1].tobytes()


def test_looks_hold_the_shares_of_all_ten_digits():
    reading, ((look,),) = read_closely(png(7))
    assert reading.texts == ["7"]
    assert int(np.argmax(look.shares)) == 7
    assert sum(look.shares) == pytest.approx(1, abs=1e-4)
    with pytest.raises(ValueError, match="11 shares"):
        Look(look.digit, look.patch, look.shares[:3])


def test_cards_say_every_share_in_words_too():
    _, (looks,) = read_closely(png(7))
    html = cards_of(looks)
    assert html.count('<th scope="row">') == 11
    assert "Digit 1: read as 7" in html
    assert html.count(" %</td>") == 11


def test_what_a_drawing_was_read_as_is_said():
    nothing = Reading("x", 10, 10, ())
    assert describe(nothing) == "No number is read."
    refused = Reading("x", 10, 10, (), (Refusal((0, 0, 5, 5), "not a digit"),))
    assert describe(refused) == "No number is read: not a digit."
    assert percent(0.999) == "over 99 %"
    assert percent(0.001) == "under 1 %"
    assert percent(0.5) == "50 %"


@pytest.mark.parametrize("drawing", ["http://x", PREFIX + "?", PREFIX + "A" * 4_000_001, "data:text/html;base64,AAAA"])
def test_what_is_no_drawing_is_refused_in_words(drawing: str):
    with pytest.raises(UnreadableImage, match="Load the page again"):
        picture_of(drawing)
