"""Spacing: a gap parts two numbers only where it is clearly wider than the gaps within the numbers of its line."""

from itertools import pairwise

import numpy as np

from preprocess.lines import Components, are_neighbours
from preprocess.rules import Rule, columns_at

# How wide a gap within a number can be, in heights of the taller digit beside it; how much wider a clear one is.
WIDEST, CLEARLY = 1.0, 1.5
# So many gaps within numbers say how a hand spaces its digits.
FEWEST_GAPS = 2
TALL_SHARE = 0.5


def join_evenly_spaced(line: list[list[int]], found: Components, uprights: list[Rule]) -> list[list[int]]:
    """Join the numbers of one line whose gaps are hardly wider than those within them: one, written widely.

    Parameters
    ----------
    line : list of list of int
        Indices of components, number by number, from left to right.
    found : Components
    uprights : list of Rule
        What a line of the page parts stays apart.
    """
    tall = [_tall(members, found) for members in line]
    within = [_share(i, j, found) for members in tall for i, j in pairwise(members)]
    between = [_measure_gap(before[-1], after[0], found, uprights) for before, after in pairwise(tall)]
    joined = [list(members) for members in line]
    while between and len(within) >= FEWEST_GAPS:
        closest = int(np.argmin(between))
        if between[closest] >= CLEARLY * float(np.median(within)):
            break
        within.append(between.pop(closest))
        joined[closest : closest + 2] = [joined[closest] + joined[closest + 1]]
    return joined


def _tall(members: list[int], found: Components) -> list[int]:
    """Those of a number's components that are no marks, from left to right."""
    least = TALL_SHARE * found.heights[members].max()
    return [i for i in members if found.heights[i] >= least]


def _measure_gap(i: int, j: int, found: Components, uprights: list[Rule]) -> float:
    """How far two numbers are from each other by their components that face each other; infinity if clearly apart."""
    before, after = found.boxes[i], found.boxes[j]
    if not are_neighbours(before.tolist(), after.tolist(), WIDEST):
        return np.inf
    row = (max(before[1], after[1]) + min(before[3], after[3])) / 2
    columns = columns_at([rule for rule in uprights if rule.start <= row <= rule.stop], row)
    is_parted = ((before[[0, 2]].mean() < columns) & (columns < after[[0, 2]].mean())).any()
    return np.inf if is_parted else _share(i, j, found)


def _share(i: int, j: int, found: Components) -> float:
    """Measure the gap between two components, in heights of the taller one; 0 where they overlap."""
    gap = found.boxes[j, 0] - found.boxes[i, 2]
    return float(max(gap, 0.0) / max(found.heights[i], found.heights[j]))
