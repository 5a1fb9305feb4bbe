"""Check: looks at all that reading needs and speaking likes, and says of each whether it is well, or how to mend it."""

import importlib.metadata
import json
import platform
import queue
import re
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, Protocol

import click

from cli.console import result
from errors import ImageNotFound, NoCamera, ReaderError

Level = Literal["ok", "warning", "fault"]
COLOURS = {"ok": "green", "warning": "yellow", "fault": "red"}

LIMIT_S = 10.0
"""How long each look may take, in seconds, before it is given up."""

OLDEST_PYTHON, NEWEST_PYTHON = (3, 11), (3, 13)
LONGEST_WORDS = 300
HASH_DIGITS = 12

INSTALL_STEP = "Run: python -m pip install -r {requirements}"
PYTHON_STEP = "Make the environment anew with one of them: make fresh read"
MISREAD_STEP = "Please report this, with the folder that this writes: python pipeline.py --show-work work {source}"
SAMPLE_STEP = "Get it back with 'git checkout samples', or try a picture of yours: python pipeline.py photo.jpg."
DISPLAY_STEP = "Run it on a desktop for that; without one, --annotate seen.png draws into a copy."
HANG_STEP = "Check again; if it stays so, unplug the device that it is about, or restart the machine."
SILENT_STEP = "Plug one in or give it another driver."


class Camera(Protocol):
    """A camera that opens, as `capture.devices.Device` describes it."""

    @property
    def index(self) -> int:
        """What to give as SOURCE."""

    @property
    def name(self) -> str:
        """What its maker calls it."""

    @property
    def width(self) -> int:
        """Width of its pictures, in pixels."""

    @property
    def height(self) -> int:
        """Height of its pictures, in pixels."""


@dataclass(frozen=True)
class ModelFiles:
    """The model files, each compared with the hash on its card and loaded.

    Parameters
    ----------
    version : str
    sha256 : mapping of str to str
        The hash of each file, as it was computed.
    """

    version: str
    sha256: Mapping[str, str]


@dataclass(frozen=True)
class SampleRead:
    """What a sample was read as.

    Parameters
    ----------
    source : str
    expected, read : sequence of str
        What is written on it, and what was read.
    ms : float
    """

    source: str
    expected: Sequence[str]
    read: Sequence[str]
    ms: float


@dataclass(frozen=True)
class CheckParts:
    """What the check is handed to look with. Each of these may raise a `ReaderError`.

    Parameters
    ----------
    cameras : callable
        Lists the cameras that open.
    has_display : callable
        Tells whether a window can be opened.
    model : callable
        Loads the model files and compares them with their card.
    read_sample : callable
        Reads a picture of which is known what is written on it.
    make_sound : callable
        Makes the sound of a word, and gives its length in seconds.
    play_tone : callable
        Plays a short quiet tone, and gives the name of the program that could.
    requirements : Path
        File that pins the versions of what reading needs.
    """

    cameras: Callable[[], Sequence[Camera]]
    has_display: Callable[[], bool]
    model: Callable[[], ModelFiles]
    read_sample: Callable[[], SampleRead]
    make_sound: Callable[[], float]
    play_tone: Callable[[], str]
    requirements: Path


@dataclass(frozen=True)
class Finding:
    """What was found out about one thing.

    Parameters
    ----------
    name : str
        The thing.
    level : {"ok", "warning", "fault"}
        "warning": pictures can be read all the same; "fault": they cannot, or not well.
    words : str
        How it is.
    next_step : str
        What to do about it; empty where all is well.
    exit_code : int
        0, but for a fault.
    """

    name: str
    level: Level
    words: str
    next_step: str = ""
    exit_code: int = 0

    def __post_init__(self) -> None:
        """Refuse trouble without a way out, and a code that does not fit its level."""
        if (self.level == "ok") != (not self.next_step):
            raise ValueError(f"a next step belongs to each warning and fault, and only there; got {self}")
        if (self.level == "fault") != (self.exit_code > 0):
            raise ValueError(f"an exit code above 0 belongs to each fault, and only there; got {self}")


@dataclass(frozen=True)
class Probe:
    """One thing that is looked at.

    Parameters
    ----------
    name : str
    look : callable
        Yields what it finds.
    is_needed : bool
        Whether pictures cannot be read without it: its errors are faults then, and warnings else.
    """

    name: str
    look: Callable[[], Iterator[Finding]]
    is_needed: bool = False


