"""Solid: a disc is no 0, though only its outline differs from its surroundings."""

import cv2
import numpy as np
import pytest

from capture.frame import Frame
from preprocess.page import prepare
from preprocess.solid import is_solid

CENTRE = 150


def picture_of(radius: int, thickness: int, ink: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """A circle on paper in grey, and the component that it may be seen as: its outline alone."""
    grey = np.full((300, 300), 230, np.uint8)
    cv2.circle(grey, (CENTRE, CENTRE), radius, ink, thickness, cv2.LINE_AA)
    outline = np.zeros_like(grey)
    cv2.circle(outline, (CENTRE, CENTRE), radius, 255, max(6, thickness))
    return grey, outline


@pytest.mark.parametrize("radius", [40, 80])
def test_a_disc_is_solid_and_a_ring_is_not(radius):
    assert is_solid(*picture_of(radius, cv2.FILLED))
    assert not is_solid(*picture_of(radius, 8))


@pytest.mark.parametrize("ink", [30, 90, 150])
def test_the_shade_of_the_ink_does_not_matter(ink):
    assert is_solid(*picture_of(60, cv2.FILLED, ink))
    assert not is_solid(*picture_of(60, 8, ink))


def test_a_stroke_without_a_hole_is_not_solid():
    grey = np.full((300, 300), 230, np.uint8)
    cv2.line(grey, (150, 40), (150, 260), 60, 9, cv2.LINE_AA)
    assert not is_solid(grey, cv2.compare(grey, 150, cv2.CMP_LT))


def test_a_page_keeps_rings_and_drops_discs():
    image = np.full((480, 640, 3), 230, np.uint8)
    cv2.circle(image, (180, 240), 90, (50, 50, 50), 12, cv2.LINE_AA)
    cv2.circle(image, (460, 240), 90, (50, 50, 50), cv2.FILLED, cv2.LINE_AA)
    page = prepare(Frame(image))
    xs = [float((page.to_frame @ run.to_page @ [p.left, p.top, 1])[0]) for run in page.runs for p in run.pieces]
    assert xs
    assert max(xs) < 320


def test_a_spike_whose_ink_goes_on_where_its_component_ends_is_solid_and_a_digit_beside_others_is_not():
    grey = np.full((300, 300), 230, np.uint8)
    cv2.fillConvexPoly(grey, np.array([(150, 20), (80, 280), (220, 280)], np.int32), 60, cv2.LINE_AA)
    spike = cv2.compare(grey, 150, cv2.CMP_LT)
    spike[180:] = 0
    nobody = np.zeros_like(grey)
    assert is_solid(grey, spike, nobody)
    # Where what goes on is other ink, it is a neighbour, and where digits fill the picture nobody looks around.
    assert not is_solid(grey, spike, cv2.subtract(cv2.compare(grey, 200, cv2.CMP_LT), spike))
    assert not is_solid(grey, spike)


@pytest.mark.parametrize("thickness", [1, 2])
def test_a_printed_line_around_a_ring_does_not_make_it_solid(thickness):
    grey, outline = picture_of(60, 8)
    for at in (60, 240):
        cv2.line(grey, (0, at), (300, at), 60, thickness, cv2.LINE_AA)
        cv2.line(grey, (at, 0), (at, 300), 60, thickness, cv2.LINE_AA)
    assert not is_solid(grey, outline, np.zeros_like(grey))


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("darkest", [0.7, 0.5, 0.35])
def test_light_that_falls_off_makes_no_stroke_solid_and_no_disc_a_ring(darkest, axis):
    near = np.s_[CENTRE - 80 : CENTRE + 80, CENTRE - 80 : CENTRE + 80]
    falls, nobody = np.expand_dims(np.linspace(1, darkest, 160), 1 - axis), np.zeros((160, 160), np.uint8)
    for thickness in (8, cv2.FILLED):
        grey, outline = (np.ascontiguousarray(picture[near]) for picture in picture_of(60, thickness, ink=90))
        assert is_solid((grey * falls).astype(np.uint8), outline, nobody) == (thickness == cv2.FILLED)
