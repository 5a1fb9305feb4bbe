"""Engine: runs what is a model in any shape, and refuses what is none."""

import numpy as np
import pytest

from errors import ModelDamaged
from recognize.classifier import MODELS
from recognize.engine import Engine

SHAPE = (1, 28, 28, 1)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine((MODELS / "digits.tflite").read_bytes(), SHAPE)


@pytest.mark.parametrize("content", [b"", b"TFL3", bytes(2000), b"\x20\0\0\0TFL3" + bytes(500)])
def test_bytes_that_are_no_model_are_refused(content):
    with pytest.raises(ModelDamaged):
        Engine(content, SHAPE)


def test_a_shape_that_the_model_does_not_take_is_refused():
    with pytest.raises(ModelDamaged):
        Engine((MODELS / "digits.tflite").read_bytes(), (1, 28, 28, 3))


def test_what_is_padded_gives_what_it_gives_alone(engine):
    pictures = np.random.default_rng(1).random((3, 28, 28, 1)).astype(np.float32)
    alone = np.concatenate([engine.run(picture[None]) for picture in pictures])
    assert alone.shape == (3, engine.classes)
    assert np.allclose(engine.run(pictures, (8, 28, 28, 1)), alone, atol=1e-4)


def test_an_answer_is_not_changed_by_the_next(engine):
    rng = np.random.default_rng(2)
    first = engine.run(rng.random(SHAPE).astype(np.float32))
    kept = first.copy()
    engine.run(rng.random(SHAPE).astype(np.float32))
    assert np.array_equal(first, kept)
