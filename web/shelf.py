"""Shelf: the models that there are to choose from, and a pipeline with each; made once, shared by all visitors."""

import shutil
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from errors import ModelMissing
from pipeline import Pipeline
from preprocess.page import Layout
from recognize.classifier import MODELS, Card, Classifier, load_card

SHIPPED = "shipped"
OWN = Path(__file__).resolve().parent.parent / "runs" / "own"
# Few are used at the same time, and each takes some memory.
MOST_PIPELINES = 8


def list_models(own: Path = OWN) -> list[str]:
    """List the names of the models: the shipped one, then one's own, the newest first."""
    found = sorted(own.glob("*/digits.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    return [SHIPPED, *(path.parent.name for path in found)]


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
    return Pipeline(layout, models=folder)


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
    return Pipeline(layout, min_confidence, models=folder, lengths=lengths, patterns=patterns)


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
