"""Diary: what happens in a training, as lines of JSON that another program can follow."""

import json
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, TextIO

from errors import OutputNotWritable
from train.own.standing import Epoch

BETWEEN_STEPS_S = 0.5


class Report(Protocol):
    """Tells a person how far a step is."""

    def __call__(self, step: str, done: int, of: int, words: str = "") -> None:
        """Say so."""


class Diary:
    """Writes events to a file, one JSON object a line, each at once; and tells a person how far a step is.

    Parameters
    ----------
    path : Path or None
        The file; None to write none.
    report : callable
        Told (step, done, of, words) as it goes.

    Attributes
    ----------
    epoch : int
        The last one that was written.

    Raises
    ------
    OutputNotWritable
    """

    def __init__(self, path: Path | None, report: Report) -> None:
        self._report = report
        self._file: TextIO | None = None
        self._told = "", 0.0
        self.epoch = 0
        if path:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._file = path.open("w", encoding="utf-8")
            except OSError as error:
                raise OutputNotWritable(f"{path} cannot be written ({error.strerror}).") from error

    def __enter__(self) -> "Diary":
        """Open it."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Note what ended it before its time, and close it."""
        if isinstance(error, KeyboardInterrupt):
            self.write("stopped", epoch=self.epoch)
        elif isinstance(error, Exception):
            self.write("error", message=str(error) or type(error).__name__)
        if self._file:
            self._file.close()

    def write(self, event: str, **fields: Any) -> None:
        """Write an event."""
        if self._file:
            self._file.write(json.dumps({"event": event} | fields, allow_nan=False) + "\n")
            self._file.flush()

    def write_epochs(self, epochs: Iterable[Epoch]) -> None:
        """Write an event for each of some epochs."""
        for epoch in epochs:
            self.epoch = epoch.epoch
            self.write("epoch", **asdict(epoch))

    def step(self, step: str, done: int, of: int, words: str = "") -> None:
        """Tell how far a step is; the file is told at its beginning, now and then, and at its end."""
        self._report(step, done, of, words)
        last, moment = self._told
        now = time.monotonic()
        if step != last or done >= of or now - moment >= BETWEEN_STEPS_S:
            self._told = step, now
            self.write("step", step=step, done=done, of=of)
