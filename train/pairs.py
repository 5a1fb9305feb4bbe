"""Pairs: labelled patches that the pair network is trained on: two digits that touch, one, or something else."""

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np

from preprocess.patch import PAIR_SIDE_PX, SIDE_PX, to_pair_patch
from preprocess.pieces import join
from recognize.pair_reader import list_couples
from train.crew import Labelled, make_labelled
from train.data import LOOK_ALIKES, Glyphs
from train.owners import find_runs, own_ink
from train.pool import wear
from train.synth.allographs import draw_allograph
from train.synth.habits import add_habit
from train.synth.marks import draw_mark, draw_scrawl, draw_sign
from train.synth.numbers import Writing
from train.synth.pen import CANVAS_PX, Hand, pick_hand, write
from train.synth.slide import slide_by_ink, slide_by_reach
from train.writings import Sources, by_one_writer, photograph_writing, pick_set

# The second digit's label where there is none; the first's where it is no digit.
NONE = 10
UNSAID = 255
CHUNK = 1000
# What is taken as reading finds it, and of the rest what are two digits and what is one.
FOUND, PAIRS, ONES = 0.55, 0.6, 0.25
# A writing has some two that are wide enough.
FOUND_CALLS = FOUND / (FOUND + 2 * (1 - FOUND))
# A digit is whole with so much of its ink; what is nobody's, or of others, is no more than that.
WHOLE, PART, FOREIGN = 0.88, 0.6, 0.1
OTHER_FORMS = 0.16
SMALL_NOUGHTS = 0.15
WORN = 0.7
# How digits are pushed into one another: by shared ink, by reach, or so that they only just touch.
SLIDES, HOW_OFTEN = ("ink", "reach", "touch"), [0.6, 0.25, 0.15]
# At most, for digits that are 60 px tall.
MOST_INK_PX, MOST_REACH_PX = 40, 14
SEEN_TALL_PX = 60
Written = tuple[np.ndarray, tuple[int, int]]


