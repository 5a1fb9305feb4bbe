"""Hands: whose digits drawn pages and pairs are written with, and what a drawing is.

The digits are those of writers who are held back from all training (`train.data.load_mnist`).
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from capture.frame import Frame
from errors import UnreadableImage
from evaluate.metrics import Truth
from evaluate.suites import load_mnist_test
from train.data import Glyphs, load_mnist

# Of all drawings: whoever draws one again gets the same.
SEED = 20_240


@dataclass(frozen=True, eq=False)
class Drawing:
    """A picture that was drawn in memory.

    Parameters
    ----------
    frame : Frame
    truth : Truth
        What is written on it.
    overlap_px : int or None
        Of a pair: the overlap that its two digits were slid together for.
    """

    frame: Frame
    truth: Truth
    overlap_px: int | None = None


def load_hands(data: Path | None) -> Glyphs:
    """Load digits that no training sees, with their writers."""
    if data is None:
        return load_mnist_test(None)
    glyphs = load_mnist(data, "held_back")
    if not len(glyphs.labels):
        raise UnreadableImage(
            f"{data / 'mnist.npz'} names too few writers to hold any back.", "Give the file that has writer_train."
        )
    return glyphs


def pick_writer(hands: Glyphs, rng: np.random.Generator) -> Glyphs:
    """Pick all digits of one writer."""
    return hands.pick(hands.writers == rng.choice(np.unique(hands.writers)))


def name_drawing(digits: Glyphs, kind: str, number: int) -> str:
    """Name a drawing by its writer, so that the figures can be told by writer, by its kind and by its number."""
    writer = int(digits.writers[0])
    source = f"writer{writer}" if writer >= 0 else digits.name
    return f"{source}_{re.sub('[^a-z0-9]+', '-', kind)}-{number:04d}"


def lay(canvas: np.ndarray, ink: np.ndarray, left: int, top: int) -> None:
    """Lay ink on a canvas where it has room for it, over what is there."""
    height, width = canvas.shape
    shown = ink[max(0, -top) : max(0, height - top), max(0, -left) : max(0, width - left)]
    window = canvas[max(0, top) : max(0, top) + shown.shape[0], max(0, left) : max(0, left) + shown.shape[1]]
    np.maximum(window, shown, out=window)
