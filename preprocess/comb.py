"""Comb: a form's row of narrow cells takes one digit each, and together they are one number."""

import numpy as np

from preprocess.lines import Components
from preprocess.rules import Rule, columns_at

FEWEST_CELLS = 4
# Cells are even, hardly wider than tall, and stand in one row; what is in each is no wider than a digit.
UNEVEN = 0.15
WIDEST_CELL = 1.3
TALLEST_CELL = 2.8
WIDEST_DIGIT = 1.2


def join_cells(numbers: list[list[int]], found: Components, uprights: list[Rule]) -> list[list[int]]:
    """Join the numbers of one line that stand in neighbouring cells of a comb.

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
        The same, where there is no comb.
    """
    if len(numbers) < 2 or len(uprights) <= FEWEST_CELLS:
        return numbers
    boxes = found.boxes[[i for members in numbers for i in members]]
    walls = find_walls(uprights, float(np.median(boxes[:, [1, 3]].mean(axis=1))), float(np.ptp(boxes[:, [1, 3]])))
    if len(walls) <= FEWEST_CELLS:
        return numbers
    chains = [[numbers[0]]]
    for members in numbers[1:]:
        last, first = _cell(found.boxes[chains[-1][-1][-1]], walls), _cell(found.boxes[members[0]], walls)
        if 0 < last <= first <= last + 1 < len(walls):
            chains[-1].append(members)
        else:
            chains.append([members])
    joined = [(chain, [i for members in chain for i in members]) for chain in chains]
    return [one for chain, all_ in joined for one in ([all_] if _fills_cells(found.boxes[all_], walls) else chain)]


def find_walls(uprights: list[Rule], row: float, tall_px: float) -> np.ndarray:
    """Columns of the evenly spaced upright rules that stand at a row, px from left to right; none if uneven."""
    standing = [rule for rule in uprights if rule.start <= row <= rule.stop and rule.length <= TALLEST_CELL * tall_px]
    walls = columns_at(standing, row)
    if len(walls) <= FEWEST_CELLS:
        return walls[:0]
    pitches = np.diff(walls)
    pitch = float(np.median(pitches))
    length = float(np.median([rule.length for rule in standing]))
    even = np.abs(pitches - pitch) <= UNEVEN * pitch
    return walls if even.mean() > 0.8 and pitch <= WIDEST_CELL * length else walls[:0]


def _cell(box: np.ndarray, walls: np.ndarray) -> int:
    """Which cell a component's middle is in: 1 for the first, 0 and len(walls) for outside."""
    return int(np.searchsorted(walls, (box[0] + box[2]) / 2))


def _fills_cells(boxes: np.ndarray, walls: np.ndarray) -> bool:
    """Say whether there are enough cells, with something as narrow as one digit in each."""
    cells = np.searchsorted(walls, boxes[:, [0, 2]].mean(axis=1))
    tall = float(np.ptp(boxes[:, [1, 3]]))
    widths = [float(np.ptp(boxes[cells == cell][:, [0, 2]])) for cell in np.unique(cells)]
    return len(widths) >= FEWEST_CELLS and max(widths) <= WIDEST_DIGIT * tall
