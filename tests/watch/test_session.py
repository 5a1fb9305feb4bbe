"""A session: a stream, a watcher, keys and reports together; over real streams and by the command."""

import csv
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from capture.image import load_image
from capture.preview import SPACE
from capture.stream import State
from errors import NoCamera, StreamBroken, WrongUsage
from pipeline import Pipeline
from tests.conftest import CHECKOUT
from tests.fakes.streams import mjpeg_server, write_video
from tests.watch.scripted import ScriptedPipeline, frame_at, number
from watch.loop import Watcher
from watch.plan import Plan, make_plan
from watch.session import Reports, Session, watch

EXPECTED = ["4071", "2589"]
FPS = 30


class ScriptedStream:
    """A stream of so many frames, at 30 a second of their own clock; every gap is a read in vain."""

    def __init__(self, frames, gaps=()):
        self.left = iter(range(frames + len(gaps)))
        self.gaps = set(gaps)
        self.state, self.failure = State.LIVE, None

    def read(self, timeout_s):
        place = next(self.left, None)
        if place is None:
            self.state = State.ENDED
        if place is None or place in self.gaps:
            return None
        return frame_at(time.monotonic() - 0.005 + place / FPS, place)


class Voice:
    """A herald that takes note of what it is asked for."""

    def __init__(self):
        self.style, self.last, self.told, self.read_out, self.hints = "digits", ["9"], [], [], []
        self.quiet = False

    def tell(self, new):
        self.told += [one.text for one in new]

    def hint(self, key):
        self.hints.append(key)

    def read(self, texts):
        self.read_out.append((self.style, list(texts)))

    def mute(self):
        self.quiet = not self.quiet
        return self.quiet


def make(frames=60, script=None, folder=Path(), gaps=()):
    """Make a session: it, its voice, what it settles and says and shows."""
    settled, said, shown = [], [], []
    reports = Reports(lambda one, seen: settled.append(one.text), said.append, shown.append)
    pipeline = ScriptedPipeline([[number("4071")]] * frames if script is None else script)
    voice = Voice()
    session = Session(ScriptedStream(frames, gaps), Watcher(pipeline), reports, voice, Plan(folder=folder))
    return session, voice, settled, said, shown


def test_without_a_window_it_runs_to_the_streams_end():
    session, voice, settled, _, shown = make()
    session.run()
    assert settled == voice.told == ["4071"]
    assert len(shown) == 60


def test_the_window_gets_a_picture_even_where_no_frame_comes():
    session, _, settled, _, shown = make(frames=30, gaps=range(10, 20))
    pictures = list(session.pictures())
    assert len(pictures) == 40
    assert len(shown) == 30
    assert settled == ["4071"]


def show(session, frames):
    """Show so many pictures of a session."""
    return list(itertools.islice(session.pictures(), frames))


def test_space_saves_the_frame_and_reads_what_is_in_view(tmp_path):
    session, voice, _, said, _ = make(folder=tmp_path)
    show(session, 30)
    session.press(SPACE, frame_at(0))
    session.press(SPACE, frame_at(0))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["opencv_frame_0.png", "opencv_frame_1.png"]
    assert load_image(tmp_path / "opencv_frame_0.png").shape == (360, 640, 3)
    assert voice.read_out == [("digits", ["4071"])] * 2
    assert "saved opencv_frame_1.png" in said


def test_space_reads_what_has_not_settled_yet(tmp_path):
    session, voice, settled, _, _ = make(folder=tmp_path)
    show(session, 1)
    session.press(SPACE, frame_at(0))
    assert settled == []
    assert voice.read_out == [("digits", ["4071"])]


def test_a_folder_that_cannot_be_written_to_ends_nothing(tmp_path):
    (tmp_path / "file").touch()
    session, _, _, said, _ = make(folder=tmp_path / "file" / "below")
    show(session, 2)
    session.press(SPACE, frame_at(0))
    assert any("cannot be written" in words for words in said)
    assert show(session, 1)


def test_keys_do_what_the_window_says():
    session, voice, _, _, _ = make()
    first = show(session, 1)[0].image
    session.press("r", frame_at(0))
    session.press("n", frame_at(0))
    session.press("d", frame_at(0))
    assert voice.read_out == [("digits", ["9"]), ("number", ["9"]), ("digits", ["9"])], "what was said last"
    session.press("m", frame_at(0))
    assert voice.quiet
    session.press("W", frame_at(0))
    assert (show(session, 1)[0].image != first).mean() > 0.3, "the machine's view"
    session.press("w", frame_at(0))
    session.press("?", frame_at(0))


def test_paused_the_picture_stands_and_nothing_is_read():
    session, voice, _, _, shown = make()
    show(session, 2)
    session.press("p", frame_at(0))
    show(session, 20)
    assert len(shown) == 1, "the second was on its way"
    session.press("p", frame_at(0))
    show(session, 20)
    assert voice.told == ["4071"]


def test_keys_before_the_first_frame_do_nothing():
    make()[0].press(SPACE, frame_at(0))


# --- over real streams


def reports_of(settled, say=None):
    return Reports(lambda one, seen: settled.append(one.text), say or (lambda words: None))


def test_an_mjpeg_stream_is_read_from_end_to_end(sample):
    picture = load_image(sample)
    settled = []

    def settle(one, seen):
        settled.append(one.text)
        if len(settled) == len(EXPECTED):
            raise _Enough

    with mjpeg_server([picture]) as server, pytest.raises(_Enough):
        watch(Pipeline(), Plan(server.address, has_window=False), Reports(settle))
    assert settled == EXPECTED


class _Enough(Exception):
    """As many have settled as the test waits for."""


