"""The words for a number: digit by digit, or as one number, in several languages.

Nothing that was written is lost or invented on the way: leading zeros are said, a refused digit is said "unsure",
and a mark is named, never interpreted (12.500 may be twelve and a half or twelve thousand five hundred: whoever
wrote it knows).
"""

import re
from dataclasses import dataclass
from typing import Literal, get_args

from errors import WrongUsage
from speak.language import DEFAULT, MARKS, Language, digit_words, find_language, number_words

Style = Literal["digits", "number"]
Zero = Literal["zero", "oh"]

REFUSED = "?"
DIGITS = "0123456789"

# Measured on espeak-ng at 150 words a minute: 0.2 s at a comma, 0.7 s at the end of a paragraph, and none at all at
# ". " before a small letter, which it takes for an abbreviation.
BETWEEN_GROUPS = ", "
BETWEEN_NUMBERS = ".\n\n"

LONGEST_UNGROUPED = 4
GROUP_LENGTH = 3
LONGEST_AS_NUMBER = 15  # up to hundreds of trillions; beyond that nobody follows by ear


def word(text: str, style: Style = "digits", language: str = DEFAULT, zero: Zero = "zero") -> str:
    """Put one or more numbers into words, in the style asked for.

    Parameters
    ----------
    text : str
        Numbers as read ('4071', '40?1') or as written ('12.500', '14:30'), with white space between two numbers.
    style : {'digits', 'number'}
        'digits' for "one zero five", 'number' for "one hundred and five".
    language : str
        Code of one of `speak.language.LANGUAGES`, such as 'de'.
    zero : {'zero', 'oh'}
        What a 0 is called in English where digits are said one by one: "zero zero seven" or "oh oh seven".

    Returns
    -------
    str
        Words; two numbers are parted by a pause; "no number" if there is none.

    Raises
    ------
    WrongUsage
        The style, the language or the zero is unknown, or the text holds a character that belongs to no number.
    SpeechUnavailable
        num2words, which 'number' and all languages but English need, is not installed.
    """
    if style not in get_args(Style):
        raise WrongUsage(f"There is no style {style!r}.", "Give 'digits' or 'number'.")
    wording = _Wording(language, zero)
    say_one = wording.spell if style == "digits" else wording.pronounce
    return BETWEEN_NUMBERS.join(say_one(number) for number in text.split()) or wording.words.nothing_read


def as_digits(text: str, language: str = DEFAULT, zero: Zero = "zero") -> str:
    """Say each digit: '4071' is "four zero seven one", '40?1' is "four zero, unsure, one".

    More than four digits in a row are grouped by commas, at which voices pause, so that they can be written down.

    Parameters
    ----------
    text : str
        Numbers, as for `word`.
    language : str
        As for `word`.
    zero : {'zero', 'oh'}
        As for `word`.

    Returns
    -------
    str
        Words.

    Raises
    ------
    WrongUsage
        The language or the zero is unknown, or the text holds a character that belongs to no number.
    SpeechUnavailable
        num2words, which all languages but English need, is not installed.
    """
    return word(text, "digits", language, zero)


def as_number(text: str, language: str = DEFAULT, zero: Zero = "zero") -> str:
    """Say each number as a whole: '4071' is "four thousand and seventy-one".

    What has no such name is said digit by digit: a number with a refused digit, with leading zeros ('007'), of more
    than 15 digits, or with several points.

    Parameters
    ----------
    text : str
        Numbers, as for `word`.
    language : str
        As for `word`.
    zero : {'zero', 'oh'}
        As for `word`; for what is said digit by digit.

    Returns
    -------
    str
        Words.

    Raises
    ------
    WrongUsage
        The language or the zero is unknown, or the text holds a character that belongs to no number.
    SpeechUnavailable
        num2words is not installed.
    """
    return word(text, "number", language, zero)


@dataclass(frozen=True)
class _Wording:
    """How numbers are said in one language."""

    language: str
    zero: Zero

    def __post_init__(self) -> None:
        if self.zero not in get_args(Zero):
            raise WrongUsage(f"There is no zero called {self.zero!r}.", "Give 'zero' or 'oh'.")
        if self.zero == "oh" and self.words.code != "en":
            raise WrongUsage(f"A zero is not called 'oh' in {self.words.name}.", "Leave --zero out, or give 'zero'.")

    @property
    def words(self) -> Language:
        """The language's own words."""
        return find_language(self.language)

    def spell(self, number: str) -> str:
        """Say the digits one by one and name the marks between."""
        return " ".join(self._spell_piece(piece) for piece in _split_marks(number))

    def pronounce(self, number: str) -> str:
        """Say the runs of digits as numbers and name the marks; digits after a point or comma one by one."""
        pieces = _split_marks(number)
        if not _has_a_name(number):
            return self.spell(number)
        words = []
        for before, piece in zip(["", *pieces], pieces, strict=False):
            if not _is_run(piece) or before in {".", ","} or _has_leading_zero(piece):
                words.append(self._spell_piece(piece))
            else:
                words.append(number_words(int(piece), self.language))
        return " ".join(words)

    def _spell_piece(self, piece: str) -> str:
        if not _is_run(piece):
            return self.words.mark_words[piece]
        return BETWEEN_GROUPS.join(" ".join(map(self._spell_digit, group)) for group in _groups(piece))

    def _spell_digit(self, digit: str) -> str:
        if digit == REFUSED:
            return self.words.unsure
        if digit == "0" and self.zero == "oh":
            return "oh"
        return digit_words(self.language)[int(digit)]


def _split_marks(number: str) -> list[str]:
    """Split into runs of digits and single marks; a dash in front is a minus."""
    pieces = re.findall(r"[0-9?]+|[^0-9?]", number)
    for piece in pieces:
        if not _is_run(piece) and piece not in MARKS:
            raise WrongUsage(
                f"{number!r} is no number: {piece!r} cannot be said.",
                f"Give digits, {REFUSED} for a digit that was not read, and the marks {' '.join(MARKS)} only.",
            )
    if len(pieces) > 1 and pieces[0] == "-":
        pieces[0] = "−"
    return pieces


def _is_run(piece: str) -> bool:
    return piece[0] in DIGITS or piece[0] == REFUSED


def _has_a_name(number: str) -> bool:
    digits = sum(character in DIGITS for character in number)
    # Two points or commas part thousands in one country and days from months in another.
    fractions = number.count(".") + number.count(",")
    return REFUSED not in number and digits <= LONGEST_AS_NUMBER and fractions <= 1


def _has_leading_zero(run: str) -> bool:
    return len(run) > 1 and run.startswith("0")


def _groups(run: str) -> list[str]:
    """Cut a run into what is said in one breath: each refused digit by itself, and groups of the digits between."""
    return [group for part in re.findall(r"[0-9]+|\?", run) for group in _groups_of_three(part)]


def _groups_of_three(run: str) -> list[str]:
    """Cut into groups of three; no digit is left alone at the end: 3 + 4 rather than 3 + 3 + 1."""
    if len(run) <= LONGEST_UNGROUPED:
        return [run]
    return [run[:GROUP_LENGTH], *_groups_of_three(run[GROUP_LENGTH:])]
