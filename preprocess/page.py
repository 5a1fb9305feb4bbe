"""Page: a frame's ink, straightened, with its lines, numbers and pieces proposed."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

import cv2
import numpy as np

from capture.frame import Frame
from preprocess import (
    boxes,
    cells,
    columns,
    comb,
    glyphs,
    ink,
    lines,
    pieces,
    quality,
    rules,
    sheet,
    skew,
    solid,
    spacing,
    underlines,
)
from preprocess.pieces import Run
from preprocess.view import LONGEST_SIDE_PX, View, coarse_side, look_at, straighten

Layout = Literal["page", "line"]
TINY_SIDE_PX = 40
# In a picture of one number, what leans out of it may be a 1; a border is slimmer.
SLIM_AT_EDGE, SLIM_IN_LINE = 4, 6
# A line's end is within so much of the picture's side from its edge where it runs right across.
END_SHARE = 0.03
# How much of a picture of one number its digits fill at least.
TALL_SHARE = 0.3
# The finest pen's 1 is less slim than what is left of a ruled line.
SLIMMEST = 30
THINNEST_PX = 8
SMALLEST_AREA_PX = 9
SMALLEST_HEIGHT_PX = 5
MOST_COMPONENTS = 3000


@dataclass(frozen=True)
class Step:
    """One step that was done to a picture: its stage, what it found or was set to, and how long it took in ms."""

    stage: str
    settings: dict[str, float | int | str]
    ms: float


@dataclass(frozen=True, eq=False)
class Page:
    """What is written on a frame.

    Parameters
    ----------
    frame : Frame
        Where it came from.
    ink : ndarray of uint8, shape (h, w)
        255 = full ink; light, rules, specks and skew are dealt with.
    lines : tuple of tuple of Run
        In reading order: lines from top to bottom, their runs from left to right.
    to_frame : ndarray of float64, shape (3, 3)
        From the page's pixels to the frame's.
    quality : Quality
    layout : {"page", "line"}
        What it was prepared as; "line" also where a bare picture holds one digit only.
    steps : tuple of Step
        What was done, in order.
    stages : dict of str to ndarray
        The pictures in between, if they were asked for.
    cut_off : tuple of str
        At which sides of the frame something like writing goes on beyond it: "left", "top", "right", "bottom".
    """

    frame: Frame
    ink: np.ndarray
    lines: tuple[tuple[Run, ...], ...]
    to_frame: np.ndarray
    quality: quality.Quality
    layout: Layout = "page"
    steps: tuple[Step, ...] = ()
    stages: dict[str, np.ndarray] = field(default_factory=dict)
    cut_off: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse ink and matrices of the wrong kind."""
        if self.ink.dtype != np.uint8 or self.ink.ndim != 2:
            raise ValueError(f"ink must be uint8 (h, w), got {self.ink.dtype} {self.ink.shape}")
        if self.to_frame.shape != (3, 3):
            raise ValueError(f"to_frame must be (3, 3), got {self.to_frame.shape}")

    @property
    def is_close(self) -> bool:
        """Whether a coarse look did not do."""
        longest = min(max(self.frame.height, self.frame.width), LONGEST_SIDE_PX)
        return max(self.ink.shape) > 1.25 * coarse_side(longest)

    @property
    def is_tiny(self) -> bool:
        """Whether it is so small that it holds one digit, which is never cut."""
        return max(self.frame.height, self.frame.width) <= TINY_SIDE_PX

    @property
    def runs(self) -> list[Run]:
        """All runs in reading order."""
        return [run for line in self.lines for run in line]


class _Log:
    """Notes each step's time and findings, and keeps the pictures in between when they are wanted."""

    def __init__(self, keep: bool) -> None:
        self.steps: list[Step] = []
        self.stages: dict[str, np.ndarray] = {}
        self._keep = keep

    @contextmanager
    def step(self, stage: str) -> Iterator[dict[str, float | int | str]]:
        start = time.perf_counter()
        settings: dict[str, float | int | str] = {}
        yield settings
        self.steps.append(Step(stage, settings, (time.perf_counter() - start) * 1e3))

    def picture(self, name: str, picture: np.ndarray) -> None:
        if self._keep:
            self.stages[name] = picture.copy()


