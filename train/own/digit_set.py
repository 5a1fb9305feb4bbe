"""Digit set: a folder, zip or table of digits becomes patches, by the way that reading takes."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from zipfile import is_zipfile

import numpy as np

from capture.frame import Frame
from capture.image import Limits, load_image, to_bgr
from errors import ImageNotFound, ReaderError, UnreadableImage
from preprocess.page import prepare
from preprocess.patch import SIDE_PX, to_patch
from preprocess.pieces import join
from train.crew import Labelled
from train.own.archive import read_archive
from train.own.entries import Entry, Found, LeftOut, SetLimits
from train.own.folder import read_folder
from train.own.table import read_table

FEWEST_DIGITS, FEWEST_CLASSES = 10, 2
# Of its height; a 5 with a long hat is 1.8 times as wide as it is high.
WIDEST_DIGIT = 2.5
TABLE_SUFFIXES = {".csv", ".txt"}
SET_STEP = (
    "Give a folder with folders 0 to 9 of pictures in it, a zip of it, or a CSV of a label and 784 pixels a line."
)
Report = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class DigitSet:
    """Digits of one's own.

    Parameters
    ----------
    name : str
        Of the folder or file, without its ending.
    digits : Labelled
        Patches uint8 (n, 28, 28) and labels 0-9.
    left_out : tuple of LeftOut
        What could not be read.
    """

    name: str
    digits: Labelled
    left_out: tuple[LeftOut, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """How many there are of each digit."""
        counted = Counter(int(label) for label in self.digits.labels)
        return {str(digit): counted[digit] for digit in range(10)}


def read_set(path: Path, report: Report = lambda done, of: None, limits: SetLimits | None = None) -> DigitSet:
    """Read all digits of a set.

    Parameters
    ----------
    path : Path
        A folder in which, or in a folder of which, there are folders "0" to "9" of pictures; a zip of such a one; or a
        CSV of a label and 784 pixels a line.
    report : callable
        Told how many entries of how many have been dealt with, again and again.
    limits : SetLimits, optional

    Raises
    ------
    ImageNotFound
        If there is no such folder or file.
    UnreadableImage
        If it is no such set, or holds too few digits to learn from.
    ImageTooLarge
        If it is beyond the limits.
    """
    limits = limits or SetLimits()
    count, entries = _find_entries(path, limits)
    picture_limits = Limits(limits.picture_bytes, limits.picture_pixels)
    patches: list[np.ndarray] = []
    labels: list[int] = []
    left_out: list[LeftOut] = []
    for done, found in enumerate(entries, 1):
        try:
            if isinstance(found, LeftOut):
                left_out.append(found)
            else:
                patches.append(_lift(found, picture_limits))
                labels.append(found.label)
        except ReaderError as error:
            left_out.append(LeftOut(found.name, _as_reason(error.what)))
        report(done, max(done, count))
    digits = Labelled(np.array(patches, np.uint8).reshape(-1, SIDE_PX, SIDE_PX), np.array(labels, np.uint8))
    _check_enough(path, digits, left_out)
    return DigitSet(path.resolve().stem, digits, tuple(left_out))


def lift_patch(frame: Frame) -> np.ndarray:
    """Lift the one digit off a picture as reading does, the whole of its ink as one span.

    Returns
    -------
    ndarray of float32, shape (28, 28, 1)

    Raises
    ------
    UnreadableImage
        If there is no ink, or that of more than one digit.
    """
    runs = [run for run in prepare(frame, "line").runs if run.pieces]
    if not runs:
        raise UnreadableImage("Nothing is written on it.", "Give a picture of one digit.")
    ink = join(runs[0].pieces)
    if ink.shape[1] > WIDEST_DIGIT * ink.shape[0]:
        raise UnreadableImage("It is too wide for one digit.", "Give a picture of one digit.")
    return to_patch(ink)


def _find_entries(path: Path, limits: SetLimits) -> tuple[int, Iterator[Found]]:
    """Open whichever kind of set it is."""
    if not path.exists():
        raise ImageNotFound(f"There is no {path}.", SET_STEP)
    try:
        if path.is_dir():
            return read_folder(path, limits)
        if is_zipfile(path):
            return read_archive(path, limits)
        if path.suffix.casefold() in TABLE_SUFFIXES:
            return read_table(path, limits)
    except PermissionError as error:
        if isinstance(error, ReaderError):
            raise
        raise UnreadableImage(f"{path} may not be opened (permission denied).", "Give yourself the right.") from error
    raise UnreadableImage(f"{path} is no folder, zip or CSV.", SET_STEP)


def _lift(entry: Entry, limits: Limits) -> np.ndarray:
    """Make an entry's patch: uint8 (28, 28)."""
    picture = entry.picture
    image = to_bgr(picture) if isinstance(picture, np.ndarray) else load_image(picture, limits, "It")
    return (lift_patch(Frame(image))[..., 0] * 255).round().astype(np.uint8)


def _as_reason(sentence: str) -> str:
    """Make a reason, to stand behind a name and a colon, of what an error says."""
    return sentence[0].lower() + sentence[1:].rstrip(".")


def _check_enough(path: Path, digits: Labelled, left_out: list[LeftOut]) -> None:
    """Refuse what nothing can be learnt from."""
    pairs = int((np.bincount(digits.labels, minlength=10) >= 2).sum())
    if len(digits.labels) >= FEWEST_DIGITS and pairs >= FEWEST_CLASSES:
        return
    example = f" ({left_out[0].name}: {left_out[0].reason})" if left_out else ""
    raise UnreadableImage(
        f"{path} holds {len(digits.labels)} digits that can be read, and two or more of {pairs} different ones; "
        f"{len(left_out)} entries were left out{example}.",
        f"Give at least {FEWEST_DIGITS} digits, two or more of {FEWEST_CLASSES} different ones. {SET_STEP}",
    )


def split_off(labels: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Choose what is held out to validate on: of each digit of which there are two the same share, at least one.

    Parameters
    ----------
    labels : ndarray of uint8, shape (n,)
    share : float
        0-1.
    seed : int

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    rng = np.random.default_rng([seed, len(labels)])
    held_out = np.zeros(len(labels), bool)
    for label in range(10):
        own = rng.permutation(np.flatnonzero(labels == label))
        if len(own) > 1:
            held_out[own[: min(max(round(share * len(own)), 1), len(own) - 1)]] = True
    return held_out
