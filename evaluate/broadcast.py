"""Broadcast: a camera on the network, as phones and webcams are: MJPEG over HTTP on loopback, from its own process."""

import multiprocessing
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from multiprocessing.sharedctypes import Synchronized
from typing import Any

STARTING_S = 20.0
BOUNDARY = "frame"
# So many moments are remembered: what is asked for is never older.
REMEMBERED = 4096


@dataclass(frozen=True)
class Broadcast:
    """What is being sent.

    Parameters
    ----------
    address : str
    """

    address: str
    _sent: "Synchronized[int]"
    _moments_s: Any

    @property
    def sent(self) -> int:
        """How many frames have been sent on the newest connection."""
        return self._sent.value

    def when(self, index: int) -> float:
        """Moment of `time.monotonic` at which a frame of the newest connection was sent."""
        return float(self._moments_s[index % REMEMBERED])


@contextmanager
def broadcast(jpegs: Sequence[bytes], fps: float) -> Iterator[Broadcast]:
    """Send pictures one after the other, again and again, for the length of a block.

    Parameters
    ----------
    jpegs : sequence of bytes
    fps : float
        How many are sent a second. One that is late is sent at once, and none is left out.
    """
    context = multiprocessing.get_context("spawn")
    port, sent = context.Value("i", 0), context.Value("i", 0)
    moments_s = context.Array("d", REMEMBERED, lock=False)
    process = context.Process(target=_serve, args=(list(jpegs), fps, port, sent, moments_s), daemon=True)
    process.start()
    try:
        until_s = time.monotonic() + STARTING_S
        while not port.value and time.monotonic() < until_s:
            time.sleep(0.01)
        yield Broadcast(f"http://127.0.0.1:{port.value}/video", sent, moments_s)
    finally:
        process.terminate()
        process.join()


def _serve(jpegs: list[bytes], fps: float, port: Any, sent: Any, moments_s: Any) -> None:
    """Serve one watcher after the other until the process is ended."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={BOUNDARY}")
            self.end_headers()
            sent.value, start_s = 0, time.monotonic()
            while True:
                time.sleep(max(0.0, start_s + sent.value / fps - time.monotonic()))
                moments_s[sent.value % REMEMBERED] = time.monotonic()
                self._send(jpegs[sent.value % len(jpegs)])
                sent.value += 1

        def _send(self, jpeg: bytes) -> None:
            head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            self.wfile.write(head.encode() + jpeg + b"\r\n")

        def log_message(self, *_: Any) -> None:
            """Stay silent."""

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionError:
                return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    port.value = server.server_port
    server.serve_forever()
