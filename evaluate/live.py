"""Live: how many frames of a camera are read, how old they are when they are shown, and what memory it takes.

A camera sends drawn clips over loopback, 30 frames a second of 1280 x 720, and a whole session watches it: stream,
pipeline, memory and voice.
"""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from evaluate.broadcast import Broadcast, broadcast
from evaluate.clips import FPS, draw_clip
from evaluate.hands import load_hands
from evaluate.speed import encode_frame
from evaluate.suites import Report, ignore
from watch.loop import Reads, Seen
from watch.plan import Plan, Speech
from watch.session import Reports, watch
from watch.settle import Settled

# Of each paper a sheet that stays, one that comes and goes, and one that is exchanged for another.
SENT_CLIPS = {"plain": (0, 15, 9), "ruled": (7, 1, 16), "squared": (14, 8, 2)}
# Caches fill and the voice starts: what comes before counts for nothing.
WARMING_S = 10.0
# The beginning and the end of a session are compared, each so long at most.
STRETCH_S = 60.0
SILENT_CARD = "pcm.!default { type null }\nctl.!default { type null }\n"


@dataclass(frozen=True)
class LiveFigures:
    """What a session's frames were like.

    Parameters
    ----------
    seconds : float
        How long it was watched, without the beginning.
    sent, read : int
        Frames.
    read_ms : ndarray of float, shape (n,)
        What each took to be read.
    age_ms : ndarray of float, shape (n,)
        How long before each had been dealt with it was sent.
    sound_ms : tuple of float
        From each number's settling to the beginning of what says it; empty where no sound can be made.
    grown_mb : float or None
        Memory at the end, less that at the beginning, in 10^6 bytes; None where the system does not tell.
    """

    seconds: float
    sent: int
    read: int
    read_ms: np.ndarray
    age_ms: np.ndarray
    sound_ms: tuple[float, ...]
    grown_mb: float | None

    def to_dict(self) -> dict[str, Any]:
        """Give the figures, rounded."""
        stretch = max(1, min(round(STRETCH_S * FPS), len(self.age_ms) // 2))
        return {
            "minutes": round(self.seconds / 60, 2),
            "frames sent": self.sent,
            "frames read": self.read,
            "read a second": round(self.read / self.seconds, 2),
            "reading, median ms": _round(self.read_ms, 50),
            "reading, p95 ms": _round(self.read_ms, 95),
            "age when shown, p95 ms": _round(self.age_ms, 95),
            "age p95 at first, at last": [_round(self.age_ms[:stretch], 95), _round(self.age_ms[-stretch:], 95)],
            "settled to sound, median ms": round(median(self.sound_ms)) if self.sound_ms else None,
            "memory grown, MB": None if self.grown_mb is None else round(self.grown_mb, 1),
        }


def measure_live(
    data: Path | None, pipeline: Reads, minutes: float, report: Report = ignore, paper: str = "plain"
) -> LiveFigures:
    """Watch a camera for so long.

    Parameters
    ----------
    data : Path or None
        Folder with mnist.npz, whose held-back writers write; None for MNIST's test half from Keras.
    pipeline : Reads
    minutes : float
    report : callable
        Told (step, done, of) as it goes.
    paper : {"plain", "ruled", "squared"}
        What is written on.
    """
    jpegs = draw_jpegs(data, SENT_CLIPS[paper], report)
    with broadcast(jpegs, FPS) as camera, silent_card() as has_card:
        log = _Log(camera, WARMING_S + 60 * minutes, report)
        plan = Plan(camera.address, speech=Speech() if has_card else None, has_window=False)
        try:
            watch(pipeline, plan, Reports(log.settle, shown=log.show, spoken=log.speak))
        except _Over:
            return log.sum_up()
    raise AssertionError("a session ends when its time is over")


def draw_jpegs(data: Path | None, clips: Sequence[int], report: Report = ignore) -> list[bytes]:
    """Draw the frames that a camera sends."""
    hands = load_hands(data)
    jpegs = []
    for done, number in enumerate(clips, 1):
        jpegs += [encode_frame(frame.image) for frame in draw_clip(hands, number).frames()]
        report("drawing", done, len(clips))
    return jpegs


@contextmanager
def silent_card() -> Iterator[bool]:
    """Let what is played go nowhere, where that can be had: whether sound can be played."""
    if not sys.platform.startswith("linux"):
        yield False
        return
    before = os.environ.get("ALSA_CONFIG_PATH")
    with tempfile.TemporaryDirectory(prefix="live-") as folder:
        path = Path(folder) / "asound.conf"
        path.write_text(SILENT_CARD, encoding="utf-8")
        os.environ["ALSA_CONFIG_PATH"] = str(path)
        try:
            yield shutil.which("aplay") is not None
        finally:
            os.environ.pop("ALSA_CONFIG_PATH")
            if before is not None:
                os.environ["ALSA_CONFIG_PATH"] = before


def resident_mb() -> float | None:
    """Memory that this process holds now, in 10^6 bytes; None where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except OSError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


class _Over(Exception):
    """The time is over."""


class _Log:
    """Takes note of what a session does, and ends it."""

    def __init__(self, camera: Broadcast, seconds: float, report: Report) -> None:
        self._camera, self._seconds, self._report = camera, seconds, report
        self._start_s = time.monotonic()
        self._warm_s: float | None = None
        self._sent_before = 0
        self._memory_mb: float | None = None
        self._read_ms: list[float] = []
        self._age_ms: list[float] = []
        self._settled_s: list[float] = []
        self._sound_ms: list[float] = []

    def show(self, seen: Seen) -> None:
        """Note a frame that has been dealt with."""
        now_s = time.monotonic()
        if now_s - self._start_s < WARMING_S:
            return
        if self._warm_s is None:
            self._warm_s, self._sent_before = now_s, self._camera.sent
        self._read_ms.append(seen.ms)
        self._age_ms.append((now_s - self._camera.when(seen.frame.index)) * 1e3)
        if self._memory_mb is None and now_s - self._warm_s > min(STRETCH_S, self._seconds / 4):
            self._memory_mb = resident_mb()
        if len(self._read_ms) % (10 * FPS) == 0:
            self._report("watching", round(now_s - self._start_s), round(self._seconds))
        if now_s - self._start_s > self._seconds:
            raise _Over

    def settle(self, settled: Settled, seen: Seen) -> None:
        """Note that a number has settled."""
        self._settled_s.append(time.monotonic())

    def speak(self, words: str, moment_s: float) -> None:
        """Note that what has settled is being said."""
        waiting, self._settled_s = self._settled_s, []
        self._sound_ms += [(moment_s - settled_s) * 1e3 for settled_s in waiting if settled_s <= moment_s]

    def sum_up(self) -> LiveFigures:
        """Give the figures."""
        assert self._warm_s is not None
        end_mb = resident_mb()
        grown_mb = end_mb - self._memory_mb if end_mb is not None and self._memory_mb is not None else None
        return LiveFigures(
            time.monotonic() - self._warm_s,
            self._camera.sent - self._sent_before,
            len(self._read_ms),
            np.array(self._read_ms),
            np.array(self._age_ms),
            tuple(self._sound_ms),
            grown_mb,
        )


def _round(times_ms: Sequence[float] | np.ndarray, share: int) -> float:
    return round(float(np.percentile(times_ms, share)), 1) if len(times_ms) else 0.0
