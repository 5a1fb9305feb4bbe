"""Tables: what was read and corrected, as rows of a table, and these as CSV, JSON and XLSX."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from recognize.reading import Box, Number
from web.answers import describe
from web.batch import Result
from web.corrections import NO_DIGIT, NO_NUMBER, apply

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What makes a spreadsheet take a cell for a formula (OWASP, "CSV Injection").
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
# A spreadsheet counts with 15 digits; what has more is kept as it is written.
LONGEST_COUNTED = 15
# What XML cannot hold, and what a spreadsheet's cell cannot.
LONGEST_CELL = 32_000
WIDE, NARROW = 28, 12
Cell = str | int | float | None


@dataclass(frozen=True)
class Row:
    """One number, or a picture without any.

    Parameters
    ----------
    source : str
        Name of the picture.
    place : int
        Which of its numbers, from 1; 0 for a picture without any.
    number : str
        What counts: as corrected, or as read.
    read : str
        What was read; "?" for a digit that was refused.
    corrected : str
        What a person says that it is, `NO_NUMBER` where it is none; empty where nobody said anything.
    raw : str
        As it is written, with the marks between the digits.
    confidence : float or None
        0-1, of what was read.
    left, top, right, bottom : int or None
        Box, px of the picture; right and bottom exclusive.
    note : str
        Why there is no number.
    """

    source: str
    place: int
    number: str = ""
    read: str = ""
    corrected: str = ""
    raw: str = ""
    confidence: float | None = None
    left: int | None = None
    top: int | None = None
    right: int | None = None
    bottom: int | None = None
    note: str = ""


COLUMNS = tuple(field.name for field in fields(Row))
Labels = Mapping[Box, str]


def make_rows(results: Iterable[tuple[Result, Labels]]) -> list[Row]:
    """Make the rows of many pictures, each with what was said of its digits."""
    return [row for result, labels in results for row in _rows_of(result, labels)]


def _rows_of(result: Result, labels: Labels) -> list[Row]:
    if result.reading is None:
        return [Row(result.name, 0, note=str(result.error))]
    rows = [_row(result.name, place, number, labels) for place, number in enumerate(result.reading.numbers, 1)]
    return rows or [Row(result.name, 0, note="No number was found.")]


def _row(source: str, place: int, number: Number, labels: Labels) -> Row:
    corrected = apply(number, labels)
    counts = number.text if corrected is None else "" if corrected == NO_NUMBER else corrected
    return Row(
        source, place, counts, number.text, corrected or "", number.raw, round(number.confidence, 4), *number.box
    )


def to_csv(rows: Sequence[Row]) -> bytes:
    """Write rows as CSV: UTF-8 with the mark by which spreadsheets know it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([[_harmless(value) for value in astuple(row)] for row in rows])
    return text.getvalue().encode("utf-8-sig", "backslashreplace")


def _harmless(value: Cell) -> Cell:
    """Put an apostrophe before text that a spreadsheet would take for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def to_json(results: Iterable[tuple[Result, Labels]]) -> bytes:
    """Write results as JSON: a list with what ``python pipeline.py --json`` says of each, and with the corrections.

    A corrected number has "corrected", the text that a person gave it, and so has each of its corrected digits;
    empty text is for what is none.
    """
    lines = [json.dumps(_to_dict(result, labels), ensure_ascii=False) for result, labels in results]
    return ("[\n" + ",\n".join(lines) + "\n]\n").encode("utf-8", "backslashreplace")


def _to_dict(result: Result, labels: Labels) -> dict[str, Any]:
    if result.reading is None:
        assert result.error is not None
        return describe(result.error, result.name)
    data = result.reading.to_dict()
    for number, told in zip(result.reading.numbers, data["numbers"], strict=True):
        corrected = apply(number, labels)
        if corrected is not None:
            told["corrected"] = NO_DIGIT if corrected == NO_NUMBER else corrected
        for digit, digit_told in zip(number.digits, told["digits"], strict=True):
            if digit.box in labels:
                digit_told["corrected"] = labels[digit.box]
    return data


def to_xlsx(rows: Sequence[Row]) -> bytes:
    """Write rows as a sheet of XLSX; text is text there, and numbers that a spreadsheet can hold are numbers."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Numbers")
    sheet.freeze_panes = "A2"
    for place, name in enumerate(COLUMNS):
        sheet.column_dimensions[chr(ord("A") + place)].width = WIDE if name in ("source", "note") else NARROW
    heads = [_text_cell(sheet, name) for name in COLUMNS]
    for head in heads:
        head.font = Font(bold=True)
    sheet.append(heads)
    for row in rows:
        sheet.append([_cell(sheet, name, value) for name, value in zip(COLUMNS, astuple(row), strict=True)])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _cell(sheet: Any, column: str, value: Cell) -> Any:
    if column == "number" and isinstance(value, str) and _is_counted(value):
        return int(value)
    return _text_cell(sheet, value) if isinstance(value, str) else value


def _is_counted(text: str) -> bool:
    """Tell a number that stays the same as a spreadsheet's number: 0071 and 40?1 do not."""
    return text.isdecimal() and len(text) <= LONGEST_COUNTED and str(int(text)) == text


def _text_cell(sheet: Any, text: str) -> Any:
    """Make a cell that is text, whatever it begins with."""
    safe = "".join(c for c in text if c.isprintable() and not "\ud800" <= c <= "\udfff")[:LONGEST_CELL]
    cell = WriteOnlyCell(sheet, safe)
    cell.data_type = "s"
    # So that it stays text where somebody edits it.
    cell.quotePrefix = safe.startswith(FORMULA)
    return cell
