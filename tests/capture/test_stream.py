"""The stream: stalls, unplugged cameras and restarts are lived through, over loopback and with a scripted driver."""

import itertools
import threading
import time

import numpy as np
import pytest

from capture import camera as camera_module
from capture import stream as stream_module
from capture.camera import CameraMode
from capture.stream import State, Stream
from errors import NoCamera, StreamBroken, WrongUsage
from tests.fakes.streams import grey_pictures, mjpeg_server, write_video

LEVELS = (0, 60, 120, 180, 240)
QUICK = {"stall_s": 0.15, "opening_s": 1.0}


class Driver:
    """Cameras by index under a script: for each opening of an index, how many pictures come before it goes.

    None for an opening that fails, -1 for one whose reads hang until it is released.
    """

    def __init__(self, scripts: dict[int, list[int | None]]) -> None:
        self.scripts = {index: iter(script) for index, script in scripts.items()}
        self.opened: list[int] = []
        self.modes: list[CameraMode] = []

    def open(self, source, timeout_s, stall_s, mode):
        self.modes.append(mode)
        index = int(source)
        self.opened.append(index)
        return _Video(next(self.scripts.get(index, iter(())), None))


class _Video:
    def __init__(self, pictures: int | None) -> None:
        self.left = pictures
        self.released = threading.Event()

    def isOpened(self):
        return self.left is not None

    def read(self):
        time.sleep(0.002)
        if self.left < 0:
            self.released.wait(0.3)
            return False, None
        self.left -= 1
        return self.left >= 0, np.full((12, 16, 3), 200, np.uint8)

    def release(self):
        self.released.set()


@pytest.fixture
def plug_in(monkeypatch):
    """Put scripted cameras in place of the real ones, and let no pause be long."""
    monkeypatch.setattr(stream_module, "SHORTEST_PAUSE_S", 0.01)
    monkeypatch.setattr(stream_module, "LONGEST_PAUSE_S", 0.02)

    def install(scripts):
        driver = Driver(scripts)
        monkeypatch.setattr(camera_module, "_open", driver.open)
        return driver

    return install


@pytest.fixture(autouse=True)
def no_thread_is_left():
    before = set(threading.enumerate())
    yield
    left = [t.name for t in set(threading.enumerate()) - before if t.name.startswith(("camera", "stream"))]
    assert left == []


def read_until(stream, wanted, patience_s=5.0):
    """Read until that many frames came; how many did."""
    end_s, came = time.monotonic() + patience_s, 0
    while came < wanted and time.monotonic() < end_s:
        came += stream.read(0.05) is not None
    return came


def test_an_mjpeg_stream_is_read_newest_frame_first():
    with mjpeg_server(grey_pictures(LEVELS)) as server, Stream(server.address) as stream:
        assert stream.state is State.LIVE
        taken = [frame for _ in range(10) if (frame := stream.read(1.0))]
        time.sleep(0.2)
        late = stream.read(1.0)
    assert len(taken) == 10
    assert all(earlier.index < later.index for earlier, later in itertools.pairwise(taken))
    assert late is not None
    assert late.index - taken[-1].index >= 5, "what a slow reader missed is passed over"


def test_nobody_waits_longer_than_wanted():
    with mjpeg_server(grey_pictures(LEVELS), stall_after=3) as server, Stream(server.address, stall_s=0.5) as stream:
        read_until(stream, 3, patience_s=0.3)
        start_s = time.monotonic()
        assert stream.read(0.05) is None
        assert time.monotonic() - start_s < 0.2


def test_a_stall_is_noticed_told_and_lived_through():
    told = []
    with (
        mjpeg_server(grey_pictures(LEVELS), stall_after=3) as server,
        Stream(server.address, tell=told.append, stall_s=0.3) as stream,
    ):
        read_until(stream, 1)
        start_s = time.monotonic()
        while stream.state is State.LIVE and time.monotonic() - start_s < 5:
            time.sleep(0.005)
        noticed_s = time.monotonic() - start_s
        assert isinstance(stream.failure, StreamBroken)
        assert stream.read(0.0) is None, "what it saw before is not shown as new"
        assert read_until(stream, 1) == 1, "it is opened again"
        assert stream.state is State.LIVE
        assert stream.failure is None
    assert noticed_s < 1.5
    assert any("opened again in 0.25 s" in words for words in told)
    assert any(words.endswith("is back.") for words in told)


