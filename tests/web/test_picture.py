"""Picture: what is shown of a picture, and what its digits are called."""

import cv2
import numpy as np
import pytest

from tests.web.readings import make_number, make_reading
from web.parts.paste import decode
from web.parts.picture import LARGEST_PX, describe_picture, figure, label_of, name_digits, shrink


def test_large_pictures_are_shrunk_and_small_ones_are_not():
    large = shrink(np.zeros((3000, 4000, 3), np.uint8))
    assert (large.width, large.height) == (4000, 3000)
    assert cv2.imdecode(np.frombuffer(large.jpeg, np.uint8), cv2.IMREAD_COLOR).shape == (960, LARGEST_PX, 3)
    assert cv2.imdecode(np.frombuffer(shrink(np.zeros((28, 20), np.uint8)).jpeg, np.uint8), 0).shape == (28, 20)
    assert shrink(np.zeros((1, 100_000), np.uint8)).jpeg


def test_digits_are_named_by_their_number_and_place():
    number = make_number("40?1")
    named = [
        name for _, name in name_digits(make_reading(number), {number.digits[1].box: "6", number.digits[3].box: ""})
    ]
    assert named == [
        "digit 1 of number 40?1: 4, 97 %",
        "digit 2 of number 40?1: 6, corrected from 0",
        "digit 3 of number 40?1: refused, 40 %",
        "digit 4 of number 40?1: no digit, corrected from 1",
    ]


def test_a_corrected_number_is_told_in_words():
    number = make_number("40")
    assert label_of(number, {}) == "40"
    assert label_of(number, {number.digits[0].box: "9"}) == "90 corrected"
    assert label_of(number, {digit.box: "" for digit in number.digits}) == "no number, corrected"


def test_a_picture_is_described_for_those_who_do_not_see_it():
    assert describe_picture(make_reading(make_number("40", raw="4,0"))) == "sheet.jpg, with the numbers 4,0"
    assert describe_picture(make_reading()) == "sheet.jpg: no number was found"


@pytest.mark.parametrize("sent", [None, "x", {"a": 1}, [None], [{}], ["?"], ["a" * 30_000_000], [""]])
def test_what_is_pasted_and_is_no_picture_is_passed_over(sent):
    assert decode(sent) == []


def test_what_is_pasted_has_a_name_of_its_own():
    one, other, again = decode(["aGVsbG8=", "aGVsbG8h", "aGVsbG8="])
    assert one.content == b"hello"
    assert one.name == again.name
    assert one.name != other.name


def test_the_caption_of_a_digit_is_escaped():
    made = figure(np.zeros((2, 3), np.uint8), '<a href="x">')
    assert '<a href="x">' not in made
    assert "&lt;a" in made
