"""Spacing: what is written widely is one number, though some of its gaps are a little wider than most numbers have."""

from itertools import pairwise

import numpy as np

from preprocess.cells import walls_at
from preprocess.lines import Components, are_neighbours, middle_row, pick_tall
from preprocess.rules import Rule

# How wide a gap within a number is at most, in heights of the taller digit beside it.
WIDEST = 1.0
# A gap is clear that is so much wider than those of the number beside it that has wide ones, and of any other.
CLEARLY, CLEARLY_OF_EACH = 1.5, 2.0
# So many gaps say how a hand spaces its digits; and so many, where a lone digit stands beside them.
FEWEST_GAPS, FEWEST_BESIDE_LONE = 2, 3


def join_evenly_spaced(line: list[list[int]], found: Components, uprights: list[Rule]) -> list[list[int]]:
    """Join those neighbours in a line whose gap is hardly wider than the gaps within them, the closest first.

    Neither what a line of the page parts is joined, nor what a mark does.

    Parameters
    ----------
    line : list of list of int
        Indices of components, number by number, from left to right.
    found : Components
    uprights : list of Rule
        The upright rules that were taken away, `Rule.course` giving the column at a row.
    """
    tall = [pick_tall(found, members) for members in line]
    within = [[_share(i, j, found) for i, j in pairwise(members)] for members in tall]
    marks = sorted({i for members in line for i in members} - {i for members in tall for i in members})
    between = [_measure_gap(before[-1], after[0], found, uprights, marks) for before, after in pairwise(tall)]
    joined = [list(members) for members in line]
    while True:
        even = [place for place, gap in enumerate(between) if _is_even(gap, *within[place : place + 2])]
        if not even:
            return joined
        closest = min(even, key=between.__getitem__)
        within[closest : closest + 2] = [[*within[closest], between.pop(closest), *within[closest + 1]]]
        joined[closest : closest + 2] = [joined[closest] + joined[closest + 1]]


def _is_even(gap: float, before: list[float], after: list[float]) -> bool:
    """Say whether a gap is hardly wider than those within the two numbers that it parts."""
    usual = [float(np.median(gaps)) for gaps in (before, after) if gaps]
    fewest = FEWEST_GAPS if len(usual) == len((before, after)) else FEWEST_BESIDE_LONE
    if len(before) + len(after) < fewest:
        return False
    return gap < CLEARLY * max(usual) and gap < CLEARLY_OF_EACH * min(usual)


def _measure_gap(i: int, j: int, found: Components, uprights: list[Rule], marks: list[int]) -> float:
    """Measure the gap between the components of two numbers that face each other; infinity if something parts them."""
    before, after = found.boxes[i], found.boxes[j]
    if not are_neighbours(before.tolist(), after.tolist(), WIDEST):
        return np.inf
    walls = walls_at(uprights, middle_row(before, after), narrowest_px=0.0)
    middles = found.boxes[marks][:, [0, 2]].mean(axis=1)
    has_wall = ((before[[0, 2]].mean() < walls) & (walls < after[[0, 2]].mean())).any()
    has_mark = ((before[2] < middles) & (middles < after[0])).any()
    return np.inf if has_wall or has_mark else _share(i, j, found)


def _share(i: int, j: int, found: Components) -> float:
    """Measure the gap between two components, in heights of the taller one; 0 where they overlap."""
    gap = found.boxes[j, 0] - found.boxes[i, 2]
    return float(max(gap, 0.0) / max(found.heights[i], found.heights[j]))
