"""Speed: how soon the first answer comes, what memory it takes, and where a frame's milliseconds go.

Times are medians of rounds in which what is measured and a plain reference take turns, so that whatever else the
machine does falls on both: trust the ratios more than the times.
"""

import importlib.util
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import numpy as np

from capture.frame import Frame
from capture.image import load_image
from errors import ReaderError
from evaluate.suites import Reads, Report, ignore

CHECKOUT = Path(__file__).resolve().parents[1]
SAMPLE = CHECKOUT / "samples" / "opencv_frame_0.png"
TENSORFLOW = (sys.executable, "-c", "import tensorflow")
# A frame takes milliseconds where a fresh process takes seconds: more rounds cost nothing and settle the median.
FRAME_ROUNDS = 4
CAMERA_JPEG = 90
SIZES = {"720p": (1280, 720), "12 MP": (4000, 3000)}
NUMBERS = ("40719", "25836", "13570", "86924")
DRAWN_WIDTH_PX = 1280
SHEET_WIDTH_MM = 174
BODY_MM = 14

# A process's peak counts what its parent held when it was split off, so the parent is a small one made for this.
PEAK_OF_CHILD = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(done.returncode)
"""

FAILED_STEP = f"Run 'python pipeline.py {SAMPLE.relative_to(CHECKOUT)}' alone to see why."
Command = Sequence[str]


@dataclass(frozen=True)
class ColdStart:
    """From a shell's command to its answer, in a fresh process with warm disk caches.

    Parameters
    ----------
    read_s : float
        Reading the sample photo.
    tensorflow_s : float or None
        Importing TensorFlow, in turn with it; None where it is not installed.
    """

    read_s: float
    tensorflow_s: float | None

    @property
    def ratio(self) -> float | None:
        """Reading's share of what the import alone takes."""
        return self.read_s / self.tensorflow_s if self.tensorflow_s else None


@dataclass(frozen=True)
class FrameSpeed:
    """Where the time of one frame goes.

    Parameters
    ----------
    name : str
    width, height : int
        Px.
    wanted, read : tuple of str
        The numbers on it, and those that were read.
    decode_ms : float
        From the JPEG's bytes to the frame; not part of `total_ms`.
    stages_ms : mapping of str to float
        Of each step, in order.
    total_ms : float
        From the decoded frame to the reading.
    threshold_ms : float
        One pass of cv2.threshold over the frame: the plain reference.
    """

    name: str
    width: int
    height: int
    wanted: tuple[str, ...]
    read: tuple[str, ...]
    decode_ms: float
    stages_ms: Mapping[str, float]
    total_ms: float
    threshold_ms: float

    @property
    def ratio(self) -> float:
        """How many such passes a reading takes."""
        return self.total_ms / self.threshold_ms

    def to_dict(self) -> dict[str, Any]:
        """Give all, rounded."""
        return {
            "width": self.width,
            "height": self.height,
            "wanted": list(self.wanted),
            "read": list(self.read),
            "decode_ms": round(self.decode_ms, 3),
            "stages_ms": {stage: round(ms, 3) for stage, ms in self.stages_ms.items()},
            "total_ms": round(self.total_ms, 3),
            "threshold_ms": round(self.threshold_ms, 3),
            "ratio": round(self.ratio, 1),
        }


@dataclass(frozen=True)
class Speed:
    """All that is measured of speed.

    Parameters
    ----------
    machine : str
        What it was measured on.
    rounds : int
    cold : ColdStart
    memory_mb : mapping of str to float
        Peak of a fresh process that reads such a picture, in 10^6 bytes, by the picture's name; empty where the
        system does not tell.
    frames : tuple of FrameSpeed
    """

    machine: str
    rounds: int
    cold: ColdStart
    memory_mb: Mapping[str, float]
    frames: tuple[FrameSpeed, ...]

    def to_dict(self) -> dict[str, Any]:
        """Give all, rounded."""
        cold = self.cold
        return {
            "machine": self.machine,
            "rounds": self.rounds,
            "cold_start_s": round(cold.read_s, 3),
            "import_tensorflow_s": round(cold.tensorflow_s, 3) if cold.tensorflow_s else None,
            "ratio": round(cold.ratio, 3) if cold.ratio else None,
            "memory_mb": {name: round(peak, 1) for name, peak in self.memory_mb.items()},
            "frames": {frame.name: frame.to_dict() for frame in self.frames},
        }