def run_check(parts: CheckParts, as_json: bool = False, limit_s: float = LIMIT_S) -> int:
    """Look at everything, and write a line about each to stdout as it is found.

    Parameters
    ----------
    parts : CheckParts
    as_json : bool
        A line of JSON for each finding, and nothing else.
    limit_s : float
        How long each look may take, in seconds.

    Returns
    -------
    int
        The exit code says the worst: 0 if all is well or there are warnings alone (no camera, no display, no
        speech, another version: pictures can be read). With faults, the highest of their codes: 5 the model cannot be
        used, 3 the sample cannot be opened, 1 the sample was misread, or a look failed as nobody foresaw or hung.
    """
    findings = []
    for finding in check(parts, limit_s):
        findings.append(finding)
        result(to_json(finding) if as_json else to_lines(finding))
    if not as_json:
        # On stdout as well: a camera's driver that hangs may have taken stderr with it (`capture.noise`).
        result(sum_up(findings))
    return max(finding.exit_code for finding in findings)


def check(parts: CheckParts, limit_s: float = LIMIT_S) -> Iterator[Finding]:
    """Look at one thing after the other, and yield what is found; no look can raise, or hang, the whole.

    Parameters
    ----------
    parts : CheckParts
    limit_s : float
        How long each look may take, in seconds.

    Yields
    ------
    Finding
    """
    for probe in _probes(parts):
        yield from _look_within(probe, limit_s)


def to_lines(finding: Finding) -> str:
    """Give a finding as a line, and its next step as another below; colour goes where there is no terminal."""
    margin = " " * (_LEVEL_WIDTH + _NAME_WIDTH)
    level = click.style(f"{finding.level:{_LEVEL_WIDTH}}", fg=COLOURS[finding.level])
    step = f"\n{margin}{finding.next_step}" if finding.next_step else ""
    return f"{level}{finding.name:{_NAME_WIDTH}}{finding.words}{step}"


def to_json(finding: Finding) -> str:
    """Give a finding as a line of JSON: name, level, words, next_step, exit_code."""
    return json.dumps(asdict(finding))


def sum_up(findings: Sequence[Finding]) -> str:
    """Say in one line how it stands."""
    levels = [finding.level for finding in findings]
    counts = ", ".join(
        f"{levels.count(level)} {level}{'' if levels.count(level) == 1 else 's'}" for level in ("fault", "warning")
    )
    if "fault" in levels:
        return f"{counts}: mend the faults first, then check again."
    return f"{counts}: pictures can be read." if "warning" in levels else "All is well: pictures can be read."


def _probes(parts: CheckParts) -> list[Probe]:
    """List what is looked at, in order."""
    return [
        Probe("camera", lambda: _look_for_cameras(parts.cameras())),
        Probe("display", lambda: _look_for_display(parts.has_display())),
        Probe("model", lambda: _look_at_model(parts.model()), is_needed=True),
        Probe("sample", lambda: _look_at_sample(parts.read_sample), is_needed=True),
        Probe("speech", lambda: _hear_speech(parts.make_sound())),
        Probe("sound", lambda: _hear_tone(parts.play_tone())),
        Probe("version", lambda: _look_at_versions(parts.requirements)),
    ]


_LEVEL_WIDTH = len("warning  ")
_NAME_WIDTH = len("display  ")


def _look_within(probe: Probe, limit_s: float) -> list[Finding]:
    """Look in a thread that is left behind if it hangs: nothing can stop one that waits for a driver."""
    answers: queue.SimpleQueue[list[Finding]] = queue.SimpleQueue()
    threading.Thread(target=lambda: answers.put(_look(probe)), name=f"check {probe.name}", daemon=True).start()
    try:
        return answers.get(timeout=limit_s)
    except queue.Empty:
        return [_trouble(probe, f"It gave no answer within {limit_s:g} s and was given up.", HANG_STEP)]


def _look(probe: Probe) -> list[Finding]:
    """Look, and make a finding of whatever is raised: a thread has nobody else to tell."""
    found: list[Finding] = []
    try:
        found.extend(probe.look())
    except ReaderError as error:
        found.append(_trouble(probe, error.what, error.next_step, error.exit_code))
    except ImportError as error:
        step = "Install what is missing: python -m pip install -r requirements-read.txt"
        found.append(_trouble(probe, _unforeseen(error), step))
    except BaseException as error:
        found.append(Finding(probe.name, "fault", _unforeseen(error), ReaderError.default_step, ReaderError.exit_code))
    return found


