"""Skew and slant: what was turned or sheared by a known amount is found to be."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocess.lines import find_components
from preprocess.skew import LARGEST_SLANT, estimate_skew, estimate_slant, estimate_tilt, turn_page
from tests.preprocess.drawn import ink_of, write

SIZE = (600, 800)
each_angle = pytest.mark.parametrize("degrees", [-15, -11, -8, -5, -2.5, 2.5, 5, 8, 11, 15])


def rows_of_numbers() -> np.ndarray:
    """A page of rows, uint8 (H, W), with room at the edges to be turned in."""
    ink = np.zeros(SIZE, np.uint8)
    for row in range(6):
        for column, text in enumerate(("407", "152", "375")):
            write(ink, text, 160 + 175 * column, 130 + 62 * row, 34, 4)
    return ink


def climbing(ink: np.ndarray, degrees: float) -> np.ndarray:
    """Turn a picture so that its rows climb to the right by that much."""
    matrix = cv2.getRotationMatrix2D((SIZE[1] / 2, SIZE[0] / 2), degrees, 1.0)
    return cv2.warpAffine(ink, matrix, (ink.shape[1], ink.shape[0]))


def boxes_of(ink: np.ndarray) -> np.ndarray:
    return find_components(np.where(ink > 100, 255, 0).astype(np.uint8)).boxes


@each_angle
def test_the_skew_of_turned_rows_is_found_within_a_degree(degrees):
    assert abs(estimate_skew(boxes_of(climbing(rows_of_numbers(), degrees))) - degrees) <= 1


@each_angle
def test_turning_back_by_the_skew_makes_rows_level(degrees):
    turned = climbing(rows_of_numbers(), degrees)
    level, _ = turn_page(turned, estimate_skew(boxes_of(turned)))
    assert abs(estimate_skew(boxes_of(level))) <= 1


def test_a_level_page_stays_as_it_is():
    assert estimate_skew(boxes_of(rows_of_numbers())) == 0


@pytest.mark.parametrize("degrees", [-11, -5, 5, 11])
def test_specks_have_no_say_however_many_they_are(degrees):
    digits = [[120 * place, 300, 120 * place + 80, 400] for place in range(5)]
    steps = np.tan(np.deg2rad(degrees))
    specks = [[x, 100 + y - x * steps, x + 5, 105 + y - x * steps] for x in range(10, 600, 60) for y in (0, 40)]
    assert estimate_skew(np.array(specks)) == pytest.approx(degrees, abs=1)
    assert estimate_skew(np.array(digits + specks)) == 0


@pytest.mark.parametrize("count", range(5))
def test_a_few_components_tell_no_skew(count):
    assert estimate_skew(np.array([[10 * i, 5 * i, 10 * i + 8, 5 * i + 12] for i in range(count)]).reshape(-1, 4)) == 0


@given(degrees=st.floats(-12, 12), x=st.integers(0, 99), y=st.integers(0, 59))
@settings(max_examples=50, deadline=None)
def test_the_matrix_says_where_a_pixel_went(degrees, x, y):
    picture = np.zeros((60, 100), np.uint8)
    picture[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2] = 255
    turned, matrix = turn_page(picture, degrees)
    went = (matrix @ [x, y, 1])[:2]
    if turned.shape == picture.shape and 3 < went[0] < 96 and 3 < went[1] < 56:
        rows, columns = np.nonzero(turned > 60)
        assert np.hypot(columns.mean() - went[0], rows.mean() - went[1]) < 1.2


@pytest.mark.parametrize("slant", [-0.6, -0.4, -0.2, 0.0, 0.2, 0.4, 0.6])
@pytest.mark.parametrize("text", ["1471", "4701", "111"])
def test_a_known_shear_is_found(text, slant):
    upright = ink_of(text, 80, 7, margin=90)
    # The foot stays, the top moves to the right.
    shear = np.array([[1, -slant, slant * upright.shape[0]], [0, 1, 0]])
    size = upright.shape[1] + 120, upright.shape[0]
    leaning = cv2.warpAffine(upright, shear, size)
    rows, columns = np.nonzero(leaning > 100)
    leaning = leaning[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    assert abs(estimate_slant(leaning) - slant) <= 0.15


@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_any_ink_has_a_slant_within_bounds(height, width, seed):
    ink = np.random.default_rng(seed).integers(0, 256, (height, width)).astype(np.uint8)
    assert abs(estimate_slant(ink)) <= LARGEST_SLANT


def test_no_ink_has_no_slant():
    assert estimate_slant(np.zeros((30, 40), np.uint8)) == 0


def ruled(squared: bool = False, numbers: bool = True) -> np.ndarray:
    """Ruled paper with numbers on it: uint8 (H, W)."""
    mask = rows_of_numbers() if numbers else np.zeros(SIZE, np.uint8)
    mask[40::62] = mask[41::62] = 255
    if squared:
        mask[:, 30::62] = 255
    return mask


@pytest.mark.parametrize("squared", [False, True])
@pytest.mark.parametrize("degrees", [-14, -9, -4, 4, 7.5, 14])
def test_the_tilt_of_ruled_paper_is_found_within_a_degree(degrees, squared):
    assert estimate_tilt(climbing(ruled(squared), degrees)) == pytest.approx(degrees, abs=0.75)


@pytest.mark.parametrize("degrees", [-2, -1, 0, 1, 2])
def test_ruling_that_is_nearly_level_is_left_as_it_is(degrees):
    assert estimate_tilt(climbing(ruled(), degrees)) == 0


@pytest.mark.parametrize("degrees", [-9, -4, 0, 4, 9])
def test_numbers_without_ruling_tell_no_tilt(degrees):
    assert estimate_tilt(climbing(rows_of_numbers(), degrees)) == 0


@given(seed=st.integers(0, 2**31), share=st.floats(0.001, 0.3))
@settings(max_examples=30, deadline=None)
def test_noise_tells_no_tilt(seed, share):
    noise = np.random.default_rng(seed).random(SIZE) < share
    assert estimate_tilt(noise.astype(np.uint8) * 255) == 0


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (900, 1), (3, 3), (40, 2000)])
@pytest.mark.parametrize("level", [0, 255])
def test_what_is_too_small_or_empty_tells_no_tilt(shape, level):
    assert estimate_tilt(np.full(shape, level, np.uint8)) == 0


@given(degrees=st.floats(-16, 16), x=st.integers(0, 99), y=st.integers(0, 59))
@settings(max_examples=50, deadline=None)
def test_a_page_that_is_turned_wholly_loses_nothing(degrees, x, y):
    picture = np.zeros((60, 100), np.uint8)
    picture[y, x] = 255
    turned, matrix = turn_page(picture, degrees, whole=True)
    column, row, _ = matrix @ (x, y, 1)
    assert -0.5 <= column <= turned.shape[1] - 0.5
    assert -0.5 <= row <= turned.shape[0] - 0.5
    window = turned[max(0, int(row) - 1) : int(row) + 3, max(0, int(column) - 1) : int(column) + 3]
    assert window.sum() > 0.6 * 255
    assert turned.sum() == window.sum()
