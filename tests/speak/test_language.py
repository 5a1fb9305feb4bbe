import sys

import pytest

from errors import SpeechUnavailable, WrongUsage
from speak.language import GUIDANCE, LANGUAGES, MARKS, Language, digit_words, find_language, number_words, phrase

DIGITS = {
    "en": "zero one two three four five six seven eight nine",
    "de": "null eins zwei drei vier fünf sechs sieben acht neun",
    "fr": "zéro un deux trois quatre cinq six sept huit neuf",
    "es": "cero uno dos tres cuatro cinco seis siete ocho nueve",
    "it": "zero uno due tre quattro cinque sei sette otto nove",
    "nl": "nul één twee drie vier vijf zes zeven acht negen",
    "pt": "zero um dois três quatro cinco seis sete oito nove",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_digits_are_called_what_people_call_them(language):
    assert " ".join(digit_words(language)) == DIGITS[language]
    assert [number_words(digit, language) for digit in range(10)] == DIGITS[language].split()


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
def test_each_word_and_phrase_is_there_and_tells_apart(language):
    assert len(set(language.mark_words.values())) == len(MARKS)
    assert len(set(language.guidance)) == len(GUIDANCE)
    words = (language.unsure, language.nothing_read, *language.marks, *language.guidance)
    assert all(word == word.strip() != "" for word in words)
    assert max(map(len, language.guidance)) <= 50, "too long to be heard while the paper moves"
    assert not {language.unsure, *language.marks} & set(digit_words(language.code))


@pytest.mark.parametrize("code", ["de", "DE", "de-AT", "de_CH"])
def test_a_region_is_passed_over(code):
    assert find_language(code).name == "German"


@pytest.mark.parametrize("code", ["xx", "", "-", "deu", "../de"])
def test_an_unknown_language_is_told_with_those_there_are(code):
    with pytest.raises(WrongUsage, match="Give one of: en, de, fr, es, it, nl, pt"):
        find_language(code)


def test_phrases_guide():
    assert phrase("closer") == "hold it closer"
    assert phrase("cut_left", "de") == "die Zahl ist links abgeschnitten"
    assert phrase("left", "en") == "move the paper left"
    assert phrase("cut_bottom", "pt-br").endswith("de baixo")
    with pytest.raises(WrongUsage, match=r"no phrase 'sideways'.*closer"):
        phrase("sideways")


def test_a_language_lacks_nothing():
    with pytest.raises(ValueError, match="7 marks"):
        Language("xx", "Test", "", "", (), ())


def test_without_num2words_english_digits_are_there(monkeypatch):
    monkeypatch.setitem(sys.modules, "num2words", None)
    digit_words.cache_clear()
    assert digit_words("en")[7] == "seven"
    with pytest.raises(SpeechUnavailable, match="pip install"):
        digit_words("de")
