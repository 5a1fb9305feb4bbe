"""Reading: nouns that check themselves, and a result that exports, draws and says itself."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognize.reading import Box, Digit, Number, Reading, Refusal

BOX = (1, 2, 30, 40)
# What to_dict rounds to; finer values would not come back.
shares = st.integers(0, 10_000).map(lambda n: n / 10_000)
texts = st.text(max_size=20)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    left, top = draw(st.integers(0, 300)), draw(st.integers(0, 200))
    return left, top, left + draw(st.integers(1, 200)), top + draw(st.integers(1, 100))


values = st.sampled_from("0123456789")
alternatives = st.lists(st.tuples(values, shares), max_size=3).map(tuple)
accepted = st.builds(Digit, values, shares, boxes(), alternatives)
refused = st.builds(Digit, st.none(), shares, boxes(), alternatives, st.text(min_size=1, max_size=12))


@st.composite
def numbers(draw: st.DrawFn) -> Number:
    digits = [*draw(st.lists(accepted | refused, max_size=6)), draw(accepted)]
    text = "".join(digit.value or "?" for digit in digits)
    mark = draw(st.sampled_from(["", ".", "-"]))
    return Number(text, text[:1] + mark + text[1:], tuple(digits), draw(shares), draw(boxes()))


readings = st.builds(
    Reading,
    source=texts,
    width=st.integers(1, 5000),
    height=st.integers(1, 5000),
    numbers=st.lists(numbers(), max_size=4).map(tuple),
    refused=st.lists(st.builds(Refusal, boxes(), texts), max_size=3).map(tuple),
    advice=st.lists(texts, max_size=2).map(tuple),
    model=texts,
    ms=st.dictionaries(
        st.sampled_from(["capture", "preprocess", "recognize"]), st.integers(0, 999_999).map(lambda n: n / 100)
    ),
)


def digit(value: str | None = "4", **changes: Any) -> Digit:
    fields: dict[str, Any] = {"confidence": 0.9, "box": BOX, "reason": None if value else "4 or 9"}
    return Digit(value, **(fields | changes))


def number(text: str = "40?1", **changes: Any) -> Number:
    digits = tuple(digit(c if c != "?" else None) for c in text)
    fields: dict[str, Any] = {"text": text, "raw": text, "digits": digits, "confidence": 0.8, "box": BOX}
    return Number(**(fields | changes))


def reading(*found: Number, **changes: Any) -> Reading:
    fields: dict[str, Any] = {"refused": (), "advice": (), "model": "1.0.0"}
    return Reading("a.jpg", 320, 200, found, **(fields | changes))


# --- nouns check themselves


@pytest.mark.parametrize("value", ["", "42", "x", "?", "-", "²", "٣"])
def test_a_digit_is_0_to_9_or_none(value):
    with pytest.raises(ValueError, match="value must be '0' to '9' or None"):
        digit(value, reason=None)


@pytest.mark.parametrize(("value", "reason"), [("4", "4 or 9"), (None, None)])
def test_a_refused_digit_has_a_reason_and_only_that(value, reason):
    with pytest.raises(ValueError, match="needs a reason"):
        digit(value, reason=reason)


@pytest.mark.parametrize("confidence", [-0.01, 1.01, float("nan"), float("inf")])
def test_confidence_is_within_0_and_1(confidence):
    with pytest.raises(ValueError, match="confidence must be within 0-1"):
        digit(confidence=confidence)
    with pytest.raises(ValueError, match="confidence must be within 0-1"):
        number(confidence=confidence)


@pytest.mark.parametrize("box", [(5, 5, 5, 9), (5, 5, 9, 5), (9, 5, 5, 9), (1, 2, 3)])
def test_a_box_holds_at_least_a_pixel(box):
    for make in (lambda: digit(box=box), lambda: number(box=box), lambda: Refusal(box, "not a digit")):
        with pytest.raises(ValueError, match="box must be"):
            make()


@pytest.mark.parametrize(
    ("text", "digits"),
    [("41", (digit("4"), digit("2"))), ("4", (digit("4"), digit("1"))), ("??", (digit(None), digit(None))), ("", ())],
)
def test_a_number_spells_its_digits_and_has_one(text, digits):
    with pytest.raises(ValueError, match="must spell its digits"):
        number(text, digits=digits)


def test_nouns_are_frozen():
    for noun, field in ((digit(), "value"), (number(), "text"), (reading(), "numbers"), (Refusal(BOX, "x"), "reason")):
        with pytest.raises(AttributeError):
            setattr(noun, field, None)


# --- out and in again


@given(readings)
@settings(max_examples=100, deadline=None)
def test_what_goes_out_as_json_comes_in_as_it_was(made):
    line = json.dumps(made.to_dict())
    assert Reading.from_dict(json.loads(line)) == made
    assert "\n" not in line


def test_the_json_is_that_of_the_contract():
    sure = digit("4", confidence=0.99, alternatives=(("9", 0.008),))
    found = reading(
        number("4", digits=(sure,)), refused=(Refusal((300, 20, 340, 80), "not a digit"),), ms={"capture": 4.126}
    )
    assert found.to_dict() == {
        "source": "a.jpg",
        "width": 320,
        "height": 200,
        "numbers": [
            {
                "text": "4",
                "raw": "4",
                "confidence": 0.8,
                "box": [1, 2, 30, 40],
                "digits": [
                    {
                        "value": "4",
                        "confidence": 0.99,
                        "box": [1, 2, 30, 40],
                        "alternatives": [["9", 0.008]],
                        "reason": None,
                    }
                ],
            }
        ],
        "refused": [{"box": [300, 20, 340, 80], "reason": "not a digit"}],
        "advice": [],
        "model": "1.0.0",
        "ms": {"capture": 4.13},
    }


# --- drawing and speaking


@given(readings, st.integers(1, 120), st.integers(1, 120))
@settings(max_examples=50, deadline=None)
def test_drawing_keeps_the_shape_and_the_picture_that_came_in(made, height, width):
    image = np.full((height, width, 3), 200, np.uint8)
    drawn = made.render(image)
    assert (drawn.shape, drawn.dtype) == (image.shape, np.uint8)
    assert (image == 200).all()


def test_boxes_and_figures_are_drawn_where_they_belong():
    image = np.full((200, 320, 3), 200, np.uint8)
    drawn = reading(number("40", box=(100, 80, 200, 130))).render(image)
    changed = np.argwhere((drawn != image).any(axis=2))
    assert (drawn[80, 100:200] != 200).any(axis=1).all()
    assert changed[:, 0].min() < 80, "no label above the box"
    assert not (drawn[150:] != 200).any()


def test_nothing_read_draws_nothing():
    image = np.full((50, 60, 3), 200, np.uint8)
    assert np.array_equal(reading().render(image), image)


def test_the_surer_the_greener():
    image = np.full((200, 320, 3), 255, np.uint8)
    corners = [
        reading(number("40", box=(100, 80, 200, 130), confidence=c)).render(image)[130 - 1, 150]
        for c in (0.99, 0.7, 0.1)
    ]
    assert len({tuple(corner) for corner in corners}) == 3
    assert corners[0].argmax() == 1
    assert corners[2].argmax() == 2


def test_spoken_are_all_numbers_in_order():
    assert reading(number("40"), number("7")).spoken(lambda text: f"<{text}>") == "<40>. <7>"
    assert reading(number("40")).spoken() == "40"


def test_nothing_read_is_spoken_too():
    assert reading().spoken() == "no number"


def test_texts_are_those_of_the_numbers():
    assert reading(number("40"), number("4?")).texts == ["40", "4?"]
