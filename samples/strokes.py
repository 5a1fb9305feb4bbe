"""Strokes: how each digit is written, how a hand varies it, and what ink a pen leaves.

Nothing here is cut from a data set and no font is used: a digit is a handful of points that a pen passes through.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

STEPS_PER_BODY = 160
STROKE_GAP = ";"
CORNER = "|"


def _shape(text: str) -> tuple[tuple[np.ndarray, ...], ...]:
    """Parse a shape: strokes between ";", sharp corners within a stroke at "|", points "x,y" in body heights.

    y is 0 at the top of a digit and 1 on the baseline.
    """
    return tuple(
        tuple(
            np.array([[float(v) for v in point.split(",")] for point in part.split()]) for part in stroke.split(CORNER)
        )
        for stroke in text.split(STROKE_GAP)
    )


SHAPES = {
    "0": (
        _shape("0.40,0.03 0.20,0.08 0.06,0.32 0.04,0.64 0.16,0.93 0.36,0.98 0.54,0.78 0.58,0.44 0.50,0.14 0.34,0.02"),
        _shape("0.24,0.02 0.08,0.24 0.02,0.56 0.12,0.92 0.30,0.99 0.45,0.74 0.47,0.38 0.37,0.08 0.20,0.01 0.11,0.10"),
        _shape("0.52,0.16 0.36,0.00 0.14,0.12 0.03,0.46 0.09,0.84 0.30,1.00 0.52,0.86 0.62,0.52 0.56,0.22 0.46,0.07"),
    ),
    "1": (
        _shape("0.13,0.00 0.11,0.48 0.08,1.00"),
        _shape("0.04,0.29 0.16,0.18 0.29,-0.01 | 0.28,0.46 0.26,1.00"),
        _shape("0.04,0.24 0.15,0.14 0.25,0.00 | 0.24,0.50 0.22,0.99; 0.05,1.00 0.23,0.98 0.43,0.99"),
    ),
    "2": (
        _shape("0.05,0.24 0.14,0.07 0.32,0.00 0.51,0.10 0.53,0.30 0.40,0.55 0.19,0.80 0.02,0.97 | 0.26,0.95 0.62,0.97"),
        _shape(
            "0.06,0.20 0.20,0.02 0.42,0.03 0.53,0.22 0.42,0.50 0.22,0.78 0.07,0.95 0.01,0.86 0.13,0.82 "
            "0.31,0.93 0.48,1.00 0.63,0.93"
        ),
        _shape("0.02,0.12 0.22,0.01 0.45,0.06 0.50,0.25 0.37,0.52 0.16,0.82 0.00,1.00 | 0.30,0.99 0.58,0.94"),
    ),
    "3": (
        _shape(
            "0.05,0.15 0.20,0.01 0.42,0.03 0.50,0.20 0.38,0.39 0.19,0.45 | 0.42,0.48 0.55,0.66 0.50,0.87 "
            "0.30,1.00 0.11,0.97 0.00,0.86"
        ),
        _shape("0.03,0.03 0.28,0.03 0.52,0.00 | 0.36,0.20 0.20,0.40 | 0.42,0.42 0.56,0.62 0.50,0.86 0.27,1.00 0,0.9"),
        _shape(
            "0.10,0.08 0.30,0.00 0.47,0.12 0.43,0.32 0.25,0.46 0.31,0.50 0.49,0.58 0.52,0.80 0.34,0.98 "
            "0.12,0.98 0.02,0.90"
        ),
    ),
    "4": (
        _shape("0.19,0.00 0.12,0.28 0.02,0.57 | 0.30,0.58 0.62,0.54; 0.48,0.20 0.46,0.60 0.43,1.00"),
        _shape("0.47,0.00 0.24,0.32 0.00,0.66 | 0.30,0.68 0.64,0.65; 0.47,0.01 0.46,0.50 0.44,1.00"),
        _shape("0.13,0.04 0.09,0.30 0.05,0.52 0.22,0.56 0.44,0.52; 0.49,0.02 0.46,0.50 0.41,1.01"),
    ),
    "5": (
        _shape(
            "0.15,0.03 0.12,0.22 0.08,0.45 | 0.26,0.38 0.47,0.44 0.55,0.66 0.45,0.90 0.24,1.00 0.02,0.92; "
            "0.15,0.04 0.36,0.03 0.58,-0.01"
        ),
        _shape(
            "0.55,0.02 0.36,0.03 0.17,0.03 | 0.13,0.22 0.09,0.42 | 0.27,0.37 0.46,0.44 0.53,0.66 0.44,0.89 "
            "0.24,0.99 0.03,0.93"
        ),
        _shape(
            "0.12,0.06 0.10,0.24 0.08,0.43 | 0.30,0.40 0.49,0.52 0.50,0.78 0.33,0.98 0.10,1.00 0.00,0.92; "
            "0.10,0.06 0.30,0.06 0.52,0.03"
        ),
    ),
    "6": (
        _shape("0.47,0.01 0.25,0.19 0.08,0.49 0.05,0.76 0.19,0.98 0.40,0.96 0.53,0.77 0.46,0.58 0.27,0.53 0.09,0.69"),
        _shape("0.32,0.00 0.15,0.26 0.04,0.58 0.07,0.86 0.24,1.00 0.42,0.90 0.46,0.70 0.34,0.55 0.17,0.60 0.07,0.78"),
        _shape("0.50,0.08 0.36,0.01 0.18,0.18 0.06,0.50 0.06,0.80 0.24,1.00 0.46,0.92 0.52,0.70 0.38,0.52 0.10,0.72"),
    ),
    "7": (
        _shape("0.00,0.06 0.28,0.05 0.57,0.03 | 0.43,0.34 0.28,0.68 0.20,1.00"),
        _shape("0.01,0.05 0.28,0.05 0.56,0.02 | 0.42,0.36 0.29,0.70 0.22,1.01; 0.15,0.53 0.34,0.51 0.54,0.47"),
        _shape("0.01,0.19 0.04,0.04 | 0.30,0.06 0.56,0.02 | 0.45,0.30 0.33,0.64 0.28,1.00"),
    ),
    "8": (
        _shape(
            "0.50,0.15 0.33,0.01 0.13,0.09 0.12,0.30 0.30,0.46 0.49,0.62 0.53,0.84 0.34,1.00 0.11,0.92 "
            "0.07,0.73 0.24,0.53 0.43,0.35 0.51,0.16 0.43,0.05"
        ),
        _shape(
            "0.28,0.45 0.12,0.34 0.11,0.12 0.29,0.00 0.45,0.11 0.44,0.32 0.27,0.46 0.08,0.60 0.04,0.82 "
            "0.22,1.00 0.44,0.93 0.51,0.72 0.41,0.54 0.24,0.45"
        ),
        _shape(
            "0.40,0.08 0.22,0.01 0.09,0.14 0.17,0.34 0.34,0.50 0.47,0.72 0.38,0.95 0.18,1.00 0.04,0.86 "
            "0.10,0.66 0.30,0.46 0.44,0.26 0.44,0.10 0.34,0.03"
        ),
    ),
    "9": (
        _shape("0.51,0.15 0.34,0.02 0.13,0.09 0.06,0.31 0.19,0.47 0.39,0.41 0.52,0.17 | 0.49,0.50 0.43,0.78 0.38,1.00"),
        _shape(
            "0.48,0.12 0.29,0.01 0.10,0.12 0.06,0.32 0.21,0.46 0.40,0.38 0.50,0.14 | 0.51,0.50 0.46,0.83 "
            "0.28,1.00 0.08,0.93"
        ),
        _shape("0.46,0.10 0.24,0.01 0.06,0.16 0.08,0.39 0.27,0.45 0.44,0.28 0.47,0.06 | 0.46,0.40 0.44,0.72 0.43,1.01"),
    ),
    ".": (_shape("0.04,0.96 0.08,0.97 0.07,1.00 0.04,0.99 0.05,0.97"),),
    ",": (_shape("0.08,0.94 0.08,1.02 0.01,1.14"),),
    ":": (_shape("0.05,0.39 0.09,0.40 0.08,0.43 0.05,0.42; 0.04,0.85 0.08,0.86 0.07,0.89 0.04,0.88"),),
    "-": (_shape("0.02,0.57 0.16,0.56 0.32,0.55"),),
}  # fmt: skip


@dataclass(frozen=True)
class Hand:
    """How somebody writes.

    Parameters
    ----------
    slant : float
        Horizontal px per px of height, positive to the right.
    breadth : float
        Width of the digits, as a factor.
    unsteadiness : float
        How much no two of its digits are alike: the points' standard deviation, as a share of the height.
    tremor : float
        The pen's shaking along the stroke, as a share of the height.
    haste : float
        0-1: how round corners get, and how strokes thin out at their ends.
    spacing : float
        Gap between two digits, as a share of the height; negative ones touch.
    climb : float
        Rise of the baseline, px per px.
    habits : dict of str to int
        Which of a digit's `SHAPES` it writes; the first where nothing is said.
    """

    slant: float = 0.1
    breadth: float = 1.0
    unsteadiness: float = 0.016
    tremor: float = 0.004
    haste: float = 0.4
    spacing: float = 0.16
    climb: float = 0.0
    habits: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Pen:
    """What is written with.

    Parameters
    ----------
    width : float
        Of the stroke at full pressure, in the unit of the traces (mm on a sheet).
    colour : (int, int, int)
        BGR of its full ink on white paper.
    swell : float
        0-1: the share of its width that pressure decides.
    nib : float
        0-1: the share of its width that the stroke's direction decides, as with a broad nib held at 45 degrees.
    grain : float
        0-1: how much of the paper's tooth shows, as with pencil and chalk.
    flow : float
        0-1: its darkest ink.
    tooth : float
        How coarse the ground is that it runs over, in the unit of the width: paper's fibres, a board's roughness.
    """

    width: float
    colour: tuple[int, int, int]
    swell: float = 0.3
    nib: float = 0.0
    grain: float = 0.15
    flow: float = 0.95
    tooth: float = 0.05


BALLPOINT = Pen(0.6, (118, 52, 28), swell=0.3, grain=0.25, flow=0.9)
BLACK_PEN = Pen(0.6, (40, 34, 34), swell=0.25, grain=0.2, flow=0.92)
FOUNTAIN = Pen(1.1, (92, 34, 30), swell=0.3, nib=0.5, grain=0.05, flow=0.95)
PENCIL = Pen(0.6, (86, 82, 80), swell=0.35, grain=0.85, flow=0.62)
FELT_TIP = Pen(3.4, (58, 40, 34), swell=0.25, grain=0.1)
MARKER = Pen(7.5, (42, 36, 36), swell=0.12, grain=0.06)
CHALK = Pen(9.0, (226, 236, 238), swell=0.3, grain=0.75, flow=0.85, tooth=0.5)

NEAT = Hand(slant=0.06, unsteadiness=0.014, haste=0.3, habits={"1": 1, "4": 1})
HASTY = Hand(
    slant=0.22, unsteadiness=0.024, haste=0.7, spacing=0.18, climb=0.01, habits={"2": 2, "3": 2, "4": 2, "5": 1}
)
EUROPEAN = Hand(slant=0.10, unsteadiness=0.018, habits={"1": 1, "7": 1, "9": 1, "3": 1})
ROUND = Hand(slant=-0.04, breadth=1.12, unsteadiness=0.02, haste=0.5, habits={"0": 2, "2": 1, "6": 1, "8": 1})
CHILD = Hand(slant=0.0, breadth=1.08, unsteadiness=0.03, tremor=0.008, haste=0.1, spacing=0.2, habits={"1": 1, "5": 2})
AMERICAN = Hand(slant=0.12, unsteadiness=0.018, haste=0.5, habits={"4": 0, "9": 2, "7": 2, "6": 2})


@dataclass(frozen=True, eq=False)
class Trace:
    """One stroke as the pen's tip went.

    Parameters
    ----------
    points : ndarray of float64, shape (n, 2)
        x and y, in the unit of the sheet.
    pressure : ndarray of float64, shape (n,)
        0-1.
    """

    points: np.ndarray
    pressure: np.ndarray

    def __post_init__(self) -> None:
        """Refuse a pressure that isn't known everywhere."""
        if self.points.ndim != 2 or self.pressure.shape != self.points.shape[:1]:
            raise ValueError(f"points must be (n, 2) and pressure (n,), got {self.points.shape}, {self.pressure.shape}")


