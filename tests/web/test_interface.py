"""The HTTP interface, asked as the world outside asks it."""

import io
import json
import re
import wave
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote

import anyio
import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette

from errors import ReaderError
from recognize.reading import Reading
from tests.conftest import CHECKOUT
from web import interface
from web.guard import GUARDED
from web.meter import Meter, Turnstile
from web.routes import INTERFACE, ROUTES

HOME = "http://127.0.0.1:8501"


@dataclass
class Response:
    """What came back."""

    status_code: int
    headers: dict[str, str]
    content: bytes = b""

    def json(self) -> Any:
        return json.loads(self.content)


def ask(method: str, path: str, content: Any = b"", headers: Mapping[str, str] = MappingProxyType({})) -> Response:
    """Ask the interface as a server does, without a network between; `content` may come in parts."""
    path, _, query = path.partition("?")
    sent = {"host": "127.0.0.1:8501", **headers}
    scope = {
        **{"type": "http", "method": method, "path": unquote(path), "query_string": query.encode()},
        **{"headers": [(key.encode(), value.encode("latin-1")) for key, value in sent.items()]},
        **{"client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8501), "scheme": "http", "root_path": ""},
    }
    answers: list[dict[str, Any]] = []

    async def body() -> AsyncGenerator[dict[str, Any]]:
        parts = content if hasattr(content, "__aiter__") else _once(content)
        async for part in parts:
            yield {"type": "http.request", "body": part, "more_body": True}
        yield {"type": "http.request", "body": b"", "more_body": False}

    async def ask_it() -> None:
        bodies = body()

        async def send(message: Any) -> None:
            answers.append(message)

        app = Starlette(routes=ROUTES, middleware=GUARDED)
        try:
            await app(scope, lambda: anext(bodies), send)
        finally:
            await bodies.aclose()

    anyio.run(ask_it)
    told = {key.decode(): value.decode() for key, value in answers[0]["headers"]}
    return Response(answers[0]["status"], told, b"".join(answer.get("body", b"") for answer in answers[1:]))


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content


IS_FORM = {"content-type": "multipart/form-data; boundary=abc"}


def form(name: bytes, content: bytes) -> bytes:
    """A form with one file, whatever its name."""
    start = b'--abc\r\nContent-Disposition: form-data; name="file"; filename="%b"\r\n\r\n' % name
    return start + content + b"\r\n--abc--\r\n"


def refusal(response: Response) -> tuple[int, str]:
    """Status and kind of an error; its message has to say what to do."""
    told = response.json()["error"]
    assert re.search(r"[.] [A-Z].*[.]$|ADDRESS/api/read$", told["message"]), told["message"]
    return response.status_code, told["type"]


@pytest.fixture(autouse=True)
def fresh_meters(monkeypatch):
    monkeypatch.setattr(interface, "PICTURES", Meter(10, 120))
    monkeypatch.setattr(interface, "SOUNDS", Meter(5, 30))


def test_a_picture_is_read_raw_and_in_a_form(sample):
    picture = sample.read_bytes()
    raw = ask("POST", "/api/read", content=picture)
    in_form = ask("POST", "/api/read", content=form(b"a sheet.png", picture), headers=IS_FORM)
    assert raw.status_code == in_form.status_code == 200
    assert [number["text"] for number in raw.json()["numbers"]] == ["4071", "2589"]
    assert (raw.json()["source"], in_form.json()["source"]) == ("upload", "a sheet.png")
    assert in_form.json()["numbers"] == raw.json()["numbers"]
    assert list(raw.json()) == [
        *("source", "width", "height", "numbers", "refused", "advice", "model", "ms"),
    ]
    assert Reading.from_dict(raw.json()).to_dict() | {"ms": None} == raw.json() | {"ms": None}
    assert raw.headers["cache-control"] == "no-store"


def test_the_content_decides_and_not_the_type(sample):
    for kind in ("text/html", "application/json", "image/jpeg", "nonsense"):
        response = ask("POST", "/api/read", content=sample.read_bytes(), headers={"content-type": kind})
        assert response.status_code == 200, kind


def test_a_blank_page_is_read_too():
    blank = io.BytesIO()
    Image.fromarray(np.full((40, 60), 255, np.uint8)).save(blank, "PNG")
    response = ask("POST", "/api/read", content=blank.getvalue())
    assert (response.status_code, response.json()["numbers"]) == (200, [])


def test_a_line_can_be_asked_for(sample):
    assert ask("POST", "/api/read?layout=line&model=shipped", content=sample.read_bytes()).status_code == 200


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", (422, "UnreadableImage")),
        (b"no picture at all", (422, "UnreadableImage")),
        (b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", (415, "UnsupportedFormat")),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", (415, "UnsupportedFormat")),
        (b"%PDF-1.7\n%", (415, "UnsupportedFormat")),
    ],
)
def test_what_is_no_picture_is_refused_in_words(body, expected):
    assert refusal(ask("POST", "/api/read", content=body)) == expected


