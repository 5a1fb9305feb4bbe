"""Underlines: what a hand drew beneath a number is found and taken away; feet, bars, dashes and arches are no such."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.frame import Frame
from preprocess.lines import find_components
from preprocess.page import prepare
from preprocess.underlines import find_underlines
from tests.preprocess.drawn import SHAPES, ink_of, page_of

HEIGHT, PEN, MARGIN = 48, 5, 40
PITCH = 0.8
texts = st.text(alphabet=sorted(SHAPES), min_size=3, max_size=6)


def mask_of(text: str, pitch: float = PITCH) -> np.ndarray:
    """A number's ink, with room around it."""
    return cv2.threshold(ink_of(text, HEIGHT, PEN, pitch, MARGIN), 127, 255, cv2.THRESH_BINARY)[1]


def underline(mask: np.ndarray, below: float, tilt: float = 0.0, bow: float = 0.0, pen: int = PEN) -> np.ndarray:
    """Draw a stroke beneath all of a number, so many heights below its feet."""
    columns = np.arange(MARGIN - 6, mask.shape[1] - MARGIN + 6)
    along = np.linspace(-1, 1, len(columns))
    rows = MARGIN + HEIGHT * (1 + below) + tilt * along * len(columns) / 2 + bow * pen * (1 - along**2)
    drawn = mask.copy()
    for column, row in zip(columns, rows, strict=True):
        top = round(float(row) - pen / 2)
        drawn[top : top + pen, column] = 255
    return drawn


def found_in(mask: np.ndarray) -> list:
    return find_underlines(find_components(mask), mask)


@given(texts, st.floats(0.0, 0.4), st.floats(-0.06, 0.06), st.floats(-0.3, 0.3), st.integers(3, 6))
@settings(max_examples=80, deadline=None)
def test_a_stroke_beneath_a_number_is_found_where_it_is(text, below, tilt, bow, pen):
    # Clear of the feet, or where digits end in a level foot of their own nobody could tell one from the other.
    mask = underline(mask_of(text), max(below, 0.2 + abs(tilt) * len(text)), tilt, bow, pen)
    (stroke,) = found_in(mask)
    assert stroke.length == pytest.approx(mask.shape[1] - 2 * MARGIN + 12, abs=8)
    assert stroke.thickness == pytest.approx(pen, abs=1.5)
    columns = np.arange(stroke.start, stroke.stop)
    rows = np.round(stroke.course(columns.astype(float))).astype(int)
    assert (mask[rows, columns] > 0).mean() > 0.95


@given(st.text(alphabet="0147", min_size=3, max_size=6))
@settings(max_examples=40, deadline=None)
def test_a_stroke_that_feet_stand_on_is_found_too(text):
    (stroke,) = found_in(underline(mask_of(text), 0.0))
    assert float(stroke.course((stroke.start + stroke.stop) / 2)) == pytest.approx(MARGIN + HEIGHT, abs=2)


@given(st.text(alphabet=sorted(SHAPES), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_what_is_not_underlined_has_no_underline(text):
    assert found_in(mask_of(text)) == []


def test_two_feet_in_a_row_are_none():
    # Two 2s side by side, whose feet meet.
    assert found_in(mask_of("22", pitch=0.6)) == []


def test_a_bar_through_two_stems_is_none():
    mask = mask_of("7777", pitch=0.7)
    cv2.line(mask, (MARGIN, MARGIN + HEIGHT // 2), (mask.shape[1] - MARGIN, MARGIN + HEIGHT // 2), 255, PEN)
    assert found_in(mask) == []


def test_a_dash_behind_a_number_is_none():
    mask = mask_of("14")
    wide = cv2.copyMakeBorder(mask, 0, 0, 0, 200, cv2.BORDER_CONSTANT)
    cv2.line(wide, (mask.shape[1], MARGIN + HEIGHT // 2), (mask.shape[1] + 120, MARGIN + HEIGHT // 2), 255, PEN)
    assert found_in(wide) == []


def test_a_page_of_words_is_not_searched():
    words = np.tile(underline(mask_of("14014"), 0.2), (8, 5))
    assert len(find_components(words).boxes) > 30
    assert found_in(words) == []


def test_nothing_has_none():
    assert found_in(np.zeros((40, 40), np.uint8)) == []


def test_an_underlined_number_is_cut_as_the_same_without():
    plain = page_of("40174", "70140")
    underlined = plain.copy()
    cv2.line(underlined, (50, 50 + 48), (60 + 230, 50 + 50), (60, 40, 40), 5, cv2.LINE_AA)
    runs, also = (prepare(Frame(image)).runs for image in (plain, underlined))
    assert [len(run.pieces) for run in also] == [len(run.pieces) for run in runs]
