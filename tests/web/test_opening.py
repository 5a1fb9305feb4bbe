"""Opening: answers are sent at once, visitors share the cores, and nobody keeps a server that is told to end."""

import asyncio
import socket
from collections.abc import Iterator

import anyio
import cv2
import pytest
from starlette.applications import Starlette
from uvicorn import Config, Server
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from web import opening


@pytest.fixture(autouse=True)
def as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What opening changes for a whole process is put back."""
    threads = cv2.getNumThreads()
    monkeypatch.setattr(AutoHTTPProtocol, "connection_made", AutoHTTPProtocol.connection_made)
    monkeypatch.setattr(Server, "shutdown", Server.shutdown)
    yield
    cv2.setNumThreads(threads)


def test_connections_of_a_socket_like_streamlits_do_not_wait_for_acknowledgements():
    seen: list[int] = []

    class Watched(AutoHTTPProtocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            made = transport.get_extra_info("socket")
            seen.append(made.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    async def connect() -> None:
        # Made as Streamlit makes its own, not for TCP by name.
        with socket.socket(family=socket.AF_INET) as listening:
            listening.bind(("127.0.0.1", 0))
            listening.listen()
            server = Server(Config(Starlette(), http=Watched, lifespan="off", log_level="error"))
            serving = asyncio.ensure_future(server.serve(sockets=[listening]))
            while not server.started:
                await asyncio.sleep(0.01)
            _, writer = await asyncio.open_connection(*listening.getsockname())
            while not seen:
                await asyncio.sleep(0.01)
            writer.close()
            await writer.wait_closed()
            server.should_exit = True
            await serving

    opening.send_at_once()
    opening.send_at_once()
    asyncio.run(asyncio.wait_for(connect(), 30))
    assert seen[0] != 0


def test_an_open_server_reads_each_picture_on_one_thread(monkeypatch):
    async def open_until_fetched() -> None:
        async with opening.opening(None):
            with anyio.fail_after(30):
                while cv2.getNumThreads() != 1:
                    await anyio.sleep(0.01)

    monkeypatch.setattr(opening, "FETCH_AFTER_S", 0)
    cv2.setNumThreads(2)
    anyio.run(open_until_fetched)


def test_a_server_that_is_closed_at_once_fetches_nothing(monkeypatch):
    async def open_and_close() -> None:
        async with opening.opening(None):
            await anyio.sleep(0)

    fetched: list[bool] = []
    monkeypatch.setattr(opening, "fetch_reader", lambda: fetched.append(True))
    anyio.run(open_and_close)
    assert not fetched


def test_what_cannot_be_imported_is_told_and_the_server_still_closes(monkeypatch, caplog):
    def fail() -> None:
        raise ImportError("libGL.so.1")

    async def open_and_close() -> None:
        async with opening.opening(None):
            with anyio.fail_after(30):
                while not caplog.text:
                    await anyio.sleep(0.01)

    monkeypatch.setattr(opening, "FETCH_AFTER_S", 0)
    monkeypatch.setattr(opening, "fetch_reader", fail)
    anyio.run(open_and_close)
    assert "cannot be imported" in caplog.text
    assert "libGL.so.1" in caplog.text
