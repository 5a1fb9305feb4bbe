"""A stream: the newest frame of a source for as long as it is wanted, through stalls, unplugged cables and restarts."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from enum import Enum
from types import TracebackType
from typing import Self

from capture.camera import DEFAULT_MODE, Camera, CameraMode, name_source
from capture.frame import Frame
from capture.image import DEFAULT_LIMITS, Limits
from capture.source import frames, is_live, is_still
from errors import ReaderError, WrongUsage

# A camera gives 10 to 60 pictures a second: after this long without one, something is wrong with it.
STALL_S = 1.5
OPENING_S = 5.0
# Opened again after the first, at most after the second, doubled in between: a hub takes its time.
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.25, 4.0
# Under which indices a camera that went may turn up again.
INDICES = 4
_LOOK_UP_S = 0.1  # how often a thread that waits for a picture looks whether it is still wanted


class State(Enum):
    """What a stream is doing."""

    OPENING = "opening"
    LIVE = "live"
    BROKEN = "broken"
    ENDED = "ended"


class Stream:
    """The newest frame of a camera, an address or a video, as long as there is hope for one.

    A thread of its own waits for pictures, so nobody who asks waits longer than wanted. What stalls or goes is told
    of and opened again, with longer and longer pauses; of a camera known by its index the other indices are tried
    too. A video is played once, at its own pace.

    Parameters
    ----------
    source : str
        A camera's index, a device, an http, https or rtsp address, a video, or a pattern of pictures.
    mode : CameraMode
        What to ask a camera for.
    tell : callable
        Told in a sentence what happens: it is being opened, it stalled, it is back. Called in the stream's thread.
    stall_s : float
        After how long without a picture it counts as stalled.
    opening_s : float
        How long it may take to open.
    limits : Limits
        For the frame size of a video.

    Raises
    ------
    WrongUsage
        If the source is a still picture, a folder, a glob, or stdin.

    Examples
    --------
    >>> with Stream("0") as stream:  # doctest: +SKIP
    ...     frame = stream.read(timeout_s=0.1)
    """

    def __init__(
        self,
        source: str = "0",
        mode: CameraMode = DEFAULT_MODE,
        tell: Callable[[str], None] = lambda words: None,
        stall_s: float = STALL_S,
        opening_s: float = OPENING_S,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        if is_still(source):
            raise WrongUsage(
                f"{source} is no camera and no video.",
                f"Give an index, a video or an address; a picture is read with python pipeline.py {source}.",
            )
        self.source = source
        self._mode, self._tell, self._limits = mode, tell, limits
        self._stall_s, self._opening_s = stall_s, opening_s
        self._changed = threading.Condition()  # guards all that follows
        self._newest: Frame | None = None  # not handed out yet
        self._state = State.OPENING
        self._failure: ReaderError | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Open it; see `open`."""
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of it."""
        self.close()

    @property
    def state(self) -> State:
        """What it is doing now."""
        with self._changed:
            return self._state

    @property
    def failure(self) -> ReaderError | None:
        """Why it is broken; None where it is not."""
        with self._changed:
            return self._failure

    def open(self) -> None:
        """Open it, and wait for its first picture.

        Raises
        ------
        NoCamera, StreamBroken, ImageNotFound, ImageTooLarge
            When it gives none: only of what has worked is it known that it may work again.
        """
        self._thread = threading.Thread(target=self._run, name=f"stream {self.source}", daemon=True)
        self._thread.start()
        with self._changed:
            self._changed.wait_for(lambda: self._state is not State.OPENING)
            failure = self._failure
        if failure is not None:
            self.close()
            raise failure

    def read(self, timeout_s: float) -> Frame | None:
        """Give the newest frame, if it was not handed out yet.

        Parameters
        ----------
        timeout_s : float
            How long to wait for one.

        Returns
        -------
        Frame or None
            `timestamp` is `time.monotonic()` when it came. None where none came meanwhile; `state` says why.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._newest or self._state is State.ENDED, timeout_s)
            frame, self._newest = self._newest, None
            return frame

    def close(self) -> None:
        """Stop reading and let go of the camera; safe to call twice."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    # --- the thread's work

    def _run(self) -> None:
        try:
            if is_live(self.source):
                self._reopen_until_stopped()
            else:
                self._hand_over(self._play())
        except ReaderError as error:
            self._become(State.ENDED, error)
        else:
            self._become(State.ENDED)

    def _reopen_until_stopped(self) -> None:
        """Hand over what the camera gives; whenever it breaks, tell, pause, and open it again."""
        pause_s = SHORTEST_PAUSE_S
        while not self._stop.is_set():
            failure = self._live_on(self._candidates())
            if failure is None:
                return
            if self.state is State.OPENING:
                raise failure
            if self.state is State.LIVE:
                pause_s = SHORTEST_PAUSE_S
            self._become(State.BROKEN, failure)
            self._tell(f"{failure.what} It is opened again in {pause_s:g} s.")
            self._stop.wait(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def _candidates(self) -> list[str]:
        """List what may be opened: what was asked for first, and the other indices of a camera that went."""
        if self.state is State.OPENING or not self.source.isdecimal():
            return [self.source]
        return [self.source, *(str(index) for index in range(INDICES) if str(index) != self.source)]

    def _live_on(self, candidates: list[str]) -> ReaderError | None:
        """Hand over what the first that works gives, until it breaks; why it broke, or None when told to stop."""
        failures = []
        for source in candidates:
            try:
                with Camera(source, self._opening_s, self._mode, self._stall_s) as camera:
                    self._hand_over(self._watch(camera))
                return None
            except ReaderError as error:
                failures.append(error)
            if self.state is State.LIVE:
                return failures[-1]
        return failures[0]

    def _watch(self, camera: Camera) -> Iterator[Frame]:
        """Yield a camera's frames until it breaks or nobody wants them any more."""
        last_s = time.monotonic()
        while not self._stop.is_set():
            frame = camera.poll(_LOOK_UP_S)
            if frame is not None:
                last_s = frame.timestamp
                yield frame
            elif time.monotonic() - last_s > self._stall_s:
                raise camera.no_answer(f"gave no picture for {self._stall_s:g} s")

    def _play(self) -> Iterator[Frame]:
        """Yield a video's frames when they are due."""
        start_s = time.monotonic()
        for frame in frames(self.source, self._limits):
            due_s = start_s + frame.timestamp
            if self._stop.wait(max(0.0, due_s - time.monotonic())):
                return
            yield replace(frame, timestamp=time.monotonic())

    def _hand_over(self, coming: Iterable[Frame]) -> None:
        """Keep the newest frame for whoever asks."""
        for frame in coming:
            if self.state is State.BROKEN:
                how = "is back" if frame.source == self.source else "is used instead"
                self._tell(f"{name_source(frame.source)} {how}.")
            with self._changed:
                self._newest, self._state, self._failure = frame, State.LIVE, None
                self._changed.notify_all()

    def _become(self, state: State, failure: ReaderError | None = None) -> None:
        with self._changed:
            self._state, self._failure = state, failure
            if state is State.BROKEN:
                self._newest = None  # what it saw last is not what is before it now
            self._changed.notify_all()
