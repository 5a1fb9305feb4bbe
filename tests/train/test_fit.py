"""Fit: batches are shuffled and moved as they should be, and what counts nothing teaches nothing."""

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from train.fit import BATCH, Batches, Jitter, Likelihood, stretch  # noqa: E402 - imports keras

# Keras converts its own arrays in a way that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def batches_of(count: int, seed: int, reach_px: tuple[int, int] = (1, 1)) -> Batches:
    rng = np.random.default_rng(3)
    pictures = rng.integers(0, 256, (count, 28, 28)).astype(np.uint8)
    return Batches(pictures, rng.integers(0, 11, count).astype(np.uint8), seed, Jitter(reach_px))


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
    batches = Batches(np.zeros((4 * BATCH, 28, 28), np.uint8), labels, 1, Jitter((1, 1)))
    seen = np.concatenate([batches[place][1] for place in range(len(batches))])
    assert np.array_equal(np.bincount(seen, minlength=11), np.bincount(labels, minlength=11))


def test_pictures_are_displaced_no_farther_than_they_may_be():
    pictures = np.zeros((BATCH, 9, 9), np.uint8)
    pictures[:, 4, 4] = 255
    places = set()
    for seed in range(60):
        x, _ = Batches(pictures, np.zeros(BATCH, np.uint8), seed, Jitter((2, 0)))[0]
        places |= {tuple(place) for place in np.argwhere(x[..., 0])[:, 1:].tolist()}
    assert places == {(row, 4) for row in (2, 3, 4, 5, 6)}


@pytest.mark.parametrize("factor", [0.8, 1.0, 1.2])
def test_what_is_drawn_out_stands_where_its_label_says(factor):
    pictures, labels = np.zeros((2, 4, 96), np.float32), np.full((2, 48), 10, np.uint8)
    pictures[:, :, 60:66] = 1
    labels[:, 30:33] = 7
    wider, said = stretch(pictures, labels, factor)
    inked = wider[0, 0].reshape(48, 2).mean(axis=1)
    assert inked.sum() == pytest.approx(3 * factor, abs=0.3)
    assert (inked[said[0] == 7] >= 0.4).all()
    assert abs(int((said[0] == 7).sum()) - round(3 * factor)) <= 1
    assert said.dtype == labels.dtype


def test_what_is_not_drawn_out_stays_as_it_is():
    pictures = np.random.default_rng(1).random((3, 5, 10), np.float32)
    labels = np.arange(15, dtype=np.uint8).reshape(3, 5)
    wider, said = stretch(pictures, labels, 1.0)
    assert np.allclose(wider, pictures)
    assert np.array_equal(said, labels)


def test_strips_are_drawn_out_in_training():
    pictures = np.zeros((BATCH, 4, 20), np.uint8)
    pictures[:, :, 2:18] = 255
    widths = set()
    for seed in range(20):
        x, _ = Batches(pictures, np.zeros((BATCH, 10), np.uint8), seed, Jitter((0, 0), stretch=0.25))[0]
        widths.add(int((x[0, 0, :, 0] > 0.5).sum()))
    assert min(widths) < 15 < 17 < max(widths)


def test_the_loss_is_lower_the_surer_the_right_class_is_and_nothing_for_what_is_no_class():
    logits = np.array([[[9.0, 0, 0], [3.0, 0, 0], [0, 3.0, 0], [0, 9.0, 0]]], np.float32)
    losses = keras.ops.convert_to_numpy(Likelihood(3).call(np.array([[0, 0, 0, 255]], np.uint8), logits))[0]
    assert losses[0] < losses[1] < losses[2]
    assert losses[3] == 0
