"""Peers: the same pictures read with this project and with other readers where they are installed, in turn.

What favours the peers wherever there is a choice: of what they give, only digits count (`find_numbers`), Tesseract is
told to look for nothing else, and where each picture is one number, RapidOCR is spared the search for it. Peers run
as their makers ship them, with as many threads as this project, and their models are loaded before the clock starts.
"""

import contextlib
import csv
import importlib.metadata
import os
import shutil
import string
import subprocess
import sys
import time
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Protocol

import cv2
import numpy as np

from capture.frame import Frame
from capture.image import load_image
from errors import ReaderError
from evaluate.metrics import Figures, Read, Truth, score
from evaluate.speed import describe_machine, lay_out
from evaluate.suites import CONFIDENCE_DECIMALS, MakeReader, Reads, Report, ignore, load_truths, spread_evenly
from recognize.engine import THREADS

OURS = "ours"
# Threads of ONNX Runtime spin on for some 80 ms after a picture, in the way of whoever reads next.
REST_S = 0.1
MS_DECIMALS = 1
RATIO_DECIMALS = 2

RAPIDOCR = "rapidocr_onnxruntime"
LINE_ALONE = {"use_det": False, "use_cls": False, "use_rec": True}

PAGE_MODE, LINE_MODE = "11", "7"
TESSERACT_LIMIT_S = 120
TSV_WORD_LEVEL = "5"

# The figures that say most of a set: of pages, of pictures of one number, and of pictures without any.
PAGE_COLUMNS = {"f1": "f1", "by_source": "by source"}
LINE_COLUMNS = {"exact": "exact", "digits": "digits"}
EMPTY_COLUMNS = {"quiet": "quiet", "false": "false numbers"}

_RAPIDOCR_STEP = f"Install it with 'python -m pip install {RAPIDOCR}' (Python below 3.13)."
_TESSERACT_STEP = (
    "Install it with 'apt install tesseract-ocr' (Debian, Ubuntu) or 'brew install tesseract' (macOS); "
    "elsewhere see https://tesseract-ocr.github.io/tessdoc/Installation.html."
)
_FAILED_STEP = "The picture counts as read empty."


class Peer(Protocol):
    """What reads decoded pictures.

    Attributes
    ----------
    name : str
        With its version, where that is known.
    note : str
        What is to be known of how it is timed; empty if nothing.
    """

    name: str
    note: str

    def read(self, image: np.ndarray, is_line: bool) -> list[Read]:
        """Read a BGR picture, or raise a ReaderError; `is_line` where all of it is one number."""


@dataclass(frozen=True)
class PeerResult:
    """How one reader did.

    Parameters
    ----------
    name : str
    figures : Figures
    ms : float or None
        Median time a picture took, from the decoded picture to the numbers; None if none was read.
    ratio : float or None
        How many times as long as ours that is; None for ours itself.
    failed : tuple of (str, ReaderError)
        Pictures on which it broke down; they count as read empty, and their time does not count.
    note : str
        What is to be known of how it is timed.
    """

    name: str
    figures: Figures
    ms: float | None
    ratio: float | None = None
    failed: tuple[tuple[str, ReaderError], ...] = ()
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Give all, rounded."""
        return {
            "name": self.name,
            **self.figures.to_dict(),
            "ms": _round(self.ms, MS_DECIMALS),
            "ratio": _round(self.ratio, RATIO_DECIMALS),
            "failed": len(self.failed),
        }


@dataclass(frozen=True)
class Comparison:
    """How the readers did on the same pictures of one folder.

    Parameters
    ----------
    name : str
        Of the folder.
    pictures, of : int
        How many were read, of how many.
    is_line : bool
        Whether each picture is one number.
    results : tuple of PeerResult
        Ours first.
    unread : tuple of (str, ReaderError)
        Pictures that could not be opened; nobody read anything on them.
    machine : str
        What it was measured on.
    """

    name: str
    pictures: int
    of: int
    is_line: bool
    results: tuple[PeerResult, ...]
    unread: tuple[tuple[str, ReaderError], ...] = ()
    machine: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Give all, rounded; one entry for each reader."""
        return {
            "pictures": self.pictures,
            "of": self.of,
            "layout": "line" if self.is_line else "page",
            "unread": len(self.unread),
            "threads": THREADS,
            "machine": self.machine,
            "readers": [result.to_dict() for result in self.results],
        }


# --- reading in turn


@dataclass
class _Turns:
    """What one reader gave on the pictures so far, the milliseconds they took, and where it broke down."""

    said: dict[str, list[Read]] = field(default_factory=dict)
    ms: list[float] = field(default_factory=list)
    failed: list[tuple[str, ReaderError]] = field(default_factory=list)


