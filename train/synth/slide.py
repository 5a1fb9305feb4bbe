"""Slide: how far one digit's ink is pushed into another's."""

import numpy as np

SOLID = 127


def slide_by_reach(first: np.ndarray, second: np.ndarray, overlap_px: int) -> int:
    """Slide the second digit to the left until it reaches `overlap_px` into the first.

    Parameters
    ----------
    first, second : ndarray of uint8, shape (h, w)
        Ink; of the same height.
    overlap_px : int
        In each row in which both have ink: from the second's left edge to the first's right edge. The largest of
        these is meant; where no row holds ink of both, that of their boxes. Negative for a distance.

    Returns
    -------
    int
        The column of the first at which the second begins.
    """
    right, left = _right_edges(first), _left_edges(second)
    face = (right > 0) & (left < second.shape[1])
    if not face.any():
        return int(right.max() - left.min()) - overlap_px
    return int((right - left)[face].max()) - overlap_px


def slide_by_ink(first: np.ndarray, second: np.ndarray, overlap_px: int) -> int:
    """Slide the second digit to the left until `overlap_px` pixels are ink of both, or a few more.

    It is slid by whole columns, and the last one may add as many pixels as a stroke is long: of pairs slid together
    for 2-30 px, one in five shares 31 to 57.

    Returns
    -------
    int
        The column of the first at which the second begins; where they never share so many, that of their boxes'
        overlap by as many columns.
    """
    under, over = first > SOLID, second > SOLID
    width = first.shape[1]
    start = slide_by_reach(first, second, 0)
    for left in range(start, -second.shape[1], -1):
        begin, stop = max(0, left), min(width, left + second.shape[1])
        shared = under[:, begin:stop] & over[:, begin - left : max(stop, begin) - left]
        if int(shared.sum()) >= overlap_px:
            return left
    return int(_right_edges(first).max() - _left_edges(second).min()) - overlap_px


def _right_edges(ink: np.ndarray) -> np.ndarray:
    """Column behind the last ink of each row; 0 where it has none."""
    return np.where(ink > SOLID, np.arange(1, ink.shape[1] + 1), 0).max(axis=1, initial=0)


def _left_edges(ink: np.ndarray) -> np.ndarray:
    """Column of the first ink of each row; the width where it has none."""
    width = ink.shape[1]
    return np.where(ink > SOLID, np.arange(width), width).min(axis=1, initial=width)
