"""Check: a finding for every state of a machine, an exit code for the worst, and no look that ends the whole."""

import importlib.metadata
import json
import platform
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from capture.devices import Device
from cli.check import CheckParts, Finding, ModelFiles, SampleRead, check, run_check, sum_up, to_lines
from errors import (
    ImageNotFound,
    ModelDamaged,
    ModelMissing,
    NoCamera,
    ReaderError,
    SpeechUnavailable,
    UnreadableImage,
)
from tests.conftest import CHECKOUT

WEBCAM = Device(0, "Logitech", 1280, 720)
SHA256 = "ea948c68cef5a9822d23cf095105256454190d76eed366c7f94a6f1a288c9258"
NAMES = ["camera", "display", "model", "sample", "speech", "sound", "version"]


def throw(error: BaseException) -> Callable[[], Any]:
    def look() -> NoReturn:
        raise error

    return look


def read_as(*texts: str) -> Callable[[], SampleRead]:
    return lambda: SampleRead("samples/a.png", ["4071", "2589"], texts, 92.4)


@pytest.fixture
def requirements(tmp_path) -> Path:
    """Pins of one package, as it is installed."""
    path = tmp_path / "requirements-read.txt"
    path.write_text(f"# What reading needs\nclick=={importlib.metadata.version('click')}\n", encoding="utf-8")
    return path


@pytest.fixture
def parts(requirements) -> Callable[..., CheckParts]:
    """Make the parts of a machine on which all is well, but for what is given."""

    def make(**others: Any) -> CheckParts:
        well: dict[str, Any] = {
            "cameras": lambda: [WEBCAM],
            "has_display": lambda: True,
            "model": lambda: ModelFiles("0.4.0", {"digits.tflite": SHA256}),
            "read_sample": read_as("4071", "2589"),
            "make_sound": lambda: 0.91,
            "play_tone": lambda: "aplay",
            "requirements": requirements,
        }
        return CheckParts(**(well | others))

    return make


@pytest.fixture
def find(parts) -> Callable[..., dict[str, list[Finding]]]:
    """Check a machine, and give the findings by name."""

    def find(limit_s: float = 5.0, **others: Any) -> dict[str, list[Finding]]:
        found: dict[str, list[Finding]] = {}
        for finding in check(parts(**others), limit_s):
            found.setdefault(finding.name, []).append(finding)
        assert list(found) == NAMES, "each look is told, whatever the others came to"
        return found

    return find


@pytest.fixture
def hang() -> Iterator[Callable[[], NoReturn]]:
    """Look that hangs until the test is over."""
    is_over = threading.Event()

    def look() -> NoReturn:
        is_over.wait(30)
        raise RuntimeError("the test is over")

    yield look
    is_over.set()


# --- each thing, in each of its states


def test_a_camera_is_told_with_its_size(find):
    assert find()["camera"] == [Finding("camera", "ok", "0: Logitech, 1280 x 720")]


def test_several_cameras_are_a_line_each(find):
    found = find(cameras=lambda: [WEBCAM, Device(2, "Phone", 640, 480)])
    assert [f.words for f in found["camera"]] == ["0: Logitech, 1280 x 720", "2: Phone, 640 x 480"]


def test_no_camera_is_a_warning_for_photos_can_be_read(find):
    [finding] = find(cameras=list)["camera"]
    assert (finding.level, finding.exit_code) == ("warning", 0)
    assert "photos" in finding.words
    assert finding.next_step == NoCamera.default_step


def test_a_camera_that_gives_no_pictures_is_a_warning(find):
    silent, well = find(cameras=lambda: [Device(0, "Loopback", 0, 0), WEBCAM])["camera"]
    assert (silent.level, well.level) == ("warning", "ok")
    assert "0: Loopback" in silent.words


@pytest.mark.parametrize(("has_display", "level"), [(True, "ok"), (False, "warning")])
def test_a_display_is_wanted_and_not_needed(find, has_display, level):
    assert [f.level for f in find(has_display=lambda: has_display)["display"]] == [level]


def test_the_model_is_told_with_its_version_and_hash(find):
    version, file = find()["model"]
    assert version.words == "version 0.4.0"
    assert file.words.startswith(f"digits.tflite: sha256 {SHA256[:12]}")


@pytest.mark.parametrize("kind", [ModelDamaged, ModelMissing])
def test_a_model_that_cannot_be_used_is_a_fault_of_5(find, kind):
    [finding] = find(model=throw(kind("digits.tflite is bad.")))["model"]
    assert finding == Finding("model", "fault", "digits.tflite is bad.", kind.default_step, 5)


def test_a_sample_that_is_read_well_is_told_with_its_time(find):
    assert find()["sample"] == [Finding("sample", "ok", "samples/a.png: 4071, 2589, in 92 ms")]


