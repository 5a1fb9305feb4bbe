"""Console: results to stdout, words to stderr, and an exit code for every outcome."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import click
import pytest

import errors
from cli.console import be_quiet, complain, count_down, result, run_command, say
from errors import ReaderError
from tests.conftest import CHECKOUT


@pytest.fixture(autouse=True)
def _talkative() -> Iterator[None]:
    be_quiet(False)
    yield
    be_quiet(False)


def leave(body: Callable[[], object], monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Run a command of that body, and give the code that it leaves with."""
    monkeypatch.setattr(sys, "argv", ["command", *arguments])

    @click.command()
    @click.option("--times", type=int, default=1)
    def command(times: int) -> object:
        return body()

    with pytest.raises(SystemExit) as left:
        run_command(command)
    return left.value.code if isinstance(left.value.code, int) else 0


def throw(error: BaseException) -> Callable[[], object]:
    def body() -> object:
        raise error

    return body


def test_results_go_to_stdout_and_words_to_stderr(capsys):
    result("4071")
    say("hold still")
    assert capsys.readouterr() == ("4071\n", "hold still\n")


def test_quiet_silences_words_alone(capsys):
    be_quiet(True)
    result("4071")
    say("hold still")
    complain(errors.UnreadableImage("a.jpg is broken."))
    out, err = capsys.readouterr()
    assert out == "4071\n"
    assert err.startswith("a.jpg is broken. Give a JPEG")
    assert "hold still" not in err


def test_no_colours_where_there_is_no_terminal(capsys):
    complain(errors.NoCamera("There is no camera."))
    assert "\x1b" not in capsys.readouterr().err


def test_a_countdown_is_counted(capsys, monkeypatch):
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    count_down(3)
    assert capsys.readouterr().err == "3 ...\n2 ...\n1 ...\n"
    assert waited == [1, 1, 1]


@pytest.mark.parametrize(("given", "code"), [(None, 0), (0, 0), (3, 3), ("text", 0)])
def test_what_a_command_returns_is_its_code(monkeypatch, given, code):
    assert leave(lambda: given, monkeypatch) == code


@pytest.mark.parametrize(
    "kind",
    [cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, ReaderError)],
    ids=lambda cls: cls.__name__,
)
def test_each_error_is_its_code_and_one_line(monkeypatch, capsys, kind):
    assert leave(throw(kind("There is a fault.")), monkeypatch) == kind.exit_code
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"There is a fault. {kind.default_step}\n"


@pytest.mark.parametrize("arguments", [["--nonsense"], ["--times", "often"], ["more"]], ids=" ".join)
def test_wrong_usage_is_2(monkeypatch, capsys, arguments):
    assert leave(lambda: 0, monkeypatch, *arguments) == 2
    assert "Usage:" in capsys.readouterr().err


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()], ids=["Ctrl-C", "abort"])
def test_an_interrupted_run_is_130(monkeypatch, capsys, error):
    assert leave(throw(error), monkeypatch) == 130
    out, err = capsys.readouterr()
    assert (out, err.strip()) == ("", "Stopped.")


PRINT_MUCH = """
import click
from cli.console import result, run_command
@click.command()
def command():
    for number in range(200_000):
        result(str(number))
run_command(command)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of Unix")
def test_a_reader_that_leaves_is_no_fault():
    child = subprocess.Popen(
        [sys.executable, "-c", PRINT_MUCH], cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert child.stdout
    assert child.stderr
    os.read(child.stdout.fileno(), 100)
    child.stdout.close()
    err = child.stderr.read()
    child.stderr.close()
    assert (child.wait(timeout=30), err) == (0, b"")
