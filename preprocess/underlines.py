"""Underlines: strokes that a hand drew beneath a number, found to be taken away; with one, a 7 is a 2."""

from itertools import combinations

import numpy as np

from preprocess.course import Course, fit_course
from preprocess.lines import Components, body_height
from preprocess.rules import Rule

# How long one is at least, in body heights and in its own thicknesses: longer than a 2's foot, or two noughts' arches.
LONGER_THAN_FEET, SLIM = 1.6, 8
# How thick at most, in body heights; how far from a straight line, how much bowed, in thicknesses; how steep.
THICK, CROOKED, BOWED, STEEP = 0.3, 0.3, 0.7, 0.14
# How far its component reaches below it at most, in body heights; two 7s' stems reach farther below their bars.
BELOW = 0.28
# Along how much of it nothing stands on it or hangs from it, and along how much something is above, in bodies near.
FREE, UNDER, NEAR = 0.5, 0.1, 0.8
# Many a page of words has more that is so wide, and no use for it.
MOST_WIDE = 30
TRIES, GAP_PX = 14, 2


def find_underlines(found: Components, mask: np.ndarray) -> list[Rule]:
    """Find the strokes beneath a page's numbers, be they apart from them or not.

    Parameters
    ----------
    found : Components
        Of the mask.
    mask : ndarray of uint8, shape (H, W)

    Returns
    -------
    list of Rule
    """
    body = body_height(found.heights, found.areas)
    wide = np.flatnonzero(found.widths >= LONGER_THAN_FEET * body)
    if len(wide) > MOST_WIDE:
        return []
    strokes = []
    for member in wide:
        left, top, right, bottom = (int(side) for side in found.boxes[member])
        stroke = _find_stroke(found.labels[top:bottom, left:right] == found.ids[member], body)
        if stroke is not None:
            strokes.append(stroke.shift(left, top))
    return [stroke for stroke in strokes if _is_beneath(stroke, mask, body)]


def _find_stroke(inked: np.ndarray, body: float) -> Rule | None:
    """Find the long level stroke that a component ends in at its foot, if it does."""
    feet, thick = _measure_feet(inked)
    is_thin = (thick > 0) & (thick <= THICK * body)
    if not is_thin.any():
        return None
    pen = float(np.median(thick[is_thin]))
    least_px, off_px = max(LONGER_THAN_FEET * body, SLIM * pen), max(1.0, CROOKED * pen)
    thin = np.flatnonzero(is_thin & (thick <= 1.5 * pen + 1))
    if len(thin) < max(FREE * least_px, 2):
        return None
    along, middles = thin.astype(float), feet[thin] - (thick[thin] - 1) / 2
    straight = _pick_straight(along, middles, off_px)
    if straight.sum() < FREE * least_px:
        return None
    course = fit_course(along[straight], middles[straight], 2)
    start, stop = _follow(course, inked)
    free = (np.abs(middles - course(along)) <= off_px) & (along >= start) & (along < stop)
    is_stroke = stop - start >= least_px and free.sum() >= FREE * (stop - start)
    return Rule(start, stop, course, pen) if is_stroke and _is_level_foot(course, inked.shape, pen, body) else None


def _measure_feet(inked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Measure each column's lowest row of ink, and how thick the ink is there: 0 where there is none."""
    rows = np.arange(inked.shape[0])[:, None]
    feet = np.where(inked, rows, -1).max(axis=0)
    above = np.where(~inked & (rows < feet), rows, -1).max(axis=0)
    return feet, np.where(feet >= 0, feet - above, 0)


def _pick_straight(along: np.ndarray, where: np.ndarray, off_px: float) -> np.ndarray:
    """Tell which places lie on the line, through any two of some, that most lie on (Fischler and Bolles 1981)."""
    some = np.unique(np.linspace(0, len(along) - 1, TRIES).astype(int))
    first, last = np.array(list(combinations(some, 2))).T
    slopes = (where[last] - where[first]) / (along[last] - along[first])
    away = np.abs(where - where[first, None] - slopes[:, None] * (along - along[first, None]))
    picked: np.ndarray = away[(away <= off_px).sum(axis=1).argmax()] <= off_px
    return picked


def _follow(course: Course, inked: np.ndarray) -> tuple[int, int]:
    """Start and stop of the longest stretch of ink along a course, across gaps of a few px."""
    columns = np.arange(inked.shape[1])
    rows = np.round(course(columns.astype(float))).astype(int)
    inside = (rows >= 0) & (rows < len(inked))
    places = np.flatnonzero(inside & inked[np.clip(rows, 0, len(inked) - 1), columns])
    if not len(places):
        return 0, 0
    stretches = np.split(places, np.flatnonzero(np.diff(places) > GAP_PX + 1) + 1)
    longest = max(stretches, key=lambda stretch: int(stretch[-1] - stretch[0]))
    return int(longest[0]), int(longest[-1]) + 1


def _is_level_foot(course: Course, shape: tuple[int, ...], pen: float, body: float) -> bool:
    """Say whether a course is about level, hardly bowed, and at its component's foot."""
    height, width = shape
    is_level = abs(course(float(width)) - course(0.0)) <= STEEP * width
    is_straight = course.degree < 2 or abs(course.coefficients[2]) <= BOWED * pen
    return bool(is_level and is_straight and height - course(width / 2) <= BELOW * body)


def _is_beneath(stroke: Rule, mask: np.ndarray, body: float) -> bool:
    """Say whether something stands on a stroke, or close above it."""
    columns = np.arange(stroke.start, stroke.stop)
    above = stroke.course(columns.astype(float)) - stroke.thickness / 2 - 2
    rows = np.round(above).astype(int) - np.arange(int(NEAR * body))[:, None]
    there = (rows >= 0) & (mask[np.clip(rows, 0, len(mask) - 1), columns] > 0)
    return bool(there.any(axis=0).mean() >= UNDER)
