"""Pattern: what is known of the numbers beforehand, as a small automaton that the best path runs through.

"dd:dd" is two digits, a colon, two digits; "[0-2]d" begins with 0, 1 or 2; "20dd" with 2 and 0.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from errors import WrongUsage

TOKEN = re.compile(r"d|\[([0-9](?:-?[0-9])*)\]|(.)", re.DOTALL)
LONGEST = 40


@dataclass(frozen=True, eq=False)
class Expectation:
    """A weighted automaton, whose states are how much has been read of what is expected.

    Parameters
    ----------
    weights : ndarray of float, shape (arcs, 10)
        What speaks for each digit on each arc from one state to another, in natural logarithms: 0 for as likely as
        any, minus infinity for one that cannot be.
    tails, heads : ndarray of int, shape (arcs,)
        The states that each arc goes from and to.
    starts, ends : ndarray of bool, shape (states,)
        Where a number may begin, and end.
    literals : tuple of str
        What is written before the next digit in each state.
    words : str
        What the user expects, to be said; "" where that is nothing.
    """

    weights: np.ndarray
    tails: np.ndarray
    heads: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    literals: tuple[str, ...]
    words: str

    @property
    def refuses(self) -> np.ndarray:
        """On which arcs a digit that cannot be stays in its place, refused: where the user ruled it out; bool."""
        return bool(self.words) & ~np.isfinite(self.weights).all(axis=1)


ONE_STATE, ONE_ARC = np.ones(1, bool), np.zeros(1, int)
ANYTHING = Expectation(np.zeros((1, 10)), ONE_ARC, ONE_ARC, ONE_STATE, ONE_STATE, ("",), "")


def expect(lengths: Sequence[int] = (), patterns: Sequence[str] = ()) -> Expectation:
    """Make what is expected of lengths and patterns, any of which will do.

    Raises
    ------
    WrongUsage
        If one of them has no digit, too many, or an unfinished bracket.
    """
    chains = [_parse(pattern) for pattern in patterns] + [_of_length(length) for length in lengths]
    if not chains:
        return ANYTHING
    weights: list[np.ndarray] = []
    tails: list[int] = []
    starts: list[bool] = []
    ends: list[bool] = []
    literals: list[str] = []
    for digits, written in chains:
        for place in range(len(digits) + 1):
            is_end = place == len(digits)
            if not is_end:
                weights.append(np.where(digits[place], 0.0, -np.inf))
                tails.append(len(starts))
            starts.append(place == 0)
            ends.append(is_end)
            literals.append(written[place])
    words = " or ".join([*(f'"{pattern}"' for pattern in patterns), *(f"{length} digits" for length in lengths)])
    before = np.array(tails)
    return Expectation(np.array(weights), before, before + 1, np.array(starts), np.array(ends), tuple(literals), words)


Chain = tuple[list[np.ndarray], list[str]]


def _of_length(length: int) -> Chain:
    """Any digits, so many."""
    if not 1 <= length <= LONGEST:
        raise WrongUsage(f"A number cannot have {length} digits.", f"Give a length from 1 to {LONGEST}.")
    return [np.ones(10, bool)] * length, [""] * (length + 1)


def _parse(pattern: str) -> Chain:
    """Split a pattern into what each digit may be, and what is written before each."""
    digits: list[np.ndarray] = []
    written = [""]
    for found in TOKEN.finditer(pattern):
        choice, literal = found.groups()
        if literal is not None and literal in "[]":
            raise WrongUsage(
                f'The pattern "{pattern}" has a bracket that does not hold digits.', 'Write it like "[0-2]d:dd".'
            )
        if literal is not None and not literal.isdigit():
            written[-1] += literal
            continue
        digits.append(_choose(choice or literal))
        if not digits[-1].any():
            raise WrongUsage(f'The pattern "{pattern}" allows no digit in "[{choice}]".', 'Write it like "[0-2]d:dd".')
        written.append("")
    if not 1 <= len(digits) <= LONGEST:
        raise WrongUsage(
            f'The pattern "{pattern}" has {len(digits)} digits.', f'Write "d" for a digit, 1 to {LONGEST} of them.'
        )
    return digits, written


def _choose(choice: str | None) -> np.ndarray:
    """Which digits a token allows: bool (10,)."""
    allowed = np.ones(10, bool)
    if choice:
        allowed[:] = False
        for first, last in re.findall(r"([0-9])(?:-([0-9]))?", choice):
            allowed[int(first) : int(last or first) + 1] = True
    return allowed
