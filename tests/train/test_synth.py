"""Synth: what is written again, put side by side and photographed keeps its shape, its owners and its seed."""

from functools import partial

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.preprocess.drawn import SHAPES, ink_of
from train.synth.habits import add_habit
from train.synth.marks import draw_mark, draw_scrawl, draw_sign
from train.synth.numbers import NO_GLYPH, underline, write_number
from train.synth.paper import photograph
from train.synth.pen import CANVAS_PX, Hand, pick_hand, sway, write

seeds = st.integers(0, 2**31)
texts = st.text(alphabet=sorted(SHAPES), min_size=1, max_size=6)


def glyphs_of(text: str) -> list[np.ndarray]:
    return [ink_of(character, 28, 3, margin=2) for character in text]


def number_of(text: str, seed: int):
    rng = np.random.default_rng(seed)
    return write_number(glyphs_of(text), list(text), pick_hand(rng), rng)


@given(st.sampled_from(sorted(SHAPES)), seeds)
@settings(max_examples=40, deadline=None)
def test_a_character_that_is_written_again_is_ink_of_about_that_height(digit, seed):
    rng = np.random.default_rng(seed)
    ink = write(glyphs_of(digit)[0], pick_hand(rng), rng)
    assert (ink.dtype, ink.ndim) == (np.uint8, 2)
    assert ink.max() > 60
    assert 0.5 * CANVAS_PX < max(ink.shape) < 2 * CANVAS_PX


@given(st.sampled_from(sorted(SHAPES)), seeds)
@settings(max_examples=20, deadline=None)
def test_no_two_are_written_alike_and_the_same_seed_writes_the_same(digit, seed):
    glyph = glyphs_of(digit)[0]

    def written(number: int) -> np.ndarray:
        rng = np.random.default_rng(number)
        return write(glyph, pick_hand(rng), rng)

    assert np.array_equal(written(seed), written(seed))
    assert not np.array_equal(written(seed), written(seed + 1))


