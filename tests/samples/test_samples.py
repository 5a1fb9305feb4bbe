"""The samples: drawn the same again, described as they are, and all read right."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from capture.image import load_image
from pipeline import Pipeline
from preprocess.page import Layout
from samples.__main__ import HERE, main
from samples.scenes import SAMPLES, describe, draw_sample, encode_sample
from samples.strokes import SHAPES, Hand, Pen, lay_ink, write

EXPECTED: dict[str, dict[str, Any]] = json.loads((HERE / "expected.json").read_text(encoding="utf-8"))
QUICK = [sample for sample in SAMPLES if sample.file in ("bare_digit.png", "low_resolution.jpg", "phone_number.jpg")]
LARGEST_FILE = 1_000_000
LARGEST_FOLDER = 3_000_000


@cache
def pipeline(layout: Layout) -> Pipeline:
    return Pipeline(layout=layout)


# --- drawn again


@pytest.mark.parametrize("sample", QUICK, ids=lambda sample: sample.file)
def test_same_picture_each_time(sample):
    once, again = draw_sample(sample), draw_sample(sample)
    np.testing.assert_array_equal(once, again)
    assert encode_sample(sample, once) == encode_sample(sample, again)


@pytest.mark.parametrize("sample", QUICK, ids=lambda sample: sample.file)
def test_file_is_what_the_code_draws(sample):
    drawn = load_image(encode_sample(sample, draw_sample(sample)))
    kept = load_image(HERE / sample.file)
    assert drawn.shape == kept.shape
    # Another processor may round a sum otherwise, and JPEG makes a whole grey level of it here and there.
    assert cv2.absdiff(drawn, kept).mean() < 0.5


def test_command_draws_into_a_folder(tmp_path):
    outcome = CliRunner().invoke(main, ["--out", str(tmp_path / "new"), "--only", "bare_digit"])
    assert outcome.exit_code == 0
    assert outcome.stdout.split() == [str(tmp_path / "new" / "bare_digit.png")]
    assert json.loads((tmp_path / "new" / "expected.json").read_text(encoding="utf-8")) == EXPECTED


# --- described as they are


def test_expected_describes_the_samples():
    assert describe(SAMPLES) == EXPECTED


def test_every_picture_is_described():
    pictures = {path.name for path in HERE.iterdir() if path.suffix in (".png", ".jpg")}
    assert pictures == set(EXPECTED)


@pytest.mark.parametrize("file", EXPECTED)
def test_picture_is_of_a_sensible_size(file):
    path: Path = HERE / file
    assert path.stat().st_size <= LARGEST_FILE
    height, width = load_image(path).shape[:2]
    assert 28 <= height <= 1000
    assert 28 <= width <= 1300


def test_frame_is_a_webcams():
    assert load_image(HERE / "opencv_frame_0.png").shape == (720, 1280, 3)


def test_folder_is_small():
    assert sum(path.stat().st_size for path in HERE.iterdir() if path.is_file()) <= LARGEST_FOLDER


def test_all_digits_occur():
    assert set("".join(n for entry in EXPECTED.values() for n in entry["numbers"])) == set("0123456789")


# --- strokes


@pytest.mark.parametrize("character", SHAPES)
def test_every_shape_leaves_ink_where_it_is_written(character):
    rng = np.random.default_rng(7)
    for habit in range(len(SHAPES[character])):
        traces = write(character, Hand(habits={character: habit}), 4, 14, 10, rng)
        ink = lay_ink(traces, Pen(0.8, (0, 0, 0)), (200, 180), 10, rng)
        ys, xs = np.nonzero(ink > 0.3)
        assert len(ys) > 0
        assert 20 <= xs.min() <= xs.max() <= 160
        assert 20 <= ys.min() <= ys.max() <= 170


def test_a_hand_never_writes_twice_the_same():
    rng = np.random.default_rng(7)
    once, again = (write("8", Hand(), 0, 10, 10, rng)[0].points for _ in range(2))
    assert once.shape != again.shape or np.abs(once - again).max() > 0.05


# --- read


@pytest.mark.parametrize("file", EXPECTED)
def test_sample_is_read_right(file):
    entry = EXPECTED[file]
    assert pipeline(entry["layout"]).read(HERE / file).texts == entry["numbers"]
