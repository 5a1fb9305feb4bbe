"""Who may ask, how often and how slowly."""

from types import SimpleNamespace

import anyio
import pytest
from starlette.datastructures import Headers
from streamlit import runtime
from streamlit.runtime.stats import CacheStat

from errors import WrongUsage
from web import guard
from web.guard import Guard, check_room, in_time
from web.headers import hash_scripts, with_headers
from web.meter import Turnstile


def send_through(app, scope, messages=()):
    """Send a request through the guard: what is sent back."""
    sent, left = [], list(messages)

    async def receive():
        if not left:
            await anyio.sleep_forever()
        return left.pop(0)

    async def send(message):
        sent.append(message)

    usual = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "headers": [(b"host", b"localhost")],
        "client": ("1.2.3.4", 5),
    }
    anyio.run(Guard(app), usual | scope, receive, send)
    return sent


async def welcome(scope, receive, send):
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x", b"y")]})
    await send({"type": "http.response.body", "body": b"page"})


def test_every_answer_says_what_a_browser_may_do_with_it():
    for headers in ([(b"host", b"localhost:8501")], [(b"host", b"example.com")]):
        body = {"type": "http.request", "body": b""}
        start = send_through(welcome, {"headers": headers}, [body])[0]
        told = Headers(raw=start["headers"])
        assert told["x-content-type-options"] == "nosniff"
        assert told["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in told["content-security-policy"]
        assert "unsafe-eval" not in told["content-security-policy"]
        assert "camera=(self), microphone=()" in told["permissions-policy"]


def test_the_policy_names_the_host_and_nothing_that_a_header_smuggles_in():
    def policy(host: bytes) -> str:
        sent = []

        async def send(message):
            sent.append(message)

        scope = {"type": "http", "headers": [(b"host", host)]}
        anyio.run(with_headers(scope, send), {"type": "http.response.start", "status": 200, "headers": []})
        return Headers(raw=sent[0]["headers"])["content-security-policy"]

    assert "ws://localhost:8501 wss://localhost:8501 " in policy(b"localhost:8501")
    assert ";*" not in policy(b"x; script-src *;")
    assert "script-src *" not in policy(b"x; script-src *;")
    assert "'sha256-" in hash_scripts()


def test_sockets_are_turned_away_before_they_are_opened():
    scope = {"type": "websocket", "path": "/_stcore/stream", "headers": [(b"host", b"example.com")]}
    assert send_through(welcome, scope)[0]["type"] == "websocket.close"
    answered = send_through(welcome, scope | {"extensions": {"websocket.http.response": {}}})
    assert (answered[0]["type"], answered[0]["status"]) == ("websocket.http.response.start", 403)
    assert b"ForeignOrigin" in answered[1]["body"]


def test_no_more_pages_are_opened_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr(guard, "VISITORS", Turnstile(0, 0))
    scope = {"type": "websocket", "path": "/_stcore/stream", "extensions": {"websocket.http.response": {}}}
    assert send_through(welcome, scope)[0]["status"] == 429
    assert send_through(welcome, scope | {"path": "/api/live"})[0]["type"] == "websocket.accept"


def test_uploads_that_would_fill_the_memory_are_refused(monkeypatch):
    kept = {"cache": [CacheStat("uploads", "", 900_000_000)]}
    manager = SimpleNamespace(get_stats=lambda: kept)
    monkeypatch.setattr(runtime, "get_instance", lambda: SimpleNamespace(uploaded_file_mgr=manager))
    check_room()
    upload = {"method": "PUT", "path": "/_stcore/upload_file/session/file"}
    body = {"type": "http.request", "body": b""}
    assert send_through(welcome, upload, [body])[0]["status"] == 200
    kept["cache"].append(CacheStat("uploads", "", 200_000_000))
    assert send_through(welcome, upload, [body])[0]["status"] == 429


def test_a_body_has_to_come_in_time(monkeypatch):
    monkeypatch.setattr(guard, "GRACE_S", 0.2)

    async def receive_all(pause_s: float, size: int) -> int:
        left = [size] * 4

        async def receive():
            await anyio.sleep(pause_s)
            return {"type": "http.request", "body": bytes(left.pop()), "more_body": bool(left)}

        timed, got, more = in_time(receive), 0, True
        while more:
            message = await timed()
            got, more = got + len(message["body"]), message["more_body"]
        return got

    assert anyio.run(receive_all, 0.0, 1) == 4
    assert anyio.run(receive_all, 0.15, 50_000) == 200_000
    with pytest.raises(WrongUsage, match="too slowly"):
        anyio.run(receive_all, 0.15, 1)


def test_the_end_of_an_answer_may_be_awaited_for_ever(monkeypatch):
    monkeypatch.setattr(guard, "GRACE_S", 0.0)
    monkeypatch.setattr(guard, "BYTES_A_SECOND", 1e-3)

    async def wait_for_the_end():
        left = [{"type": "http.request", "body": b"x"}, {"type": "http.disconnect"}]

        async def receive():
            if len(left) == 1:
                await anyio.sleep(0.05)
            return left.pop(0)

        timed = in_time(receive)
        await timed()
        return await timed()

    monkeypatch.setattr(guard, "GRACE_S", 0.01)
    assert anyio.run(wait_for_the_end) == {"type": "http.disconnect"}


def test_what_fails_after_an_answer_has_begun_is_not_answered_twice():
    async def fail_late(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise WrongUsage("Too late.")

    with pytest.raises(WrongUsage):
        send_through(fail_late, {})
