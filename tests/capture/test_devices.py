"""The list of cameras: quick, quiet, without the devices that carry no picture."""

import time

import pytest

from capture import devices
from capture.devices import Device, list_cameras


class FakeVideo:
    """Cameras at 0 and 2; nothing elsewhere."""

    def __init__(self, index):
        self.there = index in (0, 2)

    def isOpened(self):
        return self.there

    def get(self, what):
        return {devices.cv2.CAP_PROP_FRAME_WIDTH: 1280.0, devices.cv2.CAP_PROP_FRAME_HEIGHT: 720.0}[what]

    def release(self):
        self.there = False


@pytest.fixture
def fake_video(monkeypatch):
    monkeypatch.setattr(devices.cv2, "VideoCapture", FakeVideo)


def test_linux_tells_the_names(tmp_path, monkeypatch, fake_video):
    for index, name in ((0, "Integrated Camera\n"), (1, "Integrated Camera\n"), (2, ""), (10, "gone\n")):
        (tmp_path / f"video{index}").mkdir()
        (tmp_path / f"video{index}" / "name").write_text(name, encoding="utf-8")
    (tmp_path / "video3").mkdir()  # no name
    (tmp_path / "videocodec").mkdir()
    monkeypatch.setattr(devices, "_SYSFS", tmp_path)
    monkeypatch.setattr(devices.sys, "platform", "linux")
    assert list_cameras() == [Device(0, "Integrated Camera", 1280, 720), Device(2, "video2", 1280, 720)]


def test_other_systems_are_asked_index_by_index(monkeypatch, fake_video):
    monkeypatch.setattr(devices.sys, "platform", "win32")
    assert list_cameras() == [Device(0, "camera 0", 1280, 720)]


def test_no_camera_is_an_empty_list_at_once(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(devices, "_SYSFS", tmp_path / "nothing")
    monkeypatch.setattr(devices.sys, "platform", "linux")
    started_s = time.monotonic()
    assert list_cameras() == []
    assert time.monotonic() - started_s < 1
    assert capfd.readouterr() == ("", "")


def test_opening_what_is_not_there_is_quiet(capfd):
    assert devices._look(97, "none") is None
    assert capfd.readouterr() == ("", "")
