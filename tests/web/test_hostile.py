"""Hostile input: whatever is thrown at a server is refused in words, and the next visitor is served as before."""

import io
import json
import pickle
import socket
import struct
import tempfile
import threading
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from errors import ReaderError
from tests.web.conftest import Server, ask, serve

# What a server may have grown by after all this: forty-eight pages that it remembers for two minutes, caches that are
# filled once, and what malloc keeps. It was 50 MB.
MARGIN_MB = 90
# What it may still grow by when the same is done for the fourth time.
LEAK_MB = 10
SLOW_WITHIN_S = 25.0


@pytest.fixture(scope="module")
def target(tmp_path_factory, sample) -> Iterator[Server]:
    """A server of this file's own, which has read already what it will read again."""
    with serve(tmp_path_factory.mktemp("target")) as server:
        for size in (50, 9_990):
            assert post(server, make_picture("PNG", size))[0] == 200
        for _ in range(3):
            assert reads(server, sample)
        yield server


@pytest.fixture(scope="module")
def warm_mb(target) -> float:
    """Memory of the server when it has read for a while, and before anybody has done it harm."""
    return memory_mb(target)


@pytest.fixture(scope="module")
def slow_line(target) -> Iterator[socket.socket]:
    """A client that has announced much, and sends next to nothing."""
    with socket.create_connection(("127.0.0.1", target.port), timeout=SLOW_WITHIN_S) as line:
        line.sendall(start("Content-Length: 1000\r\n") + b"x")
        yield line


@pytest.fixture(autouse=True)
def it_still_answers(request, sample):
    """After each attack the server has to be well, and to read."""
    yield
    if "target" in request.fixturenames:
        server = request.getfixturevalue("target")
        assert server.process.poll() is None, server.told()
        assert ask(f"{server.url}/api/health")[0] == 200


def post(server: Server, body: bytes, query: str = "", **headers: str) -> tuple[int, dict]:
    """Post a picture: the status, and what was told."""
    status, told = ask(f"{server.url}/api/read{query}", body, 30.0, None, **{"Content_Type": "image/png", **headers})
    return status, json.loads(told)


def reads(server: Server, sample: Path) -> bool:
    status, told = post(server, sample.read_bytes())
    return status == 200 and [number["text"] for number in told["numbers"]] == ["4071", "2589"]


def says_what_to_do(told: dict) -> bool:
    return told["error"]["message"].count(". ") >= 1 and "Traceback" not in told["error"]["message"]


def raw(server: Server, request: bytes, wait_s: float = 10.0) -> bytes:
    """Send bytes, and take what comes back until there is a pause or an end."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=wait_s) as line:
        with suppress(OSError):
            line.sendall(request)
        return receive(line)


def receive(line: socket.socket) -> bytes:
    got = b""
    with suppress(OSError):
        while part := line.recv(65536):
            got += part
            line.settimeout(0.3)
    return got


def memory_mb(server: Server) -> float:
    """Memory that a server's process takes."""
    status = Path(f"/proc/{server.process.pid}/status")
    if not status.is_file():
        pytest.skip("memory is measured on Linux")
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


# Pictures.


def make_picture(kind: str, size: int = 40, colour: int = 255) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.full((size, size), colour, np.uint8)).save(file, kind)
    return file.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, data: bytes, *before: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(before) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def bomb(size: int = 200_000_000) -> bytes:
    """Zeros that take a thousandth of their size."""
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(bytes(1_000_000)) for _ in range(size // 1_000_000)) + packer.flush()


def tiff(width: int, height: int) -> bytes:
    tags = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 8)]
    tags += [(277, 3, 1, 1), (278, 4, 1, height), (279, 4, 1, width * height % 2**32)]
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4)


def bmp(width: int, height: int) -> bytes:
    return b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, *[0] * 6)


def webp() -> bytes:
    body = b"VP8L" + struct.pack("<I", 10) + b"\x2f" + struct.pack("<I", 16382 | 16382 << 14) + bytes(5)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def jpeg(width: int, height: int) -> bytes:
    small = make_picture("JPEG")
    at = small.index(b"\xff\xc0") + 5
    return small[:at] + struct.pack(">HH", height, width) + small[at + 4 :]


HARM = Path(tempfile.gettempdir()) / "harm-was-done"


