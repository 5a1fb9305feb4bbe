"""Glyphs: a number's ink is stood upright, brought to one size, and cut wherever two digits may touch.

Nothing is decided here. A run of n pieces offers every span of neighbouring pieces as a hypothesis of a digit;
`recognize.lattice` decides which cuts are real (heuristic over-segmentation, LeCun, Bottou, Bengio, Haffner 1998,
"Gradient-based learning applied to document recognition", section V).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from preprocess.skew import estimate_slant

BODY_PX = 48
SOFT_EDGE = 100
SMALLEST_AREA_PX = 6
WIDEST_UNCUT = 0.42
NARROW = 0.85
CUT_DISTANCE = 0.14
# How much ink a cut may cross, in stroke widths: one stroke in what is as narrow as a digit, two in what is wider.
CUT_STROKES_NARROW = 1.7
CUT_STROKES_WIDE = 2.6
DRIFT_COST = 0.12
MOST_PIECES = 5
WIDEST_SPAN = 1.5
TALLEST_SPAN = 2.0
LOWEST_SPAN = 0.36
WIDEST_GAP = 0.06
TALL_ALONE = 0.72
SMALLEST_SIDE = 0.035
STRIP_PX = 6000
STRIP_STEP_PX = 64
WALL = 1e6


@dataclass(frozen=True, eq=False)
class Piece:
    """A part of a number's ink that is never cut again.

    Parameters
    ----------
    left, top : int
        Where it lies in its run, px.
    ink : ndarray of uint8, shape (h, w)
        Its ink alone, 255 = full.
    component : int
        Pieces with the same one were cut from each other.
    """

    left: int
    top: int
    ink: np.ndarray
    component: int

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom in px of the run; right and bottom exclusive."""
        return self.left, self.top, self.left + self.ink.shape[1], self.top + self.ink.shape[0]

    @property
    def mass(self) -> float:
        """How much ink it has, in full pixels."""
        return float(self.ink.sum()) / 255.0


@dataclass(frozen=True, eq=False)
class Run:
    """Neighbouring ink that may be one number.

    Parameters
    ----------
    pieces : tuple of Piece
        From left to right, in the run's own upright pixels, in which a digit is about `BODY_PX` tall.
    to_page : ndarray of float64, shape (3, 3)
        From the run's pixels to the page's.
    height_px : float
        The digits' height in px of the page.
    """

    pieces: tuple[Piece, ...]
    to_page: np.ndarray
    height_px: float


def join(pieces: Sequence[Piece]) -> np.ndarray:
    """Lay neighbouring pieces together again: uint8 (h, w), the ink of a span."""
    if len(pieces) == 1:
        return pieces[0].ink
    left, top, right, bottom = span_box(pieces)
    ink = np.zeros((bottom - top, right - left), np.uint8)
    for piece in pieces:
        x, y = piece.left - left, piece.top - top
        height, width = piece.ink.shape
        window = ink[y : y + height, x : x + width]
        np.maximum(window, piece.ink, out=window)
    return ink


def spans_of(pieces: Sequence[Piece]) -> list[tuple[int, int]]:
    """List the spans (start, stop) of neighbouring pieces that are of a size that a digit may have."""
    spans = []
    for start in range(len(pieces)):
        for stop in range(start + 1, min(start + MOST_PIECES, len(pieces)) + 1):
            left, top, right, bottom = span_box(pieces[start:stop])
            if stop > start + 1 and (right - left > WIDEST_SPAN * BODY_PX or bottom - top > TALLEST_SPAN * BODY_PX):
                break
            if stop > start + 1 and _stand_apart(pieces[stop - 2], pieces[stop - 1]):
                break
            if bottom - top >= LOWEST_SPAN * BODY_PX:
                spans.append((start, stop))
    return spans


def _stand_apart(left: Piece, right: Piece) -> bool:
    """Tell two pieces that are each as tall as a digit, with paper between them: no pen wrote them as one."""
    gap = right.left - (left.left + left.ink.shape[1])
    return (
        left.component != right.component
        and gap > WIDEST_GAP * BODY_PX
        and min(len(left.ink), len(right.ink)) > TALL_ALONE * BODY_PX
    )


