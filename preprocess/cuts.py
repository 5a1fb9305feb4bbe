"""Cuts: where two digits may touch, along paths that cross little ink and from valley to valley of the outline.

Nothing is decided here: a cut is a hypothesis, and `recognize.lattice` takes it or leaves it (heuristic
over-segmentation, LeCun, Bottou, Bengio, Haffner 1998, section V).
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from preprocess.ink import stroke_width
from preprocess.pieces import BODY_PX, SOFT_EDGE


class Fineness(NamedTuple):
    """How closely components are cut, in bodies.

    Parameters
    ----------
    narrowest : float
        What is narrower is left whole.
    distance : float
        How far apart seams are at least.
    """

    narrowest: float
    distance: float


# As soon as it may be two digits that overlap, or only where it is wider than one digit is, and there about between any
# two digits.
CLOSELY, ROUGHLY = Fineness(0.42, 0.12), Fineness(0.85, 0.3)
# A seam crosses less ink than all that pass within so many bodies.
RIVALS = 0.08
# How much ink a cut may cross, in stroke widths.
CUT_STROKES = 2.6
DRIFT_COST = 0.3
SMALLEST_SIDE = 0.035
STRIP_PX = 6000
STRIP_STEP_PX = 64
WALL = 1e6
# Valleys of an outline, in bodies: how deep, how far apart, how far from above to below, how near to another seam.
VALLEY_DEPTH, VALLEY_DISTANCE, VALLEY_LEAN, SAME_SEAM = 0.1, 0.2, 0.3, 0.08
# A seam runs along a stroke, and not across it, when it is in ink for that many pen widths.
ALONG_STROKES = 1.8


def cut_glyphs(inks: Sequence[np.ndarray], fineness: Fineness) -> list[list[np.ndarray]]:
    """Cut each component along its seams; every part comes in its component's own frame."""
    found = find_seams(inks, fineness)
    return [cut_along(ink, seams) if len(seams) else [ink] for ink, seams in zip(inks, found, strict=True)]


def cut_along(ink: np.ndarray, seams: np.ndarray) -> list[np.ndarray]:
    """Cut ink along seams; where one runs along a stroke, both sides keep it: two noughts may share a wall.

    Parameters
    ----------
    ink : ndarray of uint8, shape (h, w)
    seams : ndarray of int, shape (k, h)
        From left to right.

    Returns
    -------
    list of ndarray of uint8, shape (h, w)
        k + 1 parts, from left to right; together they are the ink.
    """
    pen_px = stroke_width(ink)
    columns = np.arange(ink.shape[1])
    depths = np.where(run_along(ink, seams, ALONG_STROKES * pen_px), round(pen_px), 0)
    parts = []
    starts = np.zeros(len(ink), int)
    for seam, deep in zip(seams, depths, strict=True):
        parts.append(ink * ((columns >= starts[:, None]) & (columns < (seam + deep)[:, None])).view(np.uint8))
        starts = seam - deep
    return [*parts, ink * (columns >= starts[:, None]).view(np.uint8)]


def run_along(ink: np.ndarray, seams: np.ndarray, least_px: float) -> np.ndarray:
    """Tell the rows in which each seam is in ink for at least so many rows on end: bool (k, h)."""
    rows, last = np.arange(len(ink)), ink.shape[1] - 1
    inside = np.maximum(ink[rows, np.minimum(seams, last)], ink[rows, np.clip(seams - 1, 0, last)]) > SOFT_EDGE
    # What is shorter is gone after an opening. An even window has no middle: one end opens it, and the other closes it.
    least = max(1, math.ceil(least_px))
    window = np.ones((1, least), np.uint8)
    within = cv2.copyMakeBorder(inside.view(np.uint8), 0, 0, least, least, cv2.BORDER_CONSTANT)
    longer = cv2.dilate(cv2.erode(within, window, anchor=(0, 0)), window, anchor=(least - 1, 0))
    return longer[:, least:-least].view(bool)


