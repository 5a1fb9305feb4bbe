"""Writers: a reading as text, JSON, CSV or a picture with its boxes."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import cv2
import numpy as np

from cli.console import result, say
from errors import OutputNotWritable, ReaderError
from recognize.reading import Reading

COLUMNS = ("source", "number", "text", "raw", "confidence", "left", "top", "right", "bottom", "error")


def write_text(reading: Reading) -> None:
    """Write one number per line to stdout, and what a person wants to know beside it to stderr."""
    for number in reading.numbers:
        result(number.text)
    for number in reading.numbers:
        for digit in number.digits:
            if digit.reason:
                say(f"  {number.text}: a digit was refused, {digit.reason}")
    for line in reading.advice:
        say(f"  {line}")


def write_json(reading: Reading) -> None:
    """Write one line of JSON to stdout."""
    result(json.dumps(reading.to_dict(), ensure_ascii=False))


def write_json_error(source: str, error: ReaderError) -> None:
    """Write the line of JSON of a source that could not be read."""
    report = {"source": source, "error": {"type": type(error).__name__, "message": str(error)}}
    result(json.dumps(report, ensure_ascii=False))


class CsvWriter:
    """A CSV file with a row for each number, and one for each source that held none or could not be read.

    Raises
    ------
    OutputNotWritable
        If the file cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self._file: IO[str] = _open_csv(path)
        self._rows = csv.writer(self._file)
        self._rows.writerow(COLUMNS)

    def __enter__(self) -> "CsvWriter":
        """Give the writer itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file; what was written stays."""
        self._file.close()

    def write(self, reading: Reading) -> None:
        """Write a reading's numbers."""
        rows: list[list[Any]] = [
            [reading.source, place, number.text, number.raw, round(number.confidence, 4), *number.box, ""]
            for place, number in enumerate(reading.numbers, 1)
        ]
        self._rows.writerows(rows or [[reading.source, 0, "", "", "", "", "", "", "", ""]])
        self._file.flush()

    def write_error(self, source: str, error: ReaderError) -> None:
        """Write that a source could not be read."""
        self._rows.writerow([source, 0, "", "", "", "", "", "", "", str(error)])


def _open_csv(path: Path) -> IO[str]:
    """Open a CSV file as spreadsheets expect it."""
    try:
        return path.open("w", newline="", encoding="utf-8")
    except OSError as error:
        raise OutputNotWritable(f"{path} cannot be written ({error.strerror}).") from error


def write_picture(path: Path, picture: np.ndarray) -> None:
    """Write a picture in the format of its name.

    Raises
    ------
    OutputNotWritable
        If the folder can't be written, or the name's ending is no picture format.
    """
    try:
        done, encoded = cv2.imencode(path.suffix or ".png", picture)
    except cv2.error:
        done = False
    if not done:
        raise OutputNotWritable(f"{path} has no ending of a picture.", "Name it .png or .jpg.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encoded.tobytes())
    except OSError as error:
        raise OutputNotWritable(f"{path} cannot be written ({error.strerror}).") from error


def name_outputs(sources: Sequence[str], folder: Path, suffix: str) -> list[Path]:
    """Name a file in a folder for each source; sources of the same name are numbered."""
    taken: dict[str, int] = {}
    paths = []
    for source in sources:
        stem = Path(source).stem if source != "-" else "stdin"
        stem = "".join(c if c.isalnum() or c in "._-" else "_" for c in stem) or "picture"
        count = taken[stem] = taken.get(stem, 0) + 1
        paths.append(folder / (stem + (f"_{count}" if count > 1 else "") + suffix))
    return paths
