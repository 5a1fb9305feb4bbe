"""Solid: a filled shape is no stroke, though only its outline differs from its surroundings."""

import cv2
import numpy as np

from preprocess.lines import Components

LARGE_SHARE = 0.12
DARK_SHARE = 0.4


def find_solid(grey: np.ndarray, components: Components) -> np.ndarray:
    """Find large components whose holes are as dark as themselves.

    Under a shape that is wider than any stroke the background estimate takes the shape's own colour, and a disc
    comes out as a ring. A 0's hole has the paper's colour, a disc's has not.

    Parameters
    ----------
    grey : ndarray of uint8, shape (H, W)
        Dark ink on light paper.
    components : Components

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    solid = np.zeros(len(components.boxes), bool)
    sides = np.maximum(components.widths, components.heights)
    for i in np.flatnonzero(sides >= LARGE_SHARE * max(grey.shape)):
        left, top, right, bottom = (int(v) for v in components.boxes[i])
        window = np.s_[max(0, top - 3) : bottom + 3, max(0, left - 3) : right + 3]
        solid[i] = is_solid(grey[window], (components.labels[window] == components.ids[i]).view(np.uint8))
    return solid


def is_solid(grey: np.ndarray, own: np.ndarray) -> bool:
    """Say whether a component's holes are nearer to its ink's grey than to the paper's around it."""
    outlines, _ = cv2.findContours(own, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = cv2.drawContours(np.zeros_like(own), outlines, -1, 1, cv2.FILLED)
    # The rims of strokes belong neither to the hole nor to the paper.
    near = cv2.dilate(own, np.ones((5, 5), np.uint8))
    hole, paper = (filled > 0) & (near == 0), (filled == 0) & (near == 0)
    if hole.sum() < own.sum() // 4 or not paper.any():
        return False
    light = float(np.median(grey[paper]))
    dark = float(np.percentile(grey[own > 0], 10))
    return light - float(np.median(grey[hole])) > DARK_SHARE * max(light - dark, 1.0)
