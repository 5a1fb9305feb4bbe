"""Training: a model is made of somebody's digits in a process of its own, which this follows, stops and takes up again.

The process is ``python -m train --data ...``. It tells what happens by lines of JSON in a file, ends when a file named
stop appears, and is on a leash: it does not outlive this server, nor the visit of whoever started it.
"""

import json
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from errors import ImageTooLarge, TooManyRequests, WrongUsage
from web.rack import OWN
from web.shelf import adopt

CHECKOUT = Path(__file__).resolve().parent.parent
COMMAND = (sys.executable, "-m", "train")
NETWORKS = {
    "cnn": "The shipped network",
    "mlp": "Perceptron, 300 and 100",
    "three-block": "Three blocks, 32, 64 and 128",
}
MOST_EPOCHS, BATCH_SIZES, RATES, SHARES = 200, (8, 1024), (1e-6, 0.1), (0.05, 0.5)
# Cores are few, and whoever reads goes first.
MOST_AT_ONCE = 2
CHECKED_EVERY_S, LEFT_AFTER_S, ENDS_WITHIN_S = 1.0, 60.0, 10.0
MOST_LEFT_OUT = 1000


@dataclass(frozen=True)
class Plan:
    """How to train.

    Parameters
    ----------
    network : str
        One of `NETWORKS`.
    epochs : int
    batch_size : int
    learning_rate : float, optional
        One that suits the network if not given.
    validation : float
        Share of the digits that is held out.

    Raises
    ------
    WrongUsage
        If something is out of range.
    """

    network: str = "cnn"
    epochs: int = 10
    batch_size: int = 64
    learning_rate: float | None = None
    validation: float = 0.2

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        if self.network not in NETWORKS:
            raise WrongUsage("There is no such network.", f"Choose one of {', '.join(NETWORKS)}.")
        _check("The number of epochs", self.epochs, 1, MOST_EPOCHS)
        _check("The batch size", self.batch_size, *BATCH_SIZES)
        _check("The validation share", self.validation, *SHARES)
        _check("The learning rate", RATES[0] if self.learning_rate is None else self.learning_rate, *RATES)

    def options(self) -> list[str]:
        """Give the command's options."""
        rate = [] if self.learning_rate is None else ["--learning-rate", f"{self.learning_rate:g}"]
        return [
            *("--network", self.network),
            *("--epochs", str(self.epochs)),
            *("--batch-size", str(self.batch_size)),
            *("--validation", f"{self.validation:g}"),
            *rate,
        ]


