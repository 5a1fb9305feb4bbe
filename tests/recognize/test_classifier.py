"""Classifier: model files that are refused when they are not whole, and probabilities that do not depend on batches."""

import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.frame import Frame
from capture.image import load_image
from errors import ModelDamaged, ModelMismatch, ModelMissing, ReaderError
from preprocess.page import prepare
from preprocess.patch import to_patches
from preprocess.pieces import join, spans_of
from recognize.classifier import CLASSES, MODELS, Classifier, load_card, softmax
from recognize.engine import Engine

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier.load()


@pytest.fixture(scope="module")
def patches(sample) -> np.ndarray:
    """Real patches: the spans of a sample's runs."""
    page = prepare(Frame(load_image(sample)))
    found = to_patches([join(run.pieces[a:b]) for run in page.runs for a, b in spans_of(run.pieces)])
    return np.tile(found, (200 // len(found) + 1, 1, 1, 1))[:200]


@pytest.fixture
def models(tmp_path) -> Path:
    """A copy of the model's files that may be damaged; the Keras file is not read."""
    for name in ("digits.tflite", "digits.json"):
        shutil.copy(MODELS / name, tmp_path / name)
    return tmp_path


def change_card(models: Path, **changes: Any) -> None:
    """Write other values into the card; None takes a value out."""
    path = models / "digits.json"
    card = json.loads(path.read_text("utf-8")) | changes
    path.write_text(json.dumps({name: value for name, value in card.items() if value is not None}), "utf-8")


def refuse(models: Path, kind: type[ReaderError]) -> str:
    """Load what must be refused, and give the message."""
    with pytest.raises(kind) as caught:
        Classifier.load(models)
    assert type(caught.value) is kind
    assert caught.value.exit_code == 5
    assert "git checkout models" in str(caught.value)
    assert "python -m train" in str(caught.value)
    return str(caught.value)


# --- files


def test_one_thread_says_what_two_say(patches, classifier):
    assert np.array_equal(Classifier.load(threads=1).predict(patches), classifier.predict(patches))


def test_a_copy_of_the_files_is_as_good(models, patches, classifier):
    assert np.array_equal(Classifier.load(models).predict(patches[:5]), classifier.predict(patches[:5]))


@pytest.mark.parametrize("name", ["digits.tflite", "digits.json"])
def test_a_missing_file_is_named(models, name):
    (models / name).unlink()
    assert name in refuse(models, ModelMissing)


def test_a_missing_folder_is_named(tmp_path):
    assert "nowhere" in refuse(tmp_path / "nowhere", ModelMissing)


@pytest.mark.parametrize("name", ["digits.tflite", "digits.json"])
def test_a_folder_in_the_place_of_a_file_is_no_model(models, name):
    (models / name).unlink()
    (models / name).mkdir()
    refuse(models, ModelMissing)


@pytest.mark.parametrize("keep", [0, 1, 1000, -1])
def test_a_file_that_is_cut_short_is_refused(models, keep):
    path = models / "digits.tflite"
    path.write_bytes(path.read_bytes()[:keep])
    assert "is not the file that digits.json describes" in refuse(models, ModelDamaged)


@pytest.mark.parametrize("place", [0, 5000, -1])
def test_a_file_that_is_altered_by_one_byte_is_refused(models, place):
    path = models / "digits.tflite"
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    refuse(models, ModelDamaged)


@pytest.mark.parametrize("changes", [{"format": 99}, {"normaliser": "0"}, {"normaliser": 1.5}])
def test_a_card_of_another_version_is_refused(models, changes):
    change_card(models, **changes)
    assert "this program has" in refuse(models, ModelMismatch)


@pytest.mark.parametrize(
    "changes",
    [
        {"temperature": None},
        {"temperature": "warm"},
        {"temperature": 0},
        {"temperature": -1.0},
        {"temperature": float("nan")},
        {"temperature": float("inf")},
        {"version": None},
        {"thresholds": None},
        {"thresholds": 3},
        {"sha256": None},
        {"sha256": {}},
        {"sha256": "abc"},
        {"normaliser": None},
        {"format": None},
    ],
    ids=str,
)
def test_a_card_that_lacks_something_is_refused(models, changes):
    change_card(models, **changes)
    refuse(models, ModelDamaged)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"3", b"null", b"\xff\xfe", b'{"format": 1}'])
