"""Strips: labelled strips that the line network is trained on, every one made by preprocess's own function."""

from collections.abc import Callable
from functools import partial

import numpy as np

from capture.frame import Frame
from preprocess.page import Page, prepare
from preprocess.pieces import BODY_PX, Run
from preprocess.strip import FRAME_PX, HEIGHT_PX, Strip, to_strip
from train.crew import Labelled, make_labelled
from train.data import LOOK_ALIKES
from train.owners import find_owners
from train.synth.numbers import Writing
from train.writings import Sources, photograph_writing

WINDOW_PX = 96
FRAMES = WINDOW_PX // FRAME_PX
CHUNK = 500
NOTHING, OTHER, UNCLEAR = 10, 11, 255
# How far from a character's middle a frame is the character's, and up to where it is nobody's to say: shares of
# its width, and px at least.
CORE, CORE_PX = 0.16, 1.6
RIM, RIM_PX = 0.32, 3.4
LEAST_INK_PX = 12
# A character of which less than this share of its height and width is left is nobody's to say.
LEFT = 0.8
MOST_WINDOWS = 4


def make_strips(sources: Sources, size: int, seed: int, report: Callable[[int], None]) -> Labelled:
    """Make at least `size` windows of strips (n, 32, 96), on all cores; the same seed gives the same.

    The labels (n, 48) are of each frame: 0-9 where a digit's middle is, 10 for nothing, 11 for the middle of what is
    no digit, 255 where it is not to be said.

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
    """Make `CHUNK` windows."""
    rng = np.random.default_rng([seed, number])
    made: list[tuple[np.ndarray, np.ndarray]] = []
    while len(made) < CHUNK:
        made += make_windows(sources, rng)
    images, labels = zip(*made[:CHUNK], strict=True)
    return Labelled(np.stack(images), np.stack(labels))


def make_windows(sources: Sources, rng: np.random.Generator) -> list[tuple[np.ndarray, np.ndarray]]:
    """Write something, photograph it, prepare it as reading does, and cut a labelled window out of each run."""
    writing, owner, image = photograph_writing(sources, rng)
    page = prepare(Frame(image), "line" if rng.random() < 0.7 else "page")
    made = []
    for run in page.runs[:MOST_WINDOWS]:
        if run.pieces:
            strip = to_strip(run)
            made.append(cut_window(strip.image, label_frames(strip, run, page, owner, writing), rng))
    return made


def label_frames(strip: Strip, run: Run, page: Page, owner: np.ndarray, writing: Writing) -> np.ndarray:
    """Say for each frame whose middle it is: uint8 (frames,)."""
    found = [find_owners(piece, run, page, owner) for piece in run.pieces]
    spots, whose = (np.concatenate(part) for part in zip(*found, strict=True))
    to_run = np.linalg.inv(page.to_frame @ run.to_page)
    middles = (np.arange(strip.image.shape[1] // FRAME_PX) + 0.5) * FRAME_PX
    labels = np.full(len(middles), NOTHING, np.uint8)
    nearest = np.full(len(middles), np.inf)
    for number, character in enumerate(writing.labels):
        own = spots[whose == number]
        if len(own) < LEAST_INK_PX:
            continue
        first, last = (strip.column_of(float(x)) for x in np.percentile(own[:, 0], (1, 99)))
        away = np.abs(middles - (first + last) / 2)
        core, rim = max(CORE * (last - first), CORE_PX), max(RIM * (last - first), RIM_PX)
        closer = away < nearest
        labels[closer & (away <= rim) & (labels == NOTHING)] = UNCLEAR
        labels[closer & (away <= core)] = _label(character) if _is_whole(own, owner == number, to_run) else UNCLEAR
        nearest = np.where(away <= core, np.minimum(away, nearest), nearest)
    return labels


def _is_whole(own: np.ndarray, written: np.ndarray, to_run: np.ndarray) -> bool:
    """Tell whether what reading found of a character is about as large as what was written."""
    ys, xs = np.nonzero(written)
    there = (to_run @ np.stack([xs + 0.5, ys + 0.5, np.ones(len(xs))]))[:2]
    found, whole = np.ptp(own, axis=0), np.ptp(there, axis=1)
    return bool((found >= LEFT * whole - 0.1 * BODY_PX).all())


def _label(character: str) -> int:
    """Label of a character's middle."""
    if character.isdigit():
        return int(character)
    return UNCLEAR if character in LOOK_ALIKES else OTHER


def cut_window(image: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Cut a window of a strip out, or lay a short strip into one, anywhere."""
    frames = len(labels)
    window, own = np.zeros((HEIGHT_PX, WINDOW_PX), np.uint8), np.full(FRAMES, NOTHING, np.uint8)
    offset = int(rng.integers(min(0, FRAMES - frames), max(0, FRAMES - frames) + 1))
    start, stop = max(0, -offset), min(frames, FRAMES - offset)
    window[:, (start + offset) * FRAME_PX : (stop + offset) * FRAME_PX] = image[:, start * FRAME_PX : stop * FRAME_PX]
    own[start + offset : stop + offset] = labels[start:stop]
    return window, own
