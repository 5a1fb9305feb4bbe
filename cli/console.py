"""Where words go: results to stdout, talk to stderr, errors to an exit code."""

import sys
import time
from typing import NoReturn

import click

from errors import EXIT_INTERRUPTED, ReaderError, WrongUsage

_quiet = False


def be_quiet(quiet: bool) -> None:
    """Silence the talk (not the results, not the errors) for the rest of the run."""
    global _quiet
    _quiet = quiet


def result(text: str) -> None:
    """Write one line of data to stdout."""
    click.echo(text)


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


def run_command(command: click.Command) -> NoReturn:
    """Run a click command and leave with the exit code that its outcome has.

    Notes
    -----
    Click's own standalone mode ends every fault with 1 or 2 and prints "Aborted!" on Ctrl-C; here each
    `ReaderError` brings its own code, Ctrl-C is 130, and a closed pipe (``| head``) is no fault.
    """
    try:
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
    except BrokenPipeError:
        # The reader of our output has left; keep the interpreter from complaining about it at exit.
        sys.stdout = None
        code = 0
    sys.exit(code if isinstance(code, int) else 0)
