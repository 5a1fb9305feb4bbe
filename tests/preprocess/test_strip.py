"""Strip: a run's ink at the line reader's size, every piece at its place."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocess.pieces import BODY_PX, Piece, Run
from preprocess.strip import FRAME_PX, HEIGHT_PX, MARGIN_PX, SCALE, displace, to_strip

sizes = st.lists(st.tuples(st.integers(2, 60), st.integers(4, 90), st.integers(0, 40)), min_size=1, max_size=9)


def run_of(sizes: list[tuple[int, int, int]]) -> Run:
    """Full pieces side by side: width, height, and top of each."""
    pieces, x = [], 7
    for number, (width, height, top) in enumerate(sizes):
        pieces.append(Piece(x, top, np.full((height, width), 255, np.uint8), number))
        x += width + 4
    return Run(tuple(pieces), np.eye(3), float(BODY_PX))


@given(sizes)
@settings(max_examples=60, deadline=None)
def test_a_strip_is_of_one_height_and_holds_a_whole_number_of_frames(sizes):
    strip = to_strip(run_of(sizes))
    assert (strip.image.shape[0], strip.image.dtype) == (HEIGHT_PX, np.uint8)
    assert strip.image.shape[1] % FRAME_PX == 0
    assert not strip.image[:, :MARGIN_PX].any()


@given(sizes)
@settings(max_examples=60, deadline=None)
def test_every_piece_has_frames_and_they_stand_in_order(sizes):
    run = run_of(sizes)
    strip = to_strip(run)
    frames = [strip.frames_of(piece) for piece in run.pieces]
    assert all(0 <= start < stop <= strip.image.shape[1] // FRAME_PX for start, stop in frames)
    assert [start for start, _ in frames] == sorted(start for start, _ in frames)


def test_the_ink_is_where_its_columns_say():
    run = run_of([(30, BODY_PX, 0), (30, BODY_PX, 0)])
    strip = to_strip(run)
    for piece in run.pieces:
        left, _, right, _ = piece.box
        first, last = strip.column_of(left), strip.column_of(right)
        assert strip.image[:, int(first) + 1 : int(last)].any(axis=0).all()
        assert last - first == pytest.approx(30 * SCALE)


def test_the_middle_row_holds_the_centre_of_mass():
    strip = to_strip(run_of([(20, BODY_PX, 30)]))
    rows = np.flatnonzero(strip.image.any(axis=1))
    assert abs(rows.mean() - HEIGHT_PX / 2) <= 1


def test_what_is_taller_than_a_strip_is_cut_off_and_not_refused():
    assert to_strip(run_of([(20, 200, 0)])).image.any()


@given(st.floats(-3, 3), st.floats(-3, 3))
@settings(max_examples=60, deadline=None)
def test_a_strip_is_displaced_by_parts_of_a_pixel_too(right_px, down_px):
    image = np.zeros((HEIGHT_PX, 40), np.uint8)
    image[8:24, 12:20] = 255
    moved = displace(image, right_px, down_px)
    assert (moved.shape, moved.dtype) == (image.shape, np.uint8)
    assert np.subtract(middle_of(moved), middle_of(image)) == pytest.approx((right_px, down_px), abs=0.05)
    assert moved.sum(dtype=float) == pytest.approx(image.sum(dtype=float), rel=0.01)


def middle_of(image: np.ndarray) -> tuple[float, float]:
    """Centre of mass: column and row."""
    rows, columns = np.indices(image.shape)
    return float(np.average(columns, weights=image)), float(np.average(rows, weights=image))


def test_what_is_not_displaced_stays_as_it_is():
    image = np.random.default_rng(1).integers(0, 256, (HEIGHT_PX, 40)).astype(np.uint8)
    assert np.array_equal(displace(image, 0.0, 0.0), image)
