"""Figures: what a model's card tells of how it was made and how well it does; a stranger's card is taken as such."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from recognize.classifier import Card
from web.training import Epoch, Progress

MOST_EPOCHS, MOST_LAYERS, LONGEST = 1000, 100, 80


@dataclass(frozen=True)
class ClassFigures:
    """How well one digit is told: how many there are, what share of those taken for it are it, and of it are found."""

    label: str
    count: int
    precision: float | None
    recall: float | None


@dataclass(frozen=True)
class Bin:
    """Of the digits of about one confidence: how many, their mean confidence, and how many of them are right, 0-1."""

    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Layer:
    """One layer of a network."""

    name: str
    kind: str
    shape: str
    parameters: int


@dataclass(frozen=True, eq=False)
class Figures:
    """What a card tells.

    Parameters
    ----------
    network : str
        Which it is, in words; "" where the card does not say.
    confusion : ndarray of int, shape (10, 10) or (10, 11), or None
        Row: what is written; column: what it is taken for, the last of eleven for "no digit".
    history : tuple of Epoch
    reliability : tuple of Bin
    layers : tuple of Layer
    """

    network: str
    confusion: np.ndarray | None
    history: tuple[Epoch, ...]
    reliability: tuple[Bin, ...]
    layers: tuple[Layer, ...]

    @property
    def accuracy(self) -> float | None:
        """Share of the digits held out that are told right."""
        if self.confusion is None or not self.confusion.sum():
            return None
        return float(np.trace(self.confusion) / self.confusion.sum())

    @property
    def classes(self) -> tuple[ClassFigures, ...]:
        """How well each digit is told."""
        if self.confusion is None:
            return ()
        right = np.diag(self.confusion)
        written, taken = self.confusion.sum(axis=1), self.confusion.sum(axis=0)
        return tuple(
            ClassFigures(
                str(digit),
                int(written[digit]),
                float(right[digit] / taken[digit]) if taken[digit] else None,
                float(right[digit] / written[digit]) if written[digit] else None,
            )
            for digit in range(10)
        )


def figures_of(card: Card) -> Figures:
    """Read the figures of a card; what is missing, or is no figure, is left out."""
    raw, told = card.raw, card.raw.get("figures")
    figures: dict[str, Any] = told if isinstance(told, dict) else {}
    network = raw.get("network")
    return Figures(
        network[:LONGEST] if isinstance(network, str) else "",
        _matrix(figures.get("confusion")),
        _history(raw.get("history", figures.get("history"))),
        _bins(figures.get("reliability")),
        _layers(raw.get("layers")),
    )


def _matrix(raw: Any) -> np.ndarray | None:
    try:
        matrix = np.array(raw, np.int64)
    except (ValueError, TypeError, OverflowError):
        return None
    return matrix if matrix.shape in ((10, 10), (10, 11)) and (matrix >= 0).all() else None


def _history(raw: Any) -> tuple[Epoch, ...]:
    rows = _rows(raw, MOST_EPOCHS)
    progress = Progress()
    for place, row in enumerate(rows, 1):
        progress = progress.after({"event": "epoch", "epoch": place, "epochs": len(rows)} | row | {"event": "epoch"})
    epochs = progress.epochs
    return tuple(one for one in epochs if all(map(math.isfinite, (one.loss, one.val_loss))))


def _bins(raw: Any) -> tuple[Bin, ...]:
    found = []
    for row in _rows(raw, MOST_LAYERS):
        try:
            one = Bin(int(row["count"]), float(row["confidence"]), float(row["accuracy"]))
        except (KeyError, TypeError, ValueError):
            continue
        if one.count > 0 and 0 <= one.confidence <= 1 and 0 <= one.accuracy <= 1:
            found.append(one)
    return tuple(found)


def _layers(raw: Any) -> tuple[Layer, ...]:
    found = []
    for row in _rows(raw, MOST_LAYERS):
        words = [str(row.get(key, ""))[:LONGEST] for key in ("name", "kind", "shape")]
        count = row.get("parameters", 0)
        found.append(Layer(words[0], words[1], words[2], count if isinstance(count, int) else 0))
    return tuple(found)


def _rows(raw: Any, most: int) -> Sequence[dict[str, Any]]:
    return [row for row in raw[:most] if isinstance(row, dict)] if isinstance(raw, list) else []
