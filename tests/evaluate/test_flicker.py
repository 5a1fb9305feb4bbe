"""Flicker: what was told is matched with what was there, once and in its time."""

import pytest

from evaluate.clips import Showing, draw_clip
from evaluate.flicker import Flicker, Tally, describe_clip, judge, tally, watch_clip
from evaluate.hands import load_hands
from pipeline import Pipeline

BOX = (0.0, 0.0, 10.0, 10.0)
SHOWN = (Showing("12", 1.0, 5.0, 0, BOX), Showing("13", 5.0, 9.0, 0, BOX))


def judge_told(*told):
    return judge("clip", told, SHOWN, Tally(100, 90))


def test_what_is_told_once_in_time_is_right():
    result = judge_told((1.2, "12"), (5.3, "13"))
    assert (result.wrong, result.repeated, result.missed) == ((), (), ())
    assert result.waits_s == pytest.approx((0.2, 0.3))
    assert describe_clip(result) == ""


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (((1.2, "12"), (2.0, "12"), (5.3, "13")), "again 12"),
        (((1.2, "12"), (2.0, "72"), (5.3, "13")), "wrong 72"),
        (((1.2, "12"),), "missed 13"),
        (((0.5, "12"), (5.3, "13")), "wrong 12; missed 12"),
        (((1.2, "12"), (9.8, "13")), "wrong 13; missed 13"),
    ],
)
def test_what_goes_wrong_has_a_name(told, words):
    assert describe_clip(judge_told(*told)) == f"clip: {words}"


def test_a_number_may_be_told_just_after_it_has_left():
    assert judge_told((1.2, "12"), (9.3, "13")).missed == ()


def test_a_frame_is_right_for_each_number_that_it_reads():
    assert tally(["12", "12", "9"], ["12", "34"]) == Tally(2, 1)
    assert tally([], []) + tally(["1"], ["1"]) == Tally(1, 1)


def test_the_figures_are_those_of_all_clips():
    good, bad = judge_told((1.2, "12"), (5.4, "13")), judge_told((1.2, "12"), (2.0, "72"))
    figures = Flicker((good, bad)).to_dict()
    assert (figures["numbers"], figures["told once"], figures["told wrong"], figures["missed"]) == (4, 3, 1, 1)
    assert figures["in view to told, median ms"] == 200
    assert figures["error of single frames"] == pytest.approx(0.1)
    assert figures["error of what is told"] == pytest.approx(2 / 5)


def test_a_drawn_clip_is_told_right(shared):
    result = watch_clip(draw_clip(load_hands(shared / "data"), 3), Pipeline())
    assert describe_clip(result) == ""
    assert len(result.waits_s) == 2
    assert max(result.waits_s) < 0.4