def span_box(pieces: Sequence[Piece]) -> tuple[int, int, int, int]:
    """Box around neighbouring pieces, px of the run."""
    lefts, tops, rights, bottoms = zip(*(piece.box for piece in pieces), strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


@dataclass(frozen=True, eq=False)
class Glyph:
    """One component of a run, before it is cut.

    Parameters
    ----------
    left, top : int
        Where it lies in its run, px.
    ink : ndarray of uint8, shape (h, w)
    """

    left: int
    top: int
    ink: np.ndarray


def make_runs(
    inks: Sequence[np.ndarray], origins: Sequence[tuple[float, float]], heights_px: Sequence[float]
) -> list[Run]:
    """Stand numbers upright at the size that cuts and classifier are made for, and propose their pieces.

    Parameters
    ----------
    inks : sequence of ndarray of uint8, shape (h, w)
        Each number's ink alone.
    origins : sequence of (float, float)
        Where each ink's left top corner lies on the page, px.
    heights_px : sequence of float
        The digits' height in each.

    Returns
    -------
    list of Run
        One for each ink. All components of a page are cut in one go, because that is what makes it fast.
    """
    straight = [
        straighten(ink, estimate_slant(ink), BODY_PX / height) for ink, height in zip(inks, heights_px, strict=True)
    ]
    found = [find_glyphs(ink) for ink, _ in straight]
    parts = iter(cut_glyphs([glyph.ink for glyphs in found for glyph in glyphs]))
    runs = []
    for (_, matrix), origin, height, glyphs in zip(straight, origins, heights_px, found, strict=True):
        to_page = np.array([[1, 0, origin[0]], [0, 1, origin[1]], [0, 0, 1]]) @ np.linalg.inv(matrix)
        runs.append(Run(_collect_pieces(glyphs, [next(parts) for _ in glyphs]), to_page, height))
    return runs


def straighten(ink: np.ndarray, slant: float, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Scale ink and shear its slant away, in one warp.

    Returns
    -------
    ink : ndarray of uint8
    matrix : ndarray of float64, shape (3, 3)
        From the ink that came in to the ink that goes out.
    """
    height, width = ink.shape
    shrunk = np.eye(3)
    if scale < 0.6:
        # A warp samples; averaging first keeps thin strokes from breaking.
        size = max(1, round(width * scale)), max(1, round(height * scale))
        shrunk[0, 0], shrunk[1, 1] = size[0] / width, size[1] / height
        ink = cv2.resize(ink, size, interpolation=cv2.INTER_AREA)
        height, width = ink.shape
        scale = 1.0
    lean = slant * scale
    push = max(0.0, -lean * height)
    shear = np.array([[scale, lean, push + 1], [0, scale, 1], [0, 0, 1]])
    size = int(np.ceil(width * scale + abs(lean) * height)) + 2, int(np.ceil(height * scale)) + 2
    flags = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_LINEAR
    return cv2.warpAffine(ink, shear[:2], size, flags=flags), shear @ shrunk


def find_glyphs(ink: np.ndarray) -> list[Glyph]:
    """Separate the components of an upright run; each keeps its soft edge."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        cv2.threshold(ink, SOFT_EDGE, 255, cv2.THRESH_BINARY)[1], connectivity=8, ltype=cv2.CV_16U
    )
    glyphs = []
    for label in range(1, count):
        left, top, width, height, area = stats[label].tolist()
        if area < SMALLEST_AREA_PX:
            continue
        left, top, right, bottom = max(left - 1, 0), max(top - 1, 0), left + width + 1, top + height + 1
        window = ink[top:bottom, left:right]
        if count > 2:
            own = (labels[top:bottom, left:right] == label).view(np.uint8)
            window = window * cv2.dilate(own, np.ones((3, 3), np.uint8))
        glyphs.append(Glyph(left, top, window))
    return glyphs


def cut_glyphs(inks: Sequence[np.ndarray]) -> list[list[np.ndarray]]:
    """Cut each component along its cheapest seams; every part comes in its component's own frame."""
    parts = []
    for ink, seams in zip(inks, find_seams(inks), strict=True):
        if len(seams):
            side = (np.arange(ink.shape[1])[None, None] >= seams[:, :, None]).sum(axis=0)
            parts.append([ink * (side == k).view(np.uint8) for k in range(len(seams) + 1)])
        else:
            parts.append([ink])
    return parts


def find_seams(inks: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Find the paths from top to bottom of each component that cross the least ink.

    The cheapest path to each column of the last row comes from dynamic programming over all components side by
    side, with walls between. Of those paths, the local minima that cross few strokes and leave ink on both
    sides are kept, at most one every `CUT_DISTANCE` bodies.

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
            seams[i] = _choose(paths[:height, own] - start, costs[own], left_ink[own] - before, inks[i], mass)
            before += mass
    return seams


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
    limit = strokes * stroke_width(ink, mass) + 2.0
    middles = paths.mean(axis=0)
    allowed = (costs <= limit) & (left >= SMALLEST_SIDE * mass) & (left <= (1 - SMALLEST_SIDE) * mass)
    candidates = np.flatnonzero(allowed)
    chosen: list[int] = []
    for end in candidates[np.argsort(costs[candidates], kind="stable")]:
        if all(abs(middles[end] - middles[other]) >= CUT_DISTANCE * BODY_PX for other in chosen):
            chosen.append(int(end))
    chosen.sort(key=lambda end: middles[end])
    return paths[:, chosen].T


def stroke_width(ink: np.ndarray, mass: float) -> float:
    """Estimate the pen's width in px: twice the area over the outline's length (by Crofton's count of crossings)."""
    solid = (ink > SOFT_EDGE).view(np.int8)
    crossings = np.count_nonzero(solid[1:] != solid[:-1]) + np.count_nonzero(solid[:, 1:] != solid[:, :-1])
    return 2.0 * mass / max(crossings * np.pi / 4, 1.0)


def _collect_pieces(glyphs: Sequence[Glyph], parts: Sequence[Sequence[np.ndarray]]) -> tuple[Piece, ...]:
    """Put the parts of all components in order, from left to right by their middles."""
    pieces = []
    for number, (glyph, cuts) in enumerate(zip(glyphs, parts, strict=True)):
        for cut in cuts:
            x, y, width, height = cv2.boundingRect(cut)
            if width and height:
                pieces.append(Piece(glyph.left + x, glyph.top + y, cut[y : y + height, x : x + width], number))
    return tuple(sorted(pieces, key=lambda piece: piece.box[0] + piece.box[2]))
