"""Pairs: each way of sliding overlaps two digits by as much as it says, and the same ones each time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluate.pairs import PAIRS, draw_pair, slide_by_ink, slide_by_reach
from tests.preprocess.drawn import SHAPES
from tests.train.conftest import draw_glyphs
from train.data import Glyphs

every_way = pytest.mark.parametrize("pairs", PAIRS, ids=lambda pairs: pairs.name)
blocks = st.tuples(st.integers(0, 9), st.integers(1, 9), st.integers(0, 9), st.integers(1, 9))


def block(left, width, top, height):
    """Draw a solid block on 20 x 20 px of ink."""
    ink = np.zeros((20, 20), np.uint8)
    ink[top : top + height, left : left + width] = 255
    return ink


def lay_out(first, second, left):
    """Lay two pieces of ink on sheets of the same size, the second as far to the right as it was slid."""
    sheets = np.zeros((2, len(first), 140), np.uint8)
    sheets[0, :, 60 : 60 + first.shape[1]] = first
    sheets[1, :, 60 + left : 60 + left + second.shape[1]] = second
    return sheets > 127


def reach(first, second):
    """Largest overlap of rows in which both have ink, measured row by row; None where there is none."""
    overlaps = [
        np.flatnonzero(one)[-1] + 1 - np.flatnonzero(other)[0]
        for one, other in zip(first, second, strict=True)
        if one.any() and other.any()
    ]
    return max(overlaps, default=None)


# --- sliding


@given(blocks, blocks, blocks, st.integers(-9, 30))
@settings(max_examples=150, deadline=None)
def test_the_second_reaches_as_far_into_the_first_as_asked(one, other, third, overlap_px):
    first, second = np.maximum(block(*one), block(*third)), block(*other)
    sheets = lay_out(first, second, slide_by_reach(first, second, overlap_px))
    if reach(*sheets) is None:
        columns = [np.flatnonzero(sheet.any(axis=0)) for sheet in sheets]
        assert columns[0][-1] + 1 - columns[1][0] == overlap_px
    else:
        assert reach(*sheets) == overlap_px


@given(blocks, blocks, st.integers(2, 30))
@settings(max_examples=150, deadline=None)
def test_the_second_is_slid_until_so_much_ink_is_shared_and_no_further(one, other, overlap_px):
    first, second = block(*one), block(*other)
    left = slide_by_ink(first, second, overlap_px)
    shared = [int(np.logical_and(*lay_out(first, second, place)).sum()) for place in (left, left + 1)]
    most = max(int(np.logical_and(*lay_out(first, second, place)).sum()) for place in range(-20, 21))
    if most >= overlap_px:
        assert shared[0] >= overlap_px > shared[1]
    else:
        columns = [np.flatnonzero(sheet.any(axis=0)) for sheet in lay_out(first, second, left)]
        assert columns[0][-1] + 1 - columns[1][0] == overlap_px


def test_the_ways_are_named_for_what_overlaps():
    assert {pairs.name: pairs.slide for pairs in PAIRS} == {
        "touching pairs, ink": slide_by_ink,
        "touching pairs, reach": slide_by_reach,
    }
    assert next(iter(PAIRS)).name == "touching pairs, ink"


# --- drawing


@every_way
def test_a_pair_is_dark_ink_of_one_writer_on_a_light_sheet(hands, pairs):
    for number in range(12):
        pair = draw_pair(hands, pairs, number)
        assert np.array_equal(pair.frame.image, draw_pair(hands, pairs, number).frame.image)
        assert len(pair.truth.numbers[0]) == 2
        assert pair.truth.is_line
        assert 2 <= pair.overlap_px <= 30
        writer = int(pair.truth.source.removeprefix("writer"))
        assert set(pair.truth.numbers[0]) <= set(hands.labels[hands.writers == writer])
        grey = pair.frame.image.mean(axis=2)
        assert np.median(grey[:20]) > 190
        assert np.percentile(grey, 1) < 120


def test_all_ways_slide_the_same_digits():
    labels = sorted(SHAPES)
    hands = Glyphs("drawn", draw_glyphs(labels, 28, 2), np.array(labels), np.full(len(labels), -1))
    for number in range(8):
        drawn = [draw_pair(hands, pairs, number) for pairs in PAIRS]
        assert len({(pair.truth.numbers, pair.overlap_px) for pair in drawn}) == 1
        assert drawn[0].truth.source == "drawn"


def test_digits_are_three_times_as_large_as_they_were(hands):
    bar = np.zeros((28, 28), np.uint8)
    bar[4:24, 12:15] = 255
    bars = Glyphs("bars", np.array([bar]), np.array(["1"]), np.array([4]))
    for number in range(5):
        pair = draw_pair(bars, PAIRS[0], number)
        rows = np.flatnonzero(pair.frame.image.mean(axis=2).min(axis=1) < 140)
        assert np.ptp(rows) + 1 == pytest.approx(60, abs=2)
