"""Allographs: every digit has other forms, all of them within their box, and the pen goes where it is told."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from train.synth.allographs import ALLOGRAPHS, SIDE_PX, draw_allograph, draw_form, follow, pick_form

seeds = st.integers(0, 2**31)


def test_every_digit_has_a_form():
    assert sorted(ALLOGRAPHS) == list("0123456789")
    points = [point for forms in ALLOGRAPHS.values() for form in forms for stroke in form for point in stroke]
    assert all(0 <= x <= 1 and 0 <= y <= 1 for x, y in points)
    assert all(len(stroke) > 1 for forms in ALLOGRAPHS.values() for form in forms for stroke in form)


@given(st.sampled_from(sorted(ALLOGRAPHS)), seeds)
@settings(max_examples=60, deadline=None)
def test_a_form_is_drawn_tall_and_whole_and_by_its_seed(label, seed):
    ink = draw_allograph(label, np.random.default_rng(seed))
    assert (ink.shape, ink.dtype) == ((SIDE_PX, SIDE_PX), np.uint8)
    rows = np.flatnonzero((ink > 100).any(axis=1))
    assert np.ptp(rows) > 0.5 * SIDE_PX
    assert not (ink[:, 0].any() and ink[:, -1].any())
    assert np.array_equal(ink, draw_allograph(label, np.random.default_rng(seed)))


def test_no_two_are_alike():
    drawn = {draw_allograph("9", np.random.default_rng(seed)).tobytes() for seed in range(20)}
    assert len(drawn) == 20


@given(st.sampled_from(sorted(ALLOGRAPHS)), seeds)
@settings(max_examples=40, deadline=None)
def test_a_hand_keeps_its_form_and_its_pen(label, seed):
    rng = np.random.default_rng(seed)
    form = pick_form(label, rng, pen_px=5)
    one, other = draw_form(form, rng), draw_form(form, rng)
    assert form.pen_px == 5
    assert not np.array_equal(one, other)
    # As thick as its pen, the one lies on the other, but for a pixel or two.
    near = cv2.dilate(other, np.ones((9, 9), np.uint8))
    assert (near[one > 100] > 100).mean() > 0.95


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=8))
@settings(max_examples=60, deadline=None)
def test_a_course_passes_its_points(points):
    course = follow(np.array(points))
    for point in np.array(points):
        assert np.hypot(*(course - point).T).min() < 1e-9


def test_a_course_through_a_line_is_that_line():
    course = follow(np.array([[0.0, 0.0], [1.0, 2.0], [2.0, 4.0]]))
    assert np.allclose(course[:, 1], 2 * course[:, 0])
    assert course[-1].tolist() == pytest.approx([2.0, 4.0])
