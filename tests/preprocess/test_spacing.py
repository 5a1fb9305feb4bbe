"""Spacing: where no gap of a line is clearly wider than the others, it is one number, written widely."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocess.lines import Components
from preprocess.rules import Rule
from preprocess.spacing import CLEARLY, WIDEST, join_evenly_spaced

HEIGHT = 40


def line_of(numbers: list[list[int]], *, heights: list[int] | None = None) -> tuple[list[list[int]], Components]:
    """A line of components on one foot line, 20 px wide: for each number, the gaps before each of its components."""
    gaps = [gap for number in numbers for gap in number]
    tall = heights or [HEIGHT] * len(gaps)
    lefts = np.cumsum(gaps) + 20 * np.arange(len(gaps))
    boxes = np.array(
        [(left, HEIGHT - height, left + 20, HEIGHT) for left, height in zip(lefts, tall, strict=True)], float
    )
    found = Components(
        np.zeros((HEIGHT, 1000), np.uint16), np.arange(len(gaps)) + 1, boxes, np.full(len(gaps), 90, np.int64)
    )
    places = iter(range(len(gaps)))
    return [[next(places) for _ in number] for number in numbers], found


def upright_at(column: float) -> Rule:
    """An upright line of the page."""
    return Rule(0, HEIGHT, lambda row: np.full_like(np.asarray(row, float), column), 2.0)


def test_a_number_written_widely_is_one_though_some_gaps_are_a_little_wider():
    line, found = line_of([[0], [34, 24], [28, 18]])
    assert join_evenly_spaced(line, found, []) == [[0, 1, 2, 3, 4]]


def test_a_clear_gap_parts_two_numbers():
    line, found = line_of([[0, 8, 8], [32, 8, 8]])
    assert join_evenly_spaced(line, found, []) == line


def test_what_is_far_apart_is_never_one_number():
    line, found = line_of([[0, 28, 28], [round(WIDEST * HEIGHT) + 1, 28]])
    assert join_evenly_spaced(line, found, []) == line


def test_one_gap_tells_nothing_of_how_a_hand_spaces_its_digits():
    line, found = line_of([[0, 24], [30]])
    assert join_evenly_spaced(line, found, []) == line


def test_a_line_of_the_page_between_them_parts_two_numbers():
    line, found = line_of([[0, 24, 24], [30, 24]])
    between = (found.boxes[2, 2] + found.boxes[3, 0]) / 2
    assert join_evenly_spaced(line, found, [upright_at(between)]) == line
    assert join_evenly_spaced(line, found, [upright_at(500.0)]) == [[0, 1, 2, 3, 4]]


def test_marks_are_no_digits_that_a_gap_is_measured_to():
    # A dot in the gap: from digit to digit it is wider than a height.
    line, found = line_of([[0, 24, 24, 10], [14, 24]], heights=[HEIGHT, HEIGHT, HEIGHT, 6, HEIGHT, HEIGHT])
    assert join_evenly_spaced(line, found, []) == line


@given(st.lists(st.lists(st.integers(0, 45), min_size=1, max_size=4), min_size=1, max_size=5))
def test_nothing_is_lost_and_no_clear_gap_is_closed(numbers):
    line, found = line_of(numbers)
    joined = join_evenly_spaced(line, found, [])
    assert [i for members in joined for i in members] == list(range(sum(len(number) for number in numbers)))
    gaps = {members[0]: (found.boxes[members[0], 0] - found.boxes[members[0] - 1, 2]) / HEIGHT for members in line[1:]}
    firsts = {members[0] for members in joined}
    closed = [gap for first, gap in gaps.items() if first not in firsts]
    assert all(gap < WIDEST for gap in closed)
    # From the narrowest to the widest, each was one of its line's usual gaps when it was closed.
    within = [gap / HEIGHT for number in numbers for gap in number[1:]]
    for gap in sorted(closed):
        assert gap < CLEARLY * np.median(within)
        within.append(gap)


@pytest.mark.parametrize("line", [[], [[0]]])
def test_one_number_or_none_stays_as_it_is(line):
    _, found = line_of([[0]])
    assert join_evenly_spaced(line, found, []) == line
