"""Figures: counted by hand on a classifier that says what it is told to."""

import numpy as np
import pytest

from train.crew import Labelled
from train.own.figures import fit_temperature, measure_digits, measure_spans


class Fixed:
    """Says of each patch what the test wants, 80 % sure."""

    def __init__(self, taken: list[int]) -> None:
        self.shares = np.full((len(taken), 11), 0.02, np.float32)
        self.shares[np.arange(len(taken)), taken] = 0.8

    def predict(self, patches: np.ndarray) -> np.ndarray:
        return self.shares


def digits(labels: list[int]) -> Labelled:
    return Labelled(np.zeros((len(labels), 28, 28), np.uint8), np.array(labels, np.uint8))


def test_what_was_taken_for_what():
    figures = measure_digits(Fixed([1, 1, 7, 10, 3]), digits([1, 1, 1, 7, 3]))
    assert figures["validation"] == {"digits": 5, "accuracy": 0.6, "error": 0.4, "refused": 0.2}
    confusion = np.array(figures["confusion"])
    assert confusion.shape == (10, 11)
    assert (confusion[1, 1], confusion[1, 7], confusion[7, 10], confusion[3, 3]) == (2, 1, 1, 1)
    assert confusion.sum() == 5
    assert figures["classes"]["1"] == {"precision": 1.0, "recall": 0.6667, "count": 3}
    assert figures["classes"]["7"] == {"precision": 0.0, "recall": 0.0, "count": 1}
    assert figures["classes"]["9"] == {"precision": None, "recall": None, "count": 0}
    # 80 % sure and 60 % right, in one bin: five digits are too few for more.
    assert figures["reliability"] == {"ece": 0.2, "bins": [{"confidence": 0.8, "right": 0.6, "count": 5}]}


def test_what_was_cut_out_of_numbers():
    figures = measure_spans(Fixed([1, 2, 10, 5]), digits([1, 7, 10, 10]))
    assert figures == {"digits": 2, "error": 0.5, "others": 2, "accepted": 0.5}


@pytest.mark.parametrize("temperature", [0.7, 1.5, 2.5])
def test_the_temperature_that_made_the_labels_is_found(temperature):
    rng = np.random.default_rng(2)
    logits = rng.normal(0, 3, (4000, 11)).astype(np.float32)
    powers = np.exp(logits / temperature)
    shares = powers / powers.sum(axis=1, keepdims=True)
    labels = (rng.random((4000, 1)) > shares.cumsum(axis=1)).sum(axis=1).clip(max=10)
    assert fit_temperature(logits, labels) == pytest.approx(temperature, rel=0.15)


def test_a_few_that_are_all_right_do_not_make_a_model_as_sure_as_can_be():
    labels = np.arange(40) % 10
    logits = np.eye(11, dtype=np.float32)[labels] * 12
    assert fit_temperature(logits, labels) > 1.5
