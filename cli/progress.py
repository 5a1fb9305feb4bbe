"""Progress bars on stderr, on a terminal only."""

import sys
from types import TracebackType
from typing import Any


class Progress:
    """Bars for named steps on a terminal; elsewhere a line for every tenth, if that is wanted.

    Parameters
    ----------
    wanted : bool
        Whether there is enough to do for a bar.
    lines : bool
        Whether lines are written where stderr is no terminal.
    """

    def __init__(self, wanted: bool = True, lines: bool = False) -> None:
        self._wanted = wanted
        self._lines = lines
        self._bars: Any = None
        self._tasks: dict[str, Any] = {}
        self._said: dict[str, int] = {}

    def __enter__(self) -> "Progress":
        """Start drawing."""
        if self._wanted and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bars

            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                TextColumn("{task.fields[words]}"),
            )
            self._bars = Bars(*columns, console=Console(stderr=True))
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the terminal as it was."""
        if self._bars is not None:
            self._bars.stop()

    def report(self, step: str, done: int, of: int, words: str = "") -> None:
        """Say how far a step is."""
        if self._bars is None:
            tenth = 10 * done // max(of, 1)
            if self._lines and tenth > self._said.get(step, -1):
                self._said[step] = tenth
                sys.stderr.write(f"{step} {10 * tenth} % {words}\n")
                sys.stderr.flush()
            return
        if step not in self._tasks:
            self._tasks[step] = self._bars.add_task(step, total=of, words=words)
        self._bars.update(self._tasks[step], completed=done, total=of, words=words)
