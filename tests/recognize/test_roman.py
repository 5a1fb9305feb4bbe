"""Roman: strokes that count from one to three are no numbers; other ones are."""

import pytest

from recognize.reading import Digit, Number
from recognize.roman import find_roman

ROW = [(100, 100), (200, 105), (310, 98)]


def number_at(text: str, place: tuple[int, int], *, raw: str = "", width: int = 8, height: int = 40) -> Number:
    """A number whose digits stand 16 px from each other, around a point."""
    left, top = place[0] - 8 * len(text), place[1] - height // 2
    boxes = [(left + 16 * i, top, left + 16 * i + width, top + height) for i in range(len(text))]
    digits = tuple(Digit(value, 0.99, box, ()) for value, box in zip(text, boxes, strict=True))
    return Number(text, raw or text, digits, 0.97, (left, top, boxes[-1][2], top + height))


def find(*numbers: Number) -> list[str]:
    return [numbers[place].text for place in sorted(find_roman(numbers))]


@pytest.mark.parametrize("places", [ROW, [(100, 100), (98, 150), (102, 205)]], ids=["row", "column"])
def test_strokes_that_count_are_roman(places):
    assert find(*map(number_at, ["1", "11", "111"], places)) == ["1", "11", "111"]


@pytest.mark.parametrize(("raw", "is_roman"), [("1-1", True), ("1.1", False)])
def test_a_line_behind_the_strokes_may_be_a_dash_and_a_dot_makes_a_number(raw, is_roman):
    numbers = [
        number_at(text, place, raw=own) for text, place, own in zip(["1", "11", "111"], ROW, ["", raw, ""], strict=True)
    ]
    assert find(*numbers) == (["1", "11", "111"] if is_roman else [])


def test_each_term_counts_anew():
    heads = [number_at(text, (100 * i, 100)) for i, text in enumerate(["1", "11", "111"] * 2, 1)]
    marks = [number_at(text, (100 * i, 200), width=14) for i, text in enumerate(["43", "53", "1", "11", "69", "83"], 1)]
    assert find(*heads, *marks) == ["1", "11", "111"] * 2


def test_what_stands_between_them_makes_numbers_of_them():
    texts = ["1", "7", "11", "23", "111"]
    assert find(*[number_at(text, (100, 50 * i)) for i, text in enumerate(texts, 1)]) == []
    assert find(*[number_at(text, (100 * i, 50)) for i, text in enumerate(texts, 1)]) == []


@pytest.mark.parametrize(
    "places",
    [[(100, 100), (200, 180), (300, 40)], [(100, 100), (150, 100), (400, 100)], ROW[::-1]],
    ids=["no row", "uneven", "backwards"],
)
def test_strokes_that_do_not_follow_each_other_are_numbers(places):
    assert find(*map(number_at, ["1", "11", "111"], places)) == []


def test_other_ones_are_numbers():
    first, second, third = map(number_at, ["1", "11", "111"], ROW)
    assert find(first, second) == []
    assert find(first, number_at("12", ROW[1]), third) == []
    assert find(first, second, third, number_at("1111", (410, 100))) == []
    assert find(first, number_at("11", ROW[1], raw="1.1"), number_at("111", ROW[2], raw="1.11")) == []
    assert (
        find(*[number_at(one.text, place, width=18) for one, place in zip([first, second, third], ROW, strict=True)])
        == []
    )
    assert find(first, second, number_at("111", ROW[2], height=100)) == []
    assert find() == []
