"""Following: a number keeps its track while it shakes, drifts and hides; another one gets its own."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.watch.scripted import box_of, number
from watch.follow import FORGET_S, Follower, covered_share
from watch.settle import Vote

STEP_S = 1 / 30


def follow(script):
    """Run a script of frames through a follower: the ids of what was found in each."""
    follower, ids = Follower(), []
    for place, numbers in enumerate(script):
        found = follower.update(numbers, place * STEP_S)
        for track, one in found:
            track.take(Vote(place * STEP_S, one))
        ids.append([track.id for track, _ in found])
    return ids


def test_a_shaken_number_keeps_its_track():
    rng = np.random.default_rng(1)
    script = [[number("4071", *(100 + rng.integers(-8, 9, 2)))] for _ in range(60)]
    assert follow(script) == [[1]] * 60


def test_a_number_that_travels_keeps_its_track():
    assert follow([[number("4071", 20 + 8 * step)] for step in range(60)]) == [[1]] * 60


def test_one_that_moves_fast_is_met_where_it_was_going():
    # Each step is as wide as the number itself.
    assert follow([[number("71", 10 + 12 * step * step // 8)] for step in range(12)])[-1] == [1]


def test_neighbours_have_tracks_of_their_own_in_reading_order():
    script = [[number("12", 50), number("34", 200), number("56", 50, 220)]] * 5
    assert follow(script) == [[1, 2, 3]] * 5


def test_a_number_that_hides_for_a_moment_comes_back_to_its_track():
    gap = [[]] * int(0.9 * FORGET_S / STEP_S)
    assert follow([[number("12")], *gap, [number("12")]])[-1] == [1]


def test_one_that_was_gone_for_long_is_a_new_one():
    gap = [[]] * int(1.1 * FORGET_S / STEP_S)
    assert follow([[number("12")], *gap, [number("12")]])[-1] == [2]


def test_a_number_that_falls_apart_for_a_frame_is_not_two():
    whole, halves = [number("4071", 100)], [number("40", 100), number("71", 148)]
    assert follow([whole, whole, halves, whole]) == [[1], [1], [1], [1]]


boxes = st.builds(box_of, st.integers(1, 6), st.integers(0, 200), st.integers(0, 200))


@given(boxes, boxes)
def test_the_covered_share_is_a_share_and_symmetric(one, other):
    assert 0 <= covered_share(one, other) <= 1
    assert covered_share(one, other) == covered_share(other, one)
    assert covered_share(one, one) == 1
