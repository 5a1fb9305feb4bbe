"""Marks: what stands on paper and is no digit, drawn from scratch."""

from collections.abc import Callable

import cv2
import numpy as np

SIDE_PX = 64
Draw = Callable[[np.ndarray, int, np.random.Generator], None]


def draw_mark(rng: np.random.Generator) -> np.ndarray:
    """Draw a random non-digit: ink uint8 (64, 64), 255 = full."""
    ink = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    width = int(rng.integers(2, 10))
    draw = _KINDS[int(rng.integers(len(_KINDS)))]
    draw(ink, width, rng)
    return ink


def draw_scrawl(rng: np.random.Generator) -> np.ndarray:
    """Draw what fills a line or a margin and is no writing, waves, zigzags, loops, a spiral: uint8 (64, w)."""
    turns = int(rng.integers(2, 8))
    angle = np.linspace(0, turns * 2 * np.pi, 24 * turns) + rng.uniform(0, 2 * np.pi)
    width = int(SIDE_PX * turns * rng.uniform(0.3, 0.9))
    along = np.linspace(6, width - 6, len(angle))
    kind = int(rng.integers(4))
    if kind == 3:
        reach = 28 * np.linspace(0.1, 1, len(angle))
        x, y = 32 + reach * np.cos(angle), 32 + reach * np.sin(angle)
        width = SIDE_PX
    else:
        swing = np.arcsin(np.sin(angle)) * (2 / np.pi) if kind == 1 else np.sin(angle)
        y = 32 + rng.uniform(16, 27) * swing * (1 + rng.normal(0, 0.12, len(angle)).cumsum() / len(angle))
        x = along + (rng.uniform(8, 18) * np.cos(angle) if kind == 2 else 0)
    ink = np.zeros((SIDE_PX, width), np.uint8)
    points = [np.stack([x, y], axis=1).round().astype(np.int32)]
    cv2.polylines(ink, points, False, 255, int(rng.integers(2, 6)), cv2.LINE_AA)
    return ink


def draw_sign(name: str, rng: np.random.Generator) -> np.ndarray:
    """Draw what stands before, after or between digits.

    Parameters
    ----------
    name : {".", ",", "-", "=", "/", ":", "$", "#", "*", "+"}

    Returns
    -------
    ndarray of uint8, shape (64, 64)
    """
    ink = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    _SIGNS[name](ink, int(rng.integers(2, 7)), rng)
    return ink


def _dot(ink: np.ndarray, width: int, rng: np.random.Generator) -> None:
    axes = int(rng.integers(3, 7)), int(rng.integers(3, 12))
    cv2.ellipse(ink, (32, 32), axes, float(rng.uniform(-10, 40)), 0, 360, 255, -1, cv2.LINE_AA)


def _single(ink: np.ndarray, width: int, rng: np.random.Generator) -> None:
    length, tilt = rng.uniform(14, 28), rng.normal(0, 3)
    _line(ink, (32 - length, 32 + tilt), (32 + length, 32 - tilt), width)


def _double(ink: np.ndarray, width: int, rng: np.random.Generator) -> None:
    length, tilt = rng.uniform(14, 28), rng.normal(0, 3)
    for offset in (-rng.uniform(6, 10), rng.uniform(6, 10)):
        _line(ink, (32 - length, 32 + offset + tilt), (32 + length, 32 + offset - tilt), width)


def _slash(ink: np.ndarray, width: int, rng: np.random.Generator) -> None:
    reach = rng.uniform(8, 22)
    _line(ink, (32 + reach, 4), (32 - reach, 60), width)


def _colon(ink: np.ndarray, width: int, rng: np.random.Generator) -> None:
    for y in (16, 48):
        at = 32 + round(rng.normal(0, 2)), y + round(rng.normal(0, 2))
        cv2.ellipse(ink, at, (width + 2, width + int(rng.integers(0, 5))), 0, 0, 360, 255, -1, cv2.LINE_AA)


def _dollar(ink: np.ndarray, width: int, rng: np.random.Generator) -> None:
    wide = int(rng.integers(9, 17))
    cv2.ellipse(ink, (32, 20), (wide, 11), 0, 90, 330, 255, width, cv2.LINE_AA)
    cv2.ellipse(ink, (32, 43), (wide, 12), 0, -90, 150, 255, width, cv2.LINE_AA)
    for shift in (0,) if rng.random() < 0.6 else (-4, 4):
        _line(ink, (32 + shift + rng.normal(0, 2), 3), (32 + shift + rng.normal(0, 2), 61), max(2, width - 1))


def _asterisk(ink: np.ndarray, width: int, rng: np.random.Generator) -> None:
    for angle in np.arange(3) * np.pi / 3 + rng.uniform(0, 1):
        across = np.cos(angle) * 20, np.sin(angle) * 20
        _line(ink, (32 - across[0], 32 - across[1]), (32 + across[0], 32 + across[1]), width)


def _plus(ink: np.ndarray, width: int, rng: np.random.Generator) -> None:
    _line(ink, (8, 32 + rng.normal(0, 2)), (56, 32 + rng.normal(0, 2)), width)
    _line(ink, (32 + rng.normal(0, 2), 8), (32 + rng.normal(0, 2), 56), width)


def _point(rng: np.random.Generator) -> tuple[int, int]:
    x, y = rng.integers(6, SIDE_PX - 6, 2)
    return int(x), int(y)


def _line(ink: np.ndarray, a: tuple[float, float], b: tuple[float, float], width: int) -> None:
    cv2.line(ink, (round(a[0]), round(a[1])), (round(b[0]), round(b[1])), 255, width, cv2.LINE_AA)