def _trouble(probe: Probe, words: str, next_step: str, exit_code: int = ReaderError.exit_code) -> Finding:
    """Make a fault of trouble with what is needed, and a warning of other trouble."""
    if probe.is_needed:
        return Finding(probe.name, "fault", words, next_step, exit_code)
    return Finding(probe.name, "warning", words, next_step)


def _unforeseen(error: BaseException) -> str:
    """Say on one line what nobody foresaw."""
    words = " ".join(f"Looking at it failed ({type(error).__name__}: {error}).".split())
    return words if len(words) <= LONGEST_WORDS else f"{words[:LONGEST_WORDS]}..."


def _look_for_cameras(cameras: Sequence[Camera]) -> Iterator[Finding]:
    if not cameras:
        yield Finding("camera", "warning", "None was found; photos can be read without.", NoCamera.default_step)
    for camera in cameras:
        named = f"{camera.index}: {camera.name}"
        if camera.width > 0 and camera.height > 0:
            yield Finding("camera", "ok", f"{named}, {camera.width} x {camera.height}")
        else:
            yield Finding("camera", "warning", f"{named} opens, but gives no pictures.", SILENT_STEP)


def _look_for_display(has_display: bool) -> Iterator[Finding]:
    if has_display:
        yield Finding("display", "ok", "windows can be opened")
    else:
        yield Finding("display", "warning", "No window can be opened here.", DISPLAY_STEP)


def _look_at_model(model: ModelFiles) -> Iterator[Finding]:
    yield Finding("model", "ok", f"version {model.version}")
    for name, sha256 in model.sha256.items():
        yield Finding("model", "ok", f"{name}: sha256 {sha256[:HASH_DIGITS]}..., as its card says")


def _look_at_sample(read_sample: Callable[[], SampleRead]) -> Iterator[Finding]:
    try:
        sample = read_sample()
    except ImageNotFound as error:  # in a container, say; the program is none the worse for it
        yield Finding("sample", "warning", f"{error.what} Reading was not tried.", SAMPLE_STEP)
        return
    read, expected = (", ".join(texts) or "nothing" for texts in (sample.read, sample.expected))
    if list(sample.read) == list(sample.expected):
        yield Finding("sample", "ok", f"{sample.source}: {read}, in {sample.ms:.0f} ms")
    else:
        words = f"{sample.source} was read as {read}, and {expected} is written on it."
        yield Finding("sample", "fault", words, MISREAD_STEP.format(source=sample.source), ReaderError.exit_code)


def _hear_speech(duration_s: float) -> Iterator[Finding]:
    yield Finding("speech", "ok", f"the engine made {duration_s:.1f} s of speech")


def _hear_tone(player: str) -> Iterator[Finding]:
    # No program can know whether the loudspeaker is switched on.
    yield Finding("sound", "ok", f"{player} played a short tone; if you did not hear it, turn the volume up")


def _look_at_versions(requirements: Path) -> Iterator[Finding]:
    yield _look_at_python()
    for name, pinned in _pins(requirements.read_text("utf-8")).items():
        yield _look_at_package(name, pinned, INSTALL_STEP.format(requirements=requirements.name))


def _look_at_python() -> Finding:
    words = f"python {platform.python_version()}, {platform.system()} {platform.machine()}"
    if OLDEST_PYTHON <= sys.version_info[:2] <= NEWEST_PYTHON:
        return Finding("version", "ok", words)
    first, last = (".".join(map(str, version)) for version in (OLDEST_PYTHON, NEWEST_PYTHON))
    return Finding("version", "warning", f"{words}: tested are {first} to {last}.", PYTHON_STEP)


def _look_at_package(name: str, pinned: str, step: str) -> Finding:
    installed = _installed(name)
    # On machines without a desktop, shop/opencv.py puts the build without windows in the other's place.
    if installed is None and (headless := _installed(f"{name}-headless")):
        name, installed = f"{name}-headless", headless
    if installed == pinned:
        return Finding("version", "ok", f"{name} {installed}")
    found = f"{name} is not installed" if installed is None else f"{name} {installed} is installed"
    return Finding("version", "warning", f"{found}, {pinned} was tested.", step)


def _installed(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _pins(requirements: str) -> dict[str, str]:
    """Find the packages that a requirements file pins for this system: {"numpy": "2.4.6"}."""
    pin = re.compile(r"""^([\w.-]+)==([^\s;]+)(?:\s*;\s*sys_platform\s*==\s*["'](\w+)["'])?""", re.MULTILINE)
    return {name: version for name, version, system in pin.findall(requirements) if system in ("", sys.platform)}
