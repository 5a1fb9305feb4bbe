"""Box: where a run's ink lies in the frame that the user gave."""

from collections.abc import Sequence

import numpy as np

from preprocess.page import Page
from preprocess.pieces import SOFT_EDGE, Piece, Run
from recognize.reading import Box


def box_in_frame(pieces: tuple[Piece, ...], run: Run, page: Page) -> Box:
    """Box around the ink of pieces, in px of the frame, within it."""
    return boxes_in_frame([pieces], run, page)[0]


def boxes_in_frame(groups: Sequence[tuple[Piece, ...]], run: Run, page: Page) -> list[Box]:
    """Boxes around the ink of groups of pieces of one run, in px of the frame, within it.

    The ink itself is mapped, and not its box: on strokes that were stood upright the two differ.
    """
    if not groups:
        return []
    matrix = page.to_frame @ run.to_page
    spots = [np.concatenate([_outline(piece) for piece in pieces]) for pieces in groups]
    places = np.concatenate(spots) @ matrix[:2, :2].T + matrix[:2, 2]
    starts = np.cumsum([0, *map(len, spots[:-1])])
    # Pixels have an extent; under a linear map it is the same for all of them.
    reach = np.abs(matrix[:2, :2]).sum(axis=1) / 2
    first = np.floor(np.minimum.reduceat(places, starts) - reach + 0.5).astype(int).tolist()
    last = np.ceil(np.maximum.reduceat(places, starts) + reach - 0.5).astype(int).tolist()
    width, height = page.frame.width, page.frame.height
    boxes = []
    for (x0, y0), (x1, y1) in zip(first, last, strict=True):
        left, top = min(max(0, x0), width - 1), min(max(0, y0), height - 1)
        boxes.append((left, top, max(left + 1, min(x1, width)), max(top + 1, min(y1, height))))
    return boxes


def height_in_frame(run: Run, page: Page) -> float:
    """Height of a run's digits, px of the frame."""
    return run.height_px * float(np.hypot(*page.to_frame[:2, 1]))


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