@pytest.mark.parametrize("texts", [("4071", "2539"), ("4071",), (), ("2589", "4071"), ("4071", "2589", "1")], ids=str)
def test_a_sample_that_is_misread_is_a_fault_of_ours(find, texts):
    [finding] = find(read_sample=read_as(*texts))["sample"]
    assert (finding.level, finding.exit_code) == ("fault", 1)
    assert f"was read as {', '.join(texts) or 'nothing'}, and 4071, 2589 is written" in finding.words
    assert finding.next_step.endswith("samples/a.png")


def test_a_sample_that_is_not_there_is_a_warning(find):
    [finding] = find(read_sample=throw(ImageNotFound("samples/a.png does not exist.")))["sample"]
    assert (finding.level, finding.words) == ("warning", "samples/a.png does not exist. Reading was not tried.")


def test_a_sample_that_is_damaged_is_a_fault_of_3(find):
    [finding] = find(read_sample=throw(UnreadableImage("samples/a.png is no image.")))["sample"]
    assert (finding.level, finding.exit_code) == ("fault", 3)


def test_speech_and_sound_are_told(find):
    found = find()
    assert [f.words for f in found["speech"]] == ["the engine made 0.9 s of speech"]
    assert found["sound"][0].words.startswith("aplay played a short tone")


@pytest.mark.parametrize(("part", "name"), [("make_sound", "speech"), ("play_tone", "sound")])
def test_no_speech_is_a_warning_with_the_way_to_mend_it(find, part, name):
    error = SpeechUnavailable("The sound made is silent.", "Plug a loudspeaker in.")
    found = find(**{part: throw(error)})
    assert found[name] == [Finding(name, "warning", "The sound made is silent.", "Plug a loudspeaker in.")]


# --- versions


def versions(find: Callable[..., dict[str, list[Finding]]], path: Path, text: str) -> list[Finding]:
    path.write_text(text, encoding="utf-8")
    return find()["version"][1:]


def test_python_and_the_system_are_told_first(find):
    first = find()["version"][0]
    assert first.words.startswith(f"python {platform.python_version()}, {platform.system()}")
    assert first.level == "ok"


def test_another_python_is_a_warning(find, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 14, 0, "final", 0))
    first = find()["version"][0]
    assert first.level == "warning"
    assert "tested are 3.11 to 3.13" in first.words


def test_another_version_is_a_warning(find, requirements):
    installed = importlib.metadata.version("click")
    [finding] = versions(find, requirements, "click==0.1\n")
    assert finding.level == "warning"
    assert finding.words == f"click {installed} is installed, 0.1 was tested."
    assert finding.next_step.endswith("pip install -r requirements-read.txt")


def test_a_package_that_is_missing_is_a_warning(find, requirements):
    [finding] = versions(find, requirements, "no-such-package==1.0")
    assert (finding.level, finding.words) == ("warning", "no-such-package is not installed, 1.0 was tested.")


def test_a_build_without_windows_is_as_good_as_the_other(find, requirements, monkeypatch):
    known = {"opencv-python-headless": "5.0"}

    def version(name: str) -> str:
        if name in known:
            return known[name]
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    [finding] = versions(find, requirements, "opencv-python==5.0")
    assert finding == Finding("version", "ok", "opencv-python-headless 5.0")


def test_what_is_for_another_system_is_passed_over(find, requirements):
    text = f'here==1; sys_platform == "{sys.platform}"\nelsewhere==1; sys_platform == "plan9"\n-c more.txt\n# no==1\n'
    assert [f.words.split()[0] for f in versions(find, requirements, text)] == ["here"]


def test_the_pins_of_the_project_are_found(find):
    told = {f.words.split()[0] for f in find(requirements=CHECKOUT / "requirements-read.txt")["version"]}
    assert {"python", "numpy", "ai-edge-litert", "click", "pyttsx3"} <= told


# --- looks that go wrong


@pytest.mark.parametrize("part", ["cameras", "has_display", "model", "read_sample", "make_sound", "play_tone"])
@pytest.mark.parametrize("error", [KeyError("index\nout of range"), SystemExit(3), MemoryError()], ids=repr)
def test_what_nobody_foresaw_is_a_fault_in_words(find, part, error):
    faults = [f for findings in find(**{part: throw(error)}).values() for f in findings if f.level == "fault"]
    assert [f.exit_code for f in faults] == [1]
    assert type(error).__name__ in faults[0].words
    assert "\n" not in faults[0].words
    assert faults[0].next_step == ReaderError.default_step


def test_a_file_of_pins_that_is_gone_is_a_fault_in_words(find, tmp_path):
    assert [f.level for f in find(requirements=tmp_path / "none.txt")["version"]] == ["ok", "fault"]


