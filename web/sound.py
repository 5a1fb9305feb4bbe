"""Sound: what the pages say aloud, as WAV files; a browser's own voices may be none, or far away."""

import re
from functools import lru_cache

from errors import WrongUsage
from speak.language import phrase
from speak.voice import Voice
from speak.wording import word
from watch.guide import KEYS

NUMBERS = re.compile(r"[0-9?.,:/\- ]{1,200}")
KEPT_SOUNDS = 64


def make_sound(numbers: str = "", hint: str = "", style: str = "digits", language: str = "en") -> bytes:
    """Make the sound of numbers, or of a hint.

    Parameters
    ----------
    numbers : str
        Parted by spaces; "?" where a digit is unsure.
    hint : str
        One of `watch.guide.KEYS`, in place of numbers.
    style : {"digits", "number"}
    language : str
        One of those that `speak.language` knows.

    Returns
    -------
    bytes
        A WAV file.

    Raises
    ------
    WrongUsage
        If there is nothing to say, or it is no number.
    SpeechUnavailable
        If no sound can be made here.
    """
    if style not in ("digits", "number"):
        raise WrongUsage(f"There is no style {style[:40]!r}.", "Give digits or number.")
    if hint:
        if hint not in KEYS:
            raise WrongUsage(f"There is no hint {hint[:40]!r}.", f"Give one of {', '.join(KEYS)}.")
        return _make(phrase(hint, language), language)
    if not NUMBERS.fullmatch(numbers) or not any(c.isdigit() or c == "?" for c in numbers):
        raise WrongUsage("That is no number.", "Give digits, parted by spaces.")
    return _make(word(numbers, "number" if style == "number" else "digits", language), language)


@lru_cache(maxsize=KEPT_SOUNDS)
def _make(words: str, language: str) -> bytes:
    return Voice(language=language).make(words).wav
