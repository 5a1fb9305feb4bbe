"""Columns: where most lines of a list break at a dash, one below the other, those written more closely do, too."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from preprocess.lines import Components, pick_tall

# A dash is so many times wider than it is high, and no higher than this share of what it stands between.
LEVEL, LOWEST_SHARE = 1.2, 0.3
FEWEST_BREAKS = 3


class _Dash(NamedTuple):
    """A dash in a line, and the paper around it.

    Parameters
    ----------
    left, right : float
        Where the characters before and after it end and begin, px.
    number : int
        Which of the line's numbers the character before it belongs to.
    breaks : bool
        Whether the one after it belongs to another.
    """

    left: float
    right: float
    number: int
    breaks: bool

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2


def break_alike(lines: list[list[list[int]]], found: Components) -> list[list[list[int]]]:
    """Break numbers at their dashes where most lines that have one there break at it.

    "368-6000" may be one number or two, and its gaps may be a little narrower than those of "404 - 1000" above it: the
    list tells.

    Parameters
    ----------
    lines : list of list of list of int
        Indices of components, line by line and number by number.
    found : Components

    Returns
    -------
    list of list of list of int
        The same, where no lines agree.
    """
    dashes = [_find_dashes(line, found) for line in lines]
    if sum(any(dash.breaks for dash in own) for own in dashes) < FEWEST_BREAKS:
        return lines
    return [_break_line(line, place, dashes, found) for place, line in enumerate(lines)]


def _find_dashes(line: list[list[int]], found: Components) -> list[_Dash]:
    """Find what is level, and much lower than the components that it stands between, from left to right."""
    boxes, heights = found.boxes, found.heights
    tall = [(number, i) for number, members in enumerate(line) for i in pick_tall(found, members)]
    marks = np.array([i for members in line for i in members if found.widths[i] >= LEVEL * heights[i]], int)
    middles, lows = boxes[marks][:, [0, 2]].mean(axis=1), heights[marks]
    dashes = []
    for (number, i), (after, j) in pairwise(sorted(tall, key=lambda one: float(boxes[one[1], 0]))):
        left, right, lowest = boxes[i, 2], boxes[j, 0], LOWEST_SHARE * max(heights[i], heights[j])
        if ((left <= middles) & (middles <= right) & (lows <= lowest)).any():
            dashes.append(_Dash(float(left), float(right), number, after != number))
    return dashes


def _break_line(line: list[list[int]], place: int, dashes: list[list[_Dash]], found: Components) -> list[list[int]]:
    """Break the numbers of a line where most of the others break."""
    others = [dash for other, own in enumerate(dashes) if other != place for dash in own]
    columns: dict[int, list[float]] = {}
    for dash in dashes[place]:
        below = [one.breaks for one in others if one.left <= dash.middle <= one.right]
        if not dash.breaks and sum(below) >= FEWEST_BREAKS and 2 * sum(below) > len(below):
            columns.setdefault(dash.number, []).append(dash.left)
    return [part for number, members in enumerate(line) for part in _part(members, columns.get(number, []), found)]


def _part(members: list[int], columns: list[float], found: Components) -> list[list[int]]:
    """Part a number's components at columns; a dash goes with what is behind it."""
    middles = found.boxes[members][:, [0, 2]].mean(axis=1)
    sides = np.searchsorted(sorted(columns), middles).tolist()
    return [[i for i, side in zip(members, sides, strict=True) if side == own] for own in sorted(set(sides))]
