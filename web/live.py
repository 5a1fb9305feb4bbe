"""Live: a socket on which a browser sends a camera's frames, and is told what is read on them.

The browser sends JPEG pictures, each when the one before it has been answered; every answer is an object of JSON. All
sockets share one pipeline, and each has a memory of its own: nobody is told what somebody else shows.
"""

import json
import time
from typing import Any

import anyio
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from capture.frame import Frame
from capture.image import Limits, load_image
from errors import ReaderError, WrongUsage
from recognize.reading import number_to_dict
from speak.language import phrase
from watch.guide import Guide
from watch.loop import Seen, Watcher
from watch.settle import Settled
from web.answers import POLICY, describe
from web.guard import Turnstile
from web.shelf import SHIPPED, pipeline_with

# A webcam's frame at its best; more is no webcam's.
FRAME = Limits(max_bytes=4_000_000, max_pixels=9_000_000)
WATCHERS = Turnstile(24, 16)
# Whoever sends nothing for so long has gone.
IDLE_S = 120.0
# More threads than cores would only take turns.
READERS = 2
OPTIONS = {"model", "guide", "mirrored", "language"}


async def live(socket: WebSocket) -> None:
    """Answer the frames of one browser until it leaves."""
    client = socket.client.host if socket.client else "unknown"
    try:
        WATCHERS.enter(client)
    except ReaderError as error:
        await _turn_away(socket, error)
        return
    try:
        show = Show(dict(socket.query_params))
        await socket.accept()
        await _converse(socket, show)
    except ReaderError as error:
        await _turn_away(socket, error)
    except (WebSocketDisconnect, TimeoutError):
        pass
    finally:
        WATCHERS.leave(client)


async def _converse(socket: WebSocket, show: "Show") -> None:
    """Answer each frame; what cannot be read is answered too, and the next one may be better."""
    while True:
        with anyio.fail_after(IDLE_S):
            message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        received_s = time.monotonic()
        try:
            told = await anyio.to_thread.run_sync(show.answer, message.get("bytes"), received_s, limiter=_limiter())
        except ReaderError as error:
            told = describe(error)
        await socket.send_text(json.dumps(told, separators=(",", ":")))


async def _turn_away(socket: WebSocket, error: ReaderError) -> None:
    """Say why nobody is served: browsers do not tell a page why a socket was refused, so it is opened for that."""
    await socket.accept()
    await socket.send_text(json.dumps(describe(error)))
    await socket.close(POLICY)


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

        Raises
        ------
        ReaderError
            If it is no picture, or too large.
        """
        if not jpeg:
            raise WrongUsage("A frame is a picture.", "Send each as one binary message.")
        frame = Frame(load_image(jpeg, FRAME, "frame"), "camera", self._count, received_s)
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


_LIMITERS: dict[int, anyio.CapacityLimiter] = {}


def _limiter() -> anyio.CapacityLimiter:
    """Limiter of this event loop's reading threads."""
    token = id(anyio.lowlevel.current_token())
    return _LIMITERS.setdefault(token, anyio.CapacityLimiter(READERS))


ROUTES = [WebSocketRoute("/api/live", live)]