class _Ours:
    """A pipeline of this project, as one reader among the others."""

    name, note = OURS, ""

    def __init__(self, reader: Reads) -> None:
        self._reader = reader

    def read(self, image: np.ndarray, is_line: bool) -> list[Read]:
        """Read with a pipeline, which was made for its layout."""
        numbers = self._reader.read(Frame(image)).numbers
        return [Read(number.text, round(number.confidence, CONFIDENCE_DECIMALS)) for number in numbers]


def measure_peers(
    folder: Path,
    make_reader: MakeReader,
    peers: Sequence[Peer],
    report: Report = ignore,
    limit: int | None = None,
    rest_s: float = REST_S,
) -> Comparison:
    """Read what a folder's truth.json names with this project and with its peers, in turn, and score each.

    Parameters
    ----------
    folder : Path
    make_reader : callable
        Makes what reads pictures of a layout: "line" where the truth is one number per picture, else "page".
    peers : sequence of Peer
        As `find_peers` finds them; with none, ours alone is measured.
    report : callable
        Told (step, done, of) as it goes.
    limit : int, optional
        Read no more pictures than this, chosen evenly.
    rest_s : float
        Pause before each turn, so that nobody pays for what the one before left running.

    Raises
    ------
    ImageNotFound, UnreadableImage
        When there is no truth, or none that can be understood.
    ValueError
        If the limit leaves no picture.
    """
    if limit is not None and limit < 1:
        raise ValueError(f"limit must be at least 1, got {limit}")
    truths = load_truths(folder)
    is_line = truths[0].is_line
    chosen = [truths[place] for place in spread_evenly(len(truths), limit or len(truths))]
    readers: list[Peer] = [_Ours(make_reader("line" if is_line else "page")), *peers]
    name = folder.resolve().name
    with _same_threads():
        turns, unread = _take_turns(readers, folder, chosen, is_line, rest_s, name, report)
    results = _sum_up(readers, turns, chosen)
    return Comparison(name, len(chosen), len(truths), is_line, results, tuple(unread), describe_machine())


