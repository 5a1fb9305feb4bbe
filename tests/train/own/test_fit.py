"""Fit: each network is built as it is named, begins where it should, and can be taught, kept and restored."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from train.crew import Labelled  # noqa: E402 - imports keras
from train.network import CLASSES  # noqa: E402
from train.own.brake import STOP_FILE, Brake  # noqa: E402
from train.own.diary import Diary  # noqa: E402
from train.own.figures import list_layers  # noqa: E402
from train.own.fit import begin_network, fit, load_shipped, rate_of  # noqa: E402
from train.own.lessons import Lessons  # noqa: E402
from train.own.plan import OwnPlan  # noqa: E402
from train.own.session import Session  # noqa: E402
from train.own.workplace import STANDING, Workplace  # noqa: E402

# Keras converts its own arrays in a way that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
LAYERS = {
    "mlp": ["Flatten", "Dense", "Dense", "Dense"],
    "three-block": ["Conv2D", "BatchNormalization", "ReLU", "MaxPooling2D", "Dropout"] * 3 + ["Flatten", "Dense"],
}


@pytest.fixture(scope="module")
def shipped():
    return load_shipped()


@pytest.fixture(scope="module")
def digits(own_labels, own_pictures) -> Labelled:
    return Labelled(own_pictures, np.array(own_labels).astype(np.uint8))


@pytest.mark.parametrize("network", ["cnn", "mlp", "three-block"])
def test_all_take_patches_and_give_eleven_logits(network, shipped):
    model = begin_network(OwnPlan(network), shipped)
    assert model.input_shape == (None, 28, 28, 1)
    assert model.output_shape == (None, CLASSES)


@pytest.mark.parametrize("network", LAYERS)
def test_a_network_is_what_its_name_says(network, shipped):
    layers = list_layers(begin_network(OwnPlan(network), shipped))
    assert [layer["kind"] for layer in layers[1:]] == LAYERS[network]
    widths = [layer["output"][-1] for layer in layers if layer["kind"] in ("Dense", "Conv2D")]
    assert widths == ([300, 100, CLASSES] if network == "mlp" else [32, 64, 128, CLASSES])


def test_the_cnn_begins_with_the_shipped_weights_unless_it_is_not_to(shipped):
    going_on, anew = (begin_network(OwnPlan("cnn", from_scratch=is_anew), shipped) for is_anew in (False, True))
    assert all(np.array_equal(*pair) for pair in zip(going_on.get_weights(), shipped.get_weights(), strict=True))
    assert not np.array_equal(anew.get_weights()[0], shipped.get_weights()[0])
    assert len(anew.trainable_weights) > len(going_on.trainable_weights)


def test_a_network_that_goes_on_is_taught_gently():
    assert rate_of(OwnPlan("cnn")) < rate_of(OwnPlan("cnn", from_scratch=True))
    assert rate_of(OwnPlan("cnn", learning_rate=0.01)) == 0.01


@pytest.fixture
def session(tmp_path) -> Iterator[Session]:
    plan = OwnPlan("mlp", epochs=3, batch_size=14)
    work = Workplace(tmp_path / "out")
    work.begin(plan, tmp_path)
    with Brake(work.folder) as brake, Diary(tmp_path / "progress", lambda *told: None) as diary:
        yield Session(plan, work, brake, diary)


def lessons_of(digits: Labelled) -> Lessons:
    return Lessons(digits.pictures, np.eye(CLASSES, dtype=np.float32)[digits.labels])


def stop_after(batches: int, lessons: Lessons, stop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a file named stop appear while so many batches have been asked for."""
    real, asked = Lessons.batch, []

    def batch(self: Lessons, *place: int) -> tuple[np.ndarray, np.ndarray]:
        asked.append(place)
        if len(asked) == batches:
            stop.touch()
        return real(self, *place)

    monkeypatch.setattr(Lessons, "batch", batch)


def test_what_is_taught_is_learnt(digits, session, shipped):
    history = fit(begin_network(session.plan, shipped), lessons_of(digits), digits, session)
    assert [epoch.epoch for epoch in history] == [1, 2, 3]
    assert history[-1].loss < history[0].loss
    assert history[-1].val_accuracy > 0.3


@pytest.mark.parametrize("batches", [2, 6])
def test_a_training_that_is_stopped_goes_on_to_the_same_end(digits, session, shipped, monkeypatch, batches):
    lessons = lessons_of(digits)
    straight = begin_network(session.plan, shipped)
    wanted = fit(straight, lessons, digits, session)
    session.work.begin(session.plan, Path())
    with monkeypatch.context() as patch:
        stop_after(batches, lessons, session.work.folder / STOP_FILE, patch)
        with pytest.raises(KeyboardInterrupt):
            fit(begin_network(session.plan, shipped), lessons, digits, session)
    assert (session.work.folder / STANDING).is_file()
    session.work.go_on()
    resumed = begin_network(session.plan, shipped)
    history = fit(resumed, lessons, digits, session)
    assert [epoch.epoch for epoch in history] == [1, 2, 3]
    for epoch, other in zip(history, wanted, strict=True):
        assert (epoch.loss, epoch.val_accuracy) == pytest.approx((other.loss, other.val_accuracy), rel=1e-3)
    for weights, others in zip(resumed.get_weights(), straight.get_weights(), strict=True):
        assert np.allclose(weights, others, atol=1e-4)


def test_the_shipped_model_is_loaded_only_if_it_is_the_cards(monkeypatch, tmp_path, checkout):
    from errors import ModelDamaged
    from train.own import fit as fit_module

    for path in (checkout / "models").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes()[:-1] if path.name == "digits.keras" else path.read_bytes())
    monkeypatch.setattr(fit_module, "MODELS", tmp_path)
    with pytest.raises(ModelDamaged):
        load_shipped()