def write(
    text: str, hand: Hand, left: float, baseline: float, height: float, rng: np.random.Generator
) -> tuple[Trace, ...]:
    """Write a number.

    Parameters
    ----------
    text : str
        Digits and the marks . , : -
    left, baseline : float
        Where it begins and what it stands on, in the unit of the sheet.
    height : float
        Of the digits, in the same unit.

    Returns
    -------
    tuple of Trace
    """
    traces: list[Trace] = []
    x = left
    for character in text:
        size = height * float(np.exp(rng.normal(0, 1.6 * hand.unsteadiness)))
        foot = baseline - hand.climb * (x - left) + height * rng.normal(0, 1.3 * hand.unsteadiness)
        strokes = trace_shape(pick_shape(character, hand), hand, rng)
        own = [replace(stroke, points=stroke.points * size + [x, foot - size]) for stroke in strokes]
        traces += own
        upright = [t.points[:, 0] - hand.slant * (foot - t.points[:, 1]) for t in own]
        x = max(float(xs.max()) for xs in upright) + height * (hand.spacing + rng.normal(0, hand.unsteadiness))
    return tuple(traces)


def pick_shape(character: str, hand: Hand) -> tuple[tuple[np.ndarray, ...], ...]:
    """Give the shape that a hand writes for a character."""
    shapes = SHAPES[character]
    return shapes[hand.habits.get(character, 0) % len(shapes)]


