"""python -m train --network: what it says before it starts."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from errors import WrongUsage
from train.__main__ import main
from train.own.plan import NETWORKS, OwnPlan
from train.own.workplace import Workplace


def run(*arguments: object) -> None:
    CliRunner().invoke(main, list(map(str, arguments)), catch_exceptions=False)


def test_help_has_both_ways_apart():
    shown = CliRunner().invoke(main, ["--help"]).stdout
    both, first, second = (shown.index(head) for head in ("Options:", "For the shipped models:", "For a model of your"))
    assert both < first < shown.index("--strips") < second < shown.index("--batch-size")
    assert "--network three-block --data train.csv" in shown


def test_the_command_knows_the_networks_of_the_plan():
    (option,) = (one for one in main.params if one.name == "network")
    assert tuple(option.type.choices) == NETWORKS


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--batch-size", "8"], "--batch-size is for a model of your own"),
        (["--progress", "p"], "Give --network"),
        (["--network", "cnn", "--strips", "5", "--data", "x"], "--strips is for the shipped models"),
        (["--network", "cnn"], "which digits are meant"),
        (["--network", "cnn", "--data", "x", "--epochs", "1", "--epochs", "2"], "given more than once"),
        (["--network", "cnn", "--data", "x", "--epochs", "0"], "--epochs is 0"),
        (["--network", "cnn", "--data", "x", "--validation", "2"], "--validation is 2.0"),
        (["--network", "cnn", "--data", "x", "--out", "models"], "holds the shipped models"),
        (["--resume"], "which digits are meant"),
        (["--resume", "--out", "nowhere"], "no unfinished training"),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, list) else "",
)
def test_wrong_usage_is_told_at_once(arguments, why, checkout, monkeypatch):
    monkeypatch.chdir(checkout)
    with pytest.raises(WrongUsage, match=why):
        run(*arguments)


def test_what_is_resumed_has_to_be_what_was_begun(tmp_path):
    Workplace(tmp_path / "out").begin(OwnPlan("mlp", epochs=7), tmp_path / "digits")
    with pytest.raises(WrongUsage, match=r"begun with --epochs 7"):
        run("--resume", "--out", tmp_path / "out", "--epochs", "8")
    with pytest.raises(WrongUsage, match=r"begun with --network mlp"):
        run("--resume", "--out", tmp_path / "out", "--network", "cnn")
    with pytest.raises(WrongUsage, match=r"begun with --data .*digits"):
        run("--resume", "--out", tmp_path / "out", "--data", tmp_path / "others")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_signal_ends_the_command_with_130_and_it_goes_on_later(own_folder, tmp_path, checkout, number):
    pytest.importorskip("keras")
    out, progress = tmp_path / "out", tmp_path / "progress"
    command = [sys.executable, "-m", "train", "--network", "mlp", "--data", own_folder, "--epochs", "500"]
    options = ["--out", out, "--progress", progress]
    with subprocess.Popen([*command, *options], cwd=checkout, stderr=subprocess.PIPE, text=True) as running:
        wait_for(progress, "epoch")
        running.send_signal(number)
        _, words = running.communicate(timeout=60)
    assert running.returncode == 130, words
    assert "Traceback" not in words
    assert "--resume --out" in words
    stopped = json.loads(progress.read_text("utf-8").splitlines()[-1])
    assert stopped["event"] == "stopped"
    assert stopped["epoch"] >= 1
    assert Workplace(out).is_in_use


def wait_for(progress: Path, event: str, seconds: float = 120) -> None:
    """Wait until an event is told."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if progress.is_file() and f'"event": "{event}"' in progress.read_text("utf-8"):
            return
        time.sleep(0.1)
    pytest.fail(f"{event} was not told within {seconds} s (process {os.getpid()})")
