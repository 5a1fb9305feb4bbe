"""Who may ask, how often and how slowly."""

from types import SimpleNamespace

import anyio
import pytest
from starlette.datastructures import Headers
from streamlit import runtime
from streamlit.runtime.stats import CacheStat

from errors import ForeignOrigin, TooManyRequests, WrongUsage
from web import guard
from web.guard import Guard, Meter, Turnstile, check_origin, check_room, in_time, is_own_name
from web.headers import hash_scripts, with_headers

NAMES = frozenset({"reader.example"})


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "localhost:8501", "LocalHost:1", "127.0.0.1", "127.0.0.1:8501", "[::1]", "[::1]:8501"),
        *("192.168.1.5:8501", "10.0.0.1", "[fe80::1]:80", "reader.example", "READER.example:443"),
    ],
)
def test_its_own_names_are_known(host):
    assert is_own_name(host, NAMES)
    check_origin(Headers({"host": host}), NAMES)
    for scheme in ("http", "https"):
        check_origin(Headers({"host": host, "origin": f"{scheme}://{host}"}), NAMES)


def test_the_machine_s_name_is_its_own(monkeypatch):
    monkeypatch.setattr("socket.gethostname", lambda: "Desk")
    guard._own_names.cache_clear()
    try:
        assert is_own_name("desk:8501")
        assert is_own_name("desk.local")
        assert not is_own_name("desk.example")
    finally:
        guard._own_names.cache_clear()


@pytest.mark.parametrize(
    "host",
    [
        *("", "example.com", "localhost.example.com", "127.0.0.1.example.com", "localhost@example.com"),
        *("example.com@localhost", "localhost:8501@example.com", "[::1", "::1", "local host", "localhost:port"),
        *("localhost/x", "reader.example.com", "localhost:8501:80", "localhost\\@example.com", "2130706433"),
        *("127.1", "localhost.", "0x7f.0.0.1", "[127.0.0.1]x"),
    ],
)
def test_a_name_that_was_made_to_point_here_is_not_let_in(host):
    with pytest.raises(ForeignOrigin, match="This server is not called"):
        check_origin(Headers({"host": host}), NAMES)


def test_a_name_that_may_be_good_is_told_how_to_become_one():
    with pytest.raises(ForeignOrigin, match=r"python -m web --name reader\.school\.$"):
        check_origin(Headers({"host": "reader.school:8501"}))


@pytest.mark.parametrize(
    "origin",
    [
        *(
            "https://example.com",
            "null",
            "",
            "file://",
            "http://localhost",
            "http://localhost:8502",
            "http://127.0.0.1:8501",
        ),
        *("http://localhost:8501.example.com", "http://localhost:8501@example.com", "http://example.com:8501"),
        *("http://example.com@localhost:8501", "ftp://localhost:8501", "localhost:8501", "http://[localhost:8501"),
        "chrome-extension://localhost:8501",
    ],
)
def test_a_foreign_page_is_not_let_in(origin):
    with pytest.raises(ForeignOrigin, match="may not use this server"):
        check_origin(Headers({"host": "localhost:8501", "origin": origin}))


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:80", "http://localhost"),
        ("localhost", "http://localhost:80"),
        ("reader.example", "https://reader.example:443"),
        ("LOCALHOST:8501", "http://localhost:8501"),
    ],
)
def test_one_place_has_several_spellings(host, origin):
    check_origin(Headers({"host": host, "origin": origin}), NAMES)


def test_one_of_each_is_enough():
    for doubled in ("host", "origin"):
        given = [(b"host", b"localhost"), (b"origin", b"http://localhost"), (doubled.encode(), b"localhost")]
        with pytest.raises(ForeignOrigin):
            check_origin(Headers(raw=given))


@pytest.mark.parametrize(
    ("site", "mode", "is_let_in"),
    [
        *(("same-origin", "cors", True), ("none", "navigate", True), ("cross-site", "navigate", True)),
        *(("cross-site", "no-cors", False), ("same-site", "no-cors", False), ("cross-site", "websocket", False)),
    ],
)
def test_another_site_may_link_here_and_show_nothing_from_here(site, mode, is_let_in):
    headers = Headers({"host": "localhost", "sec-fetch-site": site, "sec-fetch-mode": mode})
    if is_let_in:
        check_origin(headers)
    else:
        with pytest.raises(ForeignOrigin):
            check_origin(headers)


def test_a_meter_lets_a_burst_pass_and_then_so_much_a_second():
    meter = Meter(2, 3)
    for _ in range(3):
        meter.take("a", 0.0)
    with pytest.raises(TooManyRequests):
        meter.take("a", 0.1)
    meter.take("b", 0.1)
    meter.take("a", 0.6)
    for _ in range(3):
        meter.take("a", 100.0)
    with pytest.raises(TooManyRequests):
        meter.take("a", 100.0)


def test_a_meter_forgets(monkeypatch):
    monkeypatch.setattr(guard, "MOST_CLIENTS", 2)
    meter = Meter(1, 1)
    for client in "abc":
        meter.take(client, 0.0)
    meter.take("a", 0.0)
    assert len(meter._left) == 2


def test_a_turnstile_counts_who_is_inside():
    turnstile = Turnstile(3, 2)
    turnstile.enter("a")
    with turnstile.pass_through("a"):
        with pytest.raises(TooManyRequests):
            turnstile.enter("a")
        turnstile.enter("b")
        with pytest.raises(TooManyRequests):
            turnstile.enter("c")
    turnstile.enter("c")
    for client in "abc":
        turnstile.leave(client)
    assert turnstile._inside == {}


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