def trace_shape(shape: tuple[tuple[np.ndarray, ...], ...], hand: Hand, rng: np.random.Generator) -> list[Trace]:
    """Write one character as a hand does: its strokes in body heights, on a baseline at 1."""
    turn = rng.normal(0, 1.5 * hand.unsteadiness)
    breadth = hand.breadth * float(np.exp(rng.normal(0, 2 * hand.unsteadiness)))
    matrix = np.array([[breadth, 0.0], [-hand.slant - turn, 1.0]])
    traces = []
    for stroke in shape:
        moved = [(part + rng.normal(0, hand.unsteadiness, part.shape) - [0, 1]) @ matrix + [0, 1] for part in stroke]
        # A corner is one point, though two parts share it.
        joined = [part if i == 0 else np.vstack([moved[i - 1][-1:], part]) for i, part in enumerate(moved)]
        traces.append(move_pen(np.vstack([_pass_through(part) for part in joined]), hand, rng))
    # Edges are measured as if the digit stood upright, or a hand that leans would space unevenly.
    left = min(float((trace.points[:, 0] - hand.slant * (1 - trace.points[:, 1])).min()) for trace in traces)
    return [replace(trace, points=trace.points - [left, 0]) for trace in traces]


def scrawl(points: np.ndarray, hand: Hand, rng: np.random.Generator) -> Trace:
    """Draw any line through points, float (n, 2) in the unit of the sheet, as a hand does."""
    extent = float(np.ptp(points, axis=0).max())
    moved = move_pen(_pass_through(points / extent), hand, rng)
    return replace(moved, points=moved.points * extent)


