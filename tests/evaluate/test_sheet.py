"""Contact sheets: each misread number has its tile, and the patches are those that the machine saw."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from capture.frame import Frame
from errors import UnreadableImage
from evaluate import sheet
from evaluate.metrics import Misread, Truth
from evaluate.suites import FolderResult, Picture
from preprocess.page import prepare
from preprocess.patch import to_patch
from recognize.box import box_in_frame
from recognize.evidence import find_patches
from recognize.reading import Digit, Number, Reading, Refusal


def draw(*texts):
    """Draw numbers below each other, dark on light, with digits too narrow to be cut: a frame."""
    image = np.full((100 + 110 * len(texts), 420, 3), 235, np.uint8)
    for row, text in enumerate(texts):
        cv2.putText(image, text, (30, 110 + 110 * row), cv2.FONT_HERSHEY_SIMPLEX, 2.2, (40, 40, 40), 5, cv2.LINE_AA)
    return Frame(cv2.resize(image, None, fx=0.75, fy=1), "drawn")


@pytest.fixture(scope="module")
def page():
    return prepare(draw("17", "42"))


def read_page(page, *texts, confidence=0.8):
    """Read a page's runs as texts, a piece for each digit; "?" is a refused one."""
    numbers = []
    for run, text in zip(page.runs, texts, strict=True):
        boxes = [box_in_frame((piece,), run, page) for piece in run.pieces[: len(text)]]
        digits = tuple(
            Digit(None, 0.4, box, reason="4 or 9") if value == "?" else Digit(value, 0.9, box)
            for value, box in zip(text, boxes, strict=True)
        )
        numbers.append(Number(text, text, digits, confidence, sheet.around(boxes)))
    return Reading("drawn", page.frame.width, page.frame.height, tuple(numbers))


def tiles_of(page, reading, *numbers, **options):
    return sheet.make_tiles(sheet.Case(Truth("a.png", numbers, **options), page, reading))


def test_the_page_is_what_the_tests_count_on(page):
    assert [len(run.pieces) for run in page.runs] == [2, 2]


def test_what_is_right_has_no_tile(page):
    assert tiles_of(page, read_page(page, "17", "42"), "17", "42") == []


def test_a_misread_number_shows_what_the_machine_saw(page):
    (tile,) = tiles_of(page, read_page(page, "17", "92"), "17", "42")
    assert (tile.file, tile.written, tile.read, tile.words) == ("a.png", "42", "92", "confidence 0.80")
    assert [(patch.words, patch.is_wrong) for patch in tile.patches] == [("9  0.90", True), ("2  0.90", False)]
    for patch, piece in zip(tile.patches, page.runs[1].pieces, strict=True):
        np.testing.assert_array_equal(patch.seen, to_patch(piece.ink))


def test_a_refused_digit_is_shown_as_one(page):
    (tile,) = tiles_of(page, read_page(page, "17", "?2"), "17", "42")
    assert [(patch.words, patch.is_wrong) for patch in tile.patches] == [("?  0.40", True), ("2  0.90", False)]


def test_a_digit_whose_box_no_span_has_is_lost_and_told(page):
    digit = Digit("8", 0.9, (0, 0, 3, 3))
    assert find_patches(page, [digit]) == [None]
    assert (
        sheet._draw_patch(sheet.Patch(None, "8  0.90")).shape
        == sheet._draw_patch(sheet.Patch(np.zeros((28, 28, 1)))).shape
    )


def test_all_numbers_that_were_not_read_share_a_tile_of_the_page(page):
    nothing = Reading("drawn", page.frame.width, page.frame.height, ())
    (tile,) = tiles_of(page, nothing, "17", "42")
    assert (tile.written, tile.read, tile.patches) == ("17  42", "", ())
    whole = tile.picture.shape[1] / tile.picture.shape[0]
    assert whole == pytest.approx(page.frame.width / page.frame.height, rel=0.02)


def test_a_picture_of_one_number_that_was_not_read_shows_its_pieces_and_the_reason(page):
    refused = (Refusal((0, 0, 9, 9), "not a digit"), Refusal((0, 0, 5, 5), "not a digit"))
    nothing = Reading("drawn", page.frame.width, page.frame.height, (), refused)
    (tile,) = tiles_of(page, nothing, "1742", is_line=True)
    assert (tile.words, len(tile.patches)) == ("not a digit", 4)
    (tile,) = tiles_of(page, Reading("drawn", 9, 9, ()), "1742", is_line=True)
    assert "nothing on it was taken for writing" in tile.words


