"""Drawn: numbers of plain pen strokes, and the paper they stand on, for tests that know where everything is."""

import cv2
import numpy as np

# Strokes in units of the height; y runs from 0 at the top to 1 at the foot.
SHAPES: dict[str, list[list[tuple[float, float]]]] = {
    "0": [[(0.3 + 0.27 * np.sin(a), 0.5 - 0.5 * np.cos(a)) for a in np.linspace(0, 2 * np.pi, 24)]],
    "1": [[(0.1, 0.0), (0.1, 1.0)]],
    "2": [[(0.05, 0.2), (0.25, 0.0), (0.5, 0.1), (0.5, 0.3), (0.0, 1.0), (0.6, 1.0)]],
    "3": [[(0.0, 0.05), (0.45, 0.05), (0.25, 0.42), (0.5, 0.6), (0.45, 0.9), (0.2, 1.0), (0.0, 0.88)]],
    "4": [[(0.35, 0.0), (0.0, 0.65), (0.6, 0.65)], [(0.42, 0.3), (0.42, 1.0)]],
    "5": [[(0.5, 0.0), (0.1, 0.0), (0.05, 0.45), (0.35, 0.4), (0.5, 0.7), (0.35, 1.0), (0.0, 0.95)]],
    "7": [[(0.0, 0.03), (0.55, 0.0), (0.2, 1.0)]],
}
PITCH = 0.95


def write(
    image: np.ndarray,
    text: str,
    left: float,
    top: float,
    height: float,
    pen: int = 4,
    colour: int | tuple[int, int, int] = 255,
    pitch: float = PITCH,
) -> None:
    """Write a number into a picture, one character every `pitch` heights, its body from `top` to `top + height`."""
    for place, character in enumerate(text):
        for stroke in SHAPES[character]:
            points = np.array(stroke) * height + [left + place * pitch * height, top]
            cv2.polylines(image, [np.round(points * 16).astype(np.int32)], False, colour, pen, cv2.LINE_AA, 4)


def ink_of(text: str, height: int = 60, pen: int = 5, pitch: float = PITCH, margin: int = 8) -> np.ndarray:
    """Draw a number's ink alone: uint8 (h, w), 255 = full."""
    ink = np.zeros((height + 2 * margin, int(height * (pitch * (len(text) - 1) + 0.7)) + 2 * margin), np.uint8)
    write(ink, text, margin, margin, height, pen, pitch=pitch)
    return ink


def page_of(
    *rows: str,
    size: tuple[int, int] = (480, 640),
    height: int = 48,
    pen: int = 5,
    ink: tuple[int, int, int] = (60, 40, 40),
    paper: tuple[int, int, int] = (225, 232, 236),
    noise: float = 0.0,
) -> np.ndarray:
    """Draw a page with a row of numbers for each text; the numbers of a row are divided by spaces."""
    image = np.full((*size, 3), paper, np.uint8)
    for place, row in enumerate(rows):
        x = 60.0
        for text in row.split():
            write(image, text, x, 50 + place * 1.9 * height, height, pen, ink)
            x += (PITCH * len(text) + 1.3) * height
    return add_noise(image, noise) if noise else image


def add_noise(image: np.ndarray, strength: float, seed: int = 1) -> np.ndarray:
    """Add a camera's noise."""
    noise = np.random.default_rng(seed).normal(0, strength, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def shadow(shape: tuple[int, ...], darkest: float = 0.35) -> np.ndarray:
    """Make a factor that falls from 1 at the left to `darkest` at the right: float (h, w, 1)."""
    across = np.linspace(1, darkest, shape[1])
    return np.broadcast_to(across[None, :, None], (*shape[:2], 1))
