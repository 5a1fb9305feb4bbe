"""Opening: what the server does before its first visitor comes, as long as it is open, and when it is told to close."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from uvicorn import Server
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from web.sweep import sweeping

# A visitor's connection that is not closed by then is left to itself.
PARTING_S = 3
# By then the first visitor's browser has the first page, which needs nothing that reads; both at once would hold it up.
FETCH_AFTER_S = 2.0


@asynccontextmanager
async def opening(app: Any) -> AsyncIterator[dict[str, Any]]:
    """Open the server: no answer waits for another, and visitors share the cores."""
    send_at_once()
    close_soon()
    fetching = asyncio.create_task(_fetch_later())
    async with sweeping(app) as state:
        yield state
    fetching.cancel()
    with suppress(asyncio.CancelledError):
        await fetching


async def _fetch_later() -> None:
    """Import all that reads, in a thread of its own, once the first page is there; say so where that fails."""
    await asyncio.sleep(FETCH_AFTER_S)
    try:
        await asyncio.to_thread(fetch_reader)
    except ImportError as error:
        logging.getLogger("web").error("What reads cannot be imported, so no page will work.", exc_info=error)


def fetch_reader() -> None:
    """Import all that reads, before anybody asks for it."""
    import cv2

    # Several visitors' pictures are read side by side; each on two threads would take half as long again of both.
    cv2.setNumThreads(1)
    import web.interface
    import web.live  # noqa: F401 - imported for those who come


def send_at_once() -> None:
    """Have answers sent at once, though the one before has not been acknowledged yet (TCP_NODELAY).

    asyncio does so for sockets that were made for TCP by name, which Streamlit's is not: each file of a page, and each
    second answer to a camera, would wait for the 40 ms that a browser takes to acknowledge.
    """
    # A server that is opened again, as tests do, has it already.
    if AutoHTTPProtocol.connection_made is not _connection_made:
        AutoHTTPProtocol.connection_made = _connection_made  # type: ignore[method-assign, assignment]


def close_soon() -> None:
    """Have the server end soon after Ctrl-C, whoever is connected.

    Over HTTPS a connection is closed when the other side has agreed to it; a phone that was switched off never does,
    and would be waited for half a minute.
    """
    if Server.shutdown is not _shutdown:
        Server.shutdown = _shutdown  # type: ignore[method-assign, assignment]


_shutdown_before = Server.shutdown


async def _shutdown(server: Server, sockets: list[socket.socket] | None = None) -> None:
    if server.config.timeout_graceful_shutdown is None:
        server.config.timeout_graceful_shutdown = PARTING_S
    await _shutdown_before(server, sockets)


_made_before = AutoHTTPProtocol.connection_made


def _connection_made(protocol: Any, transport: asyncio.BaseTransport) -> None:
    made = transport.get_extra_info("socket")
    if made is not None and made.family in (socket.AF_INET, socket.AF_INET6):
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    _made_before(protocol, transport)
