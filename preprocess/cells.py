"""Cells: what stands in different cells of a table is never one number, and what stands close together in one is."""

import numpy as np

from preprocess.lines import Components, around, is_in_row, middle_row
from preprocess.rules import Rule, columns_at

FEWEST_WALLS = 3
# Squared paper has lines between all digits; a table's cells hold a whole number, so they are wider than a digit.
NARROWEST_CELL = 1.7
# In one cell, what stands in one row is no farther from each other, in heights.
CELL_GAP = 1.1


def split_at_walls(numbers: list[list[int]], found: Components, uprights: list[Rule]) -> list[list[int]]:
    """Split numbers where an upright line of a table parts their components.

    Parameters
    ----------
    numbers : list of list of int
        Indices of components, from left to right, one list for each number.
    found : Components
    uprights : list of Rule
        The upright rules that were taken away, `Rule.course` giving the column at a row.

    Returns
    -------
    list of list of int
        The same, where there is no table.
    """
    if len(uprights) < FEWEST_WALLS:
        return numbers
    return [part for members in numbers for part in _split(members, found, uprights)]


def _split(members: list[int], found: Components, uprights: list[Rule]) -> list[list[int]]:
    """Split one number's components by the cell that the middle of each is in."""
    boxes = found.boxes[members]
    row, tall = float(np.median(boxes[:, [1, 3]].mean(axis=1))), float((boxes[:, 3] - boxes[:, 1]).max())
    walls = walls_at(uprights, row, NARROWEST_CELL * tall)
    if len(walls) < FEWEST_WALLS:
        return [members]
    cells = np.searchsorted(walls, boxes[:, [0, 2]].mean(axis=1)).tolist()
    return [[i for i, cell in zip(members, cells, strict=True) if cell == here] for here in sorted(set(cells))]


def join_within(numbers: list[list[int]], found: Components, uprights: list[Rule]) -> list[list[int]]:
    """Join the numbers of one line that stand close together in the same cell of a table: written widely, as one.

    Parameters
    ----------
    numbers : list of list of int
        Indices of components, number by number, from left to right.
    found : Components
    uprights : list of Rule
        The upright rules that were taken away, `Rule.course` giving the column at a row.

    Returns
    -------
    list of list of int
        The same, where there is no table.
    """
    if len(uprights) < FEWEST_WALLS:
        return numbers
    joined = numbers[:1]
    for members in numbers[1:]:
        if _share_cell(around(found.boxes[joined[-1]]), around(found.boxes[members]), uprights):
            joined[-1] = joined[-1] + members
        else:
            joined.append(members)
    return joined


def _share_cell(before: np.ndarray, after: np.ndarray, uprights: list[Rule]) -> bool:
    """Say whether two numbers, whose boxes these are, stand close together, alike, and between the same two walls."""
    if not is_in_row(after, before[None], CELL_GAP):
        return False
    tall = max(before[3] - before[1], after[3] - after[1])
    row, middles = middle_row(before, after), [(box[0] + box[2]) / 2 for box in (before, after)]
    walls = walls_at(uprights, row, NARROWEST_CELL * tall)
    first, last = np.searchsorted(walls, middles)
    share = bool(len(walls) >= FEWEST_WALLS and first == last and 0 < first < len(walls))
    return share and not _may_part(uprights, row, middles)


def _may_part(uprights: list[Rule], row: float, middles: list[float]) -> bool:
    """Say whether a wall would stand between two columns if it were twice as long: pale ones fail here and there."""
    near = [rule for rule in uprights if rule.start - rule.length <= row <= rule.stop + rule.length]
    first, last = np.searchsorted(columns_at(near, row), middles)
    return bool(first != last)


def walls_at(uprights: list[Rule], row: float, narrowest_px: float) -> np.ndarray:
    """Columns of the lines that stand at a row, px from left to right, but for those with another one close by."""
    walls = columns_at([rule for rule in uprights if rule.start <= row <= rule.stop], row)
    gaps = np.diff(walls, prepend=-np.inf, append=np.inf)
    return walls[(gaps[:-1] >= narrowest_px) & (gaps[1:] >= narrowest_px)]
