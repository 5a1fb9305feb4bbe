import re
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from errors import SpeechUnavailable, WrongUsage
from speak.engine import CHECKOUT
from speak.language import ENGLISH_DIGITS
from speak.wording import BETWEEN_NUMBERS, as_digits, as_number, word

CHARACTER_OF = {**{name: str(digit) for digit, name in enumerate(ENGLISH_DIGITS)}, "unsure": "?"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("4071", "four zero seven one"),
        ("007", "zero zero seven"),
        ("40?1", "four zero, unsure, one"),
        ("4?7", "four, unsure, seven"),
        ("??", "unsure, unsure"),
        ("12345?1", "one two three, four five, unsure, one"),
        ("12345", "one two three, four five"),
        ("1234567", "one two three, four five six seven"),
        ("12.500", "one two point five zero zero"),
        ("14:30", "one four colon three zero"),
        ("-5", "minus five"),
        ("−5", "minus five"),
        ("5-6", "five dash six"),
        ("12345.6", "one two three, four five point six"),
        ("", "no number"),
        ("  \n", "no number"),
    ],
)
def test_digits_are_said_one_by_one(text, words):
    assert as_digits(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0", "zero"),
        ("105", "one hundred and five"),
        ("4071", "four thousand and seventy-one"),
        ("007", "zero zero seven"),
        ("0123", "zero one two three"),
        ("000", "zero zero zero"),
        ("40?1", "four zero, unsure, one"),
        ("12.500", "twelve point five zero zero"),
        ("12,500", "twelve comma five zero zero"),
        ("0.5", "zero point five"),
        (".5", "point five"),
        ("14:30", "fourteen colon thirty"),
        ("14:05", "fourteen colon zero five"),
        ("-12", "minus twelve"),
        ("3/4", "three slash four"),
        ("1.234.567", "one point two three four point five six seven"),
        ("12.34?", "one two point three four, unsure"),
        ("", "no number"),
    ],
)
def test_numbers_are_said_as_a_whole(text, words):
    assert as_number(text) == words


def test_fifteen_digits_are_a_number_and_sixteen_are_not():
    assert as_number("1" + "0" * 14) == "one hundred trillion"
    assert as_number("1" + "0" * 15) == as_digits("1" + "0" * 15)


def test_numbers_are_parted_by_a_pause():
    assert as_digits("4071 105") == f"four zero seven one{BETWEEN_NUMBERS}one zero five"
    assert as_number("12\n40?1").split(BETWEEN_NUMBERS) == ["twelve", "four zero, unsure, one"]


def test_the_style_is_a_word():
    assert word("12", "digits") == "one two"
    assert word("12", "number") == "twelve"
    with pytest.raises(WrongUsage, match="Give 'digits' or 'number'"):
        word("12", "roman")


@pytest.mark.parametrize("text", ["12a", "hello", "٤", "1²", "\x00", "1\udc80"])
@pytest.mark.parametrize("style", ["digits", "number"])
def test_what_is_no_number_is_refused(text, style):
    with pytest.raises(WrongUsage, match="is no number"):
        word(text, style)


@given(st.text("0123456789?", min_size=1, max_size=40))
def test_the_digits_can_be_written_down_from_the_words(number):
    words = as_digits(number)
    assert "".join(CHARACTER_OF[name] for name in re.findall("[a-z]+", words)) == number


@given(st.text("0123456789", min_size=5, max_size=40))
def test_groups_have_three_digits_and_the_last_two_to_four(number):
    *groups, last = (len(group.split()) for group in as_digits(number).split(", "))
    assert set(groups) == {3}
    assert 2 <= last <= 4


@settings(max_examples=40)
@given(st.lists(st.from_regex(r"\A-?[0-9?]+([.,:/-][0-9?]+)*\Z"), min_size=1, max_size=4))
def test_every_digit_of_every_number_is_said_in_either_style(numbers):
    for style in ("digits", "number"):
        said = word(" ".join(numbers), style).split(BETWEEN_NUMBERS)
        assert len(said) == len(numbers)
        assert [words.count("unsure") for words in said] == [number.count("?") for number in numbers]


TEENS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen"""
ENDING_IN_TY = "twenty thirty forty fifty sixty seventy eighty ninety"
SMALL = {name: value for value, name in enumerate(TEENS.split())}
TENS = {name: 10 * ten for ten, name in enumerate(ENDING_IN_TY.split(), start=2)}
SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}


def value_of(words: str) -> int:
    """Read an English number, as an oracle."""
    total = group = 0
    for name in re.findall("[a-z]+", words):
        if name in SCALES:
            total, group = total + group * SCALES[name], 0
        elif name == "hundred":
            group *= 100
        elif name != "and":
            group += SMALL.get(name, 0) + TENS.get(name, 0)
    return total + group


@given(st.integers(0, 10**15 - 1))
def test_a_whole_number_means_its_value(value):
    assert value_of(as_number(str(value))) == value


@pytest.mark.parametrize(
    ("text", "style", "words"),
    [
        ("007", "digits", "oh oh seven"),
        ("105", "digits", "one oh five"),
        ("12.05", "number", "twelve point oh five"),
        ("0", "number", "zero"),
    ],
)
def test_a_zero_may_be_called_oh(text, style, words):
    assert word(text, style, zero="oh") == words


def test_oh_is_english_alone():
    with pytest.raises(WrongUsage, match="not called 'oh' in German"):
        as_digits("007", "de", "oh")
    with pytest.raises(WrongUsage, match="Give 'zero' or 'oh'"):
        word("007", "digits", "en", "null")


@pytest.mark.parametrize(
    ("language", "digits", "number"),
    [
        ("de", "eins null, unsicher, fünf", "minus einhundertfünf Komma fünf"),
        ("fr", "un zéro, incertain, cinq", "moins cent cinq virgule cinq"),
        ("es", "uno cero, dudoso, cinco", "menos ciento cinco coma cinco"),
        ("it", "uno zero, incerto, cinque", "meno centocinque virgola cinque"),
        ("nl", "één nul, onzeker, vijf", "min honderdvijf komma vijf"),
        ("pt", "um zero, incerto, cinco", "menos cento e cinco vírgula cinco"),
        ("pt_BR", "um zero, incerto, cinco", "menos cento e cinco vírgula cinco"),
    ],
)
def test_other_languages_have_the_same_wording(language, digits, number):
    assert as_digits("10?5", language) == digits
    assert as_number("-105,5", language) == number


def test_a_region_counts_its_own_way():
    assert as_number("75", "fr") == "soixante-quinze"
    assert as_number("75", "fr-CH") == "septante-cinq"


def test_an_unknown_language_is_told_with_those_there_are():
    with pytest.raises(WrongUsage, match=r"no words for the language 'xx'.*en, de, fr, es, it, nl, pt"):
        as_digits("1", "xx")


def test_without_num2words_the_other_style_is_proposed(monkeypatch):
    monkeypatch.setitem(sys.modules, "num2words", None)
    assert as_digits("12") == "one two"
    assert as_number("007") == "zero zero seven"
    with pytest.raises(SpeechUnavailable, match=r"pip install.*--as digits"):
        as_number("12")


def test_nothing_heavy_is_imported():
    heavy = {"pyttsx3", "num2words", "numpy", "click", "espeakng_loader"}
    code = f"import sys, speak, speak.voice; speak.as_digits('12'); print(*({heavy!r} & set(sys.modules)))"
    imported = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert imported.stdout.strip() == ""
