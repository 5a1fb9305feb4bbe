"""Boxes: a frame around a number goes, however small it is on the page; digits are no boxes."""

import cv2
import numpy as np
import pytest

from capture.frame import Frame
from preprocess.boxes import MOST_HOLDERS, find_holders, open_boxes
from preprocess.lines import find_components
from preprocess.page import prepare
from tests.preprocess.drawn import write

SIZE = (480, 640)


def boxed(turn_px: int = 0, thickness: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """A number in a frame and one without: the frame alone, and the writing alone, uint8 (H, W)."""
    frame, ink = np.zeros(SIZE, np.uint8), np.zeros(SIZE, np.uint8)
    corners = np.array([[100, 100], [300, 100 + turn_px], [300 - turn_px, 180 + turn_px], [100 - turn_px, 180]])
    cv2.polylines(frame, [corners.astype(np.int32)], True, 255, thickness)
    write(ink, "4071", 120, 118, 44, 5)
    write(ink, "253", 380, 318, 44, 5)
    return frame, ink


@pytest.mark.parametrize("thickness", [1, 2, 3])
@pytest.mark.parametrize("turn_px", [-3, 0, 3])
def test_a_frame_around_a_number_goes_and_the_number_stays(turn_px, thickness):
    frame, ink = boxed(turn_px, thickness)
    both = np.maximum(frame, ink)
    mask = np.where(both > 100, 255, 0).astype(np.uint8)
    opened_ink, opened, walls = open_boxes(both, mask, find_components(mask))
    assert len(walls) == 2
    assert (opened[frame > 100] > 0).mean() < 0.03
    assert (opened_ink[frame > 100] > 0).mean() < 0.03
    assert np.array_equal(opened[ink > 100], mask[ink > 100])


@pytest.mark.parametrize("thickness", [1, 2, 3])
@pytest.mark.parametrize("cell", [(80, 70), (60, 60), (90, 50)])
def test_the_cells_of_one_row_go_whatever_their_lines_thickness(cell, thickness):
    width, height = cell
    ink = np.zeros((490, 700), np.uint8)
    frame = ink.copy()
    for place in range(6):
        cv2.rectangle(frame, (60 + place * width, 200), (60 + (place + 1) * width, 200 + height), 255, thickness)
        write(ink, "407132"[place], 60 + place * width + width // 2 - 9, 200 + height // 2 - 15, 30, 4)
    page = prepare(Frame(np.dstack([230 - np.maximum(frame, ink) // 255 * 190] * 3)))
    left, right = 60, 60 + 6 * width
    assert sum(len({piece.component for piece in run.pieces}) for run in page.runs) == 6
    assert (page.ink[200 : 200 + height // 8, left:right] > 127).mean() < 0.02


def test_a_page_full_of_boxes_is_bounded():
    mask = np.zeros((1500, 1500), np.uint8)
    for side in range(20, 1480, 12):
        cv2.rectangle(mask, (750 - side // 2, 750 - side // 2), (750 + side // 2, 750 + side // 2), 255, 2)
    found = find_components(mask)
    assert len(find_holders(found)) <= MOST_HOLDERS
    opened = open_boxes(mask, mask, found)[1]
    # The largest are opened first; what is left of the room decides how many.
    assert 0 < opened.sum() < mask.sum()


def test_what_comes_in_is_not_changed_and_comes_back_without_a_box():
    frame, ink = boxed()
    mask = np.where(ink > 100, 255, 0).astype(np.uint8)
    same_ink, same_mask, walls = open_boxes(ink, mask, find_components(mask))
    assert same_ink is ink
    assert same_mask is mask
    assert walls == []
    both = np.maximum(frame, ink)
    before = both.copy()
    open_boxes(both, both, find_components(both))
    assert np.array_equal(both, before)


def test_walls_stand_where_they_were_drawn():
    frame, ink = boxed()
    mask = np.maximum(frame, ink)
    walls = open_boxes(mask, mask, find_components(mask))[2]
    assert sorted(round(float(wall.course(140))) for wall in walls) == pytest.approx([100, 300], abs=1)
    for wall in walls:
        assert (wall.start, wall.stop) == pytest.approx((100, 180), abs=10)


def test_a_round_ring_is_no_box():
    ink = np.zeros(SIZE, np.uint8)
    write(ink, "407", 160, 120, 44, 5)
    cv2.ellipse(ink, (210, 142), (120, 70), 0, 0, 360, 255, 3)
    mask = np.where(ink > 100, 255, 0).astype(np.uint8)
    assert open_boxes(ink, mask, find_components(mask))[2] == []


def test_only_what_others_lie_within_holds_them():
    frame, ink = boxed()
    mask = np.where(np.maximum(frame, ink) > 100, 255, 0).astype(np.uint8)
    found = find_components(mask)
    assert [tuple(box) for box in found.boxes[find_holders(found)]] == [(99, 99, 302, 182)]


def test_a_boxed_number_on_a_page_is_a_number_of_its_digits():
    frame, ink = boxed()
    page = prepare(Frame(np.dstack([255 - np.maximum(frame, ink)] * 3)))
    assert [len({piece.component for piece in run.pieces}) for run in page.runs] == [4, 3]
