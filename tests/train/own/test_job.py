"""Job: a whole training in small, stopped and taken up again, ends in files that read."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from errors import ReaderError, UnreadableImage
from pipeline import Pipeline
from tests.preprocess.drawn import page_of

keras = pytest.importorskip("keras")

from recognize.classifier import Classifier  # noqa: E402
from train.own import figures, job, lessons  # noqa: E402 - imports keras
from train.own.brake import STOP_FILE, Brake  # noqa: E402
from train.own.diary import Diary  # noqa: E402
from train.own.plan import Network, OwnPlan  # noqa: E402
from train.own.session import Session  # noqa: E402
from train.own.workplace import Workplace  # noqa: E402

# Keras converts its own arrays in a way that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
READERS = ["lines.tflite", "lines_plain.tflite", "pairs.tflite"]
EVENTS = ["data", "epoch", "epoch", "end"]


def events_of(path: Path) -> list[dict[str, Any]]:
    events = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [event for event in events if event["event"] != "step"]


@pytest.fixture(scope="module", autouse=True)
def _small() -> Iterator[None]:
    """Make everything small."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lessons, "LEAST", 256)
        patch.setattr(figures, "SPANS", 30)
        patch.setattr(figures, "NUMBERS", 3)
        yield


def teach(folder: Path, data: Path | None, progress: Path, plan: OwnPlan, stop_at: str = "") -> dict[str, Any]:
    """Run the job; a file named stop appears when a step is told."""
    work = Workplace(folder)
    if data:
        work.begin(plan, data)
    else:
        plan, data = work.read_plan()
        work.go_on()

    def report(step: str, done: int, of: int, words: str = "") -> None:
        if step == stop_at and done > 1:
            (work.folder / STOP_FILE).touch()

    with Brake(work.folder) as brake, Diary(progress, report) as diary:
        return job.teach(data, Session(plan, work, brake, diary))


@pytest.fixture(scope="module")
def taught(own_folder, tmp_path_factory) -> dict[str, Any]:
    """Teach an mlp; stopped when it is taught, and again when it prepares, and then to the end."""
    folder = tmp_path_factory.mktemp("own")
    out, plan = folder / "out", OwnPlan("mlp", epochs=2)
    with pytest.raises(KeyboardInterrupt):
        teach(out, own_folder, folder / "1", plan, stop_at="training")
    with pytest.raises(KeyboardInterrupt):
        teach(out, None, folder / "2", plan, stop_at="preparing")
    left = sorted(path.name for path in (out / "work").iterdir())
    card = teach(out, None, folder / "3", plan)
    return {"out": out, "card": card, "events": [events_of(folder / name) for name in "123"], "left": left}


def test_a_stopped_training_tells_so_and_keeps_what_it_needs(taught):
    first, second, _ = taught["events"]
    assert [event["event"] for event in first] == ["data", "stopped"]
    assert [event["event"] for event in second] == ["data", "stopped"]
    assert {"plan.json", "digits.npz", "standing.json", "0-2.weights.h5"} <= set(taught["left"])
    assert not {"digits.tflite", "digits.json"} & set(taught["left"])


def test_it_goes_on_without_its_data_to_the_planned_end(taught, own_labels):
    *_, events = taught["events"]
    assert [event["event"] for event in events] == EVENTS
    data, first, last, end = events
    assert data["count"] == len(own_labels)
    assert data["classes"]["3"] == 6
    assert (data["left_out"], data["left_out_count"]) == ([], 0)
    assert [first["epoch"], last["epoch"], last["epochs"]] == [1, 2, 2]
    assert set(first) == {
        "event", "epoch", "epochs", "loss", "accuracy", "val_loss", "val_accuracy", "seconds"
    }  # fmt: skip
    assert end["out"] == str(taught["out"])
    assert end["figures"] == taught["card"]["figures"]


def test_the_result_is_all_that_is_left(taught):
    names = {path.name for path in taught["out"].iterdir()}
    assert {"digits.tflite", "digits.keras", "digits.json"} <= names
    assert names <= {"digits.tflite", "digits.keras", "digits.json", *READERS}


def test_it_can_be_read_with(taught):
    reading = Pipeline(models=taught["out"]).read(page_of("1", "7"))
    assert reading.model.startswith("own-mlp-")
    assert reading.texts or reading.refused


