"""Fit: a network learns from labelled pictures; whatever is interrupted goes on where it was."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

BATCH = 256
SMOOTHING = 0.02


@dataclass(frozen=True)
class Round:
    """One round of training: how often its pool is seen, and with which seed."""

    epochs: int
    seed: int


@dataclass(frozen=True)
class Jitter:
    """How the pictures of a batch are changed a little, together, as middles and widths are with other pens.

    Parameters
    ----------
    reach_px : (int, int)
        How far up or down, left or right half of the batches are displaced at most; labels stay where they are.
    stretch : float
        How much wider or narrower they are made at most, as a share; labels, one for each of so many columns, go
        along.
    """

    reach_px: tuple[int, int]
    stretch: float = 0.0


class Batches(keras.utils.PyDataset):
    """Pictures and labels in shuffled batches, each with a little jitter.

    Parameters
    ----------
    pictures : ndarray of uint8, shape (n, h, w)
        255 = full ink.
    labels : ndarray of uint8, shape (n, ...)
    seed : int
    jitter : Jitter
    """

    def __init__(self, pictures: np.ndarray, labels: np.ndarray, seed: int, jitter: Jitter) -> None:
        super().__init__(workers=1, use_multiprocessing=False)
        self._pictures, self._labels = pictures, labels
        self._seed = seed
        self._jitter = jitter
        self._epoch = 0
        self._order = self._shuffle()

    def __len__(self) -> int:
        return len(self._labels) // BATCH

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        chosen = self._order[index * BATCH : (index + 1) * BATCH]
        rng = np.random.default_rng([self._seed, self._epoch, index])
        pictures, labels = self._pictures[chosen], self._labels[chosen]
        if rng.random() < 0.5:
            shift = [int(rng.integers(-reach, reach + 1)) for reach in self._jitter.reach_px]
            pictures = np.roll(pictures, shift, axis=(1, 2))
        pictures = pictures.astype(np.float32) / 255.0
        if self._jitter.stretch:
            pictures, labels = stretch(pictures, labels, 1 + rng.uniform(-1, 1) * self._jitter.stretch)
        return pictures[..., None], labels

    def on_epoch_end(self) -> None:
        """Shuffle anew."""
        self._epoch += 1
        self._order = self._shuffle()

    def _shuffle(self) -> np.ndarray:
        return np.random.default_rng([self._seed, self._epoch]).permutation(len(self._labels))


def stretch(pictures: np.ndarray, labels: np.ndarray, factor: float) -> tuple[np.ndarray, np.ndarray]:
    """Make pictures wider by a factor, about their middles, and what is labelled in them too; the edge goes on.

    Parameters
    ----------
    pictures : ndarray of float32, shape (n, h, w)
    labels : ndarray of uint8, shape (n, m)
        Of m stretches of columns.
    factor : float
    """
    columns = _drawn_out(pictures.shape[2], factor)
    left = np.floor(columns).astype(int)
    right = np.minimum(left + 1, pictures.shape[2] - 1)
    share = (columns - left).astype(np.float32)
    wider = pictures[:, :, left] * (1 - share) + pictures[:, :, right] * share
    return wider, labels[:, np.round(_drawn_out(labels.shape[1], factor)).astype(int)]


def _drawn_out(count: int, factor: float) -> np.ndarray:
    """Where each of so many places comes from."""
    middle = (count - 1) / 2
    return np.clip(middle + (np.arange(count) - middle) / factor, 0, count - 1)


class Likelihood(keras.losses.Loss):
    """Cross entropy of logits and labels, with smoothed labels; a label that is no class counts nothing.

    Parameters
    ----------
    classes : int
    """

    def __init__(self, classes: int) -> None:
        super().__init__(name="likelihood")
        self._classes = classes

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Loss of each label: (n, ...) and (n, ..., classes) to (n, ...)."""
        labels = keras.ops.cast(y_true, "int32")
        counts = labels < self._classes
        wanted = keras.ops.one_hot(keras.ops.where(counts, labels, 0), self._classes)
        # A network that reckons in 16 bits gives its logits in as many, which a loss is not to be added up from.
        logits = keras.ops.cast(y_pred, "float32")
        losses = keras.losses.categorical_crossentropy(wanted, logits, from_logits=True, label_smoothing=SMOOTHING)
        return losses * keras.ops.cast(counts, losses.dtype)


class _Progress(keras.callbacks.Callback):
    """Reports each batch."""

    def __init__(self, report: Callable[[dict[str, float]], None]) -> None:
        super().__init__()
        self._report = report

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self._report(logs or {})


def fit(
    model: keras.Model,
    batches: Batches,
    peak_rate: float,
    plan: Round,
    folder: Path,
    report: Callable[[dict[str, float]], None],
) -> None:
    """Train a network for one round, in place; it is left with the moving average of its weights.

    Parameters
    ----------
    model : keras.Model
    batches : Batches
    peak_rate : float
        Highest learning rate; it warms up to it and decays to almost nothing (cosine, with restarts from round to
        round: Loshchilov and Hutter 2017).
    plan : Round
    folder : Path
        Where each epoch's state is kept, to go on from after an interruption.
    report : callable
        Told the loss after each batch.
    """
    keras.utils.set_random_seed(plan.seed)
    steps = plan.epochs * len(batches)
    rate = keras.optimizers.schedules.CosineDecay(
        peak_rate / 20, decay_steps=steps, alpha=0.002, warmup_target=peak_rate, warmup_steps=min(500, steps // 10)
    )
    model.compile(
        optimizer=keras.optimizers.AdamW(rate, weight_decay=2e-3, use_ema=True, ema_momentum=0.998),
        loss=Likelihood(model.output_shape[-1]),
    )
    backup = keras.callbacks.BackupAndRestore(folder / "epochs", delete_checkpoint=False)
    model.fit(batches, epochs=plan.epochs, verbose=0, callbacks=[backup, _Progress(report)])
