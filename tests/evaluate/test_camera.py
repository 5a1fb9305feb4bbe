"""Camera: pictures are shrunk, turned and dimmed as asked for, and not otherwise."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.frame import Frame
from evaluate.camera import AS_IT_IS, Camera, ThroughCamera


@pytest.mark.parametrize(("size", "read"), [((1200, 900), (64, 48)), ((900, 1200), (48, 64)), ((40, 30), (40, 30))])
def test_what_is_longer_than_asked_for_is_shrunk_first(tmp_path, size, read):
    cv2.imwrite(str(tmp_path / "a.png"), np.full((*size, 3), 90, np.uint8))
    seen = []
    reader = ThroughCamera(SimpleNamespace(read=seen.append), Camera(64))
    reader.read(tmp_path / "a.png")
    reader.read(Frame(np.full((*size, 3), 90, np.uint8)))
    assert [frame.image.shape for frame in seen] == [(*read, 3)] * 2
    assert all((frame.image == 90).all() for frame in seen)


@given(st.floats(-45, 45), st.integers(30, 169), st.integers(30, 89))
@settings(max_examples=30, deadline=None)
def test_nothing_is_lost_by_turning(degrees, x, y):
    image = np.zeros((120, 200, 3), np.uint8)
    image[y - 3 : y + 4, x - 3 : x + 4] = 255
    turned = Camera(turned_deg=degrees).take(image)
    assert float(turned.sum()) == pytest.approx(float(image.sum()), rel=0.1)
    rows, columns = np.nonzero(turned[..., 0] > 127)
    centre = np.array(turned.shape[1::-1]) / 2
    # Anticlockwise, with y downwards.
    angle, (right, down) = np.deg2rad(degrees), (x - 99.5, y - 59.5)
    wanted = (
        right * np.cos(angle) + down * np.sin(angle) + centre[0] - 0.5,
        down * np.cos(angle) - right * np.sin(angle) + centre[1] - 0.5,
    )
    assert (columns.mean(), rows.mean()) == pytest.approx(wanted, abs=1)


def test_light_falls_off_to_the_right():
    lit = Camera(falls_to=0.5).take(np.full((20, 101, 3), 200, np.uint8))
    assert (lit[:, 0] == 200).all()
    assert (lit[:, -1] == 100).all()
    assert (np.diff(lit[0, :, 0].astype(int)) <= 0).all()


@pytest.mark.parametrize("share", [0.4, 0.1])
def test_contrast_is_lost_about_a_middle_grey(share):
    image = np.dstack([np.arange(256, dtype=np.uint8).reshape(16, 16)] * 3)
    pale = Camera(contrast=share).take(image).astype(float)
    assert np.abs(pale - 128 - share * (image.astype(float) - 128)).max() <= 1


@pytest.mark.parametrize("zoom", [0.5, 0.85, 1.4])
def test_all_pictures_are_made_larger_or_smaller_and_then_no_longer_than_asked(zoom):
    image = np.random.default_rng(1).integers(0, 256, (80, 120, 3), np.uint8)
    assert Camera(zoom=zoom).take(image).shape == (round(80 * zoom), round(120 * zoom), 3)
    assert max(Camera(90, zoom=zoom).take(image).shape) == min(90, round(120 * zoom))


@pytest.mark.parametrize("gamma", [0.5, 2.0])
def test_gamma_leaves_black_and_white_and_the_order_of_greys(gamma):
    grey = Camera(gamma=gamma).take(np.dstack([np.arange(256, dtype=np.uint8)[None]] * 3))[0, :, 0].astype(int)
    assert (grey[0], grey[255]) == (0, 255)
    assert (np.diff(grey) >= 0).all()
    assert (grey[128] > 128) == (gamma < 1)


def test_a_camera_says_what_it_does():
    assert str(AS_IT_IS) == ""
    told = "640 px, turned -6 degrees, light falling to 0.6, contrast 0.4, zoom 1.4, gamma 2"
    assert str(Camera(640, -6, 0.6, 0.4, 1.4, 2)) == told
