"""Origin: which pages may use this server, and which names are its own.

A page of another site could make a visitor's browser ask a server on the visitor's own machine. Browsers name the
page's site in the Origin header, and the name that they were told to call in Host: both have to be this server's.
"""

import ipaddress
import re
import socket
from functools import cache
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from errors import ForeignOrigin

# A name or an address in brackets, and perhaps a port: nothing else is a Host.
HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[^\s\[\]:@/?#\\]+)(?::(?P<port>\d{1,5}))?", re.IGNORECASE)
PORTS = {"http": 80, "https": 443}
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


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
