"""Fit: the network learns from the pool; whatever is interrupted goes on where it was."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from train.network import CLASSES
from train.pool import Pool

BATCH = 256
SMOOTHING = 0.02
LARGEST_SHIFT_PX = 1


@dataclass(frozen=True)
class Round:
    """One round of training: how often its pool is seen, and with which seed."""

    epochs: int
    seed: int


class Batches(keras.utils.PyDataset):
    """The pool in shuffled batches; each patch a little displaced, as centres of mass are with other pens."""

    def __init__(self, pool: Pool, seed: int) -> None:
        super().__init__(workers=1, use_multiprocessing=False)
        self._pool = pool
        self._seed = seed
        self._epoch = 0
        self._order = self._shuffle()

    def __len__(self) -> int:
        return len(self._pool.labels) // BATCH

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        chosen = self._order[index * BATCH : (index + 1) * BATCH]
        rng = np.random.default_rng([self._seed, self._epoch, index])
        patches = self._pool.patches[chosen]
        if rng.random() < 0.5:
            shift = rng.integers(-LARGEST_SHIFT_PX, LARGEST_SHIFT_PX + 1, 2)
            patches = np.roll(patches, tuple(shift), axis=(1, 2))
        return patches[..., None].astype(np.float32) / 255.0, np.eye(CLASSES, dtype=np.float32)[
            self._pool.labels[chosen]
        ]

    def on_epoch_end(self) -> None:
        """Shuffle anew."""
        self._epoch += 1
        self._order = self._shuffle()

    def _shuffle(self) -> np.ndarray:
        return np.random.default_rng([self._seed, self._epoch]).permutation(len(self._pool.labels))


class _Progress(keras.callbacks.Callback):
    """Reports each batch."""

    def __init__(self, report: Callable[[dict[str, float]], None]) -> None:
        super().__init__()
        self._report = report

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self._report(logs or {})


def fit(
    model: keras.Model,
    pool: Pool,
    peak_rate: float,
    plan: Round,
    folder: Path,
    report: Callable[[dict[str, float]], None],
) -> None:
    """Train the network for one round, in place; it is left with the moving average of its weights.

    Parameters
    ----------
    model : keras.Model
    pool : Pool
    peak_rate : float
        Highest learning rate; it warms up to it and decays to almost nothing (cosine, with restarts from round to
        round: Loshchilov and Hutter 2017).
    plan : Round
    folder : Path
        Where each epoch's state is kept, to go on from after an interruption.
    report : callable
        Told the loss and the accuracy after each batch.
    """
    keras.utils.set_random_seed(plan.seed)
    batches = Batches(pool, plan.seed)
    steps = plan.epochs * len(batches)
    rate = keras.optimizers.schedules.CosineDecay(
        peak_rate / 20, decay_steps=steps, alpha=0.002, warmup_target=peak_rate, warmup_steps=min(500, steps // 10)
    )
    model.compile(
        optimizer=keras.optimizers.AdamW(rate, weight_decay=2e-3, use_ema=True, ema_momentum=0.998),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=SMOOTHING),
        metrics=["accuracy"],
    )
    backup = keras.callbacks.BackupAndRestore(folder / "epochs", delete_checkpoint=False)
    model.fit(batches, epochs=plan.epochs, verbose=0, callbacks=[backup, _Progress(report)])
