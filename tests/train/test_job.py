"""Job: a whole training in small, broken off and taken up again, ends in files that read."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from typing import Any

import numpy as np
import pytest

from recognize.classifier import NORMALISER, Classifier, softmax
from recognize.reader import Reader

keras = pytest.importorskip("keras")

from train import calibrate, job  # noqa: E402 - imports keras
from train.crew import Labelled  # noqa: E402
from train.export import ROUNDING  # noqa: E402
from train.fit import BATCH, Batches, Round, fit  # noqa: E402
from train.job import STRIP_JITTER, Course, Plan, _start_or_resume, fit_temperature, restore_share, train  # noqa: E402
from train.network import (  # noqa: E402
    build_line_network,
    build_network,
    build_pair_network,
    build_plain_line_network,
)
from train.pool import CHUNK, NOT_A_DIGIT, make_pool  # noqa: E402
from train.writings import Sources  # noqa: E402

# Keras converts its own arrays in a way that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
PLAN = Plan(
    patches=CHUNK,
    epochs=(2, 1),
    strips=BATCH,
    line_epochs=(1, 1),
    plain_line_epochs=(1,),
    pairs=BATCH,
    pair_epochs=(1,),
    seed=1,
)
STEPS = PLAN.patches // BATCH


class Told:
    """Counts what a run reports, and breaks it off when it is told to."""

    def __init__(self, break_at: int | None = None) -> None:
        self.steps: Counter[str] = Counter()
        self.last: dict[str, tuple[int, int]] = {}
        self.break_at = break_at

    def __call__(self, step: str, done: int, of: int, words: str) -> None:
        kind = step.split(",")[0].removesuffix(" on patches")
        self.steps[kind] += 1
        self.last[kind] = done, of
        if kind == "training" and self.steps[kind] == self.break_at:
            raise KeyboardInterrupt


def make_first_pool(sources: Sources, size: int, seed: int, report: Callable[[int], None]) -> Labelled:
    """Make the first round's pool in earnest, with its processes; the second one's is noise, to be quick."""
    if seed == PLAN.seed:
        return make_pool(sources, size, seed, report)
    report(size)
    return pool_of(size)


def make_noise(sources: Sources | None, size: int, seed: int, report: Callable[[int], None]) -> Labelled:
    """Make strips of noise: how real ones are made is test_strips.py's to say."""
    report(size)
    rng = np.random.default_rng(seed)
    return Labelled(
        rng.integers(0, 256, (size, 32, 96)).astype(np.uint8), rng.integers(0, 12, (size, 48)).astype(np.uint8)
    )


def make_pairs_of_noise(sources: Sources, size: int, seed: int, report: Callable[[int], None]) -> Labelled:
    """Make pairs of noise: how real ones are made is test_pairs.py's to say."""
    report(size)
    rng = np.random.default_rng(seed)
    return Labelled(
        rng.integers(0, 256, (size, 28, 44)).astype(np.uint8), rng.integers(0, 11, (size, 2)).astype(np.uint8)
    )


@pytest.fixture(scope="module")
def trained(small_data, tmp_path_factory) -> dict[str, Any]:
    """Train; broken off in the first round's second epoch, broken off in the second round, and then to the end."""
    folder = tmp_path_factory.mktemp("training")
    out, runs = folder / "models", folder / "runs"
    told = [Told(break_at=STEPS + 1), Told(break_at=STEPS + 1), Told()]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calibrate, "NUMBERS", 30)
        patch.setattr(job, "make_pool", make_first_pool)
        patch.setattr(job, "make_strips", make_noise)
        patch.setattr(job, "make_pairs", make_pairs_of_noise)
        for broken_off in told[:2]:
            with pytest.raises(KeyboardInterrupt):
                train(small_data, PLAN, out, runs, broken_off)
        nothing_yet = not out.exists()
        card = train(small_data, PLAN, out, runs, told[2])
    return {"out": out, "runs": runs, "card": card, "told": told, "nothing_yet": nothing_yet}


def test_a_run_that_is_broken_off_writes_no_model(trained):
    assert trained["nothing_yet"]


def test_a_run_that_is_taken_up_again_goes_on_where_it_was(trained):
    first, second, third = trained["told"]
    assert first.steps == {"patches": 1, "training": STEPS + 1}
    # The second epoch of the first round, then the second round's pool and first batch.
    assert second.steps == {"patches": 1, "training": STEPS + 1}
    assert third.steps == {"training": STEPS, "strips": 2, "training on strips": 3, "pairs": 1, "training on pairs": 1}


def test_progress_ends_at_the_end(trained):
    *_, third = trained["told"]
    done, of = third.last["training"]
    assert done == of


def test_the_files_load_and_agree_with_keras(trained):
    classifier = Classifier.load(trained["out"])
    model = keras.models.load_model(trained["out"] / "digits.keras", compile=False)
    pool = next(iter(sorted(trained["runs"].glob("patches*.npz"))))
    with np.load(pool) as kept:
        patches = kept["pictures"][:100, ..., None].astype(np.float32) / 255
    expected = keras.ops.convert_to_numpy(model(patches, training=False))
    assert np.abs(classifier.logits(patches) - expected).mean() < ROUNDING * expected.std()


