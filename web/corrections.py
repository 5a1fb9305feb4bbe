"""Corrections: what a visitor says that a digit is, beside what was read.

Corrections belong to a picture's content and to a digit's place on it, so that they outlive another reading of the
same picture that finds the digit at the same place. They are kept for the session, in ``st.session_state[KEY]``, a
dict of `Place` to `Correction`; the page that teaches takes them from `collected`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import streamlit as st

from recognize.reading import Box, Digit, Number, Reading

KEY = "corrections"
NO_DIGIT = ""
NO_NUMBER = "no number"
LABELS = (*"0123456789", NO_DIGIT)


@dataclass(frozen=True)
class Place:
    """Where a digit is.

    Parameters
    ----------
    digest : str
        Of the picture's content (`web.batch.Upload.digest`).
    box : (int, int, int, int)
        The digit's, px of the frame.
    """

    digest: str
    box: Box


@dataclass(frozen=True, eq=False)
class Correction:
    """What a digit is.

    Parameters
    ----------
    label : str
        "0" to "9", or `NO_DIGIT`.
    picture : ndarray of uint8, shape (h, w), or None
        The digit's ink, 255 = full, where it could be found.
    """

    label: str
    picture: np.ndarray | None = None

    def __post_init__(self) -> None:
        """Refuse what is no digit, and what is no picture of one."""
        if self.label not in LABELS:
            raise ValueError(f"label must be '0' to '9' or '' for no digit, got {self.label!r}")
        if self.picture is not None and (self.picture.dtype != np.uint8 or self.picture.ndim != 2):
            raise ValueError(f"picture must be uint8 (h, w), got {self.picture.dtype} {self.picture.shape}")


@dataclass(frozen=True, eq=False)
class Example:
    """A digit to learn from.

    Parameters
    ----------
    label : str
        "0" to "9".
    picture : ndarray of uint8, shape (h, w)
        255 = ink.
    """

    label: str
    picture: np.ndarray


def correct(place: Place, label: str, picture: np.ndarray | None = None) -> None:
    """Say what a digit is; what was said of it before is forgotten."""
    _kept()[place] = Correction(label, picture)


def take_back(place: Place) -> None:
    """Forget what was said of a digit: what was read stands again."""
    _kept().pop(place, None)


def labels_of(digest: str) -> dict[Box, str]:
    """List what was said of the digits of a picture, by their boxes."""
    return {place.box: correction.label for place, correction in _kept().items() if place.digest == digest}


def collected() -> list[Example]:
    """List the corrected digits of this session to learn from, in the order in which they were corrected."""
    return [
        Example(correction.label, correction.picture)
        for correction in _kept().values()
        if correction.label != NO_DIGIT and correction.picture is not None
    ]


def _kept() -> dict[Place, Correction]:
    kept: dict[Place, Correction] = st.session_state.setdefault(KEY, {})
    return kept


def apply(number: Number, labels: Mapping[Box, str]) -> str | None:
    """Spell a number with what was said of its digits.

    Parameters
    ----------
    number : Number
    labels : mapping of Box to str
        From `labels_of`.

    Returns
    -------
    str or None
        `NO_NUMBER` where none of its digits is one; None where nothing was said of any of them.
    """
    if not any(digit.box in labels for digit in number.digits):
        return None
    return "".join(_spell(digit, labels) for digit in number.digits) or NO_NUMBER


def final_texts(reading: Reading, labels: Mapping[Box, str]) -> list[str]:
    """List a reading's numbers as corrected; what is no number is left out."""
    texts = [apply(number, labels) or number.text for number in reading.numbers]
    return [text for text in texts if text != NO_NUMBER]


def _spell(digit: Digit, labels: Mapping[Box, str]) -> str:
    return labels.get(digit.box, digit.value or "?")
