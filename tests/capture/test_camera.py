"""The camera: newest frame, time-outs kept, no thread left, over a real stream on loopback."""

import itertools
import threading
import time

import numpy as np
import pytest

from capture import camera as camera_module
from capture.camera import Camera
from errors import NoCamera, StreamBroken
from tests.fakes.streams import grey_pictures, mjpeg_server

LEVELS = (0, 60, 120, 180, 240)


class FakeVideo:
    """A camera's driver under a script: each item is a picture, None for a missed one, or an exception."""

    def __init__(self, script=(), opens=True, open_s=0.0):
        time.sleep(open_s)
        self.script = iter(script)
        self.opens = opens
        self.released = False

    def isOpened(self):
        return self.opens

    def read(self):
        time.sleep(0.002)
        item = next(self.script, None)
        if isinstance(item, Exception):
            raise item
        return item is not None, item

    def release(self):
        self.released = True


@pytest.fixture
def fake_camera(monkeypatch):
    """Put a scripted driver in place of the cameras with an index."""

    def install(*args, **kwargs):
        made = []

        def open_fake(source, *_):
            made.append(FakeVideo(*args, **kwargs))
            return made[-1]

        monkeypatch.setattr(camera_module, "_open", open_fake)
        return made

    return install


@pytest.fixture(autouse=True)
def no_thread_is_left():
    before = set(threading.enumerate())
    yield
    left = [thread.name for thread in set(threading.enumerate()) - before if "amera" in thread.name]
    assert left == []


# --- over loopback


def test_an_mjpeg_stream_is_read():
    with mjpeg_server(grey_pictures(LEVELS)) as server, Camera(server.address, timeout_s=2) as camera:
        taken = [camera.read() for _ in range(10)]
    assert {frame.image.shape for frame in taken} == {(120, 160, 3)}
    seen = [min(LEVELS, key=lambda level: abs(level - frame.image.mean())) for frame in taken]
    assert [level for level, frame in zip(seen, taken, strict=True) if level != LEVELS[frame.index % 5]] == []
    assert all(earlier.timestamp < later.timestamp for earlier, later in itertools.pairwise(taken))


def test_a_slow_reader_gets_the_newest_frame():
    with mjpeg_server(grey_pictures(LEVELS)) as server, Camera(server.address, timeout_s=2) as camera:
        first = camera.read()
        time.sleep(0.4)  # about 20 frames pass
        now_s = time.monotonic()
        second = camera.read()
        assert second.index - first.index > 3
        assert now_s - second.timestamp < 0.3


def test_no_frame_is_handed_out_twice():
    with mjpeg_server(grey_pictures(LEVELS)) as server, Camera(server.address, timeout_s=2) as camera:
        indices = [camera.read().index for _ in range(15)]
    assert len(set(indices)) == 15


def test_a_stream_that_stalls_is_given_up_in_time():
    with mjpeg_server(grey_pictures(LEVELS), stall_after=10) as server, Camera(server.address, timeout_s=0.6) as camera:
        started_s = time.monotonic()
        with pytest.raises(StreamBroken, match=r"(gave no picture|stopped after \d+ pictures).*Check that it plays"):
            list(camera)
        assert time.monotonic() - started_s < 2.5


def test_a_stream_that_never_starts_is_given_up_in_time():
    with mjpeg_server(grey_pictures(LEVELS), stall_after=0) as server:
        started_s = time.monotonic()
        with pytest.raises(StreamBroken), Camera(server.address, timeout_s=0.5):
            pass
        assert time.monotonic() - started_s < 2.5


def test_a_stream_that_hangs_up_is_broken():
    with mjpeg_server(grey_pictures(LEVELS), end_after=10) as server, Camera(server.address, timeout_s=3) as camera:
        with pytest.raises(StreamBroken, match="stopped after 10 pictures"):
            list(camera)
        with pytest.raises(StreamBroken, match="stopped"):
            camera.read()


@pytest.mark.parametrize("status", [404, 500])
def test_a_server_that_says_no(status, capfd):
    with (
        mjpeg_server(grey_pictures(LEVELS), status=status) as server,
        pytest.raises(StreamBroken, match="does not answer"),
        Camera(server.address, timeout_s=1),
    ):
        pass
    assert capfd.readouterr() == ("", "")


