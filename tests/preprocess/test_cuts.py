"""Cuts: they lose no ink, run along the cheapest seams, and one of them is where two digits touch."""

import itertools

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from preprocess.cuts import (
    CLOSELY,
    DRIFT_COST,
    ROUGHLY,
    _cheapest_paths,
    _lay_out,
    cut_along,
    cut_glyphs,
    find_seams,
    find_valleys,
    run_along,
)
from preprocess.glyphs import find_glyphs
from preprocess.ink import stroke_width
from preprocess.pieces import (
    BODY_PX,
    Piece,
    join,
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


def halves(ink: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The upper half, and the lower one upside down: both end at half height."""
    middle = len(ink) // 2
    return ink[:middle], ink[middle:][::-1]


@given(small_inks)
@settings(max_examples=40, deadline=None)
def test_the_cheapest_paths_cost_what_brute_force_finds(inks):
    strip, corners = _lay_out(inks)
    middle, half = len(strip) // 2, (max(len(ink) for ink in inks) + 1) // 2
    strip = strip[middle - half : middle + half]
    _paths, costs = _cheapest_paths(strip)
    for ink, (_, start) in zip(inks, corners, strict=True):
        laid = strip[:, start : start + ink.shape[1]]
        for column in range(ink.shape[1]):
            expected = sum(cheapest_by_force(part, column) for part in halves(laid))
            assert costs[start + column] == pytest.approx(expected, abs=1e-4)


@given(large_inks)
@settings(max_examples=20, deadline=None)
def test_the_cheapest_paths_cost_what_a_plain_table_says(inks):
    strip, corners = _lay_out(inks)
    _, costs = _cheapest_paths(strip)
    for ink, (top, start) in zip(inks, corners, strict=True):
        own = slice(start, start + ink.shape[1])
        assert np.array_equal(strip[top : top + len(ink), own], ink / np.float32(255))
        expected = sum(cheapest_by_table(part) for part in halves(strip[:, own]))
        assert np.allclose(costs[own], expected, atol=1e-3)


@given(large_inks)
@settings(max_examples=20, deadline=None)
def test_a_path_costs_the_ink_it_crosses_and_never_jumps(inks):
    strip, corners = _lay_out(inks)
    paths, costs = _cheapest_paths(strip)
    rows = np.arange(len(strip))
    for ink, (_, start) in zip(inks, corners, strict=True):
        for column in range(start, start + ink.shape[1]):
            assert paths[len(strip) // 2, column] == column
            steps = np.diff(paths[:, column])
            assert abs(steps).max(initial=0) <= 1
            crossed = strip[rows, paths[:, column]].sum() + DRIFT_COST * np.count_nonzero(steps)
            assert costs[column] == pytest.approx(crossed, abs=1e-2)


@given(large_inks)
@settings(max_examples=30, deadline=None)
def test_cuts_lose_no_ink_and_double_only_walls_along_seams(inks):
    for ink, seams, parts in zip(inks, find_seams(inks, CLOSELY), cut_glyphs(inks, CLOSELY), strict=True):
        assert np.array_equal(np.max(parts, axis=0), ink)
        assert all(part.shape == ink.shape for part in parts)
        doubled = (np.array(parts) > 0).sum(axis=0) > 1
        pen_px = round(stroke_width(ink))
        near = np.zeros(ink.shape, bool)
        for seam in seams:
            near |= np.abs(np.arange(ink.shape[1]) + 0.5 - seam[:, None]) <= pen_px
        assert not (doubled & ~near).any()


@given(large_inks)
@settings(max_examples=30, deadline=None)
def test_seams_stand_in_order_and_do_not_depend_on_the_neighbours(inks):
    together = find_seams(inks, CLOSELY)
    for ink, seams in zip(inks, together, strict=True):
        assert (np.diff(seams, axis=0) >= 0).all()
        assert np.array_equal(seams, find_seams([ink], CLOSELY)[0])


@given(st.lists(st.sampled_from(sorted(SHAPES)), min_size=1, max_size=3))
@settings(max_examples=20, deadline=None)
def test_pieces_joined_again_are_what_was_cut(digits):
    for glyph in find_glyphs(ink_of("".join(digits), BODY_PX, 5, 0.55)):
        parts = cut_glyphs([glyph.ink], CLOSELY)[0]
        pieces = []
        for part in parts:
            x, y, w, h = cv2.boundingRect(part)
            pieces.append(Piece(x, y, part[y : y + h, x : x + w], 0))
        x, y, w, h = cv2.boundingRect(glyph.ink)
        assert np.array_equal(join(pieces), glyph.ink[y : y + h, x : x + w])


def two_rings(overlap_px: int) -> np.ndarray:
    """Two noughts side by side whose walls overlap: uint8 (h, w)."""
    ink = np.zeros((BODY_PX + 8, 2 * BODY_PX), np.uint8)
    for x in (20, 20 + 32 - overlap_px):
        cv2.ellipse(ink, (x, BODY_PX // 2 + 4), (14, BODY_PX // 2 - 2), 0, 0, 360, 255, 4, cv2.LINE_AA)
    return ink


@pytest.mark.parametrize("overlap_px", [1, 2, 3, 4])
def test_two_noughts_that_share_a_wall_are_two_noughts(overlap_px):
    ink = find_glyphs(two_rings(overlap_px))[0].ink
    middle = ink.shape[1] / 2
    valleys = find_valleys(ink)
    assert [abs(seam.mean() - middle) < 4 for seam in valleys] == [True]
    for part in cut_along(ink, valleys):
        # Closed: the paper within cannot be reached from without.
        outside = cv2.copyMakeBorder(255 - part, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=255)
        outside = np.where(outside > 155, 255, 0).astype(np.uint8)
        assert cv2.connectedComponents(outside, connectivity=4)[0] - 1 == 2


@pytest.mark.parametrize("digit", ["0", "1", "7", "3"])
def test_a_digit_alone_has_no_valley_across(digit):
    ink = find_glyphs(ink_of(digit, BODY_PX, 5))[0].ink
    assert len(find_valleys(ink)) == 0


def test_a_seam_across_a_stroke_does_not_run_along_it():
    ink = np.zeros((40, 40), np.uint8)
    ink[18:22] = 255
    ink[:, 30:34] = 255
    assert not run_along(ink, np.full((1, 40), 10), 6).any()
    assert run_along(ink, np.full((1, 40), 32), 6).all()


@given(hnp.arrays(bool, (3, 20)), st.sampled_from([1, 2, 2.5, 3, 5, 19, 30]))
def test_rows_in_ink_are_told_by_how_many_there_are_on_end(inside, least):
    ink = np.zeros((20, 9), np.uint8)
    seams = np.array([[1], [4], [7]]) * np.ones(20, int)
    for seam, rows in zip(seams, inside, strict=True):
        ink[rows, seam[rows]] = 255
    wanted = np.zeros_like(inside)
    for row, told in zip(inside, wanted, strict=True):
        for start, stop in itertools.combinations(range(21), 2):
            told[start:stop] |= row[start:stop].all() and stop - start >= least
    assert np.array_equal(run_along(ink, seams, least), wanted)


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
        seams = find_seams([glyph.ink], CLOSELY)[0]
        if not any(divides(seam, glyph.ink, first[window]) for seam in seams):
            missed.append("".join(pair))
    # Strokes that run side by side for long, as those of 11 do, are wider together than any cut may be.
    assert missed in ([], ["11"])


def test_what_is_no_wider_than_a_digit_is_cut_only_when_looked_at_closely():
    ink = find_glyphs(touching("13")[0])[0].ink
    assert ink.shape[1] < ROUGHLY.narrowest * BODY_PX
    assert len(find_seams([ink], ROUGHLY)[0]) == 0
    assert len(find_seams([ink], CLOSELY)[0]) > 0
