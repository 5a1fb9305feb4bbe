"""Conditions: whole pages drawn for one difficulty each.

Digits are written again by `train.synth.pen`. Paper, printed lines, light and camera are those of `samples.scenes`,
which no training uses. Everything is drawn in memory, and the same each time.
"""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from capture.frame import Frame
from capture.image import load_image
from evaluate.hands import SEED, Drawing, lay, name_drawing, pick_writer
from evaluate.metrics import Truth
from samples.scenes import (
    Camera,
    Colour,
    Light,
    Shadow,
    Sheet,
    cloud,
    columns,
    make_paper,
    photograph,
    rows,
    rule,
    stain,
)
from train.data import Glyphs
from train.synth.pen import Hand, write
from train.synth.slide import slide_by_reach

# The sheet, and the part of it that is written on: a margin stays free for a camera that leans.
SHEET_MM = 200.0, 156.0
LEFT_MM, RIGHT_MM, TOP_MM, BOTTOM_MM = 24.0, 176.0, 32.0, 134.0
SHEET_PX_PER_MM = 8.0
FRAME_PX = 1200, 900
SQUARE_MM = 5.0
LONGEST = 6
MOST_ROWS = 4
# What stands less than this apart is one number, what stands further apart is two; in heights of the digits.
BETWEEN_NUMBERS = 1.3
BETWEEN_ROWS = 2.1
CLEAR, CLEAR_SPREAD, CLEAREST = (0.08, 0.22), 0.03, 0.05
# Of a digit's ink: MNIST's specks are smaller than this, a 5's hat is larger.
SPECK = 0.08
FINE = 0.25
# How much smaller a sheet that is askew is taken, for its corners reach farther.
FARTHER = 0.86

# A right hand with a pen and its forearm, seen from above: shares of the frame's width, from the pen's tip on.
HAND = (
    (-0.02, 0.00), (0.03, -0.01), (0.07, 0.05), (0.13, 0.12), (0.17, 0.22), (0.17, 0.30), (0.14, 0.37), (0.15, 0.60),
    (0.18, 1.60), (-0.13, 1.60), (-0.09, 0.60), (-0.07, 0.38), (-0.13, 0.31), (-0.19, 0.21), (-0.17, 0.16),
    (-0.10, 0.19), (-0.06, 0.10),
)  # fmt: skip

Paper = Literal["plain", "ruled", "squared"]


@dataclass(frozen=True)
class Condition:
    """One difficulty of a page.

    Parameters
    ----------
    name : str
    words : str
        What is hard, for a person.
    paper : {"plain", "ruled", "squared"}
    overlap : (float, float) or None
        How far neighbouring digits of a number reach into one another, in heights; None where they stand apart.
    contrast : (float, float)
        Of the ink: the share of the paper's light that it takes.
    pencil : bool
        Whether it is written with a pencil: grey, and grainy.
    shadow : bool
        Whether a hand throws its shadow on the sheet.
    digit_px : (float, float) or None
        How tall digits are in the picture; None for that of the full frame, 40-75 px.
    askew : (float, float) or None
        How far the sheet is turned in its plane, degrees either way; None where it is nearly level.
    """

    name: str
    words: str
    paper: Paper = "plain"
    overlap: tuple[float, float] | None = None
    contrast: tuple[float, float] = (0.5, 0.85)
    pencil: bool = False
    shadow: bool = False
    digit_px: tuple[float, float] | None = None
    askew: tuple[float, float] | None = None


CONDITIONS = (
    Condition("plain", "dark ink on blank paper"),
    Condition("ruled", "on the lines of ruled paper", paper="ruled"),
    Condition("squared", "on the lines of 5 mm squared paper", paper="squared"),
    Condition("touching", "neighbouring digits touch or overlap", overlap=(0.005, 0.06)),
    Condition("faint", "pencil of 8-20 % contrast", contrast=(0.08, 0.20), pencil=True),
    Condition("shadow", "a hand's shadow lies across the page", shadow=True),
    Condition("low resolution", "digits 10-14 px tall", digit_px=(10.0, 14.0)),
    Condition("askew", "ruled paper, turned by 4-12 degrees", paper="ruled", askew=(4.0, 12.0)),
)


# --- a page


