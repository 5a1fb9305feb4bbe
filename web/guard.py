"""Guard: whatever is asked of this server passes here: from whom it comes, how slowly, and whether there is room."""

import time
from dataclasses import dataclass
from itertools import chain

import anyio
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import runtime
from streamlit.runtime.stats import CacheStat

from errors import ReaderError, TooManyRequests, WrongUsage
from web.answers import refuse
from web.headers import with_headers
from web.meter import Turnstile
from web.origin import check_origin

# A body comes at this speed at least, after a moment of grace: whoever dribbles would keep a place for ever.
GRACE_S, BYTES_A_SECOND = 10.0, 50_000.0

# Streamlit's own addresses: the socket of a page, and where a page's uploads go.
STREAM, UPLOAD = "/_stcore/stream", "/_stcore/upload_file/"
# "Unsupported data" (RFC 6455).
UNSUPPORTED = 1003
# What all visitors' uploads may take together: Streamlit keeps them in memory while their pages are open.
MOST_KEPT_BYTES = 1_000_000_000
# What is received at the same time; the next has to wait.
UPLOADS_AT_ONCE = 16
# Pages that are open at the same time.
VISITORS = Turnstile(96, 48)


class Guard:
    """ASGI middleware: refuses what comes from elsewhere before anything else looks at it, sockets too.

    Parameters
    ----------
    app : ASGI application
    names : frozenset of str
        As `check_origin` takes them.
    """

    def __init__(self, app: ASGIApp, names: frozenset[str] = frozenset()) -> None:
        self._app, self._names = app, names
        self._uploads = anyio.CapacityLimiter(UPLOADS_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, or answer what is wrong with it: 403, 429, or 400 if it comes too slowly."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        reply = Reply(with_headers(scope, send))
        try:
            check_origin(Headers(scope=scope), self._names)
            await self._let_pass(scope, receive, reply)
        except ReaderError as error:
            if reply.has_begun:
                raise
            await refuse(error, scope, receive, reply)
        except ClientDisconnect:
            pass

    async def _let_pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, in its turn."""
        if scope["type"] == "http":
            receive = in_time(receive)
        if scope["path"] == STREAM:
            with VISITORS.pass_through(client_of(scope)):
                await self._app(scope, without_text(receive), send)
        elif scope["path"].startswith(UPLOAD) and scope.get("method") == "PUT":
            async with self._uploads:
                check_room()
                await self._app(scope, receive, send)
        else:
            await self._app(scope, receive, send)


@dataclass
class Reply:
    """What is sent back; it knows whether it has begun, for then it is too late for another."""

    send: Send
    has_begun: bool = False

    async def __call__(self, message: Message) -> None:
        """Send a part of it."""
        self.has_begun = True
        await self.send(message)


def in_time(receive: Receive) -> Receive:
    """Receive a request's body, as long as it does not dribble in.

    Raises
    ------
    WrongUsage
        By what is returned, when the body is late.
    """
    began_s, received, is_complete = time.monotonic(), 0, False

    async def receive_in_time() -> Message:
        nonlocal received, is_complete
        if is_complete:
            return await receive()
        left_s = began_s + GRACE_S + received / BYTES_A_SECOND - time.monotonic()
        try:
            with anyio.fail_after(max(left_s, 0.0)):
                message = await receive()
        except TimeoutError:
            raise WrongUsage("The upload comes too slowly.", "Send it again, over a faster connection.") from None
        received += len(message.get("body", b""))
        is_complete = not message.get("more_body", False)
        return message

    return receive_in_time


def without_text(receive: Receive) -> Receive:
    """Receive a page's messages; text, which pages do not send, ends the socket (and Streamlit trips over it)."""

    async def receive_without_text() -> Message:
        message = await receive()
        if message["type"] == "websocket.receive" and message.get("bytes") is None:
            return {"type": "websocket.disconnect", "code": UNSUPPORTED}
        return message

    return receive_without_text


def check_room() -> None:
    """Refuse a page's upload when all pages together keep too much already.

    Raises
    ------
    TooManyRequests
    """
    stats = chain.from_iterable(runtime.get_instance().uploaded_file_mgr.get_stats().values())
    if sum(stat.byte_length for stat in stats if isinstance(stat, CacheStat)) > MOST_KEPT_BYTES:
        step = "Take some uploads away, or wait until other visitors have left."
        raise TooManyRequests("There is no room for more uploads.", step)


def client_of(scope: Scope) -> str:
    """Address of whoever asks."""
    client = scope.get("client")
    return str(client[0]) if client else "unknown"


# What `python -m web --name` adds, before the server starts.
NAMES: set[str] = set()


class GuardOfThisServer(Guard):
    """The guard with the names that this process was started with."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app, frozenset(NAMES))


GUARDED = [Middleware(GuardOfThisServer)]
