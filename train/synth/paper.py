"""Paper: ink is laid on a sheet, under a lamp, before a camera."""

import cv2
import numpy as np


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
    cover = (ink.astype(np.float32) / 255.0) * (1 - rng.uniform(0, 0.35) * _cloud(height, width, rng))
    picture: np.ndarray = sheet * (1 - cover[..., None]) + pen.astype(np.float32) * cover[..., None]
    picture *= (1 - rng.uniform(0, 0.4) * _cloud(height, width, rng, cells=2))[..., None]
    if rng.random() < 0.6:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 1.1))
    picture += rng.normal(0, rng.uniform(0.5, 7), (height, width, 1)).astype(np.float32)
    picture = np.clip(picture, 0, 255).astype(np.uint8)
    if rng.random() < 0.6:
        quality = int(rng.integers(35, 95))
        encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        picture = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR))
    return picture


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
