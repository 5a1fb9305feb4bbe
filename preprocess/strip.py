"""Strip: a run's ink as the line reader sees it, all of it at once; training feeds it through the same function."""

from dataclasses import dataclass

import cv2
import numpy as np

from preprocess.pieces import BODY_PX, Piece, Run, join, span_box

HEIGHT_PX = 32
SCALE = 20 / BODY_PX
MARGIN_PX = 8
FRAME_PX = 2


@dataclass(frozen=True, eq=False)
class Strip:
    """A run's ink, small.

    Parameters
    ----------
    image : ndarray of uint8, shape (32, w)
        255 = full ink; a digit is about 20 px tall, and the centre of mass in the middle row. `w` is even.
    left : int
        The run's column at which the ink begins, px of the run.
    """

    image: np.ndarray
    left: int

    def column_of(self, x: float) -> float:
        """Where a column of the run lies in the strip, px."""
        return (x - self.left) * SCALE + MARGIN_PX

    def frames_of(self, piece: Piece) -> tuple[int, int]:
        """First frame of a piece, and the first behind it: the line reader looks at every second column."""
        left, _, right, _ = piece.box
        start = int(self.column_of(left) / FRAME_PX)
        stop = int(np.ceil(self.column_of(right) / FRAME_PX))
        return start, min(max(stop, start + 1), self.image.shape[1] // FRAME_PX)


def to_strip(run: Run) -> Strip:
    """Lay all pieces of a run on a strip.

    Parameters
    ----------
    run : Run
        With a piece at least.
    """
    left, _, _, _ = span_box(run.pieces)
    ink = join(run.pieces)
    height, width = max(1, round(len(ink) * SCALE)), max(1, round(ink.shape[1] * SCALE))
    small = cv2.resize(ink, (width, height), interpolation=cv2.INTER_AREA)
    image = np.zeros((HEIGHT_PX, width + 2 * MARGIN_PX + width % 2), np.uint8)
    shift = HEIGHT_PX // 2 - _middle_row(small)
    top, bottom = max(0, shift), min(HEIGHT_PX, shift + height)
    image[top:bottom, MARGIN_PX : MARGIN_PX + width] = small[top - shift : bottom - shift]
    return Strip(image, left)


def displace(image: np.ndarray, right_px: float, down_px: float) -> np.ndarray:
    """Displace what is on a strip, by parts of a pixel too.

    Parameters
    ----------
    image : ndarray of uint8, shape (h, w)
    right_px, down_px : float

    Returns
    -------
    ndarray of uint8, shape (h, w)
    """
    to_place = np.array([[1.0, 0.0, right_px], [0.0, 1.0, down_px]])
    return cv2.warpAffine(image, to_place, (image.shape[1], len(image)), flags=cv2.INTER_LINEAR)


def _middle_row(ink: np.ndarray) -> int:
    """Row of the centre of mass."""
    mass = ink.sum(axis=1, dtype=float)
    return round(float(mass @ np.arange(len(ink)) / max(float(mass.sum()), 1.0)))
