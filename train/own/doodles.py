"""Doodles: what a pen draws and means nothing by, for a model that knows digits to say what it takes it for.

A network that is taught new digits forgets what it is not shown. It is shown doodles, with the answers that the
shipped model gives: what that one refuses, the new one goes on to refuse (learning without forgetting, Li and Hoiem
2016). No letter of any data set is needed for that.
"""

from collections.abc import Callable

import cv2
import numpy as np

from preprocess.patch import to_patch
from train.pool import wear
from train.synth.allographs import MARGIN, SIDE_PX, draw_allograph, follow

SCRAWLED, DRAWN = 0.5, 0.25
AT_ONCE = 256


def make_doodles(
    pictures: np.ndarray, count: int, seed: int, report: Callable[[int], None] = lambda made: None
) -> np.ndarray:
    """Draw scrawls, and turn or mirror digits: uint8 (count, 28, 28).

    Parameters
    ----------
    pictures : ndarray of uint8, shape (n, 28, 28)
        The digits that are turned and mirrored, beside drawn ones.
    count : int
    seed : int
    report : callable
        Told how many came in, again and again.
    """
    rng = np.random.default_rng([seed, count])
    doodles = np.empty((count, *pictures.shape[1:]), np.uint8)
    for number, doodle in enumerate(doodles, 1):
        patch = to_patch(wear(_draw(pictures, rng), rng))
        doodle[:] = (patch[..., 0] * 255).round()
        if number % AT_ONCE == 0:
            report(AT_ONCE)
    return doodles


def _draw(pictures: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw one: uint8 (h, w), 255 = full ink."""
    draw = rng.random()
    if draw < SCRAWLED:
        return _scrawl(rng)
    is_drawn = draw < SCRAWLED + DRAWN
    digit = draw_allograph(str(rng.integers(10)), rng) if is_drawn else pictures[int(rng.integers(len(pictures)))]
    turned = np.rot90(digit, int(rng.integers(4)))
    return np.ascontiguousarray(turned[:, ::-1] if rng.random() < 0.5 else turned)


def _scrawl(rng: np.random.Generator) -> np.ndarray:
    """Draw one to three strokes through a few points anywhere, much like a letter's."""
    ink = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    pen_px = int(rng.integers(3, 9))
    for _ in range(int(rng.integers(1, 4))):
        points = rng.uniform(MARGIN, 1 - MARGIN, (int(rng.integers(2, 6)), 2))
        cv2.polylines(ink, [(follow(points) * SIDE_PX).round().astype(np.int32)], False, 255, pen_px, cv2.LINE_AA)
    return ink
