"""Ink: from contrast to strokes. A soft 0-255 picture, and the mask of what counts as written."""

import cv2
import numpy as np

from preprocess.levels import count_levels, level_below
from preprocess.pieces import SOFT_EDGE

CLEAN_SHARE, ROUGH_SHARE = 0.25, 0.42
PAPER_FACTOR = 1.6
FAINT_SHARE = 0.5
GLOBAL_SHARE = 0.22
FLOOR = 14
NOISE_FACTOR = 5.0
# Of ink as pale as a pencil's, half the threshold may show so many times as much, or else this share of a page, and no
# more than that share; of grain it shows more.
PALE, MOST_PALER, LEAST_PALE, MOST_PALE = 40, 2.8, 0.07, 0.1
# Where a picture's strongest ink is no stronger, and noise is less, a pencil's grain breaks strokes: gaps are mended.
FEEBLE, GAP_PX, MENDED = 60, 9, 170
SMALLEST_BLOCK_PX = 8
BLOCKS = 24


def threshold_ink(contrast: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Separate strokes from paper by the strength of the strokes nearby.

    A pixel is ink when it has at least a certain share of the strongest contrast in its neighbourhood: faint
    pencil beside bold marker is kept, a cheque's security pattern under a pen is not. On clean paper the share is
    low, so that the dry end of a marker's stroke is kept; on a pattern it is higher. Two floors hold where nothing
    is written: the noise of this picture, and a share of its strongest ink.

    Parameters
    ----------
    contrast : ndarray of uint8, shape (H, W)
        From `light.measure_contrast`.

    Returns
    -------
    ink : ndarray of uint8, shape (H, W)
        Soft strokes: 255 = as dark as the ink gets around here, 0 = paper.
    mask : ndarray of uint8, shape (H, W)
        255 where there is ink, else 0.
    faint : ndarray of uint8, shape (H, W)
        255 where there is ink or what may be printed ruling, at half of ink's threshold.
    """
    smooth = cv2.GaussianBlur(contrast, (3, 3), 0)
    strength = estimate_strength(smooth)
    floor = max(FLOOR, NOISE_FACTOR * estimate_noise(contrast), GLOBAL_SHARE * float(strength.max()))
    full_here = np.maximum(strength, floor / ROUGH_SHARE)
    full = _spread(full_here, contrast.shape)
    least_here = np.maximum(full_here * choose_share(smooth, full), min(floor, 255))
    mask = cv2.compare(smooth, _spread(least_here, contrast.shape), cv2.CMP_GT)
    faint = cv2.compare(smooth, _spread(FAINT_SHARE * least_here, contrast.shape), cv2.CMP_GT)
    soft = cv2.divide(smooth, full, scale=290.0)
    if floor <= FLOOR and float(strength.max()) <= FEEBLE:
        soft, mask = mend(soft, mask, faint)
    return cv2.bitwise_and(soft, cv2.dilate(mask, np.ones((3, 3), np.uint8))), mask, faint


def mend(soft: np.ndarray, mask: np.ndarray, faint: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Close the gaps of strokes where there is ink at half the threshold: soft ink, and its mask."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (GAP_PX, GAP_PX))
    whole = cv2.bitwise_or(mask, cv2.bitwise_and(faint, cv2.morphologyEx(mask, cv2.MORPH_CLOSE, kernel)))
    gaps = cv2.subtract(whole, mask)
    return cv2.max(soft, cv2.min(gaps, MENDED)), whole  # type: ignore[call-overload]


def is_pale(contrast: np.ndarray, mask: np.ndarray) -> bool:
    """Say whether most of what counts as ink is paler than pens are."""
    # A quarter of the pixels tells as much.
    some = [np.ascontiguousarray(picture[::2, ::2]) for picture in (contrast, mask)]
    levels = np.cumsum(cv2.calcHist(some[:1], [0], some[1], [256], [0, 256]).ravel())
    return bool(levels[-1]) and int(np.searchsorted(levels, levels[-1] / 2)) <= PALE


def is_grain(mask: np.ndarray, faint: np.ndarray) -> bool:
    """Tell pale ink from the grain of a desk, a cloth or a wall, which has no level at which it ends.

    Parameters
    ----------
    mask, faint : ndarray of uint8, shape (H, W)
        From `threshold_ink`, without ruled lines.
    """
    # Noise at half the threshold is no grain, and the soft rims of stains are not all over the picture.
    inked, paler = (cv2.countNonZero(cv2.medianBlur(picture, 5)) for picture in (mask, faint))
    return paler > max(MOST_PALER * inked, LEAST_PALE * mask.size) or paler > MOST_PALE * mask.size


def stroke_width(ink: np.ndarray) -> float:
    """Estimate the pen's width in px: twice the area over the outline's length (by Crofton's count of crossings)."""
    solid = (ink > SOFT_EDGE).view(np.int8)
    crossings = np.count_nonzero(solid[1:] != solid[:-1]) + np.count_nonzero(solid[:, 1:] != solid[:, :-1])
    return 2.0 * (float(ink.sum()) / 255.0) / max(crossings * np.pi / 4, 1.0)


def choose_share(contrast: np.ndarray, full: np.ndarray) -> float:
    """Choose the share of full ink at which ink begins, by how dark this paper's own texture gets."""
    step = max(1, max(contrast.shape) // 240)
    shares = cv2.divide(contrast[::step, ::step], full[::step, ::step], scale=255.0)
    counts = count_levels(shares)[: int(255 * ROUGH_SHARE)]
    paper = int(np.searchsorted(np.cumsum(counts), 0.95 * counts.sum())) / 255.0
    return float(np.clip(PAPER_FACTOR * paper, CLEAN_SHARE, ROUGH_SHARE))


def estimate_noise(contrast: np.ndarray) -> float:
    """Estimate the paper's noise: the median absolute difference of neighbours, as a standard deviation."""
    rows = contrast[:: max(1, round(max(contrast.shape) / 160))]
    if rows.shape[1] < 3:
        return 0.0
    difference = cv2.absdiff(rows[:, 2:], rows[:, :-2])
    return level_below(difference, 0.5) / 0.954


def estimate_strength(contrast: np.ndarray) -> np.ndarray:
    """Measure how dark the ink gets around each block, as a coarse picture of float32."""
    block = max(SMALLEST_BLOCK_PX, max(contrast.shape) // (4 * BLOCKS))
    height, width = (side // block * block for side in contrast.shape)
    if not height or not width:
        return np.full((1, 1), float(contrast.max()), np.float32)
    reached = cv2.dilate(contrast[:height, :width], np.ones((block, block), np.uint8), anchor=(0, 0))
    peaks = np.ascontiguousarray(reached[::block, ::block])
    # A pen's full darkness is reached by several blocks around a digit; a lone speck's is not.
    peaks = cv2.medianBlur(peaks, 3) if min(peaks.shape) >= 3 else peaks
    reach = 2 * max(2, max(peaks.shape) // BLOCKS) + 1
    spread = cv2.dilate(peaks, np.ones((reach, reach), np.uint8))
    return cv2.blur(spread.astype(np.float32), (reach, reach))


def _spread(coarse: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Bring a coarse picture to full size as uint8."""
    levels = np.clip(coarse, 1, 255).astype(np.uint8)
    return cv2.resize(levels, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)
