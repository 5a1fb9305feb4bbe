"""The command of pipeline.py: what goes to stdout, what to stderr, and which code it leaves with."""

import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from capture import expand
from capture.frame import Frame
from capture.image import Limits, load_image
from cli.console import run_command
from cli.read import Tools, make_command
from errors import NoCamera, OutputNotWritable, SpeechUnavailable
from pipeline import Pipeline
from preprocess.work import save_work
from recognize.reading import Reading
from tests.conftest import CHECKOUT
from tests.fakes.pictures import arrow, bad_files, encode
from tests.fakes.streams import write_video
from tests.watch.scripted import number as number_of

SAMPLES = CHECKOUT / "samples"
FRAME = SAMPLES / "opencv_frame_0.png"
BOARD = SAMPLES / "blackboard.jpg"
BARE = SAMPLES / "bare_digit.png"


@dataclass
class Outcome:
    """What a run left behind."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[Any]:
        """Stdout as lines of JSON."""
        return [json.loads(line) for line in self.out.splitlines()]


def no_camera(*_: object) -> None:
    raise NoCamera("Camera 0 does not answer.")


def nothing_else(*_: object, **__: object) -> int:
    raise AssertionError("this was not asked for")


def no_speech(*_: object, **__: object) -> None:
    raise SpeechUnavailable("There is no player.")


@pytest.fixture
def run(monkeypatch, capfd) -> Callable[..., Outcome]:
    """Run the command in this process, with tools in the place of those that need a device."""

    def run(*arguments: object, **tools: Any) -> Outcome:
        given: dict[str, Any] = {
            "pipeline": Pipeline,
            "limits": Limits,
            "expand": expand,
            "show_work": save_work,
            "speak": no_speech,
            "from_camera": no_camera,
            "watch": nothing_else,
            "menu": nothing_else,
            "check": nothing_else,
        }
        monkeypatch.setattr(sys, "argv", ["pipeline.py", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as left:
            run_command(make_command(Tools(**(given | tools))))
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return Outcome(left.value.code if isinstance(left.value.code, int) else 0, out, err)

    return run


@cache
def texts_of(path: Path, layout: str = "page") -> list[str]:
    return Pipeline(layout=layout).read(path).texts  # type: ignore[arg-type]


@pytest.fixture
def broken(tmp_path) -> Path:
    path = tmp_path / "broken.jpg"
    path.write_bytes(bad_files()["half a JPEG"])
    return path


# --- results


def test_one_number_per_line_on_stdout(run):
    done = run(FRAME)
    assert (done.code, done.out.splitlines()) == (0, texts_of(FRAME))


def test_json_is_one_line_per_picture_in_the_order_given(run, broken):
    done = run("--json", BOARD, broken, FRAME, BOARD)
    assert [line["source"] for line in done.lines] == [str(path) for path in (BOARD, broken, FRAME, BOARD)]
    assert [n["text"] for n in done.lines[2]["numbers"]] == texts_of(FRAME)
    assert done.lines[0]["numbers"] == done.lines[3]["numbers"]


def test_json_holds_what_the_contract_says(run):
    line = run("--json", FRAME).lines[0]
    assert list(line) == ["source", "width", "height", "numbers", "refused", "advice", "model", "ms"]
    assert (line["width"], line["height"]) == (1280, 720)
    assert set(line["numbers"][0]) == {"text", "raw", "digits", "confidence", "box"}
    assert set(line["numbers"][0]["digits"][0]) == {"value", "confidence", "box", "alternatives", "reason"}
    assert list(line["ms"]) == ["capture", "preprocess", "recognize"]
    assert Reading.from_dict(line).to_dict() == line


def test_json_of_a_folder_and_a_glob(run, tmp_path):
    for number in (10, 2, 1):
        shutil.copy(BARE, tmp_path / f"page{number}.png")
    names = [str(tmp_path / f"page{number}.png") for number in (1, 2, 10)]
    for source in (tmp_path, tmp_path / "page*.png"):
        assert [line["source"] for line in run("--json", source).lines] == names


def test_a_video_is_a_line_for_each_frame(run, tmp_path):
    path = write_video(tmp_path / "clip.avi", [load_image(BOARD)] * 2)
    assert [line["source"] for line in run("--json", path).lines] == [f"{path}#0", f"{path}#1"]


POLLUTE = """
import os, runpy, sys
from recognize.reader import Reader
read = Reader.read
def babble(*arguments, **options):
    print("from Python")
    sys.stdout.flush()
    os.write(1, b"from C\\n")
    os.system("echo from a child")
    return read(*arguments, **options)
