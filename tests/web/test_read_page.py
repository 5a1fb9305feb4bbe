"""Read: pictures come in, are read once, corrected, and taken along."""

import base64
import csv
import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.testing.v1 import AppTest

from errors import SpeechUnavailable
from speak.voice import Voice
from tests.conftest import CHECKOUT
from tests.web.conftest import await_drawn, open_page, upload

READ = str(CHECKOUT / "web" / "pages" / "read.py")
SAMPLES = CHECKOUT / "samples"
FRAME = "opencv_frame_0.png"


@pytest.fixture
def at() -> AppTest:
    return AppTest.from_file(READ, default_timeout=60).run()


def give(at: AppTest, *files: tuple[str, bytes]) -> None:
    """Upload files, and wait until they are read."""
    at.file_uploader[0].set_value([(name, content, "application/octet-stream") for name, content in files]).run()
    assert not at.exception


def html_of(at: AppTest) -> str:
    return " ".join(str(one.proto.body) for one in at.get("html"))


def said(at: AppTest) -> str:
    return str(at.session_state["status_said_read"])


def sample(name: str) -> tuple[str, bytes]:
    return name, (SAMPLES / name).read_bytes()


def test_two_pictures_and_a_broken_file(at):
    give(at, sample(FRAME), ("<i>bad</i>.jpg", b"no picture"), sample("plain_page.jpg"))
    assert said(at) == "2 pictures read, 8 numbers, 1 could not be read."
    shown = html_of(at)
    for number in ("4071", "2589", "1970", "90210"):
        assert f"<td>{number}</td>" in shown
    assert "<i>bad" not in shown
    assert "&lt;i&gt;bad&lt;/i&gt;.jpg" in shown
    (error,) = at.error
    assert "is not an image that can be read" in error.value
    assert "Give a JPEG" in error.value
    assert "<i>" not in error.value.replace("\\<i\\>", "")


def test_the_server_does_not_hold_files_beside_the_pile(at, monkeypatch):
    freed = []
    manager = MemoryUploadedFileManager
    free = manager.remove_file
    monkeypatch.setattr(manager, "remove_file", lambda *given: freed.append(given[-1]) or free(*given))
    give(at, sample(FRAME), sample("plain_page.jpg"))
    assert len(freed) == 2
    assert said(at) == "2 pictures read, 8 numbers."


def test_what_was_read_is_not_read_again(at, monkeypatch):
    give(at, sample(FRAME))
    monkeypatch.setattr("web.batch.read_one", lambda *_: pytest.fail("it was read again"))
    at.run()
    assert not at.exception
    assert said(at) == "1 picture read, 2 numbers."


def test_a_digit_is_corrected_and_taken_back(at):
    give(at, sample(FRAME))
    at.selectbox[0].select_index(1).run()
    assert at.selectbox[0].options[1].startswith("digit 2 of number 4071: 0, ")
    button(at, "6").click().run()
    assert said(at) == "4071 is now 4671."
    assert "<td>from 4071</td>" in html_of(at)
    (example,) = at.session_state["corrections"].values()
    assert example.label == "6"
    assert example.picture.shape == (28, 28)
    assert example.picture.max() > 200
    button(at, "Take back").click().run()
    assert said(at) == "4071 stands as it was read."
    assert "from 4071" not in html_of(at)
    button(at, "no digit").click().run()
    assert said(at) == "4071 is now 471."
    assert not at.exception


def button(at: AppTest, label: str) -> Any:
    return next(one for one in at.button if one.label == label)


def test_a_correction_outlives_another_reading(at):
    give(at, sample(FRAME))
    at.selectbox[0].select_index(1).run()
    button(at, "6").click().run()
    at.number_input(key="read_least").set_value(1)
    button(at, "Read with these").click().run()
    assert said(at) == "1 picture read, 2 numbers."
    assert "<td>4671</td>" in html_of(at)


def test_a_pattern_is_expected_and_a_wrong_one_is_told(at):
    give(at, sample(FRAME))
    at.text_input(key="read_patterns").set_value("[4]ddd")
    button(at, "Read with these").click().run()
    assert "<td>2589</td>" not in html_of(at)
    at.text_input(key="read_patterns").set_value("[x]")
    button(at, "Read with these").click().run()
    assert not at.exception
    assert "bracket" in at.error[0].value
    at.text_input(key="read_patterns").set_value("")
    at.text_input(key="read_lengths").set_value("4, many")
    button(at, "Read with these").click().run()
    assert "is no count of digits" in at.error[0].value


def test_many_pictures_are_shown_by_tens(at):
    digit = sample("bare_digit.png")[1]
    give(at, *[(f"{place:02}.png", digit + bytes(place)) for place in range(23)])
    assert said(at) == "23 pictures read, 23 numbers."
    assert [name for name in (f"{place:02}.png</h2>" for place in range(23)) if name in html_of(at)] == [
        f"{place:02}.png</h2>" for place in range(10)
    ]
    at.number_input(key="read_tens").set_value(3).run()
    assert "22.png</h2>" in html_of(at)
    assert "09.png</h2>" not in html_of(at)