class Harm:
    """What runs if it is loaded by pickle."""

    def __reduce__(self) -> tuple:
        return (Path.touch, (HARM,))


def zipped(**entries: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return file.getvalue()


PICTURES: dict[str, tuple[Callable[[], bytes], set[int]]] = {
    "nothing": (lambda: b"", {422}),
    "text": (lambda: b"4071", {422}),
    "a page": (lambda: b"<!doctype html><script>alert(1)</script>", {415, 422}),
    "SVG": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>', {415, 422}),
    "XML that grows": (
        lambda: b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>',
        {415, 422},
    ),
    "PDF": (lambda: b"%PDF-1.7\n1 0 obj<</OpenAction<</S/Launch>>>>", {415, 422}),
    "zip": (lambda: zipped(a=b"x"), {415, 422}),
    "pickle": (lambda: pickle.dumps(Harm()), {422}),
    "PNG of 50000 x 50000": (lambda: png(50_000, 50_000, b""), {413}),
    "PNG without a size": (lambda: png(0, 0, b""), {422}),
    "PNG of 2^31": (lambda: png(2**31 - 1, 2**31 - 1, b""), {413, 422}),
    "PNG that blows up": (lambda: png(100, 100, bomb()), {200, 422}),
    "PNG with text that blows up": (
        lambda: png(9, 9, zlib.compress(bytes(90)), chunk(b"zTXt", b"a\0\0" + bomb())),
        {200, 422},
    ),
    "PNG with a profile that blows up": (
        lambda: png(9, 9, zlib.compress(bytes(90)), chunk(b"iCCP", b"a\0\0" + bomb())),
        {200, 422},
    ),
    "PNG cut off": (lambda: make_picture("PNG", 400)[:60], {200, 422}),
    "PNG of 99 megapixels, black": (lambda: make_picture("PNG", 9_990, 0), {200}),
    "TIFF of 60000 x 60000": (lambda: tiff(60_000, 60_000), {413}),
    "BMP of 60000 x 60000": (lambda: bmp(60_000, 60_000), {413}),
    "WebP of 16383 x 16383": (webp, {413}),
    "JPEG of 65500 x 65500": (lambda: jpeg(65_500, 65_500), {413}),
    "JPEG cut off": (lambda: make_picture("JPEG", 400)[:300], {200, 422}),
    "JPEG of noise": (lambda: b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40, {422}),
    "GIF": (lambda: make_picture("GIF"), {415, 422}),
}


@pytest.mark.parametrize("name", PICTURES)
def test_what_is_no_picture_to_be_read(target, warm_mb, name):
    make, expected = PICTURES[name]
    status, told = post(target, make())
    assert status in expected, told
    assert status == 200 or says_what_to_do(told), told
    assert not HARM.exists()


# Requests.


def test_somebody_slow_keeps_nobody_waiting(target, warm_mb, slow_line, sample):
    assert reads(target, sample)


def start(more: str = "", path: str = "/api/read", method: str = "POST") -> bytes:
    return f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{more}\r\n".encode("latin-1")


REQUESTS: dict[str, tuple[bytes, set[int]]] = {
    "ten terabytes announced": (start("Content-Length: 10000000000000\r\n"), {413}),
    "less than nothing announced": (start("Content-Length: -1\r\n"), {400}),
    "two lengths": (start("Content-Length: 1\r\nContent-Length: 2\r\n") + b"xx", {400}),
    "a length that is a word": (start("Content-Length: many\r\n"), {400}),
    "a broken chunk": (start("Transfer-Encoding: chunked\r\n") + b"zz\r\nxx\r\n0\r\n\r\n", {400}),
    "an unknown coding": (start("Transfer-Encoding: gzip\r\n") + b"xx", {400, 501}),
    "no Host": (b"POST /api/read HTTP/1.0\r\nContent-Length: 0\r\n\r\n", {403}),
    "two Hosts": (start("Host: example.com\r\nContent-Length: 0\r\n"), {400, 403}),
    "a foreign Host": (b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n", {403}),
    "a foreign Origin": (start("Origin: https://example.com\r\nContent-Length: 0\r\n"), {403}),
    "no Origin's name": (start("Origin: null\r\nContent-Length: 0\r\n"), {403}),
    "a header of 200 kB": (start("X: " + "x" * 200_000 + "\r\n"), {400, 431}),
    "no HTTP": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200), {400}),
    "a wrong method": (start("Content-Length: 0\r\n", method="BREW"), {405}),
    "TRACE": (start("Cookie: a=b\r\n", method="TRACE"), {405}),
    "CONNECT": (start(path="example.com:443", method="CONNECT"), {400, 404, 405}),
    "another server's address": (start(path="http://example.com/", method="GET"), {200, 400, 403, 404}),
    "a form without an end": (
        start("Content-Type: multipart/form-data; boundary=a\r\nContent-Length: 4\r\n") + b"--a\r",
        {422},
    ),
    "a form of many parts": (
        start(f"Content-Type: multipart/form-data; boundary=a\r\nContent-Length: {46 * 9000 + 5}\r\n")
        + b"--a\r\nContent-Disposition: form-data; name=a\r\n\r\n"[:46] * 9000
        + b"--a--",
        {422},
    ),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_what_is_no_request_to_be_answered(target, name):
    request, expected = REQUESTS[name]
    told = raw(target, request)
    assert int(told.split(b" ", 2)[1]) in expected, told[:300]
    assert b"Traceback" not in told


PATHS = [
    *("/api/../../../../etc/passwd", "/../../../../etc/passwd", "/api/%2e%2e/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd"),
    *(
        "/static/..%2f..%2f..%2f..%2f..%2fetc/passwd",
        "/component/x/../../../../../../../etc/passwd",
        "/media/../../etc/passwd",
    ),
    *("/component/x/%2e%2e%2f%2e%2e%2f%2e%2e%2fetc%2fpasswd", "/_stcore/bidi-components/x/../../../../../etc/passwd"),
    *("/app/static/../.streamlit/config.toml", "/static/..\\..\\..\\..\\etc\\passwd", "/media/%00", "/static/%00%ff"),
    *("/.git/config", "/runs/own", "/models/digits.tflite", "/app.py", "/web/guard.py", "/.streamlit/secrets.toml"),
    "/" + "a" * 30_000,
]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:40])
def test_no_address_leads_to_a_file(target, path):
    told = raw(target, start("Connection: close\r\n", path=path, method="GET"))
    assert int(told.split(b" ", 2)[1]) in {200, 400, 403, 404, 414}
    for secret in (b"root:", b"gatherUsageStats", b"[core]", b"TFL3", b"import streamlit", b"ASGI middleware"):
        assert secret not in told


