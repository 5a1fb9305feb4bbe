"""Suites: what is measured, each on pictures of its own kind, through the code that reads for the user."""

import contextlib
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, Protocol

import cv2
import numpy as np

from capture.frame import Frame
from errors import ImageNotFound, ReaderError, UnreadableImage, WrongUsage
from evaluate.metrics import Figures, Misread, Read, Truth, measure_auroc, score
from preprocess.page import Layout
from preprocess.patch import to_patches
from recognize.classifier import MODELS, NOT_A_DIGIT, Classifier
from recognize.reading import Reading
from train.data import Glyphs, load_measured, load_mnist, load_paper

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
TRUTH = "truth.json"
EXPECTED = "expected.json"
BARE_PICTURES = 1000
# Of herc's signs, these are written as a 1 or an upright stroke is, or as one that lies.
SIGNS_LIKE_DIGITS = ("leftParen", "rightParen", "integral", "minus")
SHARE_DECIMALS = 5
# Confidences as the JSON lines give them, so that a figure does not depend on how it was taken.
CONFIDENCE_DECIMALS = 4

_TRUTH_STEP = 'It must be a list such as [{"file": "a.jpg", "numbers": ["4071"]}], or "number" for one per picture.'
_MNIST_STEP = "Give a folder that holds mnist.npz with --data."

Report = Callable[[str, int, int], None]


class Reads(Protocol):
    """What reads a picture: a `Pipeline`, or what stands in for one."""

    def read(self, source: Path | Frame, /) -> Reading:
        """Read one picture."""


MakeReader = Callable[[Layout], Reads]


def ignore(step: str, done: int, of: int) -> None:
    """Report to nobody."""


@dataclass(frozen=True)
class GlyphFigures:
    """How a model does on single glyphs.

    Parameters
    ----------
    digits : int
        How many digits there are.
    error : float
        Share of them where the best of the ten digits is the wrong one, whatever is said of "no digit".
    refused : float
        Share of them taken for no digit.
    non_digits : int
        How many characters that look like no digit.
    accepted : float or None
        Share of those taken for a digit; None where there are none.
    auroc : float or None
        Area under the receiver operating characteristic of telling the digits from those, by how unlikely the model
        finds "no digit"; 0.5 is guessing, 1 is perfect.
    auroc_all : float or None
        The same with all characters that are no digits, those that are written as digits are among them.
    """

    digits: int
    error: float
    refused: float
    non_digits: int = 0
    accepted: float | None = None
    auroc: float | None = None
    auroc_all: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Give what there is, rounded."""
        figures = {name: _round(value) for name, value in asdict(self).items() if value is not None}
        if not self.non_digits:
            del figures["non_digits"]
        return figures


@dataclass(frozen=True)
class ModelSize:
    """How large a model is: the numbers it learnt, and the bytes of the file that is shipped."""

    parameters: int | None
    bytes: int


@dataclass(frozen=True)
class BareFigures:
    """How pictures of one digit each are read.

    Parameters
    ----------
    pictures : int
    right : float
        Share that was read as exactly that one number.
    plain, inverted : float
        The same, of the light digits on black and of the dark ones on white.
    silent : float
        Share on which nothing was read.
    """

    pictures: int
    right: float
    plain: float
    inverted: float
    silent: float

    def to_dict(self) -> dict[str, Any]:
        """Give all, rounded."""
        return {name: _round(value) for name, value in asdict(self).items()}


@dataclass(frozen=True)
class Picture:
    """A picture that was read: what is written on it, where it lies, how and as what it was read.

    Parameters
    ----------
    truth : Truth
    path : Path
    layout : {"page", "line"}
    reading : Reading or None
        None if it could not be opened.
    """

    truth: Truth
    path: Path
    layout: Layout
    reading: Reading | None = None

    @property
    def read(self) -> list[Read]:
        """Its numbers as they are scored."""
        return list(_list_numbers(self.reading)) if self.reading else []


@dataclass(frozen=True)
class FolderResult:
    """What became of a folder of pictures.

    Parameters
    ----------
    name : str
    figures : Figures
    misread : tuple of Misread
    unread : tuple of (str, ReaderError)
        Pictures that could not be opened; nothing was read on them.
    ms : float
        Median time a picture took, from the file to the reading.
    pictures : tuple of Picture
        In the order of the truth.
    """

    name: str
    figures: Figures
    misread: tuple[Misread, ...]
    unread: tuple[tuple[str, ReaderError], ...]
    ms: float
    pictures: tuple[Picture, ...] = ()


# --- single glyphs


def measure_mnist(data: Path | None, models: Path = MODELS) -> tuple[GlyphFigures, ModelSize, np.ndarray]:
    """Measure a model on MNIST's test half, through the normaliser that reading uses.

    Parameters
    ----------
    data : Path or None
        Folder with mnist.npz; None for Keras's own copy.
    models : Path
        Folder of the model files.

    Returns
    -------
    GlyphFigures
    ModelSize
    ndarray of int, shape (10, 11)
        How often each digit was taken for which, or for none.
    """
    classifier = Classifier.load(models)
    glyphs = load_mnist_test(data)
    given = classify(classifier, glyphs)
    return sum_up_glyphs(glyphs, given), size_of_model(models, classifier), count_classes(glyphs, given)


def measure_glyph_set(load: Callable[[], Glyphs], models: Path = MODELS) -> GlyphFigures:
    """Measure a model on a set of glyphs, one of `list_glyph_sets`."""
    classifier = Classifier.load(models)
    return measure_glyphs(classifier, load())


def list_glyph_sets(data: Path) -> dict[str, Callable[[], Glyphs]]:
    """List what loads each set that the model was not trained on: paper62's held-out fifth, strokes62 and herc."""
    return {
        "paper62": partial(load_paper, data, held_out=True),
        "strokes62": partial(load_measured, data, "strokes62"),
        "herc": partial(load_measured, data, "herc"),
    }


