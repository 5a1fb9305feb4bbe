"""Speed: what is measured and how it is laid out; never how long something took."""

import importlib.util
import json
import sys

import numpy as np
import pytest
from click.testing import CliRunner

from capture.frame import Frame
from errors import ReaderError
from evaluate import __main__ as command
from evaluate import speed
from recognize.reading import Digit, Number, Reading

BOX = (0, 0, 5, 5)


class FakeReader:
    """Reads any frame as one number, and says that its stages took longer each time."""

    def __init__(self):
        self.frames = []

    def read(self, source):
        self.frames.append(source)
        took = float(len(self.frames))
        steps = tuple({"stage": stage, "settings": {}, "ms": took} for stage in ("light", "ink", "light"))
        number = Number("7", "7", (Digit("7", 0.9, BOX),), 0.9, BOX)
        return Reading("fake", 9, 9, (number,), ms={"preprocess": 3 * took, "recognize": 10 * took}, steps=steps)


def speed_of(**changes):
    """Make what may have been measured."""
    frame = speed.FrameSpeed("720p", 1280, 720, ("7",), ("1", "7"), 4.0, {"light": 1.5, "recognize": 3.0}, 5.0, 0.25)
    given = {
        "machine": "Linux x86_64, 2 cores",
        "rounds": 5,
        "cold": speed.ColdStart(0.3, 3.0),
        "memory_mb": {"sample": 105.6},
        "frames": (frame,),
    }
    return speed.Speed(**(given | changes))


def test_calls_take_turns_after_a_round_that_does_not_count():
    called, done = [], []
    calls = {"a": lambda: called.append("a"), "b": lambda: called.append("b")}
    times = speed.time_in_turn(calls, 3, done.append)
    assert called == ["a", "b"] * 4
    assert {name: len(taken) for name, taken in times.items()} == {"a": 3, "b": 3}
    assert done == [0, 1, 2, 3]


def test_no_rounds_no_median():
    with pytest.raises(ValueError, match="rounds must be at least 1, got 0"):
        speed.time_in_turn({}, 0)


def test_a_cold_start_is_measured_in_turn_with_the_reference():
    ran = []
    cold = speed.measure_cold_start(["read"], ["import"], 2, run=ran.append)
    assert ran == [["read"], ["import"]] * 3
    assert cold.ratio == pytest.approx(cold.read_s / cold.tensorflow_s)


def test_a_reference_that_is_not_there_is_left_out():
    cold = speed.measure_cold_start(["read"], None, 1, run=lambda _: None)
    assert (cold.tensorflow_s, cold.ratio) == (None, None)


def test_the_command_names_the_models_that_were_asked_for(tmp_path):
    assert speed.command_to_read(tmp_path / "a.png") == (sys.executable, "pipeline.py", str(tmp_path / "a.png"))
    assert "--models" in speed.command_to_read(tmp_path / "a.png", tmp_path)


def test_a_run_gives_its_stdout():
    assert speed.run_fresh((sys.executable, "-c", "print(4071)")) == "4071\n"


def test_a_failed_run_is_not_timed():
    with pytest.raises(ReaderError, match=r"exit code 3 \(no such thing\)\. Run 'python pipeline.py"):
        speed.run_fresh((sys.executable, "-c", "import sys; sys.stderr.write('no such thing'); sys.exit(3)"))


def test_memory_is_the_childs_own():
    pytest.importorskip("resource")
    ballast = np.ones(150_000_000, np.uint8)  # of this process; it must not show in the child's peak
    peak = speed.measure_memory("child", (sys.executable, "-c", "x = bytearray(b'1') * 60_000_000"))
    assert ballast[-1] == 1
    assert 60 < peak["child"] < 120


def test_memory_of_a_run_that_fails_is_an_error():
    pytest.importorskip("resource")
    with pytest.raises(ReaderError, match="exit code 5"):
        speed.measure_memory("child", (sys.executable, "-c", "raise SystemExit(5)"))


