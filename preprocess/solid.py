"""Solid: a filled shape is no stroke, though only its outline differs from its surroundings."""

import cv2
import numpy as np

from preprocess.levels import count_levels, median, percentile
from preprocess.lines import Components

LARGE_SHARE = 0.12
# Holes and rims of what is large are as well seen on a smaller picture, of about so many px and twice as many at most.
COARSE_PX = 80
DARK_SHARE = 0.4
DARK_RIM = 0.1
RIM_SHARE = 0.06
# Lines are no wider than so many px of that picture.
LINE_PX = 5


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
        step = max(1, int(sides[i]) // COARSE_PX)
        labels = components.labels[window]
        own = _show(labels == components.ids[i], step)
        others = cv2.subtract(_show(labels > 0, step), own) if by_rim else None
        solid[i] = is_solid(np.ascontiguousarray(grey[window][::step, ::step]), own, others)
    return solid


def is_solid(grey: np.ndarray, own: np.ndarray, others: np.ndarray | None = None) -> bool:
    """Say whether a component's holes, or much of its rim beside other ink, are nearer to its grey than to paper's.

    Parameters
    ----------
    grey : ndarray of uint8, shape (h, w)
    own, others : ndarray of uint8, shape (h, w)
        255 where the component is, and where other ink is.
    """
    outlines, _ = cv2.findContours(own, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = cv2.drawContours(np.zeros_like(own), outlines, -1, 255, cv2.FILLED)
    # The rims of strokes belong neither to the hole nor to the paper.
    near = _widen(own, 5)
    hole, paper = cv2.subtract(filled, near), cv2.bitwise_not(cv2.max(filled, near))
    has_hole = cv2.countNonZero(hole) >= cv2.countNonZero(own) // 4
    if not cv2.countNonZero(paper) or (others is None and not has_hole):
        return False
    grey = _even_out(grey, paper)
    light = median(grey, paper)
    dark = percentile(count_levels(grey, own), 0.1)
    least = DARK_SHARE * max(light - dark, 1.0)
    if has_hole and light - median(grey, hole) > least:
        return True
    if others is None:
        return False
    # Far enough away that the softest stroke has ended.
    reach = 2 * max(3, round(RIM_SHARE * max(own.shape))) + 1
    past = _widen(own, reach)
    rim = cv2.subtract(_widen(past, reach), cv2.max(past, cv2.max(filled, others)))
    # A printed line beside it is no more of the shape.
    counts = count_levels(cv2.morphologyEx(grey, cv2.MORPH_CLOSE, np.ones((LINE_PX, LINE_PX), np.uint8)), rim)
    return bool(counts[np.arange(len(counts)) < light - least].sum() > DARK_RIM * counts.sum())


def _even_out(grey: np.ndarray, paper: np.ndarray) -> np.ndarray:
    """Take out how the light falls off over the paper, along and across: as the medians of its halves tell."""
    evened = grey.astype(np.float32)
    for axis in (0, 1):
        places = np.arange(grey.shape[axis], dtype=np.float32) - (grey.shape[axis] - 1) / 2
        halves = [(np.compress(half, grey, axis), np.compress(half, paper, axis)) for half in (places < 0, places > 0)]
        if all(cv2.countNonZero(own_paper) for _, own_paper in halves):
            before, after = (median(*half) for half in halves)
            slope = (after - before) / (grey.shape[axis] / 2)
            evened -= slope * np.expand_dims(places, 1 - axis)
    return np.clip(evened, 0, 255).astype(np.uint8)


def _show(is_there: np.ndarray, step: int) -> np.ndarray:
    """Make a mask of what is there: 255, elsewhere 0; squares of so many px become one, which no stroke is lost by."""
    mask = cv2.threshold(is_there.view(np.uint8), 0, 255, cv2.THRESH_BINARY)[1]
    if step == 1:
        return mask
    return np.ascontiguousarray(cv2.dilate(mask, np.ones((step, step), np.uint8), anchor=(0, 0))[::step, ::step])


def _widen(mask: np.ndarray, side_px: int) -> np.ndarray:
    """Let a mask grow by half of so many px in each direction."""
    return cv2.dilate(mask, np.ones((side_px, side_px), np.uint8))
