"""Writings: numbers, words and drawings out of the characters that may be trained on, written and photographed."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from train.data import Glyphs, load_mnist, load_optdigits, load_paper
from train.synth.allographs import ALLOGRAPHS, Form, draw_allograph, draw_form, pick_form, pick_pen
from train.synth.habits import add_habit
from train.synth.marks import draw_mark, draw_scrawl, draw_sign
from train.synth.numbers import NO_GLYPH, Writing, underline, write_number
from train.synth.paper import photograph, pick_view
from train.synth.pen import pick_hand

DRAWN = "~"
EXTRA_SHARE = 0.18
WORDS, DRAWINGS = 0.16, 0.07
# Marks between digits, and what stands before and after numbers on forms and cheques.
BETWEEN, HOW_OFTEN = ".,-=/:", [0.36, 0.2, 0.2, 0.06, 0.08, 0.1]
AROUND, FENCED = "$#=*-/:+.", 0.1
# What amounts end in, so that nothing can be written behind them.
ENDINGS, ENDED = ("-", "=", ".", ",", ".-", ",-", ".="), 0.2
ASKEW, UNDERLINED = 0.3, 0.05
# How many of its digits a hand writes in other forms than the set's, and how often: hardly any, some, nearly all.
OTHER_FORMS, HOW_MANY = [0.1, 0.4, 0.9], [0.5, 0.3, 0.2]
# How often a number ends in noughts.
ROUND = 0.25


@dataclass(frozen=True, eq=False)
class Sources:
    """The characters that may be trained on: digits by writer, and all others."""

    digits: tuple[Glyphs, ...]
    letters: Glyphs | None


def load_sources(folder: Path | None) -> Sources:
    """Load all that may be trained on from a folder; MNIST alone, from Keras, without one."""
    mnist = load_mnist(folder, "train")
    if folder is None:
        return Sources((mnist,), None)
    paper = load_paper(folder, held_out=False)
    return Sources((mnist, load_optdigits(folder), paper.pick(paper.are_digits)), paper.pick(~paper.are_digits))


def pick_set(sources: Sources, rng: np.random.Generator) -> Glyphs:
    """Pick a set: the small ones a little more often than their size would have it."""
    small = len(sources.digits) - 1
    if small and rng.random() < EXTRA_SHARE:
        return sources.digits[1 + int(rng.integers(small))]
    return sources.digits[0]


def photograph_writing(sources: Sources, rng: np.random.Generator) -> tuple[Writing, np.ndarray, np.ndarray]:
    """Write something and photograph it: the writing, its owner map at the picture's size, and the picture."""
    glyphs, labels = _compose(sources, rng)
    hand = pick_hand(rng)
    writing = write_number(glyphs, labels, hand, rng)
    if rng.random() < UNDERLINED:
        writing = underline(writing, hand, rng)
    tall = float(np.ptp(np.flatnonzero(writing.ink.max(axis=1) > 40)) + 1)
    scale = np.exp(rng.uniform(np.log(13), np.log(64))) / tall
    height, width = writing.ink.shape
    size = max(8, round(width * scale)), max(8, round(height * scale))
    ink = cv2.resize(writing.ink, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    owner = cv2.resize(_grow(writing.owner), size, interpolation=cv2.INTER_NEAREST)
    if rng.random() < ASKEW:
        ink, owner = _look_askew(ink, owner, rng)
    return writing, owner, photograph(ink, rng)


def _look_askew(ink: np.ndarray, owner: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """See ink, and whose it is, from a little aside."""
    height, width = ink.shape
    view = pick_view(height, width, rng)
    corners = view @ np.array([[0, width, width, 0], [0, 0, height, height], [1, 1, 1, 1]], float)
    size = tuple(int(side) + 1 for side in (corners[:2] / corners[2]).max(axis=1))
    seen = cv2.warpPerspective(ink, view, size, flags=cv2.INTER_LINEAR)
    return seen, cv2.warpPerspective(owner, view, size, flags=cv2.INTER_NEAREST, borderValue=NO_GLYPH)


def _grow(owner: np.ndarray) -> np.ndarray:
    """Let each character own the pixels around its ink too, so that blurred edges are not nobody's."""
    grown = cv2.dilate((owner + 1).astype(np.float32), np.ones((5, 5), np.uint8))
    return np.where(owner == NO_GLYPH, grown - 1, owner).astype(np.int16)


def _compose(sources: Sources, rng: np.random.Generator) -> tuple[list[np.ndarray], list[str]]:
    """Pick the characters of a number (with marks between, at times), of a word, or a few drawings."""
    length = int(rng.integers(1, 7))
    draw = rng.random()
    if draw < DRAWINGS:
        drawn = [draw_scrawl(rng) if rng.random() < 0.5 else draw_mark(rng) for _ in range(1 + length // 3)]
        return drawn, [DRAWN] * len(drawn)
    if sources.letters is not None and draw < DRAWINGS + WORDS:
        chosen = rng.integers(len(sources.letters.ink), size=length + 2)
        return [sources.letters.ink[i] for i in chosen], [str(sources.letters.labels[i]) for i in chosen]
    digits = pick_set(sources, rng)
    own = digits.pick(by_one_writer(digits, rng))
    forms = _pick_forms(rng)
    noughts = int(rng.integers(2, 4)) if length > 2 and rng.random() < ROUND else 0
    glyphs: list[np.ndarray] = []
    labels: list[str] = []
    for place in range(length):
        if place and rng.random() < 0.12:
            _add_sign(str(rng.choice(list(BETWEEN), p=HOW_OFTEN)), glyphs, labels, rng)
        elif place == 0 and rng.random() < FENCED:
            _add_sign(str(rng.choice(list(AROUND))), glyphs, labels, rng)
        is_nought = place >= length - noughts
        labels.append("0" if is_nought else str(rng.choice(own.labels)))
        glyphs.append(_write_digit(labels[-1], own, forms, rng))
    draw = rng.random()
    if draw < ENDED:
        for sign in str(rng.choice(ENDINGS)):
            _add_sign(sign, glyphs, labels, rng)
    elif draw < ENDED + FENCED:
        _add_sign(str(rng.choice(list(AROUND))), glyphs, labels, rng)
    return glyphs, labels


def _pick_forms(rng: np.random.Generator) -> dict[str, Form]:
    """Pick the other forms that a hand has, by digit, all of one pen."""
    share, pen_px = rng.choice(OTHER_FORMS, p=HOW_MANY), pick_pen(rng)
    return {label: pick_form(label, rng, pen_px) for label in ALLOGRAPHS if rng.random() < share}


def _write_digit(label: str, own: Glyphs, forms: dict[str, Form], rng: np.random.Generator) -> np.ndarray:
    """Take one of a writer's digits, or draw it: in the hand's other form, or where the writer has none."""
    alike = np.flatnonzero(own.labels == label)
    if label in forms:
        return draw_form(forms[label], rng)
    if not len(alike):
        return draw_allograph(label, rng)
    return add_habit(own.ink[int(rng.choice(alike))], label, rng)


def _add_sign(name: str, glyphs: list[np.ndarray], labels: list[str], rng: np.random.Generator) -> None:
    """Write a mark next."""
    glyphs.append(draw_sign(name, rng))
    labels.append(name)


def by_one_writer(digits: Glyphs, rng: np.random.Generator) -> np.ndarray:
    """Find all digits of one writer, so that a number is written by one hand."""
    writer = digits.writers[int(rng.integers(len(digits.writers)))]
    return np.flatnonzero(digits.writers == writer)