def _check(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise WrongUsage(f"{name} is {value}.", f"Give a value from {least:g} to {most:g}.")


@dataclass(frozen=True)
class Epoch:
    """How well it went after seeing all digits once more; losses are cross-entropies, accuracies 0-1."""

    epoch: int
    epochs: int
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    seconds: float = 0.0


@dataclass(frozen=True)
class Progress:
    """How far a training is.

    Parameters
    ----------
    state : {"running", "stopped", "ended", "failed"}
    step : str
        What is being done, in words.
    share : float
        How much of the step is done, 0-1.
    count : int or None
        How many digits are learnt from, once that is known.
    classes : dict of str to int
    left_out : tuple of (str, str)
        What could not be learnt from, with the reason.
    epochs : tuple of Epoch
    message : str
        What went wrong.
    """

    state: str = "running"
    step: str = "Starting"
    share: float = 0.0
    count: int | None = None
    classes: dict[str, int] = field(default_factory=dict)
    left_out: tuple[tuple[str, str], ...] = ()
    epochs: tuple[Epoch, ...] = ()
    message: str = ""

    def after(self, event: dict[str, Any]) -> "Progress":
        """Say how far it is after an event; what is none, or is not known here, changes nothing."""
        try:
            return _AFTER[event["event"]](self, event)
        except (KeyError, TypeError, ValueError):
            return self


def _after_data(before: Progress, event: dict[str, Any]) -> Progress:
    left_out = tuple((str(one["name"]), str(one["reason"])) for one in event.get("left_out", [])[:MOST_LEFT_OUT])
    classes = {str(label): int(count) for label, count in event["classes"].items()}
    return replace(before, step="Training", share=0.0, count=int(event["count"]), classes=classes, left_out=left_out)


def _after_step(before: Progress, event: dict[str, Any]) -> Progress:
    words = str(event["step"])
    return replace(before, step=words[:1].upper() + words[1:], share=min(1.0, event["done"] / max(1, event["of"])))


def _after_epoch(before: Progress, event: dict[str, Any]) -> Progress:
    loss, accuracy, val_loss, val_accuracy = (
        float(event[name]) for name in ("loss", "accuracy", "val_loss", "val_accuracy")
    )
    seconds = float(event.get("seconds", 0))
    one = Epoch(int(event["epoch"]), int(event["epochs"]), loss, accuracy, val_loss, val_accuracy, seconds)
    # One that is taken up again begins with the last that was complete.
    epochs = (*(done for done in before.epochs if done.epoch < one.epoch), one)
    return replace(before, step=f"Epoch {one.epoch} of {one.epochs}", share=one.epoch / one.epochs, epochs=epochs)


_AFTER: dict[str, Callable[[Progress, dict[str, Any]], Progress]] = {
    "data": _after_data,
    "step": _after_step,
    "epoch": _after_epoch,
    "end": lambda before, event: replace(before, state="ended", step="Done", share=1.0),
    "stopped": lambda before, event: replace(before, state="stopped", step="Stopped"),
    "error": lambda before, event: replace(before, state="failed", step="Failed", message=str(event["message"])),
}


class Training:
    """One training.

    Parameters
    ----------
    plan : Plan
    write_data : callable
        Given a folder, writes the data set there and returns its path.
    is_wanted : callable
        Whether whoever started it is still there; when that has been untrue for a minute, it is closed.
    command : sequence of str
        What trains; `COMMAND` if not given.

    Raises
    ------
    TooManyRequests
        If enough are being trained already.
    ReaderError
        If the data cannot be written.
    """

    def __init__(
        self,
        plan: Plan,
        write_data: Callable[[Path], Path],
        is_wanted: Callable[[], bool] = lambda: True,
        command: Sequence[str] = (),
    ) -> None:
        self.plan = plan
        self._is_wanted, self._command = is_wanted, tuple(command) or COMMAND
        self._lock = threading.RLock()
        self._closed = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._events: IO[bytes] | None = None
        self._progress = Progress()
        self._runs = 0
        self._is_stopping = False
        self.is_starting = False
        self.saved_as: str | None = None
        with _room_for(self):
            self._folder = TemporaryDirectory(prefix="reader-training-", ignore_cleanup_errors=True)
            try:
                self._data = write_data(Path(self._folder.name))
                self._start()
            except BaseException:
                self._folder.cleanup()
                raise
        threading.Thread(target=self._watch, name="training-watch", daemon=True).start()

    @property
    def out(self) -> Path:
        """Folder of the model that is being made."""
        return Path(self._folder.name) / "out"

    @property
    def is_running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def poll(self) -> Progress:
        """Look how far it is."""
        with self._lock:
            is_running = self.is_running
            if is_running and self._is_stopping:
                self._pull_brake()
            for line in iter(self._events.readline if self._events else bytes, b""):
                if not line.endswith(b"\n"):
                    # The rest of it is still to be written.
                    self._events.seek(-len(line), 1)  # type: ignore[union-attr]
                    break
                self._note(line)
            if not is_running and self._progress.state == "running":
                status = self._process.returncode if self._process else None
                words = f"The training has ended by itself (status {status}). Start it again."
                self._progress = replace(self._progress, state="failed", step="Failed", message=words)
            # What it stopped for, or failed of, is told a moment before the process has ended, and until then it cannot
            # be taken up again. A model is whole by then; how long TensorFlow takes to leave is nobody's concern.
            is_over = not is_running or self._progress.state == "ended"
            return self._progress if is_over else replace(self._progress, state="running")

    def stop(self) -> None:
        """Ask it to end where it can be taken up again."""
        with self._lock:
            self._is_stopping = True
            self._pull_brake()

    def _pull_brake(self) -> None:
        """Put the file named stop where it is looked for; that folder appears a moment after the process has begun."""
        with suppress(FileNotFoundError):
            (self.out / "work" / "stop").touch()

    def resume(self) -> None:
        """Take it up again.

        Raises
        ------
        TooManyRequests
            If enough are being trained already.
        """
        with self._lock:
            if self.is_running or self._closed.is_set():
                return
            with _room_for(self):
                self._is_stopping = False
                self._progress = replace(self._progress, state="running", step="Going on", message="")
                self._start("--resume")

    def save(self, name: str, own: Path = OWN) -> str:
        """Put the model that was made on the shelf, once; returns the name that it has there.

        Raises
        ------
        ReaderError
            If there is none yet.
        """
        with self._lock:
            if self.saved_as is None:
                self.saved_as = adopt(self.out, name, own)
            return self.saved_as

    def close(self) -> None:
        """End it and take everything away; it may be closed already."""
        with self._lock:
            self._closed.set()
            if self._process:
                _end(self._process)
            if self._events:
                self._events.close()
                self._events = None
            self._folder.cleanup()
            _leave(self)

    def _start(self, *more: str) -> None:
        """Start the process; each run has a file of events of its own."""
        if self._process:
            _end(self._process)
        self._runs += 1
        progress = Path(self._folder.name) / f"events-{self._runs}.jsonl"
        progress.touch()
        if self._events:
            self._events.close()
        self._events = progress.open("rb")
        command = [*self._command, "--data", str(self._data), "--out", str(self.out), "--progress", str(progress)]
        with (Path(self._folder.name) / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "web.leash", *command, *self.plan.options(), *more],
                cwd=CHECKOUT,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
            )

    def _note(self, line: bytes) -> None:
        """Note an event."""
        try:
            event = json.loads(line)
        except ValueError:
            return
        if isinstance(event, dict):
            self._progress = self._progress.after(event)
            # Where the data lies on this server is nobody's business.
            told = self._progress.message.replace(str(self._data), "The data").replace(self._folder.name, "")
            self._progress = replace(self._progress, message=told)

    def _watch(self) -> None:
        """Close it when whoever started it has left."""
        left_s = 0.0
        while not self._closed.wait(CHECKED_EVERY_S):
            left_s = 0.0 if self._is_wanted() else left_s + CHECKED_EVERY_S
            if left_s >= LEFT_AFTER_S:
                self.close()


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Let go of the leash, which ends what is on it."""
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


_ROOM = threading.Lock()
_RUNNING: list[Training] = []


@contextmanager
def _room_for(training: Training) -> Iterator[None]:
    """Keep room for one more training, while it is being started and as long as it runs."""
    with _ROOM:
        # One that is just being started does not run yet.
        _RUNNING[:] = [one for one in _RUNNING if one.is_running or one.is_starting]
        if len(_RUNNING) >= MOST_AT_ONCE:
            raise TooManyRequests(
                f"{MOST_AT_ONCE} models are being trained on this server already.", "Wait until one has ended."
            )
        _RUNNING.append(training)
        training.is_starting = True
    try:
        yield
    except BaseException:
        _leave(training)
        raise
    finally:
        training.is_starting = False


def _leave(training: Training) -> None:
    with _ROOM:
        if training in _RUNNING:
            _RUNNING.remove(training)


def copy_to(source: IO[bytes], path: Path, most_bytes: int) -> Path:
    """Copy what was uploaded to a file.

    Raises
    ------
    ImageTooLarge
    """
    with path.open("wb") as file:
        shutil.copyfileobj(source, file, 1 << 20)
    if path.stat().st_size > most_bytes:
        raise ImageTooLarge(f"The data has more than {most_bytes / 1e6:g} MB.", "Give a part of it.")
    return path


def pack_files(sources: Sequence[Any], path: Path, most_bytes: int) -> Path:
    """Pack uploaded files, each with a `name` and a `getvalue`, as a zip; their names are no paths here.

    Raises
    ------
    ImageTooLarge
    """
    total = 0
    with zipfile.ZipFile(path, "w") as archive:
        for source in sources:
            content = source.getvalue()
            total += len(content)
            if total > most_bytes:
                raise ImageTooLarge(f"The data has more than {most_bytes / 1e6:g} MB.", "Give a part of it.")
            archive.writestr(zipfile.ZipInfo(source.name.replace("\\", "/").lstrip("/") or "file"), content)
    return path
