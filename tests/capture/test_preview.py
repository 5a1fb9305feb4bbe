"""The window: whether there can be one, what the keys do, where pictures are saved. No test opens a real one."""

import os
import sys

import cv2
import numpy as np
import pytest

from capture import Frame
from capture import preview as preview_module
from capture.preview import has_display, preview, save_frame, write_lines
from errors import OutputNotWritable, StreamBroken
from tests.fakes.pictures import arrow

ESCAPE = 27


class FakeWindow:
    """Stands for cv2's window functions: keys come from a list, what is shown is kept."""

    def __init__(self, keys, close_after=None):
        self.keys = iter(keys)
        self.close_after = close_after
        self.shown = []
        self.destroyed = 0

    def imshow(self, title, image):
        self.shown.append(image)

    def waitKey(self, wait_ms):
        if self.destroyed:
            return -1
        return next(self.keys, ESCAPE)

    def getWindowProperty(self, title, what):
        return 0.0 if self.close_after is not None and len(self.shown) >= self.close_after else 1.0

    def destroyWindow(self, title):
        self.destroyed += 1


@pytest.fixture
def window(monkeypatch):
    def install(keys=(), close_after=None):
        fake = FakeWindow(keys, close_after)
        for name in ("imshow", "waitKey", "getWindowProperty", "destroyWindow"):
            monkeypatch.setattr(cv2, name, getattr(fake, name))
        return fake

    return install


def numbered_frames(count=100):
    return (Frame(np.full((40, 60, 3), index, np.uint8), index=index) for index in range(count))


# --- is there a display


@pytest.fixture
def fresh_question(monkeypatch):
    monkeypatch.setattr(preview_module, "has_display", preview_module.has_display.__wrapped__)
    return monkeypatch


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="X11 and Wayland only")
def test_no_display_variable_is_no_display(fresh_question):
    fresh_question.delenv("DISPLAY", raising=False)
    fresh_question.delenv("WAYLAND_DISPLAY", raising=False)
    fresh_question.setattr(preview_module, "_probe_window", lambda: pytest.fail("not needed"))
    assert not preview_module.has_display()


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="X11 and Wayland only")
@pytest.mark.parametrize("variable", ["DISPLAY", "WAYLAND_DISPLAY"])
def test_a_display_that_does_not_answer_kills_the_probe_and_not_us(variable, fresh_question, capfd):
    fresh_question.delenv("DISPLAY", raising=False)
    fresh_question.setenv(variable, ":4711")
    assert not preview_module.has_display()
    assert capfd.readouterr() == ("", "")


def test_a_headless_opencv_has_no_window(fresh_question):
    fresh_question.setattr(cv2, "currentUIFramework", lambda: "")
    fresh_question.setenv("DISPLAY", ":0")
    assert not preview_module.has_display()


def test_a_window_that_opens_is_a_display(fresh_question):
    fresh_question.setenv("DISPLAY", ":0")
    fresh_question.setattr(cv2, "currentUIFramework", lambda: "QT")
    fresh_question.setattr(preview_module, "_probe_window", lambda: True)
    assert preview_module.has_display()


@pytest.mark.parametrize("failure", [OSError("no memory"), preview_module.subprocess.TimeoutExpired("python", 15)])
def test_a_probe_that_cannot_run_is_no_display(failure, monkeypatch):
    def fail(*_, **__):
        raise failure

    monkeypatch.setattr(preview_module.subprocess, "run", fail)
    assert not preview_module._probe_window()


def test_it_is_asked_once():
    assert has_display() is has_display()
    assert has_display.cache_info().hits >= 1


# --- the loop


@pytest.mark.parametrize("key", [ESCAPE, ord("q"), ord("Q"), ESCAPE | 0x100000])
def test_escape_and_q_leave(key, window):
    fake = window([-1, -1, key])
    preview(numbered_frames())
    assert len(fake.shown) == 3
    assert fake.destroyed == 1


def test_closing_the_window_leaves(window):
    fake = window([-1] * 50, close_after=4)
    preview(numbered_frames())
    assert len(fake.shown) == 4


