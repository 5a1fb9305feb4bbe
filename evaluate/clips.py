"""Clips: what a webcam sees of handwritten numbers for ten seconds, and which number is in view when.

Sheets are written and drawn once, as in `evaluate.conditions`. Of these stills each frame is a view through a camera
in somebody's hand: moved, blurred, lit, noisy and compressed. Everything is drawn in memory, and the same each time.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import cv2
import numpy as np

from capture.frame import Frame
from capture.image import load_image
from evaluate.conditions import (
    BETWEEN_ROWS,
    CLEAR_SPREAD,
    CONDITIONS,
    HAND,
    LEFT_MM,
    RIGHT_MM,
    SHEET_MM,
    SHEET_PX_PER_MM,
    Condition,
    Grid,
    drop_specks,
    join_digits,
    make_sheet,
    pick_hand,
    put_ink,
)
from evaluate.hands import SEED, lay, name_drawing, pick_writer
from samples.scenes import GREY_DESK, OAK, WALNUT, Light, Sheet, cloud, make_desk, make_room, sense_noise, shine
from train.data import Glyphs
from train.synth.pen import Hand, write

FPS = 30
SIZE_PX = 1280, 720
CLIP_S = 10.0
FAULT_S = 2.0
CLIPS = 20

Kind = Literal["still", "slid", "exchanged", "several", "covered", "travelling", "approached"]
KINDS: dict[Kind, str] = {
    "still": "a number is there from the beginning",
    "slid": "a sheet is slid into view, stays and is slid out",
    "exchanged": "a sheet is exchanged for one whose number differs in one digit",
    "several": "two or three numbers are in view",
    "covered": "a hand passes over the number",
    "travelling": "the camera moves, and the number through half of the picture",
    "approached": "somebody walks closer: digits grow from 25 to 90 px",
}
Fault = Literal["dark", "blurred", "small", "cut_left", "cut_right", "cut_top", "cut_bottom", "faint", "nothing"]
FAULTS: tuple[Fault, ...] = get_args(Fault)

PAPERS = [condition for condition in CONDITIONS if condition.name in ("plain", "ruled", "squared")]

# What is written.
LONGEST, LONGEST_OF_SEVERAL = 6, 4
# A digit is legible if most of so many digits that are most like it mean the same.
LIKENESSES = 3
DIGIT_PX = 40.0, 110.0
FAR_PX, NEAR_PX = 25.0, 90.0
# A still may be enlarged so far; beyond, its strokes would be soft even where the focus is right.
MOST_ENLARGED = 1.6
# Digits on a sheet for a webcam, in heights of those of a scanned page: a line of ruled paper holds no larger ones.
LARGER = {"plain": 1.5, "ruled": 1.0, "squared": 2.0}
# Between neighbours, in heights: more than on a page, so that no blur in which digits are read closes it.
CLEAR = 0.12, 0.22
# What the numbers of a sheet may take up of the picture, and what they may where they travel through half of it.
FILLED, FILLED_TRAVELLING = (0.76, 0.6), (0.36, 0.4)
IN_VIEW_PX, MARGIN_PX = 3.0, 70.0

# How it is held: hands drift slowly, and tremble at 6-10 Hz.
DRIFT_PX, DRIFT_HZ = (3.0, 8.0), (0.15, 0.7)
TREMOR_PX, TREMOR_HZ = (1.0, 3.0), (6.0, 10.0)
ROLL_DEG, ZOOMED, MOST_LEANT = 0.5, 0.008, 0.08
SLIDE_S = 0.3, 0.5
HELD_UP = 0.35
DESK_PX, DESK_PX_PER_MM = (1600, 1000), 2.0

# A hand that passes over the number; its sleeve begins so far from the pen's tip, in widths of the picture.
HAND_S, REACH_S = (0.8, 1.2), 0.2
SLEEVE = 0.5
SKIN, WOOL, PEN = (150, 178, 226), (92, 62, 48), (60, 30, 30)

# Light. A lamp at 100 Hz beats slowly against 30 frames a second.
GAIN, GAIN_HZ = (0.6, 1.15), (0.05, 0.3)
BEAT, BEAT_HZ = 0.02, (0.4, 1.2)
WARMTH, WARMTH_HZ = 0.03, (0.03, 0.15)
SHADED = 0.5
LIGHT_GRID, LIGHT_UNIT = (90, 160), 128

# Focus: as standard deviations in px, and in heights of the digits. Less than the one can be read at a glance, more
# than the other by nobody.
SIGMA_PX, FOCUS_HZ = (0.5, 2.5), (0.08, 0.4)
READABLE_SIGMA, UNREADABLE_SIGMA = 0.045, 0.17
HUNT_S, HUNT_TURN_S, SETTLED_S = (0.2, 0.5), 0.1, 1.0

# The camera.
EXPOSURE_S = 1 / 60
NOISE, NOISE_ROOM_PX = (1.5, 3.5), 96
JPEG = 75, 92

# What a fault's clip is like but for the fault.
FLAWLESS_DRIFT_PX = 1.0, 2.0
FLAWLESS_SIGMA_PX, FLAWLESS_DIGIT_PX, FLAWLESS_CONTRAST = 0.8, 60.0, 0.7

Box = tuple[float, float, float, float]
# Of a clip's time in seconds: a figure, some figures, a matrix (3, 3) from px of something to px of the picture.
Course = Callable[[float], float]
Track = Callable[[float], np.ndarray]
View = Callable[[float], np.ndarray]


@dataclass(frozen=True)
class Showing:
    """A number that is in view, wholly, from one moment of a clip to another.

    Parameters
    ----------
    text : str
    start_s : float
        Time of the first frame in which it is wholly in the picture.
    end_s : float
        Time of the first frame in which it no longer is, because it leaves the picture or another sheet covers it;
        the clip's length where it stays. A hand that passes over it ends nothing.
    sheet : int
        Which of the clip's sheets it is written on.
    box : (float, float, float, float)
        Left, top, right and bottom of its ink, px of that sheet, right and bottom exclusive.
    """

    text: str
    start_s: float
    end_s: float
    sheet: int
    box: Box


@dataclass(frozen=True, eq=False)
class Clip:
    """A video that is drawn while it is looked at.

    Parameters
    ----------
    name : str
    kind : str
        What happens in it: one of `KINDS` or of `FAULTS`.
    seconds : float
    showings : tuple of Showing
        By their start, then in reading order.
    digit_px : (float, float)
        How tall its digits are in the first frame and in the last.
    unclear_s : tuple of (float, float)
        Beginnings and ends of the spells in which nothing can be read: the focus hunts, or a hand is in the way.
    """

    name: str
    kind: str
    seconds: float
    showings: tuple[Showing, ...]
    digit_px: tuple[float, float]
    unclear_s: tuple[tuple[float, float], ...]
    _shot: "_Shot" = field(repr=False)

    def __len__(self) -> int:
        """Count the frames."""
        return round(self.seconds * FPS)

    def frames(self) -> Iterator[Frame]:
        """Draw the frames one after the other, `FPS` a second."""
        return map(self.draw, range(len(self)))

    def draw(self, index: int) -> Frame:
        """Draw one frame: uint8 (720, 1280, 3), its timestamp in seconds from the clip's beginning."""
        return Frame(self._shot.take(index), self.name, index, index / FPS)

    def locate(self, showing: Showing, time_s: float) -> np.ndarray:
        """Find a number's box in the picture at a time: float64 (4, 2), corners in px, clockwise from the top left."""
        return project(self._shot.sheets[showing.sheet].view(time_s), outline(*showing.box))