def prepare(frame: Frame, layout: Layout = "page", keep_stages: bool = False, closely: bool = False) -> Page:
    """Turn a frame into a page of ink with proposals of what its digits may be.

    Parameters
    ----------
    frame : Frame
    layout : {"page", "line"}
        "line": the whole picture is one number.
    keep_stages : bool
        Keep the pictures in between in `Page.stages`, to be looked at.
    closely : bool
        Leave out the coarse look: it would not do, as a video's last frames have shown.

    Returns
    -------
    Page
    """
    if max(frame.height, frame.width) <= TINY_SIDE_PX:
        return _prepare_bare(frame, keep_stages)
    log = _Log(keep_stages)
    with log.step("view") as note:
        view = look_at(frame.image, layout == "page", closely)
        note["scale"], note["polarity"] = round(1 / float(view.to_frame[0, 0]), 4), view.polarity
        for name in ("grey", "contrast", "ink"):
            log.picture(name, getattr(view, name))
    with log.step("tilt") as note:
        view, note["degrees"] = straighten(view) if layout == "page" else (view, 0.0)
    with log.step("rules") as note:
        page_ink, mask, found, walls = clear_rules(view, layout)
        note["upright"] = len(walls)
        log.picture("rules_removed", page_ink)
    with log.step("components") as note:
        everything = found
        if view.beside is not None:
            found = sheet.drop_touching(found, mask, view.beside)
        found = keep_plausible(found, view.grey, mask, layout)
        page_ink, mask, found = clear_underlines(page_ink, mask, found, view.grey, layout)
        cut_off = lines.find_cut_off(everything, found) if layout == "page" else ()
        note["found"] = len(found.boxes)
    to_frame = view.to_frame
    with log.step("skew") as note:
        note["degrees"] = degrees = skew.estimate_skew(found.boxes) if layout == "page" else 0.0
        if degrees:
            page_ink, turn = skew.turn_page(page_ink, degrees)
            walls = [rules.turn_upright(wall, turn) for wall in walls]
            mask = skew.turn_page(mask, degrees)[0]
            grey = skew.turn_page(view.grey, degrees)[0]
            mask = cv2.threshold(mask, 127, 255, cv2.THRESH_BINARY)[1]
            found = keep_plausible(lines.find_components(mask), grey, mask, layout)
            to_frame = to_frame @ np.linalg.inv(turn)
    with log.step("lines") as note:
        groups = arrange(found, layout, mask.shape, walls)
        note["lines"] = len(groups)
    with log.step("glyphs") as note:
        arranged = propose_runs(page_ink, found, groups)
        note["pieces"] = sum(len(run.pieces) for line in arranged for run in line)
    height = lines.body_height(found.heights, found.areas)
    scale = 1 / float(np.hypot(*to_frame[:2, 0]))
    measured = quality.measure_quality(view.contrast, view.brightness, view.mask, height, scale)
    log.picture("page", page_ink)
    return Page(frame, page_ink, arranged, to_frame, measured, layout, tuple(log.steps), log.stages, cut_off)


def clear_rules(view: View, layout: Layout) -> tuple[np.ndarray, np.ndarray, lines.Components, list[rules.Rule]]:
    """Take away the page's ruling and the boxes on it: ink, mask, its components, and all upright lines.

    The page's own lines may be some boxes' sides, so boxes are looked for while all lines are there.
    """
    is_page = layout == "page"
    level, upright = find_ruling(view) if is_page else rules.find_both(view.mask, upright_too=False, families=False)
    upright = [] if is_one(upright, view.components) else upright
    if is_page and is_bare(view, level, upright):
        nothing = np.zeros_like(view.mask)
        return nothing, nothing, lines.find_components(nothing), []
    found = view.components
    page_ink, mask, walls = boxes.open_boxes(view.ink, view.mask, found) if is_page else (view.ink, view.mask, [])
    if level or upright:
        page_ink, mask, found = rules.remove_rules(page_ink, mask, level, upright)
    elif mask is not view.mask:
        found = lines.find_components(mask)
    return page_ink, mask, found, upright + walls