def test_nobody_at_the_address(capfd):
    # Port 9 discards; nobody listens on it any more.
    with pytest.raises(StreamBroken, match=r"127\.0\.0\.1:9"), Camera("http://127.0.0.1:9/", timeout_s=1):
        pass
    assert capfd.readouterr() == ("", "")


def test_a_password_stays_out_of_the_message():
    with pytest.raises(StreamBroken) as caught, Camera("http://user:secret@127.0.0.1:9/", timeout_s=1):
        pass
    assert "secret" not in str(caught.value)


def test_a_camera_can_be_opened_again():
    with mjpeg_server(grey_pictures(LEVELS)) as server:
        camera = Camera(server.address, timeout_s=2)
        for _ in range(2):
            with camera:
                assert camera.read().image.shape == (120, 160, 3)


# --- with a scripted driver


def test_no_camera(fake_camera, capfd):
    made = fake_camera(opens=False)
    with pytest.raises(NoCamera, match="Camera 0 does not answer"), Camera(0, timeout_s=1):
        pass
    assert made[0].released
    assert capfd.readouterr() == ("", "")


def test_no_camera_for_real(capfd):
    with pytest.raises(NoCamera, match="Camera 97"), Camera(97, timeout_s=2):
        pass
    assert capfd.readouterr() == ("", "")


def test_macos_is_told_where_to_allow_it(fake_camera, monkeypatch):
    fake_camera(opens=False)
    monkeypatch.setattr(camera_module.sys, "platform", "darwin")
    with pytest.raises(NoCamera, match="System Settings, Privacy & Security, Camera"), Camera(0, timeout_s=1):
        pass


def test_a_driver_that_hangs_on_opening(fake_camera):
    made = fake_camera(open_s=0.4)
    started_s = time.monotonic()
    with pytest.raises(NoCamera, match=r"did not open within 0\.1 s"), Camera(0, timeout_s=0.1):
        pass
    assert time.monotonic() - started_s < 1.5
    assert made[0].released


def test_an_unplugged_camera(fake_camera):
    fake_camera(grey_pictures(LEVELS))
    with (
        Camera(0, timeout_s=0.15) as camera,
        pytest.raises(NoCamera, match=r"(stopped after 5 pictures|gave no picture)"),
    ):
        list(camera)


def test_a_camera_that_opens_and_shows_nothing(fake_camera):
    fake_camera()
    with Camera(0, timeout_s=0.1) as camera, pytest.raises(NoCamera):
        camera.read()
    with Camera(0, timeout_s=0.1) as camera, pytest.raises(NoCamera, match="another program"):
        camera.read(timeout_s=2)


def test_a_missed_picture_is_no_unplugging(fake_camera):
    fake_camera([None, *grey_pictures([50])])
    with Camera(0, timeout_s=1) as camera:
        assert camera.read().image[0, 0, 0] == 50


def test_a_driver_that_fails(fake_camera):
    fake_camera([camera_module.cv2.error("broken")])
    with Camera(0, timeout_s=1) as camera, pytest.raises(NoCamera, match="failed"):
        camera.read()


def test_a_grey_camera_becomes_colour(fake_camera):
    fake_camera([np.full((4, 6), 33, np.uint8)])
    with Camera(0, timeout_s=1) as camera:
        assert camera.read().image.shape == (4, 6, 3)


def test_a_camera_that_is_not_open():
    with pytest.raises(StreamBroken, match="not open"):
        Camera(0, timeout_s=0.1).read()


def test_closing_wakes_a_waiting_reader(fake_camera):
    fake_camera()
    camera = Camera(0, timeout_s=5)
    camera.open()
    closing = threading.Timer(0.1, camera.close)
    closing.start()
    started_s = time.monotonic()
    with pytest.raises(StreamBroken, match="not open"):
        camera.read()
    assert time.monotonic() - started_s < 2
    closing.join()


def test_closing_twice_and_opening_twice(fake_camera):
    fake_camera(grey_pictures(LEVELS))
    camera = Camera(0, timeout_s=1)
    camera.open()
    with pytest.raises(RuntimeError, match="open already"):
        camera.open()
    camera.close()
    camera.close()


@pytest.mark.parametrize("timeout_s", [0, -1, float("nan")])
def test_a_timeout_must_be_above_zero(timeout_s):
    with pytest.raises(ValueError, match="timeout_s"):
        Camera(0, timeout_s=timeout_s)
