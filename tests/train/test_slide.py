"""Slide: each way overlaps two digits by as much as it says."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from train.synth.slide import slide_by_ink, slide_by_reach

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
