"""Solid: a filled shape is no stroke, though only its outline differs from its surroundings."""

import cv2
import numpy as np

from preprocess.lines import Components

LARGE_SHARE = 0.12
DARK_SHARE = 0.4
DARK_RIM = 0.1
RIM_SHARE = 0.06


def find_solid(grey: np.ndarray, components: Components, by_rim: bool = True) -> np.ndarray:
    """Find large components whose holes, or whose surroundings, are as dark as themselves.

    Under a shape that is wider than any stroke the background estimate takes the shape's own colour, and a disc
    comes out as a ring, a star as its spikes. A 0's hole has the paper's colour, a disc's has not; and a stroke
    ends where the paper begins, a spike goes on.

    Parameters
    ----------
    grey : ndarray of uint8, shape (H, W)
        Dark ink on light paper.
    components : Components
    by_rim : bool
        Whether the surroundings are looked at too; where digits fill a picture, they are the surroundings.

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    solid = np.zeros(len(components.boxes), bool)
    sides = np.maximum(components.widths, components.heights)
    for i in np.flatnonzero(sides >= LARGE_SHARE * max(grey.shape)):
        left, top, right, bottom = (int(v) for v in components.boxes[i])
        reach = max(3, round(3 * RIM_SHARE * sides[i]))
        window = np.s_[max(0, top - reach) : bottom + reach, max(0, left - reach) : right + reach]
        labels = components.labels[window]
        own = labels == components.ids[i]
        solid[i] = is_solid(grey[window], own.view(np.uint8), (labels > 0) & ~own if by_rim else None)
    return solid


def is_solid(grey: np.ndarray, own: np.ndarray, others: np.ndarray | None = None) -> bool:
    """Say whether a component's holes, or much of its rim beside other ink, are nearer to its grey than to paper's."""
    outlines, _ = cv2.findContours(own, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = cv2.drawContours(np.zeros_like(own), outlines, -1, 1, cv2.FILLED)
    # The rims of strokes belong neither to the hole nor to the paper.
    near = cv2.dilate(own, np.ones((5, 5), np.uint8))
    hole, paper = (filled > 0) & (near == 0), (filled == 0) & (near == 0)
    has_hole = int(hole.sum()) >= int(own.sum()) // 4
    if not paper.any() or (others is None and not has_hole):
        return False
    light = float(np.median(grey[paper]))
    dark = float(np.percentile(grey[own > 0], 10))
    least = DARK_SHARE * max(light - dark, 1.0)
    if has_hole and light - float(np.median(grey[hole])) > least:
        return True
    if others is None:
        return False
    # Far enough away that the softest stroke has ended.
    reach = 2 * max(3, round(RIM_SHARE * max(own.shape))) + 1
    past = cv2.dilate(own, np.ones((reach, reach), np.uint8))
    rim = (filled == 0) & (past == 0) & ~others & (cv2.dilate(past, np.ones((reach, reach), np.uint8)) > 0)
    return bool(rim.any()) and float((light - grey[rim].astype(np.float32) > least).mean()) > DARK_RIM
