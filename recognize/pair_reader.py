"""Pair reader: looks at ink that hangs together as a whole, and says which two digits it is, or which one.

Where one digit is written over another, no cut parts them, and a classifier of what was cut sees two halves of
nothing. What the pair reader says is one more way through the lattice, beside all cuts (Hochuli, Oliveira, Britto,
Sabourin 2018, "Handwritten digit segmentation: is it still necessary?"). Of a chain of more digits it looks at every
two that cuts may have set free.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np

from errors import ModelMismatch
from preprocess.patch import PAIR_SIDE_PX, SIDE_PX, to_pair_patch
from preprocess.pieces import BODY_PX, Piece, Run, join, span_box
from recognize.classifier import Card, read_model
from recognize.engine import Engine

CLASSES = 11
NONE = 10
FILE = "pairs.tflite"
# What is narrower is one digit; what is wider, in body heights, is more than two.
NARROWEST, WIDEST = 0.42, 2.4
# What is wider than that may be a chain of digits, of which any two may be these: so wide and so high, in body heights,
# and of no more pieces.
CHAIN, NARROWEST_PART, WIDEST_PART, LOWEST, MOST_PIECES = 1.2, 0.6, 1.6, 0.6, 4
# What is one piece is worth cutting where it is two digits with a likelihood above that.
HIDDEN = 0.1


@dataclass(frozen=True, eq=False)
class Couple:
    """Pieces of one component of a run, and what the pair reader takes them for.

    Parameters
    ----------
    start, stop : int
        Its pieces.
    told : ndarray of float, shape (2, 11)
        Logarithms of probabilities: of the first digit and of the second, 10 for none; of what is neither one digit
        nor two there is no first.
    """

    start: int
    stop: int
    told: np.ndarray

    @property
    def is_uncut(self) -> bool:
        """Whether it is one piece: no cut has a place for two digits in it."""
        return self.stop == self.start + 1

    @property
    def hides_pair(self) -> bool:
        """Whether it was not cut, and both a first digit and a second are likely enough that it should be."""
        return self.is_uncut and bool(1 - np.exp(self.told[:, NONE].max()) > HIDDEN)


class PairReader:
    """Tells which two digits, or which one, what hangs together in a run is.

    Parameters
    ----------
    engine : Engine
        From patches (n, 28, 44, 1) to logits (n, 2, 11).

    Raises
    ------
    ModelMismatch
        If it gives others.
    """

    def __init__(self, engine: Engine) -> None:
        if engine.classes != CLASSES:
            raise ModelMismatch(f"The pair reader's model tells {engine.classes} classes apart and not {CLASSES}.")
        self._engine = engine

    @classmethod
    def load(cls, folder: Path, card: Card) -> "PairReader | None":
        """Load pairs.tflite of a folder, where its card names one.

        Raises
        ------
        ModelMissing, ModelDamaged
        """
        if FILE not in card.raw["sha256"]:
            return None
        return cls(Engine(read_model(folder, FILE, card), (1, SIDE_PX, PAIR_SIDE_PX, 1), threads=1))

    def look(self, runs: Sequence[Run], known: dict[tuple[Piece, ...], np.ndarray] | None = None) -> list[list[Couple]]:
        """Say, for each run, what those of its pieces are that hang together and may be two digits.

        Parameters
        ----------
        runs : sequence of Run
            All of them are looked at in one go.
        known : dict of tuple of Piece to ndarray, optional
            What was said before, and is not asked again; what is said is added to it.
        """
        known = {} if known is None else known
        found = [list_couples(run.pieces) for run in runs]
        parts = [run.pieces[start:stop] for run, own in zip(runs, found, strict=True) for start, stop in own]
        new = [part for part in parts if part not in known]
        known.update(zip(new, self.predict([join(part) for part in new]), strict=True))
        told = iter([known[part] for part in parts])
        return [[Couple(start, stop, next(told)) for start, stop in own] for own in found]

    def predict(self, inks: Sequence[np.ndarray]) -> np.ndarray:
        """Say which two digits, or which one, each ink is: logarithms of probabilities (n, 2, 11)."""
        if not inks:
            return np.empty((0, 2, CLASSES), np.float32)
        logits = self._engine.run_all(np.stack([to_pair_patch(ink) for ink in inks]))
        return logits - np.logaddexp.reduce(logits, axis=2, keepdims=True)


def list_couples(pieces: Sequence[Piece]) -> list[tuple[int, int]]:
    """List what may be two digits (start, stop): whole components, and neighbouring pieces of those that may be more.

    A component among whose pieces other ink stands is left out.
    """
    listed = []
    counts = Counter(piece.component for piece in pieces)
    for component, group in groupby(range(len(pieces)), key=lambda place: pieces[place].component):
        own = list(group)
        start, stop = own[0], own[-1] + 1
        if counts[component] != stop - start:
            continue
        wide = _wide(pieces[start:stop])
        if NARROWEST <= wide <= WIDEST:
            listed.append((start, stop))
        if wide >= CHAIN:
            listed += _list_parts(pieces, start, stop)
    return listed


def _list_parts(pieces: Sequence[Piece], first: int, last: int) -> list[tuple[int, int]]:
    """List the neighbouring pieces of a chain of digits that may be two of them, but for all of it."""
    listed = []
    for start in range(first, last - 1):
        for stop in range(start + 2, min(last, start + MOST_PIECES) + 1):
            _, top, _, bottom = span_box(pieces[start:stop])
            is_large = NARROWEST_PART <= _wide(pieces[start:stop]) <= WIDEST_PART and bottom - top >= LOWEST * BODY_PX
            if is_large and (start, stop) != (first, last):
                listed.append((start, stop))
    return listed


def _wide(pieces: Sequence[Piece]) -> float:
    """How wide pieces are together, in body heights."""
    left, _, right, _ = span_box(pieces)
    return (right - left) / BODY_PX