def find_ruling(view: View) -> tuple[list[rules.Rule], list[rules.Rule]]:
    """Find the level and the upright lines of a sheet: how far across it they run, and not across its desk, counts."""
    left, top, right, bottom = view.window
    if left == right:
        return [], []
    level, upright = rules.find_both(np.ascontiguousarray(view.faint[top:bottom, left:right]))
    upright = comb.drop_strokes(upright)
    return [rule.shift(left, top) for rule in level], [rule.shift(top, left) for rule in upright]


def clear_underlines(
    page_ink: np.ndarray, mask: np.ndarray, found: lines.Components, grey: np.ndarray, layout: Layout
) -> tuple[np.ndarray, np.ndarray, lines.Components]:
    """Take away what a hand drew beneath its numbers: ink, mask, its plausible components."""
    strokes = underlines.find_underlines(found, mask)
    if not strokes:
        return page_ink, mask, found
    page_ink, mask, found = rules.remove_rules(page_ink, mask, strokes, [])
    return page_ink, mask, keep_plausible(found, grey, mask, layout)


def is_one(upright: list[rules.Rule], found: lines.Components) -> bool:
    """Say whether the only upright line is a 1 of a closely cut picture: it ends within it, beside what is as tall."""
    if len(upright) != 1:
        return False
    (rule,) = upright
    height = found.labels.shape[0]
    column = float(rule.course((rule.start + rule.stop) / 2))
    start, stop = _extent(rule, column, found)
    near = END_SHARE * height
    if start <= near and stop >= height - near:
        return False
    half = rule.thickness / 2 + 1
    others = found.boxes[(found.boxes[:, 0] > column + half) | (found.boxes[:, 2] < column - half)]
    return lines.is_in_row(np.array([column - half, start, column + half, stop]), others)


def _extent(rule: rules.Rule, column: float, found: lines.Components) -> tuple[float, float]:
    """Rows that an upright line's ink begins and ends at: rules are found in steps of some px."""
    left, top, right, bottom = found.boxes.T
    own = found.boxes[(left <= column) & (column <= right) & (top < rule.stop) & (bottom > rule.start)]
    return (float(own[:, 1].min()), float(own[:, 3].max())) if len(own) else (rule.start, rule.stop)


def is_bare(view: View, level: list[rules.Rule], upright: list[rules.Rule]) -> bool:
    """Say whether there is nothing but the grain of a desk, a cloth or a wall, and perhaps a paper's own lines."""
    if not ink.is_pale(view.contrast, view.mask):
        return False
    paper = cv2.bitwise_not(rules.draw_bands(level, upright, view.mask.shape))
    return ink.is_grain(cv2.bitwise_and(view.mask, paper), cv2.bitwise_and(view.faint, paper))


def keep_plausible(found: lines.Components, grey: np.ndarray, mask: np.ndarray, layout: Layout) -> lines.Components:
    """Drop specks, what spans the picture, filled shapes, and what is left of rules."""
    height, width = found.labels.shape
    longest = np.maximum(found.heights, found.widths)
    keep = (found.areas >= SMALLEST_AREA_PX) & (longest >= SMALLEST_HEIGHT_PX)
    keep &= min(height, width) >= THINNEST_PX
    keep &= longest < SLIMMEST * np.minimum(found.heights, found.widths)
    keep &= ~solid.find_solid(grey, found, layout == "page")
    cut_off = lines.are_cut_off(found, SLIM_AT_EDGE if layout == "page" else SLIM_IN_LINE)
    if layout == "page":
        keep &= (found.widths < 0.98 * width) | (found.heights < 0.5 * height)
        # Beside digits, in their rows, what ends in the picture is one of them and no line's end.
        digits = found.boxes[keep & ~cut_off]
        ends = np.flatnonzero(cut_off & (found.heights < (1 - END_SHARE) * height))
        cut_off[ends] = [not lines.is_in_row(box, digits) for box in found.boxes[ends]]
    else:
        # A 1 among digits may reach the edge of its picture, and a number its line from end to end.
        cut_off &= lines.are_outermost(found, keep & ~cut_off & (found.heights >= TALL_SHARE * height))
    keep &= ~lines.are_rule_ends(found, keep) & ~cut_off & ~lines.are_thin(found, mask)
    kept = found.pick(np.flatnonzero(keep))
    if layout == "page":
        kept = lines.drop_scaffolds(kept)
    if len(kept.boxes) > MOST_COMPONENTS:
        kept = kept.pick(np.sort(np.argsort(-kept.areas)[:MOST_COMPONENTS]))
    return kept


