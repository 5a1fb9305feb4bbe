"""Remains: a bare stroke that is no 1, but what is left of a line, or of a digit that goes on beyond the picture."""

from collections.abc import Sequence

import numpy as np

from recognize.advice import CUT_OFF
from recognize.box import room_to_edge
from recognize.reading import Box, Number

# A bare stroke is so slim, in heights, and a 1 is at least so high, in heights of the numbers next to it.
SLIM, LOWEST = 0.35, 0.6
# So many numbers of other digits say how high a page's digits are, those that are next to a stroke.
NEIGHBOURS = 5
# What ends so close to the picture's edge may go on beyond it, px.
EDGE_PX = 2

TOO_SMALL = "too small beside the other digits"


def find_remains(numbers: Sequence[Number], size: tuple[int, int]) -> dict[int, str]:
    """Find the bare strokes among a page's numbers that are too low for a 1, or end at the picture's edge.

    Parameters
    ----------
    numbers : sequence of Number
    size : (int, int)
        Width and height of the picture, px.

    Returns
    -------
    dict of int to str
        Which of them, and why; none where there are too few other numbers to tell.
    """
    strokes = {place for place, number in enumerate(numbers) if _is_stroke(number)}
    others = np.array([one.box for place, one in enumerate(numbers) if place not in strokes], float).reshape(-1, 4)
    if len(others) < NEIGHBOURS:
        return {}
    found = {}
    for place in strokes:
        box = numbers[place].box
        if room_to_edge(box, size) <= EDGE_PX:
            found[place] = CUT_OFF
        elif box[3] - box[1] < LOWEST * _usual_height(box, others):
            found[place] = TOO_SMALL
    return found


def _is_stroke(number: Number) -> bool:
    """Say whether a number is a slim 1."""
    left, top, right, bottom = number.box
    return number.raw == "1" and right - left <= SLIM * (bottom - top)


def _usual_height(box: Box, others: np.ndarray) -> float:
    """Height of the numbers next to a box, px: their median."""
    middles = (others[:, :2] + others[:, 2:]) / 2
    away = np.hypot(*(middles - ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)).T)
    near = others[np.argsort(away, kind="stable")[:NEIGHBOURS]]
    return float(np.median(near[:, 3] - near[:, 1]))