def _scribble(ink: np.ndarray, width: int, rng: np.random.Generator) -> None:
    points = np.cumsum(rng.normal(0, 14, (int(rng.integers(5, 14)), 2)), axis=0)
    points = (points - points.min(0)) / np.maximum(np.ptp(points, axis=0), 1) * 50 + 7
    cv2.polylines(ink, [points.astype(np.int32)], False, 255, width, cv2.LINE_AA)


def _cross(ink: np.ndarray, width: int, rng: np.random.Generator) -> None:
    turn = rng.choice([0.0, np.pi / 4]) + rng.normal(0, 0.1)
    for angle in (turn, turn + np.pi / 2):
        reach = rng.uniform(16, 28)
        across = np.cos(angle) * reach, np.sin(angle) * reach
        _line(ink, (32 - across[0], 32 - across[1]), (32 + across[0], 32 + across[1]), width)


def _star(ink: np.ndarray, width: int, rng: np.random.Generator) -> None:
    spikes, inner = int(rng.integers(4, 8)), rng.uniform(8, 16)
    angles = np.arange(2 * spikes) * np.pi / spikes - np.pi / 2 + rng.normal(0, 0.1)
    reach = np.where(np.arange(2 * spikes) % 2, inner, 28)
    _polygon(ink, np.stack([32 + reach * np.cos(angles), 32 + reach * np.sin(angles)], axis=1), width, rng)


def _regular(ink: np.ndarray, width: int, rng: np.random.Generator) -> None:
    corners = int(rng.integers(3, 6))
    angles = np.arange(corners) * 2 * np.pi / corners + rng.uniform(0, 6.3)
    _polygon(ink, np.stack([32 + 28 * np.cos(angles), 32 + rng.uniform(15, 28) * np.sin(angles)], axis=1), width, rng)


def _rectangle(ink: np.ndarray, width: int, rng: np.random.Generator) -> None:
    half_w, half_h = rng.uniform(6, 28, 2)
    corners = np.array([[-half_w, -half_h], [half_w, -half_h], [half_w, half_h], [-half_w, half_h]]) + 32
    _polygon(ink, corners + rng.normal(0, 1, (4, 2)), width, rng, filled=0.7)


def _polygon(ink: np.ndarray, corners: np.ndarray, width: int, rng: np.random.Generator, filled: float = 0.5) -> None:
    points = [corners.astype(np.int32)]
    if rng.random() < filled:
        cv2.fillPoly(ink, points, 255, cv2.LINE_AA)
    else:
        cv2.polylines(ink, points, True, 255, min(width, 5), cv2.LINE_AA)


def _blob(ink: np.ndarray, width: int, rng: np.random.Generator) -> None:
    axes = int(rng.integers(10, 28)), int(rng.integers(10, 28))
    cv2.ellipse(ink, (32, 32), axes, float(rng.uniform(0, 180)), 0, 360, 255, -1, cv2.LINE_AA)
    if rng.random() < 0.5:
        rough = cv2.resize(rng.random((9, 9)).astype(np.float32), (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_CUBIC)
        np.copyto(ink, 0, where=rough > 0.65)


def _arrow(ink: np.ndarray, width: int, rng: np.random.Generator) -> None:
    a, b = np.array(_point(rng), float), np.array(_point(rng), float)
    if np.hypot(*(b - a)) < 25:
        b = SIDE_PX - a
    _line(ink, tuple(a), tuple(b), width)
    back = (a - b) / max(float(np.hypot(*(a - b))), 1.0) * rng.uniform(10, 24)
    for angle in (-rng.uniform(0.4, 0.9), rng.uniform(0.4, 0.9)):
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        _line(ink, tuple(b), tuple(b + turn @ back), width)


def _tick(ink: np.ndarray, width: int, rng: np.random.Generator) -> None:
    _line(ink, (10, rng.uniform(30, 40)), (rng.uniform(20, 28), 56), width)
    _line(ink, (rng.uniform(20, 28), 56), (56, rng.uniform(6, 20)), width)


def _hash(ink: np.ndarray, width: int, rng: np.random.Generator) -> None:
    lean = rng.uniform(0, 6)
    for x in (22, 42):
        _line(ink, (x + lean, 6), (x - lean, 58), min(width, 5))
    for y in (22, 42):
        _line(ink, (6, y), (58, y + rng.normal(0, 2)), min(width, 5))


def _frame_corner(ink: np.ndarray, width: int, rng: np.random.Generator) -> None:
    x, y = _point(rng)
    _line(ink, (x, 2), (x, 62), width)
    _line(ink, (2, y), (62, y), width)


def _waves(ink: np.ndarray, width: int, rng: np.random.Generator) -> None:
    xs = np.linspace(4, 60, 40)
    ys = 32 + rng.uniform(4, 14) * np.sin(xs * rng.uniform(0.15, 0.5) + rng.uniform(0, 6))
    cv2.polylines(ink, [np.stack([xs, ys], axis=1).astype(np.int32)], False, 255, min(width, 6), cv2.LINE_AA)


def _specks(ink: np.ndarray, width: int, rng: np.random.Generator) -> None:
    for _ in range(int(rng.integers(2, 9))):
        cv2.circle(ink, _point(rng), int(rng.integers(1, 5)), 255, -1, cv2.LINE_AA)


_KINDS: tuple[Draw, ...] = (
    _scribble, _scribble, _cross, _star, _regular, _rectangle, _blob, _arrow, _arrow, _tick, _hash, _frame_corner,
    _waves, _single, _double, _specks,
)  # fmt: skip
_SIGNS: dict[str, Draw] = {
    ".": _dot, ",": _dot, "-": _single, "=": _double, "/": _slash, ":": _colon, "$": _dollar, "#": _hash,
    "*": _asterisk, "+": _plus,
}  # fmt: skip
