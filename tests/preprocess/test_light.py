"""Light: even contrast, whatever the lamp, the paper and the pen."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocess.light import (
    brighten,
    estimate_background,
    follow_shadows,
    is_light_on_dark,
    level_light,
    measure_contrast,
    mix_channels,
)
from preprocess.view import even_light
from tests.preprocess.drawn import add_noise, page_of, shadow

ROWS = ("407", "1523")
DARK_INK, PAPER = (60, 40, 40), (225, 232, 236)
INK = page_of(*ROWS, ink=(255, 255, 255), paper=(0, 0, 0))[..., 0] > 200
FAR = page_of(*ROWS, ink=(255, 255, 255), paper=(0, 0, 0), pen=25)[..., 0] == 0


def contrast_of(image: np.ndarray) -> np.ndarray:
    return measure_contrast(*even_light(mix_channels(image))[:2])


def test_a_shadow_is_divided_out():
    plain = contrast_of(page_of(*ROWS))
    shaded = contrast_of((page_of(*ROWS) * shadow(INK.shape)).astype(np.uint8))
    assert np.abs(shaded[INK].astype(float) - plain[INK]).mean() < 0.1 * plain[INK].mean()
    assert shaded[FAR].mean() < 0.05 * shaded[INK].mean()


def cast(grey: np.ndarray, darkest: float, blur_px: float) -> tuple[np.ndarray, np.ndarray]:
    """Cast a shadow with an edge on a picture's right: the picture, and the factor that it was darkened by."""
    height, width = grey.shape
    outline = np.array([(1, 0.3), (0.75, 0.2), (0.65, 0.5), (0.75, 0.85), (1, 1.2)]) * (width, height)
    hand = cv2.fillPoly(np.zeros(grey.shape, np.float32), [outline.round().astype(np.int32)], 1.0)
    factor = 1 - (1 - darkest) * cv2.GaussianBlur(hand, (0, 0), blur_px)
    return (grey * factor).astype(np.uint8), factor


@given(st.floats(0.35, 0.6), st.floats(8, 12))
@settings(max_examples=15, deadline=None)
def test_the_background_follows_a_hands_shadow_to_its_edge(darkest, blur_px):
    grey, factor = cast(mix_channels(page_of(*ROWS)), darkest, blur_px)
    paper = float(np.median(mix_channels(page_of(*ROWS))[FAR])) * factor
    background = estimate_background(grey)
    followed = follow_shadows(grey, background)
    # Along the edge, where it falls off.
    edge = (factor > darkest + 0.02) & (factor < 0.98)
    before, after = (np.abs(found - paper)[edge] / paper[edge] for found in (background.astype(float), followed))
    assert np.percentile(after, 90) < 0.22
    assert after.mean() < 0.65 * before.mean()


@pytest.mark.parametrize("size", [60, 120, 200])
def test_what_is_filled_or_written_is_no_shadow(size):
    grey = mix_channels(page_of(*ROWS, pen=25))
    cv2.rectangle(grey, (400, 240), (400 + size, 240 + size), 50, -1)
    background = estimate_background(grey)
    assert np.array_equal(follow_shadows(grey, background), background)


@pytest.mark.parametrize("shape", [(1, 1), (2, 300), (300, 2), (40, 40)])
def test_a_blank_picture_of_any_shape_has_no_shadow(shape):
    grey = np.full(shape, 200, np.uint8)
    assert np.array_equal(follow_shadows(grey, grey), grey)


def test_a_vignette_is_divided_out():
    rows, columns = np.mgrid[-1 : 1 : INK.shape[0] * 1j, -1 : 1 : INK.shape[1] * 1j]
    fall = 1 - 0.3 * (rows**2 + columns**2)[..., None]
    contrast = contrast_of((page_of(*ROWS) * fall).astype(np.uint8))
    assert contrast[FAR].mean() < 0.05 * contrast[INK].mean()


def test_the_background_is_the_paper_alone():
    grey = mix_channels(page_of(*ROWS))
    background = estimate_background(grey)
    assert background.shape == grey.shape
    assert np.abs(background[INK].astype(float) - np.median(grey[FAR])).max() < 12


