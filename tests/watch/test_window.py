"""The window: the picture with what was read, or the machine's view of it, never larger than the frame."""

from pathlib import Path

import numpy as np
import pytest

from capture.frame import Frame
from capture.image import load_image
from pipeline import Pipeline
from tests.watch.scripted import number
from watch.loop import Seen
from watch.settle import Settled
from watch.window import KEYS, Shown, _lines, draw


@pytest.fixture(scope="module")
def seen(sample: Path) -> Seen:
    frame = Frame(load_image(sample), "sample")
    pipeline = Pipeline()
    page = pipeline.prepare(frame)
    reading = pipeline.read_page(page)
    return Seen(frame, page, reading, (Settled(number("4071"), 0.0),), (), None, 10.0)


@pytest.mark.parametrize("shown", [Shown(), Shown(is_machine=True), Shown(lists_keys=True, trouble="gone")])
def test_what_is_drawn_is_as_large_as_the_frame(seen, shown):
    before = seen.frame.image.copy()
    drawn = draw(seen, shown)
    assert drawn.shape == seen.frame.image.shape
    assert drawn.dtype == np.uint8
    assert not np.array_equal(drawn, before)
    assert np.array_equal(seen.frame.image, before)


def test_the_settled_numbers_the_pace_and_the_trouble_are_written(seen):
    lines = _lines(seen, Shown(is_muted=True, trouble="Camera 0 is gone", per_s=29.6, age_ms=21.2))
    text = "\n".join(lines)
    for words in ("30 frames/s", "21 ms old", "muted", "4071", "90%", "Camera 0 is gone"):
        assert words in text


def test_the_keys_are_listed_when_asked_for(seen):
    assert set(KEYS) <= set(_lines(seen, Shown(lists_keys=True)))
    assert not set(KEYS) & set(_lines(seen, Shown()))


def test_the_machines_view_shows_the_patches_of_the_digits(seen):
    strip = draw(seen, Shown(is_machine=True))[-56:, :, 0]
    digits = sum(len(one.digits) for one in seen.reading.numbers)
    assert digits >= 8
    # Each patch is black with white ink; between them the strip is grey.
    for place in range(digits):
        patch = strip[:, place * 60 : place * 60 + 56]
        assert patch.min() == 0
        assert patch.max() > 200


def test_many_numbers_are_listed_up_to_a_limit(seen):
    many = Seen(seen.frame, seen.page, seen.reading, seen.in_view * 9, (), None, 1.0)
    assert "and 3 more" in _lines(many, Shown())


def test_the_pace_is_that_of_what_is_shown():
    shown = Shown()
    for place in range(200):
        shown.count(came_s=place / 30 - 0.02, now_s=place / 30)
    assert shown.per_s == pytest.approx(30, rel=0.01)
    assert shown.age_ms == pytest.approx(20, rel=0.01)
