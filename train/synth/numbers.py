"""Numbers: characters are written side by side as one hand does, touching or apart, with marks between."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from train.synth.noughts import draw_noughts, pick_height
from train.synth.pen import CANVAS_PX, Hand, measure_pen, write

NO_GLYPH = -1
# How far apart characters stand, in heights, and how often: overlapping, touching, close, as usual, wide.
CLOSENESS, HOW_OFTEN = [-0.2, -0.06, 0.03, 0.16, 0.4], [0.06, 0.19, 0.26, 0.34, 0.15]
SMALL_NOUGHTS, IN_ONE_GO = 0.22, 0.5
LINKING, LINKED = 0.15, 0.6
JOINED_WORDS = 0.5


@dataclass(frozen=True, eq=False)
class Writing:
    """A number as it was written, and which of its ink is whose.

    Parameters
    ----------
    ink : ndarray of uint8, shape (h, w)
    owner : ndarray of int16, shape (h, w)
        Index into `labels` of the character that a pixel belongs to; `NO_GLYPH` where there is no ink.
    labels : tuple of str
        The characters, from left to right.
    """

    ink: np.ndarray
    owner: np.ndarray
    labels: tuple[str, ...]


def write_number(glyphs: list[np.ndarray], labels: list[str], hand: Hand, rng: np.random.Generator) -> Writing:
    """Write characters side by side.

    Parameters
    ----------
    glyphs : list of ndarray of uint8, shape (h, w)
        Their ink in the data set.
    labels : list of str
        What they are: a digit, a letter, or "." "," "-" and the like for marks.
    """
    closeness = float(rng.choice(CLOSENESS, p=HOW_OFTEN))
    links = rng.random() < (JOINED_WORDS if labels[0].isalpha() else LINKING)
    drift = rng.normal(0, 0.05)
    height = 3 * CANVAS_PX
    ink = np.zeros((height, 60 + len(glyphs) * 3 * CANVAS_PX), np.uint8)
    owner = np.full(ink.shape, NO_GLYPH, np.int16)
    edge = np.full(height, -1)
    for part in _write_parts(glyphs, labels, hand, rng):
        character, number = part.ink, part.first
        top = int(
            np.clip(
                2 * CANVAS_PX - len(character) - part.rise + drift * number * CANVAS_PX * 0.3,
                0,
                height - len(character),
            )
        )
        gap = (closeness + rng.normal(0, 0.05)) * CANVAS_PX
        left = _place(character, top, edge, gap) if number else 20
        window = np.s_[top : top + len(character), left : left + character.shape[1]]
        if ink[window].shape != character.shape:
            break
        if links and number and labels[number].isalnum() and rng.random() < LINKED:
            _link(ink, owner, number - 1, (left, top), character)
        stronger = (character > ink[window]) & (part.owner != NO_GLYPH)
        owner[window][stronger] = part.owner[stronger]
        ink[window] = np.maximum(ink[window], character)
        columns = np.arange(left, left + character.shape[1])
        reached = np.where(character > 60, columns, -1).max(axis=1)
        edge[top : top + len(character)] = np.maximum(edge[top : top + len(character)], reached)
    return _crop(ink, owner, tuple(labels), rng)


def underline(writing: Writing, hand: Hand, rng: np.random.Generator) -> Writing:
    """Underline a number, or its end, so closely that the stroke may touch its feet; that ink is no character's."""
    rows, columns = np.nonzero(writing.ink > 60)
    if not len(rows):
        return writing
    left, right = columns.min(), max(columns.max() + CANVAS_PX * rng.normal(0, 0.15), columns.min() + CANVAS_PX * 0.3)
    start = rng.uniform(left, left + 0.7 * (right - left)) if rng.random() < 0.6 else left
    y = rows.max() + CANVAS_PX * rng.uniform(-0.08, 0.22)
    bend, tilt = (CANVAS_PX * rng.normal(0, 0.04) for _ in range(2))
    course = np.array([(start, y + tilt), ((start + right) / 2, y + bend), (right, y - tilt)])
    pen_px = _thick(CANVAS_PX * (hand.width if hand.fine else rng.uniform(0.05, 0.13)))
    more = max(0, int(course[:, 1].max()) + pen_px - len(writing.ink) + 1)
    ink = cv2.copyMakeBorder(writing.ink, 0, more, 0, 0, cv2.BORDER_CONSTANT)
    owner = cv2.copyMakeBorder(writing.owner, 0, more, 0, 0, cv2.BORDER_CONSTANT, value=NO_GLYPH)
    cv2.polylines(ink, [course.round().astype(np.int32)], False, 255, pen_px, cv2.LINE_AA)
    return Writing(ink, owner, writing.labels)


class _Part(NamedTuple):
    """What is written without a thought of where: a character, or noughts that hang together.

    Parameters
    ----------
    first : int
        Index of its first character.
    ink : ndarray of uint8, shape (h, w)
    owner : ndarray of int16, shape (h, w)
        As in `Writing`.
    rise : float
        How far above the baseline it ends, px.
    """

    first: int
    ink: np.ndarray
    owner: np.ndarray
    rise: float


