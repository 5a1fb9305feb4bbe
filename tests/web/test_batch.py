"""Batch: all is read, in order, and what cannot be read is named and stops nothing."""

import threading
from dataclasses import replace
from typing import Any

import pytest

from tests.conftest import CHECKOUT
from tests.web.readings import make_number, make_reading
from web.batch import READERS, Result, Upload, read_batch
from web.pile import Options, Pile, describe_sheets
from web.shelf import pipeline_with

SAMPLES = CHECKOUT / "samples"


def upload(name: str) -> Upload:
    return Upload(name, (SAMPLES / name).read_bytes())


class Scripted:
    """A pipeline that reads the same on all pictures, and counts them."""

    def __init__(self) -> None:
        self.read_names: list[str] = []
        self._lock = threading.Lock()

    def prepare(self, frame: Any) -> Any:
        return frame

    def read_page(self, frame: Any, capture_ms: float) -> Any:
        assert capture_ms > 0
        with self._lock:
            self.read_names.append(frame.source)
        if frame.source == "fault.png":
            raise RuntimeError("a fault of ours")
        return make_reading(make_number("12"), source=frame.source)


def test_one_bad_file_is_named_and_the_rest_is_read():
    told: list[tuple[str, int, int]] = []
    pictures = [upload("plain_page.jpg"), Upload("broken.jpg", b"no picture"), upload("opencv_frame_0.png")]
    first, broken, last = read_batch(pictures, pipeline_with(), lambda *report: told.append(report))
    assert first.reading is not None
    assert first.reading.source == "plain_page.jpg"
    assert "1970" in first.reading.texts
    assert broken.error is not None
    assert str(broken.error).startswith("broken.jpg is not an image that can be read")
    assert "Give a JPEG" in str(broken.error)
    assert last.reading is not None
    assert last.reading.texts == ["4071", "2589"]
    assert told == [("plain_page.jpg", 1, 3), ("broken.jpg", 2, 3), ("opencv_frame_0.png", 3, 3)]


def test_a_hundred_pictures_come_in_order():
    picture = upload("bare_digit.png")
    pictures = [replace(picture, name=f"{place}.png") for place in range(100)]
    pictures[41] = Upload("41.png", b"")
    results = list(read_batch(pictures, Scripted()))
    assert [result.name for result in results] == [f"{place}.png" for place in range(100)]
    assert [result.name for result in results if result.error] == ["41.png"]


def test_a_fault_of_ours_is_told_as_one(caplog):
    (result,) = read_batch([replace(upload("bare_digit.png"), name="fault.png")], Scripted())
    assert "fault.png failed by a fault of this program (RuntimeError)" in str(result.error)
    assert "a fault of ours" in caplog.text


def test_who_stops_asking_stops_the_reading():
    pipeline = Scripted()
    pictures = [replace(upload("bare_digit.png"), name=f"{place}.png") for place in range(50)]
    reading = read_batch(pictures, pipeline)
    next(reading)
    reading.close()
    assert len(pipeline.read_names) <= READERS + 1


def test_too_large_a_picture_is_told_without_the_command_lines_options():
    header = b"BM" + bytes(12) + (40).to_bytes(4, "little") + (30_000).to_bytes(4, "little") * 2 + bytes(28)
    (result,) = read_batch([Upload("huge.bmp", header)], Scripted())
    assert "900 megapixels" in str(result.error)
    assert "--" not in str(result.error)


@pytest.mark.parametrize(("given", "shown"), [("a\x00b\n.jpg", "ab.jpg"), ("", "picture"), ("x" * 500, "x" * 120)])
def test_names_are_fit_to_be_shown(given, shown):
    assert Upload(given, b"").name == shown


def test_a_result_is_a_reading_or_an_error():
    with pytest.raises(ValueError, match="not both"):
        Result("a", None, None)


def read_all(pile: Pile, options: Options) -> list[str]:
    pipeline = Scripted()
    unread = pile.unread(options)
    for one, result in zip(unread, read_batch(unread, pipeline), strict=True):  # type: ignore[arg-type]
        pile.keep(one, options, result)
    return sorted(pipeline.read_names)


def test_the_pile_reads_nothing_twice_until_options_change():
    pile, digit = Pile(), upload("bare_digit.png")
    pile.add([digit, replace(digit, name="copy.png"), Upload("bad.png", b"")])
    assert read_all(pile, Options()) == ["bare_digit.png"]
    assert read_all(pile, Options()) == []
    assert [sheet.name for sheet in pile.sheets()] == ["bare_digit.png", "copy.png", "bad.png"]
    assert [sheet.result.reading.source for sheet in pile.sheets() if sheet.result.reading] == [
        "bare_digit.png",
        "copy.png",
    ]
    assert describe_sheets(pile.sheets()) == "2 pictures read, 2 numbers, 1 could not be read."
    assert read_all(pile, Options(layout="line")) == ["bare_digit.png"]
    pile.clear()
    assert pile.sheets() == []


def test_the_pile_lets_go_of_the_oldest_pictures_and_keeps_what_was_read():
    digit = upload("bare_digit.png")
    pile = Pile(most_bytes=2 * len(digit.content) + 5)
    pile.add([Upload(f"{place}.png", digit.content + bytes(place)) for place in range(3)])
    read_all(pile, Options())
    assert [sheet.content is None for sheet in pile.sheets()] == [True, False, False]
    assert read_all(pile, Options(layout="line")) == ["1.png", "2.png"]
    assert len(pile.sheets()) == 3


def test_the_pile_has_an_end():
    pile = Pile(most_pictures=2)
    assert pile.add([Upload(f"{place}.png", bytes([place])) for place in range(5)]) == 3
    assert len(pile) == 2
