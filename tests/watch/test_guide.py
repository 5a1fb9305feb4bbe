"""Guidance: the right hint, neither hasty nor tiresome, in words that every language has."""

import itertools
from dataclasses import replace

import pytest

from recognize.reading import Refusal
from speak.language import LANGUAGES, phrase
from tests.watch.scripted import GOOD, HEIGHT, WIDTH, frame_at, number, page_of, reading_of
from watch import guide
from watch.guide import AGAIN_S, EVERY_S, HOLD_S, KEYS, Guide, find_hint

STEP_S = 1 / 30
WELL = page_of(frame_at(0)), reading_of([number("4071")])


def at(left, top):
    return reading_of([number("4071", left, top)])


@pytest.mark.parametrize(
    ("quality", "reading", "hint"),
    [
        (GOOD, reading_of([number("4071")]), None),
        (GOOD, reading_of(), guide.NOTHING),
        (GOOD, reading_of(refused=[Refusal((100, 100, 140, 140), "not a digit")]), guide.NOTHING),
        (replace(GOOD, brightness=20.0), reading_of([number("4071")]), guide.DARK),
        (replace(GOOD, digit_height_px=7.0), reading_of([number("4071")]), guide.CLOSER),
        (replace(GOOD, digit_height_px=0.8 * HEIGHT), reading_of([number("4071")]), guide.FARTHER),
        (replace(GOOD, sharpness=0.05), reading_of([number("4071")]), guide.BLURRED),
        (replace(GOOD, contrast=0.05), reading_of([number("4071")]), guide.FAINT),
        (GOOD, at(0, 100), "cut_left"),
        (GOOD, at(WIDTH - 96, 100), "cut_right"),
        (GOOD, at(100, 0), "cut_top"),
        (GOOD, at(100, HEIGHT - 40), "cut_bottom"),
        (GOOD, at(5, 100), "right"),
        (GOOD, at(WIDTH - 101, 100), "left"),
        (GOOD, at(100, 5), "down"),
        (GOOD, at(100, HEIGHT - 45), "up"),
    ],
)
def test_the_worst_thing_is_found(quality, reading, hint):
    assert find_hint(page_of(frame_at(0), quality), reading) == hint


def run(script, advisor=None):
    """Ask a guide again and again: (moment, hint) of all that it gives; of (quality, reading, settled) a frame."""
    advisor = advisor or Guide()
    given = []
    for place, (quality, reading, settled) in enumerate(script):
        hint = advisor.advise(page_of(frame_at(0), quality), reading, settled, place * STEP_S)
        if hint:
            given.append((round(place * STEP_S, 2), hint))
    return given


def lasting(seconds, quality=GOOD, reading=None, settled=False):
    return [(quality, reading if reading is not None else reading_of(), settled)] * round(seconds / STEP_S)


def test_a_hint_holds_for_a_while_before_it_is_given():
    ((moment, hint),) = run(lasting(2))
    assert hint == guide.NOTHING
    assert moment == pytest.approx(HOLD_S, abs=0.1)


def test_what_does_not_last_is_not_given():
    assert run((lasting(0.5) + lasting(0.2, reading=reading_of([number("1")]))) * 5) == []


def test_the_same_hint_is_not_repeated_at_once_nor_another_one():
    moments = [moment for moment, _ in run(lasting(20))]
    assert all(later - earlier >= AGAIN_S for earlier, later in itertools.pairwise(moments))
    dark = replace(GOOD, brightness=10.0)
    (_, first), (moment, second) = run(lasting(2) + lasting(4, dark))
    assert (first, second) == (guide.NOTHING, guide.DARK)
    assert moment - HOLD_S >= EVERY_S - 0.1


def test_nothing_is_said_while_a_settled_number_is_in_view():
    assert run(lasting(5, replace(GOOD, contrast=0.05), reading_of([number("4071")]), settled=True)) == []


def test_for_a_camera_that_faces_its_user_right_is_left():
    assert [hint for _, hint in run(lasting(2, reading=at(0, 100)), Guide(is_mirrored=True))] == ["cut_right"]
    assert [hint for _, hint in run(lasting(2, reading=at(5, 100)), Guide(is_mirrored=True))] == ["left"]
    assert [hint for _, hint in run(lasting(2, reading=at(100, 0)), Guide(is_mirrored=True))] == ["cut_top"]


def test_each_hint_has_words_in_each_language():
    for language in LANGUAGES:
        assert len({phrase(key, language) for key in KEYS}) == len(KEYS)
