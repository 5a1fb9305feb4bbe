"""Skew and slant: how far the rows of a page climb, and how far the strokes of a number lean."""

import cv2
import numpy as np

from preprocess.lines import body_height

LARGEST_SKEW_DEG = 16.0
# How much better components stand in rows then than as they are: at angles that are often seen, and beyond.
OFTEN_DEG, CLEARER, MUCH_CLEARER = 12.0, 1.25, 1.4
# A paper's ruling tells how a page is turned from its pixels, on a thumbnail cut into upright strips.
LARGEST_TILT_DEG, SMALLEST_TILT_DEG = 16.0, 3.0
TILT_SIDE_PX, STRIP_PX = 256, 4
# How much sharper its lines are at that angle than at most others, and than as it is.
SHARP, SHARPER = 6.5, 2.0
# How much sharper still they are half a step further at most.
FINER = 2.0
SMALLEST_SKEW_DEG = 1.0
LARGEST_SLANT = 0.8
SLANT_STEPS = 17
SLANT_HEIGHT_PX = 24


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
    # Weighed by themselves: specks stand in no rows, however many there are.
    heights = boxes[:, 3] - boxes[:, 1]
    body = body_height(heights, np.ones(len(heights)))
    boxes = boxes[(heights > 0.5 * body) & (heights < 2 * body)]
    middles = np.stack([boxes[:, [0, 2]].mean(axis=1), boxes[:, [1, 3]].mean(axis=1)], axis=1)
    if len(middles) < 5:
        return 0.0
    angles = np.arange(-LARGEST_SKEW_DEG, LARGEST_SKEW_DEG + 0.1, 0.5)
    scores = _row_scores(middles, angles, 0.35 * body)
    best = int(scores.argmax())
    level = float(scores[len(angles) // 2])
    # A few components line up at some angle by chance; a level page needs no proof, and one held far askew needs more.
    proof = CLEARER if abs(angles[best]) <= OFTEN_DEG else MUCH_CLEARER
    if scores[best] < proof * level or abs(angles[best]) < SMALLEST_SKEW_DEG:
        return 0.0
    return float(angles[best])


def _row_scores(middles: np.ndarray, angles: np.ndarray, bin_px: float) -> np.ndarray:
    """Sum of squared row counts when the page is turned back by each angle."""
    radians = np.deg2rad(angles)[:, None]
    rows = middles[:, 1] * np.cos(radians) + middles[:, 0] * np.sin(radians)
    position = (rows - rows.min(axis=1, keepdims=True)) / bin_px
    whole = np.floor(position).astype(int)
    bins = int(whole.max()) + 2
    # All angles are counted at once, each in bins of its own.
    place = (whole + bins * np.arange(len(angles))[:, None]).ravel()
    part = (position - whole).ravel()
    size = bins * len(angles)
    counts = np.bincount(place, 1 - part, size) + np.bincount(place + 1, part, size + 1)[:size]
    return (counts.reshape(len(angles), bins) ** 2).sum(axis=1)


def estimate_tilt(mask: np.ndarray) -> float:
    """Estimate how a ruled page is turned, before its lines are looked for: they are followed only if nearly level.

    At the right angle the lines fall into few rows, and the row profile changes most from row to row (Postl 1986).

    Parameters
    ----------
    mask : ndarray of uint8, shape (h, w)
        All that may be ink, faint lines too.

    Returns
    -------
    float
        Degrees, positive when lines climb to the right; 0 where there are none, and where they are nearly level.
    """
    if not mask.size:
        return 0.0
    scale = TILT_SIDE_PX / max(mask.shape)
    size = max(1, round(mask.shape[1] * scale)) // STRIP_PX, max(1, round(mask.shape[0] * scale))
    if min(size) < 2:
        return 0.0
    # Halving takes a tenth of the time that any other factor takes, and leaves a quarter to it.
    if scale <= 0.5:
        mask = cv2.resize(mask, (mask.shape[1] // 2, mask.shape[0] // 2), interpolation=cv2.INTER_AREA)
    # One pixel of these is as wide as a strip.
    strips = cv2.resize(mask, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    angles = np.arange(-LARGEST_TILT_DEG, LARGEST_TILT_DEG + 0.1, 1.0)
    scores = _line_scores(strips, angles)
    coarse = angles[int(scores.argmax())]
    least = max(SHARP * float(np.median(scores)), SHARPER * float(scores[len(angles) // 2]))
    if FINER * float(scores.max()) < least:
        return 0.0
    finer = coarse + np.arange(-0.75, 0.76, 0.25)
    fine_scores = _line_scores(strips, finer)
    best, tilt = float(fine_scores.max()), float(finer[int(fine_scores.argmax())])
    return tilt if best > least and abs(tilt) >= SMALLEST_TILT_DEG else 0.0


def _line_scores(strips: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Sum of squared steps of the row profile when the page is turned back by each angle: shears do for that."""
    height, count = strips.shape
    middles = (np.arange(count) - (count - 1) / 2) * STRIP_PX
    shifts = np.round(np.tan(np.deg2rad(angles)) * middles[:, None]).astype(int)
    room = int(np.abs(shifts).max(initial=0))
    padded = np.pad(strips.T, ((0, 0), (room, room)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, height, axis=1)
    profiles = np.zeros((len(angles), height), np.float32)
    for window, shift in zip(windows, shifts, strict=True):
        profiles += window[room - shift]
    return (np.diff(profiles, axis=1) ** 2).sum(axis=1)


def turn_page(
    picture: np.ndarray, degrees: float, whole: bool = False, corners: int | None = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Turn a picture clockwise by `degrees` about its middle.

    Parameters
    ----------
    picture : ndarray of uint8, shape (h, w) or (h, w, 3)
    degrees : float
    whole : bool
        Whether it becomes as large as all of it needs, or keeps its size.
    corners : int or None
        What comes in at the corners; None for what is at the edge there.

    Returns
    -------
    picture : ndarray
        Same dtype.
    matrix : ndarray of float64, shape (3, 3)
        From the old pixels to the new ones.
    """
    height, width = picture.shape[:2]
    matrix = np.eye(3)
    matrix[:2] = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -degrees, 1.0)
    if whole:
        cosine, sine = np.abs(matrix[0, :2])
        grown = int(np.ceil(width * cosine + height * sine)), int(np.ceil(width * sine + height * cosine))
        matrix[:2, 2] += (grown[0] - width) / 2, (grown[1] - height) / 2
        width, height = grown
    mode = cv2.BORDER_REPLICATE if corners is None else cv2.BORDER_CONSTANT
    turned = cv2.warpAffine(
        picture, matrix[:2], (width, height), flags=cv2.INTER_LINEAR, borderMode=mode, borderValue=corners or 0
    )
    return turned, matrix


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
    small = cv2.resize(
        ink, (max(1, round(width * SLANT_HEIGHT_PX / height)), SLANT_HEIGHT_PX), interpolation=cv2.INTER_AREA
    )
    ys, xs = np.nonzero(small > 80)
    if len(xs) < 12:
        return 0.0
    weights = small[ys, xs].astype(np.float32)
    slants = np.linspace(-LARGEST_SLANT, LARGEST_SLANT, SLANT_STEPS)
    columns = ((xs + 0.5) + np.outer(slants, ys) + SLANT_HEIGHT_PX).astype(int)
    width = int(columns.max()) + 1
    place = (columns + width * np.arange(SLANT_STEPS)[:, None]).ravel()
    sums = np.bincount(place, np.tile(weights, SLANT_STEPS), width * SLANT_STEPS).reshape(SLANT_STEPS, width)
    scores = (sums**2).sum(axis=1)
    # Leaning has to pay: an upright reading is kept unless another is clearly better.
    scores *= 1 - 0.1 * np.abs(slants)
    best = int(scores.argmax())
    return float(slants[best]) if scores[best] > 1.02 * scores[SLANT_STEPS // 2] else 0.0
