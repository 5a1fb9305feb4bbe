"""Export: the trained networks become the model files, and none is written that does not agree with Keras."""

import contextlib
import hashlib
import io
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from errors import ModelDamaged
from recognize.engine import Engine

TOLERANCE = 1e-4


Networks = Mapping[str, tuple[keras.Model, np.ndarray]]


def export(networks: Networks, card: dict[str, Any], folder: Path) -> None:
    """Write each network as NAME.keras and NAME.tflite, and digits.json.

    Parameters
    ----------
    networks : mapping of str to (keras.Model, ndarray of float32)
        By name, with real inputs on which the exported file must give what Keras gives, within `TOLERANCE`;
        "digits" is the classifier, and others are named beside it in the card.
    card : dict
        What goes into digits.json beside the hashes and the sizes.
    folder : Path

    Raises
    ------
    ModelDamaged
        If an exported file disagrees with Keras; nothing is written then.
    """
    contents = {name: convert(model) for name, (model, _) in networks.items()}
    sizes = {
        name: {
            "parameters": int(model.count_params()),
            "bytes": len(contents[name]),
            "export_difference": _compare(contents[name], model, inputs),
        }
        for name, (model, inputs) in networks.items()
    }
    folder.mkdir(parents=True, exist_ok=True)
    hashes = {}
    for name, (model, _) in networks.items():
        (folder / f"{name}.tflite").write_bytes(contents[name])
        # A copy that was never compiled carries the weights without the optimizer's, which are three times their size.
        bare = keras.Model.from_config(model.get_config())
        bare.set_weights(model.get_weights())
        bare.save(folder / f"{name}.keras")
        for file in (f"{name}.tflite", f"{name}.keras"):
            hashes[file] = hashlib.sha256((folder / file).read_bytes()).hexdigest()
    whole = card | sizes.pop("digits") | sizes | {"sha256": hashes}
    (folder / "digits.json").write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")


def _compare(content: bytes, model: keras.Model, inputs: np.ndarray) -> float:
    """Say how far an exported file is from Keras at most, on real inputs; too far is refused."""
    wanted = keras.ops.convert_to_numpy(model(inputs, training=False))
    difference = float(np.abs(Engine(content, inputs.shape).run(inputs) - wanted).max())
    if difference > TOLERANCE:
        raise ModelDamaged(
            f"The exported {model.name} differ from Keras by {difference:.2g} on real inputs.",
            "Nothing was written; please report this.",
        )
    return difference


def convert(model: keras.Model) -> bytes:
    """Turn a Keras model into a LiteRT file's content."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf

    # The converter talks on stdout and through C++; a saved model in a scratch folder is its quietest way.
    with tempfile.TemporaryDirectory() as scratch, contextlib.redirect_stdout(io.StringIO()):
        model.export(scratch, verbose=False)
        return bytes(tf.lite.TFLiteConverter.from_saved_model(scratch).convert())
