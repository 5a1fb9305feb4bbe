"""Boxes: frames around numbers, a form's cells and small tables are ruling of their own, however small on the page."""

import cv2
import numpy as np

from preprocess.comb import drop_strokes
from preprocess.lines import Components
from preprocess.rules import Rule, find_both, remove_rules

SMALLEST_PX = 32
# What a box is drawn around is at least this share of its side.
LEAST_CONTENT = 0.2
FEWEST_SIDES = 2
# What is drawn around others is no digit: its sides may be thick.
SLIMNESS = 0.5
# However much a page is filled with boxes, no more is looked at: components, and px as a multiple of the page's.
MOST_HOLDERS, MOST_PAGES = 300, 6


def open_boxes(ink: np.ndarray, mask: np.ndarray, found: Components) -> tuple[np.ndarray, np.ndarray, list[Rule]]:
    """Take away the lines of each component that is a box around others.

    A component that holds others is looked at as a picture of its own, in which its sides run right across.

    Parameters
    ----------
    ink, mask : ndarray of uint8, shape (H, W)
    found : Components
        Of `mask`.

    Returns
    -------
    ink, mask : ndarray of uint8, shape (H, W)
        The same arrays where there is no box.
    walls : list of Rule
        The boxes' upright lines: rows and columns are swapped.
    """
    walls: list[Rule] = []
    room_px = MOST_PAGES * mask.size
    for i in find_holders(found):
        left, top, right, bottom = (int(v) for v in found.boxes[i])
        room_px -= (bottom - top) * (right - left)
        if room_px < 0:
            break
        window = np.s_[top:bottom, left:right]
        own = np.where(found.labels[window] == found.ids[i], np.uint8(255), np.uint8(0))
        level, upright = find_both(own, slimness=SLIMNESS)
        upright = drop_strokes(upright)
        if min(len(level), len(upright)) < FEWEST_SIDES:
            continue
        if not walls:
            ink, mask = ink.copy(), mask.copy()
        around = cv2.dilate(own, np.ones((3, 3), np.uint8))
        opened_ink, opened, _ = remove_rules(cv2.bitwise_and(ink[window], around), own, level, upright)
        ink[window] = cv2.bitwise_or(cv2.bitwise_and(ink[window], cv2.bitwise_not(around)), opened_ink)
        mask[window] = cv2.bitwise_or(cv2.subtract(mask[window], own), opened)
        walls += [rule.shift(top, left) for rule in upright]
    return ink, mask, walls


def find_holders(found: Components) -> np.ndarray:
    """Find the components within whose box there are others of some size: indices, the largest first."""
    boxes, sides = found.boxes, np.minimum(found.widths, found.heights)
    large = np.flatnonzero(sides >= SMALLEST_PX)
    large = large[np.argsort(-sides[large], kind="stable")][:MOST_HOLDERS]
    tall = found.heights >= LEAST_CONTENT * SMALLEST_PX
    content, heights = boxes[tall], found.heights[tall]
    holds = []
    for i in large:
        inside = (content[:, :2] > boxes[i, :2]).all(axis=1) & (content[:, 2:] < boxes[i, 2:]).all(axis=1)
        holds.append(bool((heights[inside] >= LEAST_CONTENT * sides[i]).any()))
    return large[np.array(holds, bool)]
