"""The live socket: what it tells, whom it turns away, and what it survives."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from starlette.websockets import WebSocket

from capture.image import load_image
from errors import ImageTooLarge, TooManyRequests, UnreadableImage, UnsupportedFormat, WrongUsage
from tests.conftest import CHECKOUT
from tests.web.conftest import Server, serve
from web import live
from web.meter import Turnstile

connect = pytest.importorskip("websockets.sync.client").connect

SHEET = CHECKOUT / "samples" / "opencv_frame_0.png"
OTHER_SHEET = CHECKOUT / "samples" / "thick_marker.jpg"


def encode(path: Path, width: int = 640) -> bytes:
    picture = load_image(path)
    height = round(picture.shape[0] * width / picture.shape[1])
    return cv2.imencode(".jpg", cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA))[1].tobytes()


@pytest.fixture(scope="module")
def sheet() -> bytes:
    """A frame that shows 4071 and 2589."""
    return encode(SHEET)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server for this module alone, whose memory is looked at and whose places are all taken."""
    with serve(tmp_path_factory.mktemp("live")) as running:
        yield running


def join(server: Server, **options: str) -> Any:
    query = "&".join(f"{key}={value}" for key, value in options.items())
    return connect(f"ws://127.0.0.1:{server.port}/api/live?{query}", max_size=None, compression=None)


def ask(socket: Any, message: bytes | str) -> dict[str, Any]:
    socket.send(message)
    told: dict[str, Any] = json.loads(socket.recv(timeout=30))
    return told


def watch(socket: Any, frame: bytes, frames: int = 12) -> list[dict[str, Any]]:
    """Show the same frame as a camera at rest does."""
    told = []
    for _ in range(frames):
        told.append(ask(socket, frame))
        time.sleep(0.04)
    return told


def texts(told: list[dict[str, Any]], what: str) -> list[str]:
    return [one["text"] for answer in told for one in answer[what]]


def resident_mb(server: Server) -> float:
    status = Path(f"/proc/{server.process.pid}/status")
    if not status.is_file():
        pytest.skip("this system does not tell what memory a process holds")
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1000


def test_what_settles_is_told_once_and_stays_in_view(own, sheet):
    with join(own) as socket:
        told = watch(socket, sheet, 20)
    assert texts(told, "new") == ["4071", "2589"]
    last = told[-1]
    assert [one["text"] for one in last["in_view"]] == ["4071", "2589"]
    assert last["size"] == [640, 360]
    assert last["index"] == 19
    assert last["hint"] is None
    left, top, right, bottom = last["numbers"][0]["box"]
    assert 0 < left < right < 640
    assert 0 < top < bottom < 360


def test_nobody_is_told_what_somebody_else_shows(own, sheet):
    other = encode(OTHER_SHEET)
    with join(own) as first, join(own) as second:
        told: tuple[list[Any], list[Any]] = [], []
        for _ in range(12):
            for socket, frame, answers in ((first, sheet, told[0]), (second, other, told[1])):
                answers.append(ask(socket, frame))
            time.sleep(0.03)
    wanted = json.loads((CHECKOUT / "samples" / "expected.json").read_text("utf-8"))[OTHER_SHEET.name]["numbers"]
    assert set(texts(told[0], "new")) == {"4071", "2589"}
    assert texts(told[1], "new")
    assert set(texts(told[1], "new")) <= set(wanted)
    assert not set(texts(told[0], "numbers")) & set(texts(told[1], "numbers"))


def test_a_hint_comes_in_the_voice_s_language(own):
    blank = cv2.imencode(".jpg", np.full((480, 640, 3), 215, np.uint8))[1].tobytes()
    with join(own, guide="1", language="de") as socket:
        hints = [answer["hint"] for answer in watch(socket, blank, 40) if answer["hint"]]
    assert hints[:1] == [{"key": "nothing", "words": "keine Zahl im Bild"}]


@pytest.mark.parametrize(
    ("frame", "error"),
    [
        (b"", WrongUsage),
        ("hello", WrongUsage),
        (b"no picture at all", UnreadableImage),
        (b"GIF89a" + bytes(100), UnsupportedFormat),
        (bytes(5_000_000), ImageTooLarge),
        ("cut", UnreadableImage),
        ("huge", ImageTooLarge),
    ],
)
def test_what_is_no_frame_is_answered_in_words_and_the_next_one_is_read(own, sheet, frame, error):
    if frame == "cut":
        frame = sheet[: len(sheet) // 3]
    if frame == "huge":
        # Its header says 65,000 x 65,000 pixels.
        place = sheet.index(b"\xff\xc0") + 5
        frame = sheet[:place] + b"\xfd\xe8\xfd\xe8" + sheet[place + 4 :]
    with join(own) as socket:
        told = ask(socket, frame)["error"]
        assert told["type"] == error.__name__
        assert told["message"].count(".") >= 2, "what is wrong, and what to do"
        assert "--" not in told["message"], "a browser has no options"
        assert texts([ask(socket, sheet)], "numbers") == ["4071", "2589"]


@pytest.mark.parametrize(
    "options", [{"speed": "9"}, {"model": "..%2F..%2Fetc"}, {"language": "xx"}, {"%C3%A9" * 60: "1"}]
)
def test_wishes_that_cannot_be_met_are_answered_and_the_socket_closed(own, options):
    from websockets.exceptions import ConnectionClosed

    with join(own, **options) as socket:
        assert json.loads(socket.recv(timeout=10))["error"]["message"]
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=10)
    assert closed.value.rcvd.code == 1008


