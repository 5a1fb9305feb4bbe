"""Roman: I, II and III, one after the other, count columns or rows; they are not 1, 11 and 111."""

from collections.abc import Sequence
from itertools import product

import numpy as np

from recognize.reading import Box

# How much one step from numeral to numeral may differ from the next, and lean from the row or column, in shares of it.
UNEVEN, ASIDE = 0.35, 0.3


def find_roman(texts: Sequence[str], boxes: Sequence[Box]) -> set[int]:
    """Find numbers that are Roman numerals: strokes that count from I to III, evenly spaced along a row or column.

    Parameters
    ----------
    texts : sequence of str
        What was read.
    boxes : sequence of (int, int, int, int)
        Left, top, right, bottom of each, px.

    Returns
    -------
    set of int
        Which of them; none where somebody goes on with 1111.
    """
    if "1111" in texts:
        return set()
    counts = [[place for place, text in enumerate(texts) if text == strokes] for strokes in ("1", "11", "111")]
    middles = np.array(boxes, float).reshape(-1, 2, 2).mean(axis=1)
    rows = (places for places in product(*counts) if _counts_on(middles[list(places)]))
    return {place for places in rows for place in places}


def _counts_on(middles: np.ndarray) -> bool:
    """Say whether three points, shape (3, 2), follow each other to the right or downwards, evenly."""
    steps = np.diff(middles, axis=0)
    along = int(np.abs(steps.sum(axis=0)).argmax())
    if steps[:, along].min() <= 0:
        return False
    length = steps[:, along].max()
    is_even = steps[:, along].min() >= (1 - UNEVEN) * length
    return bool(is_even and np.abs(steps[:, 1 - along]).max() <= ASIDE * length)
