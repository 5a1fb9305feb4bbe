"""Spacing: what is written widely is one number; clear gaps, walls and marks part two."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocess.course import Course
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
    return Rule(0, HEIGHT, Course((column,)), 2.0)


def test_a_number_written_widely_is_one_though_some_gaps_are_a_little_wider():
    line, found = line_of([[0], [34, 24], [28, 18]])
    assert join_evenly_spaced(line, found, []) == [[0, 1, 2, 3, 4]]


def test_a_clear_gap_parts_two_numbers():
    line, found = line_of([[0, 8, 8], [32, 8, 8]])
    assert join_evenly_spaced(line, found, []) == line


def test_what_is_far_apart_is_never_one_number():
    line, found = line_of([[0, 28, 28], [round(WIDEST * HEIGHT) + 1, 28]])
    assert join_evenly_spaced(line, found, []) == line


@pytest.mark.parametrize("numbers", [[[0, 24], [30]], [[0], [30, 24, 24], [200]], [[0], [30], [30]]])
def test_few_gaps_tell_nothing_of_how_a_hand_spaces_its_digits(numbers):
    line, found = line_of(numbers)
    assert join_evenly_spaced(line, found, []) == line


def test_a_number_written_widely_says_nothing_of_others_on_its_line():
    line, found = line_of([[0, 24, 24, 24, 24, 24, 24], [200, 4], [34, 4]])
    assert join_evenly_spaced(line, found, []) == line
    line, found = line_of([[0, 24, 24, 24, 24, 24, 24], [32, 4]])
    assert join_evenly_spaced(line, found, []) == line


def test_a_line_of_the_page_between_them_parts_two_numbers():
    line, found = line_of([[0, 24, 24], [30, 24]])
    between = (found.boxes[2, 2] + found.boxes[3, 0]) / 2
    assert join_evenly_spaced(line, found, [upright_at(between)]) == line
    assert join_evenly_spaced(line, found, [upright_at(500.0)]) == [[0, 1, 2, 3, 4]]


def test_a_mark_in_the_gap_parts_two_numbers():
    heights = [HEIGHT, HEIGHT, HEIGHT, 6, HEIGHT, HEIGHT]
    line, found = line_of([[0, 24, 24, 2], [8, 24]], heights=heights)
    assert join_evenly_spaced(line, found, []) == line
    plain, found = line_of([[0, 24, 24], [30, 24]])
    assert join_evenly_spaced(plain, found, []) == [[0, 1, 2, 3, 4]]


@given(st.lists(st.lists(st.integers(0, 45), min_size=1, max_size=5), min_size=1, max_size=5))
def test_nothing_is_lost_and_no_clear_gap_is_closed(numbers):
    line, found = line_of(numbers)
    joined = join_evenly_spaced(line, found, [])
    assert [i for members in joined for i in members] == list(range(sum(len(number) for number in numbers)))
    starts = {members[0] for members in joined}
    for members, number in zip(line[1:], numbers[1:], strict=True):
        if members[0] not in starts:
            assert number[0] < WIDEST * HEIGHT
            # Whatever it was joined to, some gap beside it is nearly as wide.
            (own,) = [whole for whole in joined if members[0] in whole]
            others = [found.boxes[j, 0] - found.boxes[i, 2] for i, j in pairwise(own) if j != members[0]]
            assert number[0] < CLEARLY * max(others)


@pytest.mark.parametrize("line", [[], [[0]]])
def test_one_number_or_none_stays_as_it_is(line):
    _, found = line_of([[0]])
    assert join_evenly_spaced(line, found, []) == line
