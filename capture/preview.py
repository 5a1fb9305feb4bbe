"""The window: shows what the camera sees, and hands the keys that are pressed to whoever wants them."""

import functools
import itertools
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np

from capture.frame import Frame
from capture.noise import hushed
from errors import OutputNotWritable

TITLE = "Camera"
SPACE = " "
_ESCAPE = 27
_LEAVING = {_ESCAPE, ord("q"), ord("Q")}
_PROBE_TIMEOUT_S = 15.0
_FONT = cv2.FONT_HERSHEY_SIMPLEX
# How many times darker a picture is where white words stand on it: they are read even on paper.
_DARKER = 4

Answer = np.ndarray | Sequence[str] | None
"""What may come back for a key: a picture to show until the next key, lines to write over the live picture, or
nothing."""


@functools.cache
def has_display() -> bool:
    """Tell whether a window can be opened here.

    Notes
    -----
    Opening a window without a display ends the whole process, and no exception can be caught. The obvious
    reasons are looked at first; what remains (an X server that does not answer or does not let us in, a missing
    library) only a window shows, so another process opens one. Asked once, about 0.3 s where there is a display.
    """
    if not _has_gui():
        return False
    if sys.platform not in ("win32", "darwin") and not (os.environ.get("DISPLAY") or _has_wayland()):
        return False
    return _probe_window()


def preview(
    frames: Iterable[Frame],
    on_key: Callable[[str, Frame], Answer] | None = None,
    title: str = TITLE,
    hint: Sequence[str] = (),
    wait_ms: int = 10,
) -> None:
    """Show frames in a window until ESC, q, or its closing.

    Parameters
    ----------
    frames : iterable of Frame
        A `Camera`, or what `frames(source)` yields. After the last one the window stays, with that frame.
    on_key : callable, optional
        Called with the key (SPACE is ' ') and the frame on show. A picture (uint8 BGR) that it returns is shown
        until the next key; lines are written over the live picture from then on; None changes nothing.
    title : str
        Of the window.
    hint : sequence of str
        Lines written over the live picture until `on_key` returns others.
    wait_ms : int
        How long to look for a key after each frame, in milliseconds.

    Raises
    ------
    ReaderError
        What `frames` or `on_key` raise, after the window is closed.

    Notes
    -----
    Ask `has_display` before.
    """
    held: np.ndarray | None = None
    lines: Sequence[str] = hint
    try:
        for frame in _without_end(frames):
            _show(title, held if held is not None else write_lines(frame.image, lines))
            key = cv2.waitKey(wait_ms)
            if _is_leaving(key) or not _is_open(title):
                return
            if _is_character(key):
                held, lines = _take(on_key(chr(key & 0xFF), frame) if on_key else None, lines)
    finally:
        _close(title)


def write_lines(image: np.ndarray, lines: Sequence[str]) -> np.ndarray:
    """Write lines of text into the upper left corner of a copy of a picture, on a darkened ground.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
        BGR.
    lines : sequence of str
        From the top down, in white.

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)
    """
    written = image.copy()
    if not lines:
        return written
    scale = max(0.5, image.shape[0] / 720)
    step = round(32 * scale)
    widest = max(cv2.getTextSize(line, _FONT, scale, 1)[0][0] for line in lines)
    ground = written[: len(lines) * step + step // 2, : widest + step]
    ground[:] = ground // _DARKER
    for number, line in enumerate(lines, start=1):
        cv2.putText(written, line, (step // 2, number * step), _FONT, scale, (255, 255, 255), 1, cv2.LINE_AA)
    return written


def save_frame(frame: Frame, folder: str | Path) -> Path:
    """Save a frame as the next opencv_frame_N.png, counting from 0; nothing is ever overwritten.

    Parameters
    ----------
    frame : Frame
    folder : str or Path
        Made if it is not there.

    Returns
    -------
    Path
        Of the new file.

    Raises
    ------
    OutputNotWritable
        If the folder cannot be made or written to.
    """
    folder = Path(folder)
    encoded = cv2.imencode(".png", frame.image)[1].tobytes()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _write_next(folder, encoded)
    except OSError as error:
        raise OutputNotWritable(f"{folder} cannot be written to ({error.strerror}).") from error


def _write_next(folder: Path, encoded: bytes) -> Path:
    taken = (re.fullmatch(r"opencv_frame_([0-9]+)\.png", file.name) for file in folder.iterdir())
    first_free = max((int(match[1]) + 1 for match in taken if match), default=0)
    for number in itertools.count(first_free):
        path = folder / f"opencv_frame_{number}.png"
        try:
            with path.open("xb") as file:  # x: another process may save here at the same time
                file.write(encoded)
        except FileExistsError:
            continue
        return path
    raise AssertionError("itertools.count ends")


def _has_gui() -> bool:
    """Tell whether this OpenCV has windows: opencv-python-headless has none."""
    ask = getattr(cv2, "currentUIFramework", None)
    return bool(ask()) if ask else True


def _has_wayland() -> bool:
    return bool(os.environ.get("WAYLAND_DISPLAY"))


def _probe_window() -> bool:
    """Open a window in another process, which may die of it."""
    attempt = "import cv2; cv2.namedWindow('probe'); cv2.waitKey(1); cv2.destroyAllWindows()"
    try:
        done = subprocess.run(
            [sys.executable, "-c", attempt], capture_output=True, timeout=_PROBE_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def _without_end(frames: Iterable[Frame]) -> Iterable[Frame]:
    frame = None
    for frame in frames:
        yield frame
    while frame is not None:
        yield frame


def _show(title: str, image: np.ndarray) -> None:
    with hushed():  # Qt misses its fonts aloud
        cv2.imshow(title, image)


def _is_leaving(key: int) -> bool:
    return key >= 0 and key & 0xFF in _LEAVING


def _is_character(key: int) -> bool:
    return key >= 0 and 32 <= key & 0xFF < 127


def _is_open(title: str) -> bool:
    """Tell whether the user has left the window open."""
    try:
        return cv2.getWindowProperty(title, cv2.WND_PROP_VISIBLE) >= 1
    except cv2.error:  # Qt has forgotten a window that was closed
        return False


def _take(answer: Answer, lines: Sequence[str]) -> tuple[np.ndarray | None, Sequence[str]]:
    """Sort an answer into a picture to hold and lines to write."""
    if isinstance(answer, np.ndarray):
        return answer, lines
    if answer is None:
        return None, lines
    return None, [answer] if isinstance(answer, str) else answer


def _close(title: str) -> None:
    try:
        cv2.destroyWindow(title)
    except cv2.error:  # closed by the user, or never opened
        return
    cv2.waitKey(1)  # some systems close a window only when asked for the next key