def test_a_package_that_cannot_be_imported_is_told_with_how_to_install_it(find):
    error = ModuleNotFoundError("No module named 'ai_edge_litert'")
    [finding] = find(model=throw(error))["model"]
    assert (finding.level, finding.exit_code) == ("fault", 1)
    assert "ai_edge_litert" in finding.words
    assert "pip install" in finding.next_step


def test_endless_words_are_cut_short(find):
    [finding] = find(cameras=throw(RuntimeError("x" * 10_000)))["camera"]
    assert len(finding.words) < 400


@pytest.mark.parametrize(
    ("part", "name", "level"), [("cameras", "camera", "warning"), ("model", "model", "fault")], ids=["camera", "model"]
)
def test_what_hangs_is_given_up_and_the_others_go_on(find, hang, part, name, level):
    start = time.monotonic()
    [finding] = find(limit_s=0.2, **{part: hang})[name]
    assert time.monotonic() - start < 5
    assert finding.level == level
    assert "no answer within 0.2 s" in finding.words


# --- findings


@pytest.mark.parametrize(
    "wrong",
    [("ok", "Do it.", 0), ("warning", "", 0), ("fault", "", 1), ("fault", "Do it.", 0), ("warning", "Do it.", 4)],
    ids=str,
)
def test_a_finding_that_contradicts_itself_is_refused(wrong):
    level, next_step, exit_code = wrong
    with pytest.raises(ValueError, match="belongs to each"):
        Finding("camera", level, "words", next_step, exit_code)


# --- what is written, and the code


FAULT_5 = throw(ModelDamaged("digits.tflite is bad."))


@pytest.mark.parametrize(
    ("others", "code"),
    [
        ({}, 0),
        ({"cameras": list, "has_display": lambda: False, "make_sound": throw(SpeechUnavailable("No engine."))}, 0),
        ({"read_sample": read_as("7")}, 1),
        ({"read_sample": throw(UnreadableImage("a.png is no image."))}, 3),
        ({"model": FAULT_5}, 5),
        ({"model": FAULT_5, "read_sample": read_as("7"), "cameras": list}, 5),
        ({"cameras": throw(ZeroDivisionError())}, 1),
    ],
    ids=["well", "warnings", "misread", "sample", "model", "several", "unforeseen"],
)
def test_the_code_says_the_worst(parts, capsys, others, code):
    assert run_check(parts(**others)) == code
    assert capsys.readouterr().err == ""


def test_lines_are_aligned_and_sum_up(parts, capsys):
    run_check(parts(cameras=list))
    *lines, last = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("warning  camera   None was found")
    assert lines[1] == " " * 18 + NoCamera.default_step
    assert lines[2] == "ok       display  windows can be opened"
    assert {line[17] for line in lines} == {" "}
    assert " " not in {line[18] for line in lines}
    assert last == "0 faults, 1 warning: pictures can be read."


def test_no_colours_where_there_is_no_terminal(parts, capsys):
    run_check(parts(cameras=list, model=FAULT_5))
    assert "\x1b" not in capsys.readouterr().out


def test_levels_are_told_apart_by_colour_on_a_terminal():
    lines = [
        to_lines(Finding("a", "ok", "w")),
        to_lines(Finding("a", "warning", "w", "Do.")),
        to_lines(Finding("a", "fault", "w", "Do.", 1)),
    ]
    assert len({line[: line.index("m")] for line in lines}) == 3


def test_json_is_a_line_for_each_finding_and_nothing_else(parts, capsys):
    code = run_check(parts(model=FAULT_5), as_json=True)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert list(dict.fromkeys(line["name"] for line in lines)) == NAMES
    assert {tuple(line) for line in lines} == {("name", "level", "words", "next_step", "exit_code")}
    assert max(line["exit_code"] for line in lines) == code == 5


def test_a_finding_is_written_before_the_next_look(parts, capsys):
    seen: list[str] = []

    def has_display() -> bool:
        seen.append(capsys.readouterr().out)
        return True

    run_check(parts(has_display=has_display))
    assert seen == ["ok       camera   0: Logitech, 1280 x 720\n"]


@pytest.mark.parametrize(
    ("levels", "words"),
    [
        (["ok", "ok"], "All is well: pictures can be read."),
        (["ok", "warning"], "0 faults, 1 warning: pictures can be read."),
        (["fault", "warning", "warning"], "1 fault, 2 warnings: mend the faults first, then check again."),
    ],
    ids=["well", "warning", "fault"],
)
def test_it_is_summed_up(levels, words):
    made = {"ok": ("", 0), "warning": ("Do.", 0), "fault": ("Do.", 1)}
    assert sum_up([Finding("camera", level, "words", *made[level]) for level in levels]) == words
