"""Comb: a form's row of narrow cells takes one digit each, and together they are one number."""

import numpy as np

from preprocess.lines import Components
from preprocess.rules import Rule, columns_at

FEWEST_CELLS = 4
# Cells are even, hardly wider than tall, and stand in one row; what is in each is no wider than a digit.
UNEVEN = 0.15
WIDEST_CELL = 1.3
TALLEST_CELL = 2.8
# How long a wall is at least, beside the longest one; a stroke that is a digit's ends before.
LEAST_WALL = 0.85
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


def drop_strokes(uprights: list[Rule]) -> list[Rule]:
    """Drop from upright lines the strokes of digits: where all long ones are a comb's walls, what is short in a cell.

    Parameters
    ----------
    uprights : list of Rule
        `Rule.course` giving the column at a row.
    """
    longest = max((rule.length for rule in uprights), default=0)
    least = LEAST_WALL * longest
    walls = [rule for rule in uprights if rule.length >= least]
    if len(walls) == len(uprights):
        return uprights
    row = float(np.median([(rule.start + rule.stop) / 2 for rule in walls]))
    columns = columns_at(walls, row)
    if not _are_even(columns, longest):
        return uprights
    pitch = float(np.median(np.diff(columns)))
    # Squared paper is even, too, but its lines are long for its pitch.
    if longest > TALLEST_CELL * pitch:
        return uprights
    return [
        rule for rule in uprights if rule.length >= least or _stands_in_step(float(rule.course(row)), columns, pitch)
    ]


def _stands_in_step(column: float, walls: np.ndarray, pitch: float) -> bool:
    """Say whether a line is where a comb has a wall, or would have its next one on either side."""
    inside = float(np.abs(walls - column).min())
    beyond = max(walls[0] - column, column - walls[-1]) / pitch
    return inside <= UNEVEN * pitch or (beyond > 0 and abs(beyond - round(beyond)) <= UNEVEN)


def find_walls(uprights: list[Rule], row: float, tall_px: float) -> np.ndarray:
    """Columns of the evenly spaced upright rules that stand at a row, px from left to right; none if uneven."""
    standing = [rule for rule in uprights if rule.start <= row <= rule.stop and rule.length <= TALLEST_CELL * tall_px]
    walls = columns_at(standing, row)
    lengths = [rule.length for rule in standing] or [0]
    return walls if _are_even(walls, float(np.median(lengths))) else walls[:0]


def _are_even(walls: np.ndarray, length_px: float) -> bool:
    """Say whether there are enough walls, so long each, for a comb, and most cells are as wide, and not very wide."""
    if len(walls) <= FEWEST_CELLS:
        return False
    pitches = np.diff(walls)
    pitch = float(np.median(pitches))
    even = np.abs(pitches - pitch) <= UNEVEN * pitch
    return bool(even.mean() > 0.8 and pitch <= WIDEST_CELL * length_px)


def _cell(box: np.ndarray, walls: np.ndarray) -> int:
    """Which cell a component's middle is in: 1 for the first, 0 and len(walls) for outside."""
    return int(np.searchsorted(walls, (box[0] + box[2]) / 2))


def _fills_cells(boxes: np.ndarray, walls: np.ndarray) -> bool:
    """Say whether there are enough cells, with something as narrow as one digit in each."""
    cells = np.searchsorted(walls, boxes[:, [0, 2]].mean(axis=1))
    tall = float(np.ptp(boxes[:, [1, 3]]))
    widths = [float(np.ptp(boxes[cells == cell][:, [0, 2]])) for cell in np.unique(cells)]
    return len(widths) >= FEWEST_CELLS and max(widths) <= WIDEST_DIGIT * tall