def measure_glyphs(classifier: Classifier, glyphs: Glyphs) -> GlyphFigures:
    """Measure a model on one set; letters and signs that are written as digits are, such as O and l, are left out."""
    return sum_up_glyphs(glyphs, classify(classifier, glyphs))


def classify(classifier: Classifier, glyphs: Glyphs) -> np.ndarray:
    """Give the probabilities of each glyph: float32 (n, 11)."""
    return classifier.predict(to_patches(list(glyphs.ink)))


def sum_up_glyphs(glyphs: Glyphs, given: np.ndarray) -> GlyphFigures:
    """Make the figures of a set of what its glyphs were given."""
    are_others = ~glyphs.are_digits
    are_clear = are_others & ~glyphs.look_like_digits & ~np.isin(glyphs.labels, SIGNS_LIKE_DIGITS)
    digits, best = given[glyphs.are_digits], given.argmax(axis=1)
    is_wrong = digits[:, :NOT_A_DIGIT].argmax(axis=1) != glyphs.labels[glyphs.are_digits].astype(int)
    # In the order of 1 - p, and without what that rounds away.
    scores = -given[:, NOT_A_DIGIT]
    return GlyphFigures(
        len(is_wrong),
        _share(is_wrong),
        _share(best[glyphs.are_digits] == NOT_A_DIGIT),
        int(are_clear.sum()),
        _share(best[are_clear] != NOT_A_DIGIT) if are_clear.any() else None,
        measure_auroc(scores[glyphs.are_digits], scores[are_clear]),
        measure_auroc(scores[glyphs.are_digits], scores[are_others]),
    )


def count_classes(glyphs: Glyphs, given: np.ndarray) -> np.ndarray:
    """Count what the digits of a set were taken for: int (10, 11), a row for each digit, the last column for none."""
    counts = np.zeros((NOT_A_DIGIT, NOT_A_DIGIT + 1), int)
    np.add.at(counts, (glyphs.labels[glyphs.are_digits].astype(int), given[glyphs.are_digits].argmax(axis=1)), 1)
    return counts


