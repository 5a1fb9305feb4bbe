"""Spelling: marks are written only between digits, and named by their place and shape."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocess.pieces import BODY_PX, Piece, Run
from recognize.lattice import NOT_A_DIGIT, Segment, find_path
from recognize.reading import Digit
from recognize.spelling import spell, trim
from tests.recognize.scripted import TALL, digits, page_with, read, run_of

kinds = st.lists(st.sampled_from(["digit", "mark", "junk"]), max_size=8)


def segments_of(*kinds: str) -> tuple[Segment, ...]:
    """One segment for each piece, of that kind."""
    route = find_path((full(0, 0, 26, BODY_PX),), [(0, 1)], np.full((1, NOT_A_DIGIT + 1), 1 / 11))
    assert route is not None
    one = route.segments[0]
    return tuple(replace(one, start=place, stop=place + 1, kind=kind) for place, kind in enumerate(kinds))  # type: ignore[arg-type]


def full(left: int, top: int, width: int, height: int) -> Piece:
    """A piece that is all ink."""
    return Piece(left, top, np.full((height, width), 255, np.uint8), left)


def spell_with(mark: Piece, *values: str | None) -> str:
    """Spell two digits that stand on one foot line, and what stands between them."""
    segments = segments_of("digit", "mark", "digit")
    read = [
        (segments[place], Digit(value, 0.9, (0, 0, 1, 1), reason=None if value else "not sure enough"))
        for place, value in zip((0, 2), values, strict=True)
    ]
    return spell(segments, read, (full(0, 0, 26, BODY_PX), mark, full(60, 0, 26, BODY_PX)))


@given(kinds)
def test_what_is_trimmed_begins_and_ends_with_a_digit_and_loses_none(kinds):
    segments = segments_of(*kinds)
    kept = trim(segments)
    assert [one for one in kept if one.kind == "digit"] == [one for one in segments if one.kind == "digit"]
    assert {one.kind for one in (*kept[:1], *kept[-1:])} <= {"digit"}
    assert [one.start for one in kept] == [*range(kept[0].start, kept[-1].stop)] if kept else "digit" not in kinds


@pytest.mark.parametrize(
    ("mark", "raw"),
    [
        (full(38, 40, 8, 8), "4.7"),  # on the line
        (full(38, 42, 6, 14), "4,7"),  # a comma, below it
        (full(38, 2, 8, 8), "47"),  # too high for a dot
        (full(38, 45, 3, 3), "47"),  # smaller than a pen's dot
        (full(33, 22, 20, 5), "4-7"),  # half way up
        (full(33, 42, 20, 5), "4-7"),  # on the line
        (full(38, 42, 10, 5), "4.7"),  # wide, and too short for a dash
    ],
    ids=["dot", "comma", "high dot", "speck", "dash", "low dash", "wide dot"],
)
def test_a_mark_is_named_by_its_place_and_shape(mark, raw):
    assert spell_with(mark, "4", "7") == raw


def test_a_digit_in_doubt_is_spelt_as_a_question_mark():
    assert spell_with(full(38, 40, 8, 8), "4", None) == "4.?"


def test_marks_between_digits_are_in_raw_and_not_in_text():
    dot = run_of(TALL, (8, 8), TALL)
    assert [(n.text, n.raw) for n in read(page_with([dot]), digits("4_7")).numbers] == [("47", "4.7")]
    dash = Run(
        (
            dot.pieces[0],
            Piece(30, 22, np.full((5, 20), 255, np.uint8), 1),
            Piece(54, 0, np.full((48, 26), 255, np.uint8), 2),
        ),
        dot.to_page,
        dot.height_px,
    )
    assert [(n.text, n.raw) for n in read(page_with([dash]), digits("4_7")).numbers] == [("47", "4-7")]


def test_marks_before_and_after_are_left_out():
    found = read(page_with([run_of((8, 8), TALL, TALL, (8, 8))]), digits("_47_"))
    assert [(n.text, n.raw) for n in found.numbers] == [("47", "47")]
