"""Usage: which numbers people write decides where the ink does not, and nowhere else."""

import itertools

import numpy as np
import pytest

from preprocess.page import Layout
from recognize.pattern import ANYTHING, Expectation, expect
from recognize.reader import Reader
from recognize.usage import USUAL, expect_usual
from tests.recognize.scripted import TALL, Scripted, page_with, rows_of, run_of

PLAIN = [{3: 0.999}, {4: 0.999}, {8: 0.999}]


def rate(digits: tuple[int, ...], expected: Expectation) -> float:
    """How much likelier a number is than a random one: the sum over all ways through the automaton."""
    reached = expected.starts.astype(float)
    for digit in digits:
        after = np.zeros(len(reached))
        np.add.at(after, expected.heads, reached[expected.tails] * np.exp(expected.weights[:, digit]))
        reached = after
    return float(reached[expected.ends].sum())


def read(*rows: dict[int, float], layout: Layout = "line", expected: Expectation = ANYTHING) -> list[str]:
    """Read tall pieces that stand apart, one for each row."""
    page = page_with([run_of(*[TALL] * len(rows), gap=6)], layout=layout)
    return Reader(Scripted(rows_of(*rows)), expected=expected).read(page).texts


@pytest.mark.parametrize("length", [1, 2, 3, 4])
@pytest.mark.parametrize("expected", [USUAL, expect_usual(0.3, 0.2), expect_usual(1.0, 0.5)])
def test_the_numbers_of_any_length_share_all_there_is(length, expected):
    numbers = list(itertools.product(range(10), repeat=length))
    assert np.mean([rate(number, expected) for number in numbers]) == pytest.approx(1)


def test_without_any_usage_all_numbers_are_alike():
    for number in [(0,), (9, 0), (1, 0, 0), (4, 7, 2)]:
        assert rate(number, expect_usual(0.0, 0.0)) == pytest.approx(1)


@pytest.mark.parametrize("length", [1, 2])
def test_one_digit_or_two_may_be_any(length):
    for digits in itertools.product(range(10), repeat=length):
        assert rate(digits, USUAL) == pytest.approx(1)


def test_small_digits_come_first_and_noughts_last():
    first = [rate((digit, 4, 7), USUAL) for digit in range(1, 10)]
    assert first == sorted(first, reverse=True)
    assert rate((4, 0, 0, 0), USUAL) > rate((4, 7, 0, 0), USUAL) > rate((4, 7, 0, 5), USUAL)


def test_an_upstroke_is_a_one_where_a_number_begins():
    doubtful = {7: 0.52, 1: 0.47}
    assert read(doubtful, *PLAIN) == ["1348"]
    assert read(*PLAIN, doubtful) == ["3487"]


def test_a_nought_with_a_loop_is_one_where_noughts_follow():
    looped = {8: 0.6, 0: 0.39}
    assert read({4: 0.999}, {0: 0.999}, looped, {0: 0.999}) == ["4000"]
    assert read({4: 0.999}, looped, {7: 0.999}, {0: 0.999}) == ["4870"]


@pytest.mark.parametrize(
    ("number", "place", "rival"),
    [("9871", 0, 1), ("7348", 0, 1), ("0347", 0, 1), ("4800", 1, 0), ("160", 1, 0), ("9001", 0, 4), ("71", 0, 1)],
)
def test_a_digit_that_the_ink_makes_far_likelier_is_not_outweighed(number, place, rival):
    rows = [{int(digit): 0.99} for digit in number]
    rows[place] = {int(number[place]): 0.93, rival: 0.06}
    assert read(*rows) == [number]


def test_how_much_usage_outweighs_is_bounded():
    numbers = list(itertools.product(range(10), repeat=4))
    rates = np.array([rate(number, USUAL) for number in numbers]).reshape([10] * 4)
    for axis in range(4):
        assert (rates.max(axis=axis) / rates.min(axis=axis)).max() < 13


def test_on_a_page_and_where_the_user_expects_something_usage_has_no_say():
    doubtful = {7: 0.52, 1: 0.47}
    assert read(doubtful, *PLAIN, layout="page") == ["7348"]
    assert read(doubtful, *PLAIN, expected=expect(lengths=[4])) == ["7348"]
