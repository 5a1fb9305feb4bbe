"""python -m preprocess: the command as a person runs it."""

import subprocess
import sys

import pytest
from click.testing import CliRunner

from errors import ReaderError
from preprocess.__main__ import main
from preprocess.work import load_work
from tests.conftest import CHECKOUT
from tests.fakes.pictures import bad_files, encode
from tests.preprocess.drawn import page_of


def test_as_a_process(tmp_path):
    photo = tmp_path / "photo.png"
    photo.write_bytes(encode(page_of("407", "15"), "PNG"))
    done = subprocess.run(
        [sys.executable, "-m", "preprocess", str(photo), "--out", str(tmp_path / "work")],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("view: ")
    assert "polarity dark on light" in done.stdout
    page, patches = load_work(tmp_path / "work")
    assert [len(line) for line in page.lines] == [1, 1]
    assert len(patches) >= 5


def invoke(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)


def test_help_has_examples():
    shown = invoke("--help").stdout
    assert "python -m preprocess photo.jpg --out work" in shown
    assert "python -m recognize work" in shown


def test_a_line_is_prepared_as_one_number(tmp_path):
    photo = tmp_path / "photo.png"
    photo.write_bytes(encode(page_of("407 15", size=(150, 640)), "PNG"))
    assert invoke(photo, "--out", tmp_path / "work", "--layout", "line").exit_code == 0
    page, _ = load_work(tmp_path / "work")
    assert (page.layout, len(page.runs)) == ("line", 1)


@pytest.mark.parametrize("arguments", [[], ["photo.png"], ["photo.png", "--out", "w", "--layout", "circle"]])
def test_wrong_usage(arguments):
    assert invoke(*arguments).exit_code == 2


@pytest.mark.parametrize("kind", ["empty", "text", "half a JPEG"])
def test_a_broken_picture_says_what_to_do(kind, tmp_path):
    (tmp_path / "photo.png").write_bytes(bad_files()[kind])
    with pytest.raises(ReaderError, match=r"photo\.png"):
        invoke(tmp_path / "photo.png", "--out", tmp_path / "work")
