"""View: as coarse as the pen allows, and never so coarse that a stroke is lost or a box is moved."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocess.light import mix_channels
from preprocess.lines import find_components
from preprocess.view import (
    ABOUT,
    LARGEST_ZOOM,
    LONGEST_SIDE_PX,
    SMALLEST_BODY_PX,
    View,
    choose_step,
    even_light,
    fit_grey,
    has_thin_strokes,
    look_at,
    look_closely,
    shrink_wholly,
    typical_height,
)
from tests.preprocess.drawn import page_of, shadow, write

ROWS = ("407 15", "2 3", "111")
slants = st.floats(0, 180)
shifts = st.floats(0, 1)


def strokes(width_px: float, degrees: float, shift_px: float, side: int = 160) -> np.ndarray:
    """Parallel strokes of exactly that width: uint8 (side, side), 255 = ink."""
    rows, columns = np.mgrid[:side, :side] - side / 2 - shift_px
    turn = np.deg2rad(degrees)
    along = columns * np.cos(turn) + rows * np.sin(turn)
    across = rows * np.cos(turn) - columns * np.sin(turn)
    drawn = (np.abs((across + 10) % 20 - 10) <= width_px / 2) & (np.abs(along) <= 0.35 * side)
    return drawn.astype(np.uint8) * 255


def screen(pen: int, **options: object) -> np.ndarray:
    """A page as most cameras have it."""
    return page_of(*ROWS, size=(720, 1280), height=90, pen=pen, **options)  # type: ignore[arg-type]


def boxes_in_frame(view: View) -> np.ndarray:
    """Boxes of what is written, px of the frame: (n, 4), from left to right in each row."""
    found = find_components(view.mask)
    boxes = found.boxes[found.areas > 20] * view.to_frame[[0, 1, 0, 1], [0, 1, 0, 1]]
    return boxes[np.lexsort((boxes[:, 0], boxes[:, 1] // 80))]


# --- how wide the pen is


@given(st.floats(1, 1.95), slants, shifts)
@settings(max_examples=60, deadline=None)
def test_strokes_of_a_fine_pen_are_thin_whichever_way_they_run(width, degrees, shift):
    assert has_thin_strokes(strokes(width, degrees, shift))


@given(st.floats(4, 10), slants, shifts)
@settings(max_examples=60, deadline=None)
def test_strokes_of_a_wide_pen_are_not(width, degrees, shift):
    assert not has_thin_strokes(strokes(width, degrees, shift))


@pytest.mark.parametrize("degrees", [0, 20, 45, 70, 90, 135])
def test_a_blot_does_not_hide_the_fine_strokes_beside_it(degrees):
    fine = strokes(1.2, degrees, 0.3)
    blotted = np.zeros((160, 420), np.uint8)
    blotted[:, :160] = fine
    blotted[10:150, 200:400] = 255
    assert np.count_nonzero(blotted) > 20 * np.count_nonzero(fine)
    assert has_thin_strokes(blotted)
    blotted[:, :160] = strokes(5, degrees, 0.3)
    assert not has_thin_strokes(blotted)


@pytest.mark.parametrize("shape", [(1, 1), (1, 80), (60, 80)])
def test_where_there_is_no_ink_there_are_no_thin_strokes(shape):
    assert not has_thin_strokes(np.zeros(shape, np.uint8))


# --- coarsely or closely


@pytest.mark.parametrize(("pen", "shape"), [(1, (720, 1280)), (5, (360, 640)), (9, (360, 640))])
def test_a_wide_pen_is_looked_at_coarsely_and_a_fine_one_closely(pen, shape):
    view = look_at(screen(pen))
    for picture in (view.grey, view.contrast, view.ink, view.mask, view.faint):
        assert (picture.shape, picture.dtype) == (shape, np.uint8)
    assert view.to_frame @ [shape[1], shape[0], 1] == pytest.approx([1280, 720, 1])


def test_a_small_picture_is_not_looked_at_coarsely():
    image = page_of("407", size=(300, 560), pen=9)
    view, close = look_at(image), look_closely(*fit_grey(image))
    assert view.to_frame[0, 0] == 1 / 2
    assert np.array_equal(view.mask, close.mask)
    assert np.array_equal(view.to_frame, close.to_frame)


@pytest.mark.parametrize(("height", "zoom"), [(60, 1), (34, 1), (17, 2)])
def test_a_webcams_frame_is_zoomed_where_its_writing_is_low(height, zoom):
    image = page_of("407", "15", size=(480, 640), height=height, pen=3)
    assert 1 / look_at(image).to_frame[0, 0] == zoom


def test_a_strip_is_no_webcams_frame():
    assert look_at(page_of("407", "15", size=(80, 640), height=34, pen=3)).to_frame[0, 0] == 1 / 1.5


@pytest.mark.parametrize("size", [(480, 640), (600, 800)])
def test_what_is_known_to_be_low_and_what_has_nothing_on_it_are_zoomed_by_half(size):
    written, bare = page_of("407", "15", size=size, height=60, pen=5), page_of(size=size)
    assert 1 / look_at(written, closely=True).to_frame[0, 0] == 1.5
    assert 1 / look_at(bare).to_frame[0, 0] == 1.5


@pytest.mark.parametrize("pen", [5, 9, 13])
@pytest.mark.parametrize("light", ["even", "noise", "shadow", "board"])
def test_what_is_written_is_found_where_a_closer_look_finds_it(pen, light):
    image = screen(pen, noise=3.0 if light == "noise" else 0.0)
    if light == "shadow":
        image = (image * shadow(image.shape)).astype(np.uint8)
    if light == "board":
        image = 255 - image
    view, close = look_at(image), look_closely(*fit_grey(image))
    assert len(view.grey) < len(close.grey)
    found, expected = boxes_in_frame(view), boxes_in_frame(close)
    assert len(found) == len(expected) == 10
    assert np.abs(found - expected).max() <= 3


@pytest.mark.parametrize("pen", [1, 9])
def test_the_frame_is_not_changed(pen):
    image = screen(pen, noise=2.0)
    before = image.copy()
    look_at(image)
    assert np.array_equal(image, before)


def test_no_ink_is_found_beside_a_sheet():
    image = np.full((480, 640, 3), 60, np.uint8)
    image[90:390, 120:520] = page_of("407", "15", size=(300, 400), noise=2.0)
    write(image, "23", 540, 200, 60, 6, (250, 250, 250))
    view = look_closely(mix_channels(image), np.eye(3))
    assert view.beside is not None
    assert view.mask.any()
    assert not view.mask[view.beside > 0].any()
    assert not view.faint[view.beside > 0].any()


# --- size and light


@pytest.mark.parametrize("shape", [(100, 150), (480, 640), (1000, 3), (2500, 3333), (3000, 4000)])
def test_sizes_come_back_to_the_frames_edges(shape):
    image, back = fit_grey(np.zeros((*shape, 3), np.uint8))
    corner = back @ [image.shape[1], image.shape[0], 1]
    assert corner[:2] == pytest.approx([shape[1], shape[0]])


def test_what_is_shrunk_by_a_whole_factor_loses_less_than_a_square_at_the_edges():
    image, back = fit_grey(np.zeros((41, 6001, 3), np.uint8))
    assert (back @ [image.shape[1], image.shape[0], 1])[:2].tolist() == [6000, 39]


@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from([1, 2, 3, 4, 6]), st.integers(0, 2**31))
@settings(max_examples=40, deadline=None)
def test_squares_are_averaged(height, width, step, seed):
    image = np.random.default_rng(seed).integers(0, 256, (height * step, width * step, 3), np.uint8)
    wanted = image.reshape(height, step, width, step, 3).mean(axis=(1, 3))
    # Each halving rounds.
    assert np.abs(shrink_wholly(image, step) - wanted).max() <= 1.5


@pytest.mark.parametrize(
    ("longest", "step"), [(4032, 2), (3840, 2), (1920, 1), (2150, 1), (3000, 1), (9000, 4), (7800, 4)]
)
def test_a_whole_factor_is_taken_where_it_comes_near(longest, step):
    assert choose_step(longest, 2000) == step


@given(st.integers(1, 2500), st.integers(1, 60), st.booleans(), st.sampled_from([500, 1000, LONGEST_SIDE_PX]))
@settings(max_examples=40, deadline=None)
def test_large_pictures_come_out_as_asked_for_and_small_ones_are_never_shrunk(long, short, upright, longest):
    fitted, back = fit_grey(np.zeros((long, short, 3) if upright else (short, long, 3), np.uint8), longest)
    before, after = max(long, short), max(fitted.shape[:2])
    assert abs(after - longest) <= ABOUT * longest if before > longest else before <= after <= LARGEST_ZOOM * before
    assert min(fitted.shape) >= 1
    assert np.isfinite(back).all()


def test_a_negative_comes_out_as_the_picture_itself():
    image = page_of("407", "1523")
    grey, background, _, polarity, _ = even_light(mix_channels(image))
    other_grey, other_background, _, other_polarity, _ = even_light(mix_channels(255 - image))
    assert (polarity, other_polarity) == ("dark on light", "light on dark")
    assert np.abs(other_grey.astype(int) - grey).max() <= 1
    assert np.abs(other_background.astype(int) - background).max() <= 1


def test_how_high_writing_is_depends_on_nothing_else():
    height = typical_height(look_at(screen(9)))
    assert height > SMALLEST_BODY_PX
    assert typical_height(look_at(screen(5, noise=3.0))) == pytest.approx(height, abs=3)
    assert typical_height(look_at(page_of())) == 0


@pytest.mark.parametrize(("degrees", "blur"), [(0, 6), (5, 8), (8, 10)])
def test_the_blurred_edge_of_a_sheet_is_no_low_writing(degrees, blur):
    image = np.full((480, 640, 3), 60, np.uint8)
    image[40:440, 120:] = page_of("407", size=(400, 520), height=70, pen=6)
    turn = cv2.getRotationMatrix2D((320, 240), degrees, 1)
    turned = cv2.warpAffine(image, turn, (640, 480), borderMode=cv2.BORDER_REPLICATE)
    view = look_at(cv2.GaussianBlur(turned, (0, 0), blur))
    assert view.to_frame[0, 0] == 1
    assert typical_height(view) > 70


def test_pencil_beside_a_marker_is_not_lost_from_afar():
    image = np.full((1200, 1600, 3), 230, np.uint8)
    ink = np.zeros((1200, 1600), np.uint8)
    write(ink, "4071", 100, 100, 300, 30)
    image[ink > 100] = 30
    fine = np.zeros((1200, 1600), np.uint8)
    for top in (600, 800, 1000):
        write(fine, "2543", 200, top, 90, 2)
    image[fine > 100] = 150
    assert look_at(image).to_frame[0, 0] == 1


def test_channels_are_mixed_before_zooming_as_well_as_after():
    image = page_of("407", ink=(150, 40, 30), noise=2.0)
    grey, _ = fit_grey(image)
    after = mix_channels(cv2.resize(image, grey.shape[::-1], interpolation=cv2.INTER_CUBIC))
    assert max(grey.shape) > max(image.shape)
    assert np.abs(grey.astype(int) - after).mean() < 2


# --- one number alone


def test_a_desk_is_looked_for_around_a_page_and_not_around_a_number():
    image = np.full((480, 640, 3), 70, np.uint8)
    image[90:390, 120:520] = page_of("407", "152", size=(300, 400))
    assert look_at(image).beside is not None
    assert look_at(image, is_page=False).beside is None


@pytest.mark.parametrize(("width", "page", "line"), [(60, 4, 4), (150, 4, 3), (240, 4, 2), (390, 3, 1), (900, 1, 1)])
def test_a_number_alone_is_not_zoomed_as_far_as_a_page(width, page, line):
    image = page_of("1", size=(60, width), height=20)
    zooms = [1 / look_at(image, is_page).to_frame[0, 0] for is_page in (True, False)]
    assert zooms == [page, line]


@pytest.mark.parametrize(
    ("longest", "zoom"), [(1000, 1), (840, 1), (700, 1.5), (640, 1.5), (600, 1.5), (560, 2), (250, 4), (100, 4)]
)
def test_a_small_picture_is_zoomed_to_about_the_size_asked_for(longest, zoom):
    fitted, to_frame = fit_grey(np.zeros((longest // 2, longest, 3), np.uint8))
    assert fitted.shape[1] == longest * zoom
    assert to_frame[0, 0] == pytest.approx(1 / zoom)
