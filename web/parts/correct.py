"""Correct: a digit is picked, seen enlarged, and told what it is; by mouse, by finger or by keyboard."""

from collections.abc import Callable, Mapping
from functools import partial

import cv2
import numpy as np
import streamlit as st

from recognize.reading import Box, Digit, Reading
from web.copies import inks_of
from web.corrections import NO_DIGIT, Place, apply, correct, labels_of, take_back
from web.parts.picture import name_digits, percent, say_digit
from web.pile import Sheet

ENLARGED_PX = 112
# Another digit that is less likely than this is not worth a person's look.
LIKELY = 0.02
Tell = Callable[[str], None]


def pick_key(key: str) -> str:
    """Where it is kept which digit of a picture is picked: its place in the reading, counted over all numbers."""
    return f"{key}_picked"


def offer_corrections(key: str, sheet: Sheet, reading: Reading, tell: Tell) -> None:
    """Offer to correct the digits of a picture.

    Parameters
    ----------
    key : str
        The picture's.
    sheet : Sheet
    reading : Reading
        The sheet's, with a number at least.
    tell : callable
        Told in words what was corrected.
    """
    labels = labels_of(sheet.digest)
    # Without what was said of them: the chosen one must not be called otherwise once it is corrected.
    named = name_digits(reading, {})
    if (st.session_state.get(pick_key(key)) or 0) >= len(named):
        st.session_state[pick_key(key)] = None
    picked = st.selectbox(
        "Correct a digit",
        range(len(named)),
        index=None,
        key=pick_key(key),
        format_func=lambda place: named[place][1],
        placeholder="Click one in the picture, or choose it here",
    )
    if picked is None:
        return
    digit = named[picked][0]
    ink = inks_of(sheet, reading).get(digit.box)
    say = partial(_tell_of, sheet, reading, digit, tell)
    _show_digit(digit, labels, ink)
    _offer_labels(key, Place(sheet.digest, digit.box), digit, labels, ink, say)


def enlarge(ink: np.ndarray, side_px: int = ENLARGED_PX) -> np.ndarray:
    """Enlarge a digit's ink, dark on white, so that its pixels can be seen: uint8 (side, side)."""
    return cv2.resize(255 - ink, (side_px, side_px), interpolation=cv2.INTER_NEAREST)


def say_alternatives(digit: Digit) -> str:
    """Say what else a digit may be; nothing where all others are unlikely."""
    return ", ".join(f"{value} ({percent(share)})" for value, share in digit.alternatives if share >= LIKELY)


def _show_digit(digit: Digit, labels: Mapping[Box, str], ink: np.ndarray | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if ink is not None:
            st.image(enlarge(ink), alt="The digit as the model saw it", width=ENLARGED_PX)
        words = [f"Read as {digit.value or 'nothing sure'} ({percent(digit.confidence)})."]
        if digit.reason:
            words.append(f"Refused: {digit.reason}.")
        if say_alternatives(digit):
            words.append(f"May be {say_alternatives(digit)}.")
        if digit.box in labels:
            words.append(f"Now {say_digit(digit, labels)}.")
        st.write(" ".join(words))


def _offer_labels(
    key: str, place: Place, digit: Digit, labels: Mapping[Box, str], ink: np.ndarray | None, say: Callable[[], None]
) -> None:
    """Offer all that a digit may be, as buttons."""

    def put(label: str) -> None:
        take_back(place) if label == digit.value else correct(place, label, ink)
        say()

    now = labels.get(digit.box, digit.value)
    st.write("It is")
    with st.container(horizontal=True, gap="small"):
        for label in "0123456789":
            words = f"{label} (now)" if label == now else label
            st.button(words, key=f"{key}_is_{label}", on_click=put, args=(label,))
        st.button("no digit", key=f"{key}_is_none", on_click=put, args=(NO_DIGIT,))
        if digit.box in labels:
            st.button("Take back", key=f"{key}_back", on_click=_take_back, args=(place, say))


def _take_back(place: Place, say: Callable[[], None]) -> None:
    take_back(place)
    say()


def _tell_of(sheet: Sheet, reading: Reading, digit: Digit, tell: Tell) -> None:
    """Say what has become of a digit's number."""
    number = next(number for number in reading.numbers if digit in number.digits)
    corrected = apply(number, labels_of(sheet.digest))
    tell(f"{number.text} stands as it was read." if corrected is None else f"{number.text} is now {corrected}.")
