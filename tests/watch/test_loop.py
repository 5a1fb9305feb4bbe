"""The watcher: each number is told once, in order, whatever the frames do."""

from dataclasses import replace

import numpy as np

from capture.frame import Frame
from capture.image import load_image
from pipeline import Pipeline
from recognize.reading import Number
from tests.watch.scripted import HEIGHT, WIDTH, ScriptedPipeline, frame_at, number, page_of
from watch.guide import KEYS, Guide
from watch.loop import CLOSE_ENOUGH, TAKEN_FOR_GRANTED, Watcher, is_at_edge

FPS = 30


def run(script, times=None):
    """Watch a script: the texts that are told with each frame, and what was seen last."""
    watcher, told, seen = Watcher(ScriptedPipeline(script)), [], None
    for place in range(len(script)):
        seen = watcher.see(frame_at(times[place] if times else place / FPS, place))
        told += [one.text for one in seen.new]
    return told, seen


def still(*numbers: Number, seconds: float = 1.0) -> list[list[Number]]:
    return [list(numbers)] * int(seconds * FPS)


def test_a_number_is_told_once():
    told, seen = run(still(number("4071"), seconds=5))
    assert told == ["4071"]
    assert [one.text for one in seen.in_view] == ["4071"]


def test_several_are_told_in_reading_order():
    numbers = number("12", 60), number("34", 300), number("56", 60, 200)
    told, seen = run(still(*numbers))
    assert told == ["12", "34", "56"]
    assert [one.text for one in seen.in_view] == ["12", "34", "56"]


def test_the_same_number_twice_on_a_page_is_told_twice():
    assert run(still(number("12", 60), number("12", 300)))[0] == ["12", "12"]


def test_one_that_leaves_is_in_view_no_more():
    _, seen = run(still(number("12")) + still(seconds=1))
    assert seen.in_view == ()


def test_one_that_hides_for_a_moment_is_not_told_again():
    assert run(still(number("12")) + still(seconds=1.5) + still(number("12")))[0] == ["12"]


def test_one_that_is_shown_again_much_later_is_told_again():
    assert run(still(number("12")) + still(seconds=3) + still(number("12")))[0] == ["12", "12"]


def test_one_that_was_moved_under_a_hand_is_not_told_again():
    assert run(still(number("12", 60)) + still(seconds=0.6) + still(number("12", 400, 250)))[0] == ["12"]


def test_a_number_that_changes_by_a_digit_is_told_anew():
    assert run(still(number("12")) + still(number("13")))[0] == ["12", "13"]


def test_nothing_is_forgotten_while_the_camera_stalls():
    script = still(number("12")) * 2
    times = [place / FPS + (60 if place >= FPS else 0) for place in range(len(script))]
    assert run(script, times)[0] == ["12"]


def test_a_clock_that_jumps_back_does_no_harm():
    script = still(number("12")) * 2
    times = [place / FPS - (60 if place >= FPS else 0) for place in range(len(script))]
    assert run(script, times)[0] == ["12"]


def test_a_number_at_the_edge_may_go_on():
    page = page_of(frame_at(0))
    assert is_at_edge((2, 100, 60, 140), page)
    assert is_at_edge((WIDTH - 60, 100, WIDTH - 5, 140), page)
    assert is_at_edge((100, HEIGHT - 45, 160, HEIGHT - 5), page)
    assert not is_at_edge((60, 100, 120, 140), page)


def test_so_may_one_beside_what_is_cut_off():
    page = replace(page_of(frame_at(0)), cut_off=("left",))
    assert is_at_edge((60, 100, 120, 140), page)
    assert not is_at_edge((WIDTH - 120, 100, WIDTH - 60, 140), page)


def test_how_closely_to_look_is_asked_now_and_then():
    pipeline = ScriptedPipeline([])
    watcher = Watcher(pipeline)
    for place in range(2 * (CLOSE_ENOUGH + TAKEN_FOR_GRANTED)):
        watcher.see(frame_at(place / FPS, place))
    # These pages are larger than their frames: a coarse look never did.
    assert not any(pipeline.closely[:CLOSE_ENOUGH])
    assert all(pipeline.closely[CLOSE_ENOUGH : CLOSE_ENOUGH + TAKEN_FOR_GRANTED])
    assert not all(pipeline.closely[CLOSE_ENOUGH:])


def test_green_and_black_frames_are_lived_through(sample):
    picture = load_image(sample)
    green, black = np.zeros_like(picture), np.zeros_like(picture)
    green[..., 1] = 140
    watcher, told = Watcher(Pipeline(), Guide()), []
    hints = []
    for place, image in enumerate([picture] * 10 + [green] * 15 + [black] * 15 + [picture] * 10):
        seen = watcher.see(Frame(image, "camera", place, place / FPS))
        told += [one.text for one in seen.new]
        hints += [seen.hint] if seen.hint else []
    assert told == ["4071", "2589"]
    assert all(hint in KEYS for hint in hints)
