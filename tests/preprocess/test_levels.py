"""Levels: counting tells what sorting would."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from preprocess.levels import count_levels, level_below, median, percentile

PICTURES = arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=40))


@given(PICTURES, st.floats(0, 1))
def test_a_percentile_is_numpys(picture, share):
    assert percentile(count_levels(picture), share) == pytest.approx(np.percentile(picture, 100 * share), abs=1e-3)


@given(PICTURES)
def test_a_median_is_numpys(picture):
    assert median(picture) == np.median(picture)


@given(PICTURES, st.integers(0, 255))
def test_what_a_mask_hides_does_not_count(picture, least):
    mask = (picture >= least).astype(np.uint8)
    if mask.any():
        assert median(picture, mask) == np.median(picture[mask > 0])


@given(PICTURES, st.floats(0.01, 0.99))
def test_a_share_of_the_pixels_lies_at_a_level_or_below_it(picture, share):
    level = level_below(picture, share)
    assert (picture <= level).mean() >= share - 1e-6
    assert (picture < level).mean() < share + 1e-6


def test_every_other_pixel_may_be_counted():
    picture = np.arange(64, dtype=np.uint8).reshape(8, 8)
    assert count_levels(picture[::2, ::2]).sum() == 16
