"""Marks: what stands between digits and is none, named by its shape and its place."""

from collections.abc import Sequence

import numpy as np

from preprocess.pieces import BODY_PX, SOFT_EDGE, Piece, join, span_box

# All in body heights, but for ratios.
SPECK = 0.08
DASH_RATIO, LEAST_DASH = 1.8, 0.25
ON_THE_LINE = 0.6
TAIL_RATIO, TAIL = 1.35, 0.06
APART = 0.15
SLASH_HEIGHT, SLASH_LEAN, SLASH_RATIO = 0.95, 0.25, 0.16


def name_marks(groups: Sequence[Sequence[Piece]], first: int, last: int) -> str:
    """Name what stands between two digits.

    Parameters
    ----------
    groups : sequence of sequences of Piece
        The pieces of each mark, from left to right.
    first, last : int
        Top and bottom of the number's ink, px of the run.

    Returns
    -------
    str
        ".", ",", "-", "/", ":", "=", or nothing where it is none of them.
    """
    names = [_name(pieces, first, last) for pieces in groups]
    for place in range(len(groups) - 1):
        if _stand_above_each_other(groups[place], groups[place + 1]):
            both = [_name(pieces, first, last, anywhere=True) for pieces in groups[place : place + 2]]
            if "" not in both:
                return "=" if both == ["-", "-"] else ":"
    return next((name for name in names if name), "")


def is_slash(pieces: Sequence[Piece]) -> bool:
    """Tell a slash: one straight stroke, as tall as the digits, that leans where they stand upright."""
    ink = join(pieces)
    if len(ink) < SLASH_HEIGHT * BODY_PX:
        return False
    ys, xs = np.nonzero(ink > SOFT_EDGE)
    if len(xs) < BODY_PX // 2:
        return False
    spread = np.cov(np.stack([xs, ys]).astype(float))
    across, along = np.sqrt(np.maximum(np.linalg.eigvalsh(spread), 0.0))
    lean = -float(spread[0, 1] / spread[1, 1])
    return bool(across < SLASH_RATIO * along and lean > SLASH_LEAN)


def _name(pieces: Sequence[Piece], first: int, last: int, anywhere: bool = False) -> str:
    """Name one mark: a dash, a dot or a comma on the line, a slash, or nothing at all."""
    left, top, right, bottom = span_box(pieces)
    width, height, middle = right - left, bottom - top, (top + bottom) / 2
    if is_slash(pieces):
        return "/"
    if width > DASH_RATIO * height and width > LEAST_DASH * BODY_PX:
        return "-"
    # Specks of paper are smaller than a pen's dot.
    if height <= SPECK * BODY_PX or not (anywhere or middle > first + ON_THE_LINE * (last - first)):
        return ""
    return "," if height > TAIL_RATIO * width and bottom >= last - TAIL * BODY_PX else "."


def _stand_above_each_other(one: Sequence[Piece], other: Sequence[Piece]) -> bool:
    """Tell whether two marks share their columns, with paper between them."""
    a, b = span_box(one), span_box(other)
    shared = min(a[2], b[2]) - max(a[0], b[0])
    return shared > 0.5 * min(a[2] - a[0], b[2] - b[0]) and max(a[1], b[1]) - min(a[3], b[3]) > APART * BODY_PX
