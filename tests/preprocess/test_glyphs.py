"""Glyphs: cuts lose no ink, run along the cheapest seams, and one of them is where two digits touch."""

import itertools

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from preprocess.cuts import DRIFT_COST, _cheapest_paths, _lay_out, cut_glyphs, find_seams
from preprocess.glyphs import find_glyphs, make_runs, straighten
from preprocess.pieces import (
    BODY_PX,
    LOWEST_SPAN,
    MOST_PIECES,
    TALLEST_SPAN,
    WIDEST_SPAN,
    Piece,
    Run,
    join,
    span_box,
    spans_of,
)
from tests.preprocess.drawn import SHAPES, ink_of

small_inks = st.lists(hnp.arrays(np.uint8, st.tuples(st.integers(1, 7), st.integers(1, 6))), min_size=1, max_size=3)
# As large as what is cut in earnest.
large_inks = st.lists(
    st.tuples(st.integers(20, 60), st.integers(20, 90), st.integers(0, 2**31)).map(
        lambda size: cv2.GaussianBlur(
            np.random.default_rng(size[2]).integers(0, 2, size[:2]).astype(np.uint8) * np.uint8(255), (7, 7), 0
        )
    ),
    min_size=1,
    max_size=4,
)


def blobs(*spots: tuple[int, int, int, int]) -> tuple[Piece, ...]:
    """Pieces of full ink: (left, top, width, height) each."""
    return tuple(Piece(x, y, np.full((h, w), 255, np.uint8), i) for i, (x, y, w, h) in enumerate(spots))


def cheapest_by_force(ink: np.ndarray, end: int) -> float:
    """Cost of the cheapest path from the first row, ink 0-1, to column `end` of the last, by trying all of them."""
    height, width = ink.shape
    costs = []
    for moves in itertools.product((-1, 0, 1), repeat=height - 1):
        columns = end - np.array([sum(moves[y:]) for y in range(height)])
        if columns.min() >= 0 and columns.max() < width:
            costs.append(ink[np.arange(height), columns].sum() + DRIFT_COST * np.count_nonzero(moves))
    return min(costs)


def cheapest_by_table(ink: np.ndarray) -> np.ndarray:
    """Cost of the cheapest path to each column of the last row, one cell at a time."""
    total = ink[0]
    for row in ink[1:]:
        around = np.concatenate([[np.inf], total, [np.inf]])
        total = row + np.minimum(total, np.minimum(around[:-2], around[2:]) + DRIFT_COST)
    return total


@given(small_inks)
@settings(max_examples=40, deadline=None)
def test_the_cheapest_paths_cost_what_brute_force_finds(inks):
    strip, starts = _lay_out(inks)
    strip = strip[: max(len(ink) for ink in inks)]
    _paths, costs = _cheapest_paths(strip)
    for ink, start in zip(inks, starts, strict=True):
        laid = strip[:, start : start + ink.shape[1]]
        for end in range(ink.shape[1]):
            assert costs[start + end] == pytest.approx(cheapest_by_force(laid, end), abs=1e-4)


@given(large_inks)
@settings(max_examples=20, deadline=None)
def test_the_cheapest_paths_cost_what_a_plain_table_says(inks):
    strip, starts = _lay_out(inks)
    _, costs = _cheapest_paths(strip)
    for ink, start in zip(inks, starts, strict=True):
        own = slice(start, start + ink.shape[1])
        assert np.allclose(costs[own], cheapest_by_table(strip[:, own]), atol=1e-3)


@given(large_inks)
@settings(max_examples=20, deadline=None)
def test_a_path_costs_the_ink_it_crosses_and_never_jumps(inks):
    strip, starts = _lay_out(inks)
    paths, costs = _cheapest_paths(strip)
    rows = np.arange(len(strip))
    for ink, start in zip(inks, starts, strict=True):
        for end in range(start, start + ink.shape[1]):
            steps = np.diff(paths[:, end])
            assert abs(steps).max(initial=0) <= 1
            crossed = strip[rows, paths[:, end]].sum() + DRIFT_COST * np.count_nonzero(steps)
            assert costs[end] == pytest.approx(crossed, abs=1e-2)


@given(large_inks)
@settings(max_examples=30, deadline=None)
def test_cuts_lose_no_ink_and_double_none(inks):
    for ink, parts in zip(inks, cut_glyphs(inks), strict=True):
        assert np.array_equal(np.sum(parts, axis=0), ink)
        assert all(part.shape == ink.shape and part.any() for part in parts) or not ink.any()


@given(large_inks)
@settings(max_examples=30, deadline=None)
def test_seams_stand_in_order_and_do_not_depend_on_the_neighbours(inks):
    together = find_seams(inks)
    for ink, seams in zip(inks, together, strict=True):
        assert (np.diff(seams, axis=0) >= 0).all()
        assert np.array_equal(seams, find_seams([ink])[0])


@given(st.lists(st.sampled_from(sorted(SHAPES)), min_size=1, max_size=4), st.sampled_from([0.55, 0.62, 0.95]))
@settings(max_examples=30, deadline=None)
def test_the_pieces_of_a_number_hold_all_of_its_ink(digits, pitch):
    ink = ink_of("".join(digits), BODY_PX, 5, pitch)
    run = make_runs([ink], [(0, 0)], [BODY_PX])[0]
    # Shearing keeps areas; what is fainter than the soft edge may go.
    assert sum(piece.mass for piece in run.pieces) == pytest.approx(ink.sum() / 255, rel=0.05)


