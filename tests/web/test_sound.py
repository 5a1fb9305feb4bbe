"""What the pages say, as WAV files."""

import io
import wave

import pytest

from errors import SpeechUnavailable, WrongUsage
from speak.language import LANGUAGES
from watch.guide import KEYS
from web import sound
from web.sound import make_sound


def seconds_of(wav: bytes) -> float:
    with wave.open(io.BytesIO(wav)) as file:
        return file.getnframes() / file.getframerate()


@pytest.fixture
def voice():
    """Speech as it is here; without any, the test is skipped."""
    try:
        make_sound("1")
    except SpeechUnavailable as error:
        pytest.skip(str(error))


def test_more_digits_take_longer(voice):
    assert 0.2 < seconds_of(make_sound("1")) < seconds_of(make_sound("4071")) < seconds_of(make_sound("4071 2589 36"))


def test_a_number_is_said_in_two_ways(voice):
    assert make_sound("4071", style="number") != make_sound("4071", style="digits")


def test_hints_are_said(voice):
    assert seconds_of(make_sound(hint=KEYS[0])) > 0.2


def test_languages_differ(voice):
    sounds = {make_sound("7", language=code) for code in ("en", "de", "fr")}
    assert len(sounds) == 3


def test_every_language_and_hint_has_words():
    made = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sound, "_make", lambda words, language: made.append((words, language)) or b"")
        for language in LANGUAGES:
            for hint in KEYS:
                make_sound(hint=hint, language=language)
    assert len(made) == len(LANGUAGES) * len(KEYS)
    assert all(words for words, _ in made)


def test_the_same_is_made_once(monkeypatch):
    made = []

    class Voice:
        def __init__(self, language: str) -> None:
            self.wav = language.encode()

        def make(self, words: str) -> "Voice":
            made.append(words)
            return self

    monkeypatch.setattr(sound, "Voice", Voice)
    sound._make.cache_clear()
    try:
        assert make_sound("40?1") == make_sound("40?1") == b"en"
        assert len(made) == 1
    finally:
        sound._make.cache_clear()


@pytest.mark.parametrize(
    "numbers",
    [
        *(
            "",
            " ",
            ".",
            "a",
            "1;id",
            "$(id)",
            "1\n2",
            "<break time='9s'/>",
            '"1"',
            "1" * 201,
            "１２",
            "1\0",
            "-",
            "[[1]]",
        ),
    ],
)
def test_what_is_no_number_is_not_said(numbers):
    with pytest.raises(WrongUsage):
        make_sound(numbers)


@pytest.mark.parametrize(
    "wrong", [{"style": "loud"}, {"language": "../../x"}, {"language": "en;id"}, {"hint": "<speak>"}, {"language": ""}]
)
def test_options_that_there_are_not_are_refused(wrong):
    with pytest.raises(WrongUsage):
        make_sound(**({} if "hint" in wrong else {"numbers": "1"}) | wrong)
