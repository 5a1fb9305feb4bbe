"""Habits: what MNIST's writers seldom do and much of the world does: a 7's bar, a 1's flag, an open 0, a flat one."""

import cv2
import numpy as np

from train.synth.pen import measure_pen

CROSSED = 0.3
FLAGGED = 0.45
SLASHED, OPEN, CURLED = 0.03, 0.15, 0.12
FLAT, FLATTEST = 0.18, 2.2
ZOOM = 3


def add_habit(glyph: np.ndarray, label: str, rng: np.random.Generator) -> np.ndarray:
    """Add a habit's stroke to a digit, at times.

    Parameters
    ----------
    glyph : ndarray of uint8, shape (h, w)
        255 = full ink.
    label : str
        What it is; only 0, 1 and 7 have habits.

    Returns
    -------
    ndarray of uint8
        The same glyph, or a larger one with strokes added.
    """
    if label == "7" and rng.random() < CROSSED:
        return _cross(_enlarge(glyph), rng)
    if label == "1" and rng.random() < FLAGGED:
        return _flag(_enlarge(glyph), rng)
    if label == "0" and rng.random() < SLASHED:
        return _slash(_enlarge(glyph), rng)
    if label == "0" and rng.random() < OPEN:
        return _open(_enlarge(glyph), rng)
    if label == "0" and rng.random() < CURLED:
        return _curl(_enlarge(glyph), rng)
    if label == "0" and rng.random() < FLAT:
        return _flatten(glyph, rng)
    return glyph


def _enlarge(glyph: np.ndarray) -> np.ndarray:
    """Give strokes room and pixels."""
    large = cv2.resize(glyph, None, fx=ZOOM, fy=ZOOM, interpolation=cv2.INTER_CUBIC)
    margin = large.shape[0] // 3
    return cv2.copyMakeBorder(large, margin, margin, margin, margin, cv2.BORDER_CONSTANT)


def _extent(ink: np.ndarray) -> tuple[int, int, int]:
    """Top, bottom and pen width of a glyph, px."""
    rows = np.flatnonzero(ink.max(axis=1) > 100)
    return int(rows[0]), int(rows[-1]), int(np.clip(measure_pen(ink), 3, (rows[-1] - rows[0]) / 5 + 3))


def _ink_at(ink: np.ndarray, row: int) -> float:
    """Middle of the ink in a row."""
    columns = np.flatnonzero(ink[row] > 100)
    return float(columns.mean()) if len(columns) else ink.shape[1] / 2


def _stroke(ink: np.ndarray, start: tuple[float, float], stop: tuple[float, float], width: int) -> None:
    """Draw a stroke from x, y to x, y."""
    ends = [(round(x), round(y)) for x, y in (start, stop)]
    cv2.line(ink, ends[0], ends[1], 255, width, cv2.LINE_AA)


def _cross(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Bar a 7 through its stem."""
    top, bottom, width = _extent(ink)
    height = bottom - top
    row = int(top + rng.uniform(0.42, 0.66) * height)
    x, reach, tilt = _ink_at(ink, row), rng.uniform(0.14, 0.36) * height, rng.normal(0, 0.06) * height
    _stroke(ink, (x - reach, row + tilt), (x + reach * rng.uniform(0.7, 1.2), row - tilt), width)
    return ink


def _flag(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Begin a 1 with an upstroke, and stand some on a foot."""
    top, bottom, width = _extent(ink)
    height = bottom - top
    x, y = _ink_at(ink, top + width // 2), top + width // 2
    # A short flag may point anywhere; one as long as its stem runs beside it.
    share = rng.uniform(0.2, 1.0)
    length, angle = share * height, rng.uniform(0.12, 1.2 - 0.5 * share)
    _stroke(ink, (x, y), (x - length * np.sin(angle), y + length * np.cos(angle)), width)
    if rng.random() < 0.2:
        foot, reach = _ink_at(ink, bottom - width // 2), rng.uniform(0.1, 0.3) * height
        _stroke(ink, (foot - reach, bottom - width // 2), (foot + reach, bottom - width // 2), width)
    return ink


def _slash(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Slash a 0."""
    top, bottom, width = _extent(ink)
    columns = np.flatnonzero(ink.max(axis=0) > 100)
    _stroke(ink, (columns[0], bottom - rng.uniform(0, 6)), (columns[-1], top + rng.uniform(0, 6)), max(2, width // 2))
    return ink


def _open(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Leave a 0 open, where a hurried pen does not come back to its start: mostly at the top."""
    rows, columns = np.nonzero(ink > 100)
    middle, reach = (float(columns.mean()), float(rows.mean())), 2.0 * len(ink)
    towards, half = rng.normal(-np.pi / 2 + 0.4, 0.7), rng.uniform(0.1, 0.4)
    rim = [(middle[0] + reach * np.cos(a), middle[1] + reach * np.sin(a)) for a in (towards - half, towards + half)]
    wedge = np.zeros_like(ink)
    cv2.fillConvexPoly(wedge, np.array([middle, *rim], np.float32).round().astype(np.int32), 255, cv2.LINE_AA)
    return cv2.subtract(ink, cv2.GaussianBlur(wedge, (0, 0), 1.0))


def _curl(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """End a 0 in a curl, inwards or out, where the pen passes its start."""
    top, bottom, width = _extent(ink)
    height = bottom - top
    start = _ink_at(ink, top + width // 2), float(top + width / 2)
    towards, bend = rng.choice([rng.uniform(0.4, 2.6), rng.uniform(-0.9, 0.5)]), rng.normal(0, 1.2)
    steps = np.linspace(0, rng.uniform(0.15, 0.5) * height, 10)
    angles = towards + bend * np.linspace(0, 1, 10)
    course = np.cumsum(np.stack([np.cos(angles), np.sin(angles)], axis=1) * steps[1], axis=0) + start
    cv2.polylines(ink, [course.round().astype(np.int32)], False, 255, width, cv2.LINE_AA)
    return ink


def _flatten(glyph: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Write a 0 wider than it is tall, as quick hands write those that an amount ends in."""
    return cv2.resize(glyph, None, fx=rng.uniform(1.2, FLATTEST), fy=1.0, interpolation=cv2.INTER_CUBIC)
