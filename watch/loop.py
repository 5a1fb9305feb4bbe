"""Loop: a pipeline over a stream of frames, with a memory of what was read."""

import time
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from capture.frame import Frame
from preprocess.lines import order_lines
from preprocess.page import Page
from recognize.reading import Box, Number, Reading
from watch.follow import Follower, Track
from watch.guide import Guide
from watch.settle import Settled, Vote, settle

# A gap between frames counts as no longer than this: nothing is forgotten while a camera stalls.
LONGEST_STEP_S = 0.1
# A number is in view for so long after it was last read: a frame or two may be blurred.
LINGER_S = 0.4
# Frames that needed a closer look when it was last asked, and frames for which it is not asked again.
CLOSE_ENOUGH, TAKEN_FOR_GRANTED = 2, 30
# A number that ends nearer to the picture's edge than this, in its heights, may go on beyond it; than the second,
# where something that is cut off lies on that edge.
MARGIN, MARGIN_OF_CUT = 0.3, 2.0


class Reads(Protocol):
    """What a watcher needs of a pipeline."""

    def prepare(self, frame: Frame, *, closely: bool = False) -> Page:
        """Run the second stage."""

    def read_page(self, page: Page) -> Reading:
        """Run the third stage."""


@dataclass(frozen=True)
class Seen:
    """What is known after a frame.

    Parameters
    ----------
    frame : Frame
    page : Page
    reading : Reading
        Of this frame alone.
    in_view : tuple of Settled
        The settled numbers that are in view, in reading order.
    new : tuple of Settled
        Those that settled with this frame, in reading order; each is told once.
    hint : str or None
        What would help, a key of `watch.guide`; told once.
    ms : float
        How long all of it took.
    """

    frame: Frame
    page: Page
    reading: Reading
    in_view: tuple[Settled, ...]
    new: tuple[Settled, ...]
    hint: str | None
    ms: float


class Watcher:
    """Reads frame after frame, and remembers.

    Parameters
    ----------
    pipeline : Reads
    guide : Guide or None
        Asked for hints, if given.
    """

    def __init__(self, pipeline: Reads, guide: Guide | None = None) -> None:
        self._pipeline, self._guide = pipeline, guide
        self._distance = Distance(pipeline)
        self._follower = Follower()
        self._clock_s = 0.0
        self._last_s: float | None = None

    def see(self, frame: Frame) -> Seen:
        """Read a frame, and say what is new.

        Parameters
        ----------
        frame : Frame
            The next one; its `timestamp` says how much later.
        """
        start = time.perf_counter()
        page = self._distance.prepare(frame)
        reading = self._pipeline.read_page(page)
        self._advance(frame.timestamp)
        found = self._follower.update(reading.numbers, self._clock_s)
        new = tuple(settled for track, number in found if (settled := self._vote(track, number, page)))
        in_view = self._in_view()
        hint = self._guide.advise(page, reading, bool(in_view), self._clock_s) if self._guide else None
        return Seen(frame, page, reading, in_view, new, hint, (time.perf_counter() - start) * 1e3)

    def _advance(self, timestamp_s: float) -> None:
        if self._last_s is not None:
            self._clock_s += min(max(timestamp_s - self._last_s, 0.0), LONGEST_STEP_S)
        self._last_s = timestamp_s

    def _vote(self, track: Track, number: Number, page: Page) -> Settled | None:
        """Count what was read in a frame; what settles by it, if that is news."""
        track.take(Vote(self._clock_s, number, is_at_edge(number.box, page)))
        settled = settle(track.votes, self._clock_s, track.settled)
        if settled is None:
            return None
        track.settled = replace(settled, track=track.id)
        return None if self._was_moved(track, settled.text) else track.settled

    def _was_moved(self, track: Track, text: str) -> bool:
        """Say whether a number was there a moment ago, at another place: a sheet was moved under a hand."""
        for other in self._follower.tracks:
            is_gone = self._clock_s - other.seen_s > LINGER_S / 2
            if other is not track and is_gone and other.settled and other.settled.text == text:
                self._follower.drop(other)
                return True
        return False

    def _in_view(self) -> tuple[Settled, ...]:
        """List what is settled and in view, in reading order."""
        shown = [
            (track.box, track.settled)
            for track in self._follower.tracks
            if track.settled and self._clock_s - track.seen_s <= LINGER_S
        ]
        lines = order_lines(np.array([box for box, _ in shown], float).reshape(-1, 4))
        return tuple(shown[place][1] for line in lines for place in line)


class Distance:
    """Remembers how closely a video's frames have to be looked at: what its last ones needed the next ones need too.

    Parameters
    ----------
    pipeline : Reads
    """

    def __init__(self, pipeline: Reads) -> None:
        self._pipeline = pipeline
        self._left = 0
        self._close = 0

    def prepare(self, frame: Frame) -> Page:
        """Prepare a page: closely while that is known to be needed, which is asked anew now and then."""
        if self._left:
            self._left -= 1
            return self._pipeline.prepare(frame, closely=True)
        page = self._pipeline.prepare(frame)
        self._close = self._close + 1 if page.is_close else 0
        if self._close >= CLOSE_ENOUGH:
            self._left = TAKEN_FOR_GRANTED
        return page


def is_at_edge(box: Box, page: Page) -> bool:
    """Say whether a number may go on where the picture ends."""
    frame, height = page.frame, box[3] - box[1]
    rooms = {"left": box[0], "top": box[1], "right": frame.width - box[2], "bottom": frame.height - box[3]}
    margins = {side: MARGIN_OF_CUT if side in page.cut_off else MARGIN for side in rooms}
    return any(room < margins[side] * height for side, room in rooms.items())
