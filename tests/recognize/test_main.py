"""python -m recognize: reads what python -m preprocess wrote."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from capture.frame import Frame
from capture.image import load_image
from errors import ImageNotFound, UnreadableImage
from preprocess.page import prepare
from preprocess.work import save_work
from recognize.__main__ import main
from recognize.reader import Reader
from tests.conftest import CHECKOUT


@pytest.fixture(scope="module")
def work(sample, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("work")
    save_work(prepare(Frame(load_image(sample), str(sample)), keep_stages=True), folder)
    return folder


def invoke(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)


def test_as_a_process(work, sample):
    done = subprocess.run(
        [sys.executable, "-m", "recognize", str(work)],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert done.stdout.split() == Reader.load().read(prepare(Frame(load_image(sample)))).texts


def test_json_is_one_line(work, sample):
    done = invoke(work, "--json")
    assert done.stdout.count("\n") == 1
    assert json.loads(done.stdout)["source"] == str(sample)


def test_min_confidence_refuses_more(work):
    free, strict = (json.loads(invoke(work, "--json", *more).stdout) for more in ([], ["--min-confidence", "0.9999"]))
    count = [sum(bool(d["value"]) for n in found["numbers"] for d in n["digits"]) for found in (free, strict)]
    assert count[0] >= count[1]
    assert all(d["confidence"] >= 0.9998 for n in strict["numbers"] for d in n["digits"] if d["value"])


def test_a_folder_without_a_page_says_what_to_do(tmp_path):
    with pytest.raises(ImageNotFound, match="python -m preprocess"):
        invoke(tmp_path)


def test_a_damaged_page_says_what_to_do(tmp_path):
    (tmp_path / "page.json").write_text("{")
    with pytest.raises(UnreadableImage, match="python -m preprocess"):
        invoke(tmp_path)


def test_help_has_examples_and_wrong_usage_is_2(tmp_path):
    assert "python -m preprocess photo.jpg --out work" in invoke("--help").stdout
    assert invoke().exit_code == 2
    assert invoke(tmp_path, "--min-confidence", "2").exit_code == 2