@pytest.mark.parametrize("path", ["model=../../x", "model=nobody", "layout=book", "mode=1", "layout=page&layout=line"])
def test_options_that_there_are_not_are_refused(path, sample):
    assert refusal(ask("POST", f"/api/read?{path}", content=sample.read_bytes())) == (400, "WrongUsage")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=", b"x"),
        ("multipart/form-data; boundary=abc", b""),
        ("multipart/form-data; boundary=abc", b"--abc\r\nnothing"),
        (
            "multipart/form-data; boundary=abc",
            b'--abc\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--abc--\r\n',
        ),
        ("multipart/form-data; boundary=abc", b"--abc\r\nContent-Disposition: \xff\xfe\r\n\r\nb\r\n--abc--\r\n"),
    ],
)
def test_a_broken_form_is_refused(kind, body):
    response = ask("POST", "/api/read", content=body, headers={"content-type": kind})
    assert refusal(response) == (422, "UnreadableImage")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\pictures\\a.png", "a.png"),
        ("a\u202egnp.exe", "agnp.exe"),
        ("x" * 1000 + ".png", "x" * 116 + ".png"),
        ("..", ".."),
        ("=cmd|' /C calc'!A0", "C calc'!A0"),
        ("<script>.png", "<script>.png"),
        ("/", "upload"),
    ],
)
def test_a_file_s_name_is_shown_and_is_no_path(name, shown, sample):
    response = ask("POST", "/api/read", content=form(name.encode(), sample.read_bytes()), headers=IS_FORM)
    assert (response.status_code, response.json()["source"]) == (200, shown)


@pytest.mark.parametrize(
    "name", [b"x" * 10_000, b"a\0b.png", b"a\r\nSet-Cookie: b=c.png", b'a"; filename="b', b"\xff\xfe"]
)
def test_a_file_s_name_breaks_nothing(name, sample):
    response = ask("POST", "/api/read", content=form(name, sample.read_bytes()), headers=IS_FORM)
    assert response.status_code in (200, 422)
    assert "set-cookie" not in response.headers
    assert response.json().get("source", "").isprintable()


def test_too_much_is_refused_before_it_is_received():
    big = ask("POST", "/api/read", content=b"x", headers={"content-length": "64000001"})
    assert refusal(big) == (413, "ImageTooLarge")

    async def endless():
        while True:
            yield bytes(1_000_000)

    assert refusal(ask("POST", "/api/read", content=endless())) == (413, "ImageTooLarge")


def test_a_body_that_dribbles_is_refused(monkeypatch):
    monkeypatch.setattr("web.guard.GRACE_S", 0.05)

    async def slow():
        while True:
            yield b"x"
            await anyio.sleep(0.1)

    assert refusal(ask("POST", "/api/read", content=slow())) == (400, "WrongUsage")


