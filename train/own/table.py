"""Table: a data set of one's own as a CSV: a label and 784 pixels a line, as MNIST is passed on."""

import warnings
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from errors import ImageTooLarge, UnreadableImage
from preprocess.patch import SIDE_PX
from train.own.entries import Entry, Found, LeftOut, SetLimits

PIXELS = SIDE_PX * SIDE_PX
COLUMNS = 1 + PIXELS
# Room for decimals, quotes and blanks.
LONGEST_LINE = 16 * COLUMNS
LINES_AT_ONCE = 256
LAYOUT_STEP = "Give lines of a label and 784 values from 0 to 255: label,pixel1,...,pixel784."

Line = tuple[int, str]


def read_table(path: Path, limits: SetLimits) -> tuple[int, Iterator[Found]]:
    """List the pictures of a table.

    Returns
    -------
    int
        How many lines there are.
    iterator of Entry or LeftOut
        As they are read; raises ImageTooLarge or UnreadableImage where a line is no table's.

    Raises
    ------
    ImageTooLarge
        If it has more lines or bytes than the limits allow.
    UnreadableImage
        If its first line is no such table's.
    """
    if path.stat().st_size > limits.total_bytes:
        raise ImageTooLarge(f"{path} has more than {limits.total_bytes / 1e6:g} MB.", "Give a part of it.")
    with path.open("rb") as file:
        count = sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
    if count > limits.rows + 1:
        raise ImageTooLarge(f"{path} has more than {limits.rows} lines.", "Give a part of it.")
    lines = _read_lines(path)
    first = next(lines, None)
    if first is None:
        raise UnreadableImage(f"{path} is empty.", LAYOUT_STEP)
    return count, _read_rows(lines if _is_header(first[1], path) else _put_first(first, lines))


def _read_lines(path: Path) -> Iterator[Line]:
    """Give the lines that hold something, with their numbers from 1."""
    with path.open("rb") as file:
        number = 0
        while line := file.readline(LONGEST_LINE + 1):
            number += 1
            if len(line) > LONGEST_LINE:
                raise UnreadableImage(f"Line {number} of {path} is too long for {COLUMNS} values.", LAYOUT_STEP)
            text = line.decode("utf-8-sig" if number == 1 else "utf-8", "replace").strip()
            if text:
                yield number, text


def _put_first(first: Line, rest: Iterable[Line]) -> Iterator[Line]:
    """Put the first line back."""
    yield first
    yield from rest


def _is_header(line: str, path: Path) -> bool:
    """Tell a header from a row of numbers; what is neither is no such table."""
    names = [name.strip().strip('"').casefold() for name in line.split(",")]
    if len(names) != COLUMNS:
        raise UnreadableImage(f"{path} has {len(names)} columns in place of {COLUMNS}.", LAYOUT_STEP)
    if names[0] == "label":
        return True
    if not _is_number(names[0]):
        raise UnreadableImage(f"The first column of {path} is not named label.", LAYOUT_STEP)
    return False


def _is_number(text: str) -> bool:
    """Tell a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def _read_rows(lines: Iterator[Line]) -> Iterator[Found]:
    """Read rows, many at once as long as all are well."""
    while some := list(islice(lines, LINES_AT_ONCE)):
        values = _parse([text for _, text in some])
        if values is not None and values.shape == (len(some), COLUMNS):
            rows = zip(some, values, strict=True)
            yield from (_make_entry(number, row) for (number, _), row in rows)
        else:
            yield from (_read_row(number, text) for number, text in some)


def _read_row(number: int, text: str) -> Found:
    """Read one row, or say what is wrong with it."""
    values = _parse([text])
    if values is None:
        return LeftOut(f"line {number}", "it holds something that is no number")
    if values.shape != (1, COLUMNS):
        return LeftOut(f"line {number}", f"it holds {values.size} values in place of {COLUMNS}")
    return _make_entry(number, values[0])


def _parse(lines: list[str]) -> np.ndarray | None:
    """Parse lines of numbers: float32 (n, m), or None."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return np.loadtxt(lines, np.float32, delimiter=",", comments=None, quotechar='"', ndmin=2)
    except (ValueError, UserWarning, DeprecationWarning, OverflowError):
        return None


def _make_entry(number: int, row: np.ndarray) -> Found:
    """Make a picture of a row's values, or say what is wrong with them."""
    name, label, pixels = f"line {number}", float(row[0]), row[1:]
    if label not in range(10):
        return LeftOut(name, "its label is no digit from 0 to 9")
    if not ((pixels >= 0) & (pixels <= 255) & (pixels == np.floor(pixels))).all():
        return LeftOut(name, "it holds values that are no whole numbers from 0 to 255")
    return Entry(name, int(label), pixels.astype(np.uint8).reshape(SIDE_PX, SIDE_PX))
