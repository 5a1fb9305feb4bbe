"""Sheet: what lies beside a sheet on a darker desk, or beside a board on a lighter wall, is painted over."""

import cv2
import numpy as np

from preprocess.levels import count_levels, median, percentile
from preprocess.light import level_light, thumbnail
from preprocess.lines import CUT_OFF_NEAR, Components

THUMBNAIL_PX = 200
PAPER_SIDE_PX = 64
# What is slimmer was cut out of a page, and has no desk around it.
SLIMMEST_PICTURE = 0.3
SMALLEST_SHARE = 0.015
LARGEST_SHARE = 0.97
SMALLEST_BOARD = 0.35
FULLNESS = 0.88
# Of paper in good light; in less light steps are less.
LEAST_STEP, LEAST_EDGE, LIT = 40, 24, 200
# Half of these steps will do where the surround has so many times the sheet's grain: it is no shaded part of the paper,
# and its grain would be taken for ink.
ROUGH_SHARE, ROUGHER, GRAIN_PX = 0.5, 2.0, 7
# Shares of the way from Otsu's level to the lightest.
HIGHER = 0.35, 0.6
EDGE_PX = 3
LET_IN = 0.35
GRAZED_SHARE = 0.25


def isolate(grey: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """Paint what lies beside the sheet, or the board, as it goes on to the picture's edges.

    Parameters
    ----------
    grey : ndarray of uint8, shape (H, W)

    Returns
    -------
    grey : ndarray of uint8, shape (H, W)
        The same picture where neither stands out from its surround.
    beside : ndarray of uint8, shape (H, W), or None
        255 beside the sheet and along its rim, where thumbs and the sheet's own edge are.
    """
    if min(grey.shape) < SLIMMEST_PICTURE * max(grey.shape):
        return grey, None
    small = thumbnail(grey, THUMBNAIL_PX)
    # A board on a wall is a sheet's negative; one that is smaller would be a dark thing on a sheet.
    negative = cv2.bitwise_not(small)
    found = find_sheet(small)
    is_large = found is not None and cv2.countNonZero(found) > found.size // 2
    board = None if is_large else find_sheet(negative, is_board=True)
    if board is not None and (found is None or cv2.countNonZero(board) > cv2.countNonZero(found)):
        painted, beside = _paint(cv2.bitwise_not(grey), negative, board)
        return cv2.bitwise_not(painted), beside
    found = _find_leveled(small) if found is None else found
    return (grey, None) if found is None else _paint(grey, small, found)


def drop_touching(found: Components, mask: np.ndarray, beside: np.ndarray) -> Components:
    """Drop the components that reach beside the sheet: thumbs, shadows and the sheet's own edge.

    What is only grazed there is writing close to the sheet's edge; close to the picture's, it may go on beyond it.
    """
    rim = cv2.bitwise_and(cv2.dilate(beside, np.ones((5, 5), np.uint8)), mask)
    rows = np.flatnonzero(rim.max(axis=1))
    labels = found.labels[rows][rim[rows] > 0]
    touching = np.bincount(labels, minlength=int(found.ids.max(initial=0)) + 1)[found.ids]
    room = np.concatenate([found.boxes[:, :2], mask.shape[::-1] - found.boxes[:, 2:]], axis=1).min(axis=1)
    is_within = room > CUT_OFF_NEAR * min(mask.shape)
    return found.pick(np.flatnonzero(touching <= GRAZED_SHARE * found.areas * is_within))


def _paint(grey: np.ndarray, small: np.ndarray, found: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Paint all but the sheet that was found on a thumbnail: the picture, and what lies beside the sheet."""
    size = grey.shape[1], grey.shape[0]
    # The outline is as coarse as the thumbnail that it was found on; so may what is made of it be.
    sure = cv2.erode(found, np.ones((5, 5), np.uint8), borderValue=0)
    painted = cv2.resize(extend_paper(small, sure), size, interpolation=cv2.INTER_LINEAR)
    inside = cv2.resize(sure, size, interpolation=cv2.INTER_NEAREST)
    cv2.copyTo(grey, inside, painted)
    return painted, cv2.bitwise_not(inside)


def extend_paper(grey: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Continue the sheet's own shade over all of a thumbnail, smoothly, so that its edges leave no step.

    Parameters
    ----------
    grey : ndarray of uint8, shape (h, w)
    inside : ndarray of uint8, shape (h, w)
        255 on the sheet.

    Returns
    -------
    ndarray of uint8, shape (h', w')
        At most `PAPER_SIDE_PX` long. Weighted means of the sheet's paper, near places counting most: wide ones
        first, finer ones over them.
    """
    height, width = grey.shape
    size = max(1, width * PAPER_SIDE_PX // max(grey.shape)), max(1, height * PAPER_SIDE_PX // max(grey.shape))
    known_px = cv2.threshold(cv2.resize(inside, size, interpolation=cv2.INTER_AREA), 250, 1, cv2.THRESH_BINARY)[1]
    weight = known_px.astype(np.float32)
    # Ink would darken the paper: a closing is what the paper around it looks like.
    paper = cv2.morphologyEx(
        cv2.resize(grey, size, interpolation=cv2.INTER_AREA), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)
    )
    shade = np.full(weight.shape, median(paper, known_px) if known_px.any() else 255.0, np.float32)
    for reach in (PAPER_SIDE_PX, PAPER_SIDE_PX // 3, PAPER_SIDE_PX // 9):
        window = reach | 1, reach | 1
        known = cv2.blur(weight, window, borderType=cv2.BORDER_CONSTANT)
        mean = cv2.blur(paper * weight, window, borderType=cv2.BORDER_CONSTANT) / np.maximum(known, 1e-6)
        trust = np.clip(known * 20, 0, 1)
        shade += trust * (mean - shade)
    return np.clip(shade, 0, 255).astype(np.uint8)


def find_sheet(small: np.ndarray, is_board: bool = False) -> np.ndarray | None:
    """Find a bright, compact region that is clearly lighter than all around it.

    Parameters
    ----------
    small : ndarray of uint8, shape (h, w)
        A thumbnail.
    is_board : bool
        Whether it is a board's negative, which has to be larger, and is no lighter for more light: a hand's shadow is a
        dark thing as well.

    Returns
    -------
    ndarray of uint8, shape (h, w), or None
        255 within its convex hull, but for what of the surround is in there.
    """
    # Writing on the sheet and the desk's grain are closed over, so that only the two are left to be told apart.
    smooth = cv2.medianBlur(small, 5)
    smooth = cv2.morphologyEx(smooth, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    level, bright = cv2.threshold(smooth, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    found = _find_above(level, small, smooth, is_board)
    if found is not None or is_board or not bright.any():
        return found
    # Where light falls off, a desk's lit part is as light as the sheet's dark one, and a higher level parts them.
    lightest = median(smooth, bright)
    higher = (_find_above(level + share * (lightest - level), small, smooth, is_board) for share in HIGHER)
    return next((sheet for sheet in higher if sheet is not None), None)


def _find_leveled(small: np.ndarray) -> np.ndarray | None:
    """Find a sheet where light falls off so far that no level parts it from its desk everywhere."""
    leveled = level_light(small)
    return None if leveled is None else find_sheet(leveled)


def _find_above(level: float, small: np.ndarray, smooth: np.ndarray, is_board: bool) -> np.ndarray | None:
    """Find the sheet among what is lighter than a level."""
    bright = cv2.threshold(smooth, level, 255, cv2.THRESH_BINARY)[1]
    count, labels, stats, _ = cv2.connectedComponentsWithStats(bright, connectivity=4)
    if count < 2:
        return None
    largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    region = (labels == largest).astype(np.uint8)
    share = float(region.mean())
    if not (SMALLEST_BOARD if is_board else SMALLEST_SHARE) <= share <= LARGEST_SHARE:
        return None
    outlines, _ = cv2.findContours(region, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    hull = cv2.convexHull(max(outlines, key=cv2.contourArea))
    hull_mask = np.zeros_like(region)
    cv2.fillConvexPoly(hull_mask, hull, 1)
    around = 1 - hull_mask
    if region.sum() < FULLNESS * hull_mask.sum() or not around.any():
        return None
    paper, desk = median(small, hull_mask), percentile(count_levels(small, around), 0.75)
    light = 1.0 if is_board else min(1.0, max(paper, 1.0) / LIT)
    # How clearly it stands out, in units of the least that will do.
    clear = (paper - desk) / (light * LEAST_STEP)
    if level < desk or clear < ROUGH_SHARE:
        return None
    clear = min(clear, _step_at_edge(smooth, hull_mask) / (light * LEAST_EDGE))
    if clear < ROUGH_SHARE or (clear < 1 and not _is_rougher(small, around, hull_mask)):
        return None
    return _shut_out(smooth < desk + LET_IN * (paper - desk), hull_mask) * np.uint8(255)


def _is_rougher(small: np.ndarray, around: np.ndarray, hull_mask: np.ndarray) -> bool:
    """Say whether what is around a sheet has far more grain than it, writing and ruling included."""
    grain = cv2.absdiff(small, cv2.medianBlur(small, 3))
    # Away from the sheet's edge, which is neither's grain.
    inner = (cv2.erode(mask, np.ones((GRAIN_PX, GRAIN_PX), np.uint8), borderValue=0) for mask in (around, hull_mask))
    counts = [count_levels(grain, mask) for mask in inner]
    if not all(own.sum() for own in counts):
        return False
    outside, inside = (percentile(own, 0.75) for own in counts)
    return outside >= ROUGHER * max(inside, 1.0)


def _shut_out(dark: np.ndarray, hull_mask: np.ndarray) -> np.ndarray:
    """Take out of a sheet's hull what a torn or wavy edge lets into it; a shaded corner is not as dark, and stays.

    Parameters
    ----------
    dark : ndarray of bool, shape (h, w)
        What is about as dark as the desk.
    hull_mask : ndarray of uint8, shape (h, w)
        1 within the hull.
    """
    let_in = cv2.morphologyEx((dark & (hull_mask > 0)).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    # Ink is as dark, but has paper all around it.
    count, labels = cv2.connectedComponents(np.where(hull_mask > 0, let_in, 1).astype(np.uint8), connectivity=8)
    is_inside = np.ones(count, np.uint8)
    is_inside[labels[hull_mask == 0]] = 0
    return hull_mask * is_inside[labels]


def _step_at_edge(smooth: np.ndarray, inside: np.ndarray) -> float:
    """Say how much lighter it is just inside an outline than just outside; a lamp's shading has no edge."""
    kernel = np.ones((2 * EDGE_PX + 1, 2 * EDGE_PX + 1), np.uint8)
    core, reach = cv2.erode(inside, kernel, borderValue=1), cv2.dilate(inside, kernel)
    within, beyond = cv2.subtract(inside, core), cv2.subtract(reach, inside)
    return median(smooth, within) - median(smooth, beyond) if within.any() and beyond.any() else 0.0
