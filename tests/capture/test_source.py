"""What a string means, and the frames that come of it."""

import contextlib
import io
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture import Frame, expand, frames
from capture.image import Limits
from capture.source import Kind, is_live, is_still, kind_of_source, natural_order
from errors import ImageNotFound, ImageTooLarge, NoCamera, ReaderError, StreamBroken, UnreadableImage, WrongUsage
from tests.fakes.pictures import arrow, bad_files, encode
from tests.fakes.streams import grey_pictures, mjpeg_server, write_video


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A current folder with three pictures, a text, a hidden file and a folder in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos" / "inside").mkdir(parents=True)
    for name in ("page10.PNG", "page2.png", "Page1.png", "inside/page3.png"):
        (tmp_path / "photos" / name).write_bytes(encode(arrow(4, 6), "PNG"))
    (tmp_path / "photos" / "notes.txt").write_text("41", encoding="utf-8")
    (tmp_path / "photos" / "._page2.png").write_bytes(b"macOS")
    return tmp_path


class Pipe(io.TextIOWrapper):
    """What stdin is when something is piped in."""

    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data))


# --- what a string means


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("-", Kind.STDIN),
        ("0", Kind.CAMERA),
        ("12", Kind.CAMERA),
        ("/dev/video0", Kind.CAMERA),
        ("http://127.0.0.1:8080/video", Kind.ADDRESS),
        ("HTTPS://camera/stream", Kind.ADDRESS),
        ("rtsp://user:secret@camera/1", Kind.ADDRESS),
        ("clip.MP4", Kind.VIDEO),
        ("frame_%04d.png", Kind.PATTERN),
        ("frame_%d.png", Kind.PATTERN),
        ("photos/*.jpg", Kind.GLOB),
        ("photos/page[12].jpg", Kind.GLOB),
        ("photo.jpg", Kind.PICTURE),
        ("100 %.jpg", Kind.PICTURE),
        ("2024", Kind.PICTURE),
        ("²", Kind.PICTURE),
        ("a\0b", Kind.PICTURE),
        ("", Kind.PICTURE),
    ],
)
def test_kinds(source, kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert kind_of_source(source) is kind
    assert is_live(source) == (kind in (Kind.CAMERA, Kind.ADDRESS))
    assert is_still(source) == (kind in (Kind.PICTURE, Kind.GLOB, Kind.STDIN))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such file names")
@pytest.mark.parametrize("name", ["0", "7.png", "photo[1].png", "what?.png", "frame_%04d.png", "a*b.png"])
def test_what_exists_is_a_file_whatever_its_name(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_bytes(encode(arrow(), "PNG"))
    assert kind_of_source(name) is Kind.PICTURE
    assert expand([name]) == [name]
    assert np.array_equal(next(frames(name)).image, arrow())


# --- expand


def test_a_folder_is_its_pictures_in_natural_order(folder):
    names = [item.replace("\\", "/") for item in expand(["photos"])]
    assert names == ["photos/Page1.png", "photos/page2.png", "photos/page10.PNG"]


def test_a_glob_that_no_shell_expanded(folder):
    # Where the file system does not tell page from Page, Page1 is a match too.
    assert "photos/page2.png" in [item.replace("\\", "/") for item in expand(["photos/page*.png"])]
    assert len(expand(["photos/**/*.png"])) >= 3
    assert len(expand([str(folder / "photos" / "*.png")])) >= 2


def test_a_glob_takes_files_only(folder):
    assert not [item for item in expand(["photos/*"]) if item.endswith("inside")]


def test_several_sources_keep_their_order(folder):
    given_sources = ["1", "photos/page2.png", "photos", "-", "http://a/b"]
    items = [item.replace("\\", "/") for item in expand(given_sources)]
    assert items[:2] == ["1", "photos/page2.png"]
    assert items[-2:] == ["-", "http://a/b"]
    assert len(items) == 7


def test_nothing_given_is_nothing(folder):
    assert expand([]) == []


def test_a_single_string_is_one_source(folder):
    assert expand("photos") == expand(["photos"])


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("nothing.png", r"nothing\.png does not exist\. Check the name"),
        ("nothing.mp4", r"nothing\.mp4 does not exist"),
        ("nothing/*.png", r"No file matches nothing/\*\.png\. Check the name"),
        ("nothing_%03d.png", r"No file matches the pattern nothing_%03d\.png"),
        ("empty", r"The folder empty holds no pictures \(it has no files\)\. Give a folder with"),
        ("texts", r"holds no pictures \(1 file, such as notes\.txt\)"),
    ],
)
def test_what_is_not_there_is_named_with_the_next_step(source, words, folder):
    (folder / "empty").mkdir()
    (folder / "texts").mkdir()
    (folder / "texts" / "notes.txt").write_text("x", encoding="utf-8")
    with pytest.raises(ImageNotFound, match=words):
        expand([source])
    with pytest.raises(ImageNotFound, match=words):
        list(frames(source))


