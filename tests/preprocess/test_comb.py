"""Comb: cells of a form that take one digit each hold one number; a table's cells and loose digits do not."""

import cv2
import numpy as np
import pytest

from capture.frame import Frame
from preprocess.comb import drop_strokes
from preprocess.course import Course
from preprocess.page import Page, prepare
from preprocess.rules import Rule
from tests.preprocess.drawn import write

CELL_PX = 60


def form(text: str, cell_px: int = CELL_PX, rows: int = 1, walls: bool = True) -> Page:
    """A frame with a row of cells of which each but the empty ones (" ") holds a digit, prepared."""
    ink = np.zeros((rows * 80 + 80, len(text) * cell_px + 80), np.uint8)
    for row in range(rows):
        for place, digit in enumerate(text):
            if digit != " ":
                write(ink, digit, 40 + place * cell_px + cell_px // 2 - 10, 63 + row * 80, 34, 4)
    for row in range(rows + 1):
        cv2.line(ink, (40, 40 + row * 80), (40 + len(text) * cell_px, 40 + row * 80), 255, 2)
    for place in range(len(text) + 1) if walls else ():
        cv2.line(ink, (40 + place * cell_px, 40), (40 + place * cell_px, 40 + rows * 80), 255, 2)
    return prepare(Frame(np.dstack([255 - ink] * 3)))


def sizes(page: Page) -> list[int]:
    """How many components each number has."""
    return [len({piece.component for piece in run.pieces}) for run in page.runs]


@pytest.mark.parametrize("text", ["4071", "0001257", "40712543"])
def test_neighbouring_cells_are_one_number(text):
    page = form(text)
    assert len(page.runs) == 1
    assert sizes(page)[0] >= len(text)


def test_an_empty_cell_ends_the_number():
    assert len(form("4071  2543 ").runs) == 2


def test_a_few_cells_are_no_comb():
    assert len(form("407").runs) == 3


def test_wide_cells_are_a_tables():
    assert len(form("4071257", cell_px=130).runs) == 7


def test_cells_of_many_rows_are_a_tables():
    assert len(form("4071257", rows=6).runs) == 42


def test_digits_that_stand_apart_without_walls_stay_apart():
    assert len(form("4071257", cell_px=100, walls=False).runs) == 7


def upright(column: float, start: int = 0, stop: int = 100) -> Rule:
    return Rule(start, stop, Course((column,)), 2.0)


COMB, STROKE = [upright(40 + place * 70) for place in range(7)], upright(145, 30, 85)


def test_a_digits_stroke_is_no_wall_of_a_comb():
    assert drop_strokes([*COMB[:2], STROKE, *COMB[2:]]) == COMB
    assert drop_strokes(COMB) == COMB


@pytest.mark.parametrize(
    "column", [110, 112, 530, 600, -30], ids=["found twice", "near", "next", "next but one", "before"]
)
def test_a_wall_that_is_short_is_told_by_where_it_stands(column):
    short = upright(column, 30, 85)
    assert drop_strokes([*COMB, short]) == [*COMB, short]
    assert drop_strokes([*COMB, short, STROKE]) == [*COMB, short]


@pytest.mark.parametrize(
    "walls",
    [
        [],
        COMB[:4],
        [COMB[0], COMB[1], COMB[3], COMB[4], COMB[6]],
        [upright(20 * place) for place in range(9)],
    ],
    ids=["nothing else", "few cells", "uneven cells", "squared paper"],
)
def test_where_there_is_no_comb_short_lines_stay(walls):
    assert drop_strokes([*walls, STROKE]) == [*walls, STROKE]


@pytest.mark.parametrize("stroke_px", [54, 60])
def test_tall_strokes_in_narrow_cells_are_read(stroke_px):
    """Upright strokes, such as a 9 and a 1 are in cells that are hardly taller."""
    ink = np.zeros((160, 528), np.uint8)
    cv2.rectangle(ink, (40, 40), (488, 120), 255, 2)
    for left in range(40, 488, 56):
        cv2.line(ink, (left, 40), (left, 120), 255, 2)
        cv2.line(ink, (left + 28, 50), (left + 28, 50 + stroke_px), 255, 2)
    page = prepare(Frame(np.dstack([255 - ink] * 3)))
    assert sizes(page) == [8]
