"""Brake: ends a training where it can be taken up again: on Ctrl-C, on SIGTERM, or when a file named stop appears."""

import signal
import threading
from pathlib import Path
from types import FrameType, TracebackType

STOP_FILE = "stop"
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Brake:
    """Tells whether somebody wants the training to end.

    Until it is held, a signal ends what is being done at once, by a KeyboardInterrupt; while it is held, a signal
    is kept until somebody looks.

    Parameters
    ----------
    folder : Path
        Where the file named "stop" would appear.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / STOP_FILE
        self._is_held = False
        self._was_asked = False
        self._before: dict[signal.Signals, signal._HANDLER] = {}

    def __enter__(self) -> "Brake":
        """Listen to signals."""
        # Signals come to the main thread alone; elsewhere there is still the file.
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._hear) for number in SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave signals to whom they went before."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def hold(self, is_held: bool = True) -> None:
        """Keep signals until somebody looks, or do so no longer."""
        self._is_held = is_held

    @property
    def is_pulled(self) -> bool:
        """Whether the training is to end."""
        return self._was_asked or self._file.exists()

    def check(self) -> None:
        """Raise KeyboardInterrupt if the training is to end."""
        if self.is_pulled:
            raise KeyboardInterrupt

    def _hear(self, number: int, frame: FrameType | None) -> None:
        """Take note; who asks a second time does not want to wait."""
        if self._was_asked or not self._is_held:
            raise KeyboardInterrupt
        self._was_asked = True
