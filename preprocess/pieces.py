"""Pieces: what a number's ink was cut into, and which neighbours together may be a digit.

Nothing is decided here. A run of n pieces offers every span of neighbouring pieces as a hypothesis of a digit;
`recognize.lattice` decides which cuts are real (heuristic over-segmentation, LeCun, Bottou, Bengio, Haffner 1998,
"Gradient-based learning applied to document recognition", section V).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

BODY_PX = 48
SOFT_EDGE = 100
MOST_PIECES = 6
WIDEST_SPAN = 2.0
TALLEST_SPAN = 2.0
LOWEST_SPAN = 0.36
# What is lower may be a digit if it is neither a comma nor a dash, and what is lower still if it is a ring, as hurried
# noughts are.
LOWEST_SQUAT, SQUAT_WIDTH, SQUAT_RATIO = 0.32, 0.28, 1.5
LOWEST_RING, LEAST_HOLE_PX = 0.2, 6
WIDEST_GAP = 0.06
TALL_ALONE = 0.72
# Two components that are each as tall as a digit, such as an open 4's, are no wider than that if they are one.
WIDEST_TALL = 1.3


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

    @cached_property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom in px of the run; right and bottom exclusive."""
        return self.left, self.top, self.left + self.ink.shape[1], self.top + self.ink.shape[0]

    @cached_property
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


def group_pieces(pieces: Sequence[Piece]) -> dict[int, list[Piece]]:
    """Group pieces by the components that they were cut from."""
    groups: dict[int, list[Piece]] = {}
    for piece in pieces:
        groups.setdefault(piece.component, []).append(piece)
    return groups


def spans_of(pieces: Sequence[Piece]) -> list[tuple[int, int]]:
    """List the spans (start, stop) of neighbouring pieces that are of a size that a digit may have."""
    spans = []
    chains = _find_low_chains(pieces)
    for start in range(len(pieces)):
        for stop in range(start + 1, min(start + MOST_PIECES, len(pieces)) + 1):
            left, top, right, bottom = span_box(pieces[start:stop])
            if stop > start + 1 and (right - left > WIDEST_SPAN * BODY_PX or bottom - top > TALLEST_SPAN * BODY_PX):
                break
            if stop > start + 1 and _stand_apart(pieces[stop - 2], pieces[stop - 1]):
                break
            if right - left > WIDEST_TALL * BODY_PX and _count_tall(pieces[start:stop]) > 1:
                break
            is_tall = bottom - top >= LOWEST_SPAN * BODY_PX
            if is_tall or _is_low_digit(pieces[start:stop], right - left, bottom - top, chains):
                spans.append((start, stop))
    return spans


def _is_low_digit(pieces: Sequence[Piece], width: int, height: int, chains: set[int]) -> bool:
    """Tell what may be a digit though it is low: what is about square, rings, and what rings were cut from."""
    if height >= LOWEST_SQUAT * BODY_PX and SQUAT_WIDTH * BODY_PX <= width < SQUAT_RATIO * height:
        return True
    if height < LOWEST_RING * BODY_PX:
        return False
    # A cut may take the wall of the next one, and leave a nought open.
    is_link = width >= LOWEST_RING * BODY_PX and {piece.component for piece in pieces} <= chains
    return is_link or _is_ring(join(pieces))


def _find_low_chains(pieces: Sequence[Piece]) -> set[int]:
    """Find the components that are low, were cut, and have paper inside: noughts that hang together."""
    groups = [own for own in group_pieces(pieces).values() if len(own) > 1]
    return {own[0].component for own in groups if _is_low(own) and _is_ring(join(own))}


def _is_low(pieces: Sequence[Piece]) -> bool:
    """Tell what is too low for a digit but for a few kinds of them."""
    _, top, _, bottom = span_box(pieces)
    return bottom - top < LOWEST_SPAN * BODY_PX


def _is_ring(ink: np.ndarray) -> bool:
    """Tell ink with paper inside."""
    paper = cv2.threshold(cv2.copyMakeBorder(ink, 1, 1, 1, 1, cv2.BORDER_CONSTANT), SOFT_EDGE, 1, cv2.THRESH_BINARY_INV)
    count, _, stats, _ = cv2.connectedComponentsWithStats(paper[1], connectivity=4)
    # Label 0 is the ink, and 1, which begins in the corner, is the paper outside.
    return count > 2 and bool(stats[2:, cv2.CC_STAT_AREA].max() >= LEAST_HOLE_PX)


def _stand_apart(left: Piece, right: Piece) -> bool:
    """Tell two pieces that are each as tall as a digit, with paper between them: no pen wrote them as one."""
    gap = right.left - (left.left + left.ink.shape[1])
    return (
        left.component != right.component
        and gap > WIDEST_GAP * BODY_PX
        and min(len(left.ink), len(right.ink)) > TALL_ALONE * BODY_PX
    )


def _count_tall(pieces: Sequence[Piece]) -> int:
    """Count the components of which a piece is as tall as a digit."""
    return len({piece.component for piece in pieces if len(piece.ink) > TALL_ALONE * BODY_PX})


def span_box(pieces: Sequence[Piece]) -> tuple[int, int, int, int]:
    """Box around neighbouring pieces, px of the run."""
    if len(pieces) == 1:
        return pieces[0].box
    lefts, tops, rights, bottoms = zip(*[piece.box for piece in pieces], strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)
