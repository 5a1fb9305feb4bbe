"""Where words go: results to stdout, talk to stderr, errors to an exit code."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import NoReturn, TextIO

import click

from errors import EXIT_INTERRUPTED, ReaderError, WrongUsage

_quiet = False
_data: TextIO | None = None


def be_quiet(quiet: bool) -> None:
    """Silence the talk (not the results, not the errors) for the rest of the run."""
    global _quiet
    _quiet = quiet


def result(text: str) -> None:
    """Write one line of data to stdout.

    What no UTF-8 can hold (a file's name in another encoding) is escaped. A reader that has left (``| head``) is no
    fault: the command ends.
    """
    try:
        click.echo(text.encode("utf-8", "backslashreplace").decode(), file=_data)
    except BrokenPipeError:
        raise click.exceptions.Exit(0) from None


def say(text: str) -> None:
    """Write words for a person to stderr, unless --quiet."""
    if not _quiet:
        click.echo(text, err=True)


def count_down(seconds: int) -> None:
    """Count the seconds down to a picture that is taken without a window."""
    for left in range(seconds, 0, -1):
        say(f"{left} ...")
        time.sleep(1)


def complain(error: ReaderError) -> None:
    """Write what is wrong and what to do next to stderr; red on a terminal only."""
    click.secho(str(error), fg="red", err=True)


@contextmanager
def fenced_stdout() -> Iterator[None]:
    """Keep stdout for `result`: what libraries print there, in Python or below it, goes to stderr meanwhile."""
    global _data
    printed = sys.stdout
    is_real = _is_real(printed)
    if is_real:
        printed.flush()
        _data = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
        os.dup2(2, 1)
    else:
        _data = printed
    sys.stdout = sys.stderr
    try:
        yield
    finally:
        kept, _data, sys.stdout = _data, None, printed
        if is_real:
            os.dup2(kept.fileno(), 1)
            # Whoever read the data may have left already.
            with suppress(BrokenPipeError):
                kept.close()


def _is_real(stream: TextIO) -> bool:
    """Tell the process's own stdout from what a test or an embedding program put in its place."""
    try:
        return stream.fileno() == 1
    except (OSError, ValueError, AttributeError):
        return False


def run_command(command: click.Command) -> NoReturn:
    """Run a click command and leave with the exit code that its outcome has.

    Notes
    -----
    Click's own standalone mode ends every fault with 1 or 2 and prints "Aborted!" on Ctrl-C; here each
    `ReaderError` brings its own code, and Ctrl-C is 130.
    """
    try:
        # Help is what was asked for, and click writes it to stdout.
        with nullcontext() if {"--help", "-h"} & set(sys.argv[1:]) else fenced_stdout():
            code = command.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = WrongUsage.exit_code
    except ReaderError as error:
        complain(error)
        code = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        say("Stopped.")
        code = EXIT_INTERRUPTED
    sys.exit(code if isinstance(code, int) else 0)
