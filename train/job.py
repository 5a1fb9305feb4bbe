"""Job: pool, fit, temperature, export, figures, in this order; each finished step is kept, to resume from."""

import json
import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras
import numpy as np

from evaluate.suites import measure_glyphs
from preprocess.patch import NORMALISER, to_patches
from recognize.classifier import CARD_FORMAT, Classifier, softmax
from recognize.reader import Reader
from train.calibrate import calibrate
from train.crew import Labelled
from train.data import load_measured, load_mnist, load_paper
from train.export import export
from train.fit import Batches, Jitter, Round, fit
from train.network import build_line_network, build_network, build_pair_network, build_plain_line_network
from train.pairs import make_pairs
from train.pool import NOT_A_DIGIT, make_pool
from train.strips import make_strips
from train.writings import Sources, load_sources

VERSION = "0.13.1"
PEAK_RATE = 2e-3
RESTART = 0.4
# How much each of their last rounds counts in the classifier's and the line networks' weights: what one round unlearns
# stays. The classifier's first with other proportions counts as much as five before it, each later one twice as much.
AVERAGED, LINES_AVERAGED = (1, 1, 1, 1, 1, 5, 10, 10, 10), (1, 1, 1)
# How many of the spans and characters that reading meets are no digit: as many as in a pool without plain digits.
NO_DIGITS = 0.35
PATCH_JITTER = Jitter(reach_px=(1, 1))
# A strip's labels tell columns: they go along with what is drawn out.
STRIP_JITTER = Jitter(reach_px=(2, 0), stretch=0.2)
# How many pictures each exported file is compared on; a strip is as much as many patches.
SHOWN = {"digits": 256, "lines": 1, "lines_plain": 1, "pairs": 256}
Report = Callable[[str, int, int, str], None]
SOURCES = [
    {
        "name": "MNIST, training half",
        "by": "LeCun, Cortes, Burges",
        "licence": "CC BY-SA 3.0",
        "writers": "QMNIST, Yadav and Bottou 2019",
    },
    {
        "name": "paper62, all but every fifth sample",
        "by": "TasnimulIntazamAsif/Handwritten_Letter_Indentification",
        "licence": "MIT",
    },
    {
        "name": "Optical Recognition of Handwritten Digits",
        "by": "Alpaydin and Kaynak 1998, doi 10.24432/C50P49",
        "licence": "CC BY 4.0",
    },
]


@dataclass(frozen=True)
class Plan:
    """What a training run is made of.

    Parameters
    ----------
    patches, strips, pairs : int
        Size of each round's pool, for each network.
    epochs, line_epochs, plain_line_epochs, pair_epochs : tuple of int
        Epochs of each round; every round has a fresh pool, and those after the first a lower peak of the learning
        rate.
    seed : int
    bfloat16 : bool
        Whether convolutions are reckoned in 16 bits while training, and weights kept in 32 (Kalamkar et al. 2019, "A
        study of bfloat16 for deep learning training").
    """

    patches: int
    epochs: tuple[int, ...]
    strips: int
    line_epochs: tuple[int, ...]
    plain_line_epochs: tuple[int, ...]
    pairs: int
    pair_epochs: tuple[int, ...]
    seed: int
    bfloat16: bool = False


@dataclass(frozen=True)
class Course:
    """How one of the networks is trained.

    Parameters
    ----------
    name : str
        Of its files.
    pictures : str
        What it is trained on, for a person; courses that name the same share each round's pool.
    build : callable
    make : callable
        Makes a pool of a size, with a seed.
    size : int
    epochs : tuple of int
    jitter : Jitter
    averaged : tuple of float
        Its weights are the mean of those of so many last rounds, each counting so much, the last one last (Izmailov et
        al. 2018, "Averaging weights leads to wider optima and better generalization").
    """

    name: str
    pictures: str
    build: Callable[[], keras.Model]
    make: Callable[[int, int, Callable[[int], None]], Labelled]
    size: int
    epochs: tuple[int, ...]
    jitter: Jitter
    averaged: tuple[float, ...] = (1,)


