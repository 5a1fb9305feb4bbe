import io
import json
import math
import os
import subprocess
import sys
import time
import wave
from array import array
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

from errors import OutputNotWritable, ReaderError, SpeechUnavailable, WrongUsage
from speak import as_digits, as_number
from speak.voice import CHECKOUT, LINUX_PLAYERS, Voice
from speak.worker import SYSTEM_ESPEAK, Answer, Settings, _can_load, choose_voice, serve
from tests.fakes import engines

on_linux = pytest.mark.skipif(sys.platform in {"darwin", "win32"}, reason="players and espeak of Linux")


def fake(name: str, **settings) -> Voice:
    return Voice(engine=f"tests.fakes.engines:{name}", **settings)


def measure(path: Path) -> tuple[float, float]:
    """Duration in seconds and root mean square of a WAV file, by other means than the code under test."""
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        samples = array("h", file.readframes(file.getnframes()))
        return len(samples) / file.getframerate(), math.hypot(*samples) / math.sqrt(len(samples))


@pytest.fixture
def programs(tmp_path, monkeypatch) -> Path:
    """A PATH that holds nothing but what the test puts there."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


# The real engine.


def test_a_real_sound_is_written(tmp_path):
    sound = Voice().save(as_digits("105"), tmp_path / "out.wav")
    duration_s, loudness = measure(tmp_path / "out.wav")
    assert duration_s == pytest.approx(sound.duration_s)
    assert duration_s > 0.3
    assert loudness > 500
    assert [path.name for path in tmp_path.iterdir()] == ["out.wav"]


def test_a_long_text_is_spoken_to_its_end():
    # pyttsx3 comes back before espeak is done: all but the shortest texts were lost.
    number, parted = as_number("1234567"), as_number("1234567 " * 5)
    assert Voice().make(parted).duration_s > 5 * Voice().make(number).duration_s


def test_the_rate_is_heard():
    slow, fast = (Voice(rate=rate).make("four zero seven one").duration_s for rate in (90, 300))
    assert slow > 2 * fast


def test_the_shortest_words_at_full_pace_are_long_enough():
    for digit in "?68":
        assert Voice(rate=450).make(as_digits(digit * 4)).duration_s > 0.3


def test_voices_go_by_language_and_by_name():
    by_language, by_name = (Voice(name=name).make("four zero").wav for name in ("EN-US", "America"))
    assert by_language == by_name != Voice().make("four zero").wav


def test_an_unknown_voice_is_named_with_those_there_are():
    with pytest.raises(WrongUsage, match=r"no voice 'Nobody' here.*Give one of: .*English"):
        Voice(name="Nobody").make("one")


def test_threads_may_speak_at_once_and_the_rate_is_kept():
    # pyttsx3 lost the rate in one of a hundred first utterances.
    with ThreadPoolExecutor(4) as pool:
        sounds = list(pool.map(Voice(rate=300).make, [as_digits("40")] * 8))
    assert len({sound.duration_s for sound in sounds}) == 1


def test_one_worker_keeps_its_rate_and_loses_nothing(tmp_path):
    texts = ["four zero", as_number("12345")] * 10
    orders = [{"text": text, "path": str(tmp_path / f"{i}.wav")} for i, text in enumerate(texts)]
    worker = subprocess.run(
        [sys.executable, "-m", "speak.worker", json.dumps({"engine": "pyttsx3:init", "voice": "en-gb", "rate": 300})],
        input="".join(json.dumps(order) + "\n" for order in orders),
        cwd=CHECKOUT,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert [json.loads(line)["error"] for line in worker.stdout.splitlines()] == [None] * len(texts)
    durations = [measure(tmp_path / f"{i}.wav")[0] for i in range(len(texts))]
    # espeak itself varies by a hundredth or two; a lost rate is 50 % and more.
    assert max(durations[0::2]) < 1.05 * min(durations[0::2])
    assert max(durations[1::2]) < 1.05 * min(durations[1::2])


def test_a_text_without_a_sound_is_no_success():
    with pytest.raises(SpeechUnavailable, match="is silent"):
        Voice().make("...")


def test_what_no_engine_can_take_is_left_out():
    assert Voice().make("\0one\udc80").wav == Voice().make("one").wav


@pytest.mark.parametrize("text", ["", " \n", "\0"])
def test_an_empty_text_is_refused(text):
    with pytest.raises(WrongUsage, match="nothing to say"):
        Voice().make(text)


@on_linux
@pytest.mark.skipif(any(map(_can_load, SYSTEM_ESPEAK)), reason="the system's espeak-ng is used")
def test_a_checkout_deep_in_the_folders_speaks(tmp_path, monkeypatch):
    # espeak-ng cuts the path of its data at 160 characters, then ends the process.
    loader = pytest.importorskip("espeakng_loader")
    deep = tmp_path / ("a" * 90) / ("b" * 90)
    deep.mkdir(parents=True)
    (deep / "espeakng_loader").symlink_to(Path(loader.__file__).parent)
    monkeypatch.setenv("PYTHONPATH", str(deep))
    assert Voice().make("one").duration_s > 0.3


@on_linux
@pytest.mark.skipif(any(map(_can_load, SYSTEM_ESPEAK)), reason="the system's espeak-ng is used")
def test_no_espeak_at_all_is_said(tmp_path, monkeypatch):
    (tmp_path / "espeakng_loader.py").write_text("raise ImportError")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(SpeechUnavailable, match=r"No speech engine could be started .*eSpeak.*apt install espeak-ng"):
        Voice().make("one")


def test_no_pyttsx3_is_said(tmp_path, monkeypatch):
    (tmp_path / "pyttsx3.py").write_text("raise ModuleNotFoundError(name='pyttsx3')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(SpeechUnavailable, match=r"speech package pyttsx3 is not installed.*pip install"):
        Voice().make("one")


# Engines with faults.


@pytest.mark.parametrize(
    ("engine", "message"),
    [
        ("dies", r"died \(exit status 3, phontab: No such file\)"),
        ("cannot_start", "No speech engine could be started .no espeak here"),
        ("lacks_package", "package objc is not installed"),
        ("raises", "failed .AssertionError: run loop already started"),
        ("swallows", "reports a fault .EE_INTERNAL_ERROR"),
        ("writes_nothing", "wrote no sound"),
        ("writes_empty_file", "is no sound .it is empty"),
        ("writes_half_a_file", "is no sound"),
        ("writes_8_bit", "is no sound .not 16-bit"),
        ("writes_no_samples", r"is silent \(0.00 s\)"),
        ("writes_silence", r"'one two' is silent \(2.00 s\)"),
        ("cuts_short", r"cut short \(0.06 s\)"),
        ("none_such", "has no attribute 'none_such'"),
    ],
)
def test_a_fault_of_the_engine_is_told(engine, message, tmp_path):
    target = tmp_path / "out.wav"
    target.write_bytes(b"an older sound")
    with pytest.raises(SpeechUnavailable, match=message) as told:
        fake(engine).save("one two", target)
    assert told.value.exit_code == 6
    assert target.read_bytes() == b"an older sound"


def test_a_hanging_engine_is_stopped():
    begin = time.monotonic()
    with pytest.raises(SpeechUnavailable, match=r"no answer within 0.6 s and was stopped\. Try"):
        fake("hangs", timeout_s=0.6).make("one")
    assert time.monotonic() - begin < 3


def test_an_engine_that_finishes_late_is_waited_for():
    assert fake("finishes_late").make("one two").duration_s == pytest.approx(2, abs=0.01)


def test_stdout_stays_clean(capfd):
    fake("babbles").make("one two")
    assert capfd.readouterr() == ("", "")


@on_linux
def test_a_macs_aiff_becomes_wav(programs):
    engines.write_tone(programs / "converted.wav", 1)
    engines.install_program(programs, "afconvert", f'for last; do :; done\n/bin/cp {programs}/converted.wav "$last"')
    assert fake("writes_aiff").make("one").duration_s == pytest.approx(1, abs=0.01)
    engines.install_program(programs, "afconvert", "echo 'Error: typ?' >&2; exit 1")
    with pytest.raises(SpeechUnavailable, match="afconvert: exit status 1, Error: typ"):
        fake("writes_aiff").make("one")


# Saving.


def test_a_relative_path_is_that_of_the_caller(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fake("tone").save("one", "here.WAV")
    assert (tmp_path / "here.WAV").is_file()


def test_a_missing_folder_is_told_before_anything_is_made(tmp_path):
    with pytest.raises(OutputNotWritable, match=r"There is no folder .*missing") as told:
        fake("hangs").save("one", tmp_path / "missing" / "out.wav")
    assert told.value.exit_code == 2


def test_a_folder_is_no_file(tmp_path):
    (tmp_path / "x.wav").mkdir()
    with pytest.raises(OutputNotWritable, match="is a folder"):
        fake("hangs").save("one", tmp_path / "x.wav")


def test_a_name_that_the_system_refuses_is_told(tmp_path):
    with pytest.raises(OutputNotWritable, match="cannot be written"):
        fake("tone").save("one", tmp_path / f"{'x' * 300}.wav")


@pytest.mark.parametrize("name", ["out.mp3", "out", ""])
def test_only_wav_is_written(tmp_path, name):
    with pytest.raises(WrongUsage, match=r"End the name in \.wav"):
        fake("hangs").save("one", tmp_path / name)


# Playing.


@on_linux
def test_no_player_is_told_before_anything_is_made(programs):
    with pytest.raises(SpeechUnavailable, match=r"aplay, paplay, pw-play, ffplay.*apt install alsa-utils") as told:
        fake("hangs").say("one")
    assert told.value.exit_code == 6


@on_linux
@pytest.mark.parametrize("player", [player.name for player in LINUX_PLAYERS])
def test_what_is_played_is_the_sound(programs, player):
    heard = engines.install_player(programs, player)
    sound = fake("tone").say("one two")
    assert heard.read_bytes() == sound.wav


@on_linux
def test_no_sound_card_is_told(programs):
    engines.install_program(
        programs, "aplay", "echo 'ALSA lib: noise' >&2; echo 'audio open error: No such file' >&2; exit 1"
    )
    with pytest.raises(SpeechUnavailable, match=r"aplay: exit status 1, audio open error: No such file.*sound card"):
        fake("tone").say("one")


@on_linux
def test_the_next_player_is_tried(programs):
    engines.install_program(programs, "aplay", "exit 1")
    heard = engines.install_player(programs, "paplay")
    fake("tone").say("one")
    assert heard.is_file()


@on_linux
def test_ffplay_fails_with_words_alone(programs):
    engines.install_program(programs, "ffplay", "echo 'audio open failed' >&2")
    with pytest.raises(SpeechUnavailable, match="ffplay: exit status 0, audio open failed"):
        fake("tone").say("one")


@on_linux
def test_a_player_that_cannot_be_run_is_told(programs):
    (programs / "aplay").write_bytes(b"\x7fELF of another machine")
    (programs / "aplay").chmod(0o755)
    with pytest.raises(SpeechUnavailable, match="aplay: Exec format error"):
        fake("tone").say("one")


@on_linux
def test_a_hanging_player_is_stopped(programs):
    engines.install_program(programs, "aplay", "exec /bin/sleep 60")
    with pytest.raises(SpeechUnavailable, match="aplay was not done after 1 s and was stopped"):
        fake("tone", timeout_s=1).say("one")


# Settings.


@pytest.mark.parametrize("settings", [{"rate": 79}, {"rate": 451}, {"rate": -1}, {"timeout_s": 0}])
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(WrongUsage, match="Give "):
        Voice(**settings)


# The worker, in this process.


def run_worker(factory: str, *texts: str, voice: str | None = None, folder: Path) -> list[Answer]:
    orders = [json.dumps({"text": text, "path": str(folder / f"{i}.wav")}) for i, text in enumerate(texts)]
    answers = io.StringIO()
    serve(Settings(f"tests.fakes.engines:{factory}", voice, 150), orders, answers)
    return [Answer(**json.loads(line)) for line in answers.getvalue().splitlines()]


@pytest.fixture
def _no_lending(monkeypatch):
    # It changes the folder and the environment of its process.
    monkeypatch.setattr("speak.worker.lend_espeak", lambda: None)


@pytest.mark.usefixtures("_no_lending")
def test_one_worker_can_serve_many_utterances(tmp_path):
    answers = run_worker("tone", "one", "two three", folder=tmp_path)
    assert answers == [Answer(), Answer()]
    assert [measure(tmp_path / f"{i}.wav")[0] for i in (0, 1)] == pytest.approx([0.4, 0.8], abs=0.01)


@pytest.mark.usefixtures("_no_lending")
def test_voice_and_rate_are_set_once_and_voice_first(tmp_path, monkeypatch):
    engine = engines.tone()
    monkeypatch.setattr(engines, "tone", lambda: engine)
    run_worker("tone", "one", "two", voice="amélie", folder=tmp_path)
    assert engine.settings == [("voice", "fr-1"), ("rate", 150)]


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
        *(("voice", "en-1"), ("rate", 150)),
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


def test_an_english_voice_reads_english_words():
    french, joke, english = engines.FRENCH, engines.JOKE, engines.ENGLISH
    assert choose_voice([french, joke, english], None, french.id) == english.id
    assert choose_voice([french, joke], None, french.id) == joke.id
    assert choose_voice([french, english], None, english.id) is None
    assert choose_voice([french], None, french.id) is None
    assert choose_voice([], None, None) is None


def test_the_environment_is_left_alone():
    before = dict(os.environ), Path.cwd()
    Voice().make("one")
    assert (dict(os.environ), Path.cwd()) == before
