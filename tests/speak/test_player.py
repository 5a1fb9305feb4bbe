import io
import sys
import threading
import time
import wave
from array import array

import pytest

from errors import SpeechUnavailable
from speak.player import LINUX_PLAYERS, find_players, play, play_tone
from speak.sound import make_tone
from tests.fakes import engines
from tests.speak.voices import fake

pytestmark = pytest.mark.skipif(sys.platform in {"darwin", "win32"}, reason="players of Linux")


def test_no_player_is_told_before_anything_is_made(programs):
    with pytest.raises(SpeechUnavailable, match=r"aplay, paplay, pw-play, ffplay.*apt install alsa-utils") as told:
        fake("hangs").say("one")
    assert told.value.exit_code == 6


@pytest.mark.parametrize("player", [player.name for player in LINUX_PLAYERS])
def test_what_is_played_is_the_sound(programs, player):
    heard = engines.install_player(programs, player)
    sound = fake("tone").say("one two")
    assert heard.read_bytes() == sound.wav


def test_no_sound_card_is_told(programs):
    engines.install_program(
        programs, "aplay", "echo 'ALSA lib: noise' >&2; echo 'audio open error: No such file' >&2; exit 1"
    )
    with pytest.raises(SpeechUnavailable, match=r"aplay: exit status 1, audio open error: No such file.*sound card"):
        fake("tone").say("one")


def test_the_next_player_is_tried(programs):
    engines.install_program(programs, "aplay", "exit 1")
    heard = engines.install_player(programs, "paplay")
    fake("tone").say("one")
    assert heard.is_file()


def test_ffplay_fails_with_words_alone(programs):
    engines.install_program(programs, "ffplay", "echo 'audio open failed' >&2")
    with pytest.raises(SpeechUnavailable, match="ffplay: exit status 0, audio open failed"):
        fake("tone").say("one")


def test_a_player_that_cannot_be_run_is_told(programs):
    (programs / "aplay").write_bytes(b"\x7fELF of another machine")
    (programs / "aplay").chmod(0o755)
    with pytest.raises(SpeechUnavailable, match="aplay: Exec format error"):
        fake("tone").say("one")


def test_a_hanging_player_is_stopped(programs):
    engines.install_program(programs, "aplay", "exec /bin/sleep 60")
    with pytest.raises(SpeechUnavailable, match="aplay was not done after 1 s and was stopped"):
        fake("tone", timeout_s=1).say("one")


def test_a_sound_can_be_cut_off(programs):
    engines.install_program(programs, "aplay", "exec /bin/sleep 60")
    sound = fake("tone").make("one")
    stop = threading.Event()
    begin = time.monotonic()
    assert play(sound, find_players(), 30, stop=stop, on_start=stop.set).name == "aplay"
    assert time.monotonic() - begin < 1


def test_the_player_that_could_is_named(programs):
    engines.install_program(programs, "aplay", "exit 1")
    engines.install_player(programs, "pw-play")
    starts = []
    assert play(fake("tone").make("one"), find_players(), 5, on_start=lambda: starts.append(1)).name == "pw-play"
    assert len(starts) == 2


def test_a_tone_is_played_and_its_player_named(programs):
    heard = engines.install_player(programs, "paplay")
    assert play_tone() == "paplay"
    assert heard.read_bytes() == make_tone().wav


def test_a_tone_is_short_and_quiet_but_not_silent():
    sound = make_tone(duration_s=0.1, peak=2000)
    with wave.open(io.BytesIO(sound.wav)) as file:
        samples = array("h", file.readframes(file.getnframes()))
        assert len(samples) / file.getframerate() == pytest.approx(0.1)
    assert 1500 < max(map(abs, samples)) <= 2000
    assert samples[0] == 0
