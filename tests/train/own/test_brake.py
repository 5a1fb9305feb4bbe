"""Brake: what pulls it, and what it does while it is held and while it is not."""

import os
import signal

import pytest

from train.own.brake import STOP_FILE, Brake


def test_a_file_named_stop_pulls_it(tmp_path):
    with Brake(tmp_path) as brake:
        brake.check()
        assert not brake.is_pulled
        (tmp_path / STOP_FILE).touch()
        assert brake.is_pulled
        with pytest.raises(KeyboardInterrupt):
            brake.check()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_kept_while_it_is_held(tmp_path, number):
    with Brake(tmp_path) as brake:
        brake.hold()
        os.kill(os.getpid(), number)
        assert brake.is_pulled


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_what_nobody_holds(tmp_path, number):
    with Brake(tmp_path) as brake:
        brake.hold()
        brake.hold(False)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)


def test_who_asks_twice_does_not_wait(tmp_path):
    with Brake(tmp_path) as brake:
        brake.hold()
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_signals_go_where_they_went_before(tmp_path):
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with Brake(tmp_path):
        assert signal.getsignal(signal.SIGTERM) != before[1]
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
