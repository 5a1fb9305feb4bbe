"""Limits: what has to be reached for a digit or a number to be accepted."""

from dataclasses import dataclass, fields

import numpy as np

from errors import ModelDamaged
from preprocess.page import Layout
from recognize.classifier import Card


@dataclass(frozen=True)
class Limits:
    """What has to be reached for a digit or a number to be accepted; the model card may set them.

    Parameters
    ----------
    digit, line_digit : float
        Least confidence of a digit: on a page, and where the whole picture is said to be one number.
    number : float
        Least confidence of a number.
    lone : float
        Least share of the only digit of a number on a page.
    legible : float
        A number on a page in which something is in doubt is read when its digits are at least this sure, in the
        geometric mean.
    holed : float
        The same where something among its digits is none.
    junk_share : float
        A run whose share of non-digits is above this is refused as a whole.
    clean : float
        A number is clean when it is at least this likely, in the geometric mean, that its digits are digits at all.
    clean_share : float
        A page is taken for text on which less than this share of all numbers and words are clean numbers.
    among_words : float
        Least product of the digits' shares of a number in a text, or as close to a word as its letters are; in a text
        a lone digit is not read at all.
    size_share : float
        Numbers lower than this share of the page's own digits are specks.
    second_look, line_second_look : float
        Where a number's digits are less sure than this, in the geometric mean, it is cut closely and looked at again.
    temper, line_temper : float
        Calibration of a number's confidence: its odds to the power of this.
    offset, line_offset : float
        Calibration of a number's confidence: added to the logarithm of its odds.
    """

    digit: float = 0.5
    line_digit: float = 0.3
    number: float = 0.15
    lone: float = 0.65
    legible: float = 0.78
    holed: float = 0.83
    junk_share: float = 0.34
    clean: float = 0.9
    clean_share: float = 0.36
    among_words: float = 0.94
    size_share: float = 0.4
    second_look: float = 0.88
    line_second_look: float = 0.988
    temper: float = 1.0
    offset: float = 0.0
    line_temper: float = 1.0
    line_offset: float = 0.0

    def calibrate(self, share: float, layout: Layout = "page") -> float:
        """Turn the product of a number's shares into how often such a number is right."""
        temper, offset = (self.temper, self.offset) if layout == "page" else (self.line_temper, self.line_offset)
        share = min(max(share, 1e-6), 1 - 1e-6)
        odds = temper * np.log(share / (1 - share)) + offset
        return float(1 / (1 + np.exp(-odds)))


def limits_of(card: Card) -> Limits:
    """Take the limits from a model card.

    Raises
    ------
    ModelDamaged
        If it names one that there is not, or one that is no number.
    """
    known = {field.name for field in fields(Limits)}
    wrong = [name for name, value in card.thresholds.items() if name not in known or not _is_number(value)]
    if wrong:
        raise ModelDamaged(f"The model card's thresholds are not what this program knows ({', '.join(wrong)}).")
    return Limits(**card.thresholds)


def _is_number(value: object) -> bool:
    """Tell a finite number; JSON has true and NaN too."""
    return isinstance(value, int | float) and not isinstance(value, bool) and bool(np.isfinite(value))