def find_seams(inks: Sequence[np.ndarray], fineness: Fineness) -> list[np.ndarray]:
    """Find the paths from top to bottom of each component that cross the least ink, and those between valleys.

    The cheapest path through each column at half height comes from dynamic programming over all components side by
    side, with walls between: one that had to end in a column, but could pass anywhere, would go around a component,
    and hide where its digits touch. Of those paths, the local minima that cross few strokes and leave ink on both
    sides are kept, at most one in a distance; `find_valleys` adds its own where none is near.

    Parameters
    ----------
    inks : sequence of ndarray of uint8, shape (h, w)
    fineness : Fineness
        `CLOSELY` or `ROUGHLY`.

    Returns
    -------
    list of ndarray of int, shape (k, h)
        For each component and seam, the first column to its right, row by row; seams from left to right.
    """
    seams = [np.zeros((0, len(ink)), int) for ink in inks]
    wide = [
        i for i, ink in enumerate(inks) if ink.shape[1] >= fineness.narrowest * BODY_PX and len(ink) >= 0.3 * BODY_PX
    ]
    for chunk in _chunks(wide, inks):
        strip, corners = _lay_out([inks[i] for i in chunk])
        paths, costs = _cheapest_paths(strip)
        left_ink = _ink_left_of(strip, paths)
        before = 0.0
        for i, (top, start) in zip(chunk, corners, strict=True):
            height, width = inks[i].shape
            own = slice(start, start + width)
            mass = float(inks[i].sum()) / 255.0
            own_paths = paths[top : top + height, own] - start
            cheap = _choose(own_paths, costs[own], (left_ink[own] - before) / mass, stroke_width(inks[i]), fineness)
            seams[i] = _merge(cheap, find_valleys(inks[i]))
            before += mass
    return seams


def find_valleys(ink: np.ndarray) -> np.ndarray:
    """Find the seams from a valley of a component's upper outline to one of its lower outline beneath.

    Two round digits that touch have one above and one below where they do, though much ink lies between (contour
    valleys: Fenrich and Krishnamoorthy 1990, "Segmenting diverse quality handwritten digit strings").

    Returns
    -------
    ndarray of int, shape (k, h)
        As `find_seams` gives them; straight between the two valleys, upright above and below.
    """
    height = len(ink)
    solid = ink > SOFT_EDGE
    written = solid.any(axis=0)
    upper = np.where(written, solid.argmax(axis=0), height)
    lower = np.where(written, solid[::-1].argmax(axis=0), height)
    bottoms = _pick_valleys(lower)
    seams = []
    for top in _pick_valleys(upper):
        near = [bottom for bottom in bottoms if abs(bottom - top) <= VALLEY_LEAN * BODY_PX]
        if near:
            bottom = min(near, key=lambda column: abs(column - top))
            ends = upper[top], max(height - 1 - lower[bottom], upper[top] + 1)
            seams.append(np.interp(np.arange(height), ends, (top, bottom)).round().astype(int))
    return np.array(sorted(seams, key=lambda seam: int(seam.sum())), int).reshape(-1, height)


