"""Copies: small pictures to be shown, and the ink of digits, of what is on the pile; made once, a few are kept."""

from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import streamlit as st

from recognize.evidence import find_patches
from recognize.reading import Box, Reading
from web.batch import load_frame
from web.parts.picture import Shown, shrink
from web.pile import Sheet

# A page shows ten; of as many again the copies are at hand.
MOST_SHOWN, MOST_INKS = 40, 8
Made = TypeVar("Made")


def shown_of(sheet: Sheet) -> Shown | None:
    """Give a picture's small copy; None where the picture had to be let go of before one was made.

    Raises
    ------
    ReaderError
        If it is no picture.
    """
    upload = sheet.upload
    return _once("shown", sheet.digest, MOST_SHOWN, lambda: shrink(load_frame(upload).image) if upload else None)


def inks_of(sheet: Sheet, reading: Reading) -> dict[Box, np.ndarray]:
    """Give the digits of a reading as the classifier saw them: uint8 (28, 28), 255 = ink, by their boxes."""
    return _once("inks", f"{sheet.digest} {sheet.options}", MOST_INKS, lambda: _find_inks(sheet, reading)) or {}


def _find_inks(sheet: Sheet, reading: Reading) -> dict[Box, np.ndarray] | None:
    if sheet.upload is None:
        return None
    page = sheet.options.make_pipeline().prepare(load_frame(sheet.upload))
    digits = [digit for number in reading.numbers for digit in number.digits]
    found = zip(digits, find_patches(page, digits), strict=True)
    return {digit.box: to_picture(patch) for digit, patch in found if patch is not None}


def to_picture(patch: np.ndarray) -> np.ndarray:
    """Turn a patch, float32 (28, 28, 1) in 0-1, into a picture: uint8 (28, 28)."""
    return np.asarray((patch[..., 0] * 255).round(), np.uint8)


def _once(kind: str, key: str, most: int, make: Callable[[], Made]) -> Made:
    """Make something, or give what was made before."""
    kept: OrderedDict[str, Made] = st.session_state.setdefault(f"copies_{kind}", OrderedDict())
    if key not in kept or kept[key] is None:
        kept[key] = make()
    kept.move_to_end(key)
    made = kept[key]
    while len(kept) > most:
        kept.popitem(last=False)
    return made
