"""Streams: an MJPEG server on loopback that can stall, break off or say no, and a writer of video files."""

import contextlib
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import numpy as np

FPS = 50


class MjpegServer:
    """Serve pictures as multipart/x-mixed-replace, the way webcams and phones do.

    Parameters
    ----------
    pictures : sequence of ndarray of uint8, shape (H, W, 3)
        BGR; served one after the other, then from the start again.
    stall_after : int, optional
        Send this many pictures, then nothing more, with the line open.
    end_after : int, optional
        Send this many pictures, then hang up.
    status : int
        What is answered; anything but 200 sends no picture.
    """

    def __init__(
        self,
        pictures: Sequence[np.ndarray],
        stall_after: int | None = None,
        end_after: int | None = None,
        status: int = 200,
    ) -> None:
        self.jpegs = [cv2.imencode(".jpg", picture)[1].tobytes() for picture in pictures]
        self.stall_after, self.end_after, self.status = stall_after, end_after, status
        self.sent = 0
        self.closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/video"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        stream = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(stream.status)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
                self.end_headers()
                if stream.status == 200:
                    with contextlib.suppress(OSError):  # the camera was closed
                        stream.send(self)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        return Handler

    def send(self, handler: BaseHTTPRequestHandler) -> None:
        self.sent = 0
        while not self.closing.wait(1 / FPS):
            if self.sent == self.end_after:
                return
            if self.sent == self.stall_after:
                self.closing.wait()
                return
            jpeg = self.jpegs[self.sent % len(self.jpegs)]
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            handler.wfile.write(head.encode() + jpeg + b"\r\n")
            self.sent += 1


@contextlib.contextmanager
def mjpeg_server(
    pictures: Sequence[np.ndarray],
    stall_after: int | None = None,
    end_after: int | None = None,
    status: int = 200,
) -> Iterator[MjpegServer]:
    """Run an `MjpegServer` for the length of a block."""
    server = MjpegServer(pictures, stall_after, end_after, status)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def grey_pictures(levels: Sequence[int], height: int = 120, width: int = 160) -> list[np.ndarray]:
    """Make plain pictures, one for each grey level."""
    return [np.full((height, width, 3), level, np.uint8) for level in levels]


def write_video(path: Path, pictures: Sequence[np.ndarray], fps: float = 25.0) -> Path:
    """Write an MJPEG video, which every OpenCV can write and which can be cut off anywhere."""
    height, width = pictures[0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), fps, (width, height))
    if not writer.isOpened():
        raise RuntimeError(f"{path} cannot be written as a video")
    for picture in pictures:
        writer.write(picture)
    writer.release()
    return path
