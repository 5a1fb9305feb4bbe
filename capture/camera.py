"""A camera or an address: always the newest frame, within a time-out."""

import re
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import cv2

from capture.frame import Frame
from capture.image import to_bgr
from errors import NoCamera, ReaderError, StreamBroken, WrongUsage

DEFAULT_TIMEOUT_S = 5.0

# A camera may miss a picture; it is asked again after this long until the time-out has passed.
_RETRY_S = 0.02

_MAC_STEP = (
    "Allow it in System Settings, Privacy & Security, Camera, for the terminal that runs this, and start the "
    "terminal again; or give a photo: python pipeline.py photo.jpg."
)


# What OpenCV may reach a camera through; "any" leaves the choice to it.
BACKENDS = {
    "any": cv2.CAP_ANY,
    "v4l2": cv2.CAP_V4L2,
    "msmf": cv2.CAP_MSMF,
    "dshow": cv2.CAP_DSHOW,
    "avfoundation": cv2.CAP_AVFOUNDATION,
}


@dataclass(frozen=True)
class CameraMode:
    """What a camera is asked for; one that cannot gives what it has.

    Parameters
    ----------
    width, height : int
        Px; 0 for the camera's own size.
    backend : str
        One of `BACKENDS`.

    Raises
    ------
    WrongUsage
        If the size or the backend is none.
    """

    width: int = 0
    height: int = 0
    backend: str = "any"

    def __post_init__(self) -> None:
        """Refuse what no camera has."""
        if min(self.width, self.height) < 0 or (self.width == 0) != (self.height == 0):
            raise WrongUsage(f"{self.width}x{self.height} is no size of a picture.", "Give one such as 1280x720.")
        if self.backend not in BACKENDS:
            raise WrongUsage(f"There is no camera backend {self.backend!r}.", f"Give one of: {', '.join(BACKENDS)}.")


DEFAULT_MODE = CameraMode()


