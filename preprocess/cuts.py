"""Cuts: where two digits may touch, along paths that cross little ink and from valley to valley of the outline.

Nothing is decided here: a cut is a hypothesis, and `recognize.lattice` takes it or leaves it (heuristic
over-segmentation, LeCun, Bottou, Bengio, Haffner 1998, section V).
"""

from collections.abc import Sequence

import numpy as np

from preprocess.ink import stroke_width
from preprocess.pieces import BODY_PX, SOFT_EDGE

WIDEST_UNCUT = 0.42
NARROW = 0.85
CUT_DISTANCE = 0.14
# How much ink a cut may cross, in stroke widths: one stroke in what is as narrow as a digit, two in what is wider.
CUT_STROKES_NARROW = 1.7
CUT_STROKES_WIDE = 2.6
DRIFT_COST = 0.12
SMALLEST_SIDE = 0.035
STRIP_PX = 6000
STRIP_STEP_PX = 64
WALL = 1e6
# Valleys of an outline, in bodies: how deep, how far apart, how far from above to below, how near to another seam.
VALLEY_DEPTH, VALLEY_DISTANCE, VALLEY_LEAN, SAME_SEAM = 0.1, 0.2, 0.3, 0.08
# A seam runs along a stroke, and not across it, when it is in ink for that many pen widths.
ALONG_STROKES = 1.8


def cut_glyphs(inks: Sequence[np.ndarray]) -> list[list[np.ndarray]]:
    """Cut each component along its seams; every part comes in its component's own frame."""
    return [cut_along(ink, seams) if len(seams) else [ink] for ink, seams in zip(inks, find_seams(inks), strict=True)]


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
    parts = []
    starts = np.zeros(len(ink), int)
    for seam in seams:
        deep = np.where(run_along(ink, seam, ALONG_STROKES * pen_px), round(pen_px), 0)
        parts.append(ink * ((columns >= starts[:, None]) & (columns < (seam + deep)[:, None])).view(np.uint8))
        starts = seam - deep
    return [*parts, ink * (columns >= starts[:, None]).view(np.uint8)]


def run_along(ink: np.ndarray, seam: np.ndarray, least_px: float) -> np.ndarray:
    """Tell the rows in which a seam is in ink for at least so many rows on end: bool (h,)."""
    rows, last = np.arange(len(ink)), ink.shape[1] - 1
    inside = (ink[rows, np.minimum(seam, last)] > SOFT_EDGE) | (ink[rows, np.clip(seam - 1, 0, last)] > SOFT_EDGE)
    turns = np.flatnonzero(np.diff(inside, prepend=False, append=False))
    along = np.zeros(len(ink), bool)
    for start, stop in turns.reshape(-1, 2):
        along[start:stop] = stop - start >= least_px
    return along


def find_seams(inks: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Find the paths from top to bottom of each component that cross the least ink, and those between valleys.

    The cheapest path to each column of the last row comes from dynamic programming over all components side by
    side, with walls between. Of those paths, the local minima that cross few strokes and leave ink on both
    sides are kept, at most one every `CUT_DISTANCE` bodies; `find_valleys` adds its own where none is near.

    Returns
    -------
    list of ndarray of int, shape (k, h)
        For each component and seam, the first column to its right, row by row; seams from left to right.
    """
    seams = [np.zeros((0, len(ink)), int) for ink in inks]
    wide = [i for i, ink in enumerate(inks) if ink.shape[1] >= WIDEST_UNCUT * BODY_PX and len(ink) >= 0.3 * BODY_PX]
    for chunk in _chunks(wide, inks):
        strip, starts = _lay_out([inks[i] for i in chunk])
        paths, costs = _cheapest_paths(strip)
        left_ink = _ink_left_of(strip, paths)
        before = 0.0
        for i, start in zip(chunk, starts, strict=True):
            height, width = inks[i].shape
            own = slice(start, start + width)
            mass = float(inks[i].sum()) / 255.0
            cheap = _choose(paths[:height, own] - start, costs[own], left_ink[own] - before, inks[i], mass)
            seams[i] = _merge(cheap, find_valleys(inks[i])) if width >= NARROW * BODY_PX else cheap
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


def _lay_out(inks: Sequence[np.ndarray]) -> tuple[np.ndarray, list[int]]:
    """Lay components side by side, float32 0-1, with a wall before, between and after them."""
    height = _strip_height(inks[0])
    strip = np.zeros((height, sum(ink.shape[1] for ink in inks) + len(inks) + 1), np.float32)
    starts = []
    column = 0
    for ink in inks:
        strip[:, column] = WALL
        starts.append(column + 1)
        strip[: len(ink), column + 1 : column + 1 + ink.shape[1]] = ink / np.float32(255)
        column += 1 + ink.shape[1]
    strip[:, column] = WALL
    return strip, starts


def _cheapest_paths(strip: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find, for each column of the last row, the cheapest path down to it: its columns (h, w) and its cost (w,)."""
    height, width = strip.shape
    steps = np.zeros((height, width), np.int8)
    total = strip[0].copy()
    slanted = np.full((2, width), np.inf, np.float32)
    for y in range(1, height):
        np.add(total[:-1], DRIFT_COST, out=slanted[0, 1:])
        np.add(total[1:], DRIFT_COST, out=slanted[1, :-1])
        from_left, from_right = slanted
        steps[y] = np.where(from_left < total, -1, 0)
        np.minimum(total, from_left, out=total)
        steps[y][from_right < total] = 1
        np.minimum(total, from_right, out=total)
        total += strip[y]
    paths = np.empty((height, width), np.int32)
    paths[-1] = np.arange(width)
    for y in range(height - 1, 0, -1):
        paths[y - 1] = paths[y] + steps[y].take(paths[y])
    return paths, total


def _ink_left_of(strip: np.ndarray, paths: np.ndarray) -> np.ndarray:
    """Sum the ink to the left of each path, walls not counted: (w,)."""
    ink = np.where(strip < WALL, strip, 0)
    summed = np.cumsum(ink, axis=1, dtype=np.float32) - ink
    return np.take_along_axis(summed, paths, axis=1).sum(axis=0)


def _choose(paths: np.ndarray, costs: np.ndarray, left: np.ndarray, ink: np.ndarray, mass: float) -> np.ndarray:
    """Choose one component's seams among its paths: cheap ones first, well apart from each other."""
    strokes = CUT_STROKES_NARROW if ink.shape[1] < NARROW * BODY_PX else CUT_STROKES_WIDE
    limit = strokes * stroke_width(ink) + 2.0
    middles = paths.mean(axis=0)
    allowed = (costs <= limit) & (left >= SMALLEST_SIDE * mass) & (left <= (1 - SMALLEST_SIDE) * mass)
    candidates = np.flatnonzero(allowed)
    chosen: list[int] = []
    for end in candidates[np.argsort(costs[candidates], kind="stable")]:
        if all(abs(middles[end] - middles[other]) >= CUT_DISTANCE * BODY_PX for other in chosen):
            chosen.append(int(end))
    chosen.sort(key=lambda end: middles[end])
    return paths[:, chosen].T
