"""Run a program that belongs to the system, such as a player, and learn whether it did what it should."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event

from errors import SpeechUnavailable

LONGEST_DEAFNESS_S = 0.03  # how long a program may go on after it was told to stop


def run_program(
    command: tuple[str, ...],
    timeout_s: float,
    next_step: str,
    *,
    fails_by_words: bool = False,
    stop: Event | None = None,
    on_start: Callable[[], None] | None = None,
) -> str | None:
    """Run a program to its end.

    Parameters
    ----------
    command : tuple of str
    timeout_s : float
        After this it is killed.
    next_step : str
        What a person can do if it hangs.
    fails_by_words : bool
        It ends with 0 even if it failed, and is silent on stderr if all went well.
    stop : threading.Event, optional
        When it is set, the program is killed, which is no fault.
    on_start : callable, optional
        Called when the program runs.

    Returns
    -------
    str or None
        None if it did what it should, else what it says went wrong.

    Raises
    ------
    SpeechUnavailable
        It hung.
    """
    try:
        program = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as fault:
        return fault.strerror or str(fault)
    with program:
        try:
            if on_start is not None:
                on_start()
            talk = _wait_for_end(program, time.monotonic() + timeout_s, stop or Event())
        except subprocess.TimeoutExpired:
            name = Path(command[0]).name
            raise SpeechUnavailable(
                f"{name} was not done after {timeout_s:.0f} s and was stopped.", next_step
            ) from None
        finally:
            program.kill()
    if talk is None:
        return None
    if program.returncode != 0 or (fails_by_words and talk.strip()):
        return f"exit status {program.returncode}, {last_line(talk)}"
    return None


def _wait_for_end(program: "subprocess.Popen[str]", deadline: float, stop: Event) -> str | None:
    """Give what the program wrote to stderr, or None if it was to stop before it ended."""
    while not stop.is_set():
        try:
            return program.communicate(timeout=LONGEST_DEAFNESS_S)[1]
        except subprocess.TimeoutExpired:
            if time.monotonic() > deadline:
                raise
    return None


def last_line(talk: str) -> str:
    """Give the last thing that a program said, for the middle of a sentence."""
    lines = talk.strip().splitlines()
    return lines[-1].strip().rstrip(".") if lines else "it does not say why"