def measure_speed(reader: Reads, models: Path | None, rounds: int, report: Report = ignore) -> Speed:
    """Measure all.

    Parameters
    ----------
    reader : Reads
        Reads frames in this process; its readings tell each stage's milliseconds.
    models : Path or None
        Folder of the model files that fresh processes use; None for the shipped ones.
    rounds : int
    report : callable
        Told (step, done, of) as it goes.
    """
    cold = measure_cold_start(command_to_read(SAMPLE, models), TENSORFLOW if has_tensorflow() else None, rounds, report)
    frames, memory_mb = [], measure_memory("sample", command_to_read(SAMPLE, models))
    with tempfile.TemporaryDirectory(prefix="speed-") as folder:
        for done, (name, (width, height)) in enumerate(SIZES.items(), 1):
            path = Path(folder) / "frame.jpg"
            path.write_bytes(encode_frame(draw_frame(width, height)))
            memory_mb |= measure_memory(name, command_to_read(path, models))
            frames.append(measure_frame(name, path.read_bytes(), NUMBERS, reader, rounds * FRAME_ROUNDS))
            report("frames", done, len(SIZES))
    return Speed(describe_machine(), rounds, cold, memory_mb, tuple(frames))


# --- fresh processes


def command_to_read(picture: Path, models: Path | None = None) -> tuple[str, ...]:
    """Give the command that reads a picture."""
    options = ("--models", str(models.resolve())) if models else ()
    return (sys.executable, "pipeline.py", *options, str(picture))


def has_tensorflow() -> bool:
    """Whether it is installed; it is not imported to know."""
    return importlib.util.find_spec("tensorflow") is not None


def measure_cold_start(
    read: Command,
    reference: Command | None,
    rounds: int,
    report: Report = ignore,
    run: Callable[[Command], Any] | None = None,
) -> ColdStart:
    """Time two commands in turn, both warm; the reference may be missing."""
    start = run or run_fresh
    calls = {"read": lambda: start(read)}
    if reference:
        calls["reference"] = lambda: start(reference)
    times = time_in_turn(calls, rounds, lambda done: report("cold start", done, rounds))
    return ColdStart(median(times["read"]), median(times["reference"]) if reference else None)


def measure_memory(name: str, command: Command) -> dict[str, float]:
    """Peak of a command's resident memory in 10^6 bytes, by `name`; empty on Windows, which keeps no such count."""
    if importlib.util.find_spec("resource") is None:
        return {}
    peak = int(run_fresh((sys.executable, "-c", PEAK_OF_CHILD, *command)).split()[-1])
    # Linux counts in KiB, macOS in bytes.
    return {name: peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6}


def run_fresh(command: Command) -> str:
    """Run a command in the checkout and give what it wrote to stdout.

    Raises
    ------
    ReaderError
        If it fails; a failed run's time would say nothing.
    """
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise ReaderError(f"What was to be timed failed with exit code {done.returncode} ({last[:200]}).", FAILED_STEP)
    return done.stdout


# --- frames


def measure_frame(name: str, encoded: bytes, wanted: Sequence[str], reader: Reads, rounds: int) -> FrameSpeed:
    """Measure where the time of a frame goes.

    Parameters
    ----------
    name : str
    encoded : bytes
        Content of its file.
    wanted : sequence of str
        The numbers on it.
    reader : Reads
    rounds : int
    """
    frame = Frame(load_image(encoded), name)
    readings: list[Any] = []
    calls: dict[str, Callable[[], Any]] = {
        "threshold": lambda: cv2.threshold(frame.image, 127, 255, cv2.THRESH_BINARY),
        "decode": lambda: load_image(encoded),
        "read": lambda: readings.append(reader.read(frame)),
    }
    times = {call: median(took) * 1e3 for call, took in time_in_turn(calls, rounds).items()}
    stages = [stages_of(reading) for reading in readings[1:]]
    medians = {stage: median(one.get(stage, 0.0) for one in stages) for stage in stages[0]}
    read = tuple(readings[-1].texts)
    return FrameSpeed(
        name,
        frame.width,
        frame.height,
        tuple(wanted),
        read,
        times["decode"],
        medians,
        times["read"],
        times["threshold"],
    )


def stages_of(reading: Any) -> dict[str, float]:
    """Milliseconds of each step of the second stage, and of the third stage as a whole."""
    stages: dict[str, float] = {}
    for step in reading.steps:
        stages[step["stage"]] = stages.get(step["stage"], 0.0) + step["ms"]
    return stages | {"recognize": reading.ms["recognize"]}


