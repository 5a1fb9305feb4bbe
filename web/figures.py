"""Figures: what a model's card tells of how it was made and how well it does; a stranger's card is taken as such."""

import io
import json
import math
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from recognize.classifier import Card
from web.training import Epoch, Progress

MOST_EPOCHS, MOST_LAYERS, LONGEST = 1000, 100, 80
MOST_DESCRIPTION = 1_000_000


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
    right: float


@dataclass(frozen=True)
class Layer:
    """One layer of a network: its name and kind, what comes out or how it is set, and what it learnt, if told."""

    name: str
    kind: str
    shape: str
    parameters: int | None = None


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
    numbers : (int, int, int) or None
        Whole numbers written with digits held out: how many, how many it read right, how many the shipped model did.
    """

    network: str
    confusion: np.ndarray | None
    history: tuple[Epoch, ...]
    reliability: tuple[Bin, ...]
    layers: tuple[Layer, ...]
    numbers: tuple[int, int, int] | None = None

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
    figures, network = _dict(card.raw, "figures"), _dict(card.raw, "network")
    return Figures(
        str(network.get("name", ""))[:LONGEST],
        _matrix(figures.get("confusion")),
        _history(card.raw.get("history")),
        _bins(_dict(figures, "reliability").get("bins")),
        _layers(network.get("layers")),
        _numbers(_dict(figures, "numbers")),
    )


def layers_of(keras: bytes) -> tuple[Layer, ...]:
    """List the layers of a digits.keras by the description in it; none of its code or weights is looked at."""
    try:
        with zipfile.ZipFile(io.BytesIO(keras)) as archive, archive.open("config.json") as file:
            raw = json.loads(file.read(MOST_DESCRIPTION))["config"]["layers"]
        return tuple(
            Layer(str(one["config"]["name"])[:LONGEST], str(one["class_name"])[:LONGEST], _settings(one["config"]))
            for one in raw[:MOST_LAYERS]
        )
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError, OSError, RuntimeError, NotImplementedError):
        return ()


def _settings(config: dict[str, Any]) -> str:
    """Put what matters of a layer's settings into words."""
    told = {
        "filters": config.get("filters"),
        "kernel": "x".join(map(str, config.get("kernel_size") or ())),
        "stride": "x".join(map(str, config.get("strides") or ())) if config.get("kernel_size") else "",
        "pool": "x".join(map(str, config.get("pool_size") or ())),
        "units": config.get("units"),
        "share dropped": config.get("rate"),
    }
    return ", ".join(f"{name} {value}" for name, value in told.items() if value)[:LONGEST]


def _numbers(raw: dict[str, Any]) -> tuple[int, int, int] | None:
    try:
        written, right, shipped = (int(raw[name]) for name in ("written", "right", "right_shipped"))
    except (KeyError, TypeError, ValueError):
        return None
    return (written, right, shipped) if 0 <= right <= written else None


def _dict(raw: dict[str, Any], name: str) -> dict[str, Any]:
    found = raw.get(name)
    return found if isinstance(found, dict) else {}


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
            one = Bin(int(row["count"]), float(row["confidence"]), float(row["right"]))
        except (KeyError, TypeError, ValueError):
            continue
        if one.count > 0 and 0 <= one.confidence <= 1 and 0 <= one.right <= 1:
            found.append(one)
    return tuple(found)


def _layers(raw: Any) -> tuple[Layer, ...]:
    found = []
    for row in _rows(raw, MOST_LAYERS):
        name, kind = (str(row.get(key, ""))[:LONGEST] for key in ("name", "kind"))
        output, count = row.get("output"), row.get("parameters")
        shape = " x ".join(str(size) for size in output[:4])[:LONGEST] if isinstance(output, list) else ""
        found.append(Layer(name, kind, shape, count if isinstance(count, int) else None))
    return tuple(found)


def _rows(raw: Any, most: int) -> Sequence[dict[str, Any]]:
    return [row for row in raw[:most] if isinstance(row, dict)] if isinstance(raw, list) else []
