"""Keeps what native libraries print off the terminal: stderr is for the words meant for the user."""

import contextlib
import os
import threading
from collections.abc import Iterator

import cv2

STDERR_FD = 2

_lock = threading.Lock()
_inside = 0  # how many `hushed` blocks are open, in all threads
_kept_fd: int | None = None  # the real stderr, while at least one of them is

cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


@contextlib.contextmanager
def hushed() -> Iterator[None]:
    """Send what is written to the process's stderr nowhere for the length of the block.

    Notes
    -----
    OpenCV's logger can be told to be silent; libpng, libjpeg and the camera drivers below it write to file
    descriptor 2 themselves. The descriptor belongs to the whole process: blocks may nest and overlap between
    threads (the first one in closes the fence, the last one out opens it), and what another thread writes to
    stderr meanwhile is lost. Keep blocks short.
    """
    _close_fence()
    try:
        yield
    finally:
        _open_fence()


def _close_fence() -> None:
    global _inside, _kept_fd
    with _lock:
        _inside += 1
        if _inside > 1:
            return
        try:
            _kept_fd = os.dup(STDERR_FD)
        except OSError:  # no stderr at all: pythonw, some services
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, STDERR_FD)
        os.close(nowhere)


def _open_fence() -> None:
    global _inside, _kept_fd
    with _lock:
        _inside -= 1
        if _inside or _kept_fd is None:
            return
        os.dup2(_kept_fd, STDERR_FD)
        os.close(_kept_fd)
        _kept_fd = None