def draw_frame(width: int, height: int) -> np.ndarray:
    """Draw a photo of a sheet with four numbers of five digits, each the same every time: uint8 (height, width, 3).

    It is drawn `DRAWN_WIDTH_PX` wide. A larger one is enlarged from that and gets a sensor's noise anew: drawn at
    its full size it would take gigabytes.
    """
    from samples.scenes import WHITE_PAPER, Camera, Light, make_desk, make_paper, photograph, put, spell
    from samples.strokes import BLACK_PEN, EUROPEAN

    rng = np.random.default_rng([width, height])
    size = DRAWN_WIDTH_PX, round(DRAWN_WIDTH_PX * height / width)
    tall_mm = SHEET_WIDTH_MM * height / width
    sheet = make_paper(SHEET_WIDTH_MM, tall_mm, 8, WHITE_PAPER, rng)
    words = [
        (text, SHEET_WIDTH_MM * (0.11 + 0.47 * (place % 2)), tall_mm * (0.38 + 0.42 * (place // 2)), BODY_MM)
        for place, text in enumerate(NUMBERS)
    ]
    sheet = put(sheet, spell(words, EUROPEAN, rng), BLACK_PEN, rng)
    camera = Camera(size, 0.92 * DRAWN_WIDTH_PX / SHEET_WIDTH_MM, turn=0.8, tilt=3, jpeg=None)
    picture = photograph(sheet, camera, Light(1.02), rng, make_desk(size[::-1], rng, (98, 140, 182), (58, 92, 130)))
    return picture if size == (width, height) else _enlarge(picture, width, height, rng)


def encode_frame(image: np.ndarray) -> bytes:
    """Encode a frame as a camera does."""
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, CAMERA_JPEG])[1].tobytes()


def _enlarge(picture: np.ndarray, width: int, height: int, rng: np.random.Generator) -> np.ndarray:
    """Enlarge a picture, and add noise as fine as its new pixels."""
    large = cv2.resize(picture, (width, height), interpolation=cv2.INTER_CUBIC)
    noise = rng.integers(0, 9, large.shape, np.uint8)
    return cv2.subtract(cv2.add(large, noise), np.full_like(large, 4))


# --- both


def time_in_turn(
    calls: Mapping[str, Callable[[], Any]], rounds: int, report: Callable[[int], None] = lambda done: None
) -> dict[str, list[float]]:
    """Time calls in turn, after one round that is not counted: seconds, by name.

    Raises
    ------
    ValueError
        If there is no round to count.
    """
    if rounds < 1:
        raise ValueError(f"rounds must be at least 1, got {rounds}")
    times: dict[str, list[float]] = {name: [] for name in calls}
    for place in range(rounds + 1):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            if place:
                times[name].append(time.perf_counter() - start)
        report(place)
    return times


def describe_machine() -> str:
    """Say what was measured on, and how busy it was where the system tells."""
    parts = [
        f"{platform.system()} {platform.machine()}",
        f"{os.cpu_count()} cores",
        f"Python {platform.python_version()}",
        f"OpenCV {cv2.__version__}",
    ]
    if hasattr(os, "getloadavg"):
        parts.append(f"load {os.getloadavg()[0]:.1f}")
    return ", ".join(parts)


# --- as a table


def describe_speed(speed: Speed) -> list[str]:
    """Lay out what was measured as lines of a table."""
    cold = speed.cold
    against = (
        f"{cold.ratio:.3f} of import tensorflow ({cold.tensorflow_s:.3f} s)"
        if cold.ratio
        else "import tensorflow not measured: it is not installed"
    )
    peaks = ", ".join(f"{name} {peak:.0f} MB" for name, peak in speed.memory_mb.items())
    lines = [
        f"{speed.machine}; medians, rounds: {speed.rounds}",
        f"cold start   {cold.read_s:.3f} s, {against}",
        f"memory       {peaks or 'not measured: this system does not tell'}",
        "",
    ]
    return lines + lay_out(_rows(speed))


def _rows(speed: Speed) -> list[list[str]]:
    """Make a column for each frame; milliseconds."""
    frames = speed.frames
    stages = list(dict.fromkeys(stage for frame in frames for stage in frame.stages_ms))
    rows = [["ms", *(f"{frame.name} ({frame.width}x{frame.height})" for frame in frames)]]
    rows += [[f"  {stage}", *(f"{frame.stages_ms.get(stage, 0.0):.2f}" for frame in frames)] for stage in stages]
    rows.append(["frame to reading", *(f"{frame.total_ms:.2f}" for frame in frames)])
    rows.append(["one cv2.threshold", *(f"{frame.threshold_ms:.2f}" for frame in frames)])
    rows.append(["times that", *(f"{frame.ratio:.0f}" for frame in frames)])
    rows.append(["decoding, apart", *(f"{frame.decode_ms:.2f}" for frame in frames)])
    rows.append(["read", *("as written" if frame.read == frame.wanted else " ".join(frame.read) for frame in frames)])
    return rows


def lay_out(rows: Sequence[Sequence[str]]) -> list[str]:
    """Align rows of cells: the first column to the left, the others to the right."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
