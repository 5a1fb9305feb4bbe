"""Training: a process of its own is followed, stopped, taken up again, and never left behind."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from errors import ImageTooLarge, TooManyRequests, WrongUsage
from tests.conftest import CHECKOUT
from tests.web.fake_train import LINGERS
from web import training as module
from web.rack import list_models
from web.training import Plan, Progress, Training, copy_to

FAKE = (sys.executable, str(CHECKOUT / "tests" / "web" / "fake_train.py"))
Begin = Callable[..., Training]


@pytest.fixture
def begin() -> Iterator[Begin]:
    """How to begin a training that takes no time; ended with the test."""
    begun = []

    def start(epochs: int = 2, data: bytes = b"x" * 100, **more: object) -> Training:
        def write(folder: Path) -> Path:
            (folder / "set.zip").write_bytes(data)
            return folder / "set.zip"

        begun.append(Training(Plan("mlp", epochs), write, command=FAKE, **more))  # type: ignore[arg-type]
        return begun[-1]

    yield start
    for training in begun:
        training.close()


def await_progress(training: Training, is_reached: Callable[[Progress], bool]) -> Progress:
    until_s = time.monotonic() + 20
    while not is_reached(progress := training.poll()):
        assert time.monotonic() < until_s, progress
        time.sleep(0.02)
    return progress


def await_epoch(training: Training, count: int) -> Progress:
    return await_progress(training, lambda progress: len(progress.epochs) >= count)


def await_end(training: Training) -> Progress:
    return await_progress(training, lambda progress: progress.state != "running")


def is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]


def children_of(process: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def test_a_training_is_followed_to_its_end_and_its_model_saved(begin: Begin, tmp_path: Path):
    training = begin()
    progress = await_end(training)
    assert progress.state == "ended", progress
    assert (progress.count, progress.classes["3"]) == (20, 2)
    assert progress.left_out == (("3/x.png", "empty"),)
    assert [one.epoch for one in progress.epochs] == [1, 2]
    assert training.save("My Digits!", tmp_path) == "my-digits"
    assert training.save("again", tmp_path) == "my-digits"
    assert list_models(tmp_path) == ["shipped", "my-digits"]


def test_a_model_is_taken_as_soon_as_it_is_whole_whenever_its_process_ends(begin: Begin, tmp_path: Path):
    training = begin(data=LINGERS + b"x" * 100)
    assert await_end(training).state == "ended"
    assert training.is_running
    assert training.save("whole", tmp_path) == "whole"
    training.close()
    assert not training.is_running


def test_what_is_stopped_can_be_taken_up_again(begin: Begin):
    training = begin(epochs=60)
    await_epoch(training, 2)
    training.stop()
    stopped = await_end(training)
    assert stopped.state == "stopped"
    training.resume()
    going_on = await_epoch(training, len(stopped.epochs) + 2)
    assert going_on.state == "running"
    assert [one.epoch for one in going_on.epochs] == list(range(1, len(going_on.epochs) + 1))


def test_what_goes_wrong_is_told_without_the_paths_of_this_server(begin: Begin):
    progress = await_end(begin(data=b"little"))
    assert (progress.state, progress.message) == ("failed", "The data holds 0 digits. Give more.")


def test_a_process_that_dies_is_told_of(begin: Begin):
    training = begin(epochs=100)
    await_epoch(training, 1)
    assert training._process is not None
    for child in children_of(training._process.pid):
        os.kill(child, 9)
    progress = await_end(training)
    assert progress.state == "failed"
    assert "ended by itself" in progress.message


def test_closing_ends_the_process_and_takes_its_folder_away(begin: Begin):
    training = begin(epochs=100)
    await_epoch(training, 1)
    assert training._process is not None
    processes = [training._process.pid, *children_of(training._process.pid)]
    folder = training.out.parent
    training.close()
    time.sleep(0.2)
    assert [one for one in processes if is_there(one)] == []
    assert not folder.exists()


def test_whoever_leaves_ends_their_training(begin: Begin, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "CHECKED_EVERY_S", 0.05)
    monkeypatch.setattr(module, "LEFT_AFTER_S", 0.1)
    training = begin(epochs=100, is_wanted=lambda: False)
    await_end(training)
    assert not training.is_running


def test_no_more_than_two_are_trained_at_once(begin: Begin):
    first, _ = begin(epochs=100), begin(epochs=100)
    with pytest.raises(TooManyRequests):
        begin()
    first.close()
    begin().close()


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")
def test_a_server_that_is_killed_leaves_nothing_behind(tmp_path: Path):
    code = (
        "import sys, time; from pathlib import Path; from web.training import Plan, Training\n"
        "def write(folder):\n    (folder / 'set.zip').write_bytes(b'x' * 100); return folder / 'set.zip'\n"
        f"training = Training(Plan('mlp', 100), write, command={FAKE!r})\n"
        "print(training._process.pid, flush=True); time.sleep(60)\n"
    )
    environment = os.environ | {"TMPDIR": str(tmp_path), "PYTHONPATH": str(CHECKOUT)}
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE
    ) as server:
        assert server.stdout is not None
        leash = int(server.stdout.readline())
        until_s = time.monotonic() + 10
        while not (children := children_of(leash)):
            assert time.monotonic() < until_s
        server.kill()
    until_s = time.monotonic() + 10
    while any(map(is_there, [leash, *children])):
        assert time.monotonic() < until_s, "the training outlives its server"
        time.sleep(0.05)


@pytest.mark.parametrize(
    "wrong",
    [
        {"network": "transformer"},
        {"epochs": 0},
        {"epochs": 100_000},
        {"batch_size": 1},
        {"learning_rate": 5.0},
        {"validation": 0.9},
        {"learning_rate": float("nan")},
    ],
)
def test_a_plan_out_of_range_is_refused(wrong: dict[str, object]):
    with pytest.raises(WrongUsage):
        Plan(**wrong)  # type: ignore[arg-type]


def test_a_plan_becomes_options():
    plan = Plan("mlp", 3, 32, 0.001, 0.25)
    told = " ".join(plan.options())
    assert told == "--network mlp --epochs 3 --batch-size 32 --validation 0.25 --learning-rate 0.001"
    assert "--learning-rate" not in Plan().options()


def test_events_that_are_none_change_nothing():
    before = Progress()
    for event in ({}, {"event": "epoch"}, {"event": "data", "count": "x", "classes": {}}, {"event": ["x"]}):
        assert before.after(event) == before


def test_too_much_data_is_refused(tmp_path: Path):
    (tmp_path / "in").write_bytes(b"x" * 100)
    with (tmp_path / "in").open("rb") as file, pytest.raises(ImageTooLarge):
        copy_to(file, tmp_path / "out", 50)
