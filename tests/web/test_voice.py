"""Voice: many numbers become one sound, in parts that are said at once."""

import io
import wave

import pytest

from errors import SpeechUnavailable
from speak.voice import Voice
from web.parts.voice import join, say, split


def test_numbers_are_split_into_parts_that_can_be_said():
    texts = [str(number) for number in range(1000, 1100)]
    parts = split(texts, 200)
    assert " ".join(parts).split() == texts
    assert max(map(len, parts)) <= 200
    assert len(parts) == 3
    assert split(["1" * 300], 200) == ["1" * 200]
    assert split([]) == []


def length_s(wav: bytes) -> float:
    with wave.open(io.BytesIO(wav)) as sound:
        return sound.getnframes() / sound.getframerate()


def make_wav(frames: int) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(1000)
        sound.writeframes(bytes(2 * frames))
    return out.getvalue()


def test_sounds_are_joined_end_to_end():
    assert length_s(join([make_wav(500), make_wav(250)])) == pytest.approx(0.75)
    assert length_s(join([make_wav(500)])) == pytest.approx(0.5)


def test_more_numbers_take_longer():
    try:
        Voice().make("one")
    except SpeechUnavailable as error:
        pytest.skip(f"no voice here: {error}")
    many = say([str(number) for number in range(1000, 1050)], "digits", "en")
    assert length_s(many) > 3 * length_s(say(["4071"], "digits", "en")) > 0
