"""Fit: batches are shuffled and moved as they should be, and what counts nothing teaches nothing."""

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from train.fit import BATCH, Batches, Likelihood  # noqa: E402 - imports keras

# Keras converts its own arrays in a way that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def batches_of(count: int, seed: int, reach_px: tuple[int, int] = (1, 1)) -> Batches:
    rng = np.random.default_rng(3)
    pictures = rng.integers(0, 256, (count, 28, 28)).astype(np.uint8)
    return Batches(pictures, rng.integers(0, 11, count).astype(np.uint8), seed, reach_px)


def test_batches_are_shuffled_anew_each_epoch_and_alike_for_a_seed():
    batches, twin = batches_of(3 * BATCH, 1), batches_of(3 * BATCH, 1)
    x, y = batches[0]
    assert (len(batches), x.shape, y.shape) == (3, (BATCH, 28, 28, 1), (BATCH,))
    assert x.dtype == np.float32
    assert 0 <= x.min() <= x.max() <= 1
    assert np.array_equal(x, twin[0][0])
    assert not np.array_equal(x, batches_of(3 * BATCH, 2)[0][0])
    batches.on_epoch_end()
    assert not np.array_equal(y, batches[0][1])


def test_an_epoch_sees_each_picture_at_most_once():
    labels = (np.arange(4 * BATCH) % 11).astype(np.uint8)
    batches = Batches(np.zeros((4 * BATCH, 28, 28), np.uint8), labels, 1, (1, 1))
    seen = np.concatenate([batches[place][1] for place in range(len(batches))])
    assert np.array_equal(np.bincount(seen, minlength=11), np.bincount(labels, minlength=11))


def test_pictures_are_displaced_no_farther_than_they_may_be():
    pictures = np.zeros((BATCH, 9, 9), np.uint8)
    pictures[:, 4, 4] = 255
    places = set()
    for seed in range(60):
        x, _ = Batches(pictures, np.zeros(BATCH, np.uint8), seed, (2, 0))[0]
        places |= {tuple(place) for place in np.argwhere(x[..., 0])[:, 1:].tolist()}
    assert places == {(row, 4) for row in (2, 3, 4, 5, 6)}


def test_the_loss_is_lower_the_surer_the_right_class_is_and_nothing_for_what_is_no_class():
    logits = np.array([[[9.0, 0, 0], [3.0, 0, 0], [0, 3.0, 0], [0, 9.0, 0]]], np.float32)
    losses = keras.ops.convert_to_numpy(Likelihood(3).call(np.array([[0, 0, 0, 255]], np.uint8), logits))[0]
    assert losses[0] < losses[1] < losses[2]
    assert losses[3] == 0
