"""Cells: a table's lines part numbers; squared paper's, a margin's and a comb's do not."""

import cv2
import numpy as np
import pytest

from capture.frame import Frame
from preprocess.cells import join_within, split_at_walls, walls_at
from preprocess.course import Course
from preprocess.lines import find_components
from preprocess.page import prepare
from preprocess.rules import Rule, turn_upright
from preprocess.skew import turn_page
from tests.preprocess.drawn import write


def wall(column: float, start: int = 0, stop: int = 400, climb: float = 0.0) -> Rule:
    return Rule(start, stop, Course((column, climb)), 2.0)


def digits_at(*lefts: int) -> np.ndarray:
    """Five digits' worth of ink, each 20 wide and 40 tall."""
    mask = np.zeros((200, 600), np.uint8)
    for left in lefts:
        mask[80:120, left : left + 20] = 255
    return mask


@pytest.mark.parametrize(
    ("walls", "parts"),
    [
        ([], [[0, 1, 2, 3]]),
        ([wall(20), wall(150), wall(290)], [[0, 1], [2, 3]]),
        ([wall(20), wall(150), wall(290), wall(152)], [[0, 1], [2, 3]]),
        ([wall(150)], [[0, 1, 2, 3]]),
        ([wall(20), wall(150, stop=60), wall(290), wall(400)], [[0, 1, 2, 3]]),
        ([wall(column) for column in range(20, 300, 26)], [[0, 1, 2, 3]]),
    ],
    ids=["none", "table", "a line found twice", "a margin", "a line that ends above", "squared paper"],
)
def test_numbers_are_parted_by_a_tables_lines_alone(walls, parts):
    found = find_components(digits_at(100, 125, 155, 180))
    assert split_at_walls([[0, 1, 2, 3]], found, walls) == parts


@pytest.mark.parametrize(
    ("walls", "lefts", "joined"),
    [
        ([wall(20), wall(240), wall(400)], (100, 125, 180), [[0, 1, 2]]),
        ([wall(20), wall(240), wall(400)], (100, 125, 210), [[0, 1], [2]]),
        ([wall(20), wall(160), wall(300)], (100, 125, 180), [[0, 1], [2]]),
        ([], (100, 125, 180), [[0, 1], [2]]),
        ([wall(200), wall(300), wall(400)], (100, 125, 180), [[0, 1], [2]]),
        ([wall(column) for column in range(20, 300, 26)], (100, 125, 180), [[0, 1], [2]]),
        ([wall(20), wall(160, 140), wall(240), wall(400)], (100, 125, 180), [[0, 1], [2]]),
        ([wall(20), wall(160, 340), wall(240), wall(400)], (100, 125, 180), [[0, 1, 2]]),
    ],
    ids=[
        "one cell",
        "far apart",
        "two cells",
        "no table",
        "beside the table",
        "squared paper",
        "a wall that fails here",
        "a wall far below",
    ],
)
def test_what_stands_close_together_in_one_cell_is_one_number(walls, lefts, joined):
    found = find_components(digits_at(*lefts))
    assert join_within([[0, 1], [2]], found, walls) == joined


def test_a_low_mark_in_a_cell_is_no_part_of_its_number():
    mask = digits_at(100, 125)
    mask[100:110, 160:170] = 255
    assert join_within([[0, 1], [2]], find_components(mask), [wall(20), wall(240), wall(400)]) == [[0, 1], [2]]


def test_a_leaning_wall_is_where_it_stands_at_the_row():
    assert walls_at([wall(10, climb=0.1), wall(100), wall(200)], 100.0, 30.0).tolist() == [20.0, 100.0, 200.0]


@pytest.mark.parametrize("degrees", [-4.0, 2.5])
def test_a_wall_turns_with_its_page(degrees):
    picture = np.zeros((300, 400), np.uint8)
    cv2.line(picture, (150, 20), (150, 280), 255, 3)
    turned, matrix = turn_page(picture, degrees)
    moved = turn_upright(wall(150.0, 20, 280), matrix)
    for row in (80, 150, 220):
        assert np.flatnonzero(turned[row] > 127).mean() == pytest.approx(moved.course(row), abs=1.0)


def test_close_numbers_in_a_table_are_read_cell_by_cell():
    ink = np.zeros((330, 520), np.uint8)
    for x in range(20, 521, 120):
        cv2.line(ink, (x, 20), (x, 310), 255, 2)
    for y in range(20, 311, 58):
        cv2.line(ink, (20, y), (500, y), 255, 2)
    for row in range(5):
        for column in range(4):
            # At the right end of one cell, and at the left end of the next.
            left = 86 if column % 2 == 0 else 30
            write(ink, "4", 20 + column * 120 + left - 10, 30 + row * 58, 36, 4)
            write(ink, "7", 20 + column * 120 + left + 12 - 10, 30 + row * 58, 36, 4) if column % 2 else None
    page = prepare(Frame(np.dstack([255 - ink] * 3)))
    assert len(page.runs) == 20
