import os
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from errors import ReaderError, SpeechUnavailable, WrongUsage
from speak import as_digits
from speak.announcer import Announcer
from speak.voice import Voice
from tests.fakes import engines
from tests.speak.voices import fake, measure

pytestmark = pytest.mark.skipif(sys.platform in {"darwin", "win32"}, reason="players of Linux")


@pytest.fixture
def heard(programs) -> Path:
    """A player at hand; what it plays comes to this folder in order."""
    return engines.install_recorder(programs, "aplay")


@pytest.fixture(autouse=True)
def nothing_is_left_over():
    threads, processes = set(threading.enumerate()), children()
    yield
    assert set(threading.enumerate()) == threads
    assert children() == processes


def children() -> set[str]:
    """Processes that this one started and that are still there, zombies included."""
    found: set[str] = set()
    for task in Path("/proc/self/task").iterdir():
        with suppress(FileNotFoundError):  # a thread that ended meanwhile
            found.update((task / "children").read_text().split())
    return found


def words_played(folder: Path) -> list[int]:
    """How many words each sound had, in the order of playing; a word is a tenth of a second long."""
    sounds = sorted(folder.iterdir(), key=lambda path: int(path.stem))
    return [round(measure(sound)[0] / 0.1) for sound in sounds]


class Faults(list[ReaderError]):
    """What an announcer reports."""

    def texts(self) -> str:
        return "\n".join(map(str, self))


def test_what_is_said_is_played(heard):
    begun: list[tuple[str, float]] = []
    before = time.monotonic()
    with Announcer(fake("obeys"), on_begin=lambda text, at: begun.append((text, at))) as announcer:
        announcer.say("one two three")
        assert announcer.is_busy
        assert announcer.wait(10)
        assert not announcer.is_busy
    assert words_played(heard) == [3]
    assert [text for text, _ in begun] == ["one two three"]
    assert before < begun[0][1] < time.monotonic()


def test_the_newest_replaces_what_waits_and_what_plays_is_not_cut_off(programs):
    heard = engines.install_recorder(programs, "aplay", lasting_s=0.5)
    begun = threading.Event()
    with Announcer(fake("obeys"), on_begin=lambda text, at: begun.set()) as announcer:
        announcer.say("first")
        assert begun.wait(10)
        begin = time.monotonic()
        for length in range(2, 12):
            announcer.say("word " * length)
        assert announcer.wait(10)
        assert time.monotonic() - begin > 0.9
    assert words_played(heard) == [1, 11]


def test_hush_cuts_off_and_drops(programs):
    heard = engines.install_recorder(programs, "aplay", lasting_s=60)
    begun = threading.Event()
    faults = Faults()
    with Announcer(fake("obeys"), faults.append, lambda text, at: begun.set()) as announcer:
        announcer.say("one two")
        assert begun.wait(10)
        while not any(heard.iterdir()):
            time.sleep(0.01)
        announcer.say("dropped with it")
        announcer.hush()
        assert announcer.wait(0.5)
        begun.clear()
        announcer.say("one")
        assert begun.wait(10)
    assert words_played(heard)[0] == 2
    assert 3 not in words_played(heard)
    assert faults == []


def test_hush_with_nothing_to_hush(heard):
    with Announcer(fake("obeys")) as announcer:
        announcer.hush()
        announcer.say("one")
        assert announcer.wait(10)
    assert words_played(heard) == [1]


@pytest.mark.usefixtures("heard")
def test_saying_never_waits_for_an_engine_that_hangs():
    faults = Faults()
    with Announcer(fake("obeys"), faults.append, timeout_s=2) as announcer:
        announcer.say("hang")
        time.sleep(0.5)
        for _ in range(200):
            announcer.say("one")
        # All of that was taken before the engine was given up.
        assert not faults
        assert announcer.wait(10)
    assert "gave no answer within 2 s and was stopped" in faults.texts()


def test_a_hanging_engine_is_replaced_and_the_next_is_said(heard):
    faults = Faults()
    with Announcer(fake("obeys"), faults.append, timeout_s=0.3) as announcer:
        for text in ("hang", "one two", "hang", "one"):
            announcer.say(text)
            assert announcer.wait(10)
    assert words_played(heard) == [2, 1]
    assert faults.texts().count("gave no answer within 0.3 s and was stopped") == 1


def test_a_dead_engine_is_replaced_and_the_next_is_said(heard):
    faults = Faults()
    with Announcer(fake("obeys"), faults.append) as announcer:
        for text in ("die", "one two", "die", "die", "one"):
            announcer.say(text)
            assert announcer.wait(10)
    assert words_played(heard) == [2, 1]
    assert [type(fault) for fault in faults] == [SpeechUnavailable]
    assert "died (exit status 3, phontab: No such file)" in faults.texts()


def test_an_engine_that_dies_between_two_texts_is_no_fault(heard):
    faults, others = Faults(), children()
    with Announcer(fake("obeys"), faults.append) as announcer:
        announcer.say("one")
        assert announcer.wait(10)
        for child in children() - others:
            os.kill(int(child), signal.SIGKILL)
        time.sleep(0.2)  # a signal takes its time
        announcer.say("one two")
        assert announcer.wait(10)
    assert words_played(heard) == [1, 2]
    assert faults == []