def size_of_model(models: Path, classifier: Classifier) -> ModelSize:
    """Say how large the model is that was loaded from a folder."""
    return ModelSize(classifier.card.raw.get("parameters"), (models / "digits.tflite").stat().st_size)


def load_mnist_test(data: Path | None) -> Glyphs:
    """Load MNIST's test half from a folder, or have Keras fetch it.

    Raises
    ------
    WrongUsage
        Without a folder, where Keras is not installed.
    ImageNotFound
        Without a folder, where Keras cannot fetch it.
    """
    if data is not None:
        return load_mnist(data, "test")
    try:
        # Keras announces its download on stdout, where results go.
        with contextlib.redirect_stdout(sys.stderr):
            return load_mnist(None, "test")
    except ImportError as error:
        raise WrongUsage("Keras is not installed, so its MNIST cannot be fetched.", _MNIST_STEP) from error
    except Exception as error:  # Keras raises plain Exceptions when a download fails
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ImageNotFound(f"Keras could not fetch MNIST ({reason[:120]}).", _MNIST_STEP) from error


# --- bare pictures


def measure_bare(glyphs: Glyphs, reader: Reads, count: int = BARE_PICTURES, report: Report = ignore) -> BareFigures:
    """Measure how pictures of one bare digit are read, as files.

    Parameters
    ----------
    glyphs : Glyphs
        White on black, such as MNIST's.
    reader : Reads
    count : int
        How many are chosen, evenly over the set; every other one is inverted.
    report : callable
        Told (step, done, of) as it goes.
    """
    right, silent = [], []
    with tempfile.TemporaryDirectory(prefix="bare-") as folder:
        pictures = write_bare(glyphs, count, Path(folder))
        for path, label in pictures:
            texts = reader.read(path).texts
            right.append(texts == [label])
            silent.append(not texts)
            report("bare digits", len(right), len(pictures))
    return BareFigures(len(right), _share(right), _share(right[::2]), _share(right[1::2]), _share(silent))


def write_bare(glyphs: Glyphs, count: int, folder: Path) -> list[tuple[Path, str]]:
    """Write digits as PNG files, every other one inverted; give each one's path and label."""
    digits = glyphs.pick(glyphs.are_digits)
    chosen = spread_evenly(len(digits.labels), count)
    pictures = []
    for place, index in enumerate(chosen):
        path = folder / f"{place:05d}.png"
        picture = 255 - digits.ink[index] if place % 2 else digits.ink[index]
        path.write_bytes(cv2.imencode(".png", picture)[1].tobytes())
        pictures.append((path, str(digits.labels[index])))
    return pictures


