"""Scenes: what is written lies on paper, the paper lies somewhere, light falls on it, and a camera looks at it.

Everything is measured in mm on the sheet until the camera's pinhole projection makes pixels of it. Pictures are
float32 BGR, 0-1, until the camera's sensor rounds them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from capture.image import load_image
from samples.strokes import (
    AMERICAN,
    BALLPOINT,
    BLACK_PEN,
    CHALK,
    CHILD,
    EUROPEAN,
    FELT_TIP,
    FOUNTAIN,
    HASTY,
    MARKER,
    NEAT,
    PENCIL,
    ROUND,
    Hand,
    Pen,
    Trace,
    lay_ink,
    scrawl,
    write,
)

Colour = tuple[int, int, int]
OVERSAMPLING = 2
WHITE_PAPER: Colour = (232, 240, 243)


@dataclass(frozen=True, eq=False)
class Sheet:
    """A sheet of paper, or a board.

    Parameters
    ----------
    image : ndarray of float32, shape (h, w, 3)
        BGR, 0-1, evenly lit.
    scale : float
        Px per mm.
    """

    image: np.ndarray
    scale: float

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height in mm."""
        return self.image.shape[1] / self.scale, self.image.shape[0] / self.scale


@dataclass(frozen=True)
class Camera:
    """How a camera stands to a sheet, and what it makes of the light.

    Parameters
    ----------
    size : (int, int)
        Width and height of the frame, px.
    px_per_mm : float
        Of the sheet's middle, in the frame.
    centre : (float, float)
        Where the sheet's middle lies in the frame, as shares of its width and height.
    turn, tilt, pan : float
        Degrees: the sheet turned anticlockwise in its plane, its top leant away, its right leant away.
    blur_px : float
        Of the lens, as a standard deviation.
    noise : float
        Of the sensor at mid grey, 0-255.
    sharpen : float
        How much the camera sharpens; cheap ones do a lot.
    vignette : float
        0-1: how dark the corners are.
    jpeg : int or None
        Quality of the camera's own compression.
    """

    size: tuple[int, int]
    px_per_mm: float
    centre: tuple[float, float] = (0.5, 0.5)
    turn: float = 0.0
    tilt: float = 0.0
    pan: float = 0.0
    blur_px: float = 0.6
    noise: float = 2.0
    sharpen: float = 0.3
    vignette: float = 0.12
    jpeg: int | None = None


@dataclass(frozen=True)
class Light:
    """Light on a sheet.

    Parameters
    ----------
    level : float
        At its brightest.
    lamp : (float, float)
        Where it comes from, as shares of the frame's width and height.
    falloff : float
        How quickly it fades: 0 = even.
    tint : (float, float, float)
        BGR factors.
    shadows : tuple of Shadow
    """

    level: float = 1.0
    lamp: tuple[float, float] = (0.2, -0.2)
    falloff: float = 0.22
    tint: tuple[float, float, float] = (0.96, 1.0, 1.02)
    shadows: tuple["Shadow", ...] = ()


@dataclass(frozen=True)
class Shadow:
    """A shadow.

    Parameters
    ----------
    outline : tuple of (float, float)
        Its corners, as shares of the frame's width and height.
    depth : float
        0-1: how much light it takes.
    softness : float
        Its edge's standard deviation, as a share of the frame's width.
    """

    outline: tuple[tuple[float, float], ...]
    depth: float
    softness: float


# --- papers


def make_paper(width_mm: float, height_mm: float, scale: float, colour: Colour, rng: np.random.Generator) -> Sheet:
    """Make a sheet of paper: fibres, a slightly cloudy look and no two places quite alike."""
    shape = round(height_mm * scale), round(width_mm * scale)
    fibres = cv2.GaussianBlur(rng.standard_normal(shape, np.float32), (0, 0), 0.12 * scale + 0.4)
    fibres = (
        fibres / fibres.std() * 0.006 + 0.003 * cloud(shape, 2.5 * scale, rng) + 0.004 * cloud(shape, 28 * scale, rng)
    )
    tint = np.stack([cloud(shape, 40 * scale, rng) for _ in range(3)], axis=2) * np.float32(0.004)
    return Sheet(np.clip(_bgr(colour) * (1 + fibres[..., None] + tint), 0, 1).astype(np.float32), scale)


def make_board(width_mm: float, height_mm: float, scale: float, colour: Colour, rng: np.random.Generator) -> Sheet:
    """Make a blackboard: matt, and wiped with a dry sponge that left streaks of chalk."""
    plain = make_paper(width_mm, height_mm, scale, colour, rng).image
    shape = plain.shape[:2]
    streaks = 0.5 * stretch_noise(shape, (90 * scale, 2.5 * scale), rng) + stretch_noise(
        shape, (170 * scale, 16 * scale), rng
    )
    wiped = cv2.warpAffine(
        streaks, np.array([[1, 0, 0], [-0.16, 1, 0.08 * shape[1]]]), shape[::-1], borderMode=cv2.BORDER_REFLECT
    )
    haze = (
        0.022 * np.clip(wiped + cloud(shape, 90 * scale, rng) + 1.2, 0, 4) * (1 + 0.25 * cloud(shape, 1.4 * scale, rng))
    )
    return Sheet(plain + (1 - plain) * haze[..., None].astype(np.float32), scale)


def make_desk(shape: tuple[int, int], rng: np.random.Generator, light: Colour, dark: Colour) -> np.ndarray:
    """Make a wooden table top as the camera sees it: float32 (h, w, 3)."""
    grain = 0.5 * stretch_noise(shape, (260, 9), rng) + 0.35 * stretch_noise(shape, (420, 2.5), rng)
    rings = np.sin(2.2 * stretch_noise(shape, (700, 60), rng) * 4) * 0.35
    share = np.clip(0.5 + 0.28 * (grain + rings + 0.3 * cloud(shape, 200, rng)), 0, 1)[..., None]
    return (_bgr(light) * share + _bgr(dark) * (1 - share)).astype(np.float32)