def test_all_are_taken_off(at):
    give(at, sample(FRAME))
    at.button(key="read_clear").click().run()
    assert not at.exception
    assert "4071" not in html_of(at)
    assert at.button(key="intake_samples")


def test_samples_are_read_at_a_click(at):
    at.button(key="intake_samples").click().run()
    assert said(at).startswith("3 pictures read, 35 numbers")


def test_numbers_are_read_aloud(at):
    try:
        Voice().make("one")
    except SpeechUnavailable as error:
        pytest.skip(f"no voice here: {error}")
    give(at, sample(FRAME))
    at.button(key="read_aloud").click().run()
    assert not at.exception
    (audio,) = at.get("audio")
    assert audio.proto.url.endswith(".wav")


def add_files(page: Any, *paths: Path) -> None:
    upload(page, "Pictures, one or many", paths)


def download(page: Any, name: str) -> bytes:
    with page.expect_download() as waited:
        page.get_by_role("button", name=name).click()
    return Path(waited.value.path()).read_bytes()


def test_a_digit_is_clicked_corrected_and_found_in_the_downloads(server, page, tmp_path):
    broken = tmp_path / "=broken.jpg"
    broken.write_bytes(b"no picture")
    open_page(page, f"{server}/read")
    add_files(page, SAMPLES / FRAME, SAMPLES / "plain_page.jpg", broken)
    page.get_by_role("status").get_by_text("2 pictures read, 8 numbers, 1 could not be read.").wait_for()
    await_drawn(page)
    page.get_by_role("button", name="digit 2 of number 4071: 0").click()
    page.get_by_role("button", name="6", exact=True).click()
    page.get_by_role("status").get_by_text("4071 is now 4671.").wait_for()
    page.get_by_role("button", name="digit 2 of number 4071: 6, corrected from 0").wait_for()
    rows = list(csv.DictReader(io.StringIO(download(page, "Download CSV").decode("utf-8-sig"), newline="")))
    assert [(row["number"], row["read"], row["corrected"]) for row in rows[:2]] == [
        ("4671", "4071", "4671"),
        ("2589", "2589", ""),
    ]
    assert rows[-1]["source"] == "'=broken.jpg"
    told = json.loads(download(page, "Download JSON"))
    assert told[0]["numbers"][0]["corrected"] == "4671"
    sheet = openpyxl.load_workbook(io.BytesIO(download(page, "Download XLSX"))).active
    assert sheet["C2"].value == 4671


def test_the_keyboard_alone_corrects_a_digit(server, page):
    open_page(page, f"{server}/read")
    add_files(page, SAMPLES / FRAME)
    page.get_by_role("status").get_by_text("1 picture read").wait_for()
    await_drawn(page)
    first = page.get_by_role("button", name="digit 1 of number 4071")
    first.focus()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.get_by_text("Read as 7").wait_for()
    await_drawn(page)
    assert page.evaluate("document.activeElement.shadowRoot.activeElement.ariaLabel").startswith("digit 3 of number")
    choice = page.get_by_role("button", name="9", exact=True)
    for _ in range(30):
        page.keyboard.press("Tab")
        if choice.evaluate("one => one === document.activeElement"):
            break
    page.keyboard.press("Enter")
    page.get_by_role("status").get_by_text("4071 is now 4091.").wait_for()
    await_drawn(page)
    assert page.evaluate("document.activeElement.innerText") == "9 (now)"


def test_a_picture_is_pasted(server, page):
    open_page(page, f"{server}/read")
    page.get_by_role("button", name="Paste a picture").wait_for()
    page.evaluate(
        """async (picture) => {
            const data = new DataTransfer();
            const bytes = await (await fetch(picture)).arrayBuffer();
            data.items.add(new File([bytes], "image.png", { type: "image/png" }));
            document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
        }""",
        "data:image/png;base64," + base64.b64encode((SAMPLES / FRAME).read_bytes()).decode(),
    )
    page.get_by_role("status").get_by_text("1 picture read, 2 numbers.").wait_for()


def test_axe_finds_nothing_in_what_was_read(server, page, axe, tmp_path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    page.set_viewport_size({"width": 375, "height": 740})
    open_page(page, f"{server}/read")
    add_files(page, SAMPLES / FRAME, SAMPLES / "no_numbers.jpg", broken)
    page.get_by_role("status").get_by_text("2 pictures read").wait_for()
    await_drawn(page)
    page.get_by_role("button", name="digit 2 of number 4071: 0").click()
    page.get_by_text("Read as 0").wait_for()
    await_drawn(page)
    page.evaluate(axe)
    found = page.evaluate(
        "axe.run().then(all => all.violations.map(one => [one.id, one.nodes.map(node => node.html)]))"
    )
    assert found == []
    assert page.evaluate("document.body.scrollWidth") <= 375
