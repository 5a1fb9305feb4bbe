"""Lessons: what a network is shown in an epoch: the digits themselves, numbers written with them, and doodles."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from preprocess.patch import SIDE_PX
from train.crew import Labelled
from train.data import Glyphs
from train.fit import SMOOTHING
from train.network import CLASSES
from train.own.doodles import make_doodles
from train.pool import make_pool
from train.writings import Sources

# Few digits are shown again and again, each time a little changed.
LEAST = 4096
# Shares of an epoch's patches, and the most that are made, however many digits there are.
WRITTEN, DOODLES = 0.42, 0.25
MOST_WRITTEN, MOST_DOODLES = 20_000, 10_000
# A rare digit is shown as often as the most frequent one, but no digit more than so many times as often as it came.
MOST_REPEATS = 10
# So many of the digits are written as by one hand.
BY_ONE_HAND = 250
TURN_DEG, STRETCH, SHEAR, SHIFT_PX = 4.0, 0.05, 0.06, 1.5

Answer = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class Lessons:
    """What is shown in an epoch, and what a network is to say of it.

    Parameters
    ----------
    pictures : ndarray of uint8, shape (n, 28, 28)
    wanted : ndarray of float32, shape (n, 11)
        Probabilities.
    """

    pictures: np.ndarray
    wanted: np.ndarray

    def steps(self, batch_size: int) -> int:
        """How many whole batches there are."""
        return max(len(self.pictures) // batch_size, 1)

    def batch(self, seed: int, epoch: int, step: int, batch_size: int) -> tuple[np.ndarray, np.ndarray]:
        """Give the batch of a step, the same whenever it is asked for: float32 (m, 28, 28, 1) and (m, 11)."""
        order = np.random.default_rng([seed, epoch]).permutation(len(self.pictures))
        chosen = order[step * batch_size : (step + 1) * batch_size]
        rng = np.random.default_rng([seed, epoch, step])
        return jitter(self.pictures[chosen], rng)[..., None].astype(np.float32) / 255.0, self.wanted[chosen]


def make_lessons(digits: Labelled, answer: Answer, seed: int, report: Callable[[int, int], None]) -> Lessons:
    """Make the lessons of an epoch.

    Parameters
    ----------
    digits : Labelled
    answer : callable
        What the shipped model says of patches (n, 28, 28, 1): (n, 11).
    seed : int
    report : callable
        Told how many patches of how many are made, again and again.
    """
    times, written_count, doodle_count = parts_of(len(digits.labels))
    count = _Counter(report, times + written_count + doodle_count)
    shown = balance(digits.labels, times, seed)
    count.add(len(shown))
    written = make_pool(Sources((as_glyphs(digits, seed),), None), written_count, seed, count.add)
    doodles = make_doodles(digits.pictures, doodle_count, seed, count.add)
    count.end()
    labels = np.concatenate([digits.labels[shown], written.labels])
    wanted = np.eye(CLASSES, dtype=np.float32)[labels] * (1 - SMOOTHING) + SMOOTHING / CLASSES
    return Lessons(
        np.concatenate([digits.pictures[shown], written.pictures, doodles]),
        np.concatenate([wanted, answer(doodles[..., None].astype(np.float32) / 255.0)]),
    )


def parts_of(count: int) -> tuple[int, int, int]:
    """How many patches of an epoch are digits as they are, cut out of numbers, and doodles.

    Few digits come again and again; of many each comes once.
    """
    whole = max(LEAST, round(count / (1 - WRITTEN - DOODLES)))
    written, doodles = round(WRITTEN * whole), round(DOODLES * whole)
    return max(count, LEAST - written - doodles), min(written, MOST_WRITTEN), min(doodles, MOST_DOODLES)


def balance(labels: np.ndarray, size: int, seed: int) -> np.ndarray:
    """Choose so many digits, or a few more, that all are there and rare ones come as often as others.

    Returns
    -------
    ndarray of int
        Indices, none of which comes more than `MOST_REPEATS` times as often as another.
    """
    rng = np.random.default_rng([seed, size])
    own = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    most = max(map(len, own))
    repeated = [np.tile(one, min(most // len(one), MOST_REPEATS)) for one in own]
    once = np.concatenate(repeated)
    times = max(1, round(size / len(once)))
    return rng.permutation(np.tile(once, times))


def as_glyphs(digits: Labelled, seed: int) -> Glyphs:
    """Turn patches into characters that numbers are written with, some by each of several hands."""
    order = balance(digits.labels, len(digits.labels), seed)
    hands = np.arange(len(order)) // BY_ONE_HAND
    return Glyphs("own", digits.pictures[order], digits.labels[order].astype(str), hands)


def jitter(pictures: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Turn, stretch, lean and displace each picture a little: uint8 (n, 28, 28) to the same."""
    middle = np.full(2, (SIDE_PX - 1) / 2)
    moved = np.empty_like(pictures)
    for picture, place in zip(pictures, moved, strict=True):
        angle, lean = np.deg2rad(rng.normal(0, TURN_DEG)), rng.normal(0, SHEAR)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        matrix = turn @ np.array([[1, lean], [0, 1]]) @ np.diag(np.exp(rng.normal(0, STRETCH, 2)))
        shift = middle - matrix @ middle + rng.uniform(-SHIFT_PX, SHIFT_PX, 2)
        place[:] = cv2.warpAffine(picture, np.column_stack([matrix, shift]), (SIDE_PX, SIDE_PX))
    return moved


class _Counter:
    """Counts towards a total, and reports."""

    def __init__(self, report: Callable[[int, int], None], of: int) -> None:
        self._report, self._of, self._done = report, of, 0

    def add(self, made: int) -> None:
        """Count what was made; the last of it is not said to be there before all is."""
        self._done = min(self._done + made, self._of - 1)
        self._report(self._done, self._of)

    def end(self) -> None:
        """Say that all is made."""
        self._report(self._of, self._of)
