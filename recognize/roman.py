"""Roman: I, II and III, one beside or below the other, count columns or rows; they are not 1, 11 and 111."""

from collections.abc import Sequence

import numpy as np

from recognize.reading import Number

STROKES = ("1", "11", "111")
# A bare stroke is so slim, in heights; how alike the numerals' heights are, and the steps from one to the next.
SLIM, ALIKE, EVEN = 0.42, 0.6, 0.6
# What stands in one row or one column shares so much of the smaller one's height or width.
SHARED = 0.5


def find_roman(numbers: Sequence[Number]) -> set[int]:
    """Find numbers that are Roman numerals: bare strokes that count from I to III, each the next one's neighbour.

    Parameters
    ----------
    numbers : sequence of Number

    Returns
    -------
    set of int
        Which of them; none where somebody goes on with 1111.
    """
    bare = {place for place, number in enumerate(numbers) if _is_bare(number)}
    if len(bare) < len(STROKES) or "1111" in [number.text for number in numbers]:
        return set()
    boxes = np.array([number.box for number in numbers], float)
    found: set[int] = set()
    for first in (place for place in bare if numbers[place].text == STROKES[0]):
        for axis in (0, 1):
            row = _follow(first, boxes, axis)
            does_count = bare.issuperset(row) and tuple(numbers[place].text for place in row) == STROKES
            if does_count and _are_alike(boxes[row], axis):
                found.update(row)
    return found


def _is_bare(number: Number) -> bool:
    """Say whether a number is nothing but slim strokes, up to three; a ruled line behind them may be read as a dash."""
    sizes = [(digit.box[2] - digit.box[0], digit.box[3] - digit.box[1]) for digit in number.digits]
    return number.raw.replace("-", "") in STROKES and all(width <= SLIM * height for width, height in sizes)


def _follow(first: int, boxes: np.ndarray, axis: int) -> list[int]:
    """List a number and the two after it in its row (axis 0) or its column (axis 1), as far as there are any."""
    row: list[int] = [first]
    while len(row) < len(STROKES) and (after := _find_next(boxes[row[-1]], boxes, axis)) is not None:
        row.append(after)
    return row


def _find_next(box: np.ndarray, boxes: np.ndarray, axis: int) -> int | None:
    """Find the nearest box to the right of another in its row (axis 0), or below it in its column (axis 1)."""
    aside = 1 - axis
    sizes = np.minimum(boxes[:, aside + 2] - boxes[:, aside], box[aside + 2] - box[aside])
    shared = np.minimum(boxes[:, aside + 2], box[aside + 2]) - np.maximum(boxes[:, aside], box[aside])
    after = np.flatnonzero((shared >= SHARED * sizes) & (boxes[:, axis] >= box[axis + 2]))
    return int(after[boxes[after, axis].argmin()]) if len(after) else None


def _are_alike(boxes: np.ndarray, axis: int) -> bool:
    """Say whether three boxes are about as high, and stand at about even steps along an axis."""
    heights = boxes[:, 3] - boxes[:, 1]
    steps = np.diff((boxes[:, axis] + boxes[:, axis + 2]) / 2)
    return bool(heights.min() >= ALIKE * heights.max() and steps.min() >= EVEN * steps.max())