def rule(
    sheet: Sheet, lines: Iterable[Sequence[float]], width_mm: float, colour: Colour, rng: np.random.Generator
) -> Sheet:
    """Print or draw straight lines on a sheet.

    Parameters
    ----------
    lines : iterable of (x0, y0, x1, y1)
        Mm.
    """
    shape = sheet.image.shape[:2]
    drawn = np.zeros(shape, np.uint8)
    thickness = max(1, round(width_mm * sheet.scale))
    for x0, y0, x1, y1 in lines:
        ends = np.round(np.array([x0, y0, x1, y1]) * sheet.scale * 16).astype(int)
        cv2.line(drawn, (int(ends[0]), int(ends[1])), (int(ends[2]), int(ends[3])), 255, thickness, cv2.LINE_AA, 4)
    worn = np.clip(0.9 + 0.1 * cloud(shape, 3 * sheet.scale, rng), 0, 1)
    return stain(sheet, drawn.astype(np.float32) / 255 * worn, colour)


def rows(sheet: Sheet, first: float, step: float) -> list[tuple[float, float, float, float]]:
    """Lines right across, every `step` mm from `first` on."""
    width, height = sheet.size_mm
    return [(-1, y, width + 1, y) for y in np.arange(first, height, step)]


def columns(sheet: Sheet, first: float, step: float) -> list[tuple[float, float, float, float]]:
    """Lines from top to bottom, every `step` mm from `first` on."""
    width, height = sheet.size_mm
    return [(x, -1, x, height + 1) for x in np.arange(first, width, step)]


def fold(sheet: Sheet, y_mm: float, strength: float, rng: np.random.Generator) -> Sheet:
    """Fold a sheet across and flatten it again: one side of the crease catches the light, the other doesn't."""
    ys = np.arange(sheet.image.shape[0], dtype=np.float32)[:, None] / sheet.scale - y_mm
    ys = ys + 0.5 * cloud(sheet.image.shape[:2], 30 * sheet.scale, rng)
    ridge = np.exp(-np.abs(ys) / 0.5) * np.sign(ys) + 0.8 * np.exp(-np.abs(ys) / 9) * np.sign(ys)
    return Sheet(np.clip(sheet.image * (1 - strength * ridge[..., None]), 0, 1).astype(np.float32), sheet.scale)


def stain(sheet: Sheet, cover: np.ndarray, colour: Colour) -> Sheet:
    """Let ink of a colour (BGR of its full strength on white) darken a sheet where it covers it, float32 (h, w) 0-1."""
    passed = np.exp(cover[..., None] * np.log(_bgr(colour) + 0.01))
    return Sheet(sheet.image * passed.astype(np.float32), sheet.scale)


def dust(sheet: Sheet, cover: np.ndarray, colour: Colour) -> Sheet:
    """Lay chalk of a colour on a board: it hides what is under it, and a little of it falls beside the stroke."""
    haze = np.clip(cover + 0.10 * cv2.GaussianBlur(cover, (0, 0), 1.6 * sheet.scale), 0, 1)[..., None]
    return Sheet(sheet.image * (1 - haze) + _bgr(colour) * haze, sheet.scale)


def put(sheet: Sheet, traces: Iterable[Trace], pen: Pen, rng: np.random.Generator, chalk: bool = False) -> Sheet:
    """Write traces on a sheet with a pen."""
    cover = lay_ink(traces, pen, sheet.image.shape[:2], sheet.scale, rng)
    return dust(sheet, cover, pen.colour) if chalk else stain(sheet, cover, pen.colour)


# --- light and camera


def photograph(
    sheet: Sheet,
    camera: Camera,
    light: Light,
    rng: np.random.Generator,
    around: np.ndarray | None = None,
    curl: float = 0.0,
    before: Sequence["Thumb"] = (),
) -> np.ndarray:
    """Take a picture of a sheet.

    Parameters
    ----------
    around : ndarray of float32, shape (H, W, 3), optional
        What is seen beside the sheet, at the frame's size.
    curl : float
        How far the sheet bulges, as a share of its width.
    before : sequence of Thumb
        What holds it.

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)
    """
    width, height = camera.size
    large = project(sheet, camera, curl)
    seen = cv2.resize(large, camera.size, interpolation=cv2.INTER_AREA)
    share, picture = seen[..., 3:], seen[..., :3]
    if around is not None:
        gloom = cv2.GaussianBlur(share[..., 0], (0, 0), 0.012 * width)
        moved = cv2.warpAffine(gloom, np.array([[1, 0, 0.006 * width], [0, 1, 0.009 * width]]), camera.size)
        picture = picture + around * (1 - 0.55 * moved[..., None]) * (1 - share)
    for thumb in before:
        picture = put_thumb(picture, thumb, rng)
    return expose(picture * shine(light, (height, width), rng), camera, rng)


