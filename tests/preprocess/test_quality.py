"""Quality: brightness, contrast, sharpness and size are what was drawn, whatever the size of the picture."""

import cv2
import numpy as np
import pytest

from capture.frame import Frame
from preprocess.page import prepare
from preprocess.quality import measure_quality
from tests.preprocess.drawn import page_of


def quality_of(image: np.ndarray):
    """Quality that a page of this picture has."""
    return prepare(Frame(image)).quality


@pytest.mark.parametrize("paper", [90, 160, 240])
def test_brightness_is_the_papers(paper):
    assert quality_of(page_of("407", paper=(paper, paper, paper))).brightness == pytest.approx(paper, abs=6)


def test_fainter_ink_has_less_contrast():
    found = [quality_of(page_of("407", paper=(230, 230, 230), ink=(grey, grey, grey))).contrast for grey in (30, 120)]
    assert 0.6 < found[0] <= 1
    assert found[1] == pytest.approx(1 - 120 / 230, abs=0.12)


def test_sharpness_falls_with_blur():
    image = page_of("407", "152")
    found = [
        quality_of(image if not blur else cv2.GaussianBlur(image, (0, 0), blur)).sharpness for blur in (0, 1, 2, 6)
    ]
    assert 1 >= found[0] > 1.3 * found[1] > 1.3 * found[2] > 0
    assert found[3] < 0.1


@pytest.mark.parametrize("zoom", [1, 2, 3])
def test_the_digits_height_is_in_px_of_the_frame(zoom):
    image = page_of("407", "152")
    enlarged = cv2.resize(image, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC)
    plain, large = quality_of(image), quality_of(enlarged)
    assert large.digit_height_px == pytest.approx(zoom * plain.digit_height_px, rel=0.12)


@pytest.mark.parametrize("shape", [(1, 1), (1, 90), (90, 1), (40, 40)])
def test_nothing_written_is_of_no_height(shape):
    empty = np.zeros(shape, np.uint8)
    found = measure_quality(empty, 200.0, empty, 0.0, 1.0)
    assert (found.brightness, found.contrast, found.sharpness, found.digit_height_px) == (200, 0, 0, 0)