def arrange(
    found: lines.Components, layout: Layout, shape: tuple[int, ...], uprights: list[rules.Rule]
) -> list[list[list[int]]]:
    """Group components into numbers, and numbers into lines; for "line", all of the main line is one number."""
    near = cells.split_at_walls(lines.group_numbers(found), found, uprights)
    numbers = [lines.drop_specks(found, members) for members in near]
    extents = np.array([lines.around(found.boxes[members]) for members in numbers]).reshape(-1, 4)
    ordered = [[numbers[i] for i in line] for line in lines.order_lines(extents)]
    if layout == "page" or not ordered:
        whole = [cells.join_within(line, found, uprights) for line in ordered]
        even = [spacing.join_evenly_spaced(line, found, uprights) for line in whole]
        return [comb.join_cells(line, found, uprights) for line in columns.break_alike(even, found)]
    main = lines.main_line(found, [[i for members in line for i in members] for line in ordered], shape)
    return [[main]] if main else []


def propose_runs(
    page_ink: np.ndarray, found: lines.Components, groups: list[list[list[int]]]
) -> tuple[tuple[Run, ...], ...]:
    """Make a run of each number's components, with its pieces proposed: roughly, for that does for most."""
    numbers = [members for line in groups for members in line]
    inks, origins = zip(*(lift(page_ink, found, members) for members in numbers), strict=True) if numbers else ((), ())
    heights = [lines.body_height(found.heights[members], found.areas[members]) for members in numbers]
    runs = iter(glyphs.make_runs(inks, origins, heights))
    return tuple(tuple(next(runs) for _ in line) for line in groups)


def lift(page_ink: np.ndarray, found: lines.Components, members: list[int]) -> tuple[np.ndarray, tuple[int, int]]:
    """Lift some components' ink off the page: the ink alone, and where its left top corner lay."""
    left, top, right, bottom = (int(v) for v in lines.around(found.boxes[members]))
    left, top = max(left - 1, 0), max(top - 1, 0)
    window = found.labels[top : bottom + 1, left : right + 1]
    is_own = np.zeros(int(window.max()) + 1, np.uint8)
    is_own[found.ids[members]] = 1
    soft = cv2.dilate(is_own[window], np.ones((3, 3), np.uint8))
    return page_ink[top : bottom + 1, left : right + 1] * soft, (left, top)


def _prepare_bare(frame: Frame, keep_stages: bool) -> Page:
    """Prepare a picture so small that it can hold one digit only, such as MNIST's own."""
    log = _Log(keep_stages)
    with log.step("view") as note:
        grey = cv2.cvtColor(frame.image, cv2.COLOR_BGR2GRAY)
        border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
        paper = float(np.median(border))
        deviation = np.abs(grey.astype(np.float32) - paper)
        note["polarity"] = "light on dark" if paper < 128 else "dark on light"
        peak = float(deviation.max())
        page_ink = (deviation * (255.0 / peak)).astype(np.uint8) if peak >= 2 * ink.FLOOR else np.zeros_like(grey)
        log.picture("ink", page_ink)
    left, top, width, height = cv2.boundingRect(cv2.threshold(page_ink, 32, 255, cv2.THRESH_BINARY)[1])
    runs: tuple[tuple[Run, ...], ...] = ()
    if width and height:
        # Whole copies of pixels bring it to a run's size, and averaging takes them back to what they were.
        zoom = -(-pieces.BODY_PX // max(width, height))
        ink_alone = np.kron(page_ink[top : top + height, left : left + width], np.ones((zoom, zoom), np.uint8))
        piece = pieces.Piece(0, 0, ink_alone, 1)
        origin = np.array([[1 / zoom, 0, left], [0, 1 / zoom, top], [0, 0, 1]], np.float64)
        runs = ((Run((piece,), origin, float(height)),),)
    measured = quality.Quality(paper, peak / 255.0, 1.0, float(height))
    return Page(frame, page_ink, runs, np.eye(3), measured, "line", tuple(log.steps), log.stages)