def test_some_networks_are_the_mean_of_their_last_rounds_and_others_their_last(trained):
    assert len(job.AVERAGED) >= 2, "both rounds of this run's plan"
    ways = (
        ("digits", build_network, job.AVERAGED),
        ("lines", build_line_network, job.LINES_AVERAGED),
        ("lines_plain", build_plain_line_network, job.LINES_AVERAGED),
        ("pairs", build_pair_network, (1,)),
    )
    for name, build, shares in ways:
        rounds = []
        kept = sorted(trained["runs"].glob(f"{name}[0-9].weights.h5"))
        for number in range(max(len(kept) - len(shares), 0), len(kept)):
            model = build()
            model.load_weights(trained["runs"] / f"{name}{number}.weights.h5")
            rounds.append(model.get_weights())
        shipped = keras.models.load_model(trained["out"] / f"{name}.keras", compile=False).get_weights()
        counts = shares[-len(rounds) :]
        # How often there is no digit is told anew afterwards.
        shipped[-1][NOT_A_DIGIT] = np.average([own[-1][NOT_A_DIGIT] for own in rounds], weights=counts)
        for own, *same in zip(shipped, *rounds, strict=True):
            assert np.allclose(own, np.average(same, axis=0, weights=counts), atol=1e-6)


@pytest.mark.parametrize("bfloat16", [False, True])
def test_weights_are_whole_in_whatever_a_network_reckons(bfloat16, tmp_path):
    course = Course(
        "lines", "strips", partial(build_line_network, width=8), partial(make_noise, None), BATCH, (2,), STRIP_JITTER
    )
    model = job._build(course, bfloat16)
    assert {str(layer.compute_dtype) for layer in model.layers} == {"bfloat16" if bfloat16 else "float32"}
    assert {weight.dtype for weight in model.get_weights()} == {np.dtype(np.float32)}
    before = model.get_weights()
    pool = course.make(course.size, 1, lambda made: None)
    losses: list[dict[str, float]] = []
    fit(model, Batches(pool.pictures, pool.labels, 1, course.jitter), 2e-3, Round(2, 1), tmp_path, losses.append)
    assert all(0 < told["loss"] < 10 for told in losses)
    twin = course.build()
    assert str(twin.compute_dtype) == "float32", "what is built next reckons as it did before"
    twin.set_weights(model.get_weights())
    assert any((one != other).any() for one, other in zip(twin.get_weights(), before, strict=True))


def test_the_card_tells_how_it_was_made(trained):
    card = json.loads((trained["out"] / "digits.json").read_text("utf-8"))
    assert card == trained["card"]
    assert (card["normaliser"], card["plan"]) == (NORMALISER, json.loads(json.dumps(asdict(PLAN))))
    assert set(card["figures"]) == {"mnist", "paper62", "strokes62", "herc"}
    assert {"digits", "error", "refused"} <= set(card["figures"]["mnist"])
    assert 0.3 < card["temperature"] < 5
    assert all(source["name"] and source["licence"] for source in card["data"])


def test_the_reader_takes_the_cards_thresholds(trained):
    Reader.load(trained["out"])


def test_another_plan_starts_anew(small_data, tmp_path):
    runs = tmp_path / "runs"
    _start_or_resume(runs, PLAN, small_data)
    (runs / "digits0.npz").write_bytes(b"kept")
    (runs / "epochs").mkdir()
    (runs / "epochs" / "state").write_bytes(b"kept")
    _start_or_resume(runs, PLAN, small_data)
    assert (runs / "digits0.npz").exists()
    _start_or_resume(runs, replace(PLAN, seed=2), small_data)
    assert [path.name for path in runs.iterdir()] == ["plan.json"]


# --- parts


def pool_of(count: int) -> Labelled:
    rng = np.random.default_rng(1)
    return Labelled(
        rng.integers(0, 256, (count, 28, 28)).astype(np.uint8), rng.integers(0, NOT_A_DIGIT + 1, count).astype(np.uint8)
    )


def test_a_share_that_was_learned_is_replaced_by_the_one_that_is_met():
    model = build_network()
    zeros = [np.zeros_like(own) for own in model.get_weights()]
    # It has learned nothing but how many of its pool were no digit.
    zeros[-1][:] = np.log([0.08] * NOT_A_DIGIT + [0.2])
    model.set_weights(zeros)
    restore_share(model, np.array([NOT_A_DIGIT] * 20 + [3] * 80, np.uint8))
    shares = softmax(keras.ops.convert_to_numpy(model(np.zeros((1, 28, 28, 1), np.float32))))[0]
    assert shares[NOT_A_DIGIT] == pytest.approx(job.NO_DIGITS)
    assert shares[:NOT_A_DIGIT] == pytest.approx((1 - job.NO_DIGITS) / 10)


@pytest.mark.parametrize("temperature", [0.6, 1.0, 2.5])
def test_the_temperature_that_made_the_labels_is_found(temperature):
    rng = np.random.default_rng(2)
    logits = rng.normal(0, 3, (4000, 11)).astype(np.float32)
    powers = np.exp(logits / temperature)
    shares = powers / powers.sum(axis=1, keepdims=True)
    labels = (rng.random((4000, 1)) > shares.cumsum(axis=1)).sum(axis=1).clip(max=10)

    class Fixed:
        def predict(self, patches: np.ndarray, **_: object) -> np.ndarray:
            return logits

    assert fit_temperature(Fixed(), np.zeros((4000, 28, 28, 1)), labels) == pytest.approx(temperature, rel=0.15)