def test_a_picture_of_one_number_joins_what_was_read(page):
    (tile,) = tiles_of(page, read_page(page, "17", "92"), "1742", is_line=True)
    assert (tile.read, len(tile.patches)) == ("1792", 4)
    assert [patch.is_wrong for patch in tile.patches] == [False, False, True, False]


def test_what_was_read_where_nothing_is_written(page):
    tiles = tiles_of(page, read_page(page, "17", "42"))
    assert [(tile.written, tile.read) for tile in tiles] == [("no such number", "17"), ("no such number", "42")]
    assert all(patch.is_wrong for tile in tiles for patch in tile.patches)


def test_sheets_hold_all_tiles_and_no_more_than_fit(page, monkeypatch):
    (tile,) = tiles_of(page, read_page(page, "17", "92"), "17", "42")
    monkeypatch.setattr(sheet, "TILES_PER_SHEET", 5)
    sheets = sheet.draw_sheets("photos", [tile] * 11)
    assert len(sheets) == 3
    assert all(one.dtype == np.uint8 and one.shape[2] == 3 for one in sheets)
    # Two rows, two rows, one row; a row less is a tile less high.
    heights = [len(one) for one in sheets]
    assert heights[0] == heights[1] > heights[2]
    assert sheet.draw_sheets("photos", []) == []


def test_long_names_and_many_numbers_stay_within_their_tile(page):
    tile = sheet.Tile("long " * 40, "1234  " * 40, "5" * 80, "word " * 60, np.zeros((5, 9, 3), np.uint8))
    plain = sheet.Tile("a", "1", "2", "", np.zeros((5, 9, 3), np.uint8))
    drawn = sheet._draw_tile(tile)
    assert drawn.shape[1] == sheet._draw_tile(plain).shape[1] == sheet.TILE_PX
    assert len(drawn) > len(sheet._draw_tile(plain))


def test_a_tiny_and_an_endless_picture_fit():
    for height, width in ((1, 1), (3, 900), (900, 3), (4000, 3000)):
        fitted = sheet._fit(np.zeros((height, width, 3), np.uint8), 100)
        assert fitted.shape[0] <= 100
        assert fitted.shape[1] <= sheet.TILE_PX


class FakeLooker:
    """Prepares frames, and reads each as 17 and 92."""

    def __init__(self, layout):
        self.layout = layout

    def capture(self, source):
        assert source == "a.png"
        return draw("17", "42")

    def prepare(self, frame):
        return prepare(frame, self.layout)

    def read_page(self, page):
        return read_page(page, "17", "92")


def test_misread_pictures_of_a_folder_are_prepared_again(page):
    truths = [Truth(file, ("17", "42")) for file in ("a.png", "b.png", "c.png")]
    reading = read_page(page, "17", "92")
    pictures = (
        Picture(truths[0], "a.png", "page", reading),
        Picture(truths[1], "b.png", "page", read_page(page, "17", "42")),
        Picture(truths[2], "c.png", "page"),
    )
    misread = tuple(Misread(file, ("17", "42"), ()) for file in ("a.png", "c.png"))
    result = FolderResult("set", None, misread, (("c.png", UnreadableImage("c.png is text.")),), 1.0, pictures)
    (case,) = sheet.cases_of_folder(result, FakeLooker)
    assert (case.truth, case.reading) == (truths[0], reading)
    told = []
    tiles = sheet.tile_all([case], told.append)
    assert [tile.written for tile in tiles] == ["42"]
    # The page is made anew, and the digits of the reading are found on it again.
    assert all(patch.seen is not None for patch in tiles[0].patches)
    assert told == [1]


@pytest.mark.parametrize(("condition", "layout"), [("ruled", "page"), ("touching pairs, ink", "line")])
def test_misread_pages_are_drawn_again(monkeypatch, condition, layout):
    from evaluate import conditions, hands, pages, pairs

    asked = []

    def draw_again(digits, condition, number):
        asked.append((digits, condition.name, number))
        return hands.Drawing(draw("17", "42"), Truth("x", ("17", "42"), is_line=layout == "line"))

    monkeypatch.setattr(conditions, "draw_page", draw_again)
    monkeypatch.setattr(pairs, "draw_pair", draw_again)
    made = []

    def make(layout):
        made.append(FakeLooker(layout))
        return SimpleNamespace(prepare=prepare, read_page=made[-1].read_page)

    result = pages.PagesResult(condition, "", None, (Misread("writer7_low-res-0012", ("17",), ()),))
    (case,) = sheet.cases_of_pages(result, "digits", make)
    assert asked == [("digits", condition, 12)]
    assert [one.layout for one in made] == [layout]
    assert case.reading.texts == ["17", "92"]
