"""Readings that no model made: numbers as text, each digit in a box of its own."""

from errors import UnreadableImage
from recognize.reading import Digit, Number, Reading
from web.batch import Result


def make_number(text: str, top: int = 10, raw: str | None = None) -> Number:
    """Make a number of digits 10 px wide and 20 px high, 12 px from one to the next; "?" is refused."""
    digits = tuple(
        Digit(
            None if value == "?" else value,
            0.4 if value == "?" else 0.97,
            (10 + 12 * place, top, 20 + 12 * place, top + 20),
            (("7", 0.02),),
            "not sure enough" if value == "?" else None,
        )
        for place, value in enumerate(text)
    )
    return Number(text, raw or text, digits, 0.9, (10, top, 8 + 12 * len(text), top + 20))


def make_reading(*numbers: Number, source: str = "sheet.jpg") -> Reading:
    """Make a reading of numbers on a picture of 640x480."""
    return Reading(source, 640, 480, numbers, model="1.0.0", ms={"capture": 1.0, "recognize": 2.0})


def make_result(name: str, *numbers: Number) -> Result:
    """Make the result of a picture that could be read."""
    return Result(name, make_reading(*numbers, source=name), None)


def make_failure(name: str) -> Result:
    """Make the result of a file that is no picture."""
    return Result(name, None, UnreadableImage(f"{name} is not an image that can be read (0 bytes)."))
