"""Picture: a photo with what was read on it, in which each digit can be clicked, or reached by keyboard."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import streamlit as st

from recognize.reading import Box, Digit, Number, Reading
from web.corrections import NO_NUMBER, apply

HERE = Path(__file__)
_picture = st.components.v2.component(
    "picture",
    html=HERE.with_suffix(".html").read_text("utf-8"),
    css=HERE.with_suffix(".css").read_text("utf-8"),
    js=HERE.with_suffix(".js").read_text("utf-8"),
)
# A page is 740 px wide; screens with two pixels for each of them are common.
LARGEST_PX = 1280
JPEG_QUALITY = 80
# What is smaller is shown as large as this, so that its digits can be seen and hit.
SMALLEST_SHOWN_PX, LARGEST_SHOWN_PX = 320, 900
SURE = 0.7


@dataclass(frozen=True, eq=False)
class Shown:
    """A copy of a picture to be shown, and the size of the picture itself.

    Parameters
    ----------
    jpeg : bytes
    width, height : int
        Of the picture that was read, px: boxes are in these.
    """

    jpeg: bytes
    width: int
    height: int


def shrink(image: np.ndarray, largest_px: int = LARGEST_PX) -> Shown:
    """Make a copy of a picture that is small enough to be sent to a browser.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3) or (H, W)
        BGR or grey.
    largest_px : int
        Of its longer side.
    """
    height, width = image.shape[:2]
    share = largest_px / max(height, width)
    if share < 1:
        size = max(1, round(width * share)), max(1, round(height * share))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1]
    return Shown(encoded.tobytes(), width, height)


def data_url(content: bytes, kind: str = "image/jpeg") -> str:
    """Make an address that holds a picture itself."""
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


def figure(picture: np.ndarray, caption: str) -> str:
    """Make a digit's picture with its caption, as HTML.

    Parameters
    ----------
    picture : ndarray of uint8, shape (h, w)
        Shown pixel for pixel.
    caption : str
    """
    png = cv2.imencode(".png", picture)[1].tobytes()
    return (
        '<figure style="margin:0;text-align:center">'
        f'<img src="{data_url(png, "image/png")}" alt="What the model saw of {escape(caption)}" '
        f'width="{picture.shape[1]}" height="{picture.shape[0]}" style="border:1px solid #c9d3cd">'
        f'<figcaption style="font-size:0.9rem">{escape(caption)}</figcaption></figure>'
    )


def show_picture(
    key: str,
    shown: Shown,
    reading: Reading,
    labels: Mapping[Box, str],
    picked: int | None = None,
    on_click: Callable[[int], None] | None = None,
    correctable: bool = True,
) -> None:
    """Show a picture with a button over each digit.

    Parameters
    ----------
    key : str
        One for each picture of a page.
    shown : Shown
    reading : Reading
    labels : mapping of Box to str
        What was said of its digits (`web.corrections.labels_of`).
    picked : int, optional
        Which of the reading's digits is being looked at, counted over all numbers.
    on_click : callable, optional
        Called with the place of the digit that was clicked, before the page is run anew.
    correctable : bool
        Whether the page offers to correct a digit that was clicked.
    """

    def tell() -> None:
        clicked = st.session_state[key].clicked
        if on_click and clicked is not None:
            on_click(int(clicked))

    _picture(
        key=key,
        data={
            "image": data_url(shown.jpeg),
            "alt": describe_picture(reading),
            "label": f"Digits of {reading.source}. {BY_KEYS}{' Enter picks one to correct.' if correctable else ''}",
            "caption": f"{LEGEND}{' Click a digit to correct it.' if correctable else ''}" if reading.numbers else "",
            "width": shown.width,
            "height": shown.height,
            "shown": min(max(shown.width, SMALLEST_SHOWN_PX), LARGEST_SHOWN_PX),
            "digits": [
                _describe_button(digit, name, labels, place == picked)
                for place, (digit, name) in enumerate(name_digits(reading, labels))
            ],
            "numbers": [{"text": label_of(number, labels), "box": list(number.box)} for number in reading.numbers],
        },
        on_clicked_change=tell,
    )


LEGEND = "Solid frame: sure. Dashed: less than 70 % sure. Dotted: refused, shown as ?. Double: corrected."
BY_KEYS = "Arrow keys go from one to the next."


def describe_picture(reading: Reading) -> str:
    """Say what a picture is, for those who do not see it."""
    if not reading.numbers:
        return f"{reading.source}: no number was found"
    return f"{reading.source}, with the numbers {', '.join(number.raw for number in reading.numbers)}"


def name_digits(reading: Reading, labels: Mapping[Box, str]) -> list[tuple[Digit, str]]:
    """List all digits of a reading with the words by which each is known: "digit 2 of number 4071: 0, 98 %"."""
    return [
        (digit, f"digit {place} of number {number.text}: {say_digit(digit, labels)}")
        for number in reading.numbers
        for place, digit in enumerate(number.digits, 1)
    ]


def say_digit(digit: Digit, labels: Mapping[Box, str]) -> str:
    """Say what a digit was read as, or what a person says that it is."""
    read = digit.value or "refused"
    if digit.box in labels:
        return f"{labels[digit.box] or 'no digit'}, corrected from {read}"
    return f"{read}, {percent(digit.confidence)}"


def percent(share: float) -> str:
    """Say a share, 0-1."""
    return f"{share * 100:.0f} %"


def label_of(number: Number, labels: Mapping[Box, str]) -> str:
    """Give what is written beside a number."""
    corrected = apply(number, labels)
    if corrected is not None:
        return "no number, corrected" if corrected == NO_NUMBER else f"{corrected} corrected"
    return number.text


def _describe_button(digit: Digit, name: str, labels: Mapping[Box, str], picked: bool) -> dict[str, Any]:
    """Say what a digit's button looks like."""
    if digit.box in labels:
        kind = "corrected"
    elif digit.value is None:
        kind = "refused"
    else:
        kind = "sure" if digit.confidence >= SURE else "unsure"
    return {"box": list(digit.box), "name": name, "kind": kind, "picked": picked}
