"""Spelling: a number as it is written, with the marks between its digits."""

from preprocess.pieces import Piece, span_box
from recognize.lattice import Segment
from recognize.marks import name_marks
from recognize.reading import Digit

DIGITS = ("digit", "unfit")


def trim(segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
    """Leave out what stands before the first digit and after the last: borders, dashes, currency signs."""
    digits = [place for place, segment in enumerate(segments) if segment.kind in DIGITS]
    return segments[digits[0] : digits[-1] + 1] if digits else ()


def spell(segments: tuple[Segment, ...], read: list[tuple[Segment, Digit]], pieces: tuple[Piece, ...]) -> str:
    """Write the number with the marks between its digits: those that are there, or those that are expected there."""
    digits = {id(segment): digit.value or "?" for segment, digit in read}
    _, first, _, last = span_box([piece for one, _ in read for piece in pieces[one.start : one.stop]])
    spelled, marks = "", []
    for segment in segments:
        if id(segment) not in digits:
            marks.append(pieces[segment.start : segment.stop])
            continue
        spelled += (segment.literal or name_marks(marks, first, last)) + digits[id(segment)]
        marks = []
    return spelled
