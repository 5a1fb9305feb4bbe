"""Flicker: over clips of a hand-held camera, is each number told once, none wrong, none missed - and how soon."""

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from capture.frame import Frame
from evaluate.clips import CLIPS, Clip, Showing, draw_clip
from evaluate.hands import load_hands
from evaluate.suites import Report, ignore
from watch.loop import Reads, Watcher

# A number may be told so long after it has left: it was seen, and it takes a moment to be sure.
LATE_S = 0.5


@dataclass(frozen=True)
class Tally:
    """How often numbers were in view, and how often they were read right.

    Parameters
    ----------
    there, right : int
        Counted frame by frame.
    """

    there: int = 0
    right: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        """Count both."""
        return Tally(self.there + other.there, self.right + other.right)


@dataclass(frozen=True)
class ClipResult:
    """What was told of one clip.

    Parameters
    ----------
    name : str
    told : tuple of (float, str)
        When, and what.
    wrong, repeated, missed : tuple of str
        What was told and is not there, what was told again, and what was not told.
    waits_s : tuple of float
        From a number's coming into view to its being told.
    frames : Tally
        Of what single frames read.
    """

    name: str
    told: tuple[tuple[float, str], ...]
    wrong: tuple[str, ...]
    repeated: tuple[str, ...]
    missed: tuple[str, ...]
    waits_s: tuple[float, ...]
    frames: Tally


@dataclass(frozen=True)
class Flicker:
    """What was told of all clips.

    Parameters
    ----------
    clips : tuple of ClipResult
    """

    clips: tuple[ClipResult, ...]

    def to_dict(self) -> dict[str, Any]:
        """Give the figures, rounded."""
        waits = [wait for clip in self.clips for wait in clip.waits_s]
        frames = sum((clip.frames for clip in self.clips), Tally())
        again, wrong, missed = (
            sum(len(getattr(clip, name)) for clip in self.clips) for name in ("repeated", "wrong", "missed")
        )
        return {
            "clips": len(self.clips),
            "numbers": len(waits) + missed,
            "told once": len(waits) - again,
            "told again": again,
            "told wrong": wrong,
            "missed": missed,
            "in view to told, median ms": round(median(waits) * 1e3) if waits else None,
            "in view to told, longest ms": round(max(waits) * 1e3) if waits else None,
            "error of single frames": round(1 - frames.right / max(frames.there, 1), 4),
            "error of what is told": round((wrong + missed) / max(len(waits) + wrong + missed, 1), 4),
        }


def measure_flicker(data: Path | None, pipeline: Reads, report: Report = ignore, count: int = CLIPS) -> Flicker:
    """Watch drawn clips, each frame in its turn, by the clips' own clocks.

    Parameters
    ----------
    data : Path or None
        Folder with mnist.npz, whose held-back writers write; None for MNIST's test half from Keras.
    pipeline : Reads
    report : callable
        Told (step, done, of) as it goes.
    count : int
        Clips.
    """
    hands = load_hands(data)
    results = []
    for number in range(count):
        results.append(watch_clip(draw_clip(hands, number), pipeline))
        report("clips", number + 1, count)
    return Flicker(tuple(results))


def watch_clip(clip: Clip, pipeline: Reads) -> ClipResult:
    """Watch one clip, and judge what is told of it."""
    watcher = Watcher(pipeline)
    told: list[tuple[float, str]] = []
    frames = Tally()
    for frame in _draw_ahead(clip):
        seen = watcher.see(frame)
        there = [showing.text for showing in clip.showings if _is_there(showing, frame.timestamp)]
        frames += tally(seen.reading.texts, there)
        told += [(frame.timestamp, one.text) for one in seen.new]
    return judge(clip.name, told, clip.showings, frames)


def tally(read: Sequence[str], there: Sequence[str]) -> Tally:
    """Count what was there, and what of it was read."""
    return Tally(len(there), (Counter(there) & Counter(read)).total())


def judge(name: str, told: Sequence[tuple[float, str]], showings: Sequence[Showing], frames: Tally) -> ClipResult:
    """Match what was told with what was there."""
    waiting, done = list(showings), []
    wrong, repeated, waits_s = [], [], []
    for time_s, text in told:
        match = next((one for one in waiting if one.text == text and _is_there(one, time_s, LATE_S)), None)
        if match is not None:
            waiting.remove(match)
            done.append(match)
            waits_s.append(max(0.0, time_s - match.start_s))
        elif any(one.text == text and _is_there(one, time_s, LATE_S) for one in done):
            repeated.append(text)
        else:
            wrong.append(text)
    missed = tuple(showing.text for showing in waiting)
    return ClipResult(name, tuple(told), tuple(wrong), tuple(repeated), missed, tuple(waits_s), frames)


def describe_clip(result: ClipResult) -> str:
    """Say what went wrong in a clip; empty where nothing did."""
    parts = [
        f"{words} {' '.join(texts)}"
        for words, texts in (("wrong", result.wrong), ("again", result.repeated), ("missed", result.missed))
        if texts
    ]
    return f"{result.name}: {'; '.join(parts)}" if parts else ""


def _is_there(showing: Showing, time_s: float, late_s: float = 0.0) -> bool:
    return showing.start_s <= time_s < showing.end_s + late_s


def _draw_ahead(clip: Clip) -> Iterator[Frame]:
    """Draw the next frame while one is looked at."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(clip.draw, 0)
        for index in range(1, len(clip)):
            frame = coming.result()
            coming = pool.submit(clip.draw, index)
            yield frame
        yield coming.result()
