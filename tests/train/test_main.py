"""python -m train: what it says before it starts."""

import pytest
from click.testing import CliRunner

from errors import ImageNotFound
from train.__main__ import main


def test_help_says_how_long_and_how_to_go_on():
    shown = CliRunner().invoke(main, ["--help"])
    assert shown.exit_code == 0
    assert "Interrupt it with Ctrl-C" in shown.stdout
    assert "python -m train --data DIR" in shown.stdout


@pytest.mark.parametrize("arguments", [["--nonsense"], ["--seed", "first"], ["--patches", "many"]], ids=" ".join)
def test_wrong_usage(arguments):
    assert CliRunner().invoke(main, arguments).exit_code == 2


def test_a_folder_without_data_is_told_before_anything_is_made(tmp_path):
    (tmp_path / "data").mkdir()
    arguments = ["--data", tmp_path / "data", "--out", tmp_path / "out", "--runs", tmp_path / "runs"]
    with pytest.raises(ImageNotFound, match="--data"):
        CliRunner().invoke(main, [*map(str, arguments), "--patches", "1000"], catch_exceptions=False)
    assert not (tmp_path / "out").exists()