Reader.read = babble
sys.argv = ["pipeline.py", *sys.argv[1:]]
runpy.run_path("pipeline.py", run_name="__main__")
"""


@pytest.mark.parametrize("options", [["--json"], []], ids=["json", "text"])
def test_what_a_library_prints_does_not_reach_stdout(options):
    done = subprocess.run(
        [sys.executable, "-c", POLLUTE, *options, str(BARE)],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "from" not in done.stdout
    assert len(done.stdout.splitlines()) == 1


# --- what cannot be read


def test_a_broken_file_does_not_stop_the_others(run, broken):
    done = run(FRAME, broken, BARE)
    assert done.code == 3
    assert done.out.splitlines() == texts_of(FRAME) + texts_of(BARE)
    assert "broken.jpg" in done.err
    assert "in full." in done.err


def test_the_json_of_a_broken_file_is_its_error(run, broken, tmp_path):
    done = run("--json", broken, tmp_path / "nowhere.png", BARE)
    assert done.code == 3
    assert [line.get("error", {}).get("type") for line in done.lines] == ["UnreadableImage", "ImageNotFound", None]
    assert set(done.lines[0]) == {"source", "error"}
    assert set(done.lines[0]["error"]) == {"type", "message"}
    assert done.lines[0]["error"]["message"] in done.err


def test_a_fault_of_ours_in_one_file_does_not_stop_the_others(run):
    class Flawed(Pipeline):
        def prepare(self, frame: Frame, keep_stages: bool = False, closely: bool = False) -> Any:
            if frame.width < 100:
                raise ZeroDivisionError("a flaw")
            return super().prepare(frame, keep_stages)

    done = run("--json", BARE, BOARD, pipeline=Flawed)
    assert done.code == 1
    assert [n["text"] for n in done.lines[1]["numbers"]] == texts_of(BOARD)
    assert "error" in done.lines[0]
    assert "report" in done.err


def test_limits_are_options(run):
    done = run("--max-megapixels", "0.1", "--json", FRAME, BARE)
    assert (done.code, done.lines[0]["error"]["type"]) == (3, "ImageTooLarge")
    assert "--max-megapixels" in done.lines[0]["error"]["message"]
    assert run("--max-megabytes", "0.1", FRAME).code == 3


@pytest.mark.parametrize(
    "arguments",
    [
        ["--nonsense"],
        ["--layout", "circle"],
        ["--min-confidence", "2"],
        ["--min-confidence", "high"],
        ["--as", "song"],
        ["--max-megapixels", "0"],
        ["--csv"],
        ["--csv", "."],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_exit_2(run, arguments):
    done = run(*arguments, FRAME) if arguments != ["--csv"] else run(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err


@pytest.mark.parametrize("damage", ["missing", "cut short", "another version"])
def test_bad_models_are_exit_5(run, tmp_path, damage):
    if damage != "missing":
        for name in ("digits.tflite", "digits.json"):
            shutil.copy(CHECKOUT / "models" / name, tmp_path)
    if damage == "cut short":
        os.truncate(tmp_path / "digits.tflite", 1000)
    if damage == "another version":
        card = json.loads((tmp_path / "digits.json").read_text("utf-8"))
        (tmp_path / "digits.json").write_text(json.dumps(card | {"normaliser": "0"}), "utf-8")
    done = run("--models", tmp_path, FRAME)
    assert (done.code, done.out) == (5, "")
    assert "git checkout models" in done.err


def test_ctrl_c_is_exit_130(run):
    def interrupt(_: object) -> list[str]:
        raise KeyboardInterrupt

    done = run(FRAME, expand=interrupt)
    assert (done.code, done.out) == (130, "")
    assert "Stopped" in done.err


# --- without a source


def test_without_a_camera_the_saved_frame_is_read_and_it_says_so(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(FRAME, "opencv_frame_0.png")
    done = run()
    assert (done.code, done.out.splitlines()) == (0, texts_of(FRAME))
    assert "Camera 0 does not answer. opencv_frame_0.png" in done.err


def test_without_a_camera_and_a_frame_it_is_exit_4(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run()
    assert (done.code, done.out) == (4, "")
    assert "python pipeline.py photo.jpg" in done.err


def test_a_camera_that_is_not_there_is_exit_4(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("97").code == 4


def test_frames_that_the_camera_gives_are_read(run):
    def camera(read: Callable[[Frame], Reading], _: object) -> None:
        for path in (FRAME, BOARD):
            read(Frame(load_image(path), "0"))

    done = run(from_camera=camera)
    assert (done.code, done.out.splitlines()) == (0, texts_of(FRAME) + texts_of(BOARD))


# --- outputs


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_csv_has_a_row_for_each_number_and_each_failure(run, tmp_path, broken):
    done = run("--csv", tmp_path / "out.csv", FRAME, broken, SAMPLES / "no_numbers.jpg")
    found = rows(tmp_path / "out.csv")
    assert done.code == 3
    assert [row["text"] for row in found if row["source"] == str(FRAME)] == texts_of(FRAME)
    assert [row["number"] for row in found if row["source"] == str(FRAME)] == ["1", "2"]
    assert [bool(row["error"]) for row in found if row["source"] == str(broken)] == [True]
    assert len([row for row in found if "no_numbers" in row["source"]]) == 1


def test_annotate_one_picture_into_a_file(run, tmp_path):
    done = run("--annotate", tmp_path / "seen.png", FRAME)
    drawn, plain = load_image(tmp_path / "seen.png"), load_image(FRAME)
    assert done.code == 0
    assert drawn.shape == plain.shape
    assert (drawn != plain).any()


def test_annotate_several_pictures_into_a_folder(run, tmp_path, broken):
    done = run("--annotate", tmp_path / "seen", FRAME, broken, BARE)
    assert done.code == 3
    assert sorted(path.name for path in (tmp_path / "seen").iterdir()) == ["bare_digit.png", "opencv_frame_0.png"]


def test_annotate_several_pictures_into_a_file_is_wrong_usage(run, tmp_path):
    (tmp_path / "seen.png").write_bytes(encode(arrow(), "PNG"))
    done = run("--annotate", tmp_path / "seen.png", FRAME, BARE)
    assert done.code == 2
    assert "folder" in done.err


def test_annotate_never_writes_over_the_picture_itself(run, tmp_path):
    photo = tmp_path / "photo.png"
    shutil.copy(FRAME, photo)
    before = photo.read_bytes()
    done = run("--annotate", photo, photo)
    assert photo.read_bytes() == before
    assert done.code == 2


def test_annotate_into_the_pictures_own_folder_keeps_the_pictures(run, tmp_path):
    for name in ("a.png", "b.png"):
        shutil.copy(BARE, tmp_path / name)
    before = BARE.read_bytes()
    run("--annotate", tmp_path, tmp_path / "a.png", tmp_path / "b.png")
    assert (tmp_path / "a.png").read_bytes() == before
    assert (tmp_path / "b.png").read_bytes() == before


def test_show_work_writes_what_each_step_saw(run, tmp_path):
    assert run("--show-work", tmp_path / "one", BOARD).code == 0
    assert (tmp_path / "one" / "page.json").is_file()
    assert run("--show-work", tmp_path / "two", BOARD, BARE).code == 0
    assert sorted(path.name for path in (tmp_path / "two").iterdir()) == ["bare_digit", "blackboard"]


@pytest.mark.parametrize("option", ["--csv", "--annotate", "--show-work"])
def test_an_output_that_cannot_be_written_is_told_and_the_reading_is_not_lost(run, tmp_path, option):
    (tmp_path / "file").write_text("x")
    done = run(option, tmp_path / "file" / "out.png", BARE)
    assert done.code == OutputNotWritable.exit_code
    assert "cannot be written" in done.err
    assert option == "--csv" or done.out.splitlines() == texts_of(BARE)


def test_an_output_that_cannot_be_written_makes_one_line_of_json_each(run, tmp_path):
    (tmp_path / "file").write_text("x")
    done = run("--json", "--annotate", tmp_path / "file" / "seen", FRAME, BARE)
    assert done.code == 2
    assert [line["source"] for line in done.lines] == [str(FRAME), str(BARE)]


def test_layout_line_reads_the_picture_as_one_number(run):
    path = SAMPLES / "phone_number.jpg"
    assert run("--layout", "line", path).out.splitlines() == texts_of(path, "line")


def test_a_pattern_is_written_into_raw(run):
    done = run("--json", "--pattern", "dd:dd", FRAME)
    assert [number["raw"] for number in done.lines[0]["numbers"]] == ["40:71", "25:89"]
    assert done.code == 0


def test_several_lengths_are_possible(run):
    done = run("--length", "3", "--length", "4", FRAME)
    assert (done.code, done.out.split()) == (0, ["4071", "2589"])


@pytest.mark.parametrize("options", [("--pattern", "d["), ("--pattern", ":"), ("--length", "0"), ("--length", "41")])
def test_what_is_no_pattern_or_length_is_wrong_usage(run, options):
    done = run(*options, FRAME)
    assert (done.code, done.out) == (2, "")
    assert done.err


def test_min_confidence_makes_question_marks(run):
    line = run("--json", "--min-confidence", "0.9999", FRAME).lines[0]
    assert all(d["confidence"] > 0.999 for n in line["numbers"] for d in n["digits"] if d["value"])


def test_speak_is_handed_the_reading_and_how_to_say_it(run):
    heard: list[tuple[list[str], dict[str, Any]]] = []

    def speak(reading, **options):
        heard.append((reading.texts, options))

    done = run("--speak", "--as", "number", "--language", "de", "--volume", "0.5", BARE, speak=speak)
    ((texts, options),) = heard
    assert (done.code, texts) == (0, texts_of(BARE))
    assert (options["style"], options["language"], options["volume"], options["voice"]) == ("number", "de", 0.5, None)


def test_without_speech_the_reading_is_printed_all_the_same(run):
    done = run("--speak", BARE)
    assert (done.code, done.out.splitlines()) == (6, texts_of(BARE))
    assert "There is no player." in done.err


def test_without_speech_json_stays_one_line_for_each_picture(run):
    done = run("--json", "--speak", BARE, BOARD)
    assert done.code == 6
    assert [line["source"] for line in done.lines] == [str(BARE), str(BOARD)]


# --- words


def test_advice_goes_to_stderr_and_quiet_silences_it(run, tmp_path):
    blank = tmp_path / "blank.png"
    blank.write_bytes(encode(np.full((200, 300, 3), 255, np.uint8), "PNG"))
    told, quiet = run(blank), run("--quiet", blank)
    assert (told.code, told.out, quiet.code, quiet.out) == (0, "", 0, "")
    assert "nothing is written here" in told.err
    assert quiet.err == ""


def test_quiet_silences_no_results_and_no_errors(run, broken):
    done = run("--quiet", FRAME, broken)
    assert done.out.splitlines() == texts_of(FRAME)
    assert done.err.count("\n") == 1
    assert "broken.jpg" in done.err


def test_a_plain_run_says_nothing_on_stderr(run):
    assert run(BOARD).err == ""


def test_no_progress_bar_where_there_is_no_terminal(run, tmp_path):
    for number in range(8):
        shutil.copy(BARE, tmp_path / f"{number}.png")
    done = run("--json", tmp_path)
    assert (len(done.lines), done.err) == (8, "")


def test_help_shows_examples_that_can_be_pasted(run):
    done = run("--help")
    examples = [line.strip() for line in done.out.splitlines() if line.strip().startswith("python pipeline.py")]
    assert done.code == 0
    assert len(examples) == 8
    for option in (
        "--json",
        "--csv",
        "--layout",
        "--length",
        "--pattern",
        "--annotate",
        "--show-work",
        "--min-confidence",
        "--speak",
        "--live",
        "--menu",
        "--check",
        "--quiet",
    ):
        assert option in done.out


def test_live_watches_the_source_with_the_options_that_were_given(run, tmp_path):
    asked = []

    def watch(pipeline, source, settled, say, **options):
        asked.append((source, options))
        settled(number_of("4071"))

    log = tmp_path / "log.csv"
    done = run("--live", "2", "--guide", "--log", log, "--size", "640x480", "--language", "fr", watch=watch)
    assert (done.code, done.out) == (0, "4071\n")
    ((source, options),) = asked
    assert source == "2"
    assert {name: options[name] for name in ("speaks", "guide", "mirror", "size", "language", "style")} == {
        "speaks": True,
        "guide": True,
        "mirror": False,
        "size": (640, 480),
        "language": "fr",
        "style": "digits",
    }
    assert log.read_text("utf-8").splitlines()[1].split(",")[1:3] == ["2", "4071"]
    run("--live", "--no-speak", watch=watch)
    assert asked[-1][0] == "0"
    assert not asked[-1][1]["speaks"]


def test_a_log_that_cannot_be_written_is_told_before_a_camera_is_opened(run, tmp_path):
    done = run("--live", "--log", tmp_path / "missing" / "log.csv")
    assert done.code == 2
    assert "cannot be written" in done.err


def test_the_menu_is_handed_a_pipeline_and_the_check_a_folder(run, tmp_path):
    assert run("--menu", "--length", "4", menu=lambda pipeline: 3 if isinstance(pipeline, Pipeline) else 1).code == 3
    asked = []
    assert run("--check", "--json", check=lambda as_json: asked.append(as_json) or 5).code == 5
    assert asked == [True]
    # A damaged model is what the check is for: it is not loaded before.
    run("--check", "--models", tmp_path, check=lambda as_json, models: asked.append(models) or 0)
    assert asked[-1] == tmp_path


@pytest.mark.parametrize("given", [("--live", "--menu"), ("--check", BARE), ("--menu", BARE), ("--live", "0", "1")])
def test_what_cannot_be_done_at_once_is_refused(run, given):
    assert run(*given).code == 2


@pytest.fixture(autouse=True)
def _talkative() -> Iterator[None]:
    """--quiet is for one process; the next test talks again."""
    yield
    from cli.console import be_quiet

    be_quiet(False)