def project(sheet: Sheet, camera: Camera, curl: float = 0.0) -> np.ndarray:
    """See a sheet through a pinhole: float32 (2H, 2W, 4), BGR times cover, and cover 0-1."""
    width, height = (side * OVERSAMPLING for side in camera.size)
    matrix = np.linalg.inv(find_projection(sheet, camera) @ np.diag([1 / sheet.scale, 1 / sheet.scale, 1]))
    ys, xs = np.mgrid[:height, :width].astype(np.float32)
    depth = matrix[2, 0] * xs + matrix[2, 1] * ys + matrix[2, 2]
    us = ((matrix[0, 0] * xs + matrix[0, 1] * ys + matrix[0, 2]) / depth).astype(np.float32)
    vs = ((matrix[1, 0] * xs + matrix[1, 1] * ys + matrix[1, 2]) / depth).astype(np.float32)
    along = us / sheet.image.shape[1]
    bulge = np.sin(np.pi * np.clip(along, 0, 1))
    vs += curl * sheet.image.shape[1] * bulge
    solid = np.dstack([sheet.image, np.ones(sheet.image.shape[:2], np.float32)])
    seen = cv2.remap(solid, us, vs, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(0, 0, 0, 0))
    if curl:
        seen[..., :3] *= (1 - 2.5 * curl * (np.cos(np.pi * np.clip(along, 0, 1)) + 0.4 * (1 - bulge)))[..., None]
    return seen


def find_projection(sheet: Sheet, camera: Camera) -> np.ndarray:
    """Matrix from mm on the sheet to the oversampled frame's pixels, float64 (3, 3)."""
    turn, tilt, pan = np.deg2rad([camera.turn, camera.tilt, camera.pan])
    about_z = np.array([[np.cos(turn), np.sin(turn), 0], [-np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, np.cos(tilt), np.sin(tilt)], [0, -np.sin(tilt), np.cos(tilt)]])
    about_y = np.array([[np.cos(pan), 0, -np.sin(pan)], [0, 1, 0], [np.sin(pan), 0, np.cos(pan)]])
    pose = about_x @ about_y @ about_z
    width, height = (side * OVERSAMPLING for side in camera.size)
    # A phone's lens: as far off as the longer side of its picture, and a bit.
    focal = 1.2 * max(width, height)
    distance = focal / (camera.px_per_mm * OVERSAMPLING)
    lens = np.array([[focal, 0, camera.centre[0] * width], [0, focal, camera.centre[1] * height], [0, 0, 1]])
    middle_x, middle_y = (side / 2 for side in sheet.size_mm)
    centred = np.array([[1, 0, -middle_x], [0, 1, -middle_y], [0, 0, 1]])
    plane = np.column_stack([pose[:, 0], pose[:, 1], [0, 0, distance]])
    return lens @ plane @ centred


