"""Quality: what a picture is like, in figures that advice can be built on."""

from dataclasses import dataclass

import cv2
import numpy as np

from preprocess.levels import count_levels, percentile

EDGE_SAMPLES = 20_000
# Of the ink's contrast, from a pixel to the next: paper's own grain reaches so much, and is no edge.
GRAIN_SHARE = 0.12


@dataclass(frozen=True)
class Quality:
    """What the light, the focus and the size of a picture are like.

    Parameters
    ----------
    brightness : float
        Of the paper, or of the board, 0-255.
    contrast : float
        How much darker the ink is than the paper, 0-1.
    sharpness : float
        Strokes' steepest edge as a share of their contrast per px of the frame, 0-1; a blurred picture is near 0.
    digit_height_px : float
        Typical height of what is written, px of the frame; 0 where nothing is.
    """

    brightness: float
    contrast: float
    sharpness: float
    digit_height_px: float


def measure_quality(
    contrast: np.ndarray, brightness: float, mask: np.ndarray, height_px: float, scale: float
) -> Quality:
    """Measure a page's quality.

    Parameters
    ----------
    contrast, mask : ndarray of uint8, shape (H, W)
        From `light` and `ink`.
    brightness : float
        Of the paper, 0-255.
    height_px : float
        Typical height of what is written, px of these pictures.
    scale : float
        Px of these pictures per px of the frame.
    """
    step = max(1, max(contrast.shape) // 250)
    counts = count_levels(contrast[::step, ::step], np.ascontiguousarray(mask[::step, ::step]))
    if not counts.any() or not height_px:
        return Quality(brightness, 0.0, 0.0, 0.0)
    strength = max(percentile(counts, 0.8), 1.0)
    return Quality(brightness, strength / 255.0, _sharpness(contrast, strength) * scale, height_px / scale)


def _sharpness(contrast: np.ndarray, strength: float) -> float:
    """Slope of the steepest edges, as a share of the ink's contrast per px."""
    height, width = contrast.shape
    if width < 2:
        return 0.0
    step = max(1, height * width // EDGE_SAMPLES)
    edges = cv2.absdiff(contrast[::step, 1:], contrast[::step, :-1])
    counts = count_levels(edges)
    counts[: int(GRAIN_SHARE * strength) + 1] = 0
    return percentile(counts, 0.95) / strength if counts.any() else 0.0