@contextlib.contextmanager
def _same_threads() -> Iterator[None]:
    """Give OpenCV, which ours and RapidOCR both use, no more threads than the networks have."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(min(before, THREADS))
    try:
        yield
    finally:
        cv2.setNumThreads(before)


def _take_turns(
    readers: Sequence[Peer],
    folder: Path,
    truths: Sequence[Truth],
    is_line: bool,
    rest_s: float,
    name: str,
    report: Report,
) -> tuple[list[_Turns], list[tuple[str, ReaderError]]]:
    """Have each picture read by all, one after the other; give what came of it, and what could not be opened."""
    turns = [_Turns() for _ in readers]
    unread = []
    is_warm = False
    for done, truth in enumerate(truths, 1):
        try:
            image = load_image(folder / truth.file)
        except ReaderError as error:
            unread.append((truth.file, error))
        else:
            if not is_warm:
                _warm_up(readers, image, is_line)
                is_warm = True
            for reader, turn in zip(readers, turns, strict=True):
                if len(readers) > 1:
                    time.sleep(rest_s)
                _read(reader, image, is_line, truth.file, turn)
        report(name, done, len(truths))
    return turns, unread


def _warm_up(readers: Sequence[Peer], image: np.ndarray, is_line: bool) -> None:
    """Read a picture that does not count: the first one takes longer than all others."""
    for reader in readers:
        with contextlib.suppress(ReaderError):
            reader.read(image, is_line)


def _read(reader: Peer, image: np.ndarray, is_line: bool, file: str, turn: _Turns) -> None:
    """Read one picture, and note what came of it."""
    start = time.perf_counter()
    try:
        read = reader.read(image, is_line)
    except ReaderError as error:
        turn.failed.append((file, error))
        return
    turn.ms.append((time.perf_counter() - start) * 1e3)
    turn.said[file] = read


def _sum_up(readers: Sequence[Peer], turns: Sequence[_Turns], truths: Sequence[Truth]) -> tuple[PeerResult, ...]:
    """Score each reader, and set its time against ours, which is the first."""
    medians = [median(turn.ms) if turn.ms else None for turn in turns]
    ours = medians[0]
    results = []
    for place, (reader, turn, ms) in enumerate(zip(readers, turns, medians, strict=True)):
        figures, _ = score(truths, turn.said)
        ratio = ms / ours if place and ms is not None and ours else None
        results.append(PeerResult(reader.name, figures, ms, ratio, tuple(turn.failed), reader.note))
    return tuple(results)


# --- what peers give


def find_numbers(text: str, confidence: float | None = None) -> list[Read]:
    """Find the numbers in a peer's text, in its order.

    Parameters
    ----------
    text : str
    confidence : float, optional
        0-1, of the whole text: that of each number in it.

    Notes
    -----
    Each part between white space is a number of its digits, whatever stands between these ("40.71" is 4071), if at
    least half of its letters and digits are digits: "4o71" is 471, "B4" is 4, and "Room4" is none. This favours the
    peers: where nothing but digits is wanted, letters among digits are forgiven, and words do not count against them.
    Digits of other widths or shapes, such as the full-width ones of a Chinese font, are taken for the plain ones.
    """
    numbers = []
    for part in unicodedata.normalize("NFKC", text).split():
        characters = [character for character in part if character.isalnum()]
        digits = [character for character in characters if character in string.digits]
        if digits and 2 * len(digits) >= len(characters):
            numbers.append(Read("".join(digits), confidence))
    return numbers


# --- the peers


def find_peers() -> tuple[list[Peer], list[str]]:
    """Load the peers that are installed; for each other one, give the line that says how to get it."""
    peers: list[Peer] = []
    missing = []
    for load in (load_rapidocr, load_tesseract):
        try:
            peers.append(load())
        except ReaderError as error:
            missing.append(str(error))
    return peers, missing


class RapidOcr:
    """RapidOCR, with the models that its package carries.

    Parameters
    ----------
    engine : callable
        A `rapidocr_onnxruntime.RapidOCR`.
    name : str
    """

    note = ""

    def __init__(self, engine: Any, name: str) -> None:
        self._engine = engine
        self.name = name

    def read(self, image: np.ndarray, is_line: bool) -> list[Read]:
        """Find and recognise; recognise alone where all of the picture is one number.

        Raises
        ------
        ReaderError
            If it breaks down.
        """
        options = LINE_ALONE if is_line else {}
        try:
            with contextlib.redirect_stdout(sys.stderr):
                rows, _ = self._engine(image, **options)
            # Each row is (box, text, confidence), without the box where nothing was searched for; None is no row.
            texts = [(str(text), float(confidence)) for *_, text, confidence in rows or ()]
        except Exception as error:  # it has no family of errors of its own
            raise ReaderError(f"{self.name} broke down ({_describe(error)}).", _FAILED_STEP) from error
        return [number for text, confidence in texts for number in find_numbers(text, confidence)]


def load_rapidocr() -> RapidOcr:
    """Load RapidOCR.

    Raises
    ------
    ReaderError
        If it is not installed, or cannot be used.
    """
    try:
        with contextlib.redirect_stdout(sys.stderr):
            from rapidocr_onnxruntime import RapidOCR

            engine = RapidOCR(intra_op_num_threads=THREADS)
    except Exception as error:  # a package of another version, a missing library, damaged models
        if isinstance(error, ModuleNotFoundError) and error.name == RAPIDOCR:
            raise ReaderError("RapidOCR is not installed and is left out.", _RAPIDOCR_STEP) from error
        raise ReaderError(f"RapidOCR cannot be used ({_describe(error)}) and is left out.", _RAPIDOCR_STEP) from error
    return RapidOcr(engine, _name_with_version("RapidOCR", RAPIDOCR))


def _name_with_version(name: str, package: str) -> str:
    """Add a package's version, if it tells one."""
    try:
        return f"{name} {importlib.metadata.version(package)}"
    except importlib.metadata.PackageNotFoundError:
        return name


class Tesseract:
    """Tesseract, as a program that is started for each picture.

    Parameters
    ----------
    program : str
        Its path.
    name : str
    """

    note = "a program: its start and the handing over of the picture are part of its time"

    def __init__(self, program: str, name: str) -> None:
        self._program = program
        self.name = name

    def read(self, image: np.ndarray, is_line: bool) -> list[Read]:
        """Look for digits as sparse text (page segmentation mode 11); as one line (7) where it is one.

        Raises
        ------
        ReaderError
            If it fails, or takes longer than `TESSERACT_LIMIT_S`.
        """
        # Sent without compression: neither side is to spend time on that.
        picture = cv2.imencode(".ppm", image)[1].tobytes()
        return read_tsv(self._run(picture, LINE_MODE if is_line else PAGE_MODE))

    def _run(self, picture: bytes, mode: str) -> str:
        """Hand a picture over, and give the table of what was read."""
        whitelist = f"tessedit_char_whitelist={string.digits}"
        # Asked for by its variable: the "tsv" of the manual is a file that not every installation has.
        options = ("--psm", mode, "-c", whitelist, "-c", "tessedit_create_tsv=1")
        try:
            done = subprocess.run(
                [self._program, "stdin", "stdout", *options],
                input=picture,
                capture_output=True,
                env=os.environ | {"OMP_THREAD_LIMIT": str(THREADS)},
                timeout=TESSERACT_LIMIT_S,
                check=True,
            )
        except subprocess.CalledProcessError as error:
            said = error.stderr.decode("utf-8", "replace").strip().splitlines() or ["it said nothing"]
            raise self._broke_down(said[0]) from error
        except subprocess.TimeoutExpired as error:
            raise self._broke_down(f"it took longer than {TESSERACT_LIMIT_S} s") from error
        except OSError as error:
            raise self._broke_down(_describe(error)) from error
        return done.stdout.decode("utf-8", "replace")

    def _broke_down(self, reason: str) -> ReaderError:
        return ReaderError(f"{self.name} broke down ({reason[:200]}).", _FAILED_STEP)


