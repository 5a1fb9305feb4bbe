"""Reading: what was read, as a result that checks, exports, draws and says itself."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import cv2
import numpy as np

Box = tuple[int, int, int, int]


def _check_confidence(value: float) -> None:
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"confidence must be within 0-1, got {value}")


def _check_box(box: Box) -> None:
    if len(box) != 4 or box[2] <= box[0] or box[3] <= box[1]:
        raise ValueError(f"box must be (left, top, right, bottom) with right > left and bottom > top, got {box}")


@dataclass(frozen=True)
class Digit:
    """One digit, or one place in a number where no digit was sure enough.

    Parameters
    ----------
    value : str or None
        "0" to "9"; None where it was refused.
    confidence : float
        0-1, calibrated: of the value, or of the best alternative where it was refused.
    alternatives : tuple of (str, float)
        Other digits it may be, the likelier ones first.
    box : (int, int, int, int)
        left, top, right, bottom in px of the frame; right and bottom exclusive.
    reason : str or None
        Why it was refused; None where it was not.
    """

    value: str | None
    confidence: float
    box: Box
    alternatives: tuple[tuple[str, float], ...] = ()
    reason: str | None = None

    def __post_init__(self) -> None:
        """Refuse what is no digit, and a refusal without a reason."""
        if self.value is not None and (len(self.value) != 1 or self.value not in "0123456789"):
            raise ValueError(f"value must be '0' to '9' or None, got {self.value!r}")
        if (self.value is None) != (self.reason is not None):
            raise ValueError(f"a refused digit needs a reason, and only that; got {self.value!r}, {self.reason!r}")
        _check_confidence(self.confidence)
        _check_box(self.box)


@dataclass(frozen=True)
class Number:
    """One number, with at least one digit that was accepted.

    Parameters
    ----------
    text : str
        Its digits, "?" for each that was refused.
    raw : str
        As it is written, with the marks between the digits.
    digits : tuple of Digit
    confidence : float
        0-1, calibrated: how likely the whole of it is right.
    box : (int, int, int, int)
        left, top, right, bottom in px of the frame; right and bottom exclusive.
    """

    text: str
    raw: str
    digits: tuple[Digit, ...]
    confidence: float
    box: Box

    def __post_init__(self) -> None:
        """Refuse a text that its digits don't spell."""
        spelled = "".join(digit.value or "?" for digit in self.digits)
        if self.text != spelled or not any(c.isdigit() for c in self.text):
            raise ValueError(f"text must spell its digits, one of them accepted; got {self.text!r} for {spelled!r}")
        _check_confidence(self.confidence)
        _check_box(self.box)


@dataclass(frozen=True)
class Refusal:
    """Something that was taken for writing but holds no digit: where, and why."""

    box: Box
    reason: str

    def __post_init__(self) -> None:
        """Refuse an empty box."""
        _check_box(self.box)


