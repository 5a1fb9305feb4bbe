"""Noughts: those that an amount ends in, written in one go, as a pen does that is not lifted between them."""

from itertools import pairwise

import cv2
import numpy as np

from train.synth.pen import CANVAS_PX

STEPS = 40
# Width of a nought, and from one to the next, in its heights; how uneven they are; how far the row rises or falls.
WIDTHS, PITCHES = (0.5, 1.2), (0.85, 1.4)
UNEVEN, DRIFT, LIFTED, CURLED = 0.09, 0.06, 0.2, 0.25


def draw_noughts(
    count: int, height_px: float, pen_px: int, slant: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw noughts that hang together: a pen that circles while the hand moves on.

    Parameters
    ----------
    count : int
    height_px : float
        Of one of them.
    pen_px : int
    slant : float
        Horizontal px per px of height.
    rng : numpy.random.Generator

    Returns
    -------
    ink : ndarray of uint8, shape (h, w)
        255 = full ink.
    whose : ndarray of int16, shape (h, w)
        Which of them a pixel belongs to, from 0; -1 where there is no ink.
    """
    courses = _circle(count, height_px, rng)
    for course in courses:
        course[:, 0] -= slant * course[:, 1]
    every = np.concatenate(courses)
    corner = every.min(axis=0) - pen_px
    width, height = (np.ceil(np.ptp(every, axis=0)) + 2 * pen_px + 1).astype(int)
    ink, whose = np.zeros((height, width), np.uint8), np.full((height, width), -1, np.int16)
    for number, course in enumerate(courses):
        stroke = np.zeros_like(ink)
        cv2.polylines(stroke, [(course - corner).round().astype(np.int32)], False, 255, pen_px, cv2.LINE_AA)
        whose[(stroke > 60) & (stroke >= ink)] = number
        ink = np.maximum(ink, stroke)
    return ink, whose


def _circle(count: int, height_px: float, rng: np.random.Generator) -> list[np.ndarray]:
    """Lay each nought's course, from its top round and on to where the next begins: (n, 2) each, px."""
    wide = rng.uniform(*WIDTHS)
    pitch = wide * rng.uniform(*PITCHES)
    # Links run along the tops, mostly, and some along the feet; they sag, or hardly, or curl through the nought.
    upward, sag, inwards = 1 if rng.random() < 0.8 else -1, rng.uniform(-0.05, 0.35), 0.0
    if rng.random() < CURLED:
        sag, inwards = rng.uniform(0.5, 1.1), rng.uniform(0.2, 0.8)
    # Most hands pass a nought's beginning before they go on; some never come back to it.
    closing, slope = rng.normal(1.03, 0.06), rng.normal(0, DRIFT)
    rings, left = [], 0.0
    for number in range(count):
        own_wide, tall = (size * np.exp(rng.normal(0, UNEVEN)) for size in (wide, 1.0))
        angle = 2 * np.pi * np.linspace(0, closing + rng.normal(0, 0.03), STEPS) + rng.normal(0, 0.25)
        x = left - 0.5 * own_wide * np.sin(angle)
        # All stand on one line, wherever it leads.
        y = slope * number - 0.5 * tall * (1 + upward * np.cos(angle))
        rings.append(np.stack([x, y], axis=1) * height_px)
        left += pitch * float(np.exp(rng.normal(0, UNEVEN)))
    bend_px = -inwards * wide * height_px, sag * upward * height_px
    return [_lead(ring, after, bend_px, rng) for ring, after in pairwise(rings)] + rings[-1:]


def _lead(ring: np.ndarray, after: np.ndarray, bend_px: tuple[float, float], rng: np.random.Generator) -> np.ndarray:
    """Lead the pen from a nought to the next (a quadratic Bezier curve), unless it is lifted after all."""
    if rng.random() < LIFTED:
        return ring
    start, stop = ring[-1], after[0]
    share = np.linspace(0, 1, 12)[:, None]
    bend = (start + stop) / 2 + bend_px
    return np.concatenate([ring, (1 - share) ** 2 * start + 2 * share * (1 - share) * bend + share**2 * stop])


def pick_height(rng: np.random.Generator) -> float:
    """How tall such noughts are, px: mostly less than the digits before them."""
    return CANVAS_PX * float(rng.uniform(0.4, 1.0))