def draw_page(hands: Glyphs, condition: Condition, number: int) -> Drawing:
    """Draw a page: 6 to 12 numbers of 1 to 6 digits in a few rows, by one hand.

    Parameters
    ----------
    hands : Glyphs
        The digits to write with.
    condition : Condition
    number : int
        Which page of the condition; the same one looks the same each time.
    """
    rng = np.random.default_rng([SEED, number, *condition.name.encode()])
    digits = pick_writer(hands, rng)
    sheet, grid = make_sheet(condition.paper, rng)
    cover, numbers = _fill(digits, grid, condition, rng)
    sheet = put_ink(sheet, cover, condition, rng)
    image = _photograph(sheet, grid.digit_mm, condition, rng)
    file = name_drawing(digits, condition.name, number)
    return Drawing(Frame(image, file), Truth(file, tuple(numbers)))


# --- the sheet


@dataclass(frozen=True)
class Grid:
    """Where numbers may stand: the digits' height, the baselines, and how far these are missed, in mm."""

    digit_mm: float
    baselines_mm: tuple[float, ...]
    unsteady_mm: float


def make_sheet(paper: Paper, rng: np.random.Generator) -> tuple[Sheet, Grid]:
    """Make a sheet of a paper, and say where to write on it."""
    colour = _colour(rng.uniform(218, 246) + rng.normal((-6, 0, 3), 3))
    sheet = make_paper(*SHEET_MM, SHEET_PX_PER_MM, colour, rng)
    if paper == "plain":
        digit_mm = float(rng.uniform(6.5, 9.5))
        return sheet, _space_rows(digit_mm, TOP_MM, 0.5, 0.08 * digit_mm, rng)
    step = SQUARE_MM if paper == "squared" else float(rng.uniform(8, 10))
    first = float(rng.uniform(0.2, 1)) * step
    digit_mm = float(rng.uniform(5.5, 8.5)) if paper == "squared" else float(rng.uniform(0.62, 0.85)) * step
    top = first + step * float(np.ceil((TOP_MM - first) / step))
    return _print_lines(sheet, paper, first, step, rng), _space_rows(digit_mm, top, step, 0.04 * digit_mm, rng)


def _print_lines(sheet: Sheet, paper: Paper, first: float, step: float, rng: np.random.Generator) -> Sheet:
    """Print a ruled sheet's lines, with a margin at times, or a squared one's, in grey or blue, right across."""
    colour = _colour(255 * (1 - rng.uniform(0.10, 0.42) * (1 - rng.uniform(0, 0.5) * np.array([1.0, 0.3, 0.0]))))
    width_mm = float(rng.uniform(0.12, 0.3))
    lines = rows(sheet, first, step)
    if paper == "squared":
        return rule(sheet, lines + columns(sheet, float(rng.uniform(0.2, 1)) * step, step), width_mm, colour, rng)
    sheet = rule(sheet, lines, width_mm, colour, rng)
    if rng.random() < 0.5:
        sheet = rule(sheet, [(LEFT_MM - 5, -1, LEFT_MM - 5, SHEET_MM[1] + 1)], width_mm, (170, 170, 230), rng)
    return sheet


def _space_rows(digit_mm: float, top_mm: float, step_mm: float, unsteady_mm: float, rng: np.random.Generator) -> Grid:
    """Set baselines from the top on, well apart, and by whole steps."""
    least = int(np.ceil(BETWEEN_ROWS * digit_mm / step_mm))
    most = max(least, int((BOTTOM_MM - top_mm) / step_mm / (MOST_ROWS - 1)))
    pitch_mm = step_mm * int(rng.integers(least, most + 1))
    count = min(MOST_ROWS, 1 + int((BOTTOM_MM - top_mm) / pitch_mm))
    return Grid(digit_mm, tuple(top_mm + pitch_mm * row for row in range(count)), unsteady_mm)


# --- what is written


