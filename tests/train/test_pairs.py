"""Pairs: two digits touch in a patch and stand in the order of their labels."""

import cv2
import numpy as np
import pytest

from preprocess.patch import PAIR_SIDE_PX, SIDE_PX
from tests.preprocess.drawn import ink_of
from train.pairs import CHUNK, NONE, UNSAID, _make_chunk, find_written, label_couple, make_pair, push_together
from train.synth.numbers import Writing
from train.writings import Sources, load_sources


@pytest.fixture(scope="module")
def sources(small_data) -> Sources:
    return load_sources(small_data)


@pytest.mark.parametrize("seed", range(12))
def test_what_is_pushed_together_hangs_together_in_order(seed):
    first, second = ink_of("1", 60, 6), ink_of("0", 60, 6)
    ink = push_together(first, second, np.random.default_rng(seed))
    count, _ = cv2.connectedComponents((ink > 100).astype(np.uint8))
    assert count == 2
    assert ink.sum() > max(first.sum(), second.sum())
    left, right = ink[:, : ink.shape[1] // 2], ink[:, ink.shape[1] // 2 :]
    # A nought is the wider of the two: more of its ink lies on its side than the stroke alone would leave there.
    assert np.ptp(np.flatnonzero(right.any(axis=0))) >= 0.3 * second.shape[1]
    assert left.any()


def test_pairs_single_digits_and_other_things_are_told_apart(sources):
    rng = np.random.default_rng(4)
    labels = np.array([make_pair(sources, rng)[1] for _ in range(150)])
    firsts, seconds = labels.T
    assert ((firsts < NONE) & (seconds < NONE)).mean() == pytest.approx(0.6, abs=0.15)
    assert ((firsts < NONE) & (seconds == NONE)).mean() == pytest.approx(0.24, abs=0.12)
    assert set(seconds[firsts == NONE]) == {UNSAID}


def test_a_chunk_holds_patches_and_labels_and_is_the_same_again(sources, monkeypatch):
    monkeypatch.setattr("train.pairs.CHUNK", 40)
    made, again = _make_chunk(sources, 1, 0), _make_chunk(sources, 1, 0)
    assert (made.pictures.shape, made.labels.shape) == ((40, SIDE_PX, PAIR_SIDE_PX), (40, 2))
    assert np.array_equal(made.pictures, again.pictures)
    assert np.array_equal(made.labels, again.labels)
    assert CHUNK > 40


@pytest.mark.parametrize(
    ("owned", "labels"),
    [
        ([100, 100, 0, 0], (4, 7)),
        ([97, 95, 1, 0], (4, 7)),
        ([0, 100, 2, 0], (7, NONE)),
        ([100, 100, 100, 0], (NONE, UNSAID)),  # three digits
        ([100, 40, 0, 0], (NONE, UNSAID)),  # one, and a part of its neighbour
        ([40, 40, 0, 0], (NONE, UNSAID)),  # parts of two
        ([100, 80, 0, 0], None),  # most of the second: nobody could say
        ([100, 12, 0, 0], None),  # one, and a speck of its neighbour
        ([100, 0, 0, 40], None),  # a good deal is nobody's
    ],
)
def test_a_couple_is_two_digits_only_if_it_is_all_of_both(owned, labels):
    writing = Writing(np.zeros((1, 1), np.uint8), np.zeros((1, 1), np.int16), ("4", "7", "1"))
    assert label_couple(np.array(owned, float), np.array([100, 100, 100, 50], float), writing) == labels


def test_written_numbers_give_no_more_of_what_is_wrong_than_of_digits(sources):
    rng = np.random.default_rng(5)
    for _ in range(12):
        found = find_written(sources, rng)
        wrong = sum(labels[0] == NONE for _, labels in found)
        assert wrong <= len(found) - wrong + 1