def shine(light: Light, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """How much light falls where: float32 (h, w, 3) of factors."""
    height, width = shape
    ys, xs = np.mgrid[:height, :width].astype(np.float32)
    far = np.hypot(xs / width - light.lamp[0], (ys / height - light.lamp[1]) * height / width)
    level = light.level / (1 + light.falloff * far**2) * (1 + 0.012 * cloud(shape, width / 4, rng))
    for shadow in light.shadows:
        level = level * (1 - _shade(shadow, shape))
    # What no lamp reaches is lit by the room, which is bluer.
    cool = np.clip(1 - level / light.level, 0, 1)[..., None] * np.array([0.10, 0.02, -0.05])
    return (level[..., None] * (np.array(light.tint) + cool)).astype(np.float32)


def _shade(shadow: Shadow, shape: tuple[int, int]) -> np.ndarray:
    """Light that a shadow takes, float32 (h, w), 0-1."""
    height, width = shape
    mask = np.zeros(shape, np.float32)
    outline = np.round(np.array(shadow.outline) * [width, height]).astype(np.int32)
    cv2.fillPoly(mask, [outline], 1.0)
    return shadow.depth * cv2.GaussianBlur(mask, (0, 0), shadow.softness * width)


def expose(picture: np.ndarray, camera: Camera, rng: np.random.Generator) -> np.ndarray:
    """Put light through a camera's lens, onto its sensor and through its processing: uint8 (h, w, 3)."""
    height, width = picture.shape[:2]
    ys, xs = np.mgrid[:height, :width].astype(np.float32)
    corner = ((xs / width - 0.5) ** 2 + (ys / height - 0.5) ** 2 * (height / width) ** 2) * 2
    picture = picture * (1 - camera.vignette * corner * 1.4)[..., None]
    if camera.blur_px:
        picture = cv2.GaussianBlur(picture, (0, 0), camera.blur_px)
    picture = picture + sense_noise(picture, camera.noise / 255, rng)
    halo = cv2.GaussianBlur(picture, (0, 0), 1.2)
    taken = np.round(np.clip(picture + camera.sharpen * (picture - halo), 0, 1) * 255).astype(np.uint8)
    if camera.jpeg is None:
        return taken
    return load_image(cv2.imencode(".jpg", taken, [cv2.IMWRITE_JPEG_QUALITY, camera.jpeg])[1].tobytes())


def sense_noise(picture: np.ndarray, strength: float, rng: np.random.Generator) -> np.ndarray:
    """Noise of a sensor: more in the light, smeared by the denoiser, and blotchy in its colours."""
    shape = picture.shape[:2]
    grey = cv2.GaussianBlur(rng.standard_normal(shape, np.float32), (0, 0), 0.6) * 1.6
    blotches = np.stack([cloud(shape, 3, rng) for _ in range(3)], axis=2) * np.float32(0.4)
    light = np.sqrt(np.clip(picture.mean(axis=2, keepdims=True), 0.02, 1) * 2)
    return ((grey[..., None] + blotches) * light * strength).astype(np.float32)


def cloud(shape: tuple[int, int], cell_px: float, rng: np.random.Generator) -> np.ndarray:
    """Smooth noise of unit strength whose clouds are about `cell_px` across, float32 (h, w)."""
    return stretch_noise(shape, (cell_px, cell_px), rng)


def stretch_noise(shape: tuple[int, int], cell_px: tuple[float, float], rng: np.random.Generator) -> np.ndarray:
    """Smooth noise of unit strength, `cell_px` wide and high, float32 (h, w)."""
    size = int(shape[0] / cell_px[1]) + 4, int(shape[1] / cell_px[0]) + 4
    coarse: np.ndarray = cv2.GaussianBlur(rng.standard_normal(size, np.float32), (3, 3), 0)
    whole = cv2.resize(
        coarse / max(float(coarse.std()), 1e-6), None, fx=cell_px[0], fy=cell_px[1], interpolation=cv2.INTER_CUBIC
    )
    # The first cells are left out, in which a resize repeats its border.
    top, left = int(cell_px[1]), int(cell_px[0])
    return whole[top : top + shape[0], left : left + shape[1]]


def _bgr(colour: Colour) -> np.ndarray:
    """Colour as factors, float32 (3,)."""
    return np.array(colour, np.float32) / np.float32(255)


# --- what is seen beside the sheet of a webcam


def make_room(size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Make a room behind somebody who holds a sheet up, out of focus: float32 (h, w, 3)."""
    width, height = size
    room = np.full((height, width, 3), _bgr((96, 112, 122)), np.float32)
    room *= 1 + 0.03 * cloud((height, width), 300, rng)[..., None]
    _put_shelf(room, rng)
    cv2.rectangle(room, (round(0.02 * width), 0), (round(0.13 * width), height), (0.30, 0.37, 0.44), -1)
    cv2.rectangle(
        room, (round(0.035 * width), -9), (round(0.115 * width), round(0.42 * height)), (0.34, 0.42, 0.49), -1
    )
    return _put_person(cv2.GaussianBlur(room, (0, 0), 0.009 * width), rng)


def _put_shelf(room: np.ndarray, rng: np.random.Generator) -> None:
    """Stand books in a shelf on the right of a room."""
    height, width = room.shape[:2]
    left = round(0.78 * width)
    room[:, left:] *= 0.45
    for bottom in (0.26, 0.58, 0.92):
        x = left + 6
        while x < width:
            thick, tall = int(rng.uniform(0.008, 0.026) * width), rng.uniform(0.16, 0.25) * height
            colour = rng.uniform(0.10, 0.42) * (
                1 + rng.normal(0, 0.14) * np.array([-1.6, 0.0, 1.6]) + rng.normal(0, 0.06, 3)
            )
            top = round(bottom * height - tall)
            cv2.rectangle(
                room, (x, top), (x + thick - 2, round(bottom * height)), np.clip(colour, 0.04, 0.6).tolist(), -1
            )
            x += thick
        cv2.rectangle(
            room, (left, round(bottom * height)), (width, round((bottom + 0.025) * height)), (0.25, 0.34, 0.42), -1
        )


def _put_person(room: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Put shoulders in a woollen jumper before a room; the sheet will hide the face."""
    height, width = room.shape[:2]
    ys, xs = np.mgrid[:height, :width].astype(np.float32)
    x, y = (xs / width - 0.47) / 0.40, ys / height
    shoulders = 0.36 + 0.42 * np.abs(x) ** 3.2 + 0.05 * np.abs(x)
    inside = cv2.GaussianBlur((y > shoulders).astype(np.float32), (0, 0), 0.004 * width)[..., None]
    folds = 0.22 * stretch_noise((height, width), (60, 190), rng) + 0.06 * cloud((height, width), 5, rng)
    rounded = np.clip(1.1 - 0.55 * x**2, 0.3, 1.1) * (0.8 + 0.6 * np.clip(y - shoulders, 0, 0.4))
    wool = _bgr((92, 62, 48)) * (rounded * (1 + 0.55 * folds))[..., None]
    return (room * (1 - inside) + cv2.GaussianBlur(wool.astype(np.float32), (0, 0), 1.5) * inside).astype(np.float32)


@dataclass(frozen=True)
class Thumb:
    """A thumb that holds a sheet.

    Parameters
    ----------
    tip, root : (float, float)
        Px in the frame.
    radius : float
        Px at its thickest.
    """

    tip: tuple[float, float]
    root: tuple[float, float]
    radius: float


def put_thumb(picture: np.ndarray, thumb: Thumb, rng: np.random.Generator) -> np.ndarray:
    """Lay a thumb over a picture, float32 (h, w, 3): round, with a nail, creases, and its shadow on the paper."""
    height, width = picture.shape[:2]
    ys, xs = np.mgrid[:height, :width].astype(np.float32)
    axis = np.array(thumb.root) - thumb.tip
    length = float(np.hypot(*axis))
    along_x, along_y = axis / length
    # Along the thumb from its tip, and across it; both in radii.
    u = ((xs - thumb.tip[0]) * along_x + (ys - thumb.tip[1]) * along_y) / thumb.radius
    v = (-(xs - thumb.tip[0]) * along_y + (ys - thumb.tip[1]) * along_x) / thumb.radius
    v = v + 0.05 * np.sin(0.9 * u)
    half = _thumb_half_width(u) * (1 + 0.012 * cloud((height, width), thumb.radius, rng))
    rise = np.sqrt(np.clip(1 - (v / np.maximum(half, 1e-3)) ** 2, 0, 1)) * (half > 0)
    cover = cv2.GaussianBlur((rise > 0).astype(np.float32), (0, 0), 1.0)[..., None]
    skin = _skin(u, v / np.maximum(half, 1e-3), rise, rng)
    fallen = cv2.warpAffine(
        cover[..., 0], np.array([[1, 0, 0.10 * thumb.radius], [0, 1, 0.16 * thumb.radius]]), (width, height)
    )
    shade = 1 - 0.42 * cv2.GaussianBlur(fallen, (0, 0), 0.22 * thumb.radius)[..., None]
    return (picture * shade * (1 - cover) + skin * cover).astype(np.float32)


def _thumb_half_width(u: np.ndarray) -> np.ndarray:
    """Half the width of a thumb along its length, both in radii: a round tip, a waist behind the nail, a joint."""
    tip = np.sqrt(np.clip(1 - np.clip(1 - u / 0.95, 0, 1) ** 2.3, 0, 1)) * (u > 0)
    return tip * (0.90 - 0.10 * np.exp(-(((u - 2.1) / 0.7) ** 2)) + 0.10 * np.exp(-(((u - 3.3) / 0.8) ** 2)) + 0.02 * u)


def _skin(u: np.ndarray, v: np.ndarray, rise: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Colour of a thumb, float32 (h, w, 3); u along it in radii, v across it -1 to 1, rise 0-1."""
    shape = u.shape
    lit = 0.42 + 0.42 * rise - 0.13 * v * np.sqrt(np.clip(rise, 0, 1))
    creases = sum(np.exp(-(((u - at - 0.07 * v**2) / 0.045) ** 2)) for at in (2.95, 3.15, 3.42, 3.62))
    lit = lit * (1 - 0.10 * creases) * (1 + 0.02 * cloud(shape, 3, rng) + 0.025 * cloud(shape, 16, rng))
    red = np.clip(np.exp(-((u / 0.9) ** 2)) + 0.3 * np.exp(-(((u - 3.2) / 0.5) ** 2)), 0, 1)[..., None]
    skin = lit[..., None] * (_bgr((150, 178, 226)) * (1 - 0.25 * red) + _bgr((128, 146, 222)) * 0.25 * red) * 1.05
    # The nail: a flat oval with a pale rim, a moon and a gleam.
    oval = ((u - 0.98) / 0.80) ** 2 + (v / 0.66) ** 2 + 0.35 * np.clip((u - 0.98) / 0.80, -1, 1) ** 4
    nail = cv2.GaussianBlur((oval < 1).astype(np.float32), (0, 0), 1.2)[..., None]
    groove = np.exp(-(((np.sqrt(np.maximum(oval, 0)) - 1.03) / 0.06) ** 2))[..., None] * (u[..., None] > 0.5)
    moon = np.exp(-(((u - 1.62) / 0.14) ** 2) - (v / 0.35) ** 2)
    gleam = 0.16 * np.exp(-(((v + 0.22) / 0.14) ** 2) - ((u - 0.95) / 0.5) ** 2)
    plate = (0.62 + 0.24 * np.sqrt(np.clip(1 - v**2, 0, 1)) + 0.07 * moon + gleam)[..., None] * _bgr((178, 192, 236))
    rim = np.clip((0.42 - u) / 0.08, 0, 1)[..., None]
    plate = plate * (1 - 0.5 * rim) + 0.5 * rim * _bgr((196, 206, 220)) * 0.85
    return (skin * (1 - 0.22 * groove) * (1 - nail) + plate * nail).astype(np.float32)


# --- the pictures

OAK: tuple[Colour, Colour] = ((98, 140, 182), (58, 92, 130))
WALNUT: tuple[Colour, Colour] = ((62, 84, 112), (34, 48, 68))
GREY_DESK: tuple[Colour, Colour] = ((104, 106, 108), (84, 86, 90))
Word = tuple[str, float, float, float]


@dataclass(frozen=True)
class Sample:
    """One picture, and what a reader should make of it.

    Parameters
    ----------
    file : str
    numbers : tuple of str
        In reading order.
    shows : str
        One line on what it shows.
    draw : callable
        Draws it with a generator of random numbers: uint8 (h, w, 3) or (h, w).
    layout : str
        "page" or "line", as `Pipeline` takes it.
    quality : int
        Of a JPEG.
    """

    file: str
    numbers: tuple[str, ...]
    shows: str
    draw: Callable[[np.random.Generator], np.ndarray] = field(repr=False)
    layout: str = "page"
    quality: int = 86


_SAMPLES: list[Sample] = []
Draw = Callable[[np.random.Generator], np.ndarray]


def _picture(file: str, numbers: str, shows: str, layout: str = "page", quality: int = 86) -> Callable[[Draw], Draw]:
    """Enter a function that draws into the list of samples; its numbers stand between spaces."""

    def enter(draw: Draw) -> Draw:
        _SAMPLES.append(Sample(file, tuple(numbers.split()), shows, draw, layout, quality))
        return draw

    return enter


def spell(words: Iterable[Word], hand: Hand, rng: np.random.Generator) -> list[Trace]:
    """Write several numbers: text, left, baseline and height in mm."""
    return [trace for text, left, baseline, height in words for trace in write(text, hand, left, baseline, height, rng)]


@_picture("opencv_frame_0.png", "4071 2589", "a webcam's frame: a sheet that somebody holds up")
def _draw_webcam(rng: np.random.Generator) -> np.ndarray:
    sheet = make_paper(210, 148, 8, WHITE_PAPER, rng)
    hand = Hand(slant=0.1, unsteadiness=0.022, spacing=0.2, habits={"1": 1, "7": 1, "9": 1, "5": 1})
    sheet = put(sheet, spell([("4071", 40, 66, 40), ("2589", 52, 128, 40)], hand, rng), FELT_TIP, rng)
    sheet = fold(sheet, 74, 0.03, rng)
    size = 1280, 720
    camera = Camera(size, 4.1, (0.475, 0.52), turn=2, tilt=-6, pan=5, blur_px=0.9, sharpen=0.5, vignette=0.2, jpeg=78)
    light = Light(1.0, (0.3, -0.3), 0.35, (0.99, 1.0, 1.0))
    thumbs = Thumb((228, 575), (20, 745), 46), Thumb((985, 545), (1190, 725), 45)
    return photograph(sheet, camera, light, rng, make_room(size, rng), curl=0.006, before=thumbs)


@_picture("plain_page.jpg", "1970 365 48 90210 7386 514", "ballpoint on plain paper on a desk")
def _draw_plain_page(rng: np.random.Generator) -> np.ndarray:
    sheet = make_paper(148, 110, 10, WHITE_PAPER, rng)
    words = [("1970", 18, 30, 11), ("365", 88, 31, 11), ("48", 20, 56, 11), ("90210", 76, 57, 11)]
    sheet = put(sheet, spell([*words, ("7386", 19, 84, 11), ("514", 90, 85, 11)], EUROPEAN, rng), BALLPOINT, rng)
    size = 1120, 840
    desk = make_desk((840, 1120), rng, *OAK)
    return photograph(sheet, Camera(size, 6.6, turn=1.5, tilt=4), Light(1.03), rng, desk)


@_picture("ruled_paper.jpg", "4096 813 275 60 1538 947 702 3316", "numbers on the lines of an exercise book")
def _draw_ruled_paper(rng: np.random.Generator) -> np.ndarray:
    sheet = make_paper(150, 110, 10, (228, 238, 242), rng)
    sheet = rule(sheet, rows(sheet, 9, 9), 0.28, (214, 176, 150), rng)
    sheet = rule(sheet, columns(sheet, 25, 999), 0.3, (150, 140, 222), rng)
    words = [("4096", 34, 26, 7.2), ("813", 84, 26, 7.2), ("275", 35, 44, 7.2), ("60", 86, 44, 7.2)]
    words += [("1538", 34, 62, 7.2), ("947", 85, 62, 7.2), ("702", 36, 80, 7.2), ("3316", 84, 80, 7.2)]
    sheet = put(sheet, spell(words, NEAT, rng), BALLPOINT, rng)
    return photograph(sheet, Camera((1100, 800), 8.4, turn=-0.6, tilt=3), Light(1.02, (0.9, -0.3), 0.5), rng)


@_picture("squared_paper.jpg", "628 1945 37 806 524 7319", "numbers across the lines of squared paper")
def _draw_squared_paper(rng: np.random.Generator) -> np.ndarray:
    sheet = make_paper(130, 100, 11, (236, 240, 240), rng)
    sheet = rule(sheet, rows(sheet, 3, 5) + columns(sheet, 2, 5), 0.18, (206, 188, 166), rng)
    words = [("628", 24, 28, 8.2), ("1945", 68, 28, 8.2), ("37", 25, 53, 8.2), ("806", 69, 53, 8.2)]
    sheet = put(sheet, spell([*words, ("524", 24, 78, 8.2), ("7319", 67, 78, 8.2)], AMERICAN, rng), BLACK_PEN, rng)
    return photograph(sheet, Camera((1100, 820), 9.4, turn=0.8, pan=3), Light(1.0, (0.1, 0.1), 0.45), rng)


MARKS = "72 85 64 91 58 47 93 80 76 69 88 51 74 62 95 39 67 82 55 70 90 43 61 78 86"


@_picture("mark_table.jpg", MARKS, "a table of marks, cell by cell")
def _draw_mark_table(rng: np.random.Generator) -> np.ndarray:
    sheet = make_paper(160, 120, 10, WHITE_PAPER, rng)
    # A ruler is never laid quite parallel.
    slips = rng.normal(0, 0.25, (4, 6))
    lines = [(20.0, 18 + 18 * i + slips[0, i], 140.0, 18 + 18 * i + slips[1, i]) for i in range(6)]
    lines += [(20 + 24 * i + slips[2, i], 18.0, 20 + 24 * i + slips[3, i], 108.0) for i in range(6)]
    sheet = rule(sheet, lines, 0.45, (70, 62, 60), rng)
    words = [(mark, 27.0 + 24 * (i % 5), 31.5 + 18 * (i // 5), 9.0) for i, mark in enumerate(MARKS.split())]
    sheet = put(sheet, spell(words, EUROPEAN, rng), BALLPOINT, rng)
    desk = make_desk((840, 1120), rng, *GREY_DESK)
    return photograph(sheet, Camera((1120, 840), 6.5, turn=-0.8, tilt=2), Light(1.02), rng, desk)


@_picture("form_cells.jpg", "20417836 5093", "a form's cells, one digit in each")
def _draw_form_cells(rng: np.random.Generator) -> np.ndarray:
    sheet = make_paper(130, 70, 10, WHITE_PAPER, rng)
    words: list[Word] = []
    lines: list[tuple[float, float, float, float]] = []
    for text, left, top in (("20417836", 16.0, 14.0), ("5093", 16.0, 42.0)):
        lines += [(left, top + y, left + 9.0 * len(text), top + y) for y in (0.0, 12.0)]
        lines += [(left + 9 * i, top, left + 9 * i, top + 12) for i in range(len(text) + 1)]
        words += [(digit, left + 9 * i + 2.6, top + 9.4, 6.8) for i, digit in enumerate(text)]
    sheet = rule(sheet, lines, 0.3, (120, 112, 108), rng)
    sheet = put(sheet, spell(words, EUROPEAN, rng), BALLPOINT, rng)
    return photograph(sheet, Camera((1120, 620), 8.4, turn=0.3, tilt=1), Light(1.03, (0.4, 0.2), 0.3), rng)


@_picture("blackboard.jpg", "1848 562 30 9174", "chalk on a blackboard: light on dark")
def _draw_blackboard(rng: np.random.Generator) -> np.ndarray:
    board = make_board(900, 660, 1.8, (62, 74, 58), rng)
    words = [("1848", 70, 230, 120), ("562", 565, 238, 120), ("30", 95, 490, 120), ("9174", 420, 500, 120)]
    board = put(board, spell(words, ROUND, rng), CHALK, rng, chalk=True)
    camera = Camera((1080, 790), 1.3, turn=-0.5, tilt=3, noise=3, blur_px=0.7)
    return photograph(board, camera, Light(1.0, (0.8, -0.2), 0.5, (1.0, 1.0, 0.98)), rng)


@_picture("coloured_ink.jpg", "358 74 2061", "red and blue ink on a yellow note")
def _draw_coloured_ink(rng: np.random.Generator) -> np.ndarray:
    sheet = make_paper(120, 120, 10, (128, 226, 248), rng)
    sheet = put(
        sheet, spell([("358", 22, 40, 17), ("74", 74, 60, 17)], HASTY, rng), Pen(1.1, (48, 40, 196), grain=0.1), rng
    )
    sheet = put(sheet, spell([("2061", 26, 98, 17)], HASTY, rng), Pen(1.1, (150, 60, 26), grain=0.1), rng)
    desk = make_desk((800, 1000), rng, *WALNUT)
    return photograph(sheet, Camera((1000, 800), 5.9, turn=3, tilt=3), Light(1.02), rng, desk)


@_picture("strong_shadow.jpg", "8203 416 95 1770", "a phone's shadow across the sheet, dark corners")
def _draw_strong_shadow(rng: np.random.Generator) -> np.ndarray:
    sheet = make_paper(160, 120, 10, WHITE_PAPER, rng)
    words = [("8203", 24, 42, 14), ("416", 98, 44, 14), ("95", 26, 86, 14), ("1770", 90, 88, 14)]
    sheet = put(sheet, spell(words, EUROPEAN, rng), BLACK_PEN, rng)
    shadow = Shadow(((0.46, 1.1), (0.38, 0.34), (0.44, 0.26), (0.78, 0.22), (0.86, 0.32), (1.1, 1.1)), 0.45, 0.02)
    light = Light(1.05, (0.0, 0.0), 0.6, (0.86, 0.97, 1.05), (shadow,))
    return photograph(sheet, Camera((1080, 800), 7.2, noise=3, vignette=0.45, turn=-0.7), light, rng)


@_picture("rotated_page.jpg", "5120 83 647 2914 309 7586", "a page that lies five degrees askew")
def _draw_rotated_page(rng: np.random.Generator) -> np.ndarray:
    sheet = make_paper(148, 105, 10, (222, 236, 242), rng)
    words = [("5120", 22, 30, 10), ("83", 86, 30, 10), ("647", 22, 54, 10), ("2914", 84, 54, 10)]
    sheet = put(sheet, spell([*words, ("309", 23, 78, 10), ("7586", 85, 78, 10)], AMERICAN, rng), BALLPOINT, rng)
    desk = make_desk((820, 1100), rng, *WALNUT)
    return photograph(sheet, Camera((1100, 820), 6.3, turn=5, tilt=2), Light(1.02, (0.8, -0.2)), rng, desk)


@_picture("perspective.jpg", "276 1493 8051 64", "a sheet seen from low down, broad nib")
def _draw_perspective(rng: np.random.Generator) -> np.ndarray:
    sheet = make_paper(148, 105, 10, WHITE_PAPER, rng)
    words = [("276", 22, 38, 14), ("1493", 76, 38, 14), ("8051", 22, 80, 14), ("64", 92, 80, 14)]
    sheet = put(sheet, spell(words, NEAT, rng), FOUNTAIN, rng)
    desk = make_desk((820, 1100), rng, *OAK)
    return photograph(sheet, Camera((1100, 820), 6.0, (0.5, 0.47), tilt=26, pan=-6), Light(1.02), rng, desk)


@_picture("touching_digits.jpg", "2053 468 85 264", "digits that run into each other")
def _draw_touching_digits(rng: np.random.Generator) -> np.ndarray:
    sheet = make_paper(140, 100, 10, WHITE_PAPER, rng)
    hand = Hand(slant=0.08, unsteadiness=0.016, haste=0.4, spacing=0.02, habits={"4": 1, "3": 1, "5": 1})
    words = [("2053", 20, 38, 17), ("468", 84, 39, 17), ("85", 22, 80, 17), ("264", 76, 81, 17)]
    sheet = put(sheet, spell(words, hand, rng), BALLPOINT, rng)
    return photograph(sheet, Camera((1040, 740), 7.8, turn=-0.5), Light(1.02, (0.7, -0.3), 0.5), rng)


@_picture("faint_pencil.jpg", "3174 157 692 4436", "a hard pencil, hardly pressed")
def _draw_faint_pencil(rng: np.random.Generator) -> np.ndarray:
    sheet = make_paper(130, 95, 11, (236, 240, 240), rng)
    words = [("3174", 22, 34, 11), ("157", 78, 35, 11), ("692", 24, 70, 11), ("4436", 74, 71, 11)]
    sheet = put(sheet, spell(words, ROUND, rng), PENCIL, rng)
    return photograph(sheet, Camera((1080, 790), 8.8, noise=1.6, turn=0.6), Light(1.0, (0.2, -0.2), 0.5), rng)


@_picture("points_and_time.jpg", "12500 1430 210694", "12.500, 14:30 and 21-06-94: marks between digits")
def _draw_points_and_time(rng: np.random.Generator) -> np.ndarray:
    sheet = make_paper(130, 100, 11, (214, 234, 244), rng)
    words = [("12.500", 26, 32, 12), ("14:30", 30, 58, 12), ("21-06-94", 24, 84, 12)]
    sheet = put(sheet, spell(words, Hand(slant=0.1, spacing=0.2, habits={"1": 1, "9": 1}), rng), FOUNTAIN, rng)
    desk = make_desk((820, 1060), rng, *GREY_DESK)
    return photograph(sheet, Camera((1060, 820), 7.1, turn=-1.4, tilt=3), Light(1.02), rng, desk)


@_picture("thick_marker.jpg", "638 5042", "a thick marker on packing paper")
def _draw_thick_marker(rng: np.random.Generator) -> np.ndarray:
    sheet = make_paper(300, 220, 5, (118, 158, 190), rng)
    words = [("638", 40, 98, 58), ("5042", 96, 192, 58)]
    hand = Hand(slant=0.04, unsteadiness=0.018, haste=0.3, spacing=0.24, habits={"4": 0, "0": 2})
    sheet = put(sheet, spell(words, hand, rng), MARKER, rng)
    sheet = fold(sheet, 108, 0.03, rng)
    return photograph(sheet, Camera((1060, 780), 3.7, turn=1, pan=3), Light(1.08, (0.1, 0.0), 0.6), rng)


@_picture("bare_digit.png", "3", "one digit, 28 x 28 px, white on black")
def _draw_bare_digit(rng: np.random.Generator) -> np.ndarray:
    traces = spell([("3", 7.5, 23, 18)], CHILD, rng)
    ink = lay_ink(traces, Pen(2.5, (0, 0, 0), swell=0.2, grain=0.0, flow=1.0), (28 * 8, 28 * 8), 8, rng)
    return np.round(cv2.resize(ink, (28, 28), interpolation=cv2.INTER_AREA) * 255).astype(np.uint8)


@_picture("no_numbers.jpg", "", "scribbles and little drawings: no number is to be read")
def _draw_no_numbers(rng: np.random.Generator) -> np.ndarray:
    sheet = make_paper(148, 110, 10, WHITE_PAPER, rng)
    turns = np.linspace(0, 8 * np.pi, 50)
    spiral = np.stack([30 + turns * 0.55 * np.cos(turns), 30 + turns * 0.5 * np.sin(turns)], axis=1)
    steps = np.arange(26)
    scribble = np.stack([80 + 1.7 * steps, 30 + np.where(steps % 2, 9, -9) * rng.uniform(0.6, 1, 26)], axis=1)
    swell = np.linspace(0, 42, 60)
    waves = np.stack([18 + swell, 64 + 3 * np.sin(swell * 0.9)], axis=1)
    angles = -np.pi / 2 + np.arange(6) * 4 * np.pi / 5
    star = np.stack([92 + 11 * np.cos(angles), 72 + 11 * np.sin(angles)], axis=1)
    traces = [scrawl(line, HASTY, rng) for line in (spiral, scribble, waves)]
    traces += [scrawl(_straight(np.array(corners, float)), NEAT, rng) for corners in (star, *HOUSE, *ARROW)]
    sheet = put(sheet, traces, BALLPOINT, rng)
    return photograph(sheet, Camera((1060, 780), 7.4, turn=-1), Light(1.02, (0.9, -0.2)), rng)


def _straight(corners: np.ndarray, steps: int = 6) -> np.ndarray:
    """Set points along the straight lines between corners."""
    places = np.linspace(0, len(corners) - 1, steps * (len(corners) - 1) + 1)
    return np.stack([np.interp(places, np.arange(len(corners)), corners[:, axis]) for axis in (0, 1)], axis=1)


HOUSE = (
    ((18, 100), (18, 84), (42, 84), (42, 100), (18, 100)),
    ((15, 85), (30, 73), (45, 85)),
    ((26, 100), (26, 91), (32, 91), (32, 100)),
)
ARROW = (((66, 96), (128, 92)), ((119, 86), (128, 92), (120, 99)))


@_picture("phone_number.jpg", "01764835529", "a phone number with wide gaps, read as one line", layout="line")
def _draw_phone_number(rng: np.random.Generator) -> np.ndarray:
    sheet = make_paper(180, 70, 8, (208, 232, 240), rng)
    hand = Hand(slant=0.14, unsteadiness=0.02, spacing=0.26, habits={"1": 1, "7": 1})
    groups = [("0176", 16), ("483", 74), ("5529", 118)]
    sheet = put(sheet, spell([(text, left, 44, 13) for text, left in groups], hand, rng), BLACK_PEN, rng)
    return photograph(sheet, Camera((1120, 400), 6.6, turn=-0.8, pan=-2), Light(1.0, (0.1, -0.5), 0.6), rng)


@_picture("low_resolution.jpg", "9361 284 507", "320 x 240 px and pressed hard by JPEG", quality=45)
def _draw_low_resolution(rng: np.random.Generator) -> np.ndarray:
    sheet = make_paper(150, 112, 6, WHITE_PAPER, rng)
    words = [("9361", 24, 48, 20), ("284", 88, 50, 20), ("507", 40, 92, 20)]
    sheet = put(sheet, spell(words, EUROPEAN, rng), Pen(1.5, (110, 54, 32), grain=0.1), rng)
    return photograph(sheet, Camera((320, 240), 2.25, blur_px=0.6, noise=3, sharpen=0.8, turn=1), Light(1.0), rng)


SAMPLES = tuple(_SAMPLES)


def draw_sample(sample: Sample) -> np.ndarray:
    """Draw a sample: the same picture each time, uint8 (h, w, 3) or (h, w)."""
    return sample.draw(np.random.default_rng(list(sample.file.encode())))


def encode_sample(sample: Sample, picture: np.ndarray) -> bytes:
    """Encode a sample's picture as its file's name says."""
    suffix = sample.file[sample.file.rindex(".") :]
    options = [cv2.IMWRITE_JPEG_QUALITY, sample.quality] if suffix == ".jpg" else [cv2.IMWRITE_PNG_COMPRESSION, 9]
    return cv2.imencode(suffix, picture, options)[1].tobytes()


def describe(samples: Iterable[Sample]) -> dict[str, dict[str, object]]:
    """Say what stands in expected.json."""
    return {s.file: {"numbers": list(s.numbers), "layout": s.layout, "shows": s.shows} for s in samples}
