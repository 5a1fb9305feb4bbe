"""Corrections: what was said of a digit stands until it is taken back, and can be learned from."""

import numpy as np
import pytest
import streamlit as st

from tests.web.readings import make_number, make_reading
from web import corrections
from web.corrections import NO_DIGIT, NO_NUMBER, Correction, Place, apply, final_texts

INK = np.full((28, 28), 7, np.uint8)


@pytest.fixture(autouse=True)
def session(monkeypatch):
    """A session of its own for each test."""
    kept: dict[str, object] = {}
    monkeypatch.setattr(st, "session_state", kept)
    return kept


def test_a_correction_stands_until_it_is_taken_back():
    number = make_number("4071")
    place = Place("abc", number.digits[1].box)
    corrections.correct(place, "6", INK)
    assert apply(number, corrections.labels_of("abc")) == "4671"
    assert apply(number, corrections.labels_of("another picture")) is None
    corrections.take_back(place)
    assert apply(number, corrections.labels_of("abc")) is None
    corrections.take_back(place)


def test_corrected_digits_can_be_learned_from(session):
    box = (0, 0, 5, 5)
    corrections.correct(Place("a", box), "3", INK)
    corrections.correct(Place("b", box), NO_DIGIT, INK)
    corrections.correct(Place("c", box), "4")
    (example,) = corrections.collected()
    assert example.label == "3"
    assert np.array_equal(example.picture, INK)
    assert set(session) == {corrections.KEY}


def test_the_last_word_counts():
    place = Place("a", (0, 0, 5, 5))
    corrections.correct(place, "3", INK)
    corrections.correct(place, "5", INK)
    assert [example.label for example in corrections.collected()] == ["5"]


def test_a_refused_digit_becomes_what_it_is():
    number = make_number("40?1")
    assert apply(number, {number.digits[2].box: "7"}) == "4071"


def test_what_is_no_number_is_not_said():
    first, second = make_number("40"), make_number("25", top=60)
    labels = {digit.box: NO_DIGIT for digit in first.digits}
    assert apply(first, labels) == NO_NUMBER
    assert final_texts(make_reading(first, second), labels) == ["25"]


@pytest.mark.parametrize("label", ["10", "x", "٣", " "])
def test_what_is_no_digit_is_refused(label):
    with pytest.raises(ValueError, match="label must be"):
        Correction(label)


def test_a_picture_of_another_kind_is_refused():
    with pytest.raises(ValueError, match="uint8"):
        Correction("1", np.zeros((28, 28), np.float32))
