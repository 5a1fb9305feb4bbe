"""Course: what numpy's own polynomials say, of any line that is followed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocess.course import Course, fit_course


@given(st.integers(0, 2**32 - 1), st.integers(0, 4), st.integers(5, 200))
def test_a_course_is_the_one_that_numpy_fits(seed, degree, count):
    rng = np.random.default_rng(seed)
    # Nobody gives fewer places for each coefficient; through as many as there are of these, rounding may show.
    count = max(count, 4 * (degree + 1))
    along = np.sort(rng.choice(2000, count, replace=False)).astype(float)
    where = rng.uniform(0, 700, count)
    oracle = np.polynomial.Polynomial.fit(along, where, degree)
    course = fit_course(along, where, degree)
    assert course.degree == degree
    assert course(along) == pytest.approx(oracle(along), abs=1e-6)


@pytest.mark.parametrize("count", [2, 3])
def test_few_places_are_met_however_high_a_power_is_asked_for(count):
    along, where = np.arange(count) * 8.0, np.array([3.0, 5.0, 4.0])[:count]
    assert fit_course(along, where, 4)(along) == pytest.approx(where)


def test_places_that_are_one_above_the_other_have_their_mean():
    assert fit_course(np.array([5.0, 5.0]), np.array([1.0, 3.0]), 2)(5.0) == pytest.approx(2.0)


def test_a_shifted_course_runs_elsewhere_and_is_as_bent():
    course = Course((10.0, 2.0, -3.0), 0, 400)
    places = np.linspace(-50, 450, 11)
    assert course.shift(30, -7)(places + 30) == pytest.approx(course(places) - 7)


def test_a_course_tells_one_place_as_it_tells_many():
    course = Course((10.0, 2.0, -3.0), 0, 400)
    assert course(np.array([17, 210])).tolist() == [course(17.0), course(210.0)]
    assert Course((4.0,))(np.arange(3)).tolist() == [4.0, 4.0, 4.0]
