"""Pieces: spans of neighbours that are of a digit's size, and the ink of them."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocess.pieces import (
    BODY_PX,
    LOWEST_RING,
    LOWEST_SPAN,
    LOWEST_SQUAT,
    MOST_PIECES,
    SQUAT_RATIO,
    SQUAT_WIDTH,
    TALLEST_SPAN,
    WIDEST_SPAN,
    Piece,
    join,
    span_box,
    spans_of,
)


def blobs(*spots: tuple[int, int, int, int]) -> tuple[Piece, ...]:
    """Pieces of full ink: (left, top, width, height) each."""
    return tuple(Piece(x, y, np.full((h, w), 255, np.uint8), i) for i, (x, y, w, h) in enumerate(spots))


@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.integers(0, 40), st.integers(1, 60), st.integers(1, 110)),
        min_size=1,
        max_size=8,
    )
)
@settings(max_examples=100, deadline=None)
def test_spans_keep_their_limits(sizes):
    x = 0
    spots = []
    for gap, top, width, height in sizes:
        spots.append((x + gap, top, width, height))
        x += gap + width
    pieces = blobs(*spots)
    spans = spans_of(pieces)
    assert len(spans) == len(set(spans))
    for start, stop in spans:
        left, top, right, bottom = span_box(pieces[start:stop])
        assert 0 <= start < stop <= len(pieces)
        assert stop - start <= MOST_PIECES
        assert bottom - top >= LOWEST_SQUAT * BODY_PX
        assert bottom - top >= LOWEST_SPAN * BODY_PX or (
            SQUAT_WIDTH * BODY_PX <= right - left < SQUAT_RATIO * (bottom - top)
        )
        assert stop == start + 1 or (right - left <= WIDEST_SPAN * BODY_PX and bottom - top <= TALLEST_SPAN * BODY_PX)


def test_each_piece_that_is_tall_enough_is_a_span_of_its_own():
    pieces = blobs((0, 0, 400, BODY_PX), (410, 0, 8, BODY_PX), (430, BODY_PX - 4, 4, 4))
    singles = [(start, stop) for start, stop in spans_of(pieces) if stop == start + 1]
    assert singles == [(0, 1), (1, 2)], "a wide one is offered, a dot is not"


@given(width=st.integers(8, 40), height=st.integers(8, 40), pen_px=st.integers(1, 3))
@settings(max_examples=100, deadline=None)
def test_what_is_low_may_be_a_digit_if_it_is_a_ring(width, height, pen_px):
    ink = np.full((height, width), 255, np.uint8)
    filled = spans_of([Piece(0, 0, ink.copy(), 0)])
    ink[pen_px:-pen_px, pen_px:-pen_px] = 0
    ring = spans_of([Piece(0, 0, ink, 0)])
    assert bool(ring) == (height >= LOWEST_RING * BODY_PX or bool(filled))
    ink[:, width // 2] = 0
    assert spans_of([Piece(0, 0, ink, 0)]) == filled, "one that is open above and below is none"


def test_what_was_cut_from_a_low_chain_of_rings_may_be_a_nought_though_a_cut_left_it_open():
    ring = np.full((12, 20), 255, np.uint8)
    ring[3:-3, 3:-3] = 0
    opened = ring[:, 3:]
    chain = [Piece(0, 0, ring, 0), Piece(20, 0, opened, 0)]
    assert (1, 2) in spans_of(chain)
    assert (1, 2) not in spans_of([chain[0], Piece(20, 0, opened, 1)]), "by itself it may be anything"
    filled = [Piece(0, 0, np.full((12, 20), 255, np.uint8), 0), Piece(22, 0, opened, 0)]
    assert spans_of(filled) == [], "nor where there is no paper inside"


def test_two_tall_components_are_one_span_only_where_they_are_no_wider_than_a_digit():
    near = blobs((0, 0, 28, BODY_PX), (30, 0, 28, BODY_PX))
    far = blobs((0, 0, 32, BODY_PX), (33, 0, 32, BODY_PX), (40, 0, 4, 4))
    assert spans_of(near) == [(0, 1), (0, 2), (1, 2)]
    assert [span for span in spans_of(far) if span[0] == 0] == [(0, 1)]


def test_a_tall_component_and_what_is_low_beside_it_may_be_wide():
    pieces = blobs((0, 0, 40, BODY_PX), (42, 0, 40, BODY_PX // 2))
    assert (0, 2) in spans_of(pieces)


def test_no_pieces_have_no_spans():
    assert spans_of([]) == []


def test_joined_pieces_keep_their_places():
    joined = join(blobs((10, 5, 3, 4), (15, 2, 2, 2)))
    assert joined.shape == (7, 7)
    assert joined[3:7, 0:3].all()
    assert joined[0:2, 5:7].all()
    assert joined.sum() == 255 * (12 + 4)