@given(st.lists(st.sampled_from(sorted(SHAPES)), min_size=1, max_size=3))
@settings(max_examples=20, deadline=None)
def test_pieces_joined_again_are_what_was_cut(digits):
    for glyph in find_glyphs(ink_of("".join(digits), BODY_PX, 5, 0.55)):
        parts = cut_glyphs([glyph.ink])[0]
        pieces = []
        for part in parts:
            x, y, w, h = cv2.boundingRect(part)
            pieces.append(Piece(x, y, part[y : y + h, x : x + w], 0))
        x, y, w, h = cv2.boundingRect(glyph.ink)
        assert np.array_equal(join(pieces), glyph.ink[y : y + h, x : x + w])


def touching(text: str) -> tuple[np.ndarray, np.ndarray]:
    """Two digits moved together until they touch: their ink, and the first one's alone."""
    for pitch in np.arange(1.2, 0.05, -0.01):
        ink = ink_of(text, BODY_PX, 3, pitch, margin=4)
        if len(find_glyphs(ink)) == 1:
            break
    first = ink_of(text[0], BODY_PX, 3, margin=4)
    alone = np.zeros_like(ink)
    alone[:, : first.shape[1]] = first[:, : ink.shape[1]]
    return ink, alone


def divides(seam: np.ndarray, ink: np.ndarray, first: np.ndarray) -> bool:
    """Whether a seam leaves nearly all of the first digit on its left, and nearly all of the other on its right."""
    left = np.arange(ink.shape[1]) < seam[:, None]
    ink, first = ink.astype(float), first > 100
    return bool(
        (ink * left)[first].sum() > 0.9 * ink[first].sum() and (ink * left)[~first].sum() < 0.1 * ink[~first].sum()
    )


def test_touching_digits_get_a_cut_where_they_touch():
    missed = []
    for pair in itertools.product(SHAPES, repeat=2):
        ink, first = touching("".join(pair))
        glyph = find_glyphs(ink)[0]
        window = np.s_[glyph.top : glyph.top + glyph.ink.shape[0], glyph.left : glyph.left + glyph.ink.shape[1]]
        seams = find_seams([glyph.ink])[0]
        if not any(divides(seam, glyph.ink, first[window]) for seam in seams):
            missed.append("".join(pair))
    # Strokes that run side by side for long, as those of 11 do, are wider together than any cut may be.
    assert len(missed) <= 7, missed


def test_digits_apart_are_pieces_of_different_components():
    run = make_runs([ink_of("1711", BODY_PX, 5)], [(0, 0)], [BODY_PX])[0]
    assert len({piece.component for piece in run.pieces}) == 4
    middles = [piece.box[0] + piece.box[2] for piece in run.pieces]
    assert middles == sorted(middles)


@pytest.mark.parametrize("height", [20, 48, 110, 300])
def test_a_run_stands_at_one_size_and_knows_the_way_back(height):
    ink = ink_of("407", height, max(2, height // 10))
    run = make_runs([ink], [(300, 200)], [height])[0]
    left, top, right, bottom = span_box(run.pieces)
    assert bottom - top == pytest.approx(BODY_PX, abs=0.25 * BODY_PX)
    corners = run.to_page @ np.array([[left, right], [top, bottom], [1, 1]])
    rows = np.flatnonzero(ink.max(axis=1) > 100)
    assert corners[1] == pytest.approx([200 + rows[0], 200 + rows[-1] + 1], abs=max(2.5, 0.06 * height))


@pytest.mark.parametrize("slant", [-0.5, 0.0, 0.5])
@pytest.mark.parametrize("scale", [0.2, 0.5, 1.0, 2.5])
def test_straighten_says_where_each_pixel_went(slant, scale):
    ink = np.zeros((200, 160), np.uint8)
    cv2.circle(ink, (60, 150), 12, 255, -1)
    straight, matrix = straighten(ink, slant, scale)
    rows, columns = np.nonzero(straight > 127)
    went = matrix @ [60, 150, 1]
    assert np.hypot(columns.mean() - went[0], rows.mean() - went[1]) < 1.5
    assert straight.sum() / 255 == pytest.approx((ink.sum() / 255) * scale**2, rel=0.12)


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
        assert bottom - top >= LOWEST_SPAN * BODY_PX
        assert stop == start + 1 or (right - left <= WIDEST_SPAN * BODY_PX and bottom - top <= TALLEST_SPAN * BODY_PX)


def test_each_piece_that_is_tall_enough_is_a_span_of_its_own():
    pieces = blobs((0, 0, 400, BODY_PX), (410, 0, 8, BODY_PX), (430, BODY_PX - 4, 4, 4))
    singles = [(start, stop) for start, stop in spans_of(pieces) if stop == start + 1]
    assert singles == [(0, 1), (1, 2)], "a wide one is offered, a dot is not"


def test_no_pieces_have_no_spans():
    assert spans_of([]) == []


def test_joined_pieces_keep_their_places():
    joined = join(blobs((10, 5, 3, 4), (15, 2, 2, 2)))
    assert joined.shape == (7, 7)
    assert joined[3:7, 0:3].all()
    assert joined[0:2, 5:7].all()
    assert joined.sum() == 255 * (12 + 4)


@pytest.mark.parametrize("ink", [np.zeros((40, 50), np.uint8), np.zeros((1, 1), np.uint8)], ids=["empty", "1x1"])
def test_ink_without_strokes_makes_a_run_without_pieces(ink):
    run = make_runs([ink], [(0, 0)], [20.0])[0]
    assert isinstance(run, Run)
    assert run.pieces == ()
    assert make_runs([], [], []) == []