def test_windows_does_not_tell_a_peak(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert speed.measure_memory("child", ("unused",)) == {}
    assert not speed.has_tensorflow()


def test_a_frame_is_decoded_apart_and_read_in_rounds():
    reader = FakeReader()
    encoded = speed.encode_frame(np.full((30, 40, 3), 200, np.uint8))
    measured = speed.measure_frame("small", encoded, ("7",), reader, 3)
    assert len(reader.frames) == 4
    assert all(isinstance(frame, Frame) and frame.image.shape == (30, 40, 3) for frame in reader.frames)
    # The first round does not count: the median of 2, 3 and 4. What is done twice is summed.
    assert measured.stages_ms == {"light": 6, "ink": 3, "recognize": 30}
    assert (measured.width, measured.height, measured.read) == (40, 30, ("7",))
    assert measured.ratio > 0


@pytest.mark.parametrize("size", [(320, 180), (400, 300)])
def test_frames_are_drawn_the_same_each_time(monkeypatch, size):
    monkeypatch.setattr(speed, "DRAWN_WIDTH_PX", 320)
    drawn = speed.draw_frame(*size)
    assert (drawn.shape, drawn.dtype) == ((size[1], size[0], 3), np.uint8)
    assert drawn.std() > 10
    assert (drawn == speed.draw_frame(*size)).all()


def test_twenty_digits_are_on_a_frame():
    assert len("".join(speed.NUMBERS)) == 20
    assert set("".join(speed.NUMBERS)) == set("0123456789")


def test_all_is_put_together(monkeypatch):
    told = []
    monkeypatch.setattr(speed, "run_fresh", lambda given: "2048\n")
    monkeypatch.setattr(speed, "SIZES", {"tiny": (64, 48)})
    monkeypatch.setattr(speed, "draw_frame", lambda width, height: np.full((height, width, 3), 200, np.uint8))
    measured = speed.measure_speed(FakeReader(), None, 1, lambda *step: told.append(step))
    assert [frame.name for frame in measured.frames] == ["tiny"]
    assert measured.rounds == 1
    assert told[-1] == ("frames", 1, 1)
    json.dumps(measured.to_dict())


def test_the_machine_is_named():
    assert "cores, Python 3" in speed.describe_machine()


def test_the_table():
    assert speed.describe_speed(speed_of()) == [
        "Linux x86_64, 2 cores; medians, rounds: 5",
        "cold start   0.300 s, 0.100 of import tensorflow (3.000 s)",
        "memory       sample 106 MB",
        "",
        "ms                 720p (1280x720)",
        "  light                       1.50",
        "  recognize                   3.00",
        "frame to reading              5.00",
        "one cv2.threshold             0.25",
        "times that                      20",
        "decoding, apart               4.00",
        "read                           1 7",
    ]


def test_the_table_says_what_was_not_measured():
    lines = speed.describe_speed(speed_of(cold=speed.ColdStart(0.3, None), memory_mb={}))
    assert lines[1] == "cold start   0.300 s, import tensorflow not measured: it is not installed"
    assert lines[2] == "memory       not measured: this system does not tell"


def test_a_frame_that_was_read_right_says_so():
    frame = speed.FrameSpeed("a", 1, 1, ("7",), ("7",), 1.0, {}, 1.0, 1.0)
    assert speed.describe_speed(speed_of(frames=(frame,)))[-1].endswith("as written")


@pytest.mark.parametrize("as_json", [True, False])
def test_the_command_writes_what_was_measured(monkeypatch, as_json):
    asked = []

    def measure(reader, models, rounds, report):
        asked.append((models, rounds))
        return speed_of()

    monkeypatch.setattr(command, "Pipeline", lambda **options: FakeReader())
    monkeypatch.setattr(command, "measure_speed", measure)
    done = CliRunner().invoke(command.main, ["speed", "--repeat", "2", *(["--json"] if as_json else [])])
    assert done.exit_code == 0
    assert asked == [(None, 2)]
    if as_json:
        told = json.loads(done.stdout)
        assert (told["suite"], told["ratio"], told["memory_mb"]) == ("speed", 0.1, {"sample": 105.6})
        assert told["frames"]["720p"]["total_ms"] == 5.0
    else:
        assert done.stdout.splitlines() == speed.describe_speed(speed_of())
