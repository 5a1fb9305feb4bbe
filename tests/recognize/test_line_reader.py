"""Line reader: what it says of spans adds up over any path, and it is asked only where it is needed."""

import itertools
from functools import partial

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.frame import Frame
from errors import ModelMismatch
from preprocess.glyphs import cut_closely, make_runs
from preprocess.page import prepare
from preprocess.pieces import BODY_PX, Run, spans_of
from preprocess.strip import to_strip
from recognize.classifier import MODELS
from recognize.engine import Engine
from recognize.lattice import NOT_A_DIGIT, steps_of
from recognize.limits import Limits
from recognize.line_reader import AROUND, CLASSES, NOTHING, OTHER, WIDTHS_PX, LineReader, rate_spans
from recognize.pair_reader import CLASSES as PAIR_CLASSES
from recognize.pair_reader import NONE, PairReader
from recognize.reader import Reader
from tests.preprocess.drawn import ink_of
from tests.recognize.scripted import TALL, Scripted, page_with, run_of

# Too narrow to be cut, however closely it is looked at.
SLIM = (18, BODY_PX)
NO_ROWS = np.zeros((0, NOT_A_DIGIT + 1))


class Swept(Engine):
    """An engine that sees a digit's middle where it is told to: frame to class."""

    classes = CLASSES

    def __init__(self, middles: dict[int, int] | None = None) -> None:
        self.middles = middles or {}
        self.asked: list[tuple[int, ...]] = []

    def run(self, pictures: np.ndarray, shape: tuple[int, ...] | None = None) -> np.ndarray:
        self.asked.append(pictures.shape)
        logits = np.zeros((1, pictures.shape[2] // 2, CLASSES), np.float32)
        logits[..., NOTHING] = 6
        for frame, label in self.middles.items():
            logits[0, frame, label] = 12
        return logits


def sum_over_all(frames: np.ndarray) -> np.ndarray:
    """Oracle: every stretch of frames as the digit's middle, one by one."""
    rates = np.full(11, -np.inf)
    for label, out in [*zip(range(10), range(10), strict=True), (OTHER, 10)]:
        for start, stop in itertools.combinations(range(len(frames) + 1), 2):
            score = frames[:start, NOTHING].sum() + frames[start:stop, label].sum() + frames[stop:, NOTHING].sum()
            rates[out] = np.logaddexp(rates[out], score)
    rates[10] = np.logaddexp(rates[10], frames[:, NOTHING].sum())
    return rates


@given(st.integers(1, 9), st.integers(0, 2**31))
@settings(max_examples=60, deadline=None)
def test_a_span_is_rated_by_all_ways_in_which_it_may_hold_one_digit(count, seed):
    logits = np.random.default_rng(seed).normal(0, 3, (count, CLASSES))
    frames = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
    bounds = np.array(list(itertools.combinations_with_replacement(range(count + 1), 2)))
    found = rate_spans(frames, bounds)
    for (start, stop), rates in zip(bounds, found, strict=True):
        assert np.allclose(rates, sum_over_all(frames[start:stop]), atol=1e-6)


def test_what_is_seen_speaks_for_its_span_and_against_the_others():
    run = run_of(TALL, TALL, gap=6)
    spans = steps_of(run.pieces, [(0, 1), (0, 2), (1, 2)])
    looks = LineReader(Swept({6: 4, 13: 7})).look(run, spans)
    assert looks.shape == (3, NOT_A_DIGIT + 1)
    assert looks[0].argmax() == 4
    assert looks[2].argmax() == 7
    apart, together = looks[0].max() + looks[2].max(), looks[1].max()
    assert apart > together + 3


class Changing(Swept):
    """An engine that sees other digits each time."""

    def run(self, pictures: np.ndarray, shape: tuple[int, ...] | None = None) -> np.ndarray:
        self.middles = {6: 4} if len(self.asked) % 2 else {6: 9}
        return super().run(pictures, shape)


def test_what_is_said_of_all_places_counts_the_same():
    run = run_of(TALL)
    (both,) = LineReader(Changing()).look(run, [(0, 1)], AROUND[:2])
    (four,) = LineReader(Swept({6: 4})).look(run, [(0, 1)])
    assert both[4] == pytest.approx(both[9])
    assert both[7] < both[4] < four[4]
    assert len(AROUND) == len(set(AROUND))


def test_networks_take_turns():
    run = run_of(TALL)
    first, second = Swept({6: 4}), Swept({6: 9})
    (once,) = LineReader(first, lambda: second).look(run, [(0, 1)])
    assert (len(first.asked), len(second.asked)) == (1, 0), "a single look is the first one's"
    assert once[9] < once[4]
    (both,) = LineReader(first, lambda: second).look(run, [(0, 1)], AROUND)
    assert (len(first.asked), len(second.asked)) == (3, 2)
    assert both[4] == pytest.approx(both[9])
    assert both[7] < both[4] < once[4]


def test_a_run_that_is_too_wide_is_not_looked_at():
    engine = Swept()
    wide = run_of(*[TALL] * (WIDTHS_PX[-1] // 10))
    assert LineReader(engine).look(wide, [(0, 1)]) is None
    assert not engine.asked


def test_a_model_of_other_classes_is_refused():
    with pytest.raises(ModelMismatch):
        LineReader(Engine((MODELS / "digits.tflite").read_bytes(), (1, 28, 28, 1)))


def test_a_second_model_of_other_classes_is_refused_when_it_is_needed():
    second = partial(Engine, (MODELS / "digits.tflite").read_bytes(), (1, 28, 28, 1))
    reader = LineReader(Swept({6: 4}), second)
    assert reader.look(run_of(TALL), [(0, 1)]) is not None
    with pytest.raises(ModelMismatch):
        reader.look(run_of(TALL), [(0, 1)], AROUND)


def read_with(engine: Swept, run: Run, rows: list[dict[int, float]]):
    table = np.full((len(rows), NOT_A_DIGIT + 1), 1e-4, np.float32)
    for row, named in zip(table, rows, strict=True):
        for label, share in named.items():
            row[label] = share
    return Reader(Scripted(table), Limits(), LineReader(engine)).read(page_with([run]))


def test_it_settles_what_the_classifier_is_not_sure_of():
    run = run_of(SLIM, SLIM, gap=14)
    unsure = [{4: 0.55, 9: 0.44}, {7: 0.99}]
    assert read_with(Swept(), run, unsure).texts[0][0] == "4"
    engine = Swept({5: 9, 12: 7})
    assert read_with(engine, run, unsure).texts == ["97"]
    assert len(engine.asked) == 1


class Doubtful(Scripted):
    """A classifier that takes anything for a 4 or a 7, the first half of it rather for a 4."""

    def predict(self, patches: np.ndarray) -> np.ndarray:
        self.asked = patches
        rows = np.full((len(patches), NOT_A_DIGIT + 1), 1e-4, np.float32)
        rows[:, 4], rows[:, 7], rows[:, NOT_A_DIGIT] = 0.3, 0.3, 0.4
        return rows


def test_what_is_unsure_on_a_page_is_cut_closely_before_it_is_looked_at():
    """What is no wider than a digit is one piece at first; the line reader sees two in it, and needs a cut for that."""
    run = make_runs([ink_of("10", BODY_PX, 5)], [(0, 0)], [BODY_PX])[0]
    assert len(run.pieces) == 2
    strip = to_strip(run)
    (first, _), (start, stop) = (strip.frames_of(piece) for piece in run.pieces)
    engine = Swept({first + 1: 4, start + 3: 4, stop - 3: 7})
    classifier = Doubtful(NO_ROWS)
    limits = Limits(digit=0.2, clean=0.1, number=0.0)
    assert Reader(classifier, limits, LineReader(engine)).read(page_with([run])).texts == ["447"]
    assert len(classifier.asked) > 3


class Sure(Scripted):
    """A classifier that takes anything for a 4."""

    def predict(self, patches: np.ndarray) -> np.ndarray:
        self.asked = patches
        rows = np.full((len(patches), NOT_A_DIGIT + 1), 1e-6, np.float32)
        rows[:, 4] = 1.0
        return rows


@pytest.mark.parametrize(
    ("classifier", "times"), [(Sure(NO_ROWS), 1), (Doubtful(NO_ROWS), 1 + len(AROUND))], ids=["sure", "not sure"]
)
def test_a_picture_of_one_number_is_swept_at_once_and_where_that_is_not_sure_at_all_places(classifier, times):
    run = make_runs([ink_of("10", BODY_PX, 5)], [(0, 0)], [BODY_PX])[0]
    strip = to_strip(run)
    (first, _), (start, stop) = (strip.frames_of(piece) for piece in run.pieces)
    engine = Swept({first + 1: 4, (start + stop) // 2: 4})
    limits = Limits(digit=0.2, number=0.0, line_second_look=0.997)
    found = Reader(classifier, limits, LineReader(engine)).read(page_with([run], layout="line"))
    assert found.texts == ["44"]
    assert len(engine.asked) == times
    assert (len(classifier.asked) > 3) == (times > 1)


class Once(Scripted):
    """A classifier that is sure of all but what comes last at first, and takes anything later for a 7."""

    def __init__(self) -> None:
        super().__init__(NO_ROWS)
        self.batches: list[np.ndarray] = []

    def predict(self, patches: np.ndarray) -> np.ndarray:
        self.batches.append(patches)
        rows = np.full((len(patches), NOT_A_DIGIT + 1), 1e-6, np.float32)
        rows[:, 4 if len(self.batches) == 1 else 7] = 1.0
        if len(self.batches) == 1:
            rows[-1, 4], rows[-1, 9] = 0.5, 0.5
        return rows


def test_the_second_look_cuts_what_is_in_doubt_and_asks_about_what_is_new(monkeypatch):
    run = make_runs([ink_of("00", BODY_PX, 5)], [(0, 0)], [BODY_PX])[0]
    assert spans_of(run.pieces)[-1] == (1, 2)
    cut: list[Run] = []

    def watch(runs: list[Run], where: list[set[int]]) -> list[Run]:
        assert where == [{run.pieces[1].component}]
        cut.extend(cut_closely(runs, where))
        return cut

    monkeypatch.setattr("recognize.reader.cut_closely", watch)
    classifier = Once()
    Reader(classifier, Limits(), LineReader(Swept())).read(page_with([run]))
    (closely,) = cut
    assert closely.pieces[0] is run.pieces[0]
    first, second = classifier.batches
    known = {run.pieces[start:stop] for start, stop in spans_of(run.pieces)}
    new = [span for span in spans_of(closely.pieces) if closely.pieces[slice(*span)] not in known]
    assert len(first) == len(known)
    assert len(second) == len(new) < len(spans_of(closely.pieces))


class Paired(Engine):
    """A pair reader's engine that sees two digits in everything, and gives both a share of that."""

    classes = PAIR_CLASSES

    def __init__(self, share: float) -> None:
        self.share = share

    def run(self, pictures: np.ndarray, shape: tuple[int, ...] | None = None) -> np.ndarray:
        row = np.full(PAIR_CLASSES, 1e-9)
        row[4], row[NONE] = self.share, 1 - self.share
        return np.tile(np.log(row), (len(pictures), 2, 1)).astype(np.float32)


@pytest.mark.parametrize(("share", "times"), [(0.02, 1), (0.3, 1 + len(AROUND))], ids=["one digit", "two, perhaps"])
def test_what_was_not_cut_and_may_be_two_digits_is_cut_closely_however_sure_the_first_look_was(share, times):
    run = make_runs([ink_of("0", BODY_PX, 5)], [(0, 0)], [BODY_PX])[0]
    assert len(run.pieces) == 1
    engine = Swept({to_strip(run).frames_of(run.pieces[0])[0] + 1: 4})
    limits = Limits(digit=0.2, number=0.0)
    pairs = PairReader(Paired(share))
    Reader(Sure(NO_ROWS), limits, LineReader(engine), pair_reader=pairs).read(page_with([run], layout="line"))
    assert len(engine.asked) == times


def test_what_is_too_small_for_more_than_one_digit_is_never_cut():
    engine, classifier = Swept(), Doubtful(NO_ROWS)
    image = 255 - cv2.resize(ink_of("0", BODY_PX, 5), (20, 24), interpolation=cv2.INTER_AREA)
    page = prepare(Frame(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)))
    Reader(classifier, Limits(), LineReader(engine)).read(page)
    assert len(classifier.asked) == len(engine.asked) == 1


def test_it_is_not_asked_where_the_classifier_is_sure_or_sees_no_digit():
    engine = Swept()
    read_with(engine, run_of(TALL, TALL, gap=6), [{4: 0.9999}, {7: 0.9999}])
    wide = run_of(*[TALL] * 6, gap=6)
    read_with(engine, wide, [{NOT_A_DIGIT: 0.999}] * 6)
    assert not engine.asked
