"""Remains: a stroke too low for a 1, or one at the picture's edge, is no number among others; a 1 is one."""

import pytest

from recognize.advice import CUT_OFF
from recognize.reading import Box, Digit, Number
from recognize.remains import NEIGHBOURS, TOO_SMALL, find_remains

SIZE = 640, 480
OTHERS = [(100 + 60 * place, 200, 150 + 60 * place, 240) for place in range(NEIGHBOURS)]


def number_in(box: Box, text: str = "47", raw: str = "") -> Number:
    digits = tuple(Digit(value, 0.99, box, ()) for value in text)
    return Number(text, raw or text, digits, 0.97, box)


def find(box: Box, others: list[Box] = OTHERS, raw: str = "1") -> list[str]:
    """What is said of a stroke that stands before others."""
    said = find_remains([number_in(box, "1", raw), *map(number_in, others)], SIZE)
    assert set(said) <= {0}
    return list(said.values())


@pytest.mark.parametrize(("height", "said"), [(40, []), (26, []), (23, [TOO_SMALL]), (10, [TOO_SMALL])])
def test_a_stroke_is_as_high_as_the_digits_beside_it_or_no_1(height, said):
    assert find((80, 240 - height, 80 + height // 4, 240)) == said


@pytest.mark.parametrize(
    ("box", "said"),
    [
        ((300, 0, 308, 40), [CUT_OFF]),
        ((300, 442, 308, 480), [CUT_OFF]),
        ((0, 100, 8, 140), [CUT_OFF]),
        ((633, 100, 639, 140), [CUT_OFF]),
        ((300, 10, 308, 50), []),
    ],
)
def test_a_stroke_at_the_edge_may_go_on_beyond_it(box, said):
    assert find(box) == said


def test_what_is_beside_a_stroke_counts_and_not_what_is_far_away():
    headline = [(60 * place, 20, 50 + 60 * place, 140) for place in range(10)]
    low = [(100 + 60 * place, 420, 130 + 60 * place, 440) for place in range(NEIGHBOURS)]
    assert find((80, 420, 84, 440), headline + low) == []
    assert find((80, 420, 84, 440), headline) == [TOO_SMALL]


def test_few_numbers_tell_nothing_and_what_is_wide_or_has_marks_is_no_stroke():
    assert find((80, 230, 82, 240), OTHERS[1:]) == []
    assert find((80, 230, 86, 240)) == []
    assert find((80, 230, 82, 240), raw="1.") == []
