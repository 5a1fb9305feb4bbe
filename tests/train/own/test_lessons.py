"""Lessons: rare digits come as often as others, batches come again as they were, doodles are answered for."""

import numpy as np
import pytest

from train.crew import Labelled
from train.network import CLASSES
from train.own import lessons as lessons_module
from train.own.doodles import make_doodles
from train.own.lessons import (
    LEAST,
    MOST_DOODLES,
    MOST_REPEATS,
    MOST_WRITTEN,
    Lessons,
    as_glyphs,
    balance,
    jitter,
    make_lessons,
    parts_of,
)


@pytest.fixture(scope="module")
def digits(own_labels, own_pictures) -> Labelled:
    return Labelled(own_pictures, np.array(own_labels).astype(np.uint8))


def test_few_digits_are_shown_often_and_many_once():
    assert sum(parts_of(20)) == sum(parts_of(200)) == LEAST
    many = 100_000
    shown, written, doodles = parts_of(many)
    assert (shown, written, doodles) == (many, MOST_WRITTEN, MOST_DOODLES)
    assert len(balance(np.arange(many) % 10, shown, 1)) == many


def test_a_rare_digit_comes_as_often_as_the_others():
    labels = np.repeat([3, 7], [120, 30])
    shown = labels[balance(labels, 1000, 1)]
    assert (shown == 3).sum() == (shown == 7).sum()
    assert 900 <= len(shown) <= 1100


def test_a_very_rare_digit_is_not_shown_without_end():
    labels = np.repeat([3, 7], [1000, 1])
    shown = labels[balance(labels, 1000, 1)]
    assert (shown == 7).sum() == MOST_REPEATS


def test_each_hand_writes_all_digits(digits):
    glyphs = as_glyphs(digits, seed=1)
    assert set(glyphs.labels) == set(digits.labels.astype(str))
    assert glyphs.are_digits.all()


def test_a_jittered_digit_is_much_like_itself(digits):
    moved = jitter(digits.pictures, np.random.default_rng(1))
    assert moved.shape == digits.pictures.shape
    assert not np.array_equal(moved, digits.pictures)
    assert np.abs(moved.sum(axis=(1, 2)) / digits.pictures.sum(axis=(1, 2)) - 1).max() < 0.25


def test_a_batch_is_the_same_whenever_it_is_asked_for(digits):
    lessons = Lessons(digits.pictures, np.eye(CLASSES, dtype=np.float32)[digits.labels])
    first, again = lessons.batch(1, 2, 3, 8), lessons.batch(1, 2, 3, 8)
    assert all(np.array_equal(*pair) for pair in zip(first, again, strict=True))
    other = lessons.batch(1, 3, 3, 8)
    assert not np.array_equal(first[0], other[0])
    assert first[0].shape == (8, 28, 28, 1)
    assert first[0].dtype == np.float32
    assert first[0].max() <= 1


def test_an_epoch_shows_each_once(digits):
    lessons = Lessons(digits.pictures, np.arange(len(digits.labels), dtype=np.float32)[:, None])
    seen = np.concatenate([lessons.batch(1, 0, step, 6)[1][:, 0] for step in range(lessons.steps(6))])
    assert sorted(seen) == list(range(len(digits.labels)))


def test_doodles_are_drawn_alike_and_none_is_empty(digits):
    doodles = make_doodles(digits.pictures, 50, seed=1)
    assert np.array_equal(doodles, make_doodles(digits.pictures, 50, seed=1))
    assert doodles.max(axis=(1, 2)).min() > 100


def test_lessons_are_of_digits_written_numbers_and_doodles(digits, monkeypatch):
    monkeypatch.setattr(lessons_module, "LEAST", 300)
    asked: list[np.ndarray] = []

    def answer(patches: np.ndarray) -> np.ndarray:
        asked.append(patches)
        return np.full((len(patches), CLASSES), 1 / CLASSES, np.float32)

    told: list[tuple[int, int]] = []
    lessons = make_lessons(digits, answer, 1, lambda done, of: told.append((done, of)))
    assert asked[0].shape == (75, 28, 28, 1)
    assert told[-1] == (300, 300)
    sure = lessons.wanted.max(axis=1) > 0.9
    assert (~sure).sum() == 75
    assert np.allclose(lessons.wanted.sum(axis=1), 1, atol=1e-5)
    # What numbers are cut into wrongly is no digit.
    assert set(lessons.wanted[sure].argmax(axis=1)) == {*digits.labels.tolist(), CLASSES - 1}