@pytest.mark.parametrize(
    ("ink", "paper", "polarity"),
    [
        (DARK_INK, PAPER, "dark on light"),
        ((90, 90, 95), (180, 180, 180), "dark on light"),
        ((235, 235, 235), (50, 60, 45), "light on dark"),
        ((255, 255, 255), (0, 0, 0), "light on dark"),
        ((160, 160, 160), (20, 20, 20), "light on dark"),
    ],
)
def test_either_polarity_is_told_and_comes_out_the_same(ink, paper, polarity):
    image = page_of(*ROWS, ink=ink, paper=paper)
    contrast = contrast_of(image)
    assert even_light(mix_channels(image))[3] == polarity
    assert contrast[INK].mean() > 10 * max(contrast[FAR].mean(), 1)


@pytest.mark.parametrize("share", [0.5, 0.2, 0.1])
def test_a_picture_taken_in_the_dark_is_brightened_and_its_brightness_told(share):
    image = page_of(*ROWS)
    dark = (image * share).astype(np.uint8)
    assert even_light(mix_channels(dark))[3] == "dark on light"
    assert even_light(mix_channels(dark))[4] == pytest.approx(share * even_light(mix_channels(image))[4], rel=0.1)
    assert np.abs(contrast_of(dark)[INK].astype(float) - contrast_of(image)[INK]).mean() < 30


def test_the_grain_of_a_picture_taken_in_the_dark_is_smoothed_away():
    dark = np.clip(page_of(*ROWS) * 0.07 + np.random.default_rng(5).normal(0, 1, (*INK.shape, 3)), 0, 255)
    contrast = contrast_of(dark.astype(np.uint8))
    assert contrast[FAR].std() < 0.02 * np.median(contrast[INK])


def test_a_board_with_a_little_chalk_is_not_brightened():
    image = np.full((360, 480, 3), 45, np.uint8)
    image[100:130, 100:106] = 230
    assert brighten(mix_channels(image))[1] == 1.0
    assert even_light(mix_channels(image))[3] == "light on dark"


def test_blank_pictures_have_no_polarity_to_speak_of():
    for level in (0, 90, 255):
        grey = np.full((60, 80), level, np.uint8)
        assert not is_light_on_dark(grey, estimate_background(grey))


@pytest.mark.parametrize(
    ("ink", "paper"),
    [
        ((200, 60, 40), (235, 235, 235)),  # blue on white
        ((50, 40, 210), (235, 235, 235)),  # red on white
        ((60, 150, 60), (235, 235, 235)),  # green on white
        ((190, 90, 60), (120, 230, 240)),  # blue on yellow
        ((60, 60, 200), (230, 200, 180)),  # red on light blue
        ((40, 200, 230), (70, 40, 30)),  # yellow chalk on a dark board
    ],
)
def test_coloured_ink_stands_out(ink, paper):
    image = page_of(*ROWS, ink=ink, paper=paper)
    mixed = mix_channels(image).astype(float)
    plain = image @ np.array([0.114, 0.587, 0.299])

    def step(grey: np.ndarray) -> float:
        return abs(float(np.median(grey[INK]) - np.median(grey[FAR])))

    assert step(mixed) >= 0.85 * step(plain)
    assert step(mixed) > 60


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (2, 2), (3, 400), (400, 3)])
def test_narrow_pictures_keep_their_shape(shape):
    image = np.full((*shape, 3), 200, np.uint8)
    assert contrast_of(image).shape == shape


def test_nothing_is_changed_in_place():
    image = add_noise(page_of(*ROWS), 4)
    before = image.copy()
    contrast_of(image)
    assert np.array_equal(image, before)


@given(rows=st.floats(-0.6, 0.6), columns=st.floats(-0.6, 0.6), desk=st.integers(90, 150), left=st.integers(0, 60))
@settings(deadline=None, max_examples=40)
def test_light_that_falls_off_is_leveled_wherever_a_sheet_lies(rows, columns, desk, left):
    """Also where the sheet reaches the picture's edge, and its rim is not all desk."""
    picture = np.full((120, 160), float(desk))
    picture[30:90, left : left + 80] = 220
    down, across = np.mgrid[-1:1:120j, -1:1:160j]
    lit = np.clip(picture * np.exp(rows * down + columns * across), 0, 255)
    leveled = level_light(lit.astype(np.uint8))
    if max(abs(rows), abs(columns)) > 0.2 and left > 20:
        assert leveled is not None
    if leveled is not None and lit.max() < 255:
        is_desk = np.ones(picture.shape, bool)
        is_desk[30:90, left : left + 80] = False
        assert np.ptp(leveled[is_desk].astype(int)) < 0.2 * desk


def test_even_light_is_not_leveled():
    assert level_light(page_of(*ROWS)[::4, ::4, 0]) is None