@pytest.mark.parametrize(
    "query",
    [
        *(
            "?model=../../x",
            "?model=%2Fetc%2Fpasswd",
            "?model=shipped%00",
            "?layout=__class__",
            "?language=../../x",
            "?a=b",
        ),
        "?" + "model=shipped&" * 1000,
    ],
    ids=lambda query: query[:30],
)
def test_options_lead_nowhere(target, query):
    status, told = post(target, make_picture("PNG"), query)
    assert status == 400, told
    assert says_what_to_do(told)


@pytest.mark.parametrize(
    "query",
    [
        *(
            "numbers=1;id",
            "numbers=$(id)",
            "numbers=`id`",
            "numbers=--help",
            "numbers=-f/etc/passwd",
            "numbers=%3Cspeak%3E1",
        ),
        *("numbers=%22%27", "numbers=1%0a2", "numbers=" + "1" * 10_000, "numbers=1&language=../../x", "hint=../../x"),
        *("numbers=1&language=en%3Bid", "numbers=1&style=%00"),
    ],
    ids=lambda query: query[:30],
)
def test_nothing_but_numbers_is_spoken(target, query):
    status, told = ask(f"{target.url}/api/speech?{query}")
    assert status in {400, 429}, told
    assert says_what_to_do(json.loads(told))


def test_more_than_is_announced_comes_without_end(target):
    """In chunks, no length is announced: what is too much is told while it comes."""
    with socket.create_connection(("127.0.0.1", target.port), timeout=20) as line:
        line.sendall(start("Transfer-Encoding: chunked\r\n"))
        with suppress(OSError):
            for _ in range(80):
                line.sendall(b"f4240\r\n" + bytes(1_000_000) + b"\r\n")
        assert b" 413 " in receive(line)[:20]