def test_too_many_watchers_are_told_so_and_a_place_that_is_left_is_free(own, sheet):
    inside = [join(own) for _ in range(live.WATCHERS.most_each)]
    for socket in inside:
        socket.__enter__()
    with join(own) as late:
        assert json.loads(late.recv(timeout=10))["error"]["type"] == TooManyRequests.__name__
    for socket in inside:
        socket.close()
    until_s = time.monotonic() + 10
    while time.monotonic() < until_s:
        with join(own) as again, suppress(Exception):
            if "numbers" in ask(again, sheet):
                return
    pytest.fail("no place has become free")


def test_whoever_sends_without_end_fills_no_memory_and_keeps_nobody_waiting(own, sheet):
    frame = encode(SHEET, 1280)
    with join(own) as socket:
        watch(socket, frame, 5)
    before_mb = resident_mb(own)
    flood = join(own).__enter__()
    sent = [0]

    def pour() -> None:
        with suppress(Exception):
            while sent[0] < 4000:
                flood.send(frame)
                sent[0] += 1

    thread = threading.Thread(target=pour, daemon=True)
    thread.start()
    time.sleep(2)
    with join(own) as socket:
        start_s = time.monotonic()
        assert texts([ask(socket, sheet)], "numbers") == ["4071", "2589"]
        assert time.monotonic() - start_s < 5
    assert resident_mb(own) - before_mb < 60
    assert sent[0] * len(frame) < 100e6, "what is not read is not taken either"
    flood.socket.close()
    thread.join(10)


def test_a_long_session_takes_no_more_memory_than_a_short_one(own, sheet):
    with join(own, guide="1") as socket:
        for _ in range(60):
            ask(socket, sheet)
        before_mb = resident_mb(own)
        for _ in range(150):
            ask(socket, sheet)
        assert resident_mb(own) - before_mb < 15


# --- without a server: what would take minutes, or a fault of ours


def talk(messages: list[Any], query: str = "", pause_s: float = 0.0) -> list[dict[str, Any]]:
    """Let a browser say something, and nothing more; what it is told, and how it is parted from."""
    told: list[dict[str, Any]] = []

    async def run() -> None:
        coming = iter([{"type": "websocket.connect"}, *messages])

        async def receive() -> Any:
            message = next(coming, None)
            if message is None:
                await asyncio.sleep(pause_s)
                return {"type": "websocket.disconnect", "code": 1001}
            return message

        async def send(message: Any) -> None:
            told.append(message)

        scope = {"type": "websocket", "path": "/api/live", "headers": [], "query_string": query.encode()}
        await asyncio.wait_for(live.live(WebSocket(scope, receive, send)), 20)

    asyncio.run(run())
    return told


def frame_message(data: bytes) -> dict[str, Any]:
    return {"type": "websocket.receive", "bytes": data}


def test_whoever_falls_silent_is_told_and_parted_from(monkeypatch):
    monkeypatch.setattr(live, "IDLE_S", 0.05)
    told = talk([], pause_s=10)
    assert [message["type"] for message in told] == ["websocket.accept", "websocket.send", "websocket.close"]
    assert "Connect again" in told[1]["text"]


def test_whoever_takes_no_answer_is_parted_from(monkeypatch, sheet):
    monkeypatch.setattr(live, "IDLE_S", 0.3)

    async def run() -> None:
        async def receive() -> Any:
            return frame_message(sheet) if accepted else {"type": "websocket.connect"}

        async def send(message: Any) -> None:
            accepted.append(message)
            if message["type"] == "websocket.send":
                await asyncio.sleep(30)

        scope = {"type": "websocket", "path": "/api/live", "headers": [], "query_string": b""}
        await asyncio.wait_for(live.live(WebSocket(scope, receive, send)), 10)

    accepted: list[Any] = []
    asyncio.run(run())
    assert not live.WATCHERS._inside


def test_a_fault_of_ours_is_told_and_the_socket_lives_on(monkeypatch, sheet, caplog):
    seen = live.Watcher.see
    calls: list[int] = []

    def see(self: Any, frame: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("broken")
        return seen(self, frame)

    monkeypatch.setattr(live.Watcher, "see", see)
    _, first, second = talk([frame_message(sheet), frame_message(sheet)])
    assert "fault of ours" in first["text"]
    assert "broken" not in first["text"]
    assert "broken" in caplog.text
    assert [one["text"] for one in json.loads(second["text"])["numbers"]] == ["4071", "2589"]


def test_a_place_is_given_back_whatever_happens(monkeypatch):
    monkeypatch.setattr(live, "WATCHERS", Turnstile(1, 1))
    for _ in range(3):
        talk([frame_message(b"x")])
        talk([], "model=none")
    assert not live.WATCHERS._inside