def test_space_hands_over_the_frame_on_show(window):
    window([-1, ord(" "), -1, ord("r"), ESCAPE])
    pressed = []
    preview(numbered_frames(), lambda key, frame: pressed.append((key, frame.index)))
    assert pressed == [(" ", 1), ("r", 3)]


def test_arrow_keys_and_the_like_are_passed_over(window):
    window([0, 13, 200, 9, ESCAPE])
    preview(numbered_frames(), lambda *_: pytest.fail("is no character"))


def test_a_picture_that_comes_back_is_held_until_the_next_key(window):
    fake = window([ord(" "), -1, -1, ord("x"), -1, ESCAPE])
    answers = {" ": np.full((40, 60, 3), 255, np.uint8), "x": None}
    preview(numbered_frames(), lambda key, _: answers[key])
    assert [int(image[20, 20, 0]) for image in fake.shown] == [0, 255, 255, 255, 4, 5]


def test_lines_that_come_back_are_written_over_the_live_picture(window):
    fake = window([ord(" "), -1, ESCAPE])
    preview(numbered_frames(), lambda *_: ["4071"])
    assert fake.shown[0].max() == 0
    assert fake.shown[1].max() == 255


def test_a_string_that_comes_back_is_one_line(window):
    fake = window([ord(" "), ESCAPE])
    preview(numbered_frames(), lambda *_: "41")
    assert np.array_equal(fake.shown[1], write_lines(np.full((40, 60, 3), 1, np.uint8), ["41"]))


def test_a_still_picture_stays(window):
    fake = window([-1] * 9)
    preview([Frame(arrow())])
    assert len(fake.shown) == 10


def test_no_frames_no_window(window):
    fake = window()
    preview([])
    assert fake.shown == []


def test_a_stream_that_breaks_closes_the_window(window):
    def breaking():
        yield Frame(arrow())
        raise StreamBroken("gone")

    fake = window([-1] * 9)
    with pytest.raises(StreamBroken):
        preview(breaking())
    assert fake.destroyed == 1


def test_the_frame_itself_is_never_written_on(window):
    window([-1, ESCAPE])
    frame = Frame(arrow())
    before = frame.image.copy()
    preview([frame], hint=["SPACE: save"])
    assert np.array_equal(frame.image, before)


# --- saving


def test_names_count_from_zero_and_nothing_is_overwritten(tmp_path):
    folder = tmp_path / "new" / "folder"
    names = [save_frame(Frame(arrow()), folder).name for _ in range(3)]
    assert names == ["opencv_frame_0.png", "opencv_frame_1.png", "opencv_frame_2.png"]
    (folder / "opencv_frame_0.png").unlink()
    (folder / "opencv_frame_10.png").write_bytes(b"mine")
    (folder / "opencv_frame_x.png").write_bytes(b"other")
    assert save_frame(Frame(arrow()), folder).name == "opencv_frame_11.png"
    assert (folder / "opencv_frame_10.png").read_bytes() == b"mine"


def test_another_process_that_saves_at_the_same_time(tmp_path, monkeypatch):
    (tmp_path / "opencv_frame_0.png").write_bytes(b"theirs")
    monkeypatch.setattr("pathlib.Path.iterdir", lambda self: iter(()))  # looked before theirs was there
    assert save_frame(Frame(arrow()), str(tmp_path)).name == "opencv_frame_1.png"
    assert (tmp_path / "opencv_frame_0.png").read_bytes() == b"theirs"


def test_what_is_saved_is_what_was_seen(tmp_path):
    path = save_frame(Frame(arrow()), tmp_path)
    assert np.array_equal(cv2.imread(os.fspath(path)), arrow())


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_bytes(b"")  # root ignores permissions, but nobody writes below a file
    with pytest.raises(OutputNotWritable, match=r"cannot be written to .*Give a folder that you may write to"):
        save_frame(Frame(arrow()), tmp_path / "file" / "folder")
    with pytest.raises(OutputNotWritable):
        save_frame(Frame(arrow()), tmp_path / "file")


def test_a_folder_that_may_not_be_written_to(tmp_path, monkeypatch):
    def refuse(self, *_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(OutputNotWritable, match="Permission denied"):
        save_frame(Frame(arrow()), tmp_path)
