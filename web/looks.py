"""Looks: a reading, and beside each of its digits what the model saw of it and how sure it is of all ten."""

from dataclasses import dataclass

import numpy as np

from preprocess.page import Layout
from recognize.classifier import NOT_A_DIGIT
from recognize.evidence import find_patches
from recognize.reading import Digit, Number, Reading
from web.rack import SHIPPED
from web.shelf import classifier_with, pipeline_with


@dataclass(frozen=True, eq=False)
class Look:
    """One digit of a reading.

    Parameters
    ----------
    digit : Digit
    patch : ndarray of float32, shape (28, 28, 1)
        What the model saw, ink = 1.
    shares : tuple of float
        How likely the model takes the patch by itself for 0 to 9, and for no digit: eleven, which sum to 1.
    """

    digit: Digit
    patch: np.ndarray
    shares: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuse what is no patch or lacks a share."""
        if self.patch.shape[:2] != (28, 28) or len(self.shares) != NOT_A_DIGIT + 1:
            raise ValueError(f"a look has 28x28 px and 11 shares, got {self.patch.shape} and {len(self.shares)}")


def read_closely(picture: bytes, model: str = SHIPPED, layout: Layout = "line") -> tuple[Reading, list[list[Look]]]:
    """Read a picture, and look at each digit of each number.

    Returns
    -------
    Reading
    list of list of Look
        For each number, those of its digits whose patch is found again.

    Raises
    ------
    ReaderError
    """
    pipeline = pipeline_with(model, layout)
    page = pipeline.prepare(pipeline.capture(picture))
    reading = pipeline.read_page(page)
    digits = [digit for number in reading.numbers for digit in number.digits]
    patches = dict(zip(digits, find_patches(page, digits), strict=True))
    return reading, [_look(number, patches, model) for number in reading.numbers]


def _look(number: Number, patches: dict[Digit, np.ndarray | None], model: str) -> list[Look]:
    """Ask the model about the digits of a number, one by one."""
    found = [(digit, patch) for digit in number.digits if (patch := patches[digit]) is not None]
    if not found:
        return []
    given = classifier_with(model).predict(np.stack([patch for _, patch in found]))
    return [Look(digit, patch, tuple(map(float, row))) for (digit, patch), row in zip(found, given, strict=True)]


def describe(reading: Reading) -> str:
    """Say in a line what was read, and how sure that is."""
    if reading.numbers:
        return "Read " + "; ".join(f"{number.text}, {percent(number.confidence)}" for number in reading.numbers)
    reasons = dict.fromkeys(refusal.reason for refusal in reading.refused)
    return f"No number is read{': ' if reasons else ''}{'; '.join(reasons)}."


def percent(share: float) -> str:
    """Say a share as a person would: never 100 % of what is not quite sure, never 0 % of what may be."""
    if 0 < share < 0.005:
        return "under 1 %"
    if 0.995 <= share < 1:
        return "over 99 %"
    return f"{100 * share:.0f} %"
