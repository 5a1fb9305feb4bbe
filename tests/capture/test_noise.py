"""The fence around native libraries' stderr."""

import os
import threading

import pytest

from capture import noise
from capture.noise import STDERR_FD, hushed


def shout(text: bytes) -> None:
    """Write as a C library does: past Python."""
    os.write(STDERR_FD, text)


def test_inside_nothing_is_heard_and_after_it_all_is(capfd):
    shout(b"before ")
    with hushed():
        shout(b"inside ")
        with hushed():
            shout(b"deeper ")
        shout(b"inside again ")
    shout(b"after")
    assert capfd.readouterr().err == "before after"


def test_an_exception_opens_the_fence(capfd):
    with pytest.raises(KeyError), hushed():
        raise KeyError
    shout(b"heard")
    assert capfd.readouterr().err == "heard"


def test_blocks_of_several_threads_may_overlap(capfd):
    def work():
        for _ in range(200):
            with hushed():
                shout(b"noise")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shout(b"heard")
    assert capfd.readouterr().err == "heard"
    assert noise._inside == 0


def test_no_descriptor_leaks():
    before = os.dup(STDERR_FD)
    os.close(before)
    for _ in range(50):
        with hushed():
            pass
    after = os.dup(STDERR_FD)
    os.close(after)
    assert after == before


def test_no_stderr_at_all(monkeypatch):
    def no_stderr(descriptor):
        raise OSError(9, "Bad file descriptor")

    monkeypatch.setattr(noise.os, "dup", no_stderr)
    with hushed():
        pass
