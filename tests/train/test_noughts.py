"""Noughts: written in one go, each of them still owns a ring of its own, in order."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from train.synth.noughts import draw_noughts, pick_height
from train.synth.numbers import write_number
from train.synth.pen import CANVAS_PX, pick_hand
from train.synth.slide import slide_by_reach

seeds = st.integers(0, 2**31)


@given(st.integers(2, 5), seeds)
@settings(max_examples=60, deadline=None)
def test_each_owns_ink_and_they_stand_in_order(count, seed):
    ink, whose = draw_noughts(count, 40.0, 4, 0.1, np.random.default_rng(seed))
    assert (ink.shape, ink.dtype, whose.dtype) == (whose.shape, np.uint8, np.int16)
    assert ((whose >= 0) == (ink > 60)).all()
    middles = [np.nonzero(whose == number)[1].mean() for number in range(count)]
    assert middles == sorted(middles)
    assert whose.max() == count - 1


@given(seeds)
@settings(max_examples=60, deadline=None)
def test_the_same_seed_draws_the_same(seed):
    one, other = (draw_noughts(3, 40.0, 4, 0.0, np.random.default_rng(seed))[0] for _ in range(2))
    assert np.array_equal(one, other)


def test_most_of_them_touch_and_are_as_tall_as_wanted():
    gaps, heights = [], []
    for seed in range(60):
        _, whose = draw_noughts(2, 40.0, 4, 0.0, np.random.default_rng(seed))
        first, second = ((whose == number).astype(np.uint8) * 255 for number in range(2))
        gaps.append(slide_by_reach(first, second, 0))
        heights.append(np.ptp(np.flatnonzero(second.any(axis=1))))
    assert np.mean(np.array(gaps) >= 0) > 0.7
    assert 34 < np.median(heights) < 52


@given(seeds)
@settings(max_examples=30, deadline=None)
def test_they_are_lower_than_the_digits_before_them_or_as_tall(seed):
    assert 0.3 * CANVAS_PX < pick_height(np.random.default_rng(seed)) <= CANVAS_PX


@given(seeds)
@settings(max_examples=40, deadline=None)
def test_a_number_that_ends_in_them_keeps_its_labels_and_their_order(seed):
    rng = np.random.default_rng(seed)
    glyph = np.zeros((28, 28), np.uint8)
    glyph[4:24, 12:15] = 255
    writing = write_number([glyph] * 4, list("1000"), pick_hand(rng), rng)
    middles = [np.nonzero(writing.owner == number)[1].mean() for number in range(4)]
    assert writing.labels == tuple("1000")
    assert middles == sorted(middles)
    assert ((writing.owner >= 0) == (writing.ink > 60)).mean() > 0.97
