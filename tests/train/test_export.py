"""Export: the files agree with Keras on real patches and with each other, or none is written."""

import hashlib
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from errors import ModelDamaged
from preprocess.patch import PAIR_SIDE_PX, SIDE_PX, to_patches
from recognize.classifier import CARD_FORMAT, NORMALISER, Classifier
from recognize.engine import Engine
from tests.preprocess.drawn import SHAPES, ink_of

keras = pytest.importorskip("keras")
h5py = pytest.importorskip("h5py")

from train import export as export_module  # noqa: E402 - imports keras
from train.export import export  # noqa: E402
from train.network import (  # noqa: E402
    CLASSES,
    LINE_CLASSES,
    MOST_PARAMETERS,
    build_line_network,
    build_network,
    build_pair_network,
    build_plain_line_network,
)

# Keras converts its own arrays in a way that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
CARD = {"format": CARD_FORMAT, "version": "test", "normaliser": NORMALISER, "temperature": 1.0, "thresholds": {}}


@pytest.fixture(scope="module")
def patches() -> np.ndarray:
    return to_patches([ink_of(digit, height, height // 10) for digit in SHAPES for height in (30, 60)])


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(3)
    model = build_network(width=8)
    # As after training: a batch normalisation that has seen nothing would hide a mistake of the export.
    rng = np.random.default_rng(3)
    model.set_weights([np.abs(w + rng.normal(0, 0.1, w.shape)) if w.ndim == 1 else w for w in model.get_weights()])
    return model


def strips_like(width: int) -> np.ndarray:
    """A strip of noise."""
    return np.random.default_rng(width).random((1, 32, width, 1)).astype(np.float32)


@pytest.fixture(scope="module")
def exported(model, patches, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    export({"digits": (model, patches), "lines": (build_line_network(width=8), strips_like(48))}, CARD, folder)
    return folder


def test_the_network_is_small_and_gives_logits(patches):
    full = build_network()
    assert full.count_params() <= MOST_PARAMETERS
    assert full.output_shape == (None, CLASSES)


@pytest.mark.parametrize("build", [build_line_network, build_plain_line_network])
def test_the_line_networks_are_small_and_give_a_row_of_logits_for_every_second_column(build):
    full = build()
    assert full.count_params() <= MOST_PARAMETERS
    for width in (64, 150):
        assert full(strips_like(width)).shape == (1, width // 2, LINE_CLASSES)


def test_the_pair_network_is_small_and_gives_logits_of_two_digits():
    full = build_pair_network()
    assert full.count_params() <= MOST_PARAMETERS
    assert full(np.zeros((3, SIDE_PX, PAIR_SIDE_PX, 1), np.float32)).shape == (3, 2, CLASSES)


@pytest.mark.parametrize("build", [build_line_network, build_plain_line_network])
def test_a_frame_depends_on_its_neighbourhood_alone(build):
    full, strip = build(width=8), strips_like(256)
    changed = strip.copy()
    changed[:, :, 160:] = 0
    before, after = (keras.ops.convert_to_numpy(full(one)) for one in (strip, changed))
    assert np.allclose(before[:, :60], after[:, :60], atol=1e-5)
    assert not np.allclose(before[:, 80:], after[:, 80:], atol=1e-5)


def test_with_whole_weights_it_gives_what_keras_gives(model, patches):
    expected = keras.ops.convert_to_numpy(model(patches, training=False))
    given = Engine(export_module.convert(model), patches.shape).run(patches)
    assert np.abs(given - expected).max() < 1e-4


def test_what_is_written_gives_nearly_what_keras_gives_alone_or_with_others(exported, model, patches):
    expected = keras.ops.convert_to_numpy(model(patches, training=False))
    classifier = Classifier.load(exported)
    given = classifier.logits(patches)
    assert np.abs(given - expected).mean() < 0.05 * expected.std()
    alone = np.concatenate([classifier.logits(patch[None]) for patch in patches])
    assert np.abs(given - alone).max() < 1e-5


def test_the_keras_file_is_the_same_network(exported, model, patches):
    loaded = keras.models.load_model(exported / "digits.keras", compile=False)
    first, second = (keras.ops.convert_to_numpy(m(patches, training=False)) for m in (model, loaded))
    assert np.abs(first - second).max() < 1e-5


def test_the_card_tells_hashes_and_sizes(exported):
    card = json.loads((exported / "digits.json").read_text("utf-8"))
    for name in ("digits.tflite", "digits.keras", "lines.tflite", "lines.keras"):
        assert card["sha256"][name] == hashlib.sha256((exported / name).read_bytes()).hexdigest()
    assert card["bytes"] == (exported / "digits.tflite").stat().st_size
    assert card["lines"]["bytes"] == (exported / "lines.tflite").stat().st_size
    assert max(card["export_difference"], card["lines"]["export_difference"]) < 1e-4
    assert 0 < max(card["rounding"], card["lines"]["rounding"]) < 0.05
    assert CARD.items() <= card.items()


def test_the_optimizers_state_is_left_out(exported):
    with zipfile.ZipFile(exported / "digits.keras") as parts:
        weights = io.BytesIO(parts.read("model.weights.h5"))
    with h5py.File(weights) as kept:
        assert not set(kept) & {"optimizer", "_optimizer"}
        assert "layers" in kept


def test_a_file_that_disagrees_with_keras_is_not_written(model, patches, monkeypatch, tmp_path):
    other = build_network(width=8)
    wrong = export_module.convert(other)
    monkeypatch.setattr(export_module, "convert", lambda *_, **__: wrong)
    with pytest.raises(ModelDamaged, match="differ from Keras"):
        export({"digits": (model, patches)}, CARD, tmp_path / "models")
    assert not (tmp_path / "models").exists()


def test_weights_that_are_rounded_too_much_are_not_written(model, patches, monkeypatch, tmp_path):
    convert, wrong = export_module.convert, export_module.convert(build_network(width=8))
    monkeypatch.setattr(export_module, "convert", lambda model, rounded=False: wrong if rounded else convert(model))
    with pytest.raises(ModelDamaged, match="rounded by"):
        export({"digits": (model, patches)}, CARD, tmp_path / "models")
    assert not (tmp_path / "models").exists()


def test_a_file_that_disagrees_leaves_the_old_files_alone(exported, patches, monkeypatch):
    before = {path.name: path.read_bytes() for path in exported.iterdir()}
    monkeypatch.setattr(export_module, "convert", lambda *_, **__: (exported / "digits.tflite").read_bytes())
    with pytest.raises(ModelDamaged):
        export({"digits": (build_network(width=8), patches)}, CARD, exported)
    assert {path.name: path.read_bytes() for path in exported.iterdir()} == before


def test_converting_is_quiet(model, capfd):
    export_module.convert(model)
    assert capfd.readouterr().out == ""
