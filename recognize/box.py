"""Box: where a run's ink lies in the frame that the user gave."""

from collections.abc import Sequence

import cv2
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
    spots = [np.concatenate([_spots(piece) for piece in pieces]) for pieces in groups]
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


def room_to_edge(box: Box, size: tuple[int, int]) -> int:
    """Measure how far a box is from the nearest side of a picture of so much width and height, px."""
    left, top, right, bottom = box
    return min(left, top, size[0] - right, size[1] - bottom)


def around(boxes: list[Box]) -> Box:
    """Box around boxes."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _spots(piece: Piece) -> np.ndarray:
    """Middles of the ink's pixels, px of the run: (n, 2); of its box's corners where all of it is faint."""
    found = cv2.findNonZero(cv2.threshold(piece.ink, SOFT_EDGE, 255, cv2.THRESH_BINARY)[1])
    if found is None:
        height, width = piece.ink.shape
        found = np.array([[0, 0], [width - 1, height - 1]])
    return np.add(found.reshape(-1, 2), (piece.left + 0.5, piece.top + 0.5))
