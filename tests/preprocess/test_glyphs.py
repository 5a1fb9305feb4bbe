"""Glyphs: a run stands upright at one size, knows the way back, and holds all of its ink."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocess.cuts import CLOSELY
from preprocess.glyphs import cut_closely, make_runs, straighten
from preprocess.pieces import (
    BODY_PX,
    Run,
    join,
    span_box,
)
from tests.preprocess.drawn import SHAPES, ink_of


@given(st.lists(st.sampled_from(sorted(SHAPES)), min_size=1, max_size=4), st.sampled_from([0.55, 0.62, 0.95]))
@settings(max_examples=30, deadline=None)
def test_the_pieces_of_a_number_hold_all_of_its_ink(digits, pitch):
    ink = ink_of("".join(digits), BODY_PX, 5, pitch)
    run = make_runs([ink], [(0, 0)], [BODY_PX])[0]
    # Shearing keeps areas; what is fainter than the soft edge may go, and shared walls are laid on each other.
    assert join(run.pieces).sum() / 255 == pytest.approx(ink.sum() / 255, rel=0.05)


@given(st.lists(st.sampled_from(sorted(SHAPES)), min_size=1, max_size=4), st.sampled_from([0.4, 0.55, 0.95]))
@settings(max_examples=30, deadline=None)
def test_runs_that_are_cut_again_are_those_that_were_cut_closely_at_once(digits, pitch):
    ink = ink_of("".join(digits), BODY_PX, 5, pitch)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("preprocess.glyphs.ROUGHLY", CLOSELY)
        at_once = make_runs([ink], [(0, 0)], [BODY_PX])[0]
    again = cut_closely(make_runs([ink], [(0, 0)], [BODY_PX]))[0]
    assert np.array_equal(join(again.pieces), join(at_once.pieces))
    assert abs(len(again.pieces) - len(at_once.pieces)) <= 1
    assert {piece.component for piece in again.pieces} == {piece.component for piece in at_once.pieces}


def test_only_the_components_that_are_named_are_cut_again_and_all_else_is_kept():
    ink = ink_of("000", BODY_PX, 5)
    run = make_runs([ink], [(0, 0)], [BODY_PX])[0]
    first, second, third = run.pieces
    (found,) = cut_closely([run], [{second.component}])
    others = [piece for piece in found.pieces if piece is not first and piece is not third]
    assert first in found.pieces
    assert third in found.pieces
    assert len(others) > 1
    assert {piece.component for piece in others} == {second.component}
    assert join(others).sum() == second.ink.sum()


def test_what_no_closer_look_cuts_stays_the_piece_that_it_was():
    run = make_runs([ink_of("1", BODY_PX, 5)], [(0, 0)], [BODY_PX])[0]
    assert cut_closely([run])[0].pieces == run.pieces


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


@pytest.mark.parametrize("ink", [np.zeros((40, 50), np.uint8), np.zeros((1, 1), np.uint8)], ids=["empty", "1x1"])
def test_ink_without_strokes_makes_a_run_without_pieces(ink):
    run = make_runs([ink], [(0, 0)], [20.0])[0]
    assert isinstance(run, Run)
    assert run.pieces == ()
    assert make_runs([], [], []) == []
