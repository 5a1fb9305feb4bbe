"""What is spoken is what was asked for: it is played, recorded, and told apart from its neighbours by a recogniser.

Neighbours of 105 are 005, 205 ... 104: the numbers with one other digit, in the same wording, and 105 itself in the
other wording. Voice and pace are those that the recogniser hears best, so that what it mishears is a fault of speech:
its model is American (of the British voice's numbers it mishears 5 to 10 in a hundred), and it told 90 of 90 numbers
right digit by digit at 120 words a minute (87 at 150), and 90 of 90 as whole numbers at 150 (87 at 120).
"""

import random
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from speak import Style, word
from speak.announcer import Announcer
from speak.voice import Voice

VOICES: dict[Style, Voice] = {"digits": Voice(name="en-us", rate=120), "number": Voice(name="en-us", rate=150)}
DIGITS = "0123456789"
SEED = 0

# A sound card that writes down what it is given, and plays nothing.
RECORDING_CARD = """
pcm.!default {{ type file slave.pcm "null" file "{path}" format "wav" }}
pcm.null {{ type null }}
"""


def draw_numbers(count: int) -> list[str]:
    """Draw numbers of one to six digits, leading zeros included."""
    random_digits = random.Random(SEED)
    return ["".join(random_digits.choices(DIGITS, k=1 + i % 6)) for i in range(count)]


NUMBERS = ["105", *draw_numbers(29)]


def neighbours(number: str) -> Iterator[str]:
    for place, digit in enumerate(number):
        yield from (number[:place] + other + number[place + 1 :] for other in DIGITS if other != digit)


@pytest.fixture(scope="module")
def ear():
    pytest.importorskip("pocketsphinx", reason="needs pocketsphinx, which tells what is heard (requirements-dev.txt)")
    from tests.speak.ears import Ear

    return Ear()


@pytest.fixture
def record(tmp_path, monkeypatch):
    """Have texts spoken, and give what a sound card was given for each: WAV files."""
    if shutil.which("aplay") is None:
        sys.stderr.write("There is no aplay here: what is made is heard instead of what is played.\n")
        return lambda texts, voice: list(make(texts, voice))
    card, recording = tmp_path / "card.conf", tmp_path / "recording.wav"
    card.write_text(RECORDING_CARD.format(path=recording))
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(card))
    return lambda texts, voice: list(play_and_record(texts, voice, recording))


def make(texts: list[str], voice: Voice) -> Iterator[bytes]:
    # By one engine, as the announcer does: espeak's first utterance differs a little from later ones.
    with voice.start_engine() as engine:
        engine.greet(30)
        yield from (engine.make(text, 30).wav for text in texts)


def play_and_record(texts: list[str], voice: Voice, recording: Path) -> Iterator[bytes]:
    faults: list[Exception] = []
    with Announcer(voice, faults.append) as announcer:
        for text in texts:
            announcer.say(text)
            assert announcer.wait(30)
            assert faults == []
            yield recording.read_bytes()
            recording.unlink()


@pytest.mark.parametrize(("style", "other"), [("digits", "number"), ("number", "digits")])
def test_thirty_numbers_are_told_from_their_neighbours(record, ear, style: Style, other: Style):
    asked = [word(number, style) for number in NUMBERS]
    heard = [
        ear.tell(sound, [text, word(number, other), *(word(near, style) for near in neighbours(number))])
        for number, text, sound in zip(NUMBERS, asked, record(asked, VOICES[style]), strict=True)
    ]
    assert heard == asked


@pytest.mark.parametrize("style", ["digits", "number"])
def test_another_number_is_never_taken_for_the_one_asked_for(record, ear, style: Style):
    asked = [word(number, style) for number in NUMBERS]
    spoken = [word(next(neighbours(number)), style) for number in NUMBERS]
    fooled = [
        text
        for text, other, sound in zip(asked, spoken, record(spoken, VOICES[style]), strict=True)
        if ear.tell(sound, [text, other]) == text
    ]
    assert len(fooled) <= 1, "the ear hears what it is to hear, not what is said"


def test_unsure_and_oh_are_heard(record, ear):
    texts = [word("4?7"), word("007", zero="oh")]
    alike = [
        {texts[0], *(word(f"4{digit}7") for digit in DIGITS)},
        {texts[1], word("007"), word("017", zero="oh"), word("001", zero="oh")},
    ]
    assert [
        ear.tell(sound, choice) for sound, choice in zip(record(texts, VOICES["digits"]), alike, strict=True)
    ] == texts


def test_the_ear_is_not_told_what_to_hear(ear):
    sound = VOICES["digits"].make("one zero five").wav
    assert ear.tell(sound, ["one zero nine", "one hundred five", "one zero five"]) == "one zero five"
    assert ear.tell(sound, ["one hundred five", "four zero seven one"]) != "one zero five"