def make_pairs(sources: Sources, size: int, seed: int, report: Callable[[int], None]) -> Labelled:
    """Make at least `size` patches (n, 28, 44), on all cores; the same seed gives the same.

    The labels (n, 2) are of the first digit and of the second: 0-9, or 10 for none; 10 and 255 for what is neither
    one digit nor two.

    Parameters
    ----------
    sources : Sources
    size : int
    seed : int
    report : callable
        Told how many came in, again and again.
    """
    return make_labelled(partial(_make_chunk, sources, seed), (size + CHUNK - 1) // CHUNK, report)


def _make_chunk(sources: Sources, seed: int, number: int) -> Labelled:
    """Make `CHUNK` patches."""
    rng = np.random.default_rng([seed, number])
    made: list[Written] = []
    while len(made) < CHUNK:
        made += write_some(sources, rng)
    patches = np.stack([to_pair_patch(ink) for ink, _ in made[:CHUNK]])
    return Labelled(
        (patches * 255).round().astype(np.uint8).reshape(-1, SIDE_PX, PAIR_SIDE_PX),
        np.array([labels for _, labels in made[:CHUNK]], np.uint8),
    )


def write_some(sources: Sources, rng: np.random.Generator) -> list[Written]:
    """Write what reading would find in a picture, or two digits into one another, as often as a pool has them."""
    return find_written(sources, rng) if rng.random() < FOUND_CALLS else [make_pair(sources, rng)]


def find_written(sources: Sources, rng: np.random.Generator) -> list[Written]:
    """Write something, photograph it, prepare it as reading does, and label what may be two digits by its ink."""
    writing, owner, image = photograph_writing(sources, rng)
    page, runs = find_runs(image, rng)
    made: list[Written] = []
    wrong: list[Written] = []
    for run in runs:
        owned = [own_ink(piece, run, page, owner, len(writing.labels)) for piece in run.pieces]
        total = np.sum(owned, axis=0)
        for start, stop in list_couples(run.pieces):
            labels = label_couple(np.sum(owned[start:stop], axis=0), total, writing)
            if labels is not None:
                (wrong if labels[0] == NONE else made).append((join(run.pieces[start:stop]), labels))
    # A chain of digits has many wrong parts for each right one; as many of both will do.
    rng.shuffle(wrong)
    return made + wrong[: len(made) + 1]


def label_couple(owned: np.ndarray, total: np.ndarray, writing: Writing) -> tuple[int, int] | None:
    """Say what hangs together by whose ink it holds; None where a person would not be sure."""
    shares = owned[:-1] / np.maximum(total[:-1], 1)
    there = np.flatnonzero(owned[:-1] > FOREIGN / 2 * owned.sum())
    if not len(there) or owned[there].sum() < (1 - FOREIGN) * owned.sum():
        return None
    labels = [writing.labels[place] for place in there]
    if len(there) > 2 or not all(label.isdigit() for label in labels):
        return None if len(there) == 1 and labels[0] in LOOK_ALIKES | {"/"} else (NONE, UNSAID)
    if (shares[there] >= WHOLE).all():
        return int(labels[0]), int(labels[1]) if len(labels) > 1 else NONE
    is_part = (shares[there] < PART) & (owned[there] > 2 * FOREIGN * owned.sum())
    return (NONE, UNSAID) if is_part.any() or (shares[there] < PART).all() else None


def make_pair(sources: Sources, rng: np.random.Generator) -> Written:
    """Write two digits of one hand into one another, or one, or something else."""
    draw = rng.random()
    hand = pick_hand(rng)
    glyphs = pick_set(sources, rng)
    own = glyphs.pick(by_one_writer(glyphs, rng))
    if draw < PAIRS:
        (first, one), (second, other) = _write_digit(own, hand, rng), _write_digit(own, hand, rng)
        ink, labels = push_together(first, second, rng), (one, other)
    elif draw < PAIRS + ONES:
        ink, label = _write_digit(own, hand, rng)
        labels = label, NONE
    else:
        ink, labels = _write_other(sources, own, hand, rng), (NONE, UNSAID)
    return (wear(ink, rng) if rng.random() < WORN else ink), labels


def push_together(first: np.ndarray, second: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Lay a second piece of ink over the right of a first, so that they touch: uint8 (h, w)."""
    height = max(len(first), len(second)) + CANVAS_PX // 2
    tops = [int(rng.normal(0.5, 0.16) * (height - len(ink))) for ink in (first, second)]
    if rng.random() < 0.7:
        # On one baseline.
        tops = [height - CANVAS_PX // 4 - len(ink) + int(rng.normal(0, 0.04) * CANVAS_PX) for ink in (first, second)]
    tops = [int(np.clip(top, 0, height - len(ink))) for top, ink in zip(tops, (first, second), strict=True)]
    under, over = (
        cv2.copyMakeBorder(ink, top, height - top - len(ink), 0, 0, cv2.BORDER_CONSTANT)
        for top, ink in zip(tops, (first, second), strict=True)
    )
    left = _slide(under, over, rng)
    start, stop = min(0, left), max(under.shape[1], left + over.shape[1])
    ink = np.zeros((height, stop - start), np.uint8)
    ink[:, -start : under.shape[1] - start] = under
    window = ink[:, left - start : left - start + over.shape[1]]
    np.maximum(window, over, out=window)
    return ink


def _slide(first: np.ndarray, second: np.ndarray, rng: np.random.Generator) -> int:
    """Choose how far the second digit is pushed into the first: the column at which it begins."""
    scale = CANVAS_PX / SEEN_TALL_PX
    way = rng.choice(SLIDES, p=HOW_OFTEN)
    if way == "ink":
        return slide_by_ink(first, second, int(rng.integers(1, MOST_INK_PX) * scale * scale) + 1)
    return slide_by_reach(first, second, int(rng.integers(0, MOST_REACH_PX if way == "reach" else 3) * scale))


def _write_digit(own: Glyphs, hand: Hand, rng: np.random.Generator) -> tuple[np.ndarray, int]:
    """Write one of a writer's digits, or one of another form: its ink, about `CANVAS_PX` tall, and its label."""
    index = int(rng.integers(len(own.labels)))
    glyph, label = own.ink[index], str(own.labels[index])
    glyph = draw_allograph(label, rng) if rng.random() < OTHER_FORMS else add_habit(glyph, label, rng)
    share = rng.uniform(0.4, 0.8) if label == "0" and rng.random() < SMALL_NOUGHTS else np.exp(rng.normal(0, 0.1))
    return write(glyph, hand, rng, max(16, int(share * CANVAS_PX))), int(label)


def _write_other(sources: Sources, own: Glyphs, hand: Hand, rng: np.random.Generator) -> np.ndarray:
    """Write what is neither one digit nor two: three, letters, a digit with a sign or a stroke, a scrawl."""
    draw = rng.random()
    if draw < 0.3:
        digits = [_write_digit(own, hand, rng)[0] for _ in range(3)]
        return push_together(push_together(digits[0], digits[1], rng), digits[2], rng)
    if draw < 0.5:
        sign = cv2.resize(draw_sign(str(rng.choice(list("-=/+"))), rng), None, fx=0.7, fy=0.7)
        digit = _write_digit(own, hand, rng)[0]
        return push_together(digit, sign, rng) if rng.random() < 0.7 else push_together(sign, digit, rng)
    if draw < 0.65 or sources.letters is None:
        return draw_mark(rng) if rng.random() < 0.7 else draw_scrawl(rng)
    plain = np.flatnonzero(~sources.letters.look_like_digits)
    letters = [write(sources.letters.ink[rng.choice(plain)], hand, rng) for _ in range(1 + int(rng.random() < 0.6))]
    return push_together(letters[0], letters[1], rng) if len(letters) > 1 else letters[0]