def test_too_often_and_too_many_at_once_are_told_when_to_come_again(monkeypatch, sample):
    monkeypatch.setattr(interface, "PICTURES", Meter(1, 1))
    assert ask("POST", "/api/read", content=sample.read_bytes()).status_code == 200
    late = ask("POST", "/api/read", content=sample.read_bytes())
    assert (*refusal(late), late.headers["retry-after"]) == (429, "TooManyRequests", "1")
    monkeypatch.setattr(interface, "PICTURES", Meter(10, 120))
    monkeypatch.setattr(interface, "UPLOADS", Turnstile(0, 0))
    assert refusal(ask("POST", "/api/read", content=sample.read_bytes())) == (429, "TooManyRequests")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "TRACE", "QUERY"])
def test_another_method_is_told_which_one(method):
    response = ask(method, "/api/read")
    assert (*refusal(response), response.headers["allow"]) == (405, "MethodNotAllowed", "POST")


@pytest.mark.parametrize("path", ["/api/", "/api/reed", "/api/read/", "/api/a/b", "/api/%2e%2e/etc/passwd"])
def test_other_addresses_are_answered_in_json(path):
    assert refusal(ask("GET", path)) == (404, "NotFound")


def test_options_and_head_are_answered_without_a_word_to_other_sites():
    asked = ask("OPTIONS", "/api/read", headers={"access-control-request-method": "POST"})
    assert (asked.status_code, asked.headers["allow"], asked.content) == (204, "POST", b"")
    head = ask("HEAD", "/api/health")
    assert head.status_code == 200
    for response in (asked, head, ask("GET", "/api/health", headers={"origin": HOME})):
        assert [name for name in response.headers if name.startswith("access-control")] == []


@pytest.mark.parametrize("headers", [{"origin": "https://example.com"}, {"origin": "null"}, {"host": "example.com"}])
@pytest.mark.parametrize("path", ["/api/read", "/api/health", "/api/speech?numbers=1", "/api/openapi.json", "/api/x"])
def test_strangers_are_refused_everywhere(headers, path):
    assert refusal(ask("GET", path, headers=headers)) == (403, "ForeignOrigin")


def test_health_names_the_models():
    told = ask("GET", "/api/health").json()
    assert told["status"] == "ok"
    assert told["models"][0] == "shipped"
    assert told["model"] == json.loads((CHECKOUT / "models" / "digits.json").read_text())["version"]


def test_a_broken_model_is_told(monkeypatch):
    def fail() -> None:
        raise ReaderError("It is broken.", "Mend it.")

    monkeypatch.setattr(interface, "pipeline_with", fail)
    assert refusal(ask("GET", "/api/health")) == (500, "ReaderError")


def test_numbers_are_spoken():
    response = ask("GET", "/api/speech?numbers=4071%2040%3F1")
    if response.status_code == 503:
        pytest.skip(response.json()["error"]["message"])
    assert response.headers["content-type"] == "audio/wav"
    with wave.open(io.BytesIO(response.content)) as sound:
        assert sound.getnframes() / sound.getframerate() > 1


@pytest.mark.parametrize(
    "query",
    ["", "numbers=", "numbers=a", "volume=1", "numbers=1&numbers=2", "hint=x", "style=x", "numbers=1&language=x"],
)
def test_what_cannot_be_said_is_refused(query):
    assert refusal(ask("GET", f"/api/speech?{query}")) == (400, "WrongUsage")


def test_the_description_holds_what_is_served(sample):
    told = ask("GET", "/api/openapi.json").json()
    assert set(told["paths"]) == {route.path for route in INTERFACE}
    for route in INTERFACE:
        assert {method.upper() for method in told["paths"][route.path]} == set(route.methods) - {"HEAD"}
    reading = ask("POST", "/api/read", content=sample.read_bytes()).json()
    schemas = told["components"]["schemas"]
    for thing, name in (
        (reading, "Reading"),
        (reading["numbers"][0], "Number"),
        (reading["numbers"][0]["digits"][0], "Digit"),
        (ask("GET", "/api/health").json(), "Health"),
    ):
        assert set(thing) == set(schemas[name]["properties"]) == set(schemas[name]["required"]), name


def test_the_description_refers_to_nothing_that_is_missing():
    told = interface.describe_interface()
    for reference in re.findall(r'"\$ref": "#/components/(\w+)/(\w+)"', json.dumps(told)):
        assert reference[1] in told["components"][reference[0]]
