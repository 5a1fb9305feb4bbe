"""Reader: what a page's runs become, with a classifier that says what it is told to."""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.frame import Frame
from errors import ReaderError
from preprocess.glyphs import BODY_PX, Piece, Run, spans_of
from preprocess.page import Page, prepare
from preprocess.quality import Quality
from preprocess.work import load_work, save_work
from recognize.box import box_in_frame
from recognize.classifier import MODELS, Card, Classifier
from recognize.lattice import NOT_A_DIGIT
from recognize.limits import Limits
from recognize.reader import Reader
from recognize.reading import Number
from tests.preprocess.drawn import page_of, write

Truth = Mapping[tuple[int, int], tuple[str, float]]
GOOD = Quality(200.0, 0.6, 0.6, 30.0)


class Scripted(Classifier):
    """A classifier that gives the rows it was told to, and keeps what it was asked."""

    def __init__(self, rows: np.ndarray) -> None:
        self.card = Card("fake", 1.0, {}, {})
        self.rows = rows
        self.asked = np.zeros(0)

    def predict(self, patches: np.ndarray) -> np.ndarray:
        self.asked = patches
        return self.rows


def run_of(*sizes: tuple[int, int], place: tuple[float, float] = (50, 50), zoom: float = 0.5) -> Run:
    """A run of full pieces side by side on one foot line: (width, height) each, in the run's pixels."""
    pieces, x = [], 0
    for number, (width, height) in enumerate(sizes):
        pieces.append(Piece(x, BODY_PX - height, np.full((height, width), 255, np.uint8), number))
        x += width + 2
    to_page = np.array([[zoom, 0, place[0]], [0, zoom, place[1]], [0, 0, 1]])
    return Run(tuple(pieces), to_page, BODY_PX * zoom)


def page_with(*lines: Sequence[Run], quality: Quality = GOOD, layout: str = "page") -> Page:
    frame = Frame(np.full((400, 600, 3), 230, np.uint8), "photo.jpg")
    found = tuple(tuple(line) for line in lines)
    return Page(frame, np.zeros((400, 600), np.uint8), found, np.eye(3), quality, layout)  # type: ignore[arg-type]


def read(page: Page, *truths: Truth, limits: Limits | None = None, min_confidence: float = 0.0):
    """Read a page of which the classifier knows, for each run, which spans are which digit, and how surely."""
    rows = []
    for run, truth in zip(page.runs, truths, strict=True):
        for span in spans_of(run.pieces):
            row = np.full(NOT_A_DIGIT + 1, 1e-4)
            digit, sure = truth.get(span, (str(NOT_A_DIGIT), 0.99))
            row[int(digit)] = sure
            row[(int(digit) + 1) % 10 if digit != str(NOT_A_DIGIT) else 0] += 1 - row.sum()
            rows.append(row)
    rows_ = np.array(rows, np.float32).reshape(-1, NOT_A_DIGIT + 1)
    return Reader(Scripted(rows_), limits or Limits()).read(page, min_confidence)


def digits(text: str, sure: float = 0.99) -> dict[tuple[int, int], tuple[str, float]]:
    """One digit for each piece; '_' for a piece that is none."""
    return {(place, place + 1): (value, sure) for place, value in enumerate(text) if value != "_"}


TALL = (26, BODY_PX)


# --- numbers


def test_each_run_is_a_number_in_reading_order():
    page = page_with([run_of(TALL, TALL), run_of(TALL, place=(200, 50))], [run_of(TALL, TALL, TALL, place=(50, 150))])
    found = read(page, digits("40"), digits("7"), digits("258"))
    assert found.texts == ["40", "7", "258"]
    assert (found.source, found.width, found.height, found.model) == ("photo.jpg", 600, 400, "fake")
    assert found.refused == ()
    assert found.advice == ()


def test_a_digit_that_was_cut_in_pieces_is_put_together():
    found = read(page_with([run_of((13, 48), (13, 48), TALL)]), {(0, 2): ("4", 0.99), (2, 3): ("1", 0.99)})
    assert found.texts == ["41"]
    left, right = (digit.box for digit in found.numbers[0].digits)
    assert left[2] - left[0] == pytest.approx((13 + 2 + 13) / 2, abs=2)
    assert left[2] <= right[0] + 1


def test_confidence_of_a_number_falls_with_each_unsure_digit():
    page = page_with([run_of(TALL, TALL)])
    sure = read(page, digits("40")).numbers[0].confidence
    unsure = read(page, digits("4", 0.8) | {(1, 2): ("0", 0.99)}).numbers[0].confidence
    worse = read(page, digits("40", 0.8)).numbers[0].confidence
    assert 0 < worse < unsure < sure <= 1


