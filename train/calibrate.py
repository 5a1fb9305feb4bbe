"""Calibrate: how often a number of some confidence is right, on numbers that training never photographed."""

import numpy as np

from capture.frame import Frame
from preprocess.page import prepare
from recognize.classifier import Classifier
from recognize.limits import Limits
from recognize.reader import Reader
from train.pool import Sources, photograph_writing

NUMBERS = 2000
# Away from the pool's seeds, whose second part counts chunks from 0.
SEED = 1_000_000_007


def calibrate(classifier: Classifier, sources: Sources, seed: int) -> dict[str, float]:
    """Fit how a number's confidence follows from its digits' shares (Platt 1999, on the odds' logarithm).

    Parameters
    ----------
    classifier : Classifier
    sources : Sources
        Whose characters the numbers are written with.
    seed : int

    Returns
    -------
    dict of str to float
        ``temper`` and ``offset`` of `recognize.limits.Limits`.
    """
    reader = Reader(classifier, Limits())
    confidences, right = [], []
    for number in range(NUMBERS):
        rng = np.random.default_rng([SEED + seed, number])
        writing, _, image = photograph_writing(sources, rng)
        wanted = "".join(label for label in writing.labels if label.isdigit())
        for read in reader.read(prepare(Frame(image), "line")).numbers:
            confidences.append(read.confidence)
            right.append(read.text == wanted)
    temper, offset = fit_odds(np.array(confidences), np.array(right))
    return {"temper": round(temper, 4), "offset": round(offset, 4)}


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
