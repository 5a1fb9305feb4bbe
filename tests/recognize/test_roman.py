"""Roman: strokes that count from one to three are no numbers; ones by themselves are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognize.roman import find_roman


def boxes_at(*middles: tuple[int, int]):
    """A box of 20 by 30 px around each point."""
    return [(x - 10, y - 15, x + 10, y + 15) for x, y in middles]


@pytest.mark.parametrize(
    "middles", [[(100, 100), (200, 105), (310, 98)], [(100, 100), (98, 150), (102, 195)]], ids=["row", "column"]
)
def test_strokes_that_count_are_roman(middles):
    assert find_roman(["1", "11", "111"], boxes_at(*middles)) == {0, 1, 2}


def test_each_term_counts_anew():
    texts = ["1", "11", "111", "1", "11", "111", "43", "53", "24", "1"]
    places = [(x, 100) for x in range(100, 700, 100)] + [(100, 200), (200, 200), (300, 200), (400, 200)]
    assert find_roman(texts, boxes_at(*places)) == {0, 1, 2, 3, 4, 5}


@pytest.mark.parametrize(
    ("texts", "middles"),
    [
        (["1", "11", "111"], [(100, 100), (200, 180), (300, 40)]),
        (["1", "11", "111"], [(100, 100), (150, 100), (400, 100)]),
        (["111", "11", "1"], [(100, 100), (200, 100), (300, 100)]),
        (["1", "11"], [(100, 100), (200, 100)]),
        (["1", "11", "111", "1111"], [(100, 100), (200, 100), (300, 100), (400, 100)]),
        (["1", "12", "111"], [(100, 100), (200, 100), (300, 100)]),
        ([], []),
    ],
    ids=["no row", "uneven", "backwards", "two only", "goes on", "other digits", "nothing"],
)
def test_other_ones_are_numbers(texts, middles):
    assert find_roman(texts, boxes_at(*middles)) == set()


@given(st.lists(st.tuples(st.sampled_from(["1", "11", "111", "7", "1?"]), st.integers(0, 900), st.integers(0, 900))))
def test_only_strokes_are_ever_roman(numbers):
    texts = [text for text, _, _ in numbers]
    found = find_roman(texts, boxes_at(*[(x, y) for _, x, y in numbers]))
    assert {texts[place] for place in found} in (set(), {"1", "11", "111"})
