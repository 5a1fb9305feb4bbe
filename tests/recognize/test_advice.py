"""Advice: names what is wrong with a picture that could not be read, and is silent about a good one."""

import pytest

from preprocess.quality import Quality
from recognize.advice import give_advice
from tests.recognize.scripted import GOOD, TALL, digits, page_with, read, run_of


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


def test_an_empty_page_in_the_dark_is_told_to_be_dark_first():
    first, second = give_advice(page_with(quality=Quality(10.0, 0.0, 0.0, 0.0)), ())
    assert "dark" in first
    assert "nothing is written" in second