def draw_clip(hands: Glyphs, number: int) -> Clip:
    """Draw the stills of a clip, and plan what happens to them.

    Parameters
    ----------
    hands : Glyphs
        The digits to write with; one writer's are taken, of these what can be read at a glance.
    number : int
        Which clip; the same one looks the same each time. Kinds and papers take turns.
    """
    rng = np.random.default_rng([SEED, number, *b"clip"])
    kind = list(KINDS)[number % len(KINDS)]
    digits = pick_writer(hands, rng)
    leaves = _write_leaves(digits, hands, kind, PAPERS[number % len(PAPERS)], rng)
    zoom = _pick_zoom(kind, leaves, rng)
    pan_px = _plan_pan(rng) if kind == "travelling" else _pick_place(leaves, max(zoom(0), zoom(CLIP_S)), rng)
    tracks = _plan_slides(kind, zoom(0), rng)
    camera = _hold(zoom, pan_px, rng)
    sheets = [_spread(leaf, track, camera) for leaf, track in zip(leaves, tracks, strict=True)]
    showings = _find_showings(leaves, sheets, CLIP_S)
    hand, covered_s = _plan_hand(pan_px(0), rng) if kind == "covered" else (None, ())
    hunts_s = _plan_hunts(showings, rng)
    shot = _Shot(
        _make_background(kind != "travelling" and rng.random() < HELD_UP, camera, rng),
        sheets,
        hand,
        _focus(hunts_s, lambda time_s: zoom(time_s) * leaves[0].digit_mm, rng),
        _shine(_vary(GAIN, GAIN_HZ, rng), rng, _pass_shadow(rng) if rng.random() < SHADED else None),
        _pick_sensor(rng),
    )
    digit_px = zoom(0) * leaves[0].digit_mm, zoom(CLIP_S) * leaves[0].digit_mm
    name = name_drawing(digits, f"clip {kind}", number)
    return Clip(name, kind, CLIP_S, showings, digit_px, tuple(sorted((*hunts_s, *covered_s))), shot)