def _write_parts(glyphs: list[np.ndarray], labels: list[str], hand: Hand, rng: np.random.Generator) -> Iterator[_Part]:
    """Write all parts of a number, from left to right; a character of which nothing is left is none."""
    nought = rng.uniform(0.35, 0.75) if rng.random() < SMALL_NOUGHTS else 1.0
    joined = _find_noughts(labels) if rng.random() < IN_ONE_GO else range(0)
    pen_px = CANVAS_PX / 12
    for number, (glyph, label) in enumerate(zip(glyphs, labels, strict=True)):
        if number in joined:
            if number == joined.start:
                ink, whose = draw_noughts(len(joined), pick_height(rng), _thick(pen_px), hand.slant, rng)
                owner = np.where(whose == NO_GLYPH, NO_GLYPH, whose + number).astype(np.int16)
                yield _Part(number, ink, owner, CANVAS_PX * rng.normal(0, 0.05))
            continue
        ink, rise = _write_one(glyph, label, hand, rng, nought if label == "0" and number else 1.0)
        if ink.size:
            pen_px = measure_pen(ink) if label.isdigit() else pen_px
            yield _Part(number, ink, np.where(ink > 60, number, NO_GLYPH).astype(np.int16), rise)


def _find_noughts(labels: list[str]) -> range:
    """Find the last noughts that follow each other, behind something else."""
    found = [match for match in re.finditer("00+", "".join(labels)) if match.start()]
    return range(*found[-1].span()) if found else range(0)


def _thick(pen_px: float) -> int:
    """Round a pen's width to one to draw with, px."""
    return int(np.clip(pen_px, 2, CANVAS_PX / 5))


def _write_one(
    glyph: np.ndarray, label: str, hand: Hand, rng: np.random.Generator, share: float
) -> tuple[np.ndarray, float]:
    """One character's ink, and how far above the baseline it ends, px."""
    size = share * CANVAS_PX * np.exp(rng.normal(0, 0.08))
    if label in ".,":
        return _shrink(glyph, 0.8), -CANVAS_PX * rng.uniform(-0.05, 0.15)
    if label in "-=":
        return _shrink(glyph, rng.uniform(0.4, 0.8)), CANVAS_PX * rng.uniform(0.3, 0.55)
    if label in ":*":
        return _shrink(glyph, rng.uniform(0.5, 0.8)), CANVAS_PX * rng.uniform(0.05, 0.3)
    if label == "/":
        size *= rng.uniform(1.1, 1.5)
    character = write(glyph, hand, rng, max(20, int(size * (0.75 if label.islower() else 1.0))))
    return character, CANVAS_PX * rng.normal(0, 0.05)


def _shrink(glyph: np.ndarray, scale: float) -> np.ndarray:
    """Crop a mark, and make it smaller than a digit."""
    small = cv2.resize(glyph, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    left, top, width, height = cv2.boundingRect(small)
    return small[top : top + height, left : left + width]


def _link(ink: np.ndarray, owner: np.ndarray, before: int, corner: tuple[int, int], character: np.ndarray) -> None:
    """Lead the pen on from the top of the character before to the top of the next, as hurried noughts have it."""
    rows, columns = np.nonzero(owner == before)
    first = np.argwhere(character > 100)
    if not len(rows) or not len(first):
        return
    upper = rows <= np.percentile(rows, 35)
    start = columns[upper].argmax()
    upper_first = first[first[:, 0] <= np.percentile(first[:, 0], 35)]
    stop = upper_first[upper_first[:, 1].argmin()]
    line = np.zeros_like(ink)
    ends = (int(columns[upper][start]), int(rows[upper][start])), (corner[0] + int(stop[1]), corner[1] + int(stop[0]))
    if not 0 < ends[1][0] - ends[0][0] < 0.6 * CANVAS_PX:
        return
    middle = (ends[0][0] + ends[1][0]) // 2, max(ends[0][1], ends[1][1]) + (ends[1][0] - ends[0][0]) // 4
    course = np.array([ends[0], middle, ends[1]], np.int32)
    cv2.polylines(line, [course], False, 255, _thick(measure_pen(character)), cv2.LINE_AA)
    owner[(line > 60) & (owner == NO_GLYPH)] = before
    np.maximum(ink, line, out=ink)


def _place(character: np.ndarray, top: int, edge: np.ndarray, gap: float) -> int:
    """Leftmost column at which a character keeps its distance from all ink that stands already."""
    rows = np.flatnonzero((character > 60).any(axis=1))
    if not len(rows):
        return int(max(edge.max() + gap, 0))
    first = (character[rows] > 60).argmax(axis=1)
    # Neighbouring rows count too, or a 7 would slide under a 5's hat.
    reached = np.array([edge[max(0, top + row - 3) : top + row + 4].max() for row in rows])
    facing = reached >= 0
    if not facing.any():
        return int(max(edge.max() + gap, 0))
    snug = (reached[facing] - first[facing]).max()
    return int(max(snug + 1 + gap, edge.max() - 0.45 * character.shape[1], 0))


def _crop(ink: np.ndarray, owner: np.ndarray, labels: tuple[str, ...], rng: np.random.Generator) -> Writing:
    """Cut the number out, with a margin that is sometimes none."""
    left, top, width, height = cv2.boundingRect(cv2.threshold(ink, 40, 255, cv2.THRESH_BINARY)[1])
    margins = np.maximum(rng.normal(0.25, 0.2, 4), 0.02) * CANVAS_PX
    x0, y0 = max(0, int(left - margins[0])), max(0, int(top - margins[1]))
    x1, y1 = int(left + width + margins[2]), int(top + height + margins[3])
    return Writing(ink[y0:y1, x0:x1], owner[y0:y1, x0:x1], labels)