def _fill(digits: Glyphs, grid: Grid, condition: Condition, rng: np.random.Generator) -> tuple[np.ndarray, list[str]]:
    """Write numbers all over a sheet, in columns or freely: ink uint8 (h, w), and what it says in reading order."""
    across = int(rng.integers(2, 4))
    cells = [(row, column) for row in range(len(grid.baselines_mm)) for column in range(across)]
    count = int(rng.integers(min(6, len(cells)), min(12, len(cells)) + 1))
    kept = sorted(rng.permutation(len(cells))[:count])
    width_mm = (RIGHT_MM - LEFT_MM) / across
    hand = pick_hand(condition, rng)
    in_columns = rng.random() < 0.5
    clear = rng.uniform(*CLEAR)
    cover = np.zeros([round(side * SHEET_PX_PER_MM) for side in SHEET_MM[::-1]], np.uint8)
    numbers = []
    for row, column in (cells[place] for place in kept):
        text, ink, foot = _write_number(digits, hand, grid.digit_mm, width_mm, clear, condition, rng)
        free_mm = max(0.0, width_mm - BETWEEN_NUMBERS * grid.digit_mm - ink.shape[1] / SHEET_PX_PER_MM)
        left = LEFT_MM + column * width_mm + rng.uniform(0, min(free_mm, 2.0) if in_columns else free_mm)
        baseline = grid.baselines_mm[row] + float(np.clip(rng.normal(0, grid.unsteady_mm), -1, 1))
        lay(cover, ink, round(left * SHEET_PX_PER_MM), round(baseline * SHEET_PX_PER_MM) - foot)
        numbers.append(text)
    return cover, numbers


def pick_hand(condition: Condition, rng: np.random.Generator) -> Hand:
    """Draw a hand that leaves the writer's own digits what they are."""
    fine = not condition.pencil and rng.random() < FINE
    return Hand(
        slant=float(rng.normal(0, 0.06)),
        aspect=float(np.exp(rng.normal(0, 0.06))),
        width=float(rng.uniform(0.06, 0.1) if fine else rng.uniform(-0.008, 0.02)),
        fine=bool(fine),
        wobble=float(rng.uniform(0, 0.015)),
    )


def _write_number(
    digits: Glyphs,
    hand: Hand,
    digit_mm: float,
    width_mm: float,
    clear: float,
    condition: Condition,
    rng: np.random.Generator,
) -> tuple[str, np.ndarray, int]:
    """Write a number of up to `LONGEST` digits that leaves room behind it: its text, its ink and its baseline's row."""
    digit_px = digit_mm * SHEET_PX_PER_MM
    room_px = width_mm * SHEET_PX_PER_MM - BETWEEN_NUMBERS * digit_px
    tall, foot = round(2.4 * digit_px), round(1.9 * digit_px)
    ink, text = np.zeros((tall, 0), np.uint8), ""
    for index in rng.integers(len(digits.labels), size=int(rng.integers(1, LONGEST + 1))):
        size = round(digit_px * float(np.exp(rng.normal(0, 0.06))))
        character = write(drop_specks(digits.ink[index]), hand, rng, size)
        place = np.zeros((tall, character.shape[1]), np.uint8)
        lay(place, character, 0, foot - len(character) + round(float(rng.normal(0, 0.025)) * digit_px))
        joined = join_digits(ink, place, _pick_gap(condition, clear, rng) * digit_px, digit_px) if text else place
        if text and joined.shape[1] > room_px:
            break
        ink, text = joined, text + str(digits.labels[index])
    return text, ink, foot