def draw_fault(hands: Glyphs, fault: Fault, strength: float, number: int) -> Clip:
    """Draw the stills of a short clip in which one thing is wrong and all else is as it should be.

    Parameters
    ----------
    hands : Glyphs
    fault : str
        One of `FAULTS`.
    strength : float
        Of "dark": the light that is left, 0-1. Of "blurred": the focus's standard deviation, px. Of "small": the
        digits' height, px. Of the cuts: the share of the number's width or height that is out of the picture, 0-1.
        Of "faint": the share of the paper's light that the ink takes, 0-1. Of "nothing": 0 for a desk, else a sheet
        that is blank.
    number : int
        Which clip; of the same number, all strengths are of the same sheet.

    Raises
    ------
    ValueError
        If there is no such fault.
    """
    if fault not in FAULTS:
        raise ValueError(f"fault must be one of {', '.join(FAULTS)}, got {fault!r}")
    rng = np.random.default_rng([SEED, number, *b"fault"])
    digits = pick_writer(hands, rng)
    contrast = strength if fault == "faint" else FLAWLESS_CONTRAST
    condition = replace(PAPERS[number % len(PAPERS)], contrast=(contrast, contrast), pencil=fault == "faint")
    leaves = _write_leaves(digits, hands, "still", condition, rng, is_blank=fault == "nothing")
    zoom = (strength if fault == "small" else FLAWLESS_DIGIT_PX) / leaves[0].digit_mm
    pan_px = _cut(fault, strength, leaves[0], zoom)
    camera = _hold(lambda _: zoom, lambda _: pan_px, rng, FLAWLESS_DRIFT_PX)
    sheets = [] if fault == "nothing" and not strength else [_spread(leaves[0], _rest, camera)]
    shot = _Shot(
        _make_background(False, camera, rng),
        sheets,
        None,
        lambda _: strength if fault == "blurred" else FLAWLESS_SIGMA_PX,
        _shine(lambda _: strength if fault == "dark" else 1.0, rng),
        _pick_sensor(rng),
    )
    showings = _find_showings(leaves[: len(sheets)], sheets, FAULT_S)
    name = name_drawing(digits, f"fault {fault} {strength:g}", number)
    return Clip(name, fault, FAULT_S, showings, (zoom * leaves[0].digit_mm,) * 2, (), shot)


def outline(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    """Corners of a box, clockwise from the top left: float64 (4, 2)."""
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], float)