def spread_evenly(length: int, count: int) -> list[int]:
    """Choose `count` of `length` places, evenly from the first on; all of them if there are no more."""
    count = min(count, length)
    return [place * length // count for place in range(count)]


# --- folders with a truth


def measure_folder(folder: Path, make_reader: MakeReader, report: Report = ignore) -> FolderResult:
    """Read all that a folder's truth.json names, and score it.

    Parameters
    ----------
    folder : Path
    make_reader : callable
        Makes what reads pictures of a layout: "line" where the truth is one number per picture, else "page".
    report : callable
        Told (step, done, of) as it goes.

    Raises
    ------
    ImageNotFound, UnreadableImage
        When there is no truth, or none that can be understood. Pictures that cannot be read are counted as
        read empty, and named in the result.
    """
    truths = load_truths(folder)
    layout: Layout = "line" if truths[0].is_line else "page"
    pictures = [Picture(truth, folder / truth.file, layout) for truth in truths]
    return _measure(folder.resolve().name, pictures, make_reader, report)


def measure_samples(make_reader: MakeReader, folder: Path = SAMPLES, report: Report = ignore) -> FolderResult:
    """Read the project's own samples, each in the layout that it is for, and score them against expected.json."""
    pictures = [Picture(truth, folder / truth.file, layout) for truth, layout in load_expected(folder)]
    return _measure("samples", pictures, make_reader, report)


def list_folders(data: Path) -> list[Path]:
    """List a folder's own folders that hold a truth.json, by name."""
    return sorted(path.parent for path in data.glob(f"*/{TRUTH}"))


def load_truths(folder: Path) -> list[Truth]:
    """Load a folder's truth.json.

    Raises
    ------
    ImageNotFound
        If the folder or the file is not there.
    UnreadableImage
        If it is not what it must be; the message says where.
    """
    if not folder.is_dir():
        raise ImageNotFound(f"There is no folder {folder}.", f"Give a folder of pictures with a {TRUTH}.")
    path = folder / TRUTH
    rows = _load_json(path, _TRUTH_STEP)
    if not isinstance(rows, list) or not rows:
        raise UnreadableImage(f"{path} names no pictures.", _TRUTH_STEP)
    return [_make_truth(path, f"entry {place}", row) for place, row in enumerate(rows, 1)]


def load_expected(folder: Path) -> list[tuple[Truth, Layout]]:
    """Load what stands on the samples, and the layout that each is for."""
    path = folder / EXPECTED
    step = "Make it again with 'python -m samples'."
    samples = _load_json(path, step)
    if not isinstance(samples, dict) or not samples:
        raise UnreadableImage(f"{path} describes no samples.", step)
    expected: list[tuple[Truth, Layout]] = []
    for file, said in samples.items():
        is_line = isinstance(said, dict) and said.get("layout") == "line"
        truth = _make_truth(path, file, said | {"file": file} if isinstance(said, dict) else said)
        expected.append((replace(truth, is_line=is_line), "line" if is_line else "page"))
    return expected


def _load_json(path: Path, next_step: str) -> Any:
    """Load a JSON file, or say what is wrong with it."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ImageNotFound(f"There is no {path}.", next_step) from error
    except (OSError, ValueError) as error:
        raise UnreadableImage(f"{path} cannot be read as JSON ({error}).", next_step) from error


def _make_truth(path: Path, place: str, row: Any) -> Truth:
    """Make a truth of an entry, or say which one is wrong."""
    try:
        return Truth.from_row(row)
    except ValueError as error:
        raise UnreadableImage(f"{path} is wrong at {place}: {error}.", _TRUTH_STEP) from error


def _measure(name: str, pictures: Sequence[Picture], make_reader: MakeReader, report: Report) -> FolderResult:
    """Read pictures one after the other, and score what was read."""
    readers = {layout: make_reader(layout) for layout in sorted({picture.layout for picture in pictures})}
    seen, unread, times = [], [], []
    for done, picture in enumerate(pictures, 1):
        start = time.perf_counter()
        try:
            seen.append(replace(picture, reading=readers[picture.layout].read(picture.path)))
        except ReaderError as error:
            seen.append(picture)
            unread.append((picture.truth.file, error))
        times.append((time.perf_counter() - start) * 1e3)
        report(name, done, len(pictures))
    figures, misread = score(
        [picture.truth for picture in seen], {picture.truth.file: picture.read for picture in seen}
    )
    return FolderResult(name, figures, misread, tuple(unread), median(times), tuple(seen))


def _list_numbers(reading: Reading) -> Iterator[Read]:
    """Give a reading's numbers as they are scored."""
    for number in reading.numbers:
        yield Read(number.text, round(number.confidence, CONFIDENCE_DECIMALS))


def _share(flags: Any) -> float:
    """Share of the flags that are set; 0 of none."""
    return float(np.mean(flags)) if len(flags) else 0.0


def _round(value: Any) -> Any:
    """Round what is a share."""
    return round(value, SHARE_DECIMALS) if isinstance(value, float) else value