def _pick_valleys(depths: np.ndarray) -> list[int]:
    """Pick the columns at which an outline is deepest, by how much deeper it is than the peaks on both sides."""
    peaks = np.maximum(np.minimum.accumulate(depths), np.minimum.accumulate(depths[::-1])[::-1])
    depth = depths - peaks
    picked: list[int] = []
    for column in np.argsort(-depth, kind="stable"):
        if depth[column] < VALLEY_DEPTH * BODY_PX:
            break
        if all(abs(column - other) >= VALLEY_DISTANCE * BODY_PX for other in picked):
            level = np.flatnonzero(depth[column:] < depth[column])
            picked.append(int(column + (level[0] - 1 if len(level) else 0) // 2))
    return picked


def _merge(cheap: np.ndarray, valleys: np.ndarray) -> np.ndarray:
    """Put seams of both kinds in order, from left to right; a valley's own where no cheap one is near."""
    new = [seam for seam in valleys if not len(cheap) or np.abs(cheap - seam).mean(axis=1).min() > SAME_SEAM * BODY_PX]
    both = sorted([*cheap, *new], key=lambda seam: float(seam.mean()))
    # Seams may meet, but never cross.
    return np.maximum.accumulate(np.array(both, int).reshape(-1, cheap.shape[1]), axis=0)


def _chunks(chosen: Sequence[int], inks: Sequence[np.ndarray]) -> list[list[int]]:
    """Divide components so that each part's strip is of bounded width, and holds components of like height."""
    chunks: list[list[int]] = []
    room: dict[int, tuple[list[int], int]] = {}
    for i in chosen:
        height, width = _strip_height(inks[i]), inks[i].shape[1] + 2
        chunk, left = room.get(height, ([], 0))
        if width > left:
            chunk, left = [], STRIP_PX
            chunks.append(chunk)
        chunk.append(i)
        room[height] = chunk, left - width
    return chunks


def _strip_height(ink: np.ndarray) -> int:
    """Height of the strip for a component: not that of its neighbours, on which its cuts must not depend."""
    return -(-len(ink) // STRIP_STEP_PX) * STRIP_STEP_PX


def _lay_out(inks: Sequence[np.ndarray]) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """Lay components side by side, float32 0-1, with a wall before, between and after them; and where they begin."""
    height = _strip_height(inks[0])
    strip = np.zeros((height, sum(ink.shape[1] for ink in inks) + len(inks) + 1), np.float32)
    corners = []
    column = 0
    for ink in inks:
        top = (height - len(ink)) // 2
        strip[:, column] = WALL
        corners.append((top, column + 1))
        strip[top : top + len(ink), column + 1 : column + 1 + ink.shape[1]] = ink / np.float32(255)
        column += 1 + ink.shape[1]
    strip[:, column] = WALL
    return strip, corners


def _cheapest_paths(strip: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the cheapest path through each column at half height: its columns (h, w) and its cost (w,).

    Both halves at once, from the first row down and from the last row up; the two rows in the middle share a column.
    """
    height, width = strip.shape
    halves = np.stack([strip[: height // 2], strip[: height // 2 - 1 : -1]], axis=1)
    steps = np.zeros(halves.shape, np.int8)
    total = halves[0].copy()
    from_left, from_right = np.full((2, *total.shape), np.inf, np.float32)
    for y in range(1, len(halves)):
        np.add(total[:, :-1], DRIFT_COST, out=from_left[:, 1:])
        np.add(total[:, 1:], DRIFT_COST, out=from_right[:, :-1])
        np.copyto(steps[y], -1, where=from_left < total)
        np.minimum(total, from_left, out=total)
        np.copyto(steps[y], 1, where=from_right < total)
        np.minimum(total, from_right, out=total)
        total += halves[y]
    paths = np.empty(halves.shape, np.int64)
    paths[-1] = np.arange(width)
    lower = np.array([[0], [width]])
    for y in range(len(halves) - 1, 0, -1):
        paths[y - 1] = paths[y] + steps[y].ravel()[paths[y] + lower]
    return np.concatenate([paths[:, 0], paths[::-1, 1]]), total.sum(axis=0)


def _ink_left_of(strip: np.ndarray, paths: np.ndarray) -> np.ndarray:
    """Sum the ink to the left of each path, walls not counted: (w,)."""
    ink = np.where(strip < WALL, strip, 0)
    summed = np.cumsum(ink, axis=1, dtype=np.float32) - ink
    return np.take_along_axis(summed, paths, axis=1).sum(axis=0)


def _choose(paths: np.ndarray, costs: np.ndarray, left: np.ndarray, pen_px: float, fineness: Fineness) -> np.ndarray:
    """Choose one component's seams among its paths: those that cross less than their rivals, and few strokes."""
    costs = np.where((left >= SMALLEST_SIDE) & (left <= 1 - SMALLEST_SIDE), costs, np.float32(WALL))
    rivals = cv2.erode(costs[None], np.ones((1, 2 * round(RIVALS * BODY_PX) + 1), np.uint8))[0]
    candidates = np.flatnonzero((costs <= rivals) & (costs <= CUT_STROKES * pen_px + 2.0))
    middles = paths.mean(axis=0)
    chosen: list[int] = []
    for path in candidates[np.argsort(costs[candidates], kind="stable")]:
        if all(abs(middles[path] - middles[other]) >= fineness.distance * BODY_PX for other in chosen):
            chosen.append(int(path))
    chosen.sort(key=lambda path: middles[path])
    return paths[:, chosen].T
