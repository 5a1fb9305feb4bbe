"""Classifier: a model file and its card in, probabilities of patches out."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from errors import ModelDamaged, ModelMismatch, ModelMissing
from preprocess.patch import NORMALISER, SIDE_PX
from recognize.engine import THREADS, Engine

MODELS = Path(__file__).resolve().parent.parent / "models"
CLASSES = ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9", None)
NOT_A_DIGIT = 10
CARD_FORMAT = 1


@dataclass(frozen=True)
class Card:
    """What digits.json says of its model.

    Parameters
    ----------
    version : str
    temperature : float
        The logits are divided by it before the softmax (Guo et al. 2017).
    thresholds : dict of str to float
        Below which confidence what is refused, and how confidences are calibrated.
    raw : dict
        All that the file holds.
    """

    version: str
    temperature: float
    thresholds: dict[str, float]
    raw: dict[str, Any]


class Classifier:
    """Probabilities of patches being each digit, or none."""

    def __init__(self, engine: Engine, card: Card) -> None:
        self._engine = engine
        self.card = card
        if engine.classes != len(CLASSES):
            raise ModelMismatch(f"The model tells {engine.classes} classes apart and not {len(CLASSES)}.")

    @classmethod
    def load(cls, folder: Path = MODELS, threads: int = THREADS) -> "Classifier":
        """Load digits.tflite and digits.json of a folder, and check them against each other.

        Parameters
        ----------
        folder : Path
        threads : int
            That it is run by.

        Raises
        ------
        ModelMissing, ModelDamaged, ModelMismatch
        """
        card = load_card(folder)
        return cls(Engine(read_model(folder, "digits.tflite", card), (1, SIDE_PX, SIDE_PX, 1), threads), card)

    def predict(self, patches: np.ndarray) -> np.ndarray:
        """Say how likely each patch is each digit.

        Parameters
        ----------
        patches : ndarray of float32, shape (n, 28, 28, 1)
            From `preprocess.patch.to_patch`.

        Returns
        -------
        ndarray of float32, shape (n, 11)
            Rows sum to 1; the last column is "no digit".

        Raises
        ------
        ValueError
            If the patches are of another shape.
        """
        if patches.ndim != 4 or patches.shape[1:] != (SIDE_PX, SIDE_PX, 1):
            raise ValueError(f"patches must be (n, {SIDE_PX}, {SIDE_PX}, 1), got {patches.shape}")
        return softmax(self.logits(patches) / self.card.temperature)

    def logits(self, patches: np.ndarray) -> np.ndarray:
        """Logits before temperature and softmax: (n, 28, 28, 1) to (n, 11)."""
        return self._engine.run_all(patches) if len(patches) else np.empty((0, len(CLASSES)), np.float32)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Row-wise softmax, float32."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return (powers / powers.sum(axis=-1, keepdims=True)).astype(np.float32)


def load_card(folder: Path) -> Card:
    """Read digits.json and check that this program can use what it describes."""
    path = folder / "digits.json"
    try:
        raw = json.loads(_read(path))
        card = Card(str(raw["version"]), float(raw["temperature"]), dict(raw["thresholds"]), raw)
        sha256, normaliser, form = dict(raw["sha256"]), raw["normaliser"], raw["format"]
    except (ValueError, KeyError, TypeError) as error:
        raise ModelDamaged(f"{path} is no model card ({error!r}).") from error
    if form != CARD_FORMAT or normaliser != NORMALISER:
        raise ModelMismatch(
            f"{path} is for normaliser {normaliser} and format {form}, this program has {NORMALISER} and {CARD_FORMAT}."
        )
    if not 0 < card.temperature < np.inf or "digits.tflite" not in sha256:
        raise ModelDamaged(f"{path} lacks a temperature above 0 or a hash.")
    return card


def read_model(folder: Path, name: str, card: Card) -> bytes:
    """Read a model file that the card of its folder describes.

    Raises
    ------
    ModelMissing
    ModelDamaged
        If it is not the one that the card was written for.
    """
    content = _read(folder / name)
    if hashlib.sha256(content).hexdigest() != card.raw["sha256"].get(name):
        raise ModelDamaged(f"{folder / name} is not the file that digits.json describes ({len(content)} bytes).")
    return content


def _read(path: Path) -> bytes:
    """Read a model file, or say that it is missing."""
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ModelMissing(f"There is no {path}.") from error
    except OSError as error:
        raise ModelMissing(f"{path} cannot be read ({error.strerror}).") from error
