"""Progress: bars on a terminal, a line for every tenth elsewhere if wanted, and else nothing."""

import os
import pty
import subprocess
import sys

import pytest

from cli.progress import Progress
from tests.conftest import CHECKOUT

COUNT = """
from cli.progress import Progress
with Progress() as progress:
    for done in range(1, 31):
        progress.report("reading", done, 30, "photo.jpg")
print("done")
"""


def test_without_a_terminal_nothing_is_written(capfd):
    with Progress() as progress:
        for done in range(50):
            progress.report("reading", done, 50)
    assert capfd.readouterr() == ("", "")


def test_lines_for_every_tenth_if_wanted(capfd):
    with Progress(lines=True) as progress:
        for done in range(1, 1001):
            progress.report("patches", done, 1000, f"loss {done}")
        progress.report("training", 5, 5)
    out, err = capfd.readouterr()
    assert out == ""
    assert err.count("patches") <= 12
    assert "patches 100 % loss 1000\n" in err
    assert err.endswith("training 100 % \n")


@pytest.mark.parametrize(("done", "of"), [(0, 0), (3, 0), (10, 5), (0, 10)])
def test_odd_counts_are_no_fault(capfd, done, of):
    with Progress(lines=True) as progress:
        progress.report("reading", done, of)
    assert "Traceback" not in capfd.readouterr().err


def test_what_breaks_inside_is_not_swallowed():
    with pytest.raises(ZeroDivisionError), Progress(lines=True):
        raise ZeroDivisionError


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_on_a_terminal_a_bar_is_drawn_on_stderr_alone():
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-c", COUNT],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm"},
    )
    os.close(theirs)
    seen = b""
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:  # Linux says so when the other end is closed
            break
        if not part:
            break
        seen += part
    os.close(ours)
    out, _ = child.communicate(timeout=30)
    assert (child.returncode, out) == (0, b"done\n")
    assert b"reading" in seen
    assert b"30/30" in seen
    assert b"photo.jpg" in seen
