"""Allographs: the other forms that digits have in the world's schools, drawn as the pen goes, stroke by stroke.

MNIST was written by one country's clerks and pupils. Elsewhere a 9 is written like a P or a rho, a 5 like a root sign
or with its hat apart, a 2 like a Q, a 7 with a hook and a bar, a 4 with its left stroke the taller one.
"""

import cv2
import numpy as np

SIDE_PX = 84
MARGIN = 0.12
JITTER = 0.035
STEPS = 12

Stroke = tuple[tuple[float, float], ...]

# Points that the pen passes: x to the right and y down, 0-1 of the digit's box.
ALLOGRAPHS: dict[str, tuple[tuple[Stroke, ...], ...]] = {
    "0": (
        (((0.7, 0.1), (0.3, 0.08), (0.12, 0.5), (0.3, 0.92), (0.7, 0.9), (0.88, 0.5), (0.72, 0.12), (0.4, 0.22)),),
    ),
    "1": (
        (((0.02, 0.85), (0.35, 0.4), (0.6, 0.04), (0.62, 0.5), (0.62, 0.98)),),
        (((0.2, 0.3), (0.55, 0.03), (0.52, 0.95)), ((0.2, 0.95), (0.85, 0.95))),
    ),
    "2": (
        (
            (
                (0.3, 0.55), (0.1, 0.33), (0.3, 0.05), (0.7, 0.08), (0.82, 0.38), (0.55, 0.68), (0.15, 0.92),
                (0.1, 0.78), (0.35, 0.76), (0.65, 0.95), (0.98, 0.86),
            ),
        ),
        (((0.15, 0.16), (0.5, 0.04), (0.8, 0.16), (0.5, 0.55), (0.12, 0.95), (0.5, 0.9), (0.92, 0.95)),),
    ),
    "3": ((((0.15, 0.08), (0.8, 0.06), (0.42, 0.42), (0.8, 0.6), (0.7, 0.92), (0.15, 0.92)),),),
    "4": (
        (((0.42, 0.0), (0.25, 0.42), (0.1, 0.68), (0.5, 0.63), (0.96, 0.56)), ((0.7, 0.42), (0.64, 0.98))),
        (((0.25, 0.08), (0.16, 0.55), (0.5, 0.57), (0.88, 0.5)), ((0.76, 0.1), (0.68, 0.98))),
    ),
    "5": (
        (((0.05, 0.5), (0.25, 0.98), (0.5, 0.1), (0.98, 0.06)),),
        (((0.55, 0.18), (0.45, 0.45), (0.62, 0.64), (0.5, 0.9), (0.18, 0.98)), ((0.64, 0.12), (0.98, 0.0))),
        (((0.85, 0.08), (0.5, 0.04), (0.22, 0.22), (0.45, 0.45), (0.76, 0.66), (0.6, 0.92), (0.15, 0.92)),),
    ),
    "6": ((((0.35, 0.0), (0.22, 0.5), (0.3, 0.9), (0.6, 0.97), (0.78, 0.75), (0.6, 0.55), (0.28, 0.68)),),),
    "7": (
        (
            ((0.12, 0.28), (0.2, 0.06), (0.45, 0.13), (0.76, 0.07), (0.6, 0.4), (0.45, 0.98)),
            ((0.28, 0.53), (0.82, 0.46)),
        ),
        (((0.33, 0.13), (0.62, 0.05), (0.5, 0.5), (0.4, 0.98)), ((0.08, 0.5), (0.92, 0.42))),
    ),
    "8": ((((0.12, 0.08), (0.4, 0.4), (0.66, 0.72), (0.5, 0.97), (0.3, 0.8), (0.5, 0.5), (0.86, 0.04)),),),
    "9": (
        (((0.42, 0.06), (0.38, 0.5), (0.3, 0.99)), ((0.38, 0.16), (0.6, 0.03), (0.85, 0.16), (0.78, 0.4), (0.4, 0.48))),
        (
            (
                (0.5, 0.48), (0.28, 0.4), (0.22, 0.2), (0.45, 0.04), (0.7, 0.15), (0.68, 0.38), (0.5, 0.48),
                (0.46, 0.72), (0.42, 0.99),
            ),
        ),
        (
            ((0.72, 0.16), (0.5, 0.04), (0.25, 0.14), (0.24, 0.36), (0.48, 0.46), (0.7, 0.32), (0.72, 0.14)),
            ((0.32, 0.43), (0.55, 0.54), (0.68, 0.72), (0.56, 0.93), (0.28, 0.93)),
        ),
    ),
}  # fmt: skip


def draw_allograph(label: str, rng: np.random.Generator) -> np.ndarray:
    """Draw another form of a digit.

    Parameters
    ----------
    label : {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of uint8, shape (84, 84)
        255 = full ink.
    """
    forms = ALLOGRAPHS[label]
    strokes = forms[int(rng.integers(len(forms)))]
    pen_px = int(rng.integers(3, 9))
    height, width = SIDE_PX * (1 - 2 * MARGIN), SIDE_PX * (1 - 2 * MARGIN) * rng.uniform(0.5, 0.9)
    ink = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    for stroke in strokes:
        points = np.array(stroke) + rng.normal(0, JITTER, (len(stroke), 2))
        course = follow(points) * (width, height) + ((SIDE_PX - width) / 2, SIDE_PX * MARGIN)
        cv2.polylines(ink, [course.round().astype(np.int32)], False, 255, pen_px, cv2.LINE_AA)
    return ink


def follow(points: np.ndarray) -> np.ndarray:
    """Lay a smooth course through points (a Catmull-Rom spline; Catmull and Rom 1974): (n, 2) to (m, 2)."""
    padded = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    t = np.linspace(0, 1, STEPS, endpoint=False)[:, None]
    parts = []
    for before, start, stop, after in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        parts.append(
            0.5
            * (
                2 * start
                + (stop - before) * t
                + (2 * before - 5 * start + 4 * stop - after) * t**2
                + (3 * start - before - 3 * stop + after) * t**3
            )
        )
    return np.concatenate([*parts, points[-1:]])