def drop_specks(ink: np.ndarray) -> np.ndarray:
    """Leave out what is too small to be a stroke: beside a digit it would be a mark of its own."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats((ink > 40).astype(np.uint8))
    areas = stats[:, cv2.CC_STAT_AREA]
    small = [label for label in range(1, count) if areas[label] < SPECK * areas[1:].sum()]
    return np.where(np.isin(labels, small), 0, ink).astype(np.uint8)


def _pick_gap(condition: Condition, clear: float, rng: np.random.Generator) -> float:
    """Draw the distance between two neighbours, in heights; negative where they overlap."""
    if condition.overlap is not None:
        return -float(rng.uniform(*condition.overlap))
    return max(CLEAREST, float(rng.normal(clear, CLEAR_SPREAD)))


def join_digits(ink: np.ndarray, character: np.ndarray, gap_px: float, digit_px: float) -> np.ndarray:
    """Write a character behind a number, both of the same height."""
    if gap_px < 0:
        left = slide_by_reach(ink, character, round(-gap_px))
    else:
        # Rows a little above and below count too, or a 7 would slide over a 4.
        near = cv2.dilate(ink, np.ones((2 * round(0.15 * digit_px) + 1, 1), np.uint8))
        left = max(slide_by_reach(near, character, -round(gap_px)), ink.shape[1] - round(0.2 * digit_px))
    left = max(left, 0)
    joined = np.zeros((len(ink), max(ink.shape[1], left + character.shape[1])), np.uint8)
    lay(joined, ink, 0, 0)
    lay(joined, character, left, 0)
    return joined


# --- ink, light and camera


def put_ink(sheet: Sheet, cover: np.ndarray, condition: Condition, rng: np.random.Generator) -> Sheet:
    """Let ink darken a sheet: unevenly as it flows, and where a pencil skips over the paper's tooth."""
    ink = cv2.GaussianBlur(cover, (0, 0), 0.7).astype(np.float32) / 255
    ink *= np.clip(1 - rng.uniform(0.02, 0.15) * cloud(cover.shape, 2.5 * SHEET_PX_PER_MM, rng) ** 2, 0.5, 1)
    if condition.pencil:
        ink *= np.clip(1 + rng.uniform(0.1, 0.25) * cloud(cover.shape, 2.0, rng), 0.3, 1.6)
    taken = rng.uniform(*condition.contrast)
    hue = np.array([0.0, 0.0, 0.0]) if condition.pencil else rng.choice([0.0, 0.35]) * np.array([-1.0, -0.3, 0.4])
    return stain(sheet, ink, _colour(255 * (1 - np.clip(taken * (1 + hue), 0, 0.95) - 0.01)))


def _photograph(sheet: Sheet, digit_mm: float, condition: Condition, rng: np.random.Generator) -> np.ndarray:
    """Take a picture of a sheet, nearly from above, so that it fills the frame; what is askew, a little farther."""
    px_per_mm = float(rng.uniform(6.8, 7.4))
    turn, tilt, pan = np.clip(rng.normal(0, (0.7, 2.0, 2.0)), -3, 3).tolist()
    jpeg = int(rng.integers(70, 96))
    if condition.askew:
        turn = float(rng.choice([-1, 1]) * rng.uniform(*condition.askew))
        px_per_mm *= FARTHER
    camera = Camera(
        FRAME_PX,
        px_per_mm,
        turn=turn,
        tilt=tilt,
        pan=pan,
        blur_px=float(rng.uniform(0.4, 0.9)),
        noise=float(rng.uniform(1.5, 3.5)),
        sharpen=float(rng.uniform(0, 0.5)),
        jpeg=None if condition.digit_px else jpeg,
    )
    light = Light(
        float(rng.uniform(0.9, 1.04)),
        (float(rng.uniform(-0.2, 1.2)), float(rng.uniform(-0.3, 0.1))),
        float(rng.uniform(0.1, 0.4)),
        shadows=(_throw_shadow(rng),) if condition.shadow else (),
    )
    picture = photograph(sheet, camera, light, rng)
    if condition.digit_px is None:
        return picture
    return _shrink(picture, float(rng.uniform(*condition.digit_px)) / (digit_mm * px_per_mm), jpeg)


def _throw_shadow(rng: np.random.Generator) -> Shadow:
    """Throw a hand's shadow on the page, from below, right or left, its tip somewhere in the middle."""
    angle = rng.choice([-1, 1]) * rng.uniform(0.2, 0.9)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    mirror = np.array([-np.sign(angle), 1.0])
    tip = np.array([rng.uniform(0.3, 0.7), rng.uniform(0.15, 0.45)])
    outline = tip + (np.array(HAND) * mirror) @ turn * [1.0, FRAME_PX[0] / FRAME_PX[1]]
    corners = tuple((float(x), float(y)) for x, y in outline)
    return Shadow(corners, float(rng.uniform(0.3, 0.6)), float(rng.uniform(0.006, 0.02)))


def _shrink(picture: np.ndarray, scale: float, jpeg: int) -> np.ndarray:
    """Make a picture small, as a sender does who saves bytes."""
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return load_image(cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, jpeg])[1].tobytes())


def _colour(bgr: np.ndarray) -> Colour:
    """Round a colour to what a printer can do."""
    blue, green, red = np.clip(np.round(bgr), 0, 255).astype(int).tolist()
    return blue, green, red
