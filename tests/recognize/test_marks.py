"""Marks: named by shape and place, whatever their size in pixels."""

import cv2
import numpy as np
import pytest

from preprocess.pieces import BODY_PX, Piece
from recognize.marks import find_slashes, name_marks


def full(left: int, top: int, width: int, height: int) -> list[Piece]:
    """A mark that is all ink."""
    return [Piece(left, top, np.full((height, width), 255, np.uint8), left)]


def stroke(lean_px: int, height: int = BODY_PX + 6, pen_px: int = 5, bow_px: int = 0) -> list[Piece]:
    """A stroke from the left foot to the right head, or a bow."""
    ink = np.zeros((height + 8, abs(lean_px) + abs(bow_px) + 16), np.uint8)
    foot, head = (8, height), (8 + lean_px, 4)
    middle = (foot[0] + head[0]) // 2 + bow_px, (foot[1] + head[1]) // 2
    cv2.polylines(ink, [np.array([foot, middle, head], np.int32)], False, 255, pen_px, cv2.LINE_AA)
    return [Piece(0, 0, ink, 0)]


@pytest.mark.parametrize(
    ("groups", "name"),
    [
        ([], ""),
        ([full(30, 40, 7, 7)], "."),
        ([full(30, 40, 6, 14)], ","),
        ([full(30, 20, 20, 5)], "-"),
        ([full(30, 8, 7, 7), full(30, 36, 7, 7)], ":"),
        ([full(31, 36, 7, 7), full(30, 8, 7, 7)], ":"),
        ([full(30, 14, 20, 4), full(30, 28, 20, 4)], "="),
        ([full(30, 3, 7, 7)], ""),
        ([full(30, 3, 7, 7), full(60, 36, 7, 7)], "."),
        ([full(30, 45, 2, 2)], ""),
        ([stroke(22)], "/"),
    ],
    ids=[
        "none",
        "dot",
        "comma",
        "dash",
        "colon",
        "colon, lower first",
        "equals",
        "high dot",
        "apart",
        "speck",
        "slash",
    ],
)
def test_marks_are_named(groups, name):
    assert name_marks(groups, 0, BODY_PX) == name


def beside(middle: list[Piece], lean_px: int = 0) -> list[Piece]:
    """Stand pieces between two digits that lean."""
    (one,) = middle
    (digit,) = stroke(lean_px, height=BODY_PX - 8, bow_px=14)
    moved = Piece(40, 0, one.ink, 1)
    return [digit, moved, Piece(90, 0, digit.ink, 2)]


@pytest.mark.parametrize("digits_lean_px", [-14, 0, 10])
@pytest.mark.parametrize("pen_px", [3, 6])
def test_a_straight_stroke_that_leans_more_than_the_others_is_a_slash(digits_lean_px, pen_px):
    assert find_slashes(beside(stroke(digits_lean_px + 26, pen_px=pen_px), digits_lean_px)) == {1}


@pytest.mark.parametrize(
    "middle",
    [
        stroke(0),
        stroke(6),
        stroke(-24),
        stroke(20, height=24),
        stroke(20, bow_px=16),
        full(0, 0, 30, 60),
        full(0, 0, 4, 9),
    ],
    ids=["upright", "hardly leaning", "backwards", "low", "bent", "block", "dot"],
)
def test_other_ink_is_no_slash(middle):
    assert not find_slashes(beside(middle))


def test_what_leans_as_all_others_do_is_a_1():
    assert not find_slashes(beside(stroke(26), 20))


@pytest.mark.parametrize("side", [0, 2])
def test_what_stands_beside_a_mark_is_a_1(side):
    pieces = beside(stroke(26))
    (dot,) = full(pieces[side].left, BODY_PX - 6, 6, 6)
    assert find_slashes(pieces) == {1}
    pieces[side] = Piece(dot.left, dot.top, dot.ink, side)
    assert not find_slashes(pieces)


def test_a_slash_stands_between_digits():
    slash = stroke(26)
    assert not find_slashes(slash)
    assert not find_slashes([*slash, *beside(slash)[1:]][:1])
