"""Data: what may be trained on, and what is only measured on."""

import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from errors import ImageNotFound, UnreadableImage
from preprocess.ink import threshold_ink
from preprocess.light import estimate_background, measure_contrast

LOOK_ALIKES = frozenset("OoDQIl|iZzSsBbGgq")
HELD_OUT_EVERY = 5
HELD_BACK_WRITERS = 50


@dataclass(frozen=True, eq=False)
class Glyphs:
    """Pictures of single characters: ink on paper already turned into ink.

    Parameters
    ----------
    name : str
        Of the set.
    ink : ndarray of uint8, shape (n, h, w)
        255 = full ink.
    labels : ndarray of str, shape (n,)
        One character each.
    writers : ndarray of int, shape (n,)
        Who wrote it; -1 where that is not known.
    """

    name: str
    ink: np.ndarray
    labels: np.ndarray
    writers: np.ndarray

    def pick(self, chosen: np.ndarray) -> "Glyphs":
        """Return those of a mask or of indices."""
        return Glyphs(self.name, self.ink[chosen], self.labels[chosen], self.writers[chosen])

    @property
    def are_digits(self) -> np.ndarray:
        """Mask of the digits."""
        return np.char.isdigit(self.labels)

    @property
    def look_like_digits(self) -> np.ndarray:
        """Mask of the letters that many people write as they write a digit."""
        return np.isin(self.labels, sorted(LOOK_ALIKES))


def load_mnist(folder: Path | None, part: str) -> Glyphs:
    """Load a part of MNIST: "train" (all but 50 writers of 60,000 digits), "held_back" (those), "test" (10,000).

    Neither "held_back" nor "test" is ever trained on. Without a folder, Keras's own copy is fetched; it names no
    writers, and nothing of it is held back.
    """
    if folder is None:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        import keras

        (train_x, train_y), (test_x, test_y) = keras.datasets.mnist.load_data()
        x, y = (train_x, train_y) if part == "train" else (test_x, test_y)
        return Glyphs("mnist", x, y.astype(str), np.full(len(y), -1))
    with _open(folder / "mnist.npz") as data:
        half = "test" if part == "test" else "train"
        x, y = data[f"x_{half}"], data[f"y_{half}"]
        writers = data["writer_train"] if half == "train" else np.full(len(y), -1)
    glyphs = Glyphs("mnist", x, y.astype(str), writers)
    if part == "test":
        return glyphs
    held_back = hold_back(writers)
    return glyphs.pick(held_back if part == "held_back" else ~held_back)


def hold_back(writers: np.ndarray) -> np.ndarray:
    """Tell which digits are by the writers who are held back: evenly spread over all, and never most of them."""
    known = np.unique(writers)
    count = min(HELD_BACK_WRITERS, len(known) // 5)
    chosen = known[np.linspace(0, len(known) - 1, count).astype(int)] if count else known[:0]
    return np.isin(writers, chosen)


def load_paper(folder: Path, held_out: bool) -> Glyphs:
    """Load characters photographed on paper: every fifth of each class, in file order, is held out.

    The set holds many pictures twice: of the others those are left out that are held out too.
    """
    with _open(folder / "glyphs" / "paper62.npz") as data:
        x, y = data["x"], data["y"].astype(str)
    place = np.zeros(len(y), int)
    for label in np.unique(y):
        own = np.flatnonzero(y == label)
        place[own] = np.arange(len(own))
    is_held_out = place % HELD_OUT_EVERY == HELD_OUT_EVERY - 1
    chosen = is_held_out if held_out else ~is_held_out & ~has_twin(x, is_held_out)
    return Glyphs("paper62", lift_ink(x[chosen]), y[chosen], np.full(int(chosen.sum()), -1))


def has_twin(pictures: np.ndarray, among: np.ndarray) -> np.ndarray:
    """Tell which pictures are equal, pixel for pixel, to one among some: bool (n,)."""
    seen = {picture.tobytes() for picture in pictures[among]}
    return np.array([picture.tobytes() in seen for picture in pictures])


def load_optdigits(folder: Path) -> Glyphs:
    """Load the bitmaps of the UCI set of optical recognition of handwritten digits."""
    with _open(folder / "glyphs" / "optdigits32.npz") as data:
        x, y = data["x"], data["y"]
    ink = (x > 0).astype(np.uint8) * 255 if x.max() <= 1 else x
    return Glyphs("optdigits32", ink, y.astype(str), np.full(len(y), -1))


def load_measured(folder: Path, name: str) -> Glyphs:
    """Load a glyph set that is only measured on: "strokes62" or "herc"."""
    with _open(folder / "glyphs" / f"{name}.npz") as data:
        x, y = data["x"], data["y"].astype(str)
    return Glyphs(name, lift_ink(x), y, np.full(len(y), -1))


def lift_ink(pictures: np.ndarray) -> np.ndarray:
    """Lift the ink off small pictures of one character, of either polarity, as reading does.

    Parameters
    ----------
    pictures : ndarray of uint8, shape (n, h, w)

    Returns
    -------
    ndarray of uint8, shape (n, 2h, 2w)
    """
    lifted = np.zeros((len(pictures), 2 * pictures.shape[1], 2 * pictures.shape[2]), np.uint8)
    for place, picture in zip(lifted, pictures, strict=True):
        grey = cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
        border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
        if np.median(border) < np.mean([grey.min(), grey.max()]):
            grey = 255 - grey
        place[:] = threshold_ink(measure_contrast(grey, estimate_background(grey)))[0]
    return lifted


def _open(path: Path) -> "np.lib.npyio.NpzFile":
    """Open an npz file, or say what is missing."""
    if not path.is_file():
        raise ImageNotFound(f"There is no {path}.", "Give the folder that holds mnist.npz and glyphs/ with --data.")
    if not zipfile.is_zipfile(path):
        raise UnreadableImage(f"{path} is no npz file, or it is cut short.", "Get the file again.")
    return np.load(path, allow_pickle=False)
