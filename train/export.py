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
# How far rounded weights may lead from Keras's logits: in the mean, as a share of the logits' own spread.
ROUNDING = 0.05


Networks = Mapping[str, tuple[keras.Model, np.ndarray]]


def export(networks: Networks, card: dict[str, Any], folder: Path) -> None:
    """Write each network as NAME.keras and NAME.tflite, and digits.json.

    The .tflite files carry weights of 8 bits, each filter's with a scale of its own, and LiteRT rounds what goes
    into a layer as it comes ("dynamic range quantization"): a quarter of the size and of the time. That the graph is
    right is proven first, by the same file with whole weights.

    Parameters
    ----------
    networks : mapping of str to (keras.Model, ndarray of float32)
        By name, with real inputs on which the exported file must give what Keras gives, within `TOLERANCE` with
        whole weights and `ROUNDING` with rounded ones; "digits" is the classifier, others are named beside it in the
        card.
    card : dict
        What goes into digits.json beside the hashes and the sizes.
    folder : Path

    Raises
    ------
    ModelDamaged
        If an exported file disagrees with Keras; nothing is written then.
    """
    contents = {name: convert(model, rounded=True) for name, (model, _) in networks.items()}
    sizes = {
        name: {
            "parameters": int(model.count_params()),
            "bytes": len(contents[name]),
            **_compare(contents[name], model, inputs),
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


def _compare(rounded: bytes, model: keras.Model, inputs: np.ndarray) -> dict[str, float]:
    """Say how far from Keras the exported network is, with whole and with rounded weights; too far is refused."""
    wanted = keras.ops.convert_to_numpy(model(inputs, training=False))
    whole = np.abs(Engine(convert(model), inputs.shape).run(inputs) - wanted).max()
    spread = np.abs(Engine(rounded, inputs.shape).run(inputs) - wanted).mean() / max(float(wanted.std()), TOLERANCE)
    if whole > TOLERANCE or spread > ROUNDING:
        raise ModelDamaged(
            f"The exported {model.name} differ from Keras by {whole:.2g}, rounded by {spread:.1%}, on real inputs.",
            "Nothing was written; please report this.",
        )
    return {"export_difference": float(whole), "rounding": round(float(spread), 5)}


def convert(model: keras.Model, rounded: bool = False) -> bytes:
    """Turn a Keras model into a LiteRT file's content, with whole weights or with weights of 8 bits."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf

    # The converter talks on stdout and through C++; a saved model in a scratch folder is its quietest way.
    with tempfile.TemporaryDirectory() as scratch, contextlib.redirect_stdout(io.StringIO()):
        model.export(scratch, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(scratch)
        if rounded:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        return bytes(converter.convert())
