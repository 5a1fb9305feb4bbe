"""Export: the trained network becomes the model files, and none is written that does not agree with Keras."""

import contextlib
import hashlib
import io
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import keras
import numpy as np

from errors import ModelDamaged
from recognize.classifier import Classifier, Engine

TOLERANCE = 1e-4


def export(model: keras.Model, patches: np.ndarray, card: dict[str, Any], folder: Path) -> Classifier:
    """Write digits.keras, digits.tflite and digits.json.

    Parameters
    ----------
    model : keras.Model
    patches : ndarray of float32, shape (n, 28, 28, 1)
        Real patches on which the exported file must give what Keras gives, within `TOLERANCE`.
    card : dict
        What goes into digits.json beside the hashes and the sizes.
    folder : Path

    Returns
    -------
    Classifier
        The written files, loaded.

    Raises
    ------
    ModelDamaged
        If the exported file disagrees with Keras; nothing is written then.
    """
    content = convert(model)
    difference = float(
        np.abs(Engine(content).run(patches) - keras.ops.convert_to_numpy(model(patches, training=False))).max()
    )
    if difference > TOLERANCE:
        raise ModelDamaged(
            f"The exported model differs from Keras by {difference:.2g} on real patches.",
            "Nothing was written; please report this.",
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "digits.tflite").write_bytes(content)
    # A copy that was never compiled carries the weights without the optimizer's, which are three times their size.
    bare = keras.Model.from_config(model.get_config())
    bare.set_weights(model.get_weights())
    bare.save(folder / "digits.keras")
    hashes = {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in ("digits.tflite", "digits.keras")
    }
    sizes = {"parameters": int(model.count_params()), "bytes": len(content), "export_difference": difference}
    (folder / "digits.json").write_text(
        json.dumps(card | sizes | {"sha256": hashes}, indent=2) + "\n", encoding="utf-8"
    )
    return Classifier.load(folder)


def convert(model: keras.Model) -> bytes:
    """Turn a Keras model into a LiteRT file's content."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf

    # The converter talks on stdout and through C++; a saved model in a scratch folder is its quietest way.
    with tempfile.TemporaryDirectory() as scratch, contextlib.redirect_stdout(io.StringIO()):
        model.export(scratch, verbose=False)
        return bytes(tf.lite.TFLiteConverter.from_saved_model(scratch).convert())