def load_tesseract() -> Tesseract:
    """Find Tesseract, and have it read a blank picture.

    Raises
    ------
    ReaderError
        If it is not on the path, or cannot read, as without its language data.
    """
    program = shutil.which("tesseract")
    if program is None:
        raise ReaderError("Tesseract is not installed and is left out.", _TESSERACT_STEP)
    tesseract = Tesseract(program, _name_program(program))
    try:
        tesseract.read(np.full((64, 64, 3), 255, np.uint8), is_line=False)
    except ReaderError as error:
        what = error.what.removesuffix(".")
        raise ReaderError(f"{what} on a blank picture and is left out.", _TESSERACT_STEP) from error
    return tesseract


def _name_program(program: str) -> str:
    """Ask Tesseract for its version: "tesseract 5.3.0" on the first line, or "tesseract v5.3.0.2022"."""
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return "Tesseract"
    words = f"{done.stdout or done.stderr}".split()
    return f"Tesseract {words[1].removeprefix('v')}" if len(words) > 1 and words[0] == "tesseract" else "Tesseract"


def read_tsv(table: str) -> list[Read]:
    """Read Tesseract's table: a row for each page, block, paragraph, line and word, of which words alone have text."""
    rows: Iterator[Mapping[str, str | None]] = csv.DictReader(
        table.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE
    )
    return [
        number
        for row in rows
        if row.get("level") == TSV_WORD_LEVEL
        for number in find_numbers(row.get("text") or "", _confidence_of(row.get("conf")))
    ]


def _confidence_of(percent: str | None) -> float | None:
    """Make 0-1 of a percentage; None of what is no such, as the -1 of rows without text."""
    try:
        share = float(percent or "") / 100
    except ValueError:
        return None
    return share if 0 <= share <= 1 else None


def _describe(error: BaseException) -> str:
    """Say what went wrong in one line."""
    lines = str(error).splitlines()
    return lines[0][:200] if lines and lines[0] else type(error).__name__


# --- as a table


def describe_peers(comparison: Comparison) -> list[str]:
    """Lay out how the readers did as lines of a table, and below it what is to be known of it."""
    share = f"{comparison.pictures} of {comparison.of}" if comparison.pictures < comparison.of else str(comparison.of)
    threads = f"{THREADS} threads each" if len(comparison.results) > 1 else f"{THREADS} threads"
    heading = f"{comparison.name}: {share} pictures, {threads}, times are medians; {comparison.machine}"
    return [heading, *lay_out(_rows(comparison)), *_list_notes(comparison)]


def _rows(comparison: Comparison) -> list[list[str]]:
    """Make a row for each reader."""
    columns = _choose_columns(comparison)
    rows = [["", *columns.values(), "ms", "times ours"]]
    for result in comparison.results:
        figures = (_show(getattr(result.figures, name)) for name in columns)
        rows.append([result.name, *figures, _show(result.ms, MS_DECIMALS), _show(result.ratio, RATIO_DECIMALS)])
    return rows


def _choose_columns(comparison: Comparison) -> dict[str, str]:
    """Choose the figures that say most of such pictures: their names, and their headings."""
    if comparison.results[0].figures.quiet is not None:
        return EMPTY_COLUMNS
    return LINE_COLUMNS if comparison.is_line else PAGE_COLUMNS


def _list_notes(comparison: Comparison) -> list[str]:
    """Say how readers were timed, what they broke down on, and whether ours stands alone."""
    notes = [f"{result.name}: {result.note}" for result in comparison.results if result.note]
    for result in comparison.results:
        if result.failed:
            file, error = result.failed[0]
            notes.append(f"{result.name}: {len(result.failed)} failed, the first on {file}: {error.what}")
    if comparison.unread:
        notes.append(f"{len(comparison.unread)} could not be opened, and count as read empty by all")
    if len(comparison.results) == 1:
        notes.append("No peer is installed: ours stands alone.")
    return notes


def _show(value: float | int | None, decimals: int = 4) -> str:
    """Show a figure; a dash for none."""
    if value is None:
        return "-"
    return f"{value:.{decimals}f}" if isinstance(value, float) else str(value)


def _round(value: float | None, decimals: int) -> float | None:
    return None if value is None else round(value, decimals)