def train(data: Path | None, plan: Plan, out: Path, runs: Path, report: Report) -> dict[str, Any]:
    """Make the model files.

    Parameters
    ----------
    data : Path or None
        Folder with mnist.npz and glyphs/; None for Keras's own MNIST alone.
    plan : Plan
    out : Path
        Where the model files go.
    runs : Path
        Where the pool and the epochs are kept while it runs.
    report : callable
        Told (step, done, of, words) as it goes.

    Returns
    -------
    dict
        The model card.
    """
    _start_or_resume(runs, plan, data)
    sources = load_sources(data)
    courses = _make_courses(sources, plan)
    trained = {course.name: _train_rounds(course, plan, runs, report) for course in courses}
    model, pool = trained["digits"]
    restore_share(model, pool.labels)
    temperature = fit_temperature(model, *_calibration_patches(data, pool))
    card = {
        "format": CARD_FORMAT,
        "version": VERSION,
        "normaliser": NORMALISER,
        "temperature": round(temperature, 4),
        "thresholds": {},
        "plan": asdict(plan),
        "data": SOURCES if data else SOURCES[:1],
        "made_with": {"python": platform.python_version(), "keras": keras.__version__, "numpy": version("numpy")},
    }
    networks = {name: (own, _as_ink(made.pictures[: SHOWN[name]])) for name, (own, made) in trained.items()}
    export(networks, card, out)
    return complete_card(data, plan.seed, out)


def _make_courses(sources: Sources, plan: Plan) -> list[Course]:
    """List how each of the networks is trained."""
    patches = partial(make_pool, sources)
    strips = partial(make_strips, sources)
    pairs = partial(make_pairs, sources)
    return [
        Course("digits", "patches", build_network, patches, plan.patches, plan.epochs, PATCH_JITTER, AVERAGED),
        Course(
            "lines", "strips", build_line_network, strips, plan.strips, plan.line_epochs, STRIP_JITTER, LINES_AVERAGED
        ),
        Course(
            "lines_plain",
            "strips",
            build_plain_line_network,
            strips,
            plan.strips,
            plan.plain_line_epochs,
            STRIP_JITTER,
            LINES_AVERAGED,
        ),
        Course("pairs", "pairs", build_pair_network, pairs, plan.pairs, plan.pair_epochs, PATCH_JITTER),
    ]


def _as_ink(pictures: np.ndarray) -> np.ndarray:
    """Pictures as the networks take them: uint8 (n, h, w) to float32 (n, h, w, 1), ink = 1."""
    return pictures[..., None].astype(np.float32) / 255.0


def complete_card(data: Path | None, seed: int, out: Path) -> dict[str, Any]:
    """Add to the card what can only be told with the exported files: their calibration and their figures."""
    path = out / "digits.json"
    card: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    calibration = calibrate(Reader.load(out), data, load_sources(data), seed)
    card["thresholds"] = calibration.thresholds
    card["calibration"] = {"fitted_on": list(calibration.fitted_on), "left_out_ece": calibration.left_out}
    card["figures"] = measure(Classifier.load(out), data)
    path.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    return card


def measure(classifier: Classifier, data: Path | None) -> dict[str, Any]:
    """Measure the shipped file on sets of single characters that no gradient saw."""
    sets = [load_mnist(data, "test")]
    if data:
        sets += [load_paper(data, held_out=True), load_measured(data, "strokes62"), load_measured(data, "herc")]
    return {glyphs.name: asdict(measure_glyphs(classifier, glyphs)) for glyphs in sets}


def restore_share(model: keras.Model, labels: np.ndarray) -> None:
    """Let a classifier expect as many patches without a digit as cuts propose, in place.

    It has learned how many there are among its pool's labels, where plain digits crowd them out (Saerens, Latinne,
    Decaestecker 2002, "Adjusting the outputs of a classifier to new a priori probabilities").
    """
    learned = float(np.clip((labels == NOT_A_DIGIT).mean(), 0.01, 0.99))
    weights, biases = model.layers[-1].get_weights()
    biases[NOT_A_DIGIT] += np.log(NO_DIGITS / (1 - NO_DIGITS)) - np.log(learned / (1 - learned))
    model.layers[-1].set_weights([weights, biases])


def fit_temperature(model: keras.Model, patches: np.ndarray, labels: np.ndarray) -> float:
    """Fit the temperature at which the probabilities of held-out patches are most likely (Guo et al. 2017)."""
    logits = np.asarray(model.predict(patches, verbose=0, batch_size=1024))
    options = np.geomspace(0.4, 4.0, 93)
    losses = [-np.log(softmax(logits / t)[np.arange(len(labels)), labels] + 1e-12).mean() for t in options]
    return float(options[int(np.argmin(losses))])


