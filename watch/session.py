"""Session: a stream, a watcher, a voice and a window together, until the user leaves or the video ends."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from capture.frame import Frame
from capture.preview import SPACE, has_display, preview, save_frame
from capture.stream import State, Stream
from errors import ReaderError
from recognize.reading import Number
from speak.announcer import Announcer
from speak.language import phrase
from speak.wording import Style, word
from watch.aloud import Herald
from watch.guide import Guide
from watch.loop import Reads, Seen, Watcher
from watch.plan import Plan, Speech, make_plan
from watch.settle import Settled
from watch.window import TITLE, Shown, draw

# How long a picture stands before the window is looked after again: keys, and what is wrong with the camera.
TURN_S = 0.05
# What is being said when a video ends is said to its end.
GOODBYE_S = 10.0
# How long a thread that has a frame to hand over may have to wait for the one that reads; 5 ms if nothing is said.
SWITCH_S = 0.0005


@dataclass(frozen=True)
class Reports:
    """Whom a session tells what happens.

    Parameters
    ----------
    settled : callable
        Given each number once, when it settles, and what was seen then.
    say : callable
        Given words for a person.
    shown : callable
        Given what was seen when it has been shown, or dealt with where there is no window.
    spoken : callable
        Given the words that are being said, and the moment of `time.monotonic` when they began.
    """

    settled: Callable[[Settled, Seen], None]
    say: Callable[[str], None] = lambda words: None
    shown: Callable[[Seen], None] = lambda seen: None
    spoken: Callable[[str, float], None] = lambda words, moment_s: None


def watch(pipeline: Reads, plan: Plan, reports: Reports) -> None:
    """Read a stream until the user leaves, or it ends.

    Parameters
    ----------
    pipeline : Reads
        A `Pipeline`.
    plan : Plan
    reports : Reports

    Raises
    ------
    NoCamera, StreamBroken, ImageNotFound, WrongUsage
        If there is nothing to watch. What breaks later is told, and waited for.
    """
    with ExitStack() as stack:
        stack.callback(sys.setswitchinterval, sys.getswitchinterval())
        sys.setswitchinterval(SWITCH_S)
        stream = stack.enter_context(Stream(plan.source, plan.mode, reports.say))
        herald = _make_herald(plan.speech, reports, stack) if plan.speech else None
        guide = Guide(plan.is_mirrored) if plan.guides else None
        session = Session(stream, Watcher(pipeline, guide), reports, herald, plan)
        if has_display() if plan.has_window is None else plan.has_window:
            preview(session.pictures(), session.press, TITLE, wait_ms=1)
        else:
            session.run()
            if herald:
                herald.finish(GOODBYE_S)


def watch_source(
    pipeline: Reads, source: str, settled: Callable[[Number], None], say: Callable[[str], None], **options: Any
) -> None:
    """Do as `watch` does, with a plan of plain options (`watch.plan.make_plan`), as a command line has them."""
    watch(pipeline, make_plan(source, **options), Reports(lambda one, _: settled(one.number), say))


class Session:
    """One session: what was seen last, and what the keys have changed.

    Parameters
    ----------
    stream : Stream
    watcher : Watcher
    reports : Reports
    herald : Herald or None
        None for a silent one.
    plan : Plan
    """

    def __init__(self, stream: Stream, watcher: Watcher, reports: Reports, herald: Herald | None, plan: Plan) -> None:
        self._stream, self._watcher, self._reports = stream, watcher, reports
        self._herald, self._plan = herald, plan
        self._seen: Seen | None = None
        self._shown = Shown()
        self._keys: dict[str, Callable[[Seen], None]] = {
            SPACE: self._save_and_read,
            "r": self._repeat,
            "d": lambda seen: self._restyle("digits", seen),
            "n": lambda seen: self._restyle("number", seen),
            "m": lambda seen: self._mute(),
            "p": lambda seen: self._flip("is_paused"),
            "w": lambda seen: self._flip("is_machine"),
            "h": lambda seen: self._flip("lists_keys"),
        }

    def run(self) -> None:
        """Read without a window, until the stream ends."""
        while True:
            frame = self._stream.read(TURN_S)
            if frame is not None:
                self._reports.shown(self._see(frame))
            elif self._stream.state is State.ENDED:
                return

    def pictures(self) -> Iterator[Frame]:
        """Yield what the window is to show, at least every `TURN_S`."""
        while True:
            frame = self._stream.read(TURN_S)
            if frame is None and self._stream.state is State.ENDED:
                return
            is_new = frame is not None and not self._shown.is_paused
            if frame is not None and is_new:
                self._see(frame)
            if self._seen is not None:
                yield replace(self._seen.frame, image=self._draw(self._seen))
                if is_new:
                    self._shown.count(self._seen.frame.timestamp, time.monotonic())
                    self._reports.shown(self._seen)

    def press(self, key: str, _: Frame) -> None:
        """Do what a key asks for; what cannot be done is told, and the session goes on."""
        action = self._keys.get(key.lower())
        if action is not None and self._seen is not None:
            try:
                action(self._seen)
            except ReaderError as error:
                self._tell(str(error))

    # --- a frame

    def _see(self, frame: Frame) -> Seen:
        """Read a frame, and tell what is new."""
        self._seen = seen = self._watcher.see(frame)
        for settled in seen.new:
            self._reports.settled(settled, seen)
        if self._herald:
            self._herald.tell(seen.new)
        if seen.hint:
            self._give_hint(seen.hint)
        return seen

    def _give_hint(self, key: str) -> None:
        language = self._plan.speech.voice.language if self._plan.speech else "en"
        self._reports.say(phrase(key, language))
        if self._herald:
            self._herald.hint(key)

    def _draw(self, seen: Seen) -> np.ndarray:
        failure = self._stream.failure
        self._shown.trouble = failure.what if failure else ""
        return draw(seen, self._shown)

    # --- keys

    def _save_and_read(self, seen: Seen) -> None:
        """Save the frame, and read it aloud: what has settled, or else what this frame alone says."""
        path = save_frame(seen.frame, self._plan.folder)
        self._tell(f"saved {path.name}")
        if self._herald:
            self._herald.read([one.text for one in seen.in_view] or seen.reading.texts)

    def _repeat(self, seen: Seen) -> None:
        if self._herald:
            self._herald.read([one.text for one in seen.in_view] or self._herald.last)

    def _restyle(self, style: Style, seen: Seen) -> None:
        """Say numbers in this style from now on, and those in view at once."""
        if self._herald:
            self._herald.style = style
            self._repeat(seen)

    def _mute(self) -> None:
        if self._herald:
            self._shown.is_muted = self._herald.mute()
        else:
            self._tell("There is no voice in this session.")

    def _flip(self, name: str) -> None:
        setattr(self._shown, name, not getattr(self._shown, name))

    def _tell(self, words: str) -> None:
        self._shown.note = words
        self._reports.say(words)


def _make_herald(speech: Speech, reports: Reports, stack: ExitStack) -> Herald:
    """Make a herald with an announcer of its own, which is given time to finish when the stream has ended."""

    def begun(words: str, moment_s: float) -> None:
        herald.begun(words)
        reports.spoken(words, moment_s)

    def complain(error: ReaderError) -> None:
        reports.say(str(error))

    language = speech.voice.language
    announcer = stack.enter_context(Announcer(speech.voice, complain, begun))
    herald = Herald(
        announcer,
        partial(word, language=language, zero=speech.zero),
        partial(phrase, language=language),
        speech.style,
    )
    return herald