def test_one_missing_among_several_does_not_stop_the_others(folder):
    items = expand(["nothing.png", "photos/page2.png", "nothing/*.png"])
    assert items == ["nothing.png", "photos/page2.png", "nothing/*.png"]
    assert len(list(frames(items[1]))) == 1
    for item in (items[0], items[2]):
        with pytest.raises(ImageNotFound):
            list(frames(item))


def test_a_folder_that_may_not_be_looked_into(folder, monkeypatch):
    def refuse(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.iterdir", refuse)  # root may look into all
    with pytest.raises(ImageNotFound, match="cannot be looked into"):
        expand(["photos"])


@given(st.lists(st.integers(0, 10**6), unique=True))
def test_numbers_in_names_are_ordered_as_numbers(numbers):
    names = [f"page{number}.png" for number in numbers]
    assert sorted(names, key=natural_order) == [f"page{number}.png" for number in sorted(numbers)]


@given(st.text(), st.text())
def test_any_two_names_can_be_compared(name, other):
    assert sorted([name, other], key=natural_order)


# --- frames of stills


def test_a_still_is_one_frame(folder):
    (frame,) = frames("photos/page2.png")
    assert isinstance(frame, Frame)
    assert (frame.source, frame.index, frame.timestamp) == ("photos/page2.png", 0, 0.0)
    assert np.array_equal(frame.image, arrow(4, 6))


def test_paths_folders_and_lists(folder):
    photos = folder / "photos"
    assert len(list(frames(photos))) == 3
    assert len(list(frames([photos / "page2.png", str(photos / "page10.PNG")]))) == 2


def test_stdin(monkeypatch):
    monkeypatch.setattr(sys, "stdin", Pipe(encode(arrow(), "JPEG")))
    (frame,) = frames("-")
    assert frame.source == "-"
    assert frame.image.shape == arrow().shape


@pytest.mark.parametrize("what", bad_files())
def test_bad_bytes_on_stdin(what, monkeypatch):
    monkeypatch.setattr(sys, "stdin", Pipe(bad_files()[what]))
    with pytest.raises(UnreadableImage, match="on stdin"):
        list(frames("-"))


def test_stdin_is_not_read_beyond_the_limit(monkeypatch):
    monkeypatch.setattr(sys, "stdin", Pipe(encode(arrow(), "PNG") + bytes(5000)))
    with pytest.raises(ImageTooLarge):
        list(frames("-", Limits(max_bytes=1000)))
    assert len(sys.stdin.buffer.read()) > 1000


def test_stdin_that_is_a_keyboard(monkeypatch):
    keyboard = Pipe(b"")
    monkeypatch.setattr(keyboard, "isatty", lambda: True)
    for stdin in (keyboard, None):
        monkeypatch.setattr(sys, "stdin", stdin)
        with pytest.raises(WrongUsage, match="nothing is piped in"):
            list(frames("-"))


def test_limits_reach_the_loader(folder):
    with pytest.raises(ImageTooLarge):
        list(frames("photos/page2.png", Limits(max_pixels=23)))


# --- frames of videos and patterns


@pytest.fixture
def clip(tmp_path):
    """A video of 20 frames whose content takes some bytes."""
    noise = np.random.default_rng(7).integers(0, 255, (20, 12, 16, 3), dtype=np.uint8)
    return write_video(tmp_path / "clip 7.avi", [np.kron(picture, np.ones((10, 10, 1), np.uint8)) for picture in noise])


def test_a_video_is_all_its_frames(clip):
    taken = list(frames(clip))
    assert [frame.index for frame in taken] == list(range(20))
    assert [round(frame.timestamp, 3) for frame in taken] == [round(index / 25, 3) for index in range(20)]
    assert {frame.image.shape for frame in taken} == {(120, 160, 3)}


@pytest.mark.parametrize("part", [0.9, 0.6, 0.4])
def test_a_video_that_breaks_off_ends_cleanly(clip, part, capfd):
    clip.write_bytes(clip.read_bytes()[: int(clip.stat().st_size * part)])
    taken = list(frames(clip))
    assert part * 20 - 4 < len(taken) < 20
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("data", [b"", b"RIFF", b"no video at all", bytes(5000)])
def test_a_video_without_a_frame_is_broken(data, tmp_path, capfd):
    path = tmp_path / "clip.avi"
    path.write_bytes(data)
    with pytest.raises(StreamBroken, match=r"clip\.avi is"):
        list(frames(path))
    assert capfd.readouterr() == ("", "")


def test_a_video_header_without_frames_is_broken(clip):
    clip.write_bytes(clip.read_bytes()[:6000])
    with pytest.raises(StreamBroken):
        list(frames(clip))


def test_a_video_with_too_large_frames(clip):
    with pytest.raises(ImageTooLarge, match="160 x 120"):
        next(frames(clip, Limits(max_pixels=19_199)))


def test_a_video_left_half_way_lets_go_of_the_file(clip):
    video = frames(clip)
    next(video)
    video.close()
    clip.unlink()  # Windows refuses this while the file is open


def test_a_folder_named_like_a_video(tmp_path):
    (tmp_path / "clip.mp4").mkdir()
    with pytest.raises(ImageNotFound, match="holds no pictures"):
        list(frames(tmp_path / "clip.mp4"))


def test_a_pattern_is_its_files_by_number(tmp_path):
    for number, level in ((1, 10), (2, 20), (10, 100)):
        (tmp_path / f"frame_{number:04d}.png").write_bytes(encode(grey_pictures([level])[0], "PNG"))
    pattern = str(tmp_path / "frame_%04d.png")
    assert expand([pattern]) == [pattern]
    taken = list(frames(pattern))
    assert [int(frame.image[0, 0, 0]) for frame in taken] == [10, 20, 100]
    assert [frame.index for frame in taken] == [0, 1, 2]
    assert taken[2].timestamp > taken[1].timestamp > taken[0].timestamp == 0
    assert {frame.source for frame in taken} == {pattern}


# --- live frames


def test_frames_of_an_address_are_live():
    with mjpeg_server(grey_pictures([0, 80, 160, 240])) as server:
        live = frames(server.address, timeout_s=2)
        taken = [next(live) for _ in range(8)]
        live.close()
    assert [frame.index for frame in taken] == sorted({frame.index for frame in taken})
    assert {frame.source for frame in taken} == {server.address}


def test_no_camera_is_said():
    # No computer has a 98th camera.
    with pytest.raises(NoCamera, match=r"Camera 97 .*photo"):
        next(frames("97", timeout_s=2))


@given(st.text(max_size=30).filter(lambda text: "://" not in text and text != "-" and not text.startswith("/dev")))
def test_random_strings_are_never_a_traceback(text):
    if kind_of_source(text) in (Kind.CAMERA, Kind.FOLDER):
        return
    with contextlib.suppress(ReaderError):
        next(frames(text))
