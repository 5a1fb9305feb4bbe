"""Skew and slant: how far the rows of a page climb, and how far the strokes of a number lean."""

import cv2
import numpy as np

LARGEST_SKEW_DEG = 12.0
SMALLEST_SKEW_DEG = 1.0
LARGEST_SLANT = 0.8
SLANT_STEPS = 17


def estimate_skew(boxes: np.ndarray) -> float:
    """Estimate the page's skew from where its components stand.

    At the right angle the components' middles fall into few rows, so the squared row histogram is largest
    (Postl 1986, with components in the place of pixels).

    Parameters
    ----------
    boxes : ndarray of float, shape (n, 4)
        left, top, right, bottom in px.

    Returns
    -------
    float
        Degrees, positive when rows climb to the right; 0 where there are too few components to tell.
    """
    if len(boxes) < 5:
        return 0.0
    heights = boxes[:, 3] - boxes[:, 1]
    body = float(np.median(heights))
    boxes = boxes[(heights > 0.5 * body) & (heights < 2 * body)]
    middles = np.stack([boxes[:, [0, 2]].mean(axis=1), boxes[:, [1, 3]].mean(axis=1)], axis=1)
    if len(middles) < 5:
        return 0.0
    angles = np.arange(-LARGEST_SKEW_DEG, LARGEST_SKEW_DEG + 0.1, 0.5)
    scores = np.array([_row_score(middles, angle, 0.35 * body) for angle in angles])
    best = int(scores.argmax())
    level = float(scores[len(angles) // 2])
    # A few components line up at some angle by chance; a level page needs no proof.
    if scores[best] < 1.25 * level or abs(angles[best]) < SMALLEST_SKEW_DEG:
        return 0.0
    return float(angles[best])


def _row_score(middles: np.ndarray, angle: float, bin_px: float) -> float:
    """Sum of squared row counts when the page is turned back by `angle`."""
    radians = np.deg2rad(angle)
    rows = middles[:, 1] * np.cos(radians) + middles[:, 0] * np.sin(radians)
    position = (rows - rows.min()) / bin_px
    whole = np.floor(position).astype(int)
    part = position - whole
    counts = np.bincount(whole, 1 - part, whole.max() + 2) + np.bincount(whole + 1, part, whole.max() + 2)
    return float((counts**2).sum())


def turn_page(picture: np.ndarray, degrees: float) -> tuple[np.ndarray, np.ndarray]:
    """Turn a picture clockwise by `degrees` about its middle, keeping its size.

    Returns
    -------
    picture : ndarray
        Same shape and dtype; black comes in at the corners.
    matrix : ndarray of float64, shape (3, 3)
        From the old pixels to the new ones.
    """
    height, width = picture.shape[:2]
    matrix = np.eye(3)
    matrix[:2] = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -degrees, 1.0)
    return cv2.warpAffine(picture, matrix[:2], (width, height), flags=cv2.INTER_LINEAR), matrix


def estimate_slant(ink: np.ndarray) -> float:
    """Estimate how far the strokes lean: the shear at which the columns are most unlike each other.

    Parameters
    ----------
    ink : ndarray of uint8, shape (h, w)
        One number's ink.

    Returns
    -------
    float
        Horizontal px per px of height, positive when strokes lean to the right; within +-`LARGEST_SLANT`.

    References
    ----------
    Vinciarelli and Luettin 2001, "A new normalization technique for cursive handwritten words": the slant is
    the shear that gives the projection profile its highest peaks.
    """
    height, width = ink.shape
    small = cv2.resize(ink, (max(1, round(width * 24 / height)), 24), interpolation=cv2.INTER_AREA)
    ys, xs = np.nonzero(small > 80)
    if len(xs) < 12:
        return 0.0
    weights = small[ys, xs].astype(np.float32)
    slants = np.linspace(-LARGEST_SLANT, LARGEST_SLANT, SLANT_STEPS)
    columns = (xs + 0.5) + np.outer(slants, ys) + 24
    scores = np.array([_peak_score(row, weights) for row in columns])
    # Leaning has to pay: an upright reading is kept unless another is clearly better.
    scores *= 1 - 0.15 * np.abs(slants)
    best = int(scores.argmax())
    return float(slants[best]) if scores[best] > 1.08 * scores[SLANT_STEPS // 2] else 0.0


def _peak_score(columns: np.ndarray, weights: np.ndarray) -> float:
    """Sum of squared column sums."""
    whole = columns.astype(int)
    return float((np.bincount(whole, weights) ** 2).sum())