def move_pen(path: np.ndarray, hand: Hand, rng: np.random.Generator) -> Trace:
    """Move a pen along a path, float (n, 2) in body heights: corners get round, the hand shakes, pressure varies."""
    path = _resample(path)
    count = len(path)
    path = _smooth(path, 1 + 7 * hand.haste)
    path = path + hand.tremor * np.stack([_drift(count, 22, rng), _drift(count, 22, rng)], axis=1)
    # Slow in bends, fast on the straights, and flying off at the end of a stroke.
    bend = _smooth(_curvature(path)[:, None], 6)[:, 0]
    pressure = 0.72 + 0.28 * np.clip(bend / 8, 0, 1) + 0.07 * _drift(count, 40, rng)
    reach = np.arange(count) / STEPS_PER_BODY
    pressure *= 1 - 0.25 * np.exp(-reach / 0.03)
    pressure *= 1 - (0.1 + 0.5 * hand.haste) * np.exp(-reach[::-1] / (0.03 + 0.07 * hand.haste))
    return Trace(path, np.clip(pressure, 0.15, 1.0))


def lay_ink(
    traces: Iterable[Trace], pen: Pen, shape: tuple[int, int], scale: float, rng: np.random.Generator
) -> np.ndarray:
    """Let a pen's ink flow along traces.

    Parameters
    ----------
    traces : iterable of Trace
    pen : Pen
    shape : (int, int)
        Height and width of the sheet, px.
    scale : float
        Px per unit of the traces.

    Returns
    -------
    ndarray of float32, shape (h, w)
        0 = paper, 1 = full ink.
    """
    stamps = np.vstack([_stamps(trace, pen, scale) for trace in traces])
    # The darkest is stamped last, so that a light end never covers the stroke it crosses.
    stamps = stamps[np.argsort(stamps[:, 3], kind="stable")]
    density = np.zeros(shape, np.uint8)
    for x, y, radius, level in np.round(stamps * [16, 16, 16, 255]).astype(int).tolist():
        cv2.circle(density, (x, y), max(radius, 4), level, -1, cv2.LINE_AA, shift=4)
    ink = _fray(density.astype(np.float32) / 255, min(0.035 * pen.width, pen.tooth) * scale, rng)
    return np.clip(ink * _bite(ink, pen, scale, rng), 0, 1).astype(np.float32)


