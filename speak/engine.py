"""A speech engine in a process of its own: started, asked for sounds, and thrown away when it hangs."""

import json
import subprocess
import sys
from collections import deque
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import TemporaryDirectory
from threading import Thread
from types import TracebackType

from errors import ReaderError, SpeechUnavailable, WrongUsage
from speak.program import last_line
from speak.sound import Sound, read_sound
from speak.worker import TRY_ANOTHER, Answer, InstalledVoice, Settings, Utterance

CHECKOUT = Path(__file__).resolve().parents[1]

LINES_KEPT = 20  # of what an engine writes to stderr: enough to say what it died of
FAREWELL_S = 1.0  # for the last lines of an engine that has ended


class EngineProcess:
    """A worker process (`speak.worker`) and the way to talk to it; to be used as a context manager, by one thread.

    It is started here and not waited for: `greet` does that.

    Parameters
    ----------
    settings : Settings
        What holds as long as the process lives.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._worker = subprocess.Popen(
            [sys.executable, "-m", "speak.worker", json.dumps(asdict(settings))],
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
        # Threads, because Windows cannot wait for a pipe with a time-out.
        self._lines: SimpleQueue[str] = SimpleQueue()
        self._talk: deque[str] = deque(maxlen=LINES_KEPT)
        self._readers = [Thread(target=read, daemon=True) for read in (self._read_lines, self._read_talk)]
        for reader in self._readers:
            reader.start()

    def __enter__(self) -> "EngineProcess":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._worker.poll() is None

    def greet(self, timeout_s: float) -> tuple[InstalledVoice, ...]:
        """Wait until the engine stands; the process ends if it does not.

        Parameters
        ----------
        timeout_s : float

        Returns
        -------
        tuple of InstalledVoice
            What it can speak with.

        Raises
        ------
        SpeechUnavailable
            There is no engine, or it hung or died.
        WrongUsage
            There is no such voice.
        """
        try:
            return self._await_answer(timeout_s).voices
        except ReaderError:
            self.stop()
            raise

    def make(self, text: str, timeout_s: float) -> Sound:
        """Have the sound of a text made, after `greet`.

        Parameters
        ----------
        text : str
        timeout_s : float

        Raises
        ------
        SpeechUnavailable
            The engine hung or died, which ends the process, or it made no sound.
        WrongUsage
            The text is empty.
        """
        words = _sayable(text)
        with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            path = Path(folder) / "utterance.wav"
            self._order(Utterance(words, str(path)))
            self._await_answer(timeout_s)
            return read_sound(path, words, self._settings.volume)

    def kill(self) -> None:
        """End the process, from any thread; whoever waits for it is told that it died."""
        self._worker.kill()

    def stop(self) -> None:
        """End the process and leave nothing of it behind."""
        self.kill()
        self._worker.wait()
        assert self._worker.stdin is not None
        with suppress(OSError):  # an order that it never read
            self._worker.stdin.close()
        for reader in self._readers:
            reader.join(FAREWELL_S)

    def _order(self, utterance: Utterance) -> None:
        assert self._worker.stdin is not None
        with suppress(OSError):  # it has died; the answer says of what
            self._worker.stdin.write(json.dumps(asdict(utterance)) + "\n")
            self._worker.stdin.flush()

    def _await_answer(self, timeout_s: float) -> Answer:
        try:
            line = self._lines.get(timeout=timeout_s)
        except Empty:
            self.stop()
            raise SpeechUnavailable(
                f"The speech engine gave no answer within {timeout_s:g} s and was stopped.", TRY_ANOTHER
            ) from None
        if not line:
            self.stop()
            status, reason = self._worker.returncode, last_line("".join(self._talk))
            raise SpeechUnavailable(f"The speech engine died (exit status {status}, {reason}).", TRY_ANOTHER)
        answer = Answer.from_json(line)
        answer.check()
        return answer

    def _read_lines(self) -> None:
        assert self._worker.stdout is not None
        with self._worker.stdout as lines:
            for line in lines:
                self._lines.put(line)
        self._lines.put("")

    def _read_talk(self) -> None:
        assert self._worker.stderr is not None
        with self._worker.stderr as lines:
            self._talk.extend(lines)


def _sayable(text: str) -> str:
    """Drop what no engine can take (control characters, halves of surrogate pairs)."""
    words = "".join(character for character in text if character.isprintable() or character.isspace())
    if not words.strip():
        raise WrongUsage("There is nothing to say: the text is empty.", "Give a text, such as a number.")
    return words