def test_babble_is_no_answer(heard, capfd):
    with Announcer(fake("obeys")) as announcer:
        for text in ("babble", "one two"):
            announcer.say(text)
            assert announcer.wait(10)
    assert words_played(heard) == [1, 2]
    assert capfd.readouterr() == ("", "")


def test_two_hundred_texts_lose_nothing(heard):
    lengths = [1 + i % 7 for i in range(200)]
    with Announcer(fake("obeys")) as announcer:
        for length in lengths:
            announcer.say("word " * length)
            assert announcer.wait(10)
    assert words_played(heard) == lengths


@pytest.mark.usefixtures("heard")
def test_what_cannot_be_said_is_told_and_the_engine_stays():
    faults = Faults()
    with Announcer(fake("obeys"), faults.append) as announcer:
        announcer.say("one")
        assert announcer.wait(10)
        before = children()
        announcer.say(" ")
        assert announcer.wait(10)
        assert children() == before
    assert [type(fault) for fault in faults] == [WrongUsage]


@pytest.mark.usefixtures("heard")
@pytest.mark.parametrize(
    ("voice", "message"),
    [
        (fake("cannot_start"), "No speech engine could be started"),
        (fake("tone", name="Nobody"), "There is no voice 'Nobody' here"),
        (fake("tone", language="nl"), "No voice here speaks the language 'nl'"),
        (fake("hangs_at_once", timeout_s=0.5), "gave no answer within 0.5 s"),
    ],
)
def test_an_engine_that_cannot_start_is_told_once_and_before_anything_is_said(voice, message):
    faults = Faults()
    with Announcer(voice, faults.append) as announcer:
        while not faults:
            time.sleep(0.01)
        for _ in range(2):
            announcer.say("one")
            assert announcer.wait(10)
    assert len(faults) == 1
    assert message in faults.texts()


def test_no_player_is_told(programs):
    faults = Faults()
    with Announcer(fake("obeys"), faults.append) as announcer:
        announcer.say("one")
        assert announcer.wait(10)
        heard = engines.install_recorder(programs, "paplay")
        announcer.say("one two")
        assert announcer.wait(10)
    assert "No program that plays sound was found" in faults.texts()
    assert len(faults) == 1
    assert words_played(heard) == [2]


def test_the_player_that_could_is_tried_first(programs):
    tries = programs / "tries"
    engines.install_program(programs, "aplay", f'echo >> "{tries}"; exit 1')
    heard = engines.install_recorder(programs, "paplay")
    with Announcer(fake("obeys")) as announcer:
        for _ in range(3):
            announcer.say("one")
            assert announcer.wait(10)
    assert words_played(heard) == [1, 1, 1]
    assert tries.read_text() == "\n"


def test_a_hanging_player_is_stopped(programs):
    engines.install_program(programs, "aplay", "exec /bin/sleep 60")
    faults = Faults()
    with Announcer(fake("obeys"), faults.append, timeout_s=0.3) as announcer:
        announcer.say("one")
        assert announcer.wait(10)
    assert "aplay was not done after 0 s" in faults.texts()


@pytest.mark.usefixtures("heard")
def test_a_callback_that_fails_is_told():
    faults = Faults()

    def fail(text: str, at: float) -> None:
        raise KeyError(text)

    with Announcer(fake("obeys"), faults.append, fail) as announcer:
        announcer.say("one")
        assert announcer.wait(10)
    assert "Speech failed (KeyError: 'one')" in faults.texts()


@pytest.mark.parametrize("text", ["hang", "one"])
def test_closing_takes_a_moment_whatever_is_going_on(programs, text):
    engines.install_recorder(programs, "aplay", lasting_s=60)
    faults = Faults()
    announcer = Announcer(fake("obeys"), faults.append)
    announcer.say(text)
    time.sleep(0.5)
    begin = time.monotonic()
    announcer.close()
    announcer.close()
    assert time.monotonic() - begin < 0.5
    announcer.say("after the end")
    assert announcer.wait(1)
    assert faults == []


@pytest.mark.usefixtures("heard")
@pytest.mark.parametrize("engine", ["obeys", "hangs_at_once"])
def test_closing_at_once(engine):
    begin = time.monotonic()
    Announcer(fake(engine)).close()
    assert time.monotonic() - begin < 1


@pytest.mark.usefixtures("heard")
def test_closing_from_a_callback():
    done = threading.Event()

    def close(text: str, at: float) -> None:
        announcer.close()
        done.set()

    announcer = Announcer(fake("obeys"), on_begin=close)
    announcer.say("one")
    assert done.wait(10)
    announcer.close()


def test_sound_begins_in_time_with_the_real_engine(heard):
    begun: list[float] = []
    delays = []
    with Announcer(Voice(), on_begin=lambda text, at: begun.append(at)) as announcer:
        announcer.say("ready")
        assert announcer.wait(10)
        for number in ("105", "4071", "7", "1234567"):
            asked = time.monotonic()
            announcer.say(as_digits(number))
            assert announcer.wait(10)
            delays.append(begun[-1] - asked)
    assert len(list(heard.iterdir())) == 5
    # 15 ms on two idle cores; 500 ms is the promise.
    assert max(delays) < 0.5
