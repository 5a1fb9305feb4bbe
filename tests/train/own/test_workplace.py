"""Workplace: what is kept comes back, and what cannot come back is told."""

import json
from pathlib import Path

import numpy as np
import pytest

from errors import OutputNotWritable, WrongUsage
from train.crew import Labelled
from train.own.digit_set import DigitSet
from train.own.entries import LeftOut
from train.own.plan import OwnPlan
from train.own.workplace import PLAN, Workplace


@pytest.fixture
def work(tmp_path) -> Workplace:
    work = Workplace(tmp_path / "out")
    work.begin(OwnPlan("mlp", epochs=7), Path("digits"))
    return work


def test_a_plan_comes_back(work):
    assert work.is_in_use
    assert Workplace(work.out).read_plan() == (OwnPlan("mlp", epochs=7), Path("digits").resolve())


def test_digits_come_back(work):
    assert work.read_digits() is None
    pictures = np.random.default_rng(1).integers(0, 256, (12, 28, 28)).astype(np.uint8)
    kept = DigitSet("mine", Labelled(pictures, np.arange(12, dtype=np.uint8) % 10), (LeftOut("3/ä.png", "it is cut"),))
    work.keep_digits(kept)
    found = work.read_digits()
    assert found is not None
    assert (found.name, found.left_out, found.counts) == (kept.name, kept.left_out, kept.counts)
    assert np.array_equal(found.digits.pictures, pictures)


def test_nothing_is_left_of_a_training_that_is_begun_anew(work):
    (work.folder / "standing.json").write_text("{}")
    work.begin(OwnPlan("cnn"), Path("digits"))
    assert [path.name for path in work.folder.iterdir()] == [PLAN]


def test_a_result_takes_the_place_of_an_earlier_one_and_of_nothing_else(work):
    for name in ("digits.json", "lines.tflite", "lines_plain.tflite", "pairs.tflite", "somebodys.tflite"):
        (work.out / name).write_text("old")
    work.result.mkdir()
    for name in ("digits.json", "lines.tflite"):
        (work.result / name).write_text("new")
    work.hand_over()
    left = {path.name: path.read_text() for path in work.out.iterdir() if path.is_file()}
    assert left == {"digits.json": "new", "lines.tflite": "new", "somebodys.tflite": "old"}


def test_nothing_to_go_on_with(tmp_path):
    with pytest.raises(WrongUsage, match=r"no unfinished training .* Leave --resume away"):
        Workplace(tmp_path).read_plan()


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"normaliser": "1"}', '{"normaliser": "1", "data": "x", "code": 1}']
)
def test_a_damaged_plan_is_told(work, content):
    (work.folder / PLAN).write_text(content)
    with pytest.raises(WrongUsage, match="Leave --resume away"):
        work.read_plan()


def test_another_versions_patches_are_not_gone_on_with(work):
    noted = json.loads((work.folder / PLAN).read_text())
    (work.folder / PLAN).write_text(json.dumps(noted | {"normaliser": "0"}))
    with pytest.raises(WrongUsage, match="another version"):
        work.read_plan()


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(OutputNotWritable):
        Workplace(tmp_path / "out").begin(OwnPlan("mlp"), tmp_path)
