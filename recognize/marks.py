"""Marks: what stands between digits and is none, named by its shape and its place."""

from collections.abc import Sequence

import cv2
import numpy as np

from preprocess.pieces import BODY_PX, LOWEST_SPAN, SOFT_EDGE, Piece, group_pieces, join, span_box

# All in body heights, but for ratios.
SPECK = 0.08
DASH_RATIO, LEAST_DASH = 1.8, 0.25
ON_THE_LINE = 0.6
TAIL_RATIO, TAIL = 1.35, 0.06
APART = 0.15
SLASH_HEIGHT, SLASH_LEAN, SLASH_RATIO = 1.12, 0.35, 0.14
LEAST_UPRIGHT = 0.7


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


def find_slashes(pieces: Sequence[Piece]) -> frozenset[int]:
    """Find the slashes among a run's pieces: straight strokes between others, taller than those, that lean more.

    How much more is what tells: a run is stood upright by all of its strokes, and a slash is one of them. What was cut
    counts as it was before: parts of a digit lean in any way. Nobody writes one beside another mark.
    """
    wholes = group_pieces(pieces)
    tall = [
        place
        for place in range(1, len(pieces) - 1)
        if _is_tall_stroke(wholes[pieces[place].component])
        and all(_height(wholes[pieces[beside].component]) >= LOWEST_SPAN * BODY_PX for beside in (place - 1, place + 1))
    ]
    if not tall:
        return frozenset()
    slashes = {pieces[place].component for place in tall}
    others = [join(own) for component, own in wholes.items() if component not in slashes]
    leans = [_moments(ink)[1] for ink in others if len(ink) > LEAST_UPRIGHT * BODY_PX]
    upright = float(np.median(leans)) if leans else 0.0
    return frozenset(place for place in tall if _moments(pieces[place].ink)[1] - upright > SLASH_LEAN)


def _is_tall_stroke(whole: Sequence[Piece]) -> bool:
    """Tell a component that is one straight stroke, taller than digits are."""
    return len(whole) == 1 and len(whole[0].ink) > SLASH_HEIGHT * BODY_PX and is_stroke(whole[0])


def _height(pieces: Sequence[Piece]) -> int:
    """How tall pieces are together, px."""
    _, top, _, bottom = span_box(pieces)
    return bottom - top


def is_stroke(piece: Piece) -> bool:
    """Tell a piece that is one straight stroke."""
    return _moments(piece.ink)[0] < SLASH_RATIO


def _moments(ink: np.ndarray) -> tuple[float, float]:
    """How wide ink is for its length, along its main axis, and how far it leans to the right for its height."""
    about = cv2.moments(cv2.threshold(ink, SOFT_EDGE, 1, cv2.THRESH_BINARY)[1], binaryImage=True)
    wide, shared, tall = about["mu20"], about["mu11"], about["mu02"]
    if not tall:
        return 1.0, 0.0
    # The eigenvalues of the spread, of which the larger is along the main axis.
    middle, half = (wide + tall) / 2, float(np.hypot((wide - tall) / 2, shared))
    return float(np.sqrt(max(middle - half, 0.0) / (middle + half))), -shared / tall


def _name(pieces: Sequence[Piece], first: int, last: int, anywhere: bool = False) -> str:
    """Name one mark: a dash, a dot or a comma on the line, a slash, or nothing at all."""
    left, top, right, bottom = span_box(pieces)
    width, height, middle = right - left, bottom - top, (top + bottom) / 2
    if height > SLASH_HEIGHT * BODY_PX and all(is_stroke(piece) for piece in pieces):
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
