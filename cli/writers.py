"""Writers: a reading as text, JSON, CSV or a picture with its boxes."""

import csv
import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal

import cv2
import numpy as np

from cli.console import result, say
from errors import OutputNotWritable, ReaderError
from recognize.reading import Number, Reading, number_to_dict

COLUMNS = ("source", "number", "text", "raw", "confidence", "left", "top", "right", "bottom", "error")
LOG_COLUMNS = ("time", "source", "text", "raw", "confidence", "left", "top", "right", "bottom")


def write_text(reading: Reading) -> None:
    """Write one number per line to stdout, and what a person wants to know beside it to stderr."""
    for number in reading.numbers:
        result(number.text)
    for number in reading.numbers:
        _say_refused(number)
    for line in reading.advice:
        say(f"  {line}")


def _say_refused(number: Number) -> None:
    for digit in number.digits:
        if digit.reason:
            say(f"  {number.text}: a digit was refused, {digit.reason}")


def write_json(reading: Reading) -> None:
    """Write one line of JSON to stdout."""
    result(_to_json(reading.to_dict()))


def write_settled_text(number: Number) -> None:
    """Write a number that settled to stdout, and which of its digits are not sure to stderr."""
    result(number.text)
    _say_refused(number)


def write_settled_json(source: str, moment: str, number: Number) -> None:
    """Write the line of JSON of a number that settled at a moment (ISO 8601)."""
    result(_to_json({"source": source, "time": moment, "numbers": [number_to_dict(number)]}))


def write_json_error(source: str, error: ReaderError) -> None:
    """Write the line of JSON of a source that could not be read."""
    report = {"source": source, "error": {"type": type(error).__name__, "message": str(error)}}
    result(_to_json(report))


def _to_json(data: dict[str, Any]) -> str:
    """Give one line of JSON; a name that no UTF-8 can hold is escaped as JSON escapes."""
    text = json.dumps(data, ensure_ascii=False)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(data)
    return text


class CsvWriter:
    """A CSV file with a row for each number, and one for each source that held none or could not be read.

    Raises
    ------
    OutputNotWritable
        If the file cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self._file: IO[str] = _open_csv(path, "w")
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
        self._file.flush()


class LogWriter:
    """A CSV file that grows by a row for each number that settles; what an earlier session wrote stays.

    Raises
    ------
    OutputNotWritable
        If the file cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self._file: IO[str] = _open_csv(path, "a")
        self._rows = csv.writer(self._file)
        if not self._file.tell():
            self._rows.writerow(LOG_COLUMNS)

    def __enter__(self) -> "LogWriter":
        """Give the writer itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self._file.close()

    def write(self, source: str, moment: str, number: Number) -> None:
        """Write a number that settled at a moment; it is on the disk when this returns."""
        self._rows.writerow([moment, source, number.text, number.raw, round(number.confidence, 4), *number.box])
        self._file.flush()


def _open_csv(path: Path, mode: Literal["w", "a"]) -> IO[str]:
    """Open a CSV file as spreadsheets expect it."""
    try:
        return path.open(mode, newline="", encoding="utf-8", errors="backslashreplace")
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
    """Name a file in a folder for each source; none has another's name, or that of a source.

    Names count as the same when they differ in capitals only, as they do on Windows and macOS.
    """
    taken = {str(Path(source).resolve()).casefold() for source in sources}
    paths = []
    for source in sources:
        stem = "".join(c if c.isalnum() or c in "._-" else "_" for c in _stem(source)) or "picture"
        names = (folder / f"{stem}{'' if count == 1 else f'_{count}'}{suffix}" for count in itertools.count(1))
        path = next(path for path in names if str(path.resolve()).casefold() not in taken)
        taken.add(str(path.resolve()).casefold())
        paths.append(path)
    return paths


def _stem(source: str) -> str:
    """Name a source's output after it."""
    return Path(source).stem if source != "-" else "stdin"