def test_a_card_that_is_none_is_refused(models, content):
    (models / "digits.json").write_bytes(content)
    refuse(models, ModelDamaged)


def test_the_shipped_card_says_what_it_must(classifier):
    card = load_card(MODELS).raw
    assert set(card["sha256"]) == {
        f"{name}.{kind}" for name in ("digits", "lines", "lines_plain", "pairs") for kind in ("tflite", "keras")
    }
    assert card["parameters"] <= 300_000
    assert card["bytes"] == (MODELS / "digits.tflite").stat().st_size <= 1_000_000
    assert all(source["licence"] for source in card["data"])
    assert "mnist" in card["figures"]
    assert classifier.card.version == card["version"]


# --- probabilities


@pytest.mark.parametrize("count", [0, 1, 2, 5, 64, 65, 150])
def test_any_number_of_patches_gives_as_many_rows_that_sum_to_1(classifier, patches, count):
    given_ = classifier.predict(patches[:count])
    assert (given_.shape, given_.dtype) == ((count, len(CLASSES)), np.float32)
    assert given_.min(initial=0) >= 0
    assert np.allclose(given_.sum(axis=1), 1, atol=1e-5)


@given(st.integers(0, 190), st.integers(1, 150))
@settings(max_examples=12, deadline=None)
def test_a_row_does_not_depend_on_its_batch(classifier, patches, start, count):
    own = classifier.predict(patches[start : start + count])
    whole = classifier.predict(patches)[start : start + count]
    assert np.allclose(own, whole, atol=1e-5)


def test_patches_are_not_changed(classifier, patches):
    before = patches.copy()
    classifier.predict(patches)
    assert np.array_equal(patches, before)


def test_threads_get_what_one_alone_gets(classifier, patches):
    alone = [classifier.predict(patches[:count]) for count in range(1, 33)]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(lambda count: classifier.predict(patches[:count]), [*range(1, 33)] * 4))
    assert all(np.allclose(found, alone[place % 32], atol=1e-6) for place, found in enumerate(together))


@pytest.mark.parametrize("shape", [(28, 28), (28, 28, 1), (3, 28, 28), (3, 28, 28, 3), (3, 1, 28, 28), (3, 20, 28, 1)])
def test_patches_of_another_shape_are_refused_by_name(classifier, shape):
    with pytest.raises(ValueError, match=r"patches must be \(n, 28, 28, 1\), got \("):
        classifier.predict(np.zeros(shape, np.float32))


def test_the_temperature_makes_it_more_or_less_sure(models, patches):
    logits = Classifier.load(models).logits(patches[:20])
    for temperature in (0.5, 1.0, 3.0):
        change_card(models, temperature=temperature)
        assert np.allclose(Classifier.load(models).predict(patches[:20]), softmax(logits / temperature), atol=1e-6)


def test_softmax_takes_logits_of_any_size():
    given_ = softmax(np.array([[1000.0, 999.0], [-1000.0, -1000.0], [0.0, 80.0]]))
    assert np.isfinite(given_).all()
    assert np.allclose(given_.sum(axis=1), 1)


def test_litert_gives_what_keras_gives_but_for_the_rounding_of_its_weights(classifier, patches):
    keras = pytest.importorskip("keras")
    from train.export import ROUNDING, convert

    model = keras.models.load_model(MODELS / "digits.keras", compile=False)
    expected = keras.ops.convert_to_numpy(model(patches, training=False))
    assert np.abs(Engine(convert(model), patches.shape).run(patches) - expected).max() < 1e-4
    given = classifier.logits(patches)
    assert np.abs(given - expected).mean() < ROUNDING * expected.std()
    assert (given.argmax(axis=1) == expected.argmax(axis=1)).mean() > 0.98
