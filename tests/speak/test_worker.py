import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from errors import ReaderError, SpeechUnavailable, WrongUsage
from speak.worker import Answer, InstalledVoice, Settings, choose_voice, serve
from tests.fakes import engines
from tests.speak.voices import measure


def run_worker(factory: str, *texts: str, voice: str | None = None, folder: Path) -> list[Answer]:
    """Give the answers: the first to the start, then one for each text."""
    orders = [json.dumps({"text": text, "path": str(folder / f"{i}.wav")}) for i, text in enumerate(texts)]
    answers = io.StringIO()
    serve(Settings(f"tests.fakes.engines:{factory}", voice, "en", 150, 0.5), orders, answers)
    return [Answer.from_json(line) for line in answers.getvalue().splitlines()]


@pytest.fixture
def _no_lending(monkeypatch):
    # It changes the folder and the environment of its process.
    monkeypatch.setattr("speak.worker.lend_espeak", lambda: None)


@pytest.mark.usefixtures("_no_lending")
def test_one_worker_can_serve_many_utterances(tmp_path):
    greeting, *answers = run_worker("tone", "one", "two three", folder=tmp_path)
    assert [voice.name for voice in greeting.voices] == ["Amélie", "Albert", "Samantha"]
    assert answers == [Answer(), Answer()]
    assert [measure(tmp_path / f"{i}.wav")[0] for i in (0, 1)] == pytest.approx([0.4, 0.8], abs=0.01)


@pytest.mark.usefixtures("_no_lending")
def test_voice_rate_and_volume_are_set_once_and_voice_first(tmp_path, monkeypatch):
    engine = engines.tone()
    monkeypatch.setattr(engines, "tone", lambda: engine)
    run_worker("tone", "one", "two", voice="amélie", folder=tmp_path)
    assert engine.settings == [("voice", "fr-1"), ("rate", 150), ("volume", 0.5)]


@pytest.mark.usefixtures("_no_lending")
def test_espeak_is_left_in_peace_before_each_run(tmp_path, monkeypatch):
    # The start of a run cancels whatever espeak still has to do, voice and rate included.
    steps = []
    engine = engines.tone()
    engine.driver_name = "espeak"
    engine.write = lambda text, path: steps.append(("run", text))
    engine.settings = steps
    library = SimpleNamespace(Synchronize=lambda: steps.append("settle"))
    monkeypatch.setitem(sys.modules, "pyttsx3.drivers._espeak", library)
    monkeypatch.setattr(engines, "tone", lambda: engine)
    run_worker("tone", "one", "two", folder=tmp_path)
    assert steps == [
        *("settle", ("run", "")),
        *(("voice", "en-1"), ("rate", 150), ("volume", 0.5)),
        *("settle", ("run", "one")),
        *("settle", ("run", "two")),
    ]


@pytest.mark.usefixtures("_no_lending")
def test_an_error_keeps_its_class_and_sentences_on_its_way(tmp_path):
    (answer,) = run_worker("tone", "one", voice="Nobody", folder=tmp_path)
    with pytest.raises(WrongUsage, match="Samantha"):
        answer.check()
    for error in (WrongUsage("Wrong.", "Do."), SpeechUnavailable("Mute.")):
        with pytest.raises(ReaderError) as raised:
            Answer.of(error).check()
        assert (type(raised.value), str(raised.value)) == (type(error), str(error))


def choose(voices: list[engines.FakeVoice], current: str | None, **settings: Any) -> str | None:
    return choose_voice([InstalledVoice.of(voice) for voice in voices], Settings("", **settings), current)


def test_an_english_voice_reads_english_words():
    french, joke, english = engines.FRENCH, engines.JOKE, engines.ENGLISH
    assert choose([french, joke, english], french.id, language="en") == english.id
    assert choose([french, joke], french.id, language="en") == joke.id
    assert choose([french, english], english.id, language="en") is None
    assert choose([french, joke, english], english.id, language="fr") == french.id


def test_without_a_language_the_voice_is_kept():
    assert choose([engines.FRENCH, engines.ENGLISH], engines.FRENCH.id) is None


def test_a_language_that_nobody_speaks_is_told():
    with pytest.raises(SpeechUnavailable, match=r"No voice here speaks the language 'en'.*--list"):
        choose([engines.FRENCH], engines.FRENCH.id, language="en")


def test_where_no_voice_says_what_it_speaks_the_current_one_is_kept():
    assert choose([engines.FakeVoice("x", "X")], "x", language="en") is None
    assert choose([], None, language="de") is None


@pytest.mark.parametrize(
    ("language", "chosen"),
    [("fr", "home"), ("fr-be", "belgian"), ("FR_be", "belgian"), ("fr-ca", "home"), ("pt", "br"), ("en", "bytes")],
)
def test_the_voice_speaks_the_language_of_home_or_region(language, chosen):
    voices = [
        engines.FakeVoice("belgian", "Marie", ["fr-be"]),
        engines.FakeVoice("home", "Jean", ["fr_FR"]),
        engines.FakeVoice("br", "João", ["pt-BR"]),
        engines.FakeVoice("bytes", "Eva", [b"\x05en-us"]),
    ]
    assert choose(voices, None, language=language) == chosen


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [("EN-1", "en-1"), ("albert", "joke"), ("en-us", "en-1"), ("en_US", "en-1"), ("en", "en-1"), ("mél", "fr-1")],
)
def test_a_voice_goes_by_id_name_language_or_a_part_of_its_name(wanted, chosen):
    voices = [engines.FRENCH, engines.JOKE, engines.ENGLISH]
    assert choose(voices, engines.FRENCH.id, voice=wanted, language="fr") == chosen


def test_an_unknown_voice_is_told_with_those_of_the_language():
    with pytest.raises(WrongUsage, match=r"no voice 'en-gb-x' here\. Give one of: Amélie"):
        choose([engines.FRENCH, engines.ENGLISH], None, voice="en-gb-x", language="fr")
    with pytest.raises(WrongUsage, match=r"no voice '' here.*--list"):
        choose([engines.FRENCH], None, voice="")


def test_voices_survive_the_pipe():
    voices = (InstalledVoice("fr-1", "Amélie", ("fr-fr", "fr")), InstalledVoice("x", "X", ()))
    assert Answer.from_json(Answer(voices=voices).to_json()).voices == voices
