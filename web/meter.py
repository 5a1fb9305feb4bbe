"""Meter: how often a client may ask, and how many may be inside at the same time."""

import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from errors import TooManyRequests

# Clients that are remembered; the one that was heard of longest ago is forgotten first.
MOST_CLIENTS = 4096


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
