"""Pen: a character of a data set is written again, with another pen and a hand that never writes twice the same."""

from dataclasses import dataclass

import cv2
import numpy as np
from skimage.morphology import skeletonize

CANVAS_PX = 64
# What of a field's height is ink, about.
INKED = 0.6
# How far apart a character's halves may drift from the set's proportions; more would fold it.
MOST_DRIFT = 0.4


@dataclass(frozen=True)
class Hand:
    """How somebody writes: what all characters of one number share.

    Parameters
    ----------
    slant : float
        Horizontal px per px of height.
    aspect : float
        Width over height, as a factor.
    width : float
        Change of the pen's width, as a share of the characters' height; `fine` pens draw the middle line only.
    fine : bool
    wobble : float
        Elastic distortion, as a share of the height.
    waist : float
        How far up or down the middle of a character lies, in half heights: large heads or large bellies; 0 for
        the set's own proportions.
    """

    slant: float
    aspect: float
    width: float
    fine: bool
    wobble: float
    waist: float = 0.0


def pick_hand(rng: np.random.Generator) -> Hand:
    """Draw a hand at random."""
    fine = bool(rng.random() < 0.45)
    return Hand(
        slant=float(rng.normal(0.0, 0.18)),
        aspect=float(np.exp(rng.normal(0.0, 0.14))),
        width=float(rng.uniform(0.035, 0.14) if fine else rng.normal(0.0, 0.03)),
        fine=fine,
        wobble=float(rng.uniform(0.0, 0.04)),
        waist=float(rng.normal(0.0, 0.14)),
    )


def write(glyph: np.ndarray, hand: Hand, rng: np.random.Generator, height_px: int = CANVAS_PX) -> np.ndarray:
    """Write one character.

    Parameters
    ----------
    glyph : ndarray of uint8, shape (h, w)
        Its ink in the data set.
    hand : Hand
    height_px : int
        How tall it comes out, about.

    Returns
    -------
    ndarray of uint8, shape (h', w')
        Its ink, cropped.
    """
    smooth = _enlarge(glyph, height_px)
    warped = _distort(smooth, hand, rng)
    field = _rewrite(warped, hand, height_px) if hand.fine else _press(warped, hand, height_px)
    if not (field > 60).any():
        # A pen so light that nothing of a faint character is left.
        field = (warped / max(float(warped.max()), 1e-6) * 255).astype(np.uint8)
    left, top, width, height = cv2.boundingRect(cv2.threshold(field, 40, 255, cv2.THRESH_BINARY)[1])
    return field[top : top + height, left : left + width]


def sway(glyph: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Let a character lean, widen and bend a little; its pen and its greys stay those of its data set.

    Parameters
    ----------
    glyph : ndarray of uint8, shape (h, w)

    Returns
    -------
    ndarray of uint8, shape (2h, 2w)
    """
    large = cv2.resize(glyph, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    slant, stretch, wobble = rng.normal(0.0, 0.1), np.exp(rng.normal(0.0, 0.06)), rng.uniform(0.0, 0.035)
    return _distort(large, Hand(float(slant), float(stretch), width=0.0, fine=False, wobble=float(wobble)), rng)


def measure_pen(ink: np.ndarray) -> float:
    """Measure the width in px of the pen that wrote some ink: twice how deep it is, nearly; 1 where it is faint."""
    inside = cv2.distanceTransform((ink > 100).astype(np.uint8), cv2.DIST_L2, 3)
    depths = inside[inside > 0]
    return 1.7 * float(np.percentile(depths, 90)) if len(depths) else 1.0


def _enlarge(glyph: np.ndarray, height_px: int) -> np.ndarray:
    """Crop a character and enlarge it smoothly: float32 0-1, with a margin."""
    left, top, width, height = cv2.boundingRect(cv2.threshold(glyph, 40, 255, cv2.THRESH_BINARY)[1])
    crop = glyph[top : top + height, left : left + width]
    # A dash stays a dash: what is wide and low is scaled by its width.
    scale = height_px / max(height, 0.8 * width, 1)
    size = max(2, round(width * scale)), max(2, round(height * scale))
    large = cv2.resize(cv2.copyMakeBorder(crop, 1, 1, 1, 1, cv2.BORDER_CONSTANT), size, interpolation=cv2.INTER_CUBIC)
    large = cv2.GaussianBlur(large, (0, 0), max(0.6, 0.35 * scale))
    margin = height_px // 3
    return cv2.copyMakeBorder(large, margin, margin, margin, margin, cv2.BORDER_CONSTANT).astype(np.float32) / 255.0


def _distort(field: np.ndarray, hand: Hand, rng: np.random.Generator) -> np.ndarray:
    """Turn, lean, widen and bend, in one warp (elastic distortion: Simard, Steinkraus, Platt 2003)."""
    height, width = field.shape
    angle = rng.normal(0.0, 0.07)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shape = np.array([[hand.aspect * np.exp(rng.normal(0, 0.05)), -hand.slant - rng.normal(0, 0.04)], [0, 1]])
    inverse = np.linalg.inv(turn @ shape)
    ys, xs = np.mgrid[:height, :width].astype(np.float32)
    centred = xs - width / 2, ys - height / 2
    map_x = inverse[0, 0] * centred[0] + inverse[0, 1] * centred[1] + width / 2
    map_y = inverse[1, 0] * centred[0] + inverse[1, 1] * centred[1] + height / 2
    if hand.waist:
        map_x += _drift(map_x - width / 2, height, rng.normal(0.0, 0.06))
        map_y += _drift(map_y - height / 2, height, hand.waist + rng.normal(0.0, 0.05))
    reach = hand.wobble * height
    bend = rng.normal(0, reach, (2, 5, 5)).astype(np.float32)
    map_x += cv2.resize(bend[0], (width, height), interpolation=cv2.INTER_CUBIC)
    map_y += cv2.resize(bend[1], (width, height), interpolation=cv2.INTER_CUBIC)
    return cv2.remap(field, map_x.astype(np.float32), map_y.astype(np.float32), cv2.INTER_LINEAR)


def _drift(centred: np.ndarray, height: int, share: float) -> np.ndarray:
    """How far the middle of a character is drawn from, px, its ends staying where they are."""
    half = INKED * height / 2
    return np.clip(share, -MOST_DRIFT, MOST_DRIFT) * half * np.clip(1 - (centred / half) ** 2, 0, None)


def _press(field: np.ndarray, hand: Hand, height_px: int) -> np.ndarray:
    """Press the pen more or less: strokes grow or shrink by moving the level at which ink begins."""
    blurred = cv2.GaussianBlur(field, (0, 0), height_px * 0.02)
    level = float(np.clip(0.45 - 6.0 * hand.width, 0.15, 0.62))
    return (np.clip((blurred - level) * 5.0 + 0.5, 0, 1) * 255).astype(np.uint8)


def _rewrite(field: np.ndarray, hand: Hand, height_px: int) -> np.ndarray:
    """Write the middle line again with a pen of even width."""
    line = skeletonize(field > 0.4).astype(np.uint8)
    far = cv2.distanceTransform(1 - line, cv2.DIST_L2, 3)
    radius = max(0.7, hand.width * height_px / 2)
    return (np.clip(radius + 0.5 - far, 0, 1) * 255).astype(np.uint8)
