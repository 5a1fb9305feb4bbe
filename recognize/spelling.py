"""Spelling: a number as it is written, with the marks between its digits."""

from preprocess.pieces import BODY_PX, Piece, span_box
from recognize.lattice import Segment
from recognize.reading import Digit


def trim(segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
    """Leave out what stands before the first digit and after the last: borders, dashes, currency signs."""
    digits = [place for place, segment in enumerate(segments) if segment.kind == "digit"]
    return segments[digits[0] : digits[-1] + 1] if digits else ()


def spell(segments: tuple[Segment, ...], read: list[tuple[Segment, Digit]], pieces: tuple[Piece, ...]) -> str:
    """Write the number with the marks between its digits."""
    digits = {id(segment): digit.value or "?" for segment, digit in read}
    return "".join(
        digits[id(segment)] if id(segment) in digits else _name_mark(segment, pieces) for segment in segments
    )


def _name_mark(segment: Segment, pieces: tuple[Piece, ...]) -> str:
    """Name a small mark between digits by its place and shape: a dash, a dot on the line, or nothing at all."""
    left, top, right, bottom = span_box(pieces[segment.start : segment.stop])
    width, height, middle = right - left, bottom - top, (top + bottom) / 2
    _, first, _, last = span_box(pieces)
    if width > 1.8 * height and width > 0.25 * BODY_PX:
        return "-"
    # Specks of paper are smaller than a pen's dot.
    return "." if middle > first + 0.6 * (last - first) and height > 0.08 * BODY_PX else ""