def test_a_name_of_a_file_is_no_header_and_no_path(target, sample):
    for name in (
        b"../../etc/passwd",
        b"a\0b",
        b"a\r\nSet-Cookie: x=y",
        b"=HYPERLINK(1)",
        "\u202egnp.a".encode(),
        b"x" * 10_000,
    ):
        body = b'--a\r\nContent-Disposition: form-data; name="f"; filename="%b"\r\n\r\n' % name
        body += sample.read_bytes() + b"\r\n--a--\r\n"
        status, told = post(target, body, Content_Type="multipart/form-data; boundary=a")
        assert status in {200, 422}
        assert told.get("source", "").isprintable()
        assert "/" not in told.get("source", "")


def test_a_page_s_uploads_are_its_own(target):
    """Streamlit's own address for uploads: nothing without its token, nothing for a session of somebody else."""
    address = f"{target.url}/_stcore/upload_file/0/../../x"
    form = b'--a\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\nx\r\n--a--\r\n'
    kind = "Content-Type: multipart/form-data; boundary=a\r\n"
    for more in ("", "X-Xsrftoken: a\r\nCookie: _streamlit_xsrf=a\r\n", "Origin: https://example.com\r\n"):
        for method, path in (
            ("PUT", "/_stcore/upload_file/0/0"),
            ("DELETE", "/_stcore/upload_file/0/0"),
            ("PUT", address),
        ):
            told = raw(target, start(f"{kind}{more}Content-Length: {len(form)}\r\n", path=path, method=method) + form)
            assert int(told.split(b" ", 2)[1]) in {400, 403, 404, 405}, told[:200]


def test_no_programs_are_let_in_where_streamlit_would_let_them(target):
    for path in ("/_stcore/agent/interact", "/_stcore/agent/mcp"):
        assert ask(f"{target.url}{path}", b"{}", Content_Type="application/json")[0] in {400, 403, 404, 405, 501}


# Sockets.


def socket_of(server: Server, path: str, **more):
    return connect(f"ws://127.0.0.1:{server.port}{path}", max_size=None, **more)


@pytest.mark.parametrize("origin", ["https://example.com", "null", "http://localhost:1"])
@pytest.mark.parametrize("path", ["/_stcore/stream", "/api/live"])
def test_sockets_of_foreign_pages_are_not_opened(target, path, origin):
    with pytest.raises(InvalidStatus) as refused, socket_of(target, path, origin=origin):
        pass
    assert refused.value.response.status_code == 403
    assert says_what_to_do(json.loads(refused.value.response.body))


def test_a_live_socket_lives_through_what_is_no_frame(target, sample):
    with socket_of(target, "/api/live", origin=target.url) as line:
        for wrong in (
            "text",
            b"",
            b"\xff\xd8\xff",
            make_picture("JPEG", 300)[:200],
            png(50_000, 50_000, b""),
            bytes(5_000_000),
        ):
            line.send(wrong)
            told = json.loads(line.recv(20))
            assert "error" not in told or says_what_to_do(told), told
        line.send(sample.read_bytes())
        assert [number["text"] for number in json.loads(line.recv(20))["numbers"]] == ["4071", "2589"]


def test_a_frame_of_100_mb_ends_its_own_socket_alone(target, sample):
    with socket_of(target, "/api/live") as other:
        with socket_of(target, "/api/live") as line, pytest.raises(ConnectionClosed) as closed:  # noqa: PT012
            # The first may be noticed by either.
            line.send(bytes(100_000_000))
            line.recv(20)
        assert closed.value.rcvd is None or closed.value.rcvd.code == 1009
        other.send(sample.read_bytes())
        assert json.loads(other.recv(20))["numbers"]


@pytest.mark.parametrize("query", ["model=../../x", "language=../../x", "frames=1", "model=shipped%00"])
def test_a_live_socket_takes_known_options_alone(target, query):
    with socket_of(target, f"/api/live?{query}") as line:
        try:
            told = json.loads(line.recv(5))
        except TimeoutError:
            pytest.fail("nothing was said")
        assert says_what_to_do(told)


