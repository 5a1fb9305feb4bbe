"""Bad input, given to the real command: what is wrong, what to do, the right code, and all others read.

Sources are given together, so that few processes are needed; one line of JSON comes back for each.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from capture.image import load_image
from tests.conftest import CHECKOUT
from tests.fakes.pictures import arrow, bad_files, bomb_headers, bomb_png, encode, foreign_files
from tests.fakes.streams import mjpeg_server, write_video

BARE = CHECKOUT / "samples" / "bare_digit.png"
# A sentence that says what to do begins with a verb, and there is one in every message.
NEXT_STEP = re.compile(
    r"\b(Give|Check|Copy|Save|Put|Plug|Get|Use|Run|Name|Make|Unpack|Pipe|Convert|Replace|Install)\b[^\n]*\.\)?$"
)
without_root = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="needs a user who may not write everywhere"
)


def run(
    *arguments: object, cwd: Path = CHECKOUT, stdin: bytes = b"", **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does, without a display."""
    environment = {name: value for name, value in os.environ.items() if "DISPLAY" not in name}
    done = subprocess.run(
        [sys.executable, str(CHECKOUT / "pipeline.py"), *map(str, arguments)],
        cwd=cwd,
        env=environment | variables,
        input=stdin,
        capture_output=True,
        timeout=120,
        check=False,
    )
    out, err = done.stdout.decode(), done.stderr.decode(errors="backslashreplace")
    assert "Traceback" not in err, err
    return subprocess.CompletedProcess(done.args, done.returncode, out, err)


