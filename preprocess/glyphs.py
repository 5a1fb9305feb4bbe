"""Glyphs: a number's ink is stood upright, brought to one size, and cut wherever two digits may touch."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from preprocess.cuts import CLOSELY, ROUGHLY, cut_glyphs
from preprocess.pieces import BODY_PX, SOFT_EDGE, Piece, Run, group_pieces, join, span_box
from preprocess.skew import estimate_slant

SMALLEST_AREA_PX = 6
SMALLEST_CUT_PX = 6


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
    inks: Sequence[np.ndarray],
    origins: Sequence[tuple[float, float]],
    heights_px: Sequence[float],
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
        One for each ink, of which only what is wider than a digit is cut. All components of a page are cut in one go,
        because that is what makes it fast.
    """
    straight = [
        straighten(ink, estimate_slant(ink), BODY_PX / height) for ink, height in zip(inks, heights_px, strict=True)
    ]
    found = [find_glyphs(ink) for ink, _ in straight]
    tall = [glyph.ink for glyphs, height in zip(found, heights_px, strict=True) for glyph in glyphs if is_cut(height)]
    cuts = iter(cut_glyphs(tall, ROUGHLY))
    runs = []
    for (_, matrix), origin, height, glyphs in zip(straight, origins, heights_px, found, strict=True):
        to_page = np.array([[1, 0, origin[0]], [0, 1, origin[1]], [0, 0, 1]]) @ np.linalg.inv(matrix)
        parts = [next(cuts) if is_cut(height) else [glyph.ink] for glyph in glyphs]
        runs.append(Run(_collect_pieces(glyphs, parts), to_page, height))
    return runs


def is_cut(height_px: float) -> bool:
    """Say whether digits are so high on the page that it can be seen where they touch."""
    return height_px >= SMALLEST_CUT_PX


def cut_closely(runs: Sequence[Run], where: Sequence[Collection[int]] | None = None) -> list[Run]:
    """Propose more pieces of runs that had been cut roughly.

    Parameters
    ----------
    runs : sequence of Run
    where : sequence of collection of int, optional
        The components of each run that may be cut; all if not given.

    Returns
    -------
    list of Run
        Of what is not cut any further, the pieces are the same.
    """
    found = [group_pieces(run.pieces) for run in runs]
    chosen = [[c for c in own if where is None or c in where[place]] for place, own in enumerate(found)]
    whole = [join(own[component]) for own, some in zip(found, chosen, strict=True) for component in some]
    parts = iter(cut_glyphs(whole, CLOSELY))
    for own, some in zip(found, chosen, strict=True):
        for component in some:
            left, top, _, _ = span_box(own[component])
            cuts = _place(left, top, next(parts), component)
            if len(cuts) > len(own[component]):
                own[component] = cuts
    return [
        replace(run, pieces=_in_order([piece for pieces in own.values() for piece in pieces]))
        for run, own in zip(runs, found, strict=True)
    ]


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


def _collect_pieces(glyphs: Sequence[Glyph], parts: Sequence[Sequence[np.ndarray]]) -> tuple[Piece, ...]:
    """Put the parts of all components in order."""
    found = enumerate(zip(glyphs, parts, strict=True))
    return _in_order(
        [piece for number, (glyph, cuts) in found for piece in _place(glyph.left, glyph.top, cuts, number)]
    )


def _place(left: int, top: int, cuts: Sequence[np.ndarray], component: int) -> list[Piece]:
    """Make a piece of each part of a component that has any ink, without its margin."""
    pieces = []
    for cut in cuts:
        x, y, width, height = cv2.boundingRect(cut)
        if width and height:
            pieces.append(Piece(left + x, top + y, cut[y : y + height, x : x + width], component))
    return pieces


def _in_order(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Put pieces in order, from left to right by their middles."""
    return tuple(sorted(pieces, key=lambda piece: piece.box[0] + piece.box[2]))
