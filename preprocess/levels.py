"""Levels: a picture's grey levels are counted, which tells its medians and percentiles without sorting pixels."""

import cv2
import numpy as np


def count_levels(picture: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray:
    """Count how many pixels of a picture have each level.

    Parameters
    ----------
    picture : ndarray of uint8, shape (H, W)
    mask : ndarray of uint8, shape (H, W), optional
        Which pixels count: those that are not 0.

    Returns
    -------
    ndarray of float32, shape (256,)
    """
    return cv2.calcHist([np.ascontiguousarray(picture)], [0], mask, [256], [0, 256]).ravel()


def percentile(counts: np.ndarray, share: float) -> float:
    """Level below which a share of the counted pixels lies, between two levels where it falls between two pixels.

    Parameters
    ----------
    counts : ndarray of float32, shape (256,)
        From `count_levels`; at least one pixel.
    share : float
        0-1; 0.5 gives the median.

    Returns
    -------
    float
        As `numpy.percentile` has it, which takes some ten times as long.
    """
    below = np.cumsum(counts)
    place = share * (float(below[-1]) - 1)
    first, second = np.searchsorted(below, [np.floor(place), np.ceil(place)], side="right").tolist()
    return first + (second - first) * (place - float(np.floor(place)))


def median(picture: np.ndarray, mask: np.ndarray | None = None) -> float:
    """Median of a picture's levels, or of those that a mask shows; of at least one pixel."""
    return percentile(count_levels(picture, mask), 0.5)


def level_below(picture: np.ndarray, share: float) -> int:
    """Lowest level that, with all levels below it, has at least that share of a picture's pixels."""
    return int(np.searchsorted(np.cumsum(count_levels(picture)), share * picture.size))
