"""python -m capture: the command as a person runs it, in a process of its own and with click's runner."""

import os
import subprocess
import sys
from pathlib import Path

import cv2
import pytest
from click.testing import CliRunner

from capture import preview
from capture.__main__ import main
from capture.devices import Device
from errors import NoCamera, ReaderError
from tests.fakes.pictures import arrow, encode
from tests.fakes.streams import grey_pictures, mjpeg_server, write_video

ROOT = Path(__file__).parents[2]


@pytest.fixture
def no_display(monkeypatch):
    monkeypatch.setattr(preview, "has_display", lambda: False)


@pytest.fixture
def display(monkeypatch):
    """A display with a window that shows nothing: SPACE twice, then another key, then ESC."""
    keys = iter([32, 32, ord("x"), 27])
    monkeypatch.setattr(preview, "has_display", lambda: True)
    monkeypatch.setattr(cv2, "imshow", lambda *_: None)
    monkeypatch.setattr(cv2, "waitKey", lambda _: next(keys, -1))
    monkeypatch.setattr(cv2, "getWindowProperty", lambda *_: 1.0)
    monkeypatch.setattr(cv2, "destroyWindow", lambda _: None)


def invoke(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)


def test_as_a_process_without_camera_and_display(tmp_path):
    environment = {name: value for name, value in os.environ.items() if "DISPLAY" not in name}
    done = subprocess.run(
        [sys.executable, "-m", "capture", "97", "--out", str(tmp_path)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 4
    assert done.stdout == ""
    assert "Camera 97" in done.stderr
    assert "python pipeline.py photo.jpg" in done.stderr
    assert done.stderr.count("\n") == 1


def test_help_has_examples():
    shown = invoke("--help").stdout
    assert "Examples:" in shown
    assert "opencv_frame_0.png" in shown


@pytest.mark.parametrize("option", [["--countdown", "-1"], ["--timeout", "0"], ["--nonsense"]])
def test_wrong_usage(option):
    assert invoke(*option).exit_code == 2


def test_without_a_display_one_frame_is_taken(no_display, tmp_path):
    with mjpeg_server(grey_pictures([0, 100, 200])) as server:
        done = invoke(server.address, "--out", tmp_path, "--countdown", "0", "--timeout", "2")
    assert done.stdout.strip() == str(tmp_path / "opencv_frame_0.png")
    assert "no display" in done.stderr
    assert (tmp_path / "opencv_frame_0.png").exists()


def test_the_countdown_is_counted(no_display, tmp_path):
    with mjpeg_server(grey_pictures([0, 100, 200])) as server:
        done = invoke(server.address, "--out", tmp_path, "--countdown", "1", "--timeout", "2")
    assert "1 ..." in done.stderr


def test_with_a_display_space_saves(display, tmp_path):
    path = write_video(tmp_path / "clip.avi", grey_pictures([0, 50, 100, 150, 200]))
    done = invoke(path, "--out", tmp_path)
    assert done.stdout.split() == [str(tmp_path / f"opencv_frame_{number}.png") for number in (0, 1)]
    assert "ESC or q" in done.stderr
    assert abs(int(cv2.imread(str(tmp_path / "opencv_frame_1.png"))[5, 5, 0]) - 50) < 5


def test_a_photo_is_shown_too(display, tmp_path):
    (tmp_path / "photo.png").write_bytes(encode(arrow(), "PNG"))
    assert invoke(tmp_path / "photo.png", "--out", tmp_path).exit_code == 0
    assert (tmp_path / "opencv_frame_1.png").exists()


def test_list(monkeypatch):
    monkeypatch.setattr("capture.devices.list_cameras", lambda: [Device(2, "Webcam", 1280, 720)])
    assert invoke("--list").stdout == "2\t1280 x 720\tWebcam\n"


def test_list_without_cameras(monkeypatch):
    monkeypatch.setattr("capture.devices.list_cameras", list)
    with pytest.raises(NoCamera, match=r"No camera was found\. Plug one in"):
        invoke("--list")


def test_a_hint_that_knows_better_stays(monkeypatch, no_display):
    def refuse(*_):
        raise NoCamera("Camera 0 does not answer.", "Allow it in System Settings.")

    monkeypatch.setattr("capture.camera.Camera.__enter__", refuse)
    with pytest.raises(NoCamera, match="Allow it in System Settings"):
        invoke()


def test_a_folder_below_a_file(no_display, tmp_path):
    (tmp_path / "photo.png").write_bytes(encode(arrow(), "PNG"))
    with pytest.raises(ReaderError, match="cannot be written to"):
        invoke(tmp_path / "photo.png", "--out", tmp_path / "photo.png" / "folder")
