"""Box: tight around the ink, within the frame, whatever matrix leads there."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.frame import Frame
from preprocess.page import prepare
from preprocess.pieces import Run
from recognize.box import around, box_in_frame
from recognize.reading import Box
from tests.preprocess.drawn import write
from tests.recognize.scripted import TALL, digits, page_with, read, run_of


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    left, top = draw(st.integers(0, 500)), draw(st.integers(0, 300))
    return left, top, left + draw(st.integers(1, 99)), top + draw(st.integers(1, 99))


@given(st.lists(boxes(), min_size=1, max_size=6))
def test_a_box_around_boxes_holds_them_all_and_is_no_larger(found):
    left, top, right, bottom = around(found)
    assert all(left <= x0 and top <= y0 and x1 <= right and y1 <= bottom for x0, y0, x1, y1 in found)
    touched = [{box[side] for box in found} for side in range(4)]
    assert all(side in own for side, own in zip((left, top, right, bottom), touched, strict=True))
    assert around(found[::-1]) == (left, top, right, bottom)


@given(
    left=st.floats(-60, 620),
    top=st.floats(-60, 420),
    zoom=st.floats(0.05, 3),
    turn=st.floats(-0.3, 0.3),
    lean=st.floats(-0.8, 0.8),
)
@settings(max_examples=80, deadline=None)
def test_boxes_lie_within_the_frame_and_hold_a_pixel(left, top, zoom, turn, lean):
    run = run_of(TALL, (8, 8), TALL)
    to_page = np.array([[zoom, lean * zoom + turn, left], [-turn, zoom, top], [0, 0, 1]])
    page = page_with([Run(run.pieces, to_page, 48 * zoom)])
    found = read(page, digits("4_7"), min_confidence=0)
    boxes = [refusal.box for refusal in found.refused]
    boxes += [noun.box for number in found.numbers for noun in (number, *number.digits)]
    assert boxes
    for x0, y0, x1, y1 in boxes:
        assert 0 <= x0 < x1 <= 600
        assert 0 <= y0 < y1 <= 400
        assert all(isinstance(side, int) for side in (x0, y0, x1, y1))


def test_a_numbers_box_is_that_around_its_digits():
    number = read(page_with([run_of(TALL, TALL, TALL)]), digits("401")).numbers[0]
    boxes = np.array([digit.box for digit in number.digits])
    assert number.box == (*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0))


@pytest.mark.parametrize("digit", ["1", "2", "4", "7"])
@pytest.mark.parametrize("lean", [0.0, 0.35])
def test_a_box_is_tight_around_the_ink_though_it_leans(digit, lean):
    """Boxes are in the frame's pixels: a run that was stood upright must not widen them."""
    ink = np.zeros((200, 300), np.uint8)
    write(ink, digit, 100, 60, 70, 5)
    rows, columns = np.nonzero(ink > 60)
    columns = columns + np.round((130 - rows) * lean).astype(int)
    grey = np.full((200, 300), 230, np.uint8)
    grey[rows, columns] = 60
    page = prepare(Frame(np.dstack([grey] * 3)))
    box = np.array(box_in_frame(page.runs[0].pieces, page.runs[0], page))
    truth = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
    assert np.abs(box - truth).max() <= 2
