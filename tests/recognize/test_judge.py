"""Judge: what is accepted as a number, what becomes a question mark, and what is refused with which reason."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognize.context import DOUBTFUL
from recognize.judge import Judge
from recognize.lattice import NOT_A_DIGIT, Path, Segment
from recognize.limits import Limits
from recognize.reading import Number
from tests.recognize.scripted import TALL, digits, page_with, read, run_of


def test_confidence_of_a_number_falls_with_each_unsure_digit():
    page = page_with([run_of(TALL, TALL)])
    sure = read(page, digits("40")).numbers[0].confidence
    unsure = read(page, digits("4", 0.8) | {(1, 2): ("0", 0.99)}).numbers[0].confidence
    worse = read(page, digits("40", 0.8)).numbers[0].confidence
    assert 0 < worse < unsure < sure <= 1


@pytest.mark.parametrize(("is_tall", "doubt"), [(True, 0.45), (False, 1.0)])
def test_a_tall_stroke_that_may_be_a_digit_makes_a_number_less_sure(is_tall, doubt):
    run = run_of(TALL, (6, TALL[1]), TALL)
    sure, torn = np.eye(11), np.array([0, 0, 0, 0, 0, 0, 0, 0.55, 0, 0, 0.45])
    route = Path(
        (
            Segment(0, 1, "digit", 4, sure[4]),
            Segment(1, 2, "mark", NOT_A_DIGIT, torn, is_tall=is_tall),
            Segment(2, 3, "digit", 8, sure[8]),
        ),
        0.45,
    )
    number = Judge(page_with([run]), Limits()).judge_run(run, route).what
    assert isinstance(number, Number)
    assert number.confidence == pytest.approx(doubt, abs=1e-3)


def test_alternatives_are_other_digits_the_likelier_first():
    digit = read(page_with([run_of(TALL, TALL)]), digits("40", 0.7)).numbers[0].digits[0]
    assert digit.alternatives[0][0] == "5"
    assert digit.alternatives[0][1] == pytest.approx(0.3, abs=0.05)
    assert [share for _, share in digit.alternatives] == sorted((s for _, s in digit.alternatives), reverse=True)


def test_min_confidence_turns_unsure_digits_into_question_marks():
    page = page_with([run_of(TALL, TALL, TALL)])
    truth = digits("401", 0.99) | {(1, 2): ("0", 0.7)}
    assert read(page, truth).texts == ["401"]
    found = read(page, truth, min_confidence=0.9).numbers[0]
    assert found.text == "4?1"
    assert found.confidence <= DOUBTFUL, "the whole of it is not right, however sure the rest is"
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


def test_a_letter_among_digits_makes_a_question_mark():
    found = read(page_with([run_of(TALL, TALL, TALL, TALL)]), digits("40_1"))
    assert found.texts == ["40?1"]
    assert found.numbers[0].digits[2].reason == "not a digit"
    assert found.numbers[0].confidence <= DOUBTFUL


@pytest.mark.parametrize(("layout", "texts"), [("page", []), ("line", ["7"])])
def test_a_digit_alone_must_be_surer_on_a_page_than_where_it_is_all_there_is(layout, texts):
    page = page_with([run_of(TALL)], layout=layout)
    assert read(page, digits("7", 0.55)).texts == texts
    assert read(page, digits("7")).texts == ["7"]


@pytest.mark.parametrize(
    ("joined", "plainly", "texts"), [(5, 0.95, ["11111"]), (6, 0.95, []), (6, 0.9, ["111111"])], ids=str
)
def test_nobody_writes_so_many_digits_without_lifting_the_pen_unless_they_plainly_are(
    joined, plainly, texts, monkeypatch
):
    # Single strokes are hardly ever plain.
    monkeypatch.setattr("recognize.judge.PLAINLY", plainly)
    run = run_of(*[TALL] * joined)
    wave = replace(run, pieces=tuple(replace(piece, component=0) for piece in run.pieces))
    found = read(page_with([wave]), digits("1" * joined))
    assert found.texts == texts
    assert [one.reason for one in found.refused] == ([] if texts else ["a drawing, not a number"])
    # In a picture that is said to be one number, it is one.
    assert read(page_with([wave], layout="line"), digits("1" * joined)).texts == ["1" * joined]


@pytest.mark.parametrize(("sure", "texts"), [(0.95, ["40?1"]), (0.92, []), (0.7, [])])
def test_a_word_that_holds_a_few_likenesses_of_digits_is_no_number(sure, texts):
    found = read(page_with([run_of(*[TALL] * 4)]), digits("40_1", sure))
    assert found.texts == texts
    assert texts or found.refused[0].reason == "a word, not a number"


@pytest.mark.parametrize("layout", ["page", "line"])
def test_a_number_that_is_hardly_believed_is_refused(layout):
    page = page_with([run_of(TALL, TALL, TALL)], layout=layout)
    assert read(page, digits("407", 0.9), limits=Limits(number=0.5)).texts == ["407"]
    found = read(page, digits("407", 0.9), limits=Limits(number=0.8))
    assert found.texts == []
    assert found.refused[0].reason == "not sure enough"
