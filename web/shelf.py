"""Shelf: the models themselves, and a pipeline with each; made once, shared by all visitors."""

import io
import itertools
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from errors import ModelDamaged, ModelMissing
from pipeline import Pipeline
from preprocess.page import Layout
from recognize.classifier import MODELS, Card, Classifier, load_card
from recognize.line_reader import FILES as LINES_FILES
from recognize.pair_reader import FILE as PAIRS_FILE
from web.archive import ArchiveLimits, read_entries
from web.rack import OWN, SHIPPED, list_models

CHECKOUT = Path(__file__).resolve().parent.parent
FILES = ("digits.tflite", "digits.keras", *LINES_FILES, PAIRS_FILE)
ARCHIVE = ArchiveLimits(20, 20_000_000, 60_000_000)
MODEL_STEP = "Give a zip as this page makes it: digits.json and digits.tflite of one model."
LONGEST_NAME = 40
# To start, to load it and to read one patch takes a second.
TRIAL_S = 30.0
# Few are used at the same time, and each takes some memory.
MOST_PIPELINES = 8
# Visitors' pictures are read side by side, and a browser on this machine wants a core too.
THREADS = 1


def folder_of(model: str, own: Path = OWN) -> Path:
    """Folder of a model that is on the list; a name that is not never becomes part of a path.

    Raises
    ------
    ModelMissing
    """
    if model == SHIPPED:
        return MODELS
    if model not in list_models(own):
        raise ModelMissing(f"There is no model called {model[:80]!r}.", "Choose one of the list.")
    return own / model


def card_of(model: str = SHIPPED) -> Card:
    """Card of a model, read anew."""
    return load_card(folder_of(model))


def pipeline_with(
    model: str = SHIPPED,
    layout: Layout = "page",
    min_confidence: float = 0.0,
    lengths: Sequence[int] = (),
    patterns: Sequence[str] = (),
) -> Pipeline:
    """Pipeline with a model; the same one for whoever asks for the same files and options.

    Raises
    ------
    WrongUsage
        If a length or a pattern is none.
    ModelMissing, ModelDamaged, ModelMismatch
    """
    folder = folder_of(model)
    changed_ns = (folder / "digits.json").stat().st_mtime_ns
    if min_confidence or lengths or patterns:
        return _make_special(folder, layout, changed_ns, min_confidence, tuple(lengths), tuple(patterns))
    return _make(folder, layout, changed_ns)


def classifier_with(model: str = SHIPPED) -> Classifier:
    """Classifier of a model by itself, for single patches; the same one for whoever asks for the same files.

    Raises
    ------
    ModelMissing, ModelDamaged, ModelMismatch
    """
    folder = folder_of(model)
    return _load(folder, (folder / "digits.json").stat().st_mtime_ns)


@lru_cache(maxsize=MOST_PIPELINES)
def _load(folder: Path, changed_ns: int) -> Classifier:
    return Classifier.load(folder)


@lru_cache(maxsize=MOST_PIPELINES)
def _make(folder: Path, layout: Layout, changed_ns: int) -> Pipeline:
    return Pipeline(layout, models=folder, threads=THREADS)


# By itself, so that one visitor's patterns do not put out the pipelines that all use.
@lru_cache(maxsize=MOST_PIPELINES)
def _make_special(
    folder: Path,
    layout: Layout,
    changed_ns: int,
    min_confidence: float,
    lengths: tuple[int, ...],
    patterns: tuple[str, ...],
) -> Pipeline:
    return Pipeline(layout, min_confidence, models=folder, lengths=lengths, patterns=patterns, threads=THREADS)


def name_for(wanted: str, own: Path = OWN) -> str:
    """Make a free name for a model of what somebody would like it to be called: a-z, 0-9 and "-" alone."""
    name = re.sub("[^a-z0-9]+", "-", wanted[:200].casefold()).strip("-")[:LONGEST_NAME].strip("-") or "model"
    taken = {SHIPPED, *(path.name for path in own.glob("*"))}
    numbered = (f"{name}-{count}" for count in itertools.count(2))
    return next(one for one in itertools.chain([name], numbered) if one not in taken)


def adopt(folder: Path, wanted: str, own: Path = OWN) -> str:
    """Put a model that was made here on the shelf; returns its name there.

    Raises
    ------
    ModelMissing, ModelDamaged, ModelMismatch
        If there is none in the folder that can be used.
    """
    Classifier.load(folder)
    files = [name for name in load_card(folder).raw["sha256"] if name in FILES]
    return _shelve({name: (folder / name).read_bytes() for name in ("digits.json", *files)}, wanted, own)


def add_model(archive: bytes, wanted: str, own: Path = OWN) -> str:
    """Put somebody's model on the shelf, from a zip with digits.json and digits.tflite; returns its name there.

    Nothing of it is run in this process before it has been tried in another one: a file that is made to fail does so
    there. A digits.keras is left where it is.

    Raises
    ------
    UnreadableImage, ImageTooLarge
        If it is no zip, or too large.
    ModelMissing, ModelDamaged, ModelMismatch
        If it is no model that can be used here.
    """
    wanted_files = {"digits.json", *FILES} - {"digits.keras"}
    found: dict[str, bytes] = {}
    for entry in read_entries(archive, ARCHIVE):
        if entry.content is not None and entry.name in wanted_files and len(entry.folders) <= 1:
            if entry.name in found:
                raise ModelDamaged(f"The archive holds {entry.name} twice.", MODEL_STEP)
            found[entry.name] = entry.content
    for name in ("digits.json", "digits.tflite"):
        if name not in found:
            raise ModelMissing(f"The archive holds no {name}.", MODEL_STEP)
    with TemporaryDirectory(prefix="reader-model-") as folder:
        for name, content in found.items():
            (Path(folder) / name).write_bytes(content)
        _try_out(Path(folder))
    return _shelve(found, wanted, own)


def _try_out(folder: Path) -> None:
    """Let another process check a model and use it once.

    Raises
    ------
    ModelDamaged
        With what that process says of it.
    """
    try:
        tried = subprocess.run(
            [sys.executable, "-m", "web.trial", str(folder)],
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TRIAL_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ModelDamaged("The model takes too long.", MODEL_STEP) from error
    if tried.returncode:
        words = tried.stdout.decode("utf-8", "replace").strip().replace(f"{folder}/", "")
        raise ModelDamaged(words[:300] or "The model cannot be loaded.", MODEL_STEP)


def _shelve(files: dict[str, bytes], wanted: str, own: Path) -> str:
    """Write a model's files, the card last: what has no card is not on the list."""
    own.mkdir(parents=True, exist_ok=True)
    while True:
        name = name_for(wanted, own)
        try:
            (own / name).mkdir()
            break
        except FileExistsError:
            # Somebody else was quicker.
            continue
    for file in sorted(files, key=lambda file: file == "digits.json"):
        (own / name / file).write_bytes(files[file])
    return name


def pack_model(model: str, own: Path = OWN) -> bytes:
    """Pack a model of one's own as a zip.

    Raises
    ------
    ModelMissing
    """
    folder, packed = folder_of(model, own), io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("digits.json", *FILES):
            if (folder / name).is_file():
                archive.write(folder / name, name)
    return packed.getvalue()


def throw_away(model: str, own: Path = OWN) -> None:
    """Delete a model of one's own.

    Raises
    ------
    ModelMissing
        If it is not one's own.
    """
    if model == SHIPPED:
        raise ModelMissing("The shipped model stays.", "Choose one of your own.")
    shutil.rmtree(folder_of(model, own))
