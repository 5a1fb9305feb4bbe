"""Strips: a frame's label is the character whose middle it is, and the ink there is that character's."""

import numpy as np
import pytest

from capture.frame import Frame
from preprocess.page import prepare
from preprocess.strip import HEIGHT_PX, to_strip
from tests.preprocess.drawn import SHAPES, write
from train.strips import (
    CHUNK,
    FRAMES,
    NOTHING,
    OTHER,
    UNCLEAR,
    WINDOW_PX,
    _make_chunk,
    cut_window,
    label_frames,
)
from train.synth.numbers import NO_GLYPH, Writing
from train.writings import Sources, load_sources

TALL_PX = 40


@pytest.fixture(scope="module")
def sources(small_data) -> Sources:
    return load_sources(small_data)


def labels_of(text: str, gap_px: int = 40, faded: str = "") -> np.ndarray:
    """Labels of the frames of a number that the tests draw; of a faded one, the camera saw the upper half only."""
    ink = np.zeros((100, 60 + len(text) * (gap_px + 10)), np.uint8)
    owner = np.full(ink.shape, NO_GLYPH, np.int16)
    for place, character in enumerate(text):
        alone = np.zeros_like(ink)
        write(alone, character if character in SHAPES else "4", 30 + place * (gap_px + 10), 30, TALL_PX, 4)
        owner[alone > 60] = place
        if character in faded:
            alone[30 + TALL_PX // 2 :] = 0
        ink = np.maximum(ink, alone)
    page = prepare(Frame(np.dstack([255 - ink] * 3)), "line")
    (run,) = page.runs
    return label_frames(to_strip(run), run, page, owner, Writing(ink, owner, tuple(text)))


def blocks(labels: np.ndarray) -> list[int]:
    """The labels in order, each stretch once, without what is nothing's or nobody's to say."""
    kept = [int(label) for place, label in enumerate(labels) if place == 0 or label != labels[place - 1]]
    return [label for label in kept if label not in (NOTHING, UNCLEAR)]


def test_each_digit_has_its_middle_and_they_stand_in_order():
    assert blocks(labels_of("4071")) == [4, 0, 7, 1]
    assert blocks(labels_of("447")) == [4, 4, 7]


def test_letters_are_something_else_and_look_alikes_nobodys_to_say():
    assert blocks(labels_of("4A7")) == [4, OTHER, 7]
    labels = labels_of("4O7")
    assert blocks(labels) == [4, 7]
    assert (labels == UNCLEAR).sum() > 2


def test_of_a_digit_that_is_half_gone_nothing_is_said():
    assert blocks(labels_of("407", faded="0")) == [4, 7]


def test_most_of_a_strip_is_nothings_middle():
    assert (labels_of("4071") == NOTHING).mean() > 0.4


@pytest.mark.parametrize("frames", [3, FRAMES, FRAMES + 1, 3 * FRAMES])
def test_a_window_keeps_ink_and_labels_together(frames):
    image = np.zeros((HEIGHT_PX, 2 * frames), np.uint8)
    labels = np.full(frames, NOTHING, np.uint8)
    image[:, 4:6], labels[2] = 255, 5
    for seed in range(20):
        window, own = cut_window(image, labels, np.random.default_rng(seed))
        assert (window.shape, own.shape) == ((HEIGHT_PX, WINDOW_PX), (FRAMES,))
        assert np.array_equal(window[:, ::2].any(axis=0), own == 5)


def test_a_chunk_holds_windows_and_labels_and_is_the_same_again(sources, monkeypatch):
    monkeypatch.setattr("train.strips.CHUNK", 60)
    made, again = _make_chunk(sources, 1, 0), _make_chunk(sources, 1, 0)
    assert (made.pictures.shape, made.labels.shape) == ((60, HEIGHT_PX, WINDOW_PX), (60, FRAMES))
    assert np.array_equal(made.pictures, again.pictures)
    assert np.array_equal(made.labels, again.labels)
    assert {NOTHING, OTHER, UNCLEAR} < set(np.unique(made.labels).tolist())
    assert CHUNK > 60
