"""The one normaliser: whatever ink comes in, a 28x28 patch as MNIST's digits are made goes out.

Reading and training both go through `to_patch`; the model card names `NORMALISER`, and a model that was trained
with another one is refused.
"""

from collections.abc import Sequence

import cv2
import numpy as np

NORMALISER = "1"
SIDE_PX = 28
BOX_PX = 20
# Where it may be two digits: as high, and wide enough for both beside each other.
PAIR_SIDE_PX = 44
FAINTEST = 24


def to_patch(ink: np.ndarray) -> np.ndarray:
    """Normalise the ink of one glyph as MNIST's digits were.

    Parameters
    ----------
    ink : ndarray of uint8, shape (h, w)
        255 = full ink, 0 = paper; any size.

    Returns
    -------
    ndarray of float32, shape (28, 28, 1)
        0-1, ink = 1; the longer side of the ink's box is 20 px, its centre of mass lies in the middle. All
        zeros where there is no ink.

    Raises
    ------
    ValueError
        If `ink` is not two-dimensional uint8.

    References
    ----------
    LeCun, Cortes, Burges, "The MNIST database of handwritten digits": "size normalized to fit in a 20x20 pixel
    box while preserving their aspect ratio ... centered in a 28x28 image by computing the center of mass".
    """
    return _normalise(ink, SIDE_PX)


def to_pair_patch(ink: np.ndarray) -> np.ndarray:
    """Normalise the ink of what may be one digit or two, in the same way.

    Parameters
    ----------
    ink : ndarray of uint8, shape (h, w)
        255 = full ink, 0 = paper; any size.

    Returns
    -------
    ndarray of float32, shape (28, 44, 1)
        0-1, ink = 1; the ink's box is 20 px tall, or 36 px wide where it would be wider, and its centre of mass lies
        in the middle. All zeros where there is no ink.

    Raises
    ------
    ValueError
        If `ink` is not two-dimensional uint8.
    """
    return _normalise(ink, PAIR_SIDE_PX)


def to_patches(inks: Sequence[np.ndarray]) -> np.ndarray:
    """Normalise many glyphs: float32 (n, 28, 28, 1)."""
    patches = np.zeros((len(inks), SIDE_PX, SIDE_PX, 1), np.float32)
    for patch, ink in zip(patches, inks, strict=True):
        patch[:] = to_patch(ink)
    return patches


def crop_to_ink(ink: np.ndarray) -> np.ndarray:
    """Cut away the empty margin; shape (0, 0) where there is no ink at all."""
    left, top, width, height = (
        cv2.boundingRect(cv2.threshold(ink, FAINTEST - 1, 255, cv2.THRESH_BINARY)[1]) if ink.size else (0, 0, 0, 0)
    )
    return ink[top : top + height, left : left + width]


def _normalise(ink: np.ndarray, width_px: int) -> np.ndarray:
    """Fit ink in a patch that is 28 px high and so many px wide, with the margin that MNIST's digits have."""
    if not isinstance(ink, np.ndarray) or ink.dtype != np.uint8 or ink.ndim != 2:
        got = f"{ink.dtype} {ink.shape}" if isinstance(ink, np.ndarray) else type(ink).__name__
        raise ValueError(f"ink must be uint8 (h, w), got {got}")
    glyph = crop_to_ink(ink)
    if glyph.size == 0:
        return np.zeros((SIDE_PX, width_px, 1), np.float32)
    return _centre(_fit_box(glyph, width_px - SIDE_PX + BOX_PX), width_px)[..., None]


def _fit_box(glyph: np.ndarray, widest_px: int) -> np.ndarray:
    """Scale to 20 px of height, or to the most px of width, averaging when shrinking; the darkest ink becomes 255."""
    height, width = glyph.shape
    # The side that fills its share of the box first, and what it has to come to.
    longest, box_px = (height, BOX_PX) if height * widest_px >= width * BOX_PX else (width, widest_px)
    if longest != box_px:
        size = max(1, round(width * box_px / longest)), max(1, round(height * box_px / longest))
        glyph = cv2.resize(glyph, size, interpolation=cv2.INTER_AREA if longest > box_px else cv2.INTER_CUBIC)
    # Thin strokes turn grey when they are averaged; MNIST's are not.
    peak = int(glyph.max())
    return cv2.convertScaleAbs(glyph, alpha=255.0 / peak) if 0 < peak < 255 else glyph


def _centre(glyph: np.ndarray, width_px: int) -> np.ndarray:
    """Put the glyph's centre of mass in the middle of the patch, as far as the patch's edges allow."""
    height, width = glyph.shape
    moments = cv2.moments(glyph)
    mass = moments["m00"] or 1.0
    top = _offset(moments["m01"] / mass, height, SIDE_PX)
    left = _offset(moments["m10"] / mass, width, width_px)
    patch = np.zeros((SIDE_PX, width_px), np.float32)
    patch[top : top + height, left : left + width] = glyph
    patch /= 255.0
    return patch


def _offset(centre: float, length: int, side_px: int) -> int:
    """Where a glyph of this length must begin for its centre to fall on the patch's middle."""
    return min(max(round(side_px / 2 - 0.5 - centre), 0), side_px - length)
