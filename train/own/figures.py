"""Figures: how well a model of one's own does on digits that it was not taught, and how large and fast it is."""

import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import keras
import numpy as np

from capture.frame import Frame
from evaluate.metrics import bin_by_confidence
from preprocess.page import prepare
from preprocess.patch import SIDE_PX
from recognize.classifier import NOT_A_DIGIT, Classifier, softmax
from recognize.reader import Reader
from train.crew import Labelled
from train.own.lessons import as_glyphs
from train.pool import make_spans
from train.writings import Sources, photograph_writing

# Bins of fewer digits would be a row of hits and misses.
FULL_BIN, MOST_BINS = 10, 10
SPANS, NUMBERS = 400, 100
BATCH, ROUNDS = 64, 15
TEMPERATURES = np.geomspace(0.5, 4.0, 85)
DECIMALS = 4


def write_spans(held_out: Labelled, seed: int) -> Labelled:
    """Write numbers with digits that were held out, and cut them as reading does, rightly and wrongly."""
    rng = np.random.default_rng([seed, SPANS])
    sources = Sources((as_glyphs(held_out, seed),), None)
    made: list[tuple[np.ndarray, int]] = []
    while len(made) < SPANS:
        made += make_spans(sources, rng)
    patches, labels = zip(*made[:SPANS], strict=True)
    pictures = (np.stack(patches)[..., 0] * 255).round().astype(np.uint8)
    return Labelled(pictures, np.array(labels, np.uint8))


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """Fit the temperature at which probabilities are most likely (Guo et al. 2017), as far as so few labels can tell.

    Where all of n are right, that is no proof that all of ten times n were: a label counts as (n + 1) / (n + 2), as
    in Platt 1999, or a small set would make the model as sure as can be.
    """
    count, classes = logits.shape
    doubt = 1 / (count + 2)
    wanted = np.full((count, classes), doubt / (classes - 1))
    wanted[np.arange(count), labels] = 1 - doubt
    losses = [-(wanted * np.log(softmax(logits / one) + 1e-12)).sum(axis=1).mean() for one in TEMPERATURES]
    return round(float(TEMPERATURES[int(np.argmin(losses))]), 4)


def measure_digits(classifier: Classifier, held_out: Labelled) -> dict[str, Any]:
    """Measure a model on the digits that were held out.

    Returns
    -------
    dict
        "validation" (digits, accuracy, error, refused), "confusion" (10 rows of what it is, 11 columns of what it was
        taken for, the last for "no digit"), "classes" (precision, recall and count of each) and "reliability" (ece,
        bins of equal mass).
    """
    shares = classifier.predict(held_out.pictures[..., None].astype(np.float32) / 255.0)
    labels, taken = held_out.labels.astype(int), shares.argmax(axis=1)
    confusion = np.zeros((10, 11), int)
    np.add.at(confusion, (labels, taken), 1)
    right = taken == labels
    rated = list(zip(shares.max(axis=1).tolist(), right.tolist(), strict=True))
    bins = bin_by_confidence(rated, min(max(len(rated) // FULL_BIN, 1), MOST_BINS))
    return {
        "validation": {
            "digits": len(labels),
            "accuracy": _round(right.mean()),
            "error": _round(1 - right.mean()),
            "refused": _round((taken == NOT_A_DIGIT).mean()),
        },
        "confusion": confusion.tolist(),
        "classes": {str(digit): _measure_class(confusion, digit) for digit in range(10)},
        "reliability": {
            "ece": _round(sum(one.count * abs(one.confidence - one.right) for one in bins) / len(rated)),
            "bins": [{name: _round(value) for name, value in asdict(one).items()} for one in bins],
        },
    }


def measure_spans(classifier: Classifier, spans: Labelled) -> dict[str, float]:
    """Measure a model on what numbers are cut into: how many digits are misread, how much else is taken for one."""
    taken = classifier.predict(spans.pictures[..., None].astype(np.float32) / 255.0).argmax(axis=1)
    are_digits = spans.labels != NOT_A_DIGIT
    digits, others = int(are_digits.sum()), int((~are_digits).sum())
    return {
        "digits": digits,
        "error": _round((taken != spans.labels)[are_digits].sum() / max(digits, 1)),
        "others": others,
        "accepted": _round((taken != NOT_A_DIGIT)[~are_digits].sum() / max(others, 1)),
    }


def measure_speed(classifier: Classifier) -> dict[str, float]:
    """Measure how many milliseconds a patch takes, alone and among others."""
    return {
        "ms_alone": _round(_time(classifier, 1)),
        "ms_among_64": _round(_time(classifier, BATCH) / BATCH),
    }


def count_right(readers: Sequence[Reader], held_out: Labelled, seed: int) -> tuple[int, list[int]]:
    """Have readers read numbers that are written with digits that were held out.

    Returns
    -------
    int
        How many numbers.
    list of int
        How many of them each reader read right.
    """
    rng = np.random.default_rng([seed, NUMBERS])
    sources = Sources((as_glyphs(held_out, seed),), None)
    count, right = 0, [0] * len(readers)
    while count < NUMBERS:
        writing, _, image = photograph_writing(sources, rng)
        if not all(label.isdigit() for label in writing.labels):
            continue
        count, wanted = count + 1, "".join(writing.labels)
        page = prepare(Frame(image), "line")
        for place, reader in enumerate(readers):
            right[place] += reader.read(page).texts == [wanted]
    return count, right


def list_layers(model: keras.Model) -> list[dict[str, Any]]:
    """List a network's layers: name, kind, the shape of what comes out, and how many numbers it learnt."""
    return [
        {
            "name": layer.name,
            "kind": type(layer).__name__,
            "output": list(layer.output.shape[1:]),
            "parameters": int(layer.count_params()),
        }
        for layer in model.layers
    ]


def _measure_class(confusion: np.ndarray, digit: int) -> dict[str, float | int | None]:
    """Precision, recall and count of a digit; None where there is nothing to be measured on."""
    right, taken, count = confusion[digit, digit], confusion[:, digit].sum(), confusion[digit].sum()
    return {
        "precision": _round(right / taken) if taken else None,
        "recall": _round(right / count) if count else None,
        "count": int(count),
    }


def _time(classifier: Classifier, size: int) -> float:
    """Median of some runs, ms."""
    patches = np.zeros((size, SIDE_PX, SIDE_PX, 1), np.float32)
    classifier.logits(patches)
    took = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        classifier.logits(patches)
        took.append((time.perf_counter() - start) * 1e3)
    return float(np.median(took))


def _round(value: float) -> float:
    """Round what is no whole number."""
    return value if isinstance(value, int) else round(float(value), DECIMALS)
