"""Calibrate: how often a number of some confidence is right, on numbers whose pictures no gradient saw."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from capture.frame import Frame
from capture.image import load_image
from evaluate.metrics import calibration_error, judge
from evaluate.suites import TRUTH, load_truths
from preprocess.page import Layout, prepare
from recognize.limits import Limits
from recognize.reader import Reader
from train.writings import Sources, photograph_writing

NUMBERS = 2000
# Away from the pool's seeds, whose second part counts chunks from 0.
SEED = 1_000_000_007
MEASURED = ("photos", "cheques", "marks")
FOLDS, FEWEST_FOLDS = 5, 2
LAYOUTS: dict[Layout, str] = {"page": "", "line": "line_"}


@dataclass(frozen=True)
class Rated:
    """A number that was read.

    Parameters
    ----------
    source : str
        Whose it is: no source is in two folds.
    layout : {"page", "line"}
    confidence : float
        Before calibration, 0-1.
    right : bool
    """

    source: str
    layout: Layout
    confidence: float
    right: bool


@dataclass(frozen=True)
class Calibration:
    """What was fitted.

    Parameters
    ----------
    thresholds : dict of str to float
        The tempers and offsets of `recognize.limits.Limits`.
    fitted_on : tuple of str
        The sets.
    left_out : dict of str to float or None
        Expected calibration error by layout, of numbers whose source was left out when fitting; None where there
        are too few sources to leave one out.
    """

    thresholds: dict[str, float]
    fitted_on: tuple[str, ...]
    left_out: dict[str, float | None]


def calibrate(reader: Reader, data: Path | None, sources: Sources, seed: int) -> Calibration:
    """Fit how a number's confidence follows from its digits' shares (Platt 1999, on the odds' logarithm).

    Parameters
    ----------
    reader : Reader
        Whose own calibration is left aside.
    data : Path or None
        Folder in which folders of pictures with a truth.json may lie; numbers are written and photographed
        where there are none.
    sources : Sources
        Whose characters such numbers are written with.
    seed : int
    """
    reader = Reader(reader.classifier, Limits(), reader.line_reader, pair_reader=reader.pair_reader)
    sets = [data / name for name in MEASURED if (data / name / TRUTH).is_file()] if data else []
    rated_sets = {folder.name: rated for folder in sets if (rated := list(rate_folder(reader, folder)))}
    rated_sets = rated_sets or {"written": list(rate_written(reader, sources, seed))}
    rated = [one for ratings in rated_sets.values() for one in ratings]
    thresholds: dict[str, float] = {}
    left_out: dict[str, float | None] = {}
    for layout, prefix in LAYOUTS.items():
        # Where one layout was never rated, the other's calibration is the best that is known of it.
        own = [one for one in rated if one.layout == layout] or rated
        temper, offset = fit_rated(own)
        thresholds |= {f"{prefix}temper": round(temper, 4), f"{prefix}offset": round(offset, 4)}
        left_out[layout] = measure_left_out(own)
    return Calibration(thresholds, tuple(rated_sets), left_out)


def rate_folder(reader: Reader, folder: Path) -> Iterable[Rated]:
    """Read the pictures of a folder and rate each number without "?"; where digits may be grouped anyhow, none."""
    for truth in load_truths(folder):
        layout: Layout = "line" if truth.is_line else "page"
        numbers = reader.read(prepare(Frame(load_image((folder / truth.file).read_bytes())), layout)).numbers
        right = judge(truth, [number.text for number in numbers]).read
        # Lines are cut from documents that are named, or all from one writer's.
        source = truth.base or (folder.name if truth.is_line else truth.source)
        if len(right) == len(numbers):
            for number, is_right in zip(numbers, right, strict=True):
                if "?" not in number.text:
                    yield Rated(source, layout, number.confidence, is_right)


def rate_written(reader: Reader, sources: Sources, seed: int) -> Iterable[Rated]:
    """Write and photograph numbers that training never did, and rate what is read."""
    for number in range(NUMBERS):
        rng = np.random.default_rng([SEED + seed, number])
        writing, _, image = photograph_writing(sources, rng)
        wanted = "".join(label for label in writing.labels if label.isdigit())
        for read in reader.read(prepare(Frame(image), "line")).numbers:
            yield Rated(str(number), "line", read.confidence, read.text == wanted)


def measure_left_out(rated: Sequence[Rated]) -> float | None:
    """Measure the expected calibration error when each source's confidences are calibrated on the others'."""
    folds = [int(hashlib.sha256(one.source.encode()).hexdigest(), 16) % FOLDS for one in rated]
    if len(set(folds)) < FEWEST_FOLDS:
        return None
    pairs: list[tuple[float, bool]] = []
    for fold in set(folds):
        temper, offset = fit_rated([one for one, own in zip(rated, folds, strict=True) if own != fold])
        limits = Limits(temper=temper, offset=offset)
        held_out = [one for one, own in zip(rated, folds, strict=True) if own == fold]
        pairs += [(limits.calibrate(one.confidence), one.right) for one in held_out]
    return round(calibration_error(pairs), 4)


def fit_rated(rated: Sequence[Rated]) -> tuple[float, float]:
    """Fit slope and offset to rated numbers."""
    return fit_odds(np.array([one.confidence for one in rated]), np.array([one.right for one in rated], bool))


def fit_odds(confidences: np.ndarray, right: np.ndarray) -> tuple[float, float]:
    """Fit slope and offset of a logistic curve over the logarithm of the odds, by Newton's method.

    Parameters
    ----------
    confidences : ndarray of float, shape (n,)
        0-1.
    right : ndarray of bool, shape (n,)

    Returns
    -------
    slope, offset : float
    """
    clipped = np.clip(confidences, 1e-6, 1 - 1e-6)
    features = np.stack([np.log(clipped / (1 - clipped)), np.ones(len(clipped))], axis=1)
    weights = np.array([1.0, 0.0])
    for _ in range(50):
        likely = 1 / (1 + np.exp(np.clip(-features @ weights, -50, 50)))
        # A little ridge keeps a perfectly separated sample from running away.
        gradient = features.T @ (right - likely) - 1e-3 * weights
        curvature = (features * (likely * (1 - likely))[:, None]).T @ features + 1e-3 * np.eye(2)
        weights = weights + np.linalg.solve(curvature, gradient)
    return float(weights[0]), float(weights[1])
