"""Paper: ink is laid on a sheet, under a lamp, before a camera."""

import cv2
import numpy as np

STAINED, FOLDED, SHADED = 0.1, 0.1, 0.15
STEEPEST = 0.12


def photograph(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Take a picture of ink on paper.

    Parameters
    ----------
    ink : ndarray of uint8, shape (h, w)
        255 = full ink, at the picture's size.

    Returns
    -------
    ndarray of uint8, shape (h, w, 3)
        BGR: coloured paper and pen, patterns, light, blur, noise and JPEG, at random.
    """
    height, width = ink.shape
    paper = np.clip(rng.uniform(150, 250) + rng.normal(0, 10, 3), 0, 255)
    pen = np.clip(paper * rng.uniform(0.08, 0.6) + rng.normal(0, 18, 3), 0, 235)
    if rng.random() < 0.12:
        paper, pen = (
            rng.uniform(15, 70) + rng.normal(0, 6, 3),
            np.clip(rng.uniform(150, 250) + rng.normal(0, 8, 3), 0, 255),
        )
    sheet = np.broadcast_to(paper.astype(np.float32), (height, width, 3)).copy()
    gap = (pen - paper).astype(np.float32)
    if rng.random() < 0.45:
        sheet += (_pattern(height, width, rng) * rng.uniform(0.06, 0.38))[..., None] * gap
    if rng.random() < 0.3:
        sheet += (_rules(height, width, rng) * rng.uniform(0.3, 1.0))[..., None] * gap
    if rng.random() < STAINED:
        sheet += (_stain(height, width, rng) * rng.uniform(0.05, 0.3))[..., None] * gap
    cover = (ink.astype(np.float32) / 255.0) * (1 - rng.uniform(0, 0.35) * _cloud(height, width, rng))
    picture: np.ndarray = sheet * (1 - cover[..., None]) + pen.astype(np.float32) * cover[..., None]
    picture *= _light(height, width, rng)[..., None]
    if rng.random() < 0.6:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 1.1))
    picture += rng.normal(0, rng.uniform(0.5, 7), (height, width, 1)).astype(np.float32)
    picture = np.clip(picture, 0, 255).astype(np.uint8)
    if rng.random() < 0.6:
        quality = int(rng.integers(35, 95))
        encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        picture = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR))
    return picture


def _light(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Light on the sheet, 0-1: uneven, at times broken by a fold or by somebody's shadow."""
    light = 1 - rng.uniform(0, 0.4) * _cloud(height, width, rng, cells=2)
    if rng.random() < FOLDED:
        away = _distance_to_line(height, width, rng)
        light *= 1 - rng.uniform(0.05, 0.25) * np.exp(-((away / rng.uniform(0.6, 2.5)) ** 2))
        light *= np.where(away > 0, 1.0, rng.uniform(0.85, 1.0))
    if rng.random() < SHADED:
        edge = rng.uniform(1.0, 12.0)
        dark = 1 / (1 + np.exp(-np.clip(_distance_to_line(height, width, rng) / edge, -30, 30)))
        light *= 1 - rng.uniform(0.15, 0.6) * dark
    return np.asarray(light, np.float32)


def _distance_to_line(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Signed distance in px of each pixel to a line that runs somewhere through the picture."""
    ys, xs = np.mgrid[:height, :width].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    return (xs - rng.uniform(0, width)) * np.cos(angle) + (ys - rng.uniform(0, height)) * np.sin(angle)


def _stain(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Draw what was spilt: a blot, or the ring that a cup leaves, 0-1."""
    drawn = np.zeros((height, width), np.uint8)
    centre = int(rng.integers(width)), int(rng.integers(height))
    axes = [max(2, int(height * reach)) for reach in rng.uniform(0.2, 1.2, 2)]
    thickness = -1 if rng.random() < 0.5 else max(1, int(height * rng.uniform(0.03, 0.12)))
    cv2.ellipse(drawn, centre, axes, float(rng.uniform(0, 180)), 0, 360, 255, thickness, cv2.LINE_AA)
    return cv2.GaussianBlur(drawn, (0, 0), 0.02 * height + 0.5).astype(np.float32) / 255.0


def _cloud(height: int, width: int, rng: np.random.Generator, cells: int = 5) -> np.ndarray:
    """Smooth random field, 0-1."""
    coarse = rng.random((cells, cells)).astype(np.float32)
    return np.clip(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), 0, 1)


def _pattern(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Fine wavy lines as banks print them behind amounts, 0-1."""
    ys, xs = np.mgrid[:height, :width].astype(np.float32)
    drawn = np.zeros((height, width), np.float32)
    for _ in range(int(rng.integers(1, 3))):
        angle, period = rng.normal(np.pi / 2, 0.5), rng.uniform(3, 8)
        along = xs * np.sin(angle) - ys * np.cos(angle)
        across = xs * np.cos(angle) + ys * np.sin(angle) + rng.uniform(0, 4) * np.sin(along * rng.uniform(0.02, 0.12))
        drawn = np.maximum(drawn, np.clip(np.cos(across * 2 * np.pi / period) * 1.5 - 0.3, 0, 1))
    return drawn


def _rules(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Draw a line under or over the number, or the lines of a ruled or squared sheet, 0-1."""
    drawn = np.zeros((height, width), np.uint8)
    thickness = int(rng.integers(1, max(2, height // 22) + 1))
    for _ in range(int(rng.integers(1, 3))):
        share = rng.choice([rng.uniform(0, 0.15), rng.uniform(0.8, 1.0), rng.uniform(0.2, 0.8)], p=[0.4, 0.45, 0.15])
        y = int(share * height)
        cv2.line(drawn, (0, y), (width, y + int(rng.normal(0, 0.01) * width)), 255, thickness, cv2.LINE_AA)
    if rng.random() < 0.2:
        for x in range(int(rng.uniform(0, height)), width, max(8, int(height * rng.uniform(0.5, 1.2)))):
            cv2.line(drawn, (x, 0), (x, height), 255, thickness, cv2.LINE_AA)
    return drawn.astype(np.float32) / 255.0


def pick_view(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Draw the view of a camera that is not quite above the sheet: a homography, (3, 3), from sheet to picture."""
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = corners + rng.uniform(-STEEPEST, STEEPEST, (4, 2)).astype(np.float32) * min(height, width)
    moved -= moved.min(axis=0)
    return np.asarray(cv2.getPerspectiveTransform(corners, moved), np.float64)