def _calibration_patches(data: Path | None, pool: Labelled) -> tuple[np.ndarray, np.ndarray]:
    """Patches that no gradient saw: other writers' digits and letters; without data, the pool's last ones."""
    if data is None:
        return pool.pictures[-5000:, ..., None].astype(np.float32) / 255.0, pool.labels[-5000:].astype(int)
    sets = [load_paper(data, held_out=True), load_measured(data, "strokes62"), load_measured(data, "herc")]
    clear = [glyphs.pick(~glyphs.look_like_digits) for glyphs in sets]
    labels = [np.where(glyphs.are_digits, glyphs.labels, str(NOT_A_DIGIT)).astype(int) for glyphs in clear]
    return np.concatenate([to_patches(list(glyphs.ink)) for glyphs in clear]), np.concatenate(labels)


def _start_or_resume(runs: Path, plan: Plan, data: Path | None) -> None:
    """Keep what an earlier run of the same plan left; throw away what another plan's did."""
    runs.mkdir(parents=True, exist_ok=True)
    note = runs / "plan.json"
    wanted = json.dumps(asdict(plan) | {"all_data": data is not None, "normaliser": NORMALISER})
    if note.is_file() and note.read_text(encoding="utf-8") == wanted:
        return
    for left in sorted(runs.rglob("*"), reverse=True):
        left.rmdir() if left.is_dir() else left.unlink()
    note.write_text(wanted, encoding="utf-8")


def _train_rounds(course: Course, plan: Plan, runs: Path, report: Report) -> tuple[keras.Model, Labelled]:
    """Train round after round; a finished one is kept as weights, an unfinished one as its last epoch."""
    rounds: list[list[np.ndarray]] = []
    for number, epochs in enumerate(course.epochs):
        # A model that was fitted remembers its optimizer and its epoch; a fresh one takes the weights alone.
        model = _build(course, plan.bfloat16)
        if rounds:
            model.set_weights(rounds[-1])
        part = Round(epochs, plan.seed + number)
        weights = runs / f"{course.name}{number}.weights.h5"
        is_last = number == len(course.epochs) - 1
        if is_last or not weights.is_file():
            count = _Counter(report, f"{course.pictures}, seed {part.seed}", course.size)
            pool = _get_pool(
                runs / f"{course.pictures}{number}.npz", partial(course.make, course.size, part.seed), count
            )
        if not weights.is_file():
            batches = Batches(pool.pictures, pool.labels, part.seed, course.jitter)
            step = f"training on {course.pictures}, round {number + 1} of {len(course.epochs)}"
            count = _Counter(report, step, epochs * len(batches))
            rate = PEAK_RATE if number == 0 else PEAK_RATE * RESTART
            fit(model, batches, rate, part, runs / f"{course.name}{number}", count.batch)
            model.save_weights(weights)
        model.load_weights(weights)
        rounds.append(model.get_weights())
    last = rounds[-len(course.averaged) :]
    shares = course.averaged[-len(last) :]
    model = course.build()
    model.set_weights([np.average(same, axis=0, weights=shares) for same in zip(*last, strict=True)])
    return model, pool


def _build(course: Course, bfloat16: bool) -> keras.Model:
    """Build a network to train; one that reckons in 16 bits has the same weights."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16" if bfloat16 else "float32")
    try:
        return course.build()
    finally:
        keras.config.set_dtype_policy(before)


class _Counter:
    """Counts towards a total, and reports."""

    def __init__(self, report: Report, step: str, of: int) -> None:
        self._report, self._step, self._of = report, step, of
        self._done = 0

    def add(self, made: int, words: str = "") -> None:
        """Count what was made."""
        self._done += made
        self._report(self._step, self._done, self._of, words)

    def batch(self, logs: dict[str, float]) -> None:
        """Count a batch."""
        self.add(1, f"loss {logs.get('loss', 0):.4f}")


def _get_pool(path: Path, make: Callable[[Callable[[int], None]], Labelled], count: _Counter) -> Labelled:
    """Make pictures and their labels, or load those that are there."""
    if not path.is_file():
        made = make(count.add)
        partial_path = path.with_suffix(".part.npz")
        np.savez(partial_path, pictures=made.pictures, labels=made.labels)
        partial_path.rename(path)
    with np.load(path) as kept:
        return Labelled(kept["pictures"], kept["labels"])
