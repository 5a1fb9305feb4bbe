"""Context: specks, parts of words, chance digits in a text and Roman numerals are told by what else a page holds."""

import pytest

from recognize.box import box_in_frame
from recognize.context import DOUBTFUL
from recognize.limits import Limits
from recognize.pattern import expect
from tests.recognize.scripted import TALL, Truth, digits, page_with, read, run_of


def test_a_number_much_lower_than_the_others_is_no_number():
    page = page_with(
        [run_of(TALL, TALL)], [run_of(TALL, TALL, place=(50, 200))], [run_of(TALL, place=(50, 300), zoom=0.1)]
    )
    found = read(page, digits("40"), digits("15"), digits("7"))
    assert found.texts == ["40", "15"]
    assert "too small" in found.refused[0].reason


def test_a_page_of_words_holds_no_chance_digits():
    words = [[run_of(*[TALL] * 5, place=(40 + 190 * column, 40 + 60 * row)) for column in range(3)] for row in range(5)]
    truths: list[Truth] = [{}] * 15
    truths[7] = digits("1____", 0.7)
    page = page_with(*words)
    assert read(page, *truths).numbers == ()


@pytest.mark.parametrize(("width", "texts"), [(3, []), (1, ["40"])], ids=["words", "stains"])
def test_a_number_among_words_has_to_be_sure_and_one_among_stains_has_not(width, texts):
    """Nothing but the number can be read, though all of it may be digits."""
    places = [(40 + 190 * column, 40 + 60 * row) for row in range(3) for column in range(3)]
    runs = [run_of(*[TALL] * width, place=place) for place in places[:-1]] + [run_of(TALL, TALL, place=places[-1])]
    torn, limits = [digits("471"[:width], 0.7)] * 8, Limits(digit=0.85, among_words=0.9)
    page = page_with(*(runs[start : start + 3] for start in (0, 3, 6)))
    assert read(page, *torn, digits("40", 0.95), limits=limits).texts == texts
    assert read(page, *torn, digits("40", 0.999), limits=limits).texts == ["40"]


@pytest.mark.parametrize(
    ("away", "lower", "sure", "texts"),
    [
        (0.2, 0.0, 0.9, []),
        (0.2, 0.0, 0.999, ["40"]),
        (-1.5, 0.0, 0.9, ["40"]),  # in the midst of it
        (0.8, 0.0, 0.9, ["40"]),
        (0.2, 1.5, 0.9, ["40"]),
    ],
)
@pytest.mark.parametrize("is_left", [True, False])
def test_what_stands_as_close_to_a_word_as_its_letters_is_a_part_of_it(away, lower, sure, texts, is_left):
    word = run_of(TALL, TALL, TALL, place=(200, 100))
    number = run_of(TALL, TALL)
    (left, _, right, _), (number_left, _, number_right, _) = (
        box_in_frame(run.pieces, run, page_with([run])) for run in (word, number)
    )
    far = away * word.height_px
    x = left - far - (number_right - number_left) if is_left else right + far
    number = run_of(TALL, TALL, place=(x, 100 + lower * word.height_px))
    found = read(page_with([word, number]), {}, digits("40", sure), limits=Limits(among_words=0.9))
    assert found.texts == texts
    assert texts or found.refused[1].reason == "a word, not a number"


@pytest.mark.parametrize(("away", "texts"), [(0.15, []), (0.35, ["9"])])
def test_a_lone_digit_that_nearly_touches_a_word_is_its_letter_however_sure(away, texts):
    word = run_of(TALL, TALL, TALL, place=(100, 100))
    _, _, right, _ = box_in_frame(word.pieces, word, page_with([word]))
    letter = run_of(TALL, place=(right + away * word.height_px, 100))
    assert read(page_with([word, letter]), {}, digits("9", 0.999)).texts == texts


def test_what_stands_close_to_a_letter_of_a_word_is_one_too():
    word = run_of(TALL, TALL, TALL, place=(100, 100))
    _, _, right, _ = box_in_frame(word.pieces, word, page_with([word]))
    first, second = (run_of(TALL, TALL, place=(right + step * word.height_px, 100)) for step in (0.3, 1.5))
    limits = Limits(among_words=0.9)
    found = read(page_with([word, first, second]), {}, *[digits("94", 0.9)] * 2, limits=limits)
    assert [one.reason for one in found.refused[1:]] == ["a word, not a number"] * 2
    assert read(page_with([first, second]), *[digits("94", 0.9)] * 2, limits=limits).texts == ["94", "94"]


def test_a_stroke_far_lower_than_the_only_digit_is_dust():
    digit, dust = run_of(TALL, place=(50, 50), zoom=4), run_of(TALL, place=(400, 300), zoom=0.35)
    found = read(page_with([digit], [dust]), digits("7", 0.98), digits("1", 0.999))
    assert found.texts == ["7"]
    assert found.refused[0].reason == "too small beside the other digits"
    both = [run_of(TALL, place=(300 + x, 300), zoom=0.35) for x in (0, 50)]
    assert read(page_with([digit], both), digits("7"), digits("1"), digits("5")).texts == ["7", "1", "5"]
    small = run_of(TALL, place=(400, 300), zoom=0.8)
    assert read(page_with([digit], [small]), digits("7", 0.98), digits("1", 0.999)).texts == ["7", "1"]


def test_strokes_that_count_a_tables_columns_are_no_numbers():
    stroke = (8, TALL[1])
    heads = [run_of(*[stroke] * count, place=(100 * count, 50), gap=8) for count in (1, 2, 3)]
    marks = [run_of(TALL, TALL, place=(100 * column, 120)) for column in (1, 2, 3)]
    read_of = [digits("1"), digits("11"), digits("111"), *[digits("43")] * 3]
    found = read(page_with(heads, marks), *read_of)
    assert found.texts == ["43"] * 3
    assert [one.reason for one in found.refused] == ["a Roman numeral"] * 3
    asked = read(page_with(heads, marks), *read_of, expected=expect(lengths=[1, 2, 3]))
    assert asked.texts == ["1", "11", "111", *["43"] * 3]


def test_a_digit_that_the_user_wants_surer_makes_no_word_of_a_number_beside_one():
    word = run_of(TALL, TALL, TALL, place=(200, 100))
    _, _, right, _ = box_in_frame(word.pieces, word, page_with([word]))
    number = run_of(TALL, TALL, TALL, place=(right + 0.2 * word.height_px, 100))
    truth = digits("401", 0.9999) | {(1, 2): ("0", 0.97)}
    limits = Limits(among_words=0.6)
    assert read(page_with([word, number]), {}, truth, limits=limits).texts == ["401"]
    found = read(page_with([word, number]), {}, truth, limits=limits, min_confidence=0.92)
    assert found.texts == ["4?1"]
    assert found.numbers[0].confidence <= DOUBTFUL
