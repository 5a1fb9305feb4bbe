"""Columns: the lines of a list decide together whether a dash parts two numbers."""

import numpy as np
import pytest

from capture.frame import Frame
from preprocess.columns import break_alike
from preprocess.lines import Components, find_components
from preprocess.page import prepare
from tests.preprocess.drawn import write

WIDE, CLOSE, TALL = 60, 34, 40


def list_of(gaps: list[int], dash: bool = True) -> tuple[list[list[list[int]]], Components]:
    """Lines of two digits, a dash in a gap so many px wide, and two digits; numbers where the gap is wide."""
    mask = np.zeros((80 * len(gaps) + 20, 500), np.uint8)
    for row, gap in enumerate(gaps):
        top = 20 + 80 * row
        for left in (100, 130, 150 + gap, 180 + gap):
            mask[top : top + TALL, left : left + 20] = 255
        if dash:
            middle = 150 + gap // 2
            mask[top + 18 : top + 24, middle - 8 : middle + 8] = 255
    found = find_components(mask)
    rows = found.boxes[:, 1] // 80
    lines = []
    for row, gap in enumerate(gaps):
        members = sorted(np.flatnonzero(rows == row).tolist(), key=lambda i: float(found.boxes[i, 0]))
        lines.append([members[:2], members[2:]] if gap == WIDE else [members])
    return lines, found


@pytest.mark.parametrize(
    ("gaps", "parts"),
    [
        ([WIDE, WIDE, CLOSE, WIDE], [2, 2, 2, 2]),
        ([WIDE, WIDE, WIDE, WIDE, CLOSE, CLOSE], [2, 2, 2, 2, 2, 2]),
        ([WIDE, CLOSE, CLOSE, CLOSE, CLOSE], [2, 1, 1, 1, 1]),
        ([WIDE, WIDE, WIDE, CLOSE, CLOSE, CLOSE, CLOSE, CLOSE], [2, 2, 2, 1, 1, 1, 1, 1]),
        ([WIDE, WIDE, CLOSE], [2, 2, 1]),
        ([CLOSE] * 5, [1] * 5),
        ([], []),
    ],
    ids=["one of four", "two of six", "most are whole", "fewer than half", "too few to tell", "telephones", "nothing"],
)
def test_a_line_breaks_at_its_dash_where_most_of_the_others_do(gaps, parts):
    lines, found = list_of(gaps)
    broken = break_alike(lines, found)
    assert [len(line) for line in broken] == parts
    assert [sorted(i for members in line for i in members) for line in broken] == [
        sorted(i for members in line for i in members) for line in lines
    ]


def test_without_a_dash_nothing_breaks():
    lines, found = list_of([WIDE, WIDE, WIDE, CLOSE], dash=False)
    assert break_alike(lines, found) == lines


def test_the_digits_on_both_sides_of_the_dash_are_the_numbers():
    lines, found = list_of([WIDE, WIDE, CLOSE, WIDE])
    first, second = break_alike(lines, found)[2]
    assert found.boxes[first][:, 2].max() <= 150
    assert sum(found.heights[second] == TALL) == 2


def test_a_list_of_pairs_is_read_as_pairs():
    ink = np.zeros((620, 700), np.uint8)
    for row, gap in enumerate([70, 66, 40, 72, 42, 68]):
        top = 30 + 95 * row
        write(ink, "47", 60, top, 56, 6)
        end = int(np.flatnonzero(ink[top : top + 60].max(axis=0)).max())
        ink[top + 30 : top + 36, end + gap // 2 - 8 : end + gap // 2 + 8] = 255
        write(ink, "105", end + gap - 6, top, 56, 6)
    page = prepare(Frame(np.dstack([255 - ink] * 3)))
    assert [len(line) for line in page.lines] == [2] * 6
