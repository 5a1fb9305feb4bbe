"""Pairs: two digits of one writer, and the same ones each time."""

import numpy as np
import pytest

from evaluate.pairs import PAIRS, draw_pair
from tests.preprocess.drawn import SHAPES
from tests.train.conftest import draw_glyphs
from train.data import Glyphs
from train.synth.slide import slide_by_ink, slide_by_reach

every_way = pytest.mark.parametrize("pairs", PAIRS, ids=lambda pairs: pairs.name)


def test_the_ways_are_named_for_what_overlaps():
    assert {pairs.name: pairs.slide for pairs in PAIRS} == {
        "touching pairs, ink": slide_by_ink,
        "touching pairs, reach": slide_by_reach,
    }
    assert next(iter(PAIRS)).name == "touching pairs, ink"


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
