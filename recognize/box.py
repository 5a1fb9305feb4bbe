"""Box: where a run's ink lies in the frame that the user gave."""

import numpy as np

from preprocess.page import Page
from preprocess.pieces import SOFT_EDGE, Piece, Run
from recognize.reading import Box


def box_in_frame(pieces: tuple[Piece, ...], run: Run, page: Page) -> Box:
    """Box around the ink of pieces, in px of the frame, within it.

    The ink itself is mapped, and not its box: on strokes that were stood upright the two differ.
    """
    matrix = page.to_frame @ run.to_page
    spots = np.concatenate([_outline(piece) for piece in pieces])
    places = spots @ matrix[:2, :2].T + matrix[:2, 2]
    # Pixels have an extent; under a linear map it is the same for all of them.
    reach = np.abs(matrix[:2, :2]).sum(axis=1) / 2
    (x0, y0), (x1, y1) = np.floor(places.min(axis=0) - reach + 0.5), np.ceil(places.max(axis=0) + reach - 0.5)
    left, top = min(max(0, int(x0)), page.frame.width - 1), min(max(0, int(y0)), page.frame.height - 1)
    return left, top, max(left + 1, min(int(x1), page.frame.width)), max(top + 1, min(int(y1), page.frame.height))


def around(boxes: list[Box]) -> Box:
    """Box around boxes."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _outline(piece: Piece) -> np.ndarray:
    """First and last ink pixel's middle of each row, px of the run: (n, 2); of its box where all of it is faint."""
    solid = piece.ink > SOFT_EDGE
    rows = np.flatnonzero(solid.any(axis=1))
    if not len(rows):
        left, top, right, bottom = piece.box
        return np.array([[left + 0.5, top + 0.5], [right - 0.5, bottom - 0.5]])
    width = solid.shape[1]
    first = solid[rows].argmax(axis=1)
    last = width - 1 - solid[rows, ::-1].argmax(axis=1)
    spots = np.empty((2 * len(rows), 2))
    spots[:, 0] = np.concatenate([first, last]) + (piece.left + 0.5)
    spots[:, 1] = np.tile(rows, 2) + (piece.top + 0.5)
    return spots