def lines_of(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def kinds_of(done: subprocess.CompletedProcess[str]) -> list[str | None]:
    return [line.get("error", {}).get("type") for line in lines_of(done)]


def check_messages(done: subprocess.CompletedProcess[str]) -> None:
    """Each message names its source, ends in what to do, and is on stderr too."""
    for line in lines_of(done):
        if "error" in line:
            message = line["error"]["message"]
            assert NEXT_STEP.search(message), message
            assert message in done.stderr


@pytest.fixture
def put(tmp_path) -> Callable[[str, bytes], Path]:
    """Write a file into the test's folder."""

    def put(name: str, content: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return put


def test_every_kind_of_broken_file_is_refused_and_the_others_are_read(put, tmp_path):
    paths = [put(f"{number}.png", content) for number, content in enumerate(bad_files().values())]
    foreign = [put(f"foreign{number}.jpg", content) for number, content in enumerate(foreign_files().values())]
    missing = tmp_path / "nowhere.jpg"
    done = run("--json", BARE, *paths, *foreign, missing, BARE)
    assert done.returncode == 3
    expected = ["UnreadableImage"] * len(paths) + ["UnsupportedFormat"] * len(foreign) + ["ImageNotFound"]
    assert kinds_of(done) == [None, *expected, None]
    assert [line["numbers"][0]["text"] for line in (lines_of(done)[0], lines_of(done)[-1])] == ["3", "3"]
    for line, path in zip(lines_of(done)[1:-1], [*paths, *foreign, missing], strict=True):
        assert path.name in line["error"]["message"]
    check_messages(done)


def test_bombs_are_refused_before_memory_is_taken(put):
    paths = [put(f"bomb{number}.png", content) for number, content in enumerate(bomb_headers().values())]
    started = f"""
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_AS, (3_000_000_000, 3_000_000_000))
sys.argv = ["pipeline.py", "--json", {str(BARE)!r}, *{[str(path) for path in paths]!r}]
runpy.run_path("pipeline.py", run_name="__main__")
"""
    # 20,000 x 20,000 pixels are 1.2 GB, and OpenCV would take them several times over.
    code = (
        started
        if sys.platform == "linux"
        else re.sub(r"resource.*\n", "", started.replace("import resource, ", "import "))
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 3, done.stderr
    assert kinds_of(done) == [None] + ["ImageTooLarge"] * len(paths)
    assert "20000 x 20000" in done.stderr
    check_messages(done)
    assert len(bomb_png()) < 2_000_000


def test_pictures_without_writing_are_no_fault(put):
    rng = np.random.default_rng(1)
    pictures = {
        "one": np.full((1, 1, 3), 255, np.uint8),
        "blank": np.full((300, 400, 3), 255, np.uint8),
        "black": np.zeros((300, 400, 3), np.uint8),
        "noise": rng.integers(0, 256, (300, 400, 3)).astype(np.uint8),
        "column": np.full((2000, 1, 3), 200, np.uint8),
        "row": np.full((1, 2000, 3), 200, np.uint8),
    }
    paths = [put(f"{name}.png", encode(picture, "PNG")) for name, picture in pictures.items()]
    done = run("--json", *paths)
    assert (done.returncode, done.stderr) == (0, "")
    for line in lines_of(done):
        assert line["numbers"] == []
        assert line["advice"], line["source"]
    told = run(*paths)
    assert (told.returncode, told.stdout) == (0, "")
    assert told.stderr.count("\n") >= 2 * len(paths)


def test_folders_globs_and_patterns_without_pictures(tmp_path, put):
    put("notes.txt", b"41")
    (tmp_path / "empty").mkdir()
    for source in (tmp_path, tmp_path / "empty", tmp_path / "*.jpg", tmp_path / "f_%04d.png"):
        done = run(source)
        assert (done.returncode, done.stdout) == (3, "")
        assert NEXT_STEP.search(done.stderr.strip())
    done = run("--json", tmp_path / "empty", BARE)
    assert done.returncode == 3
    assert kinds_of(done) == ["ImageNotFound", None]


def test_no_file_at_all_is_told_once(tmp_path):
    done = run("--json", tmp_path / "nowhere.jpg")
    assert (done.returncode, done.stdout) == (3, "") or kinds_of(done) == ["ImageNotFound"]
    assert done.stderr.count("nowhere.jpg") == 1
    assert NEXT_STEP.search(done.stderr.strip())


def test_no_file_at_all_is_a_line_of_json_too(tmp_path):
    """A line for each image, whatever happens: a program that reads them counts on it."""
    assert kinds_of(run("--json", tmp_path / "nowhere.jpg")) == ["ImageNotFound"]


def test_a_picture_on_stdin():
    done = run("--json", "-", stdin=BARE.read_bytes())
    assert [line["source"] for line in lines_of(done)] == ["-"]
    assert lines_of(done)[0]["numbers"][0]["text"] == "3"
    for broken in (b"", b"hello", BARE.read_bytes()[:100]):
        done = run("--json", "-", stdin=broken)
        assert (done.returncode, kinds_of(done)) == (3, ["UnreadableImage"])
        check_messages(done)


def test_videos_that_break_off_and_videos_that_are_none(put, tmp_path):
    whole = write_video(tmp_path / "whole.avi", [load_image(CHECKOUT / "samples" / "low_resolution.jpg")] * 6)
    content = whole.read_bytes()
    half = put("half.avi", content[: len(content) * 6 // 10])
    others = [put("empty.mp4", b""), put("text.mp4", b"not a film"), put("head.avi", content[:200])]
    done = run("--json", half, *others, BARE)
    assert done.returncode == 3
    read = [line for line in lines_of(done) if line["source"].startswith(str(half))]
    assert 1 <= len(read) < 6
    assert all("numbers" in line for line in read)
    assert kinds_of(done)[-4:] == ["StreamBroken"] * 3 + [None]
    check_messages(done)


def test_streams_that_stall_refuse_or_are_not_there():
    pictures = [arrow(120, 160)]
    with mjpeg_server(pictures, stall_after=0) as silent, mjpeg_server(pictures, status=404) as refusing:
        done = run("--json", silent.address, refusing.address, "http://127.0.0.1:9/video", BARE)
    assert done.returncode == 3
    assert kinds_of(done) == ["StreamBroken"] * 3 + [None]
    check_messages(done)


def test_no_camera_and_no_display(tmp_path):
    done = run("97", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (4, "")
    assert "python pipeline.py photo.jpg" in done.stderr
    shutil.copy(BARE, tmp_path / "photo.png")
    mixed = run("--json", "97", "photo.png", cwd=tmp_path)
    assert (mixed.returncode, kinds_of(mixed)) == (4, ["NoCamera", None])


@pytest.mark.skipif(Path("/dev/video0").exists(), reason="there is a camera")
def test_no_source_no_camera_and_no_frame(tmp_path):
    done = run(cwd=tmp_path)
    assert (done.returncode, done.stdout) == (4, "")
    assert NEXT_STEP.search(done.stderr.strip()) or "photo.jpg" in done.stderr
    shutil.copy(BARE, tmp_path / "opencv_frame_0.png")
    done = run(cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "3\n")
    assert "opencv_frame_0.png" in done.stderr


def test_outputs_that_cannot_be_written(put):
    block = put("file", b"x")
    for option, name in (("--annotate", "seen.png"), ("--show-work", "work"), ("--csv", "out.csv")):
        done = run(option, block / name, BARE)
        assert done.returncode == 2
        assert NEXT_STEP.search(done.stderr.strip())
    done = run("--annotate", block.with_name("seen.txt"), BARE)
    assert (done.returncode, done.stdout) == (2, "3\n")


@without_root
def test_a_read_only_folder(tmp_path):
    tmp_path.chmod(0o500)
    done = run("--annotate", tmp_path / "seen.png", BARE)
    assert (done.returncode, done.stdout) == (2, "3\n")


@without_root
def test_a_file_that_may_not_be_read(put):
    path = put("secret.png", BARE.read_bytes())
    path.chmod(0)
    assert kinds_of(run("--json", path, BARE)) == ["UnreadableImage", None]


def test_model_files_that_are_not_whole(tmp_path):
    for name in ("digits.tflite", "digits.json"):
        shutil.copy(CHECKOUT / "models" / name, tmp_path)
    os.truncate(tmp_path / "digits.tflite", 5000)
    for folder in (tmp_path, tmp_path / "nowhere"):
        done = run("--models", folder, BARE)
        assert (done.returncode, done.stdout) == (5, "")
        assert "git checkout models" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
def test_ctrl_c_while_reading_is_130(tmp_path):
    for number in range(300):
        (tmp_path / f"{number}.png").write_bytes(BARE.read_bytes())
    child = subprocess.Popen(
        [sys.executable, "pipeline.py", "--json", str(tmp_path), *[str(CHECKOUT / "samples")] * 30],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout
    child.stdout.readline()
    time.sleep(0.05)
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=30)
    assert child.returncode == 130
    assert "Traceback" not in err


@pytest.mark.skipif(sys.platform != "linux", reason="names that are no UTF-8")
def test_a_name_that_is_no_text(tmp_path):
    path = os.fsencode(tmp_path) + b"/photo\xff.png"
    Path(os.fsdecode(path)).write_bytes(BARE.read_bytes())
    for option in (["--json"], ["--csv", tmp_path / "out.csv"], ["--annotate", tmp_path / "seen"], []):
        done = run(*option, tmp_path, LC_ALL="C.UTF-8")
        assert done.returncode == 0
        assert "3" in done.stdout
