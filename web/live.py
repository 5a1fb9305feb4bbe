"""Live: a socket on which a browser sends a camera's frames, and is told what is read on them.

The browser sends JPEG pictures, each when the one before it has been answered; every answer is an object of JSON. All
sockets share one pipeline, and each has a memory of its own: nobody is told what somebody else shows. Whoever sends
faster than is read waits in the network's own buffers, not here: a message is taken when the one before is answered.
"""

import json
import logging
import time
from contextlib import suppress
from typing import Any

import anyio
from anyio.lowlevel import RunVar
from starlette.websockets import WebSocket, WebSocketDisconnect

from capture.frame import Frame
from capture.image import Limits, load_image
from errors import ImageTooLarge, ReaderError, WrongUsage
from recognize.reading import number_to_dict
from speak.language import phrase
from watch.guide import Guide
from watch.loop import Seen, Watcher
from watch.settle import Settled
from web.answers import POLICY, describe
from web.meter import Turnstile
from web.rack import SHIPPED
from web.shelf import pipeline_with

# A webcam's frame at its best; more is no webcam's.
FRAME = Limits(max_bytes=4_000_000, max_pixels=9_000_000)
WATCHERS = Turnstile(24, 16)
# Whoever sends nothing for so long has gone, and whoever does not take an answer for so long too.
IDLE_S = 120.0
# More threads than cores would only take turns.
READERS = 2
OPTIONS = {"model", "guide", "mirrored", "language"}


async def live(socket: WebSocket) -> None:
    """Answer the frames of one browser until it leaves."""
    client = socket.client.host if socket.client else "unknown"
    with suppress(WebSocketDisconnect, TimeoutError):
        try:
            WATCHERS.enter(client)
        except ReaderError as error:
            await _turn_away(socket, error)
            return
        try:
            await _serve(socket)
        finally:
            WATCHERS.leave(client)


async def _serve(socket: WebSocket) -> None:
    """Let a browser in whose wishes can be met, and part from one that has fallen silent."""
    try:
        show = await anyio.to_thread.run_sync(Show, dict(socket.query_params), limiter=_readers())
    except ReaderError as error:
        await _turn_away(socket, error)
        return
    await socket.accept()
    try:
        await _converse(socket, show)
    except TimeoutError:
        silent = WrongUsage(f"Nothing came for {IDLE_S:g} s.", "Connect again to go on.")
        with anyio.move_on_after(1):
            await _dismiss(socket, silent)


async def _converse(socket: WebSocket, show: "Show") -> None:
    """Answer each frame; what cannot be read is answered too, and the next one may be better."""
    while True:
        with anyio.fail_after(IDLE_S):
            message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        received_s = time.monotonic()
        told = await anyio.to_thread.run_sync(_answer, show, message.get("bytes"), received_s, limiter=_readers())
        with anyio.fail_after(IDLE_S):
            await socket.send_text(json.dumps(told, separators=(",", ":")))


def _answer(show: "Show", jpeg: bytes | None, received_s: float) -> dict[str, Any]:
    """Answer a message, whatever it holds: a fault of ours ends no socket either."""
    try:
        return show.answer(jpeg, received_s)
    except ReaderError as error:
        return describe(error)
    except Exception as error:
        logging.getLogger("web").error("A frame failed.", exc_info=error)
        return describe(ReaderError("This frame failed, by a fault of ours.", "Send the next one."))


async def _turn_away(socket: WebSocket, error: ReaderError) -> None:
    """Say why nobody is served: browsers do not tell a page why a socket was refused, so it is opened for that."""
    await socket.accept()
    await _dismiss(socket, error)


async def _dismiss(socket: WebSocket, error: ReaderError) -> None:
    await socket.send_text(json.dumps(describe(error)))
    # A reason has room for 123 bytes (RFC 6455, 5.5).
    await socket.close(POLICY, error.what.encode("ascii", "replace")[:120].decode())


class Show:
    """What one browser shows, and what has been read on it.

    Parameters
    ----------
    options : dict of str to str
        Of the socket's address: "model"; "guide" and "mirrored", "1" or "0"; "language".

    Raises
    ------
    ReaderError
        If an option is none, or the model cannot be used.
    """

    def __init__(self, options: dict[str, str]) -> None:
        unknown = set(options) - OPTIONS
        if unknown:
            raise WrongUsage(f"There is no option {sorted(unknown)[0][:40]!r}.", f"Give {', '.join(sorted(OPTIONS))}.")
        self._language = options.get("language", "en")
        guide = Guide(options.get("mirrored") == "1") if options.get("guide") == "1" else None
        phrase("nothing", self._language)
        self._watcher = Watcher(pipeline_with(options.get("model", SHIPPED)), guide)
        self._count = 0

    def answer(self, jpeg: bytes | None, received_s: float) -> dict[str, Any]:
        """Read a frame, and say what is new.

        Parameters
        ----------
        jpeg : bytes or None
            A picture of any kind that `capture.image` loads; None for a message of text.
        received_s : float
            When it came, in seconds of `time.monotonic`.

        Raises
        ------
        ReaderError
            If it is no picture, or too large.
        """
        if not jpeg:
            raise WrongUsage("A frame is a picture.", "Send each as one binary message.")
        try:
            image = load_image(jpeg, FRAME, "The frame")
        except ImageTooLarge as error:
            raise ImageTooLarge(error.what, "Send frames of a smaller size.") from error
        frame = Frame(image, "camera", self._count, received_s)
        self._count += 1
        return self._describe(self._watcher.see(frame))

    def _describe(self, seen: Seen) -> dict[str, Any]:
        """Say what was seen: of this frame, what is settled and in view, what is new, and what would help."""
        return {
            "index": seen.frame.index,
            "size": [seen.frame.width, seen.frame.height],
            "numbers": [
                {"text": one.text, "confidence": round(one.confidence, 4), "box": list(one.box)}
                for one in seen.reading.numbers
            ],
            "in_view": [_settled(one) for one in seen.in_view],
            "new": [_settled(one) for one in seen.new],
            "hint": seen.hint and {"key": seen.hint, "words": phrase(seen.hint, self._language)},
            "ms": round(seen.ms, 2),
        }


def _settled(one: Settled) -> dict[str, Any]:
    return {"track": one.track} | number_to_dict(one.number)


_READERS: RunVar[anyio.CapacityLimiter] = RunVar("readers of frames")


def _readers() -> anyio.CapacityLimiter:
    """Limiter of this event loop's reading threads."""
    try:
        return _READERS.get()
    except LookupError:
        limiter = anyio.CapacityLimiter(READERS)
        _READERS.set(limiter)
        return limiter
