"""Guard: who may ask this server for something, and how often.

A page of another site could make a visitor's browser ask a server on the visitor's own machine. Browsers name the
page's site in the Origin header, and the name that they were told to call in Host: both have to be this server's.
"""

import ipaddress
import socket
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from errors import ForeignOrigin, ReaderError, TooManyRequests
from web.answers import refuse

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
# Clients that are remembered; the one that was heard of longest ago is forgotten first.
MOST_CLIENTS = 4096


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
        If Host is a name that this server does not have (a foreign name may be made to point here), or Origin is
        given and is another one.
    """
    host = headers.get("host", "")
    if not is_own_name(host, names):
        raise ForeignOrigin(f"This server is not called {host[:80]!r}.")
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
        raise ForeignOrigin(f"A page of {origin[:80]!r} may not use this server.")


def is_own_name(host: str, names: frozenset[str] = frozenset()) -> bool:
    """Say whether a Host header names this server: an address, localhost, the machine's name, or one of `names`."""
    try:
        name = (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return False
    if name in LOOPBACK or name in names or _is_address(name):
        return True
    own = socket.gethostname().lower()
    return bool(own) and name in {own, f"{own}.local"}


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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, or answer 403."""
        if scope["type"] in ("http", "websocket"):
            try:
                check_origin(Headers(scope=scope), self._names)
            except ReaderError as error:
                await refuse(error, scope, receive, send)
                return
        await self._app(scope, receive, send)


# What `python -m web --name` adds, before the server starts.
NAMES: set[str] = set()


class GuardOfThisServer(Guard):
    """The guard with the names that this process was started with."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app, frozenset(NAMES))


GUARDED = [Middleware(GuardOfThisServer)]