class Camera:
    """The newest frame of a camera or a network stream.

    A thread of its own reads all that comes and keeps the last frame only, so that a slow reader sees what is
    before the camera now, not what was there seconds ago.

    Parameters
    ----------
    source : str or int
        A camera's index ('0'), a device ('/dev/video0'), or an http, https or rtsp address.
    timeout_s : float
        How long it may take to open, and to give the next frame.
    mode : CameraMode
        Size and backend to ask for; an address has its own.
    stall_s : float, optional
        How long it may take to give the next frame, where that is not the same.

    Raises
    ------
    NoCamera
        On entering: no camera answers at this index.
    StreamBroken
        On entering: the address does not answer, or sends no video.

    Examples
    --------
    >>> with Camera("0") as camera:  # doctest: +SKIP
    ...     frame = camera.read()
    """

    def __init__(
        self,
        source: str | int = "0",
        timeout_s: float = DEFAULT_TIMEOUT_S,
        mode: CameraMode = DEFAULT_MODE,
        stall_s: float | None = None,
    ) -> None:
        if not timeout_s > 0:
            raise ValueError(f"timeout_s must be above 0, got {timeout_s}")
        self.source = str(source)
        self.timeout_s = timeout_s
        self.mode = mode
        self.stall_s = timeout_s if stall_s is None else stall_s
        self._changed = threading.Condition()  # guards all that follows
        self._newest: Frame | None = None  # not handed out yet
        self._opened = False
        self._failure: ReaderError | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Open the camera."""
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the camera, whatever happened."""
        self.close()

    def __iter__(self) -> Iterator[Frame]:
        """Yield the newest frame again and again, until the stream breaks."""
        while True:
            yield self.read()

    def open(self) -> None:
        """Open the camera and start reading; see the class for what is raised."""
        if self._thread is not None:
            raise RuntimeError(f"{name_source(self.source)} is open already")
        self._newest, self._opened, self._failure = None, False, None
        self._stop = threading.Event()  # a new one: a thread of an earlier opening may still hang on its own
        # macOS asks its question about permission from the main thread only.
        video = self._open_video() if sys.platform == "darwin" else None
        self._thread = threading.Thread(
            target=self._run, args=(video, self._stop), name=f"camera {self.source}", daemon=True
        )
        self._thread.start()
        with self._changed:
            self._changed.wait_for(lambda: self._opened or self._failure, self.timeout_s)
            if self._opened:
                return
            failure = self._failure or self.no_answer(f"did not open within {self.timeout_s:g} s")
        self.close()
        raise failure

    def read(self, timeout_s: float | None = None) -> Frame:
        """Wait for a frame that was not handed out yet, and give the newest.

        Parameters
        ----------
        timeout_s : float, optional
            How long to wait, in seconds; the camera's own time-out if not given.

        Returns
        -------
        Frame
            `index` counts the frames that came, so a gap tells how many were passed over; `timestamp` is
            `time.monotonic()` when it came.

        Raises
        ------
        StreamBroken
            If an address stalls for that long, or ended, or the camera is not open.
        NoCamera
            If a camera stalls for that long, or was unplugged.
        """
        patience_s = self.stall_s if timeout_s is None else timeout_s
        frame = self.poll(patience_s)
        if frame is None:
            raise self.no_answer(f"gave no picture for {patience_s:g} s")
        return frame

    def poll(self, timeout_s: float) -> Frame | None:
        """Do as `read` does, but give None if there is no frame yet.

        Raises
        ------
        StreamBroken, NoCamera
            If there will be none: the address ended, the camera was unplugged, or is not open.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._newest or self._failure or self._stop.is_set(), timeout_s)
            frame, self._newest = self._newest, None
            if frame is None and self._failure is not None:
                raise self._failure
            if frame is None and (self._stop.is_set() or self._thread is None):
                raise StreamBroken(
                    f"{name_source(self.source)} is not open.", "Open it first: with Camera(...) as camera."
                )
            return frame

    def no_answer(self, what: str) -> ReaderError:
        """Say of the camera, as an error, what it did or did not do."""
        name = name_source(self.source)
        if self._is_address:
            return StreamBroken(f"{name} {what}.")
        return NoCamera(f"{name} {what}.", _MAC_STEP if sys.platform == "darwin" else None)

    def close(self) -> None:
        """Stop reading and let go of the camera; safe to call twice."""
        with self._changed:
            self._stop.set()
            self._changed.notify_all()
        if self._thread is not None:
            # The native read ends by its own time-out; a driver that hangs beyond that is left to the daemon.
            self._thread.join(self.stall_s + 1)
            self._thread = None

    @property
    def _is_address(self) -> bool:
        return "://" in self.source

    def _run(self, video: cv2.VideoCapture | None, stop: threading.Event) -> None:
        """Do the thread's work: open, read until told to stop or nothing comes any more, release."""
        try:
            video = video or self._open_video()
            if video.isOpened():
                self._tell_opened()
                self._read_all(video, stop)
            else:
                self._fail(self.no_answer("does not answer"))
        except cv2.error as error:
            self._fail(self.no_answer(f"failed ({error.err or 'in its driver'})"))
        except ReaderError as error:
            self._fail(error)
        finally:
            if video is not None:
                video.release()

    def _open_video(self) -> cv2.VideoCapture:
        return _open(self.source, self.timeout_s, self.stall_s, self.mode)

    def _read_all(self, video: cv2.VideoCapture, stop: threading.Event) -> None:
        index = 0
        last_s = time.monotonic()
        while True:
            ok, image = video.read()
            now_s = time.monotonic()
            if stop.is_set():
                return
            if ok and image is not None:
                self._keep(Frame(to_bgr(image), source=self.source, index=index, timestamp=now_s))
                index, last_s = index + 1, now_s
            elif self._is_address or now_s - last_s > self.stall_s:
                self._fail(self.no_answer(_how_it_ended(index)))
                return
            else:
                stop.wait(_RETRY_S)

    def _tell_opened(self) -> None:
        with self._changed:
            self._opened = True
            self._changed.notify_all()

    def _keep(self, frame: Frame) -> None:
        with self._changed:
            self._newest = frame
            self._changed.notify_all()

    def _fail(self, failure: ReaderError) -> None:
        with self._changed:
            self._failure = failure
            self._changed.notify_all()


def _how_it_ended(frames_read: int) -> str:
    if frames_read == 0:
        return "opens, but gives no picture (another program may be using it)"
    return f"stopped after {frames_read} {'picture' if frames_read == 1 else 'pictures'}"


def name_source(source: str) -> str:
    """Name a camera or an address in a message; a password in an address stays out of it."""
    if "://" in source:
        return re.sub(r"//[^/@]*@", "//", source)
    return f"Camera {source}"


def _open(source: str, timeout_s: float, stall_s: float, mode: CameraMode) -> cv2.VideoCapture:
    """Open a source; whether it worked is for the caller to ask.

    Only FFmpeg knows the time-outs: a camera's driver would refuse to open for an option it has never heard of.
    """
    if "://" in source:
        options = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, _to_ms(timeout_s), cv2.CAP_PROP_READ_TIMEOUT_MSEC, _to_ms(stall_s)]
        return cv2.VideoCapture(source, cv2.CAP_FFMPEG, options)
    if source.isdecimal():
        return _set_mode(cv2.VideoCapture(int(source), BACKENDS[mode.backend]), mode)
    return _set_mode(cv2.VideoCapture(source, cv2.CAP_V4L2), mode)


def _to_ms(seconds: float) -> int:
    return max(1, round(seconds * 1000))


def _set_mode(video: cv2.VideoCapture, mode: CameraMode) -> cv2.VideoCapture:
    """Ask an open camera for a size; each request costs time with some drivers, so none is made without need."""
    if mode.width and video.isOpened():
        if sys.platform == "linux":
            # Uncompressed, a USB cable carries ten such pictures a second.
            video.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        video.set(cv2.CAP_PROP_FRAME_WIDTH, mode.width)
        video.set(cv2.CAP_PROP_FRAME_HEIGHT, mode.height)
    return video