def test_marks_between_digits_are_in_raw_and_not_in_text():
    dot = run_of(TALL, (8, 8), TALL)
    assert [(n.text, n.raw) for n in read(page_with([dot]), digits("4_7")).numbers] == [("47", "4.7")]
    dash = Run(
        (
            dot.pieces[0],
            Piece(30, 22, np.full((5, 20), 255, np.uint8), 1),
            Piece(54, 0, np.full((48, 26), 255, np.uint8), 2),
        ),
        dot.to_page,
        dot.height_px,
    )
    assert [(n.text, n.raw) for n in read(page_with([dash]), digits("4_7")).numbers] == [("47", "4-7")]


def test_marks_before_and_after_are_left_out():
    found = read(page_with([run_of((8, 8), TALL, TALL, (8, 8))]), digits("_47_"))
    assert [(n.text, n.raw) for n in found.numbers] == [("47", "47")]


def test_alternatives_are_other_digits_the_likelier_first():
    digit = read(page_with([run_of(TALL, TALL)]), digits("40", 0.7)).numbers[0].digits[0]
    assert digit.alternatives[0][0] == "5"
    assert digit.alternatives[0][1] == pytest.approx(0.3, abs=0.05)
    assert [share for _, share in digit.alternatives] == sorted((s for _, s in digit.alternatives), reverse=True)


# --- refusals


def test_min_confidence_turns_unsure_digits_into_question_marks():
    page = page_with([run_of(TALL, TALL, TALL)])
    truth = digits("401", 0.99) | {(1, 2): ("0", 0.7)}
    assert read(page, truth).texts == ["401"]
    found = read(page, truth, min_confidence=0.9).numbers[0]
    assert found.text == "4?1"
    refused = found.digits[1]
    assert (refused.value, refused.alternatives[0][0]) == (None, "0")
    assert refused.reason


@given(st.lists(st.sampled_from([0.6, 0.75, 0.9, 0.97]), min_size=1, max_size=4), st.floats(0, 1))
@settings(max_examples=40, deadline=None)
def test_no_accepted_digit_is_less_sure_than_asked_for(sures, least):
    page = page_with([run_of(*[TALL] * len(sures))])
    truth = {(place, place + 1): (str(place), sure) for place, sure in enumerate(sures)}
    found = read(page, truth, min_confidence=least)
    for number in found.numbers:
        assert all(digit.confidence >= least for digit in number.digits if digit.value)
        assert all(digit.reason for digit in number.digits if not digit.value)
    assert len(found.numbers) + len(found.refused) == 1


def test_where_no_digit_is_sure_enough_the_whole_is_refused_with_a_reason():
    found = read(page_with([run_of(TALL, TALL)]), digits("40", 0.8), min_confidence=0.95)
    assert found.numbers == ()
    assert [bool(refusal.reason) for refusal in found.refused] == [True]


def test_what_is_no_digit_is_refused():
    found = read(page_with([run_of(TALL, TALL), run_of(TALL, TALL, place=(300, 50))]), {}, digits("12"))
    assert found.texts == ["12"]
    assert [refusal.reason for refusal in found.refused] == ["not a digit"]
    assert found.refused[0].box[0] < 150


def test_what_is_small_is_refused_as_small():
    found = read(page_with([run_of((8, 8))]), {})
    assert [refusal.reason for refusal in found.refused] == ["too small for a digit"]


def test_a_number_much_lower_than_the_others_is_no_number():
    page = page_with(
        [run_of(TALL, TALL)], [run_of(TALL, TALL, place=(50, 200))], [run_of(TALL, place=(50, 300), zoom=0.1)]
    )
    found = read(page, digits("40"), digits("15"), digits("7"))
    assert found.texts == ["40", "15"]
    assert "too small" in found.refused[0].reason


def test_a_letter_among_digits_makes_a_question_mark():
    found = read(page_with([run_of(TALL, TALL, TALL, TALL)]), digits("40_1"))
    assert found.texts == ["40?1"]
    assert found.numbers[0].digits[2].reason == "not a digit"
    assert found.numbers[0].confidence < 0.5


def test_a_page_of_words_holds_no_chance_digits():
    words = [[run_of(*[TALL] * 5, place=(40 + 190 * column, 40 + 60 * row)) for column in range(3)] for row in range(5)]
    truths: list[Truth] = [{}] * 15
    truths[7] = digits("1____", 0.7)
    page = page_with(*words)
    assert read(page, *truths).numbers == ()


# --- boxes


@given(
    left=st.floats(-60, 620),
    top=st.floats(-60, 420),
    zoom=st.floats(0.05, 3),
    turn=st.floats(-0.3, 0.3),
    lean=st.floats(-0.8, 0.8),
)
@settings(max_examples=80, deadline=None)
def test_boxes_lie_within_the_frame_and_hold_a_pixel(left, top, zoom, turn, lean):
    run = run_of(TALL, (8, 8), TALL)
    to_page = np.array([[zoom, lean * zoom + turn, left], [-turn, zoom, top], [0, 0, 1]])
    page = page_with([Run(run.pieces, to_page, 48 * zoom)])
    found = read(page, digits("4_7"), min_confidence=0)
    boxes = [refusal.box for refusal in found.refused]
    boxes += [noun.box for number in found.numbers for noun in (number, *number.digits)]
    assert boxes
    for x0, y0, x1, y1 in boxes:
        assert 0 <= x0 < x1 <= 600
        assert 0 <= y0 < y1 <= 400
        assert all(isinstance(side, int) for side in (x0, y0, x1, y1))