def test_a_video_is_watched_to_its_end(sample, tmp_path):
    path = write_video(tmp_path / "clip.avi", [load_image(sample)] * 30, fps=20)
    settled = []
    watch(Pipeline(), Plan(str(path), has_window=False), reports_of(settled))
    assert settled == EXPECTED


def test_no_camera_is_an_error_with_a_way_out():
    with pytest.raises(NoCamera, match="Plug one in"):
        watch(ScriptedPipeline([]), Plan("63", has_window=False), reports_of([]))


def test_an_address_where_nobody_is():
    with pytest.raises(StreamBroken):
        watch(ScriptedPipeline([]), Plan("http://127.0.0.1:9/video", has_window=False), reports_of([]))


@pytest.mark.parametrize(
    "options", [{"language": "xx"}, {"rate": 5}, {"volume": 3.0}, {"size": (1, 0)}, {"backend": "none"}]
)
def test_options_are_refused_before_anything_is_opened(options):
    with pytest.raises(WrongUsage):
        make_plan("0", speaks=True, **options)


# --- by the command


def run_command(*arguments, cwd=CHECKOUT, **options):
    return subprocess.run(
        [sys.executable, str(CHECKOUT / "pipeline.py"), "--live", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        **options,
    )


@pytest.fixture
def clip(sample, tmp_path) -> Path:
    return write_video(tmp_path / "clip.avi", [load_image(sample)] * 30, fps=20)


def test_settled_readings_are_lines_of_json_and_rows_of_a_log(clip, tmp_path):
    log = tmp_path / "log.csv"
    for _ in range(2):
        done = run_command(str(clip), "--json", "--no-window", "--no-speak", "--log", str(log))
        assert done.returncode == 0, done.stderr
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert [line["numbers"][0]["text"] for line in lines] == EXPECTED
        assert all(set(line) == {"source", "time", "numbers"} and line["source"] == str(clip) for line in lines)
    rows = list(csv.DictReader(log.read_text("utf-8").splitlines()))
    assert [row["text"] for row in rows] == EXPECTED * 2
    assert rows[0]["time"] < rows[2]["time"]


def test_python_m_watch_is_the_same(clip):
    done = subprocess.run(
        [sys.executable, "-m", "watch", str(clip), "--no-window", "--no-speak"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout.split()) == (0, EXPECTED)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["63", "--no-window"], 4, "Plug one in"),
        (["photo.jpg"], 2, "no camera and no video"),
        (["0", "1"], 2, "watches one source"),
        (["missing.mp4"], 3, "does not exist"),
        (["--language", "xx"], 2, "xx"),
        (["--size", "large"], 2, "1280x720"),
        (["--menu"], 2, "Give one of them"),
    ],
)
def test_what_goes_wrong_has_a_message_and_a_code(arguments, code, words):
    done = run_command(*arguments)
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C reaches a process of its own otherwise there")
def test_ctrl_c_leaves_cleanly(sample):
    with mjpeg_server([load_image(sample)]) as server:
        running = subprocess.Popen(
            [sys.executable, "pipeline.py", "--live", server.address, "--no-window", "--no-speak"],
            cwd=CHECKOUT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert running.stdout is not None
        assert running.stdout.readline().strip() == EXPECTED[0]
        running.send_signal(signal.SIGINT)
        _, talk = running.communicate(timeout=20)
    assert running.returncode == 130
    assert talk.endswith("Stopped.\n")
    assert "Traceback" not in talk


# --- with a real window


@pytest.fixture
def screen(tmp_path):
    """A display in memory, and its number."""
    missing = [program for program in ("Xvfb", "xdotool") if not shutil.which(program)]
    if missing:
        pytest.skip(f"needs {' and '.join(missing)} (Debian: apt install xvfb xdotool)")
    reader, writer = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1400x900x24", "-nolisten", "tcp"],
        pass_fds=[writer],
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    with os.fdopen(reader) as file:
        display = f":{file.readline().strip()}"
    try:
        ask = "from capture.preview import has_display; raise SystemExit(not has_display())"
        shows = subprocess.run(
            [sys.executable, "-c", ask], cwd=CHECKOUT, env=os.environ | {"DISPLAY": display}, check=False, timeout=60
        )
        if shows.returncode:
            pytest.skip("this OpenCV has no windows (opencv-python-headless)")
        yield display
    finally:
        server.terminate()
        server.wait(10)


def press(display, key):
    subprocess.run(["xdotool", "key", key], env=os.environ | {"DISPLAY": display}, check=True, timeout=20)


def test_the_window_answers_keys_and_saves_frames(sample, screen, tmp_path):
    with mjpeg_server([load_image(sample)]) as server:
        running = subprocess.Popen(
            [sys.executable, str(CHECKOUT / "pipeline.py"), "--live", server.address, "--no-speak"],
            cwd=tmp_path,
            env=os.environ | {"DISPLAY": screen},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert running.stdout is not None
        assert running.stdout.readline().strip() == EXPECTED[0]
        find = ["xdotool", "search", "--sync", "--name", "Live"]
        subprocess.run(find, env=os.environ | {"DISPLAY": screen}, check=True, capture_output=True, timeout=20)
        for key in ("h", "w", "space", "w", "p", "p", "space"):
            press(screen, key)
            time.sleep(0.3)
        press(screen, "q")
        _, talk = running.communicate(timeout=20)
    assert running.returncode == 0, talk
    assert sorted(path.name for path in tmp_path.glob("*.png")) == ["opencv_frame_0.png", "opencv_frame_1.png"]
    assert load_image(tmp_path / "opencv_frame_0.png").shape == load_image(sample).shape
