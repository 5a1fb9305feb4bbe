"""Guard: who may ask this server for something, how often, and how slowly.

A page of another site could make a visitor's browser ask a server on the visitor's own machine. Browsers name the
page's site in the Origin header, and the name that they were told to call in Host: both have to be this server's.
"""

import ipaddress
import re
import socket
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from urllib.parse import urlsplit

import anyio
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import runtime
from streamlit.runtime.stats import CacheStat

from errors import ForeignOrigin, ReaderError, TooManyRequests, WrongUsage
from web.answers import refuse
from web.headers import with_headers

# A name or an address in brackets, and perhaps a port: nothing else is a Host.
HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[^\s\[\]:@/?#\\]+)(?::(?P<port>\d{1,5}))?", re.IGNORECASE)
PORTS = {"http": 80, "https": 443}
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
# Clients that are remembered; the one that was heard of longest ago is forgotten first.
MOST_CLIENTS = 4096

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


def check_origin(headers: Headers, names: frozenset[str] = frozenset()) -> None:
    """Refuse a request that a page of another site makes.

    Parameters
    ----------
    headers : Headers
    names : frozenset of str
        Names of this server beside localhost, addresses and the machine's own name.

    Raises
    ------
    ForeignOrigin
        If Host is a name that this server does not have (a foreign name may be made to point here); if Origin is
        given and is another one; or if a browser says that another site's page wants to show something from here.
    """
    hosts, origins = headers.getlist("host"), headers.getlist("origin")
    host = hosts[0] if len(hosts) == 1 else ""
    if not is_own_name(host, names):
        raise ForeignOrigin(f"This server is not called {host[:80]!r}.", _how_to_name(host))
    if origins and (len(origins) > 1 or not is_same_place(origins[0], host)):
        raise ForeignOrigin(f"A page of {origins[0][:80]!r} may not use this server.")
    is_part = headers.get("sec-fetch-mode", "navigate") != "navigate"
    if is_part and headers.get("sec-fetch-site", "none") in ("cross-site", "same-site"):
        raise ForeignOrigin("A page of another site may not use this server.")


def _how_to_name(host: str) -> str | None:
    """Say what to do about a name that may be a good one."""
    found = HOST.fullmatch(host)
    if found is None or len(host) > 80 or not found["name"].isascii():
        return None
    return f"If it is, start it with: python -m web --name {found['name']}."


def is_own_name(host: str, names: frozenset[str] = frozenset()) -> bool:
    """Say whether a Host header names this server: an address, localhost, the machine's name, or one of `names`."""
    found = HOST.fullmatch(host)
    if found is None:
        return False
    name = found["name"].lower().strip("[]")
    return name in LOOPBACK or name in names or name in _own_names() or _is_address(name)


def is_same_place(origin: str, host: str) -> bool:
    """Say whether an Origin header is the very place that a Host header names, its port included."""
    try:
        place = urlsplit(origin)
    except ValueError:
        return False
    if place.scheme not in PORTS:
        return False
    return _name_and_port(place.netloc, place.scheme) == _name_and_port(host, place.scheme) is not None


def _name_and_port(host: str, scheme: str) -> tuple[str, int] | None:
    found = HOST.fullmatch(host)
    return found and (found["name"].lower(), int(found["port"] or PORTS[scheme]))


@cache
def _own_names() -> frozenset[str]:
    own = socket.gethostname().lower()
    return frozenset({own, f"{own}.local"} if own else ())


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


@dataclass
class Meter:
    """Counts what each client asks for: so much at once, and so much a second in the long run.

    Parameters
    ----------
    a_second : float
    at_once : float
    """

    a_second: float
    at_once: float
    _left: "OrderedDict[str, tuple[float, float]]" = field(default_factory=OrderedDict, init=False)

    def take(self, client: str, now_s: float | None = None) -> None:
        """Count one request.

        Raises
        ------
        TooManyRequests
            If the client has to wait.
        """
        now_s = time.monotonic() if now_s is None else now_s
        left, then_s = self._left.pop(client, (self.at_once, now_s))
        left = min(self.at_once, left + (now_s - then_s) * self.a_second)
        self._left[client] = max(left - 1, 0.0) if left >= 1 else left, now_s
        if len(self._left) > MOST_CLIENTS:
            self._left.popitem(last=False)
        if left < 1:
            raise TooManyRequests(f"More than {self.a_second:g} requests a second are not answered.")


@dataclass
class Turnstile:
    """Lets in so many at once, in all and of each client.

    Parameters
    ----------
    most, most_each : int
    """

    most: int
    most_each: int
    _inside: dict[str, int] = field(default_factory=dict, init=False)

    def enter(self, client: str) -> None:
        """Let one in.

        Raises
        ------
        TooManyRequests
            If there is no room.
        """
        if sum(self._inside.values()) >= self.most or self._inside.get(client, 0) >= self.most_each:
            raise TooManyRequests("Too many are being served already.")
        self._inside[client] = self._inside.get(client, 0) + 1

    def leave(self, client: str) -> None:
        """Let one out."""
        self._inside[client] -= 1
        if not self._inside[client]:
            del self._inside[client]

    @contextmanager
    def pass_through(self, client: str) -> Iterator[None]:
        """Let one in, and out again in the end.

        Raises
        ------
        TooManyRequests
            If there is no room.
        """
        self.enter(client)
        try:
            yield
        finally:
            self.leave(client)


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
