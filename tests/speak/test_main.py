import os
import subprocess
import sys
import wave

import pytest
from click.testing import CliRunner

from speak.__main__ import speak as speak_command
from speak.engine import CHECKOUT
from tests.fakes import engines


def speak(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "speak", *arguments],
        cwd=CHECKOUT,
        env={**os.environ, **variables},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )


def test_a_number_is_saved_and_stdout_stays_clean(tmp_path):
    target = tmp_path / "out.wav"
    run = speak("105", "40?1", "--as", "number", "--rate", "200", "--save", str(target))
    assert (run.returncode, run.stdout) == (0, "")
    assert f"Saved {target}" in run.stderr
    assert run.stderr.rstrip().endswith("one hundred and five. four zero, unsure, one")
    with wave.open(str(target)) as file:
        assert file.getnframes() / file.getframerate() > 1


def test_quiet_is_quiet(tmp_path):
    run = speak("105", "--quiet", "--save", str(tmp_path / "out.wav"))
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert (tmp_path / "out.wav").stat().st_size > 10_000


def test_nothing_read_is_said_too(tmp_path):
    run = speak("--save", str(tmp_path / "out.wav"))
    assert run.returncode == 0
    assert "no number" in run.stderr


@pytest.mark.skipif(sys.platform in {"darwin", "win32"}, reason="they always have a player")
def test_no_player_is_exit_6(tmp_path):
    run = speak("105", PATH=str(tmp_path))
    assert (run.returncode, run.stdout) == (6, "")
    assert "apt install alsa-utils" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.skipif(sys.platform in {"darwin", "win32"}, reason="players of Linux")
def test_a_number_is_played(tmp_path):
    heard = engines.install_player(tmp_path, "aplay")
    run = speak("4071", PATH=str(tmp_path))
    assert (run.returncode, run.stdout) == (0, "")
    assert run.stderr == "Saying: four zero seven one\n"
    assert heard.stat().st_size > 10_000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["105", "--save", "no/such/folder/out.wav"], "There is no folder"),
        (["105", "--save", "out.mp3"], "End the name in .wav"),
        (["105", "--rate", "9"], "Give a rate from 80 to 450"),
        (["105", "--as", "roman"], "'digits', 'number'"),
        (["105", "--volume", "2"], "Give one from 0 (silent) to 1"),
        (["105", "--language", "xx"], "Give one of: en, de, fr"),
        (["105", "--language", "de", "--zero", "oh"], "not called 'oh' in German"),
        (["hello"], "'hello' is no number"),
        (["-5"], "No such option"),
    ],
)
def test_wrong_usage_is_exit_2(arguments, message):
    run = speak(*arguments)
    assert (run.returncode, run.stdout) == (2, "")
    assert message in run.stderr
    assert "Traceback" not in run.stderr


def test_a_minus_goes_after_two_dashes(tmp_path):
    run = speak("--save", str(tmp_path / "out.wav"), "--", "-5")
    assert "minus five" in run.stderr


def test_another_language_and_another_zero(tmp_path):
    target = str(tmp_path / "out.wav")
    assert "vier null sieben eins" in speak("4071", "--language", "de", "--volume", "0.5", "--save", target).stderr
    assert "oh oh seven" in speak("007", "--zero", "oh", "--save", target).stderr


def test_voices_are_listed_on_stdout():
    run = speak("--list", "--language", "de")
    assert (run.returncode, run.stderr) == (0, "")
    rows = [line.split("\t") for line in run.stdout.splitlines()]
    assert rows
    assert all(languages.startswith("de") for _, _, languages in rows)


def test_no_voice_to_list_is_exit_6():
    run = speak("--list", "--language", "xx")
    assert (run.returncode, run.stdout) == (6, "")
    assert "No voice here speaks the language 'xx'" in run.stderr


def test_help_has_examples():
    assert "python -m speak --list --language fr" in CliRunner().invoke(speak_command, ["--help"]).stdout


def test_the_command_can_be_called_in_process(tmp_path):
    outcome = CliRunner().invoke(speak_command, ["4071", "--save", str(tmp_path / "out.wav")])
    assert (outcome.exit_code, outcome.stdout) == (0, "")
    assert "four zero seven one" in outcome.stderr
