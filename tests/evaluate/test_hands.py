"""Hands: nobody writes whom a training saw, one writer writes a drawing, and ink stays where it is laid."""

from pathlib import PurePath

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from errors import ImageNotFound, UnreadableImage
from evaluate import suites
from evaluate.conditions import CONDITIONS
from evaluate.hands import lay, load_hands, name_drawing, pick_writer
from evaluate.metrics import Truth
from evaluate.pairs import PAIRS
from train.data import Glyphs, load_mnist

sizes = st.tuples(st.integers(1, 9), st.integers(1, 9))
places = st.integers(-12, 12)


def test_the_digits_are_those_that_no_training_sees(tmp_path):
    x, y = np.zeros((120, 28, 28), np.uint8), np.zeros(120, np.uint8)
    np.savez(tmp_path / "mnist.npz", x_train=x, y_train=y, x_test=x, y_test=y, writer_train=np.arange(120) // 4)
    hands, trained = load_hands(tmp_path), load_mnist(tmp_path, "train")
    assert len(hands.labels)
    assert set(hands.writers) & set(trained.writers) == set()


def test_without_data_mnists_test_half_is_asked_for(monkeypatch, hands):
    monkeypatch.setattr(suites, "load_mnist", lambda folder, part: (folder, part))
    assert load_hands(None) == (None, "test")


def test_no_data_no_hands(tmp_path):
    with pytest.raises(ImageNotFound, match="--data"):
        load_hands(tmp_path)


def test_data_without_writers_says_what_is_missing(tmp_path):
    x, y = np.zeros((4, 28, 28), np.uint8), np.zeros(4, np.uint8)
    np.savez(tmp_path / "mnist.npz", x_train=x, y_train=y, x_test=x, y_test=y, writer_train=np.zeros(4, int))
    with pytest.raises(UnreadableImage, match="writer_train"):
        load_hands(tmp_path)


def test_all_digits_of_one_writer_are_picked(hands):
    picked = [pick_writer(hands, np.random.default_rng(seed)) for seed in range(20)]
    assert {int(one.writers[0]) for one in picked} == {0, 1, 2}
    for one in picked:
        assert len(one.labels) == (hands.writers == one.writers[0]).sum()
        assert set(one.writers) == {one.writers[0]}


@pytest.mark.parametrize("kind", [*CONDITIONS, *PAIRS], ids=lambda kind: kind.name)
def test_a_name_is_a_files_and_tells_the_writer_and_the_number(hands, kind):
    digits = pick_writer(hands, np.random.default_rng(1))
    name = name_drawing(digits, kind.name, 12)
    assert Truth(name, ("1",)).source == f"writer{digits.writers[0]}"
    assert int(name.rsplit("-", 1)[1]) == 12
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_")
    assert PurePath(name).name == name


def test_names_differ_by_kind():
    nobody = Glyphs("mnist", np.zeros((1, 28, 28), np.uint8), np.array(["1"]), np.array([-1]))
    names = {name_drawing(nobody, kind.name, 0) for kind in (*CONDITIONS, *PAIRS)}
    assert len(names) == len(CONDITIONS) + len(PAIRS)
    assert {Truth(name, ("1",)).source for name in names} == {"mnist"}


@given(sizes, sizes, places, places)
def test_ink_is_laid_where_there_is_room_and_darkens_alone(shape, size, left, top):
    rng = np.random.default_rng(0)
    canvas, ink = rng.integers(0, 256, shape, np.uint8), rng.integers(0, 256, size, np.uint8)
    wanted = canvas.copy()
    for y, x in np.ndindex(*size):
        if 0 <= y + top < shape[0] and 0 <= x + left < shape[1]:
            wanted[y + top, x + left] = max(wanted[y + top, x + left], ink[y, x])
    lay(canvas, ink, left, top)
    np.testing.assert_array_equal(canvas, wanted)