def _stamps(trace: Trace, pen: Pen, scale: float) -> np.ndarray:
    """Where the tip touches, every half pixel or so: x, y, radius in px and level 0-1, (n, 4)."""
    points = trace.points * scale
    length = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    places = np.linspace(0, length[-1], max(2, int(length[-1] / 0.7)))
    x, y = (np.interp(places, length, points[:, axis]) for axis in (0, 1))
    pressure = np.interp(places, length, trace.pressure)
    heading = np.arctan2(np.gradient(y), np.gradient(x) + 1e-9)
    # The tip is held towards the upper right, so that strokes down are broad and strokes up are hairlines.
    width = pen.width * (1 - pen.swell * (1 - pressure)) * (1 - pen.nib * (1 - np.abs(np.sin(heading + np.pi / 4))))
    level = pen.flow * (0.55 + 0.45 * pressure)
    return np.stack([x, y, width * scale / 2, level], axis=1)


def _fray(density: np.ndarray, reach_px: float, rng: np.random.Generator) -> np.ndarray:
    """Let ink creep along the paper's fibres, so that no edge is as smooth as a drawing program's."""
    height, width = density.shape
    ys, xs = np.mgrid[:height, :width].astype(np.float32)
    for cells_px in (3, 8):
        coarse = rng.normal(0, reach_px, (2, height // cells_px + 2, width // cells_px + 2)).astype(np.float32)
        xs += cv2.resize(coarse[0], (width, height), interpolation=cv2.INTER_CUBIC)
        ys += cv2.resize(coarse[1], (width, height), interpolation=cv2.INTER_CUBIC)
    return cv2.GaussianBlur(cv2.remap(density, xs, ys, cv2.INTER_LINEAR), (0, 0), 0.7)


def _bite(ink: np.ndarray, pen: Pen, scale: float, rng: np.random.Generator) -> np.ndarray:
    """Say how much of the ink the paper takes, place by place: its tooth, and a pen that runs unevenly."""
    height, width = ink.shape
    speckle = rng.standard_normal((height, width), np.float32)
    tooth = cv2.GaussianBlur(speckle, (0, 0), max(0.5, pen.tooth * scale))
    # Fine specks and, three times as wide, the clumps in which they stand.
    tooth = _unit(tooth) + _unit(cv2.GaussianBlur(speckle, (0, 0), 3 * max(0.5, pen.tooth * scale)))
    tooth = _unit(tooth)
    cells = max(2, int(1.5 * scale))
    coarse = rng.standard_normal((height // cells + 2, width // cells + 2), np.float32)
    uneven = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    # Dry pens leave the valleys of the paper white; where they press harder the ink reaches deeper.
    dry = 1 / (1 + np.exp(-(2.2 * tooth + 6 * ink - 3.2)))
    return (1 - pen.grain) * (1 + 0.05 * tooth + 0.06 * uneven) + pen.grain * dry * (1 + 0.12 * uneven)


def _unit(noise: np.ndarray) -> np.ndarray:
    """Bring noise to unit strength."""
    return noise / max(float(noise.std()), 1e-6)


def _pass_through(points: np.ndarray, steps: int = 16) -> np.ndarray:
    """Lay a smooth curve through points: Catmull and Rom's spline, (n, 2) to (m, 2)."""
    padded = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    curve = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        curve.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))
    return np.vstack([*curve, points[-1:]])


def _resample(path: np.ndarray) -> np.ndarray:
    """Space a path's points evenly, `STEPS_PER_BODY` to the unit."""
    length = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    places = np.linspace(0, length[-1], max(4, int(length[-1] * STEPS_PER_BODY)))
    return np.stack([np.interp(places, length, path[:, axis]) for axis in (0, 1)], axis=1)


def _smooth(values: np.ndarray, sigma: float) -> np.ndarray:
    """Smooth along the first axis, (n, k); the ends stay where they are."""
    reach = int(3 * sigma) + 1
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    # Mirrored through its end point, a stroke keeps its length.
    before, after = 2 * values[:1] - values[1 : reach + 1][::-1], 2 * values[-1:] - values[-reach - 1 : -1][::-1]
    padded = np.vstack([before, values, after])
    missing = len(values) + 2 * reach - len(padded)
    padded = np.pad(padded, ((missing // 2, missing - missing // 2), (0, 0)), mode="edge")
    return np.stack([np.convolve(column, kernel / kernel.sum(), "valid") for column in padded.T], axis=1)


def _curvature(path: np.ndarray) -> np.ndarray:
    """How sharply a path bends at each point, per body height, (n,)."""
    heading = np.unwrap(np.arctan2(*np.gradient(path, axis=0).T[::-1]))
    return np.abs(np.gradient(heading)) * STEPS_PER_BODY


def _drift(count: int, period: int, rng: np.random.Generator) -> np.ndarray:
    """Smooth noise of unit strength, (count,)."""
    knots = rng.normal(0, 1, count // period + 4)
    return _smooth(np.interp(np.arange(count) / period, np.arange(len(knots)), knots)[:, None], period / 4)[:, 0]
