"""Pool: patches of reading's own normaliser, with the right labels, and the same ones for the same seed."""

import numpy as np
import pytest

from preprocess.patch import SIDE_PX, to_patch
from tests.preprocess.drawn import SHAPES
from train.crew import Labelled
from train.pool import (
    AMBIGUOUS,
    CHUNK,
    NOT_A_DIGIT,
    _make_chunk,
    is_stroke,
    label_span,
    make_digit,
    make_other,
    make_plain,
    make_spans,
    wear,
)
from train.synth.numbers import Writing
from train.synth.pen import sway
from train.writings import Sources, load_sources


@pytest.fixture(scope="module")
def sources(small_data) -> Sources:
    return load_sources(small_data)


@pytest.fixture(scope="module")
def chunk(sources) -> Labelled:
    return make_chunk(sources, 1, 0)


def make_chunk(sources: Sources, seed: int, number: int) -> Labelled:
    """Make a chunk as a worker process does, without one."""
    return _make_chunk(sources, seed, number)


def test_a_chunk_is_patches_and_labels(chunk):
    assert (chunk.pictures.shape, chunk.pictures.dtype) == ((CHUNK, SIDE_PX, SIDE_PX), np.uint8)
    assert (chunk.labels.shape, chunk.labels.dtype) == ((CHUNK,), np.uint8)
    assert chunk.labels.max() <= NOT_A_DIGIT


def test_the_same_seed_makes_the_same_chunk_and_another_does_not(sources, chunk):
    again = make_chunk(sources, 1, 0)
    assert np.array_equal(again.pictures, chunk.pictures)
    assert np.array_equal(again.labels, chunk.labels)
    other = make_chunk(sources, 1, 1)
    assert not np.array_equal(other.pictures, chunk.pictures)


def test_digits_and_what_is_none_are_both_there(chunk):
    counts = np.bincount(chunk.labels, minlength=NOT_A_DIGIT + 1)
    drawn = [int(digit) for digit in SHAPES]
    assert counts[drawn].min() > 20
    assert 0.1 * CHUNK < counts[NOT_A_DIGIT] < 0.6 * CHUNK
    assert counts[[digit for digit in range(10) if digit not in drawn]].sum() == 0


def test_patches_are_what_the_normaliser_makes(chunk):
    inked = chunk.pictures[chunk.pictures.max(axis=(1, 2)) > 0]
    assert len(inked) > 0.98 * CHUNK
    assert np.median(inked.max(axis=(1, 2))) == 255
    rows = (inked.max(axis=2) > 0).sum(axis=1)
    columns = (inked.max(axis=1) > 0).sum(axis=1)
    assert np.maximum(rows, columns).max() <= 20


@pytest.mark.parametrize("make", [make_digit, make_other, make_plain])
def test_single_characters_go_through_to_patch(sources, monkeypatch, make):
    seen = []

    def spy(ink: np.ndarray) -> np.ndarray:
        seen.append(to_patch(ink))
        return seen[-1]

    monkeypatch.setattr("train.pool.to_patch", spy)
    patch, label = make(sources, np.random.default_rng(1))
    assert patch is seen[-1]
    assert (label == NOT_A_DIGIT) == (make is make_other)


def test_plain_digits_are_the_largest_sets_as_they_are_or_swaying(sources, monkeypatch):
    glyphs, swayed = sources.digits[0], []

    def spy(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        swayed.append(sway(ink, rng))
        return swayed[-1]

    monkeypatch.setattr("train.pool.sway", spy)
    rng = np.random.default_rng(4)
    made = [make_plain(sources, rng) for _ in range(80)]
    assert 45 <= len(swayed) <= 75
    expected = [to_patch(ink).tobytes() for ink in swayed]
    assert expected == [patch.tobytes() for patch, _ in made if patch.tobytes() in expected]
    known = {to_patch(ink).tobytes(): str(label) for ink, label in zip(glyphs.ink, glyphs.labels, strict=True)}
    as_they_are = [(patch.tobytes(), str(label)) for patch, label in made if patch.tobytes() not in expected]
    assert as_they_are == [(patch, known[patch]) for patch, _ in as_they_are]


def test_spans_of_numbers_are_labelled_by_their_ink(sources):
    rng = np.random.default_rng(5)
    made = [span for _ in range(25) for span in make_spans(sources, rng)]
    labels = np.array([label for _, label in made])
    assert len(made) > 40
    assert set(labels) <= {*range(NOT_A_DIGIT + 1)}
    assert (labels < NOT_A_DIGIT).any()
    assert (labels == NOT_A_DIGIT).any()
    assert not any(is_stroke(patch) for patch, label in made if label == NOT_A_DIGIT)


@pytest.mark.parametrize(
    ("owned", "label"),
    [
        ([100, 0, 0], 4),  # all of the 4
        ([97, 2, 1], 4),
        ([0, 100, 0], NOT_A_DIGIT),  # a letter
        ([0, 0, 50], NOT_A_DIGIT),  # nobody's ink
        ([40, 0, 0], NOT_A_DIGIT),  # less than half of the 4
        ([80, 0, 0], AMBIGUOUS),  # most of the 4
        ([100, 60, 0], NOT_A_DIGIT),  # two characters
    ],
)
def test_a_span_is_a_digit_only_if_it_is_all_of_it_and_nothing_else(owned, label):
    writing = Writing(np.zeros((1, 1), np.uint8), np.zeros((1, 1), np.int16), ("4", "A"))
    assert label_span(np.array(owned, float), np.array([100, 100, 50], float), writing) == label


def test_a_letter_that_looks_like_a_digit_is_taught_as_neither():
    writing = Writing(np.zeros((1, 1), np.uint8), np.zeros((1, 1), np.int16), ("O",))
    assert label_span(np.array([100.0, 0.0]), np.array([100.0, 0.0]), writing) == AMBIGUOUS


def test_wear_keeps_ink_and_does_not_change_what_comes_in():
    ink = np.zeros((40, 30), np.uint8)
    ink[5:35, 12:18] = 255
    before = ink.copy()
    worn = [wear(ink, np.random.default_rng(seed)) for seed in range(60)]
    assert np.array_equal(ink, before)
    assert all(picture.dtype == np.uint8 for picture in worn)
    assert np.mean([picture.max() > 100 for picture in worn]) > 0.9
    assert wear(np.zeros((0, 5), np.uint8), np.random.default_rng(1)).size == 0
