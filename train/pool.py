"""Pool: the labelled patches that the network is trained on, every one made by preprocess's own normaliser."""

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np

from preprocess.patch import SIDE_PX, to_patch
from preprocess.pieces import join, spans_of
from train.crew import Labelled, make_labelled
from train.data import LOOK_ALIKES
from train.owners import find_runs, own_ink
from train.synth.allographs import draw_allograph
from train.synth.habits import add_habit
from train.synth.marks import draw_mark
from train.synth.numbers import Writing
from train.synth.pen import pick_hand, sway, write
from train.writings import Sources, photograph_writing, pick_set

NOT_A_DIGIT = 10
AMBIGUOUS = -1
WHOLE, PART = 0.9, 0.75
FOREIGN = 0.16
CHUNK = 1000
NARROWEST_PX = 7
OTHER_FORMS_ALONE = 0.12
# How much of a pool is the largest set's digits as they are, or hardly changed: what is odd must not crowd them out.
PLAIN, UNCHANGED = 0.43, 0.25


def make_pool(sources: Sources, size: int, seed: int, report: Callable[[int], None]) -> Labelled:
    """Make at least `size` patches (n, 28, 28), labelled 0-9, or 10 for "no digit", on all cores.

    Parameters
    ----------
    sources : Sources
    size : int
    seed : int
        The same seed gives the same pool, however many cores make it.
    report : callable
        Told how many patches came in, again and again.
    """
    return make_labelled(partial(_make_chunk, sources, seed), (size + CHUNK - 1) // CHUNK, report)


def _make_chunk(sources: Sources, seed: int, number: int) -> Labelled:
    """Make `CHUNK` patches: single characters, and spans of whole numbers with all their wrong cuts."""
    rng = np.random.default_rng([seed, number])
    made = [make_plain(sources, rng) for _ in range(round(PLAIN * CHUNK))]
    while len(made) < CHUNK:
        draw = rng.random()
        if draw < 0.42:
            made += [make_digit(sources, rng) for _ in range(8)]
        elif draw < 0.58:
            made += [make_other(sources, rng) for _ in range(4)]
        else:
            made += make_spans(sources, rng)
    patches = np.stack([patch for patch, _ in made[:CHUNK]])
    return Labelled(
        (patches * 255).round().astype(np.uint8).reshape(-1, SIDE_PX, SIDE_PX),
        np.array([label for _, label in made[:CHUNK]], np.uint8),
    )


def make_plain(sources: Sources, rng: np.random.Generator) -> tuple[np.ndarray, int]:
    """Make the patch of one of the largest set's digits, as it is or swaying a little."""
    glyphs = sources.digits[0]
    index = int(rng.integers(len(glyphs.ink)))
    ink = glyphs.ink[index]
    return to_patch(ink if rng.random() < UNCHANGED else sway(ink, rng)), int(glyphs.labels[index])


def make_digit(sources: Sources, rng: np.random.Generator) -> tuple[np.ndarray, int]:
    """Make one digit's patch; two in five are left as they are in their set."""
    glyphs = pick_set(sources, rng)
    index = int(rng.integers(len(glyphs.ink)))
    ink, label = glyphs.ink[index], str(glyphs.labels[index])
    if rng.random() < OTHER_FORMS_ALONE:
        ink = wear(write(draw_allograph(label, rng), pick_hand(rng), rng), rng)
    elif rng.random() > 0.4:
        ink = wear(write(add_habit(ink, label, rng), pick_hand(rng), rng), rng)
    return to_patch(ink), int(label)


def make_other(sources: Sources, rng: np.random.Generator) -> tuple[np.ndarray, int]:
    """Make one non-digit's patch: a letter that no digit looks like, or a mark."""
    letters = sources.letters
    if letters is None or rng.random() < 0.45:
        return to_patch(wear(draw_mark(rng), rng)), NOT_A_DIGIT
    plain = np.flatnonzero(~letters.look_like_digits)
    return to_patch(wear(write(letters.ink[rng.choice(plain)], pick_hand(rng), rng), rng)), NOT_A_DIGIT


def make_spans(sources: Sources, rng: np.random.Generator) -> list[tuple[np.ndarray, int]]:
    """Write a number or a word, photograph it, prepare it as reading does, and label every span by its ink."""
    writing, owner, image = photograph_writing(sources, rng)
    page, runs = find_runs(image, rng)
    made: list[tuple[np.ndarray, int]] = []
    wrong: list[tuple[np.ndarray, int]] = []
    for run in runs:
        owned = [own_ink(piece, run, page, owner, len(writing.labels)) for piece in run.pieces]
        if not owned:
            continue
        total = np.sum(owned, axis=0)
        for start, stop in spans_of(run.pieces):
            label = label_span(np.sum(owned[start:stop], axis=0), total, writing)
            if label == AMBIGUOUS:
                continue
            patch = to_patch(join(run.pieces[start:stop]))
            if label < NOT_A_DIGIT:
                made.append((patch, label))
            elif not is_stroke(patch):
                wrong.append((patch, label))
    # A stroke cut in many ways offers many more wrong spans than right ones; a few of each writing will do.
    rng.shuffle(wrong)
    return made + wrong[: len(made) + 2]


def is_stroke(patch: np.ndarray) -> bool:
    """Tell a single upright stroke: as a half of a digit it would teach that no 1 can be trusted."""
    columns = np.flatnonzero(patch[..., 0].max(axis=0) > 0.2)
    return len(columns) == 0 or int(np.ptp(columns)) < NARROWEST_PX


def label_span(owned: np.ndarray, total: np.ndarray, writing: Writing) -> int:
    """Say what a span is: a digit's label, `NOT_A_DIGIT`, or `AMBIGUOUS` where a person would not be sure."""
    mass = owned.sum()
    shares = owned[:-1] / np.maximum(total[:-1], 1)
    main = int(owned[:-1].argmax())
    foreign = 1 - owned[main] / max(mass, 1)
    whole = shares[main] >= WHOLE and foreign <= FOREIGN
    label = writing.labels[main]
    if whole and label.isdigit():
        return int(label)
    if whole and label.isalpha():
        return AMBIGUOUS if label in LOOK_ALIKES else NOT_A_DIGIT
    if whole and label == "/":
        # Alone, as a patch, it is a 1: only beside its neighbours can it be told.
        return AMBIGUOUS
    if whole or shares[main] < PART or foreign > 0.3:
        return NOT_A_DIGIT
    return AMBIGUOUS


def wear(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Wear ink as cameras, thresholds and cuts do: low resolution, blur, noise, erased lines, cut edges."""
    if not ink.size:
        return ink
    ink = cv2.copyMakeBorder(ink, 3, 3, 3, 3, cv2.BORDER_CONSTANT)
    height, width = ink.shape
    if rng.random() < 0.5:
        scale = rng.uniform(9, 30) / max(height, width)
        small = cv2.resize(
            ink, (max(2, round(width * scale)), max(2, round(height * scale))), interpolation=cv2.INTER_AREA
        )
        ink = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    if rng.random() < 0.4:
        ink = cv2.GaussianBlur(ink, (0, 0), rng.uniform(0.5, 3.0))
    if rng.random() < 0.4:
        rough = cv2.resize(
            rng.normal(0, rng.uniform(10, 60), (height // 3, width // 3)).astype(np.float32), (width, height)
        )
        ink = np.clip(ink + rough * (ink > 20), 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        # The threshold's way: what is fainter than a share of the darkest is gone, the rest is stretched.
        level = rng.uniform(0.25, 0.5) * float(ink.max())
        ink = np.where(ink > level, np.minimum(ink * 1.14, 255), 0).astype(np.uint8)
    if rng.random() < 0.08:
        _erase_line(ink, rng)
    if rng.random() < 0.1:
        _cut_edge(ink, rng)
    return ink


def _erase_line(ink: np.ndarray, rng: np.random.Generator) -> None:
    """Take a ruled line's width of ink away, as an imperfect repair does."""
    y = int(rng.integers(len(ink)))
    ink[y : y + int(rng.integers(1, 4))] = 0


def _cut_edge(ink: np.ndarray, rng: np.random.Generator) -> None:
    """Cut a little off one side."""
    share = rng.uniform(0.0, 0.1)
    height, width = ink.shape
    side = int(rng.integers(4))
    if side < 2:
        depth = 3 + int(share * width)
        (ink[:, :depth] if side else ink[:, width - depth :])[:] = 0
    else:
        depth = 3 + int(share * height)
        (ink[:depth] if side == 2 else ink[height - depth :])[:] = 0