@dataclass(frozen=True)
class Reading:
    """All that was read on one frame.

    Parameters
    ----------
    source : str
    width, height : int
        Of the frame, px.
    numbers : tuple of Number
        In reading order.
    refused : tuple of Refusal
    advice : tuple of str
        What would make the next picture easier to read.
    model : str
        Version of the model that read it.
    ms : dict of str to float
        Milliseconds by stage.
    steps : tuple of dict
        What was done to the picture: stage, settings, ms.
    """

    source: str
    width: int
    height: int
    numbers: tuple[Number, ...]
    refused: tuple[Refusal, ...] = ()
    advice: tuple[str, ...] = ()
    model: str = ""
    ms: dict[str, float] = field(default_factory=dict)
    steps: tuple[dict[str, Any], ...] = ()

    @property
    def texts(self) -> list[str]:
        """The numbers' texts, in reading order."""
        return [number.text for number in self.numbers]

    def to_dict(self) -> dict[str, Any]:
        """Give what one line of JSON holds; `from_dict` is its inverse but for the steps."""
        return {
            "source": self.source,
            "width": self.width,
            "height": self.height,
            "numbers": [number_to_dict(number) for number in self.numbers],
            "refused": [{"box": list(refusal.box), "reason": refusal.reason} for refusal in self.refused],
            "advice": list(self.advice),
            "model": self.model,
            "ms": {stage: round(ms, 2) for stage, ms in self.ms.items()},
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Reading":
        """Make a reading of what `to_dict` gave."""
        return cls(
            data["source"],
            data["width"],
            data["height"],
            tuple(_number_from_dict(number) for number in data["numbers"]),
            tuple(Refusal(_box(refusal["box"]), refusal["reason"]) for refusal in data["refused"]),
            tuple(data["advice"]),
            data["model"],
            dict(data["ms"]),
        )

    def render(self, image: np.ndarray) -> np.ndarray:
        """Draw the boxes, the digits and the confidence into a copy of the frame's picture.

        Parameters
        ----------
        image : ndarray of uint8, shape (H, W, 3)
            The frame's.

        Returns
        -------
        ndarray of uint8, shape (H, W, 3)
        """
        drawn = image.copy()
        line = max(1, round(max(image.shape[:2]) / 500))
        for refusal in self.refused:
            _draw_box(drawn, refusal.box, _GREY, line)
        for number in self.numbers:
            colour = _GREEN if number.confidence >= 0.9 else _ORANGE if number.confidence >= 0.5 else _RED
            for digit in number.digits:
                _draw_box(drawn, digit.box, colour if digit.value else _RED, 1)
            _draw_box(drawn, number.box, colour, line)
            _draw_label(drawn, number, colour, line)
        return drawn

    def spoken(self, say: Callable[[str], str] = str) -> str:
        """Give the words for all numbers.

        Parameters
        ----------
        say : callable
            Turns one number's text into words, as `speak.wording` does.
        """
        return ". ".join(say(number.text) for number in self.numbers) if self.numbers else "no number"


_GREEN, _ORANGE, _RED, _GREY = (60, 150, 0), (0, 130, 230), (40, 40, 220), (150, 150, 150)


def _box(values: list[int]) -> Box:
    left, top, right, bottom = values
    return left, top, right, bottom


def number_to_dict(number: Number) -> dict[str, Any]:
    """Give what a line of JSON holds of one number."""
    data = asdict(number)
    data["box"] = list(number.box)
    data["confidence"] = round(number.confidence, 4)
    data["digits"] = [
        {
            "value": digit.value,
            "confidence": round(digit.confidence, 4),
            "box": list(digit.box),
            "alternatives": [[value, round(share, 4)] for value, share in digit.alternatives],
            "reason": digit.reason,
        }
        for digit in number.digits
    ]
    return data


def _number_from_dict(data: dict[str, Any]) -> Number:
    digits = tuple(
        Digit(
            digit["value"],
            digit["confidence"],
            _box(digit["box"]),
            tuple((value, share) for value, share in digit["alternatives"]),
            digit["reason"],
        )
        for digit in data["digits"]
    )
    return Number(data["text"], data["raw"], digits, data["confidence"], _box(data["box"]))


def _draw_box(image: np.ndarray, box: Box, colour: tuple[int, int, int], line: int) -> None:
    cv2.rectangle(image, box[:2], (box[2] - 1, box[3] - 1), colour, line)


def _draw_label(image: np.ndarray, number: Number, colour: tuple[int, int, int], line: int) -> None:
    """Write the number and its confidence above its box, or below where there is no room above."""
    label = f"{number.raw} {number.confidence:.0%}"
    scale = float(np.clip((number.box[3] - number.box[1]) / 70, 0.4, 2.5))
    (width, height), base = cv2.getTextSize(label, cv2.FONT_HERSHEY_SIMPLEX, scale, line)
    left = int(np.clip(number.box[0], 0, max(0, image.shape[1] - width)))
    bottom = number.box[1] - 4 if number.box[1] - height - base - 4 >= 0 else number.box[3] + height + 4
    cv2.rectangle(image, (left, bottom - height - 2), (left + width, bottom + base), (255, 255, 255), -1)
    cv2.putText(image, label, (left, bottom), cv2.FONT_HERSHEY_SIMPLEX, scale, colour, line, cv2.LINE_AA)
