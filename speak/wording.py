"""The words for a number: digit by digit, or as one number.

Nothing that was written is lost or invented on the way: leading zeros are said, a refused digit is said "unsure",
and a mark is named, never interpreted (12.500 may be twelve and a half or twelve thousand five hundred: whoever
wrote it knows).
"""

import re
from typing import Literal, get_args

from errors import SpeechUnavailable, WrongUsage

Style = Literal["digits", "number"]

NOTHING_READ = "no number"
REFUSED = "?"
NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "unsure")
DIGIT_WORDS = dict(zip(f"0123456789{REFUSED}", NAMES, strict=True))
MARK_WORDS = {".": "point", ",": "comma", ":": "colon", "-": "dash", "−": "minus", "/": "slash", "+": "plus"}

# Measured on espeak-ng at 150 words a minute: 0.2 s at a comma, 0.7 s at the end of a paragraph, and none at all at
# ". " before a small letter, which it takes for an abbreviation.
BETWEEN_GROUPS = ", "
BETWEEN_NUMBERS = ".\n\n"

LONGEST_UNGROUPED = 4
GROUP_LENGTH = 3
LONGEST_AS_NUMBER = 15  # up to hundreds of trillions; beyond that nobody follows by ear


def word(text: str, style: Style = "digits") -> str:
    """Put one or more numbers into words, in the style asked for.

    Parameters
    ----------
    text : str
        Numbers as read ('4071', '40?1') or as written ('12.500', '14:30'), with white space between two numbers.
    style : {'digits', 'number'}
        'digits' for "one zero five", 'number' for "one hundred and five".

    Returns
    -------
    str
        English words; two numbers are parted by a pause; "no number" if there is none.

    Raises
    ------
    WrongUsage
        The style is unknown, or the text holds a character that belongs to no number.
    SpeechUnavailable
        num2words, which 'number' needs, is not installed.
    """
    if style not in get_args(Style):
        raise WrongUsage(f"There is no style {style!r}.", "Give 'digits' or 'number'.")
    say_one = _spell if style == "digits" else _pronounce
    return BETWEEN_NUMBERS.join(say_one(number) for number in text.split()) or NOTHING_READ


def as_digits(text: str) -> str:
    """Say each digit: '4071' is "four zero seven one", '40?1' is "four zero unsure one".

    More than four digits in a row are grouped by commas, at which voices pause, so that they can be written down.

    Parameters
    ----------
    text : str
        Numbers, as for `word`.

    Returns
    -------
    str
        English words.

    Raises
    ------
    WrongUsage
        The text holds a character that belongs to no number.
    """
    return word(text, "digits")


def as_number(text: str) -> str:
    """Say each number as a whole: '4071' is "four thousand and seventy-one".

    What has no such name is said digit by digit: a number with a refused digit, with leading zeros ('007'), of more
    than 15 digits, or with several points.

    Parameters
    ----------
    text : str
        Numbers, as for `word`.

    Returns
    -------
    str
        English words.

    Raises
    ------
    WrongUsage
        The text holds a character that belongs to no number.
    SpeechUnavailable
        num2words is not installed.
    """
    return word(text, "number")


def _spell(number: str) -> str:
    return " ".join(_spell_run(piece) if _is_run(piece) else MARK_WORDS[piece] for piece in _split_marks(number))


def _pronounce(number: str) -> str:
    """Say the runs of digits as numbers and name the marks between; digits after a point or comma one by one."""
    pieces = _split_marks(number)
    if not _has_a_name(number):
        return _spell(number)
    words = []
    for before, piece in zip(["", *pieces], pieces, strict=False):
        if not _is_run(piece):
            words.append(MARK_WORDS[piece])
        elif before in {".", ","} or _has_leading_zero(piece):
            words.append(_spell_run(piece))
        else:
            words.append(_number_words(int(piece)))
    return " ".join(words)


def _split_marks(number: str) -> list[str]:
    """Split into runs of digits and single marks; a dash in front is a minus."""
    pieces = re.findall(r"[0-9?]+|[^0-9?]", number)
    for piece in pieces:
        if not _is_run(piece) and piece not in MARK_WORDS:
            raise WrongUsage(
                f"{number!r} is no number: {piece!r} cannot be said.",
                f"Give digits, {REFUSED} for a digit that was not read, and the marks {' '.join(MARK_WORDS)} only.",
            )
    if len(pieces) > 1 and pieces[0] == "-":
        pieces[0] = "−"
    return pieces


def _is_run(piece: str) -> bool:
    return piece[0] in DIGIT_WORDS


def _has_a_name(number: str) -> bool:
    digits = sum(character in DIGIT_WORDS for character in number)
    # Two points or commas part thousands in one country and days from months in another.
    fractions = number.count(".") + number.count(",")
    return REFUSED not in number and digits <= LONGEST_AS_NUMBER and fractions <= 1


def _has_leading_zero(run: str) -> bool:
    return len(run) > 1 and run.startswith("0")


def _spell_run(run: str) -> str:
    return BETWEEN_GROUPS.join(" ".join(DIGIT_WORDS[digit] for digit in group) for group in _groups(run))


def _groups(run: str) -> list[str]:
    """Cut a run into groups of three; no digit is left alone at the end: 3 + 4 rather than 3 + 3 + 1."""
    if len(run) <= LONGEST_UNGROUPED:
        return [run]
    return [run[:GROUP_LENGTH], *_groups(run[GROUP_LENGTH:])]


def _number_words(value: int) -> str:
    try:
        from num2words import num2words  # not needed digit by digit, and slow to import
    except ImportError:
        raise SpeechUnavailable(
            "num2words, which puts whole numbers into words, is not installed.",
            "Run 'pip install -r requirements.txt', or let it be said digit by digit (--as digits).",
        ) from None
    return str(num2words(value, lang="en"))
