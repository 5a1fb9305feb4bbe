"""Job: read, split, make lessons, teach, export, measure, in this order; what is interrupted can be taken up again."""

import json
import platform
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras
import numpy as np

from errors import ReaderError
from preprocess.patch import NORMALISER
from recognize.classifier import CARD_FORMAT, MODELS, Classifier, load_card, read_model, softmax
from recognize.line_reader import FILES as LINES_FILES
from recognize.pair_reader import FILE as PAIRS_FILE
from recognize.reader import Reader
from train.crew import Labelled
from train.export import export
from train.own import figures
from train.own.digit_set import DigitSet, read_set, split_off
from train.own.fit import begin_network, fit, load_shipped, predict_logits, rate_of
from train.own.lessons import make_lessons
from train.own.plan import OwnPlan
from train.own.session import Session
from train.own.standing import Epoch

MOST_NAMED = 200
PROVEN_ON = 256
Card = dict[str, Any]


def teach(data: Path, session: Session) -> Card:
    """Make a model of one's own in the folder around the session's workplace.

    Parameters
    ----------
    data : Path
        A folder, zip or CSV of digits, as `train.own.digit_set.read_set` takes it; not looked at again if it was read
        before an interruption.
    session : Session

    Returns
    -------
    dict
        The model card.

    Raises
    ------
    KeyboardInterrupt
        When it was stopped.
    ImageNotFound, UnreadableImage, ImageTooLarge
    """
    plan, work = session.plan, session.work
    digit_set = _read(data, session)
    session.diary.write_epochs(work.read_standing().history)
    held = split_off(digit_set.digits.labels, plan.validation, plan.seed)
    taught, held_out = _pick(digit_set.digits, ~held), _pick(digit_set.digits, held)
    shipped = load_shipped()
    lessons = make_lessons(
        taught, lambda patches: softmax(predict_logits(shipped, patches)), plan.seed, _counted("preparing", session)
    )
    model = begin_network(plan, shipped)
    history = fit(model, lessons, held_out, session)
    session.diary.step("measuring", 0, 1)
    card = _make_card(model, digit_set, held_out, history, plan)
    export({"digits": (model, _as_ink(taught)[:PROVEN_ON])}, card, work.result)
    card = _complete_card(work.result, held_out, plan)
    session.diary.step("measuring", 1, 1)
    work.hand_over()
    session.diary.write("end", out=str(work.out), figures=card["figures"])
    return card


def _read(data: Path, session: Session) -> DigitSet:
    """Read the data set, or take up that which was read before, and tell what is in it."""
    kept = session.work.read_digits()
    if kept is None:
        try:
            kept = read_set(data, _counted("reading", session))
        except ReaderError:
            session.work.clear()
            raise
        session.work.keep_digits(kept)
    left_out = [asdict(one) for one in kept.left_out[:MOST_NAMED]]
    count = len(kept.digits.labels)
    session.diary.write("data", count=count, classes=kept.counts, left_out=left_out, left_out_count=len(kept.left_out))
    return kept


def _counted(step: str, session: Session) -> Callable[[int, int], None]:
    """Make what is told how far a step is; it ends the step when the brake is pulled."""

    def report(done: int, of: int) -> None:
        session.brake.check()
        session.diary.step(step, done, of)

    return report


def _pick(digits: Labelled, chosen: np.ndarray) -> Labelled:
    """Return those of a mask."""
    return Labelled(digits.pictures[chosen], digits.labels[chosen])


def _as_ink(digits: Labelled) -> np.ndarray:
    """Patches as networks take them: float32 (n, 28, 28, 1), ink = 1."""
    return digits.pictures[..., None].astype(np.float32) / 255.0


def _make_card(
    model: keras.Model, digit_set: DigitSet, held_out: Labelled, history: tuple[Epoch, ...], plan: OwnPlan
) -> Card:
    """Make the card but for what can only be told with the exported files."""
    shipped = load_card(MODELS)
    written = figures.write_spans(held_out, plan.seed)
    proof = Labelled(
        np.concatenate([held_out.pictures, written.pictures]), np.concatenate([held_out.labels, written.labels])
    )
    return {
        "format": CARD_FORMAT,
        "version": f"own-{plan.network}-{datetime.now(UTC).date().isoformat()}",
        "normaliser": NORMALISER,
        "temperature": figures.fit_temperature(predict_logits(model, _as_ink(proof)), proof.labels),
        "thresholds": shipped.thresholds if plan.goes_on else {},
        "plan": asdict(plan) | {"learning_rate": rate_of(plan)},
        "data": [
            {
                "name": digit_set.name,
                "digits": len(digit_set.digits.labels),
                "classes": digit_set.counts,
                "left_out": len(digit_set.left_out),
                "held_out": len(held_out.labels),
            }
        ],
        "network": {
            "name": plan.network,
            "goes_on_from": shipped.version if plan.goes_on else None,
            "layers": figures.list_layers(model),
        },
        "history": [asdict(epoch) for epoch in history],
        "made_with": {"python": platform.python_version(), "keras": keras.__version__, "numpy": version("numpy")},
    }


def _complete_card(folder: Path, held_out: Labelled, plan: OwnPlan) -> Card:
    """Add the figures of the exported files, and the shipped readers of lines and pairs where they are of use."""
    classifier = Classifier.load(folder)
    path = folder / "digits.json"
    card: Card = json.loads(path.read_text(encoding="utf-8"))
    card["figures"] = (
        figures.measure_digits(classifier, held_out)
        | {"spans": figures.measure_spans(classifier, figures.write_spans(held_out, plan.seed))}
        | {"size": {"parameters": card["parameters"], "bytes": card["bytes"]}}
        | {"speed": figures.measure_speed(classifier)}
        | {"numbers": _choose_readers(folder, card, classifier, held_out, plan.seed)}
    )
    path.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    return card


def _choose_readers(folder: Path, card: Card, classifier: Classifier, held_out: Labelled, seed: int) -> dict[str, Any]:
    """Copy the shipped readers of lines and pairs, if numbers written with held-out digits are read no worse so."""
    shipped = Reader.load(MODELS)
    beside = Reader(classifier, line_reader=shipped.line_reader, pair_reader=shipped.pair_reader)
    readers = [Reader(classifier), beside, shipped]
    count, (alone, together, by_shipped) = figures.count_right(readers, held_out, seed)
    if together >= alone:
        _copy_readers(folder, card)
    return {
        "written": count,
        "right": max(alone, together),
        "right_alone": alone,
        "right_shipped": by_shipped,
        "with_line_reader": together >= alone,
    }


def _copy_readers(folder: Path, card: Card) -> None:
    """Copy the shipped readers of lines and pairs, and name them in the card."""
    shipped = load_card(MODELS)
    for file in (*LINES_FILES, PAIRS_FILE):
        (folder / file).write_bytes(read_model(MODELS, file, shipped))
        card["sha256"][file] = shipped.raw["sha256"][file]
        name = Path(file).stem
        card[name] = shipped.raw[name] | {"version": shipped.version}