def test_twenty_unplugs_in_a_row_are_lived_through(plug_in):
    driver = plug_in({0: [3] * 21 + [10_000]})
    with Stream("0", **QUICK) as stream:
        came = read_until(stream, 300, patience_s=30)
    assert came == 300
    assert driver.opened.count(0) == 22


def test_twenty_stalls_in_a_row_are_lived_through(plug_in):
    # Pictures, then a driver that says nothing any more, twenty times.
    driver = plug_in({0: [2, -1] * 20 + [10_000]})
    with Stream("0", **QUICK) as stream:
        assert read_until(stream, 100, patience_s=60) == 100
    assert driver.opened.count(0) == 41


def test_another_index_is_tried_when_the_camera_went(plug_in):
    driver = plug_in({0: [3], 2: [10_000]})
    told = []
    with Stream("0", tell=told.append, **QUICK) as stream:
        assert read_until(stream, 20) == 20
    assert driver.opened[:4] == [0, 0, 1, 2]
    assert "Camera 2 is used instead." in told


def test_another_index_is_not_tried_for_a_camera_that_never_was(plug_in):
    driver = plug_in({2: [10_000]})
    with pytest.raises(NoCamera, match="Camera 0 does not answer"), Stream("0", **QUICK):
        pass
    assert driver.opened == [0]


def test_pauses_grow_and_start_anew(plug_in, monkeypatch):
    monkeypatch.setattr(stream_module, "LONGEST_PAUSE_S", 0.04)
    plug_in({0: [3, None, None, None, 3, None, 10_000]})
    monkeypatch.setattr(stream_module, "LONGEST_PAUSE_S", 0.04)
    monkeypatch.setattr(stream_module, "INDICES", 1)
    told = []
    with Stream("0", tell=told.append, **QUICK) as stream:
        assert read_until(stream, 40) == 40
    pauses = [words.rsplit(" in ", 1)[1] for words in told if "opened again in" in words]
    assert pauses == ["0.01 s.", "0.02 s.", "0.04 s.", "0.04 s.", "0.01 s.", "0.02 s."]


def test_the_mode_reaches_the_camera(plug_in):
    driver = plug_in({0: [10_000]})
    with Stream("0", CameraMode(1280, 720, "v4l2"), **QUICK):
        pass
    assert driver.modes == [CameraMode(1280, 720, "v4l2")]


def test_a_video_is_played_at_its_own_pace_and_ends(tmp_path):
    path = write_video(tmp_path / "clip.avi", grey_pictures([level for level in LEVELS for _ in range(5)]), fps=25)
    start_s = time.monotonic()
    with Stream(str(path)) as stream:
        taken = []
        while stream.state is not State.ENDED:
            frame = stream.read(0.2)
            taken += [frame] if frame is not None else []
    assert 0.8 < time.monotonic() - start_s < 3
    assert len(taken) >= 20
    assert taken[-1].index == 24


def test_a_still_picture_is_no_stream(tmp_path):
    with pytest.raises(WrongUsage, match="is no camera and no video"):
        Stream("photo.jpg")


def test_an_address_that_says_no_is_an_error_at_once():
    with (
        mjpeg_server(grey_pictures(LEVELS), status=404) as server,
        pytest.raises(StreamBroken),
        Stream(server.address, opening_s=1.0),
    ):
        pass


@pytest.mark.parametrize("mode", [(640, 0, "any"), (-1, -1, "any"), (0, 0, "nothing")])
def test_a_mode_that_no_camera_has(mode):
    with pytest.raises(WrongUsage):
        CameraMode(*mode)