def test_a_waist_moves_a_characters_middle_and_neither_folds_nor_stretches_it():
    # An H: its bar is the middle, and its stems are as tall as ever. Each is turned and unsteady in its own way.
    glyph = np.zeros((28, 28), np.uint8)
    glyph[4:24, 6:9] = glyph[4:24, 19:22] = glyph[13:15, 6:22] = 255

    def bar_of(waist: float, seed: int) -> tuple[float, int]:
        hand = Hand(slant=0.0, aspect=1.0, width=0.0, fine=False, wobble=0.0, waist=waist)
        ink = write(glyph, hand, np.random.default_rng(seed)) > 100
        within = ink[:, ink.shape[1] // 3 : -(ink.shape[1] // 3)]
        return float(np.flatnonzero(within.any(axis=1)).mean()) / len(ink), len(ink)

    high, low = (np.array([bar_of(waist, seed) for seed in range(30)]) for waist in (0.3, -0.3))
    assert np.median(low[:, 0] - high[:, 0]) > 0.12
    assert np.median(low[:, 1]) == pytest.approx(np.median(high[:, 1]), abs=0.1 * CANVAS_PX)


@given(st.sampled_from(sorted(SHAPES)), seeds)
@settings(max_examples=40, deadline=None)
def test_a_character_that_sways_keeps_its_place_its_pen_and_its_greys(digit, seed):
    glyph = cv2.GaussianBlur(glyphs_of(digit)[0], (0, 0), 0.7)
    swayed = sway(glyph, np.random.default_rng(seed))
    assert (swayed.dtype, swayed.shape) == (np.uint8, (2 * glyph.shape[0], 2 * glyph.shape[1]))
    assert swayed.sum() / 4 == pytest.approx(glyph.sum(), rel=0.35)
    assert np.array_equal(swayed, sway(glyph, np.random.default_rng(seed)))


@given(texts, seeds)
@settings(max_examples=40, deadline=None)
def test_every_inked_pixel_of_a_number_has_an_owner(text, seed):
    writing = number_of(text, seed)
    assert writing.ink.shape == writing.owner.shape
    assert writing.labels == tuple(text)
    assert (writing.owner[writing.ink > 60] != NO_GLYPH).all()
    assert (writing.ink[writing.owner != NO_GLYPH] > 0).all()
    assert writing.owner.max() < len(text)


@given(texts, seeds)
@settings(max_examples=30, deadline=None)
def test_every_character_owns_ink_and_stands_in_order(text, seed):
    writing = number_of(text, seed)
    middles = [np.nonzero(writing.owner == number)[1].mean() for number in range(len(text))]
    assert all(np.isfinite(middles))
    assert middles == sorted(middles)


@given(texts, seeds)
@settings(max_examples=30, deadline=None)
def test_an_underline_is_ink_at_the_feet_that_no_character_owns(text, seed):
    rng = np.random.default_rng(seed)
    before = number_of(text, seed)
    after = underline(before, pick_hand(rng), rng)
    height = len(before.ink)
    assert after.ink.shape == after.owner.shape
    assert np.array_equal(after.owner[:height], before.owner)
    assert (after.owner[height:] == NO_GLYPH).all()
    added = (after.ink > 60) & (after.owner == NO_GLYPH)
    assert added.any()
    assert np.nonzero(added)[0].min() > np.nonzero(before.ink > 60)[0].max() - 0.5 * CANVAS_PX


@pytest.mark.parametrize("mark", [".", ",", "-", "=", ":"])
def test_marks_stand_between_digits(mark):
    rng = np.random.default_rng(4)
    one, two = glyphs_of("42")
    drawn = draw_sign(mark, rng)
    writing = write_number([one, drawn, two], ["4", mark, "2"], pick_hand(rng), rng)
    rows = [np.nonzero(writing.owner == number)[0] for number in range(3)]
    assert all(len(own) for own in rows)
    assert np.ptp(rows[1]) < 0.8 * np.ptp(rows[0])


@given(st.integers(8, 90), st.integers(8, 200), seeds)
@settings(max_examples=30, deadline=None)
def test_a_photograph_has_the_inks_size_and_its_seed(height, width, seed):
    ink = np.zeros((height, width), np.uint8)
    ink[height // 3 : height // 2 + 1, width // 4 : width // 2 + 1] = 255

    def taken(number: int) -> np.ndarray:
        return photograph(ink, np.random.default_rng(number))

    assert (taken(seed).shape, taken(seed).dtype) == ((height, width, 3), np.uint8)
    assert np.array_equal(taken(seed), taken(seed))
    assert not np.array_equal(taken(seed), taken(seed + 1))


def test_ink_is_seen_on_most_photographs():
    ink = number_of("405", 3).ink
    steps = []
    for seed in range(30):
        grey = photograph(ink, np.random.default_rng(seed)).mean(axis=2)
        steps.append(abs(np.median(grey[ink > 200]) - np.median(grey[ink == 0])))
    assert np.median(steps) > 40
    assert np.mean(np.array(steps) > 10) > 0.9


@given(seeds)
@settings(max_examples=60, deadline=None)
def test_marks_hold_ink(seed):
    for draw in (draw_mark, *(partial(draw_sign, sign) for sign in ".,-=/:$#*+")):
        drawn = draw(np.random.default_rng(seed))
        assert (drawn.shape, drawn.dtype) == ((64, 64), np.uint8)
        assert drawn.max() > 100
        assert np.array_equal(drawn, draw(np.random.default_rng(seed)))


@given(seeds)
@settings(max_examples=60, deadline=None)
def test_scrawl_fills_its_line(seed):
    drawn = draw_scrawl(np.random.default_rng(seed))
    assert (drawn.shape[0], drawn.dtype) == (64, np.uint8)
    assert drawn.shape[1] > 32
    assert drawn.max() > 100
    rows, columns = np.nonzero(drawn > 100)
    assert np.ptp(rows) > 0.4 * drawn.shape[0]
    assert np.ptp(columns) > 0.6 * drawn.shape[1]
    assert np.array_equal(drawn, draw_scrawl(np.random.default_rng(seed)))


@given(st.sampled_from(sorted(SHAPES)), seeds)
@settings(max_examples=60, deadline=None)
def test_habits_are_those_of_four_digits_and_leave_the_glyph_as_it_was(digit, seed):
    glyph = glyphs_of(digit)[0]
    before = glyph.copy()
    habit = add_habit(glyph, digit, np.random.default_rng(seed))
    assert np.array_equal(glyph, before)
    assert habit is glyph or digit in "0157"
    assert np.array_equal(habit, add_habit(glyph, digit, np.random.default_rng(seed)))


def habits_of(digit: str) -> tuple[np.ndarray, list[np.ndarray]]:
    """A digit with the room and the pixels that habits give it, and all that some hundred seeds make of it."""
    glyph = glyphs_of(digit)[0]
    made = [add_habit(glyph, digit, np.random.default_rng(seed)) for seed in range(400)]
    large = cv2.resize(glyph, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    return np.pad(large, len(large) // 3), [habit for habit in made if habit is not glyph]


def height_of(ink: np.ndarray) -> int:
    return int(np.ptp(np.flatnonzero(ink.max(axis=1) > 100)))


@pytest.mark.parametrize(("digit", "share"), [("1", 0.45), ("7", 0.3)])
def test_a_bar_and_a_flag_are_added_and_nothing_is_taken(digit, share):
    plain, made = habits_of(digit)
    assert len(made) / 400 == pytest.approx(share, abs=0.08)
    assert all((habit >= plain).all() for habit in made)
    assert all(habit.sum(dtype=float) > 1.03 * plain.sum(dtype=float) for habit in made)


def test_a_nought_may_be_written_flat():
    glyph = glyphs_of("0")[0]
    flat = [habit for habit in habits_of("0")[1] if len(habit) == len(glyph)]
    assert flat
    assert all(1.1 * glyph.shape[1] < habit.shape[1] < 2.4 * glyph.shape[1] for habit in flat)


def test_a_nought_is_slashed_or_curled_or_loses_a_little_of_its_ring():
    plain, made = habits_of("0")
    made = [habit for habit in made if habit.shape == plain.shape]
    slashed = [habit for habit in made if (habit >= plain).all()]
    left_open = [habit for habit in made if (habit <= plain).all()]
    assert slashed
    assert left_open
    added = [habit.sum(dtype=float) / plain.sum(dtype=float) for habit in slashed]
    # A curl may lie on the ring itself; a slash never does.
    assert max(added) > 1.03
    assert all(1 <= share < 1.6 for share in added)
    assert all(0.75 < habit.sum(dtype=float) / plain.sum(dtype=float) < 0.99 for habit in left_open)
    assert all(0.85 < height_of(habit) / height_of(plain) < 1.5 for habit in made)
