"""Diary: a line of JSON for each event, there as soon as it is written."""

import json
from pathlib import Path
from typing import Any

import pytest

from errors import OutputNotWritable, UnreadableImage
from train.own import diary as diary_module
from train.own.diary import Diary
from train.own.standing import Epoch


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def silent(step: str, done: int, of: int, words: str = "") -> None:
    """Tell nobody."""


def test_an_event_can_be_read_at_once(tmp_path):
    path = tmp_path / "runs" / "progress.jsonl"
    with Diary(path, silent) as diary:
        diary.write("data", count=3)
        assert lines_of(path) == [{"event": "data", "count": 3}]
        diary.write_epochs([Epoch(2, 5, 0.5, 0.9, 0.4, 0.95, 1.5)])
        assert lines_of(path)[-1] == {
            "event": "epoch", "epoch": 2, "epochs": 5, "loss": 0.5, "accuracy": 0.9, "val_loss": 0.4,
            "val_accuracy": 0.95, "seconds": 1.5,
        }  # fmt: skip


def test_an_error_is_written_and_goes_on(tmp_path):
    with pytest.raises(UnreadableImage), Diary(tmp_path / "p", silent):
        raise UnreadableImage("It is broken.", "Mend it.")
    assert lines_of(tmp_path / "p") == [{"event": "error", "message": "It is broken. Mend it."}]


def test_an_interruption_tells_the_last_epoch(tmp_path):
    diary = Diary(tmp_path / "p", silent)
    diary.write_epochs([Epoch(3, 5, 0.5, 0.9, 0.4, 0.95, 1.5)])
    with pytest.raises(KeyboardInterrupt), diary:
        raise KeyboardInterrupt
    assert lines_of(tmp_path / "p")[-1] == {"event": "stopped", "epoch": 3}


def test_a_step_is_told_to_a_person_always_and_to_the_file_now_and_then(tmp_path, monkeypatch):
    now = iter([0.0, 0.1, 0.2, 0.9, 1.0, 1.1])
    monkeypatch.setattr(diary_module.time, "monotonic", lambda: next(now))
    told: list[int] = []
    with Diary(tmp_path / "p", lambda step, done, of, words="": told.append(done)) as diary:
        for done in range(1, 6):
            diary.step("training", done, 5)
        diary.step("measuring", 0, 1)
    assert told == [1, 2, 3, 4, 5, 0]
    assert [line["done"] for line in lines_of(tmp_path / "p")] == [1, 4, 5, 0]


def test_a_file_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(OutputNotWritable):
        Diary(tmp_path, silent)


def test_without_a_file_nothing_is_written():
    with Diary(None, silent) as diary:
        diary.write("data", count=1)