def project(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Send points (n, 2) through a projection (3, 3)."""
    sent = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    return sent[:, :2] / sent[:, 2:]


# --- what is written


@dataclass(frozen=True, eq=False)
class _Leaf:
    """A sheet that is written on: its still uint8 (h, w, 3), its numbers with their boxes in px of it."""

    still: np.ndarray
    numbers: tuple[tuple[str, Box], ...]
    digit_mm: float

    @property
    def written(self) -> Box:
        """Box of all numbers; of the sheet's middle where there are none."""
        if not self.numbers:
            height, width = self.still.shape[:2]
            return width / 2 - 1, height / 2 - 1, width / 2 + 1, height / 2 + 1
        boxes = np.array([box for _, box in self.numbers])
        left, top = boxes[:, :2].min(axis=0).tolist()
        right, bottom = boxes[:, 2:].max(axis=0).tolist()
        return left, top, right, bottom


def _write_leaves(
    digits: Glyphs,
    hands: Glyphs,
    kind: Kind,
    condition: Condition,
    rng: np.random.Generator,
    is_blank: bool = False,
) -> list[_Leaf]:
    """Write the sheets of a clip with one writer's digits of all: one sheet, or two that differ in one digit."""
    sheet, grid = make_sheet(condition.paper, rng)
    grid = replace(grid, digit_mm=grid.digit_mm * LARGER[condition.paper])
    digit_px, clear = grid.digit_mm * SHEET_PX_PER_MM, float(rng.uniform(*CLEAR))
    scribe = _Scribe(digits, hands, pick_hand(condition, rng), digit_px, clear)
    cells = _pick_cells(grid, int(rng.integers(2, 4)) if kind == "several" else 1, rng)
    longest = LONGEST_OF_SEVERAL if len(cells) > 1 else LONGEST
    texts = [] if is_blank else _pick_texts(digits, len(cells), longest, rng)
    leaves = [texts, [_change_a_digit(texts[0], digits, rng)]] if kind == "exchanged" else [texts]
    return [_write_leaf(sheet, scribe, dict(zip(cells, texts, strict=False)), condition, rng) for texts in leaves]


def _pick_cells(grid: Grid, count: int, rng: np.random.Generator) -> list[tuple[float, float]]:
    """Pick where numbers stand, in reading order: left and baseline in mm, in two rows and two columns."""
    far = [mm for mm in grid.baselines_mm if mm - grid.baselines_mm[0] >= BETWEEN_ROWS * grid.digit_mm]
    top, bottom = (grid.baselines_mm[0], far[0]) if far else (grid.baselines_mm[-1],) * 2
    left, middle = LEFT_MM + float(rng.uniform(0, 8)), (LEFT_MM + RIGHT_MM) / 2 + float(rng.uniform(0, 8))
    if count == 1:
        return [(left + float(rng.uniform(0, 40)), bottom)]
    if count == 2 and rng.random() < 0.5:
        return [(left, top), (middle, top)]
    return [(left, top), (middle, top), (left, bottom)] if count == 3 and far else [(left, top), (middle, bottom)]


def _pick_texts(digits: Glyphs, count: int, longest: int, rng: np.random.Generator) -> list[str]:
    """Pick numbers, no two alike, of digits that the writer has."""
    known = np.unique(digits.labels)
    texts: list[str] = []
    while len(texts) < count:
        text = "".join(rng.choice(known, size=int(rng.integers(1, longest + 1))))
        texts += [text] if text not in texts else []
    return texts


def _change_a_digit(text: str, digits: Glyphs, rng: np.random.Generator) -> str:
    """Change one digit of a number."""
    place = int(rng.integers(len(text)))
    others = [label for label in np.unique(digits.labels).tolist() if label != text[place]]
    return text[:place] + others[int(rng.integers(len(others)))] + text[place + 1 :]


@dataclass(frozen=True, eq=False)
class _Scribe:
    """Who writes a sheet: whose digits of all, how, how tall in px of the sheet, and how far apart in heights."""

    digits: Glyphs
    all_digits: Glyphs
    hand: Hand
    digit_px: float
    clear: float

    def write(self, text: str, rng: np.random.Generator) -> tuple[np.ndarray, int]:
        """Write a number: its ink uint8 (h, w), and its baseline's row."""
        tall, foot = round(2.4 * self.digit_px), round(1.9 * self.digit_px)
        ink = np.zeros((tall, 0), np.uint8)
        for label in text:
            glyph = self._pick_glyph(label, rng)
            size = round(self.digit_px * float(np.exp(rng.normal(0, 0.06))))
            character = write(drop_specks(glyph), self.hand, rng, size)
            place = np.zeros((tall, character.shape[1]), np.uint8)
            lay(place, character, 0, foot - len(character) + round(float(rng.normal(0, 0.025)) * self.digit_px))
            gap_px = max(CLEAR[0], float(rng.normal(self.clear, CLEAR_SPREAD))) * self.digit_px
            ink = join_digits(ink, place, gap_px, self.digit_px) if ink.shape[1] else place
        return ink, foot

    def _pick_glyph(self, label: str, rng: np.random.Generator) -> np.ndarray:
        """Pick one of the writer's glyphs of a digit: one that is legible, if there is one."""
        glyphs = self.digits.ink[rng.permutation(np.flatnonzero(self.digits.labels == label))]
        return next((glyph for glyph in glyphs if _is_legible(glyph, label, self.all_digits)), glyphs[0])


def _is_legible(glyph: np.ndarray, label: str, among: Glyphs) -> bool:
    """Whether most of the glyphs that are most like one, itself left out, mean what it means (nearest neighbours)."""
    far = np.square(among.ink.astype(np.float32) - glyph).sum(axis=(1, 2))
    nearest = np.argsort(np.where(far > 0, far, np.inf))[:LIKENESSES]
    return bool((among.labels[nearest] == label).mean() > 0.5)


def _write_leaf(
    sheet: Sheet,
    scribe: _Scribe,
    texts: Mapping[tuple[float, float], str],
    condition: Condition,
    rng: np.random.Generator,
) -> _Leaf:
    """Write numbers on a sheet, each at its left and baseline in mm."""
    cover = np.zeros(sheet.image.shape[:2], np.uint8)
    numbers = []
    for (left_mm, baseline_mm), text in texts.items():
        ink, foot = scribe.write(text, rng)
        left, top = round(left_mm * SHEET_PX_PER_MM), round(baseline_mm * SHEET_PX_PER_MM) - foot
        lay(cover, ink, left, top)
        x, y, width, height = cv2.boundingRect(ink)
        numbers.append((text, (left + x, top + y, left + x + width, top + y + height)))
    still = np.round(put_ink(sheet, cover, condition, rng).image * 255).astype(np.uint8)
    return _Leaf(still, tuple(numbers), scribe.digit_px / SHEET_PX_PER_MM)


# --- what is in view, when


def _find_showings(leaves: Sequence[_Leaf], sheets: Sequence["_Layer"], seconds: float) -> tuple[Showing, ...]:
    """Find from when to when each number is in view."""
    showings = []
    for place, (leaf, sheet) in enumerate(zip(leaves, sheets, strict=True)):
        for text, box in leaf.numbers:
            seen = [_is_seen(box, sheet, sheets[place + 1 :], index / FPS) for index in range(round(seconds * FPS))]
            changes = np.flatnonzero(np.diff([False, *seen, False])) / FPS
            showings += [
                Showing(text, start, end, place, box)
                for start, end in zip(changes[::2].tolist(), changes[1::2].tolist(), strict=True)
            ]
    return tuple(sorted(showings, key=lambda showing: showing.start_s))


def _is_seen(box: Box, sheet: "_Layer", above: Sequence["_Layer"], time_s: float) -> bool:
    """Whether a number is wholly in the picture, and under none of the sheets above its own."""
    corners = project(sheet.view(time_s), outline(*box))
    is_inside = (corners >= IN_VIEW_PX).all() and (corners <= np.array(SIZE_PX) - IN_VIEW_PX).all()
    return bool(is_inside) and not any(_overlap(corners, other.find_outline(time_s)) for other in above)


def _overlap(these: np.ndarray, those: np.ndarray) -> bool:
    """Whether two convex outlines share anything."""
    return cv2.intersectConvexConvex(these.astype(np.float32), those.astype(np.float32))[0] > 0


# --- how things move


def _rest(time_s: float) -> np.ndarray:
    """Stay where it is."""
    return np.zeros(2)


def _sway(strength: float, hz: tuple[float, float], rng: np.random.Generator, waves: int = 4) -> Course:
    """Draw a smooth unrest about 0, seldom more than its strength, of a few waves within a band."""
    turns, phases = rng.uniform(*hz, waves), rng.uniform(0, 2 * np.pi, waves)
    return lambda time_s: float(strength * np.sin(2 * np.pi * turns * time_s + phases).sum() / np.sqrt(waves))


def _vary(within: tuple[float, float], hz: tuple[float, float], rng: np.random.Generator) -> Course:
    """Draw a smooth course between two bounds."""
    low, high = within
    sway = _sway(0.7, hz, rng)
    return lambda time_s: low + (high - low) * (0.5 + 0.5 * float(np.clip(sway(time_s), -1, 1)))


def _ease(time_s: float, start_s: float, length_s: float) -> float:
    """Go from 0 to 1, beginning and ending gently."""
    share = float(np.clip((time_s - start_s) / length_s, 0, 1))
    return share * share * (3 - 2 * share)


def _pick_zoom(kind: Kind, leaves: Sequence[_Leaf], rng: np.random.Generator) -> Course:
    """Pick how close the camera is, in px per mm: so that the numbers fill no more than a part of the picture."""
    leaf = leaves[0]
    filled = FILLED_TRAVELLING if kind == "travelling" else FILLED
    closest = float((np.array(SIZE_PX) * filled / _extents(leaves)).min())
    if kind == "approached":
        near, far = min(NEAR_PX / leaf.digit_mm, closest), FAR_PX / leaf.digit_mm
        return lambda time_s: far * (near / far) ** _ease(time_s, 0.8, CLIP_S - 1.6)
    highest = min(DIGIT_PX[1], MOST_ENLARGED * leaf.digit_mm * SHEET_PX_PER_MM)
    zoom = min(float(rng.uniform(DIGIT_PX[0], highest)) / leaf.digit_mm, closest)
    return lambda _: zoom


def _pick_place(leaves: Sequence[_Leaf], px_per_mm: float, rng: np.random.Generator) -> Track:
    """Pick where in the picture the numbers are seen: px from its middle, well away from its edges."""
    free = np.array(SIZE_PX) - _extents(leaves) * px_per_mm - 2 * MARGIN_PX
    place = rng.uniform(-0.5, 0.5, 2) * np.maximum(free, 0)
    return lambda _: place


def _extents(leaves: Sequence[_Leaf]) -> np.ndarray:
    """Width and height in mm of what is written, on whichever sheet it is larger."""
    sizes = [np.subtract(leaf.written[2:], leaf.written[:2]) for leaf in leaves]
    return np.max(sizes, axis=0) / SHEET_PX_PER_MM


def _plan_pan(rng: np.random.Generator) -> Track:
    """Carry what is seen through half of the picture: px."""
    path = np.array([0.5 * rng.choice([-1, 1]), rng.uniform(-0.25, 0.25)]) * SIZE_PX
    start_s, length_s = rng.uniform(0.5, 1.5), rng.uniform(6.5, 8)
    return lambda time_s: path * (_ease(time_s, start_s, length_s) - 0.5)


def _plan_slides(kind: Kind, px_per_mm: float, rng: np.random.Generator) -> list[Track]:
    """Plan how each sheet is slid about: mm on the table, 0 where it is to be read."""
    # What is written may lie anywhere on the sheet, and anywhere in the picture.
    away = _pick_edge(rng) * (np.array(SIZE_PX) / px_per_mm + SHEET_MM)
    length_s = float(rng.uniform(*SLIDE_S))
    if kind == "slid":
        return [_slide(away, length_s, float(rng.uniform(0.6, 1.5)), float(rng.uniform(8.0, 9.0)))]
    if kind == "exchanged":
        comes_s = float(rng.uniform(4.2, 5.6))
        is_pulled_away = rng.random() < 0.5
        first = _slide(-away, length_s, goes_s=comes_s - 0.1) if is_pulled_away else _rest
        return [first, _slide(away, length_s, comes_s)]
    return [_rest]


def _slide(away: np.ndarray, length_s: float, comes_s: float = -np.inf, goes_s: float = np.inf) -> Track:
    """Slide something in from afar at one time, and out again at another."""
    return lambda time_s: away * (1 - _ease(time_s, comes_s, length_s) + _ease(time_s, goes_s, length_s))


def _pick_edge(rng: np.random.Generator) -> np.ndarray:
    """Pick the edge from which a sheet comes: a direction, x and y."""
    return np.array([(-1, 0), (1, 0), (0, 1)][int(rng.integers(3))])


def _hold(zoom: Course, pan_px: Track, rng: np.random.Generator, drift_px: tuple[float, float] = DRIFT_PX) -> View:
    """Hold a camera by hand: a matrix from mm on the table to px, the middle of what is written in the middle."""
    drifts = [_sway(float(rng.uniform(*drift_px)), DRIFT_HZ, rng) for _ in range(2)]
    tremors = [_sway(float(rng.uniform(*TREMOR_PX)) / 1.4, TREMOR_HZ, rng) for _ in range(2)]
    roll, breath = _sway(ROLL_DEG, DRIFT_HZ, rng), _sway(ZOOMED, DRIFT_HZ, rng)
    lean = rng.normal(0, MOST_LEANT / 2, 2).clip(-MOST_LEANT, MOST_LEANT) / SIZE_PX[0]

    def see(time_s: float) -> np.ndarray:
        shake = np.array([drift(time_s) + tremor(time_s) for drift, tremor in zip(drifts, tremors, strict=True)])
        seen = _turn(roll(time_s), zoom(time_s) * (1 + breath(time_s)))
        tilted = np.array([[1, 0, 0], [0, 1, 0], [*lean, 1]])
        return _shift(np.array(SIZE_PX) / 2 + pan_px(time_s) + shake) @ tilted @ seen

    return see


def _cut(fault: Fault, share: float, leaf: _Leaf, px_per_mm: float) -> np.ndarray:
    """Move a number so far that a share of it is beyond an edge: px; nowhere for what is no cut."""
    left, top, right, bottom = np.array(leaf.written) * px_per_mm / SHEET_PX_PER_MM
    half = np.array([right - left, bottom - top]) / 2
    towards = {"cut_left": (-1, 0), "cut_right": (1, 0), "cut_top": (0, -1), "cut_bottom": (0, 1)}.get(fault, (0, 0))
    return np.array(towards) * (np.array(SIZE_PX) / 2 + half * (2 * share - 1))


def _shift(by: np.ndarray) -> np.ndarray:
    """Make a matrix that shifts."""
    return np.array([[1, 0, by[0]], [0, 1, by[1]], [0, 0, 1]], float)


def _turn(degrees: float, scale: float) -> np.ndarray:
    """Make a matrix that turns anticlockwise and scales."""
    across, along = scale * np.cos(np.deg2rad(degrees)), scale * np.sin(np.deg2rad(degrees))
    return np.array([[across, along, 0], [-along, across, 0], [0, 0, 1]])


# --- what lies before the camera


@dataclass(frozen=True, eq=False)
class _Layer:
    """A still, halved again and again, each uint8 (h, w, 3), and the way from its pixels to those of the picture.

    `cover` is float32 (h, w), 0-1, of what has no straight edges.
    """

    stills: tuple[np.ndarray, ...]
    view: View
    cover: np.ndarray | None = None

    def find_outline(self, time_s: float) -> np.ndarray:
        """Find its corners in the picture."""
        height, width = self.stills[0].shape[:2]
        return project(self.view(time_s), outline(0, 0, width, height))

    def is_in_view(self, time_s: float) -> bool:
        """Whether anything of it is in the picture."""
        return _overlap(self.find_outline(time_s), outline(0, 0, *SIZE_PX))

    def fill(self, time_s: float) -> np.ndarray:
        """Fill a picture with it, at half of the size: for what has no fine detail."""
        matrix, size = np.diag([0.5, 0.5, 1]) @ self.view(time_s), (SIZE_PX[0] // 2, SIZE_PX[1] // 2)
        return cv2.resize(cv2.warpPerspective(self.stills[0], matrix, size, borderMode=cv2.BORDER_REFLECT), SIZE_PX)

    def lay(self, picture: np.ndarray, time_s: float) -> None:
        """Lay it over a picture."""
        matrix = self.view(time_s)
        level = min(max(0, int(-np.log2(_scale_of(matrix)))), len(self.stills) - 1)
        matrix = matrix @ _halve(level)
        if self.cover is None:
            cv2.warpPerspective(self.stills[level], matrix, SIZE_PX, dst=picture, borderMode=cv2.BORDER_TRANSPARENT)
            return
        cover = cv2.warpPerspective(self.cover, matrix, SIZE_PX)
        seen = cv2.warpPerspective(self.stills[level], matrix, SIZE_PX)
        cv2.blendLinear(seen, picture, cover, 1 - cover, dst=picture)


def _scale_of(matrix: np.ndarray) -> float:
    """Px of the picture per px of a still."""
    return float(np.sqrt(abs(np.linalg.det(matrix[:2, :2]))))


def _halve(times: int) -> np.ndarray:
    """Make a matrix from the pixels of a still that was halved to those that it had."""
    step = 2.0**times
    return np.array([[step, 0, (step - 1) / 2], [0, step, (step - 1) / 2], [0, 0, 1]])


def _spread(leaf: _Leaf, track: Track, camera: View) -> _Layer:
    """Spread a sheet on the table, what is written on it in the middle."""
    left, top, right, bottom = leaf.written
    centred = _turn(0, 1 / SHEET_PX_PER_MM) @ _shift(-np.array([left + right, top + bottom]) / 2)
    stills = [leaf.still]
    while min(stills[-1].shape[:2]) > 500:
        stills.append(cv2.resize(stills[-1], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
    return _Layer(tuple(stills), lambda time_s: camera(time_s) @ _shift(track(time_s)) @ centred)


def _make_background(is_held_up: bool, camera: View, rng: np.random.Generator) -> _Layer:
    """Make what is seen beside the sheets: a desk that they lie on, or the room of somebody who holds them up."""
    if is_held_up:
        # Half of the size, as it is out of focus; then it is the sheet that shakes.
        room = make_room((SIZE_PX[0] // 2, SIZE_PX[1] // 2), rng)
        return _Layer((_round(room),), lambda _: np.diag([2.0, 2.0, 1.0]))
    light, dark = (OAK, WALNUT, GREY_DESK)[int(rng.integers(3))]
    desk = _round(make_desk(DESK_PX[::-1], rng, light, dark))
    centred = _turn(0, 1 / DESK_PX_PER_MM) @ _shift(-np.array(DESK_PX) / 2)
    return _Layer((desk,), lambda time_s: camera(time_s) @ centred)


def _plan_hand(place_px: np.ndarray, rng: np.random.Generator) -> tuple[_Layer, tuple[tuple[float, float], ...]]:
    """Plan a hand that reaches in from below, moves over the number and leaves; and from when to when it is there.

    Parameters
    ----------
    place_px : ndarray of float64, shape (2,)
        Where the number is, px from the middle of the picture.
    """
    starts_s, stays_s = float(rng.uniform(3, 5.5)), float(rng.uniform(*HAND_S))
    # The back of the hand lies over the number, the pen above it.
    rest = np.array(SIZE_PX) / 2 + place_px - np.array([0.0, 0.2]) * SIZE_PX[0]
    beyond, sweep = np.array([0.1, 0.8]) * SIZE_PX[0], np.array([0.12, 0]) * SIZE_PX[0]
    lean = float(rng.uniform(0, 20))
    still, cover, tip = _draw_hand(rng)

    def view(time_s: float) -> np.ndarray:
        away = 1 - _ease(time_s, starts_s, REACH_S) + _ease(time_s, starts_s + stays_s - REACH_S, REACH_S)
        along = _ease(time_s, starts_s, stays_s) - 0.5
        return _shift(rest + beyond * away + sweep * along) @ _turn(lean, 1) @ _shift(-tip)

    return _Layer((still,), view, cover), ((starts_s, starts_s + stays_s),)


def _draw_hand(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw a hand with a pen and a sleeve: uint8 (h, w, 3), its cover float32 (h, w), and where its tip is, px."""
    outline_px = np.array(HAND) * SIZE_PX[0]
    margin = 60
    tip = margin - outline_px.min(axis=0)
    width, height = np.ceil(np.ptp(outline_px, axis=0)).astype(int) + 2 * margin
    solid = np.zeros((height, width), np.uint8)
    cv2.fillPoly(solid, [np.round(outline_px + tip).astype(np.int32)], 255)
    solid = cv2.threshold(cv2.GaussianBlur(solid, (0, 0), 9), 127, 255, cv2.THRESH_BINARY)[1]
    rise = np.sqrt(np.clip(cv2.distanceTransform(solid, cv2.DIST_L2, 5) / 70, 0, 1))
    lit = (0.5 + 0.5 * rise) * (1 + 0.03 * cloud(solid.shape, 20, rng))
    skin, wool = np.array(SKIN), np.array(WOOL) * (1 + 0.15 * cloud(solid.shape, 5, rng))[..., None]
    is_sleeve = (np.arange(height) > tip[1] + SLEEVE * SIZE_PX[0])[:, None, None]
    picture = lit[..., None] * np.where(is_sleeve, wool, skin)
    ends = np.round(tip + np.array([(-0.035, -0.03), (0.09, 0.115)]) * SIZE_PX[0]).astype(int).tolist()
    cv2.line(picture, ends[0], ends[1], PEN, 15, cv2.LINE_AA)
    cv2.line(solid, ends[0], ends[1], 255, 15, cv2.LINE_AA)
    cover = cv2.GaussianBlur(solid, (0, 0), 1.2).astype(np.float32) / 255
    return np.clip(picture, 0, 255).astype(np.uint8), cover, tip


# --- light


def _shine(gain: Course, rng: np.random.Generator, shade: Track | None = None) -> Track:
    """Let light fall on all: at a time, factors float32 (h, w, 3) on a coarse grid.

    A lamp, the slow beat of the mains against the frames, a colour that drifts, and at times somebody's shadow.
    """
    lamp = float(rng.uniform(-0.2, 1.2)), float(rng.uniform(-0.3, 0.1))
    lamplight = shine(Light(1.0, lamp, float(rng.uniform(0.05, 0.3))), LIGHT_GRID, rng)
    warmth, beat = _sway(WARMTH, WARMTH_HZ, rng), _sway(BEAT, BEAT_HZ, rng, waves=1)

    def fall(time_s: float) -> np.ndarray:
        tint = np.array([1 - warmth(time_s), 1, 1 + warmth(time_s)], np.float32)
        lit = lamplight * (gain(time_s) * (1 + beat(time_s)) * tint).astype(np.float32)
        return lit if shade is None else lit * shade(time_s)[..., None]

    return fall


def _pass_shadow(rng: np.random.Generator) -> Track:
    """Let the shadow of somebody who walks by cross the picture: factors float32 (h, w) on the coarse grid."""
    ys, xs = np.mgrid[: LIGHT_GRID[0], : LIGHT_GRID[1]].astype(np.float32) / LIGHT_GRID[1]
    across = (xs + float(rng.uniform(-0.4, 0.4)) * ys) * rng.choice([-1, 1])
    depth, wide = float(rng.uniform(0.2, 0.45)), float(rng.uniform(0.12, 0.25))
    starts_s, takes_s = float(rng.uniform(1, 6)), float(rng.uniform(1.5, 3))
    low, high = float(across.min()) - 3 * wide, float(across.max()) + 3 * wide

    def shade(time_s: float) -> np.ndarray:
        middle = low + (high - low) * (time_s - starts_s) / takes_s
        return (1 - depth * np.exp(-(((across - middle) / wide) ** 2))).astype(np.float32)

    return shade


# --- focus


def _plan_hunts(showings: Sequence[Showing], rng: np.random.Generator) -> tuple[tuple[float, float], ...]:
    """Plan when the focus is lost, none to two times, for a moment; never while a number has just come into view."""
    hunts: list[tuple[float, float]] = []
    for _ in range(int(rng.integers(0, 3))):
        start, length = float(rng.uniform(0.5, CLIP_S - 1)), float(rng.uniform(*HUNT_S))
        starts = [*(showing.start_s for showing in showings), *(begin for begin, _ in hunts)]
        if all(not begin - SETTLED_S < start < begin + SETTLED_S for begin in starts):
            hunts.append((start, start + length))
    return tuple(sorted(hunts))


def _focus(hunts_s: Sequence[tuple[float, float]], digit_px: Course, rng: np.random.Generator) -> Course:
    """Let the focus breathe: a course of its standard deviation in px, as far as digits stay readable but in hunts."""
    breath = _vary((0, 1), FOCUS_HZ, rng)

    def blur(time_s: float) -> float:
        low, high = SIGMA_PX[0], max(SIGMA_PX[0], min(SIGMA_PX[1], READABLE_SIGMA * digit_px(time_s)))
        lost = max((min(time_s - start, end - time_s) for start, end in hunts_s), default=-1.0)
        sharp = low + (high - low) * breath(time_s) ** 2
        return max(sharp, UNREADABLE_SIGMA * digit_px(time_s) * _ease(lost, 0, HUNT_TURN_S))

    return blur


def _defocus(picture: np.ndarray, sigma_px: float) -> np.ndarray:
    """Blur a picture; what is strongly blurred is blurred at half of its size."""
    if sigma_px < 4:
        return cv2.GaussianBlur(picture, (0, 0), sigma_px)
    small = cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return cv2.resize(cv2.GaussianBlur(small, (0, 0), sigma_px / 2), SIZE_PX)


def _smear(picture: np.ndarray, moved_px: np.ndarray) -> np.ndarray:
    """Blur a picture along a way in px, evenly, as an open shutter does; along a long one, at a quarter of its size."""
    length = float(np.hypot(*moved_px))
    if length < 1:
        return picture
    if length > 16:
        small = cv2.resize(picture, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
        return cv2.resize(_smear(small, moved_px / 4), picture.shape[1::-1])
    reach = int(np.ceil(length / 2))
    way = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    ends = np.round(16 * (reach + np.outer([-0.5, 0.5], moved_px))).astype(int).tolist()
    cv2.line(way, ends[0], ends[1], 1.0, 1, cv2.LINE_8, 4)
    return cv2.filter2D(picture, -1, way / way.sum(), borderType=cv2.BORDER_REPLICATE)


# --- the camera


@dataclass(frozen=True, eq=False)
class _Sensor:
    """What turns light into a file: noise uint8 (h, w, 3) about 128, larger than the picture, and JPEG's quality."""

    noise: np.ndarray
    jpeg: int

    def take(self, picture: np.ndarray, light: np.ndarray, index: int) -> np.ndarray:
        """Light a picture uint8 (h, w, 3) by factors on a coarse grid, add noise and compress it."""
        factors = cv2.resize(np.clip(light * LIGHT_UNIT, 0, 255).astype(np.uint8), SIZE_PX)
        left, top = np.random.default_rng(index).integers(NOISE_ROOM_PX, size=2)
        noise = self.noise[top : top + SIZE_PX[1], left : left + SIZE_PX[0]]
        lit = cv2.multiply(picture, factors, scale=1 / LIGHT_UNIT)
        noisy = cv2.addWeighted(lit, 1, noise, 1, -128)
        return load_image(cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, self.jpeg])[1].tobytes())


def _pick_sensor(rng: np.random.Generator) -> _Sensor:
    """Pick a camera's noise and compression."""
    width, height = (side + NOISE_ROOM_PX for side in SIZE_PX)
    grey = np.full((height, width, 3), 0.5, np.float32)
    noise = sense_noise(grey, float(rng.uniform(*NOISE)) / 255, rng)
    return _Sensor(_round(noise + 128 / 255), int(rng.integers(JPEG[0], JPEG[1] + 1)))


def _round(picture: np.ndarray) -> np.ndarray:
    """Round a picture of 0-1 to uint8."""
    return np.round(np.clip(picture, 0, 1) * 255).astype(np.uint8)


@dataclass(frozen=True, eq=False)
class _Shot:
    """All that a frame is drawn of."""

    background: _Layer
    sheets: Sequence[_Layer]
    hand: _Layer | None
    focus: Course
    light: Track
    sensor: _Sensor

    def take(self, index: int) -> np.ndarray:
        """Draw a frame: uint8 (h, w, 3)."""
        time_s = index / FPS
        picture = self._see(time_s)
        picture = _smear(picture, self._move(time_s))
        picture = _defocus(picture, self.focus(time_s))
        return self.sensor.take(picture, self.light(time_s), index)

    def _see(self, time_s: float) -> np.ndarray:
        """See all layers, each over those before it."""
        picture = self.background.fill(time_s)
        for layer in (*self.sheets, *([self.hand] if self.hand else [])):
            if layer.is_in_view(time_s):
                layer.lay(picture, time_s)
        return picture

    def _move(self, time_s: float) -> np.ndarray:
        """Way in px that the topmost sheet in view goes while the shutter is open, or the desk if there is none."""
        sheets = [sheet for sheet in self.sheets if sheet.is_in_view(time_s)]
        view, middle = (sheets or [self.background])[-1].view, np.array([SIZE_PX]) / 2
        there = project(np.linalg.inv(view(time_s)), middle)
        return (project(view(time_s + EXPOSURE_S), there) - middle)[0]