def test_there_is_room_for_so_many_sockets(target):
    with ExitStack() as opened:
        lines = [opened.enter_context(socket_of(target, "/api/live")) for _ in range(17)]
        assert json.loads(lines[-1].recv(10))["error"]["type"] == "TooManyRequests"
    time.sleep(0.5)
    with socket_of(target, "/api/live") as line:
        line.send(make_picture("JPEG"))
        assert "numbers" in json.loads(line.recv(10))


def test_there_is_room_for_so_many_pages(target):
    with ExitStack() as opened:
        for _ in range(48):
            opened.enter_context(socket_of(target, "/_stcore/stream", origin=target.url))
        with pytest.raises(InvalidStatus) as refused, socket_of(target, "/_stcore/stream", origin=target.url):
            pass
        assert refused.value.response.status_code == 429


@pytest.mark.parametrize("message", ["text", b"\xff" * 1000, bytes(10), b"\x0a\xff\xff\xff\xff\x0f"], ids=range(4))
def test_a_page_s_socket_takes_no_rubbish(target, message):
    with socket_of(target, "/_stcore/stream", origin=target.url) as line:
        with suppress(ConnectionClosed):
            line.send(message)
            line.recv(0.5)
            line.ping()
        with suppress(TimeoutError, ConnectionClosed):
            line.recv(0.2)


def test_sockets_that_say_nothing_keep_nobody_out(target, sample):
    with ExitStack() as opened:
        for count in range(300):
            line = opened.enter_context(socket.create_connection(("127.0.0.1", target.port), timeout=5))
            if count % 2:
                line.sendall(b"POST /api/read HTTP/1.1\r\nHost: local")
        assert reads(target, sample)


def test_a_body_that_does_not_come_is_not_awaited_for_ever(slow_line):
    told = receive(slow_line)
    assert b" 400 " in told[:20]
    assert b"The upload comes too slowly." in told


# Archives and models, as the pages take them.


@pytest.mark.parametrize(
    "archive",
    [
        b"",
        b"no zip",
        pickle.dumps(Harm()),
        zipped(**{"digits.json": b"{}", "digits.tflite": pickle.dumps(Harm())}),
        zipped(**{"../digits.json": b"{}", "/etc/digits.tflite": b""}),
        zipped(**{"digits.json": b"[" * 100_000, "digits.tflite": b"TFL3"}),
        zipped(**{"digits.json": b'{"format": 1, "sha256": {"../../x": "0"}}', "digits.tflite": b"TFL3" + bytes(1000)}),
        zipped(**{"digits.json": bytes(300_000_000)}),
        zipped(**{"digits.keras": pickle.dumps(Harm())}),
    ],
    ids=[
        "nothing",
        "no zip",
        "pickle",
        "pickled weights",
        "paths",
        "deep JSON",
        "a card with paths",
        "a bomb",
        "Keras",
    ],
)
def test_a_stranger_s_model_is_tried_and_refused(archive, tmp_path):
    from web.rack import list_models
    from web.shelf import add_model

    with pytest.raises(ReaderError) as refused:
        add_model(archive, "../../harm", tmp_path / "own")
    assert says_what_to_do({"error": {"message": str(refused.value)}})
    assert list_models(tmp_path / "own") == ["shipped"]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert not HARM.exists()


# At last: a flood, and what is left of it all.


def test_a_flood_is_answered_429_and_then_dries_up(target, sample):
    told = []

    def ask_often() -> None:
        told.extend(ask(f"{target.url}/api/read", b"", Content_Type="image/png")[0] for _ in range(40))

    threads = [threading.Thread(target=ask_often) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(told) <= {422, 429}
    assert told.count(429) > 20
    time.sleep(1.0)
    assert reads(target, sample)


def test_memory_is_back_to_where_it_was(target, warm_mb, sample):
    assert reads(target, sample)
    assert memory_mb(target) < warm_mb + MARGIN_MB


def test_what_is_done_again_takes_no_more_memory(target):
    taken = []
    for _ in range(4):
        for name in ("PNG that blows up", "PNG of 50000 x 50000", "PNG of 99 megapixels, black", "JPEG of noise"):
            assert post(target, PICTURES[name][0]())[0] in PICTURES[name][1]
        with socket_of(target, "/api/live") as line:
            line.send(bytes(20_000_000))
            assert "error" in json.loads(line.recv(20))
        taken.append(memory_mb(target))
    assert taken[-1] < max(taken[:-1]) + LEAK_MB, taken