def test_a_numbers_box_is_that_around_its_digits():
    number = read(page_with([run_of(TALL, TALL, TALL)]), digits("401")).numbers[0]
    boxes = np.array([digit.box for digit in number.digits])
    assert number.box == (*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0))


@pytest.mark.parametrize("digit", ["1", "2", "4", "7"])
@pytest.mark.parametrize("lean", [0.0, 0.35])
def test_a_box_is_tight_around_the_ink_though_it_leans(digit, lean):
    """Boxes are in the frame's pixels: a run that was stood upright must not widen them."""
    ink = np.zeros((200, 300), np.uint8)
    write(ink, digit, 100, 60, 70, 5)
    rows, columns = np.nonzero(ink > 60)
    columns = columns + np.round((130 - rows) * lean).astype(int)
    grey = np.full((200, 300), 230, np.uint8)
    grey[rows, columns] = 60
    page = prepare(Frame(np.dstack([grey] * 3)))
    box = np.array(box_in_frame(page.runs[0].pieces, page.runs[0], page))
    truth = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
    assert np.abs(box - truth).max() <= 2


# --- the rest


def test_patches_that_are_given_are_not_made_again(tmp_path):
    page = prepare(Frame(page_of("407 15")), keep_stages=True)
    save_work(page, tmp_path)
    _, patches = load_work(tmp_path)
    scripted = Scripted(np.full((len(patches), NOT_A_DIGIT + 1), 1 / 11, np.float32))
    Reader(scripted, Limits()).read(page, patches=patches)
    assert scripted.asked is patches


def test_what_was_written_reads_as_what_was_read_directly(sample, tmp_path):
    from capture.image import load_image

    page = prepare(Frame(load_image(sample), str(sample)), keep_stages=True)
    save_work(page, tmp_path)
    loaded, patches = load_work(tmp_path)
    reader = Reader.load()
    direct, written = reader.read(page), reader.read(loaded, patches=patches)
    assert written.texts == direct.texts
    assert [n.box for n in written.numbers] == [n.box for n in direct.numbers]
    for one, other in zip(written.numbers, direct.numbers, strict=True):
        assert one.confidence == pytest.approx(other.confidence, abs=0.05)


def test_a_reading_tells_its_steps_and_times():
    page = prepare(Frame(page_of("4")))
    rows = np.full((sum(len(spans_of(run.pieces)) for run in page.runs), NOT_A_DIGIT + 1), 1 / 11, np.float32)
    found = Reader(Scripted(rows), Limits()).read(page)
    assert set(found.ms) >= {"preprocess", "recognize"}
    assert [step["stage"] for step in found.steps][:2] == ["view", "rules"]


def test_an_empty_page_is_an_empty_reading_with_advice():
    found = read(page_with(quality=Quality(220.0, 0.0, 0.0, 0.0)))
    assert (found.numbers, found.refused) == ((), ())
    assert found.advice == ("nothing is written here: show a number",)


@pytest.mark.parametrize(
    ("quality", "word"),
    [
        (Quality(220.0, 0.6, 0.6, 4.0), "closer"),
        (Quality(20.0, 0.6, 0.6, 30.0), "dark"),
        (Quality(220.0, 0.03, 0.6, 30.0), "faint"),
        (Quality(220.0, 0.6, 0.02, 30.0), "blurred"),
        (GOOD, "no number"),
    ],
)
def test_advice_names_what_is_wrong_with_a_picture_that_could_not_be_read(quality, word):
    found = read(page_with([run_of(TALL)], quality=quality), {})
    assert any(word in line for line in found.advice), found.advice


def test_a_good_picture_gets_no_advice():
    assert read(page_with([run_of(TALL, TALL)]), digits("40")).advice == ()


def test_the_card_may_set_the_limits(tmp_path):
    reader = Reader(Scripted(np.zeros((0, 11))))
    assert reader.limits == Limits()
    reader.classifier.card.thresholds["digit"] = 0.9
    assert Reader(reader.classifier).limits.digit == 0.9


@pytest.mark.parametrize("thresholds", [{"beauty": 0.5}, {"digit": "high"}, {"digit": None}], ids=str)
def test_a_card_with_limits_of_another_kind_is_refused(thresholds, tmp_path):
    shutil.copy(MODELS / "digits.tflite", tmp_path)
    card = json.loads((MODELS / "digits.json").read_text("utf-8")) | {"thresholds": thresholds}
    (tmp_path / "digits.json").write_text(json.dumps(card), "utf-8")
    with pytest.raises(ReaderError) as caught:
        Reader.load(Path(tmp_path))
    assert caught.value.exit_code == 5


def test_numbers_check_themselves_on_the_way():
    found = read(page_with([run_of(TALL, TALL)]), digits("40"))
    assert all(isinstance(number, Number) for number in found.numbers)
