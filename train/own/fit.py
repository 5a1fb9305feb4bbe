"""Fit: a network is taught epoch after epoch; when the brake is pulled it is kept, to be taught on later."""

import time
from collections.abc import Callable

import keras
import numpy as np

from errors import ModelDamaged
from recognize.classifier import MODELS, load_card, read_model, softmax
from train.crew import Labelled
from train.network import build_mlp, build_network, build_three_block
from train.own.lessons import Lessons
from train.own.plan import OwnPlan
from train.own.session import Session
from train.own.standing import Epoch, Standing

RATE = 2e-3
# A network that knows digits already has little to learn, and much to forget.
RATE_GOING_ON = 5e-4
WARM_UP, LAST_RATE = 0.1, 0.002
WEIGHT_DECAY = 2e-3
BUILDERS: dict[str, Callable[[], keras.Model]] = {
    "cnn": build_network,
    "mlp": build_mlp,
    "three-block": build_three_block,
}


def load_shipped() -> keras.Model:
    """Load the shipped classifier as Keras has it, if it is the one that its card describes.

    Raises
    ------
    ModelMissing, ModelDamaged
    """
    read_model(MODELS, "digits.keras", load_card(MODELS))
    model = keras.models.load_model(MODELS / "digits.keras", compile=False, safe_mode=True)
    if not isinstance(model, keras.Model):
        raise ModelDamaged(f"{MODELS / 'digits.keras'} holds no network.")
    return model


def begin_network(plan: OwnPlan, shipped: keras.Model) -> keras.Model:
    """Build the plan's network; with the shipped weights where it goes on from them.

    What its batch normalisation knows of handwriting stays then: a few digits, some of them twenty times over, are no
    measure of that.
    """
    keras.utils.set_random_seed(plan.seed)
    model = BUILDERS[plan.network]()
    if plan.goes_on:
        model.set_weights(shipped.get_weights())
        for layer in model.layers:
            layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)
    return model


def rate_of(plan: OwnPlan) -> float:
    """Highest learning rate of a plan."""
    return plan.learning_rate or (RATE_GOING_ON if plan.goes_on else RATE)


def fit(model: keras.Model, lessons: Lessons, held_out: Labelled, session: Session) -> tuple[Epoch, ...]:
    """Teach a network, in place, from where it was left.

    Returns
    -------
    tuple of Epoch
        All of them, those before an interruption too.

    Raises
    ------
    KeyboardInterrupt
        When the brake was pulled; the network is kept.
    """
    plan, work, brake, diary = session.plan, session.work, session.brake, session.diary
    compile_network(model, rate_of(plan), plan.epochs * lessons.steps(plan.batch_size))
    standing = work.restore(model)
    while len(standing.history) < plan.epochs:
        standing = _teach_epoch(model, lessons, held_out, standing, session)
        work.keep(model, standing)
        diary.write_epochs(standing.history[-1:])
        brake.check()
    brake.hold(False)
    return standing.history


def compile_network(model: keras.Model, peak_rate: float, steps: int) -> None:
    """Give a network its loss and its optimizer, whose rate warms up to a peak and decays to almost nothing."""
    rate = keras.optimizers.schedules.CosineDecay(
        peak_rate / 20,
        decay_steps=max(steps - int(WARM_UP * steps), 1),
        alpha=LAST_RATE,
        warmup_target=peak_rate,
        warmup_steps=int(WARM_UP * steps),
    )
    model.compile(
        optimizer=keras.optimizers.AdamW(rate, weight_decay=WEIGHT_DECAY),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )


def _teach_epoch(
    model: keras.Model, lessons: Lessons, held_out: Labelled, standing: Standing, session: Session
) -> Standing:
    """Teach the rest of an epoch, and say how it went."""
    plan, number = session.plan, len(standing.history)
    steps = lessons.steps(plan.batch_size)
    # Until here nothing is lost by ending at once.
    session.brake.hold()
    while standing.step < steps:
        start = time.monotonic()
        batch = lessons.batch(plan.seed, number, standing.step, plan.batch_size)
        loss, accuracy = (float(one) for one in model.train_on_batch(*batch))
        standing = standing.after_step(loss, accuracy, time.monotonic() - start)
        session.diary.step("training", number * steps + standing.step, plan.epochs * steps, f"loss {loss:.4f}")
        if session.brake.is_pulled and standing.step < steps:
            session.work.keep(model, standing)
            raise KeyboardInterrupt
    start = time.monotonic()
    return standing.after_epoch(plan.epochs, *validate(model, held_out), time.monotonic() - start)


def validate(model: keras.Model, held_out: Labelled) -> tuple[float, float]:
    """Loss and accuracy on digits as they are."""
    logits = predict_logits(model, held_out.pictures[..., None].astype(np.float32) / 255.0)
    shares = softmax(logits)[np.arange(len(logits)), held_out.labels]
    return float(-np.log(shares + 1e-12).mean()), float((logits.argmax(axis=1) == held_out.labels).mean())


def predict_logits(model: keras.Model, patches: np.ndarray) -> np.ndarray:
    """Logits of patches (n, 28, 28, 1): float32 (n, 11)."""
    return np.asarray(model.predict(patches, verbose=0, batch_size=512), np.float32)