def test_the_keras_file_is_the_same_network_and_runs_no_code(taught):
    model = keras.models.load_model(taught["out"] / "digits.keras", compile=False, safe_mode=True)
    patches = np.random.default_rng(1).random((5, 28, 28, 1)).astype(np.float32)
    expected = keras.ops.convert_to_numpy(model(patches, training=False))
    given = Classifier.load(taught["out"]).logits(patches)
    assert np.abs(given - expected).mean() < 0.05 * expected.std() + 0.05


def test_a_page_can_be_drawn_from_the_card_alone(taught):
    card = json.loads((taught["out"] / "digits.json").read_text("utf-8"))
    assert card == taught["card"]
    assert card["version"].startswith("own-mlp-20")
    assert card["network"]["name"] == "mlp"
    assert card["network"]["goes_on_from"] is None
    layers = card["network"]["layers"]
    assert sum(layer["parameters"] for layer in layers) == card["parameters"] == card["figures"]["size"]["parameters"]
    assert [epoch["epoch"] for epoch in card["history"]] == [1, 2]
    assert card["data"] == [
        {"name": "digits", "digits": 42, "classes": taught["events"][2][0]["classes"], "left_out": 0, "held_out": 7}
    ]
    assert set(card["figures"]) == {
        "validation", "confusion", "classes", "reliability", "spans", "size", "speed", "numbers"
    }  # fmt: skip
    assert np.array(card["figures"]["confusion"]).sum() == card["figures"]["validation"]["digits"] == 7
    assert card["figures"]["speed"]["ms_among_64"] > 0
    assert card["plan"]["learning_rate"] > 0


@pytest.mark.parametrize("file", READERS)
def test_the_other_readers_are_there_if_the_card_says_so(taught, file):
    has_them = taught["card"]["figures"]["numbers"]["with_line_reader"]
    assert (taught["out"] / file).is_file() == has_them
    assert (file in taught["card"]["sha256"]) == has_them


def test_nothing_says_where_on_this_machine_the_digits_lay(taught, own_folder):
    assert str(own_folder.parent) not in (taught["out"] / "digits.json").read_text("utf-8")


def test_a_set_that_is_refused_leaves_nothing(tmp_path):
    (tmp_path / "data" / "3").mkdir(parents=True)
    with pytest.raises(UnreadableImage):
        teach(tmp_path / "out", tmp_path / "data", tmp_path / "progress", OwnPlan("mlp"))
    assert [event["event"] for event in events_of(tmp_path / "progress")] == ["error"]
    assert not (tmp_path / "out").exists()


def test_what_was_stopped_before_all_was_read_is_read_again(own_folder, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        teach(tmp_path / "out", own_folder, tmp_path / "progress", OwnPlan("mlp"), stop_at="reading")
    assert events_of(tmp_path / "progress") == [{"event": "stopped", "epoch": 0}]
    with pytest.raises(KeyboardInterrupt):
        teach(tmp_path / "out", None, tmp_path / "progress", OwnPlan("mlp"), stop_at="preparing")
    assert [event["event"] for event in events_of(tmp_path / "progress")] == ["data", "stopped"]


def test_an_old_result_stays_until_the_new_one_is_there(own_folder, tmp_path, monkeypatch):
    out = tmp_path / "out"
    out.mkdir()
    (out / "digits.json").write_text("old")

    def fail(*_: object) -> None:
        raise ReaderError("The exported network differs.")

    monkeypatch.setattr(job, "export", fail)
    with pytest.raises(ReaderError, match="differs"):
        teach(out, own_folder, tmp_path / "progress", OwnPlan("mlp", epochs=1))
    assert (out / "digits.json").read_text() == "old"
    assert events_of(tmp_path / "progress")[-1]["event"] == "error"


@pytest.mark.parametrize("network", ["cnn"])
def test_the_shipped_network_still_reads_the_sample_when_it_was_taught(own_folder, sample, tmp_path, network: Network):
    card = teach(tmp_path / "out", own_folder, tmp_path / "progress", OwnPlan(network, epochs=2))
    assert (
        card["network"]["goes_on_from"]
        == json.loads((sample.parent.parent / "models/digits.json").read_text())["version"]
    )
    assert Pipeline(models=tmp_path / "out").read(sample).texts == ["4071", "2589"]
