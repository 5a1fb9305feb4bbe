"""The process that holds the speech engine: ``python -m speak.worker SETTINGS``, started by `speak.voice`.

Speech engines hang, die, print on stdout and keep one event loop per process, so they get a process that can be
thrown away. Its settings are JSON in the one argument; each line of JSON on stdin is an utterance, and each is
answered by a line of JSON on stdout, in order. Voice and rate are set once: changed between utterances, they are
lost in a quarter of the cases and more.
"""

import ctypes
import importlib
import json
import os
import sys
import threading
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from errors import ReaderError, SpeechUnavailable, WrongUsage

SYSTEM_ESPEAK = ("libespeak-ng.so.1", "/usr/local/lib/libespeak-ng.so.1", "libespeak.so.1")
# The first English voices in a Mac's list are the joke voices.
MAC_VOICES = ("Samantha", "Daniel", "Alex")
INSTALL_PACKAGES = "Run 'pip install -r requirements.txt'; on Linux also 'apt install espeak-ng' or the like."
TRY_ANOTHER = "Try another --voice or --rate; if that does not help, install espeak-ng (Debian: apt install espeak-ng)."


@dataclass(frozen=True)
class Settings:
    """What holds for all utterances of a worker.

    Attributes
    ----------
    engine : str
        'module:function' that gives a pyttsx3 engine, or what looks like one.
    voice : str or None
        Id, name or language of a voice, or a part of its name; None for the system's own if it speaks English,
        else for any that does.
    rate : int
        Words a minute.
    """

    engine: str
    voice: str | None
    rate: int


@dataclass(frozen=True)
class Utterance:
    """A text, and the absolute path of the file that its sound goes to."""

    text: str
    path: str


@dataclass(frozen=True)
class Answer:
    """The outcome of one utterance: no error, or the name and the two sentences of one."""

    error: str | None = None
    what: str = ""
    next_step: str = ""

    @classmethod
    def of(cls, error: ReaderError) -> "Answer":
        """Pack an error for the way through a pipe."""
        return cls(type(error).__name__, error.what, error.next_step)

    def check(self) -> None:
        """Raise the error, if it is one."""
        if self.error == WrongUsage.__name__:
            raise WrongUsage(self.what, self.next_step)
        if self.error is not None:
            raise SpeechUnavailable(self.what, self.next_step)


class Speaker:
    """One engine with its voice and rate, set once.

    Parameters
    ----------
    settings : Settings

    Raises
    ------
    SpeechUnavailable
        There is no engine.
    WrongUsage
        There is no such voice.
    """

    def __init__(self, settings: Settings) -> None:
        self._engine = start_engine(settings.engine)
        self._faults: list[object] = []
        self._idle = threading.Event()
        self._idle.set()
        self._listen()
        self._empty_queue()
        voice = choose_voice(self._engine.getProperty("voices"), settings.voice, self._engine.getProperty("voice"))
        if voice is not None:
            self._engine.setProperty("voice", voice)
        self._engine.setProperty("rate", settings.rate)

    def save(self, utterance: Utterance) -> None:
        """Write the sound of one utterance; whether it has a length is for the caller to check.

        Raises
        ------
        SpeechUnavailable
            The engine reported a fault, here or when voice and rate were set.
        """
        self._settle()
        # One utterance for each run of the loop: a second one would replace the first.
        self._engine.save_to_file(utterance.text, utterance.path)
        self._engine.runAndWait()
        self._wait_until_finished()
        if self._faults:
            raise SpeechUnavailable(f"The speech engine reports a fault ({self._faults.pop()}).", TRY_ANOTHER)

    def _listen(self) -> None:
        # pyttsx3 swallows what its driver raises, unless somebody listens.
        self._engine.connect("error", lambda **event: self._faults.append(event.get("exception")))
        self._engine.connect("started-utterance", lambda **_: self._idle.clear())
        self._engine.connect("finished-utterance", lambda **_: self._idle.set())

    def _empty_queue(self) -> None:
        """Make espeak's driver carry out at once what it is told, by a first run of its loop that is empty.

        Before its first run pyttsx3 queues voice and rate; the run that carries them out also cancels whatever
        espeak is still busy with: once in a hundred times the rate was lost so.
        """
        if self._engine.driver_name == "espeak":
            self._settle()
            self._engine.runAndWait()

    def _settle(self) -> None:
        """Wait until espeak has taken in what it was told: the start of a run would cancel it."""
        if self._engine.driver_name == "espeak":
            importlib.import_module("pyttsx3.drivers._espeak").Synchronize()

    def _wait_until_finished(self) -> None:
        """Wait for the end of what was reported as started; the time-out is the other process's.

        With espeak, runAndWait may come back at once, while a thread of the library's still makes the sound: a
        process that ends then has written nothing of an utterance of some seconds. The other drivers wait as they
        should, and report no start when they save.
        """
        self._idle.wait()


def start_engine(factory: str) -> Any:
    """Call the 'module:function' that gives an engine, with pip's espeak-ng where the system has none.

    Raises
    ------
    SpeechUnavailable
        The package or its speech library is missing.
    """
    module_name, function_name = factory.split(":")
    try:
        lend_espeak()
        return getattr(importlib.import_module(module_name), function_name)()
    except ModuleNotFoundError as missing:
        raise SpeechUnavailable(f"The speech package {missing.name} is not installed.", INSTALL_PACKAGES) from None
    except Exception as fault:
        raise SpeechUnavailable(f"No speech engine could be started ({fault}).", INSTALL_PACKAGES) from fault


def lend_espeak() -> None:
    """Load the espeak-ng of the package espeakng-loader where the system needs one and has none.

    It is under the GPL, so it is used if it is there and never needed.
    """
    if sys.platform in {"darwin", "win32"} or any(map(_can_load, SYSTEM_ESPEAK)):
        return
    try:
        import espeakng_loader
    except ImportError:
        return
    # espeak-ng cuts this path after 160 characters and ends the process if nothing is there, which a checkout deep
    # in the folders reaches; a relative path is always short, and no other path here is relative.
    os.chdir(Path(espeakng_loader.get_data_path()).parent)
    os.environ["ESPEAK_DATA_PATH"] = "."
    # Once loaded it is found by its soname, which is how pyttsx3 asks for it.
    ctypes.CDLL(espeakng_loader.get_library_path())


def _can_load(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def choose_voice(voices: Sequence[Any], wanted: str | None, current: str | None) -> str | None:
    """Find the id of the voice to set, or None to keep the current one.

    Parameters
    ----------
    voices : sequence of pyttsx3.voice.Voice
        What the engine offers.
    wanted : str or None
        What was asked for: an id, name or language, or a part of a name. Case does not matter.
    current : str or None
        Id of the voice that the engine starts with.

    Raises
    ------
    WrongUsage
        No voice fits.
    """
    if wanted is not None:
        return _find_voice(voices, wanted)
    english = [voice for voice in voices if _speaks_english(voice)]
    if not english or any(voice.id == current for voice in english):
        return None
    # The words are English; a French voice would read them as French.
    chosen = next((voice for voice in english if voice.name in MAC_VOICES), english[0])
    return str(chosen.id)


def _find_voice(voices: Sequence[Any], wanted: str) -> str:
    sought = wanted.casefold()
    for voice in voices:
        if sought in {str(name).casefold() for name in (voice.id, voice.name, *(voice.languages or []))}:
            return str(voice.id)
    for voice in voices:
        if sought and sought in str(voice.name).casefold():
            return str(voice.id)
    english = [str(voice.name) for voice in voices if _speaks_english(voice)]
    raise WrongUsage(f"There is no voice {wanted!r} here.", f"Give one of: {', '.join(english) or 'none found'}.")


def _speaks_english(voice: Any) -> bool:
    return any(str(language).casefold().startswith("en") for language in voice.languages or [])


def serve(settings: Settings, orders: Iterable[str], answers: TextIO) -> None:
    """Answer each utterance, a line of JSON each, until there are no more; the engine starts with the first."""
    speaker = None
    for order in orders:
        try:
            speaker = speaker or Speaker(settings)
            speaker.save(Utterance(**json.loads(order)))
            answer = Answer()
        except ReaderError as error:
            answer = Answer.of(error)
        except Exception as fault:  # whatever an engine raises, the other side gets a sentence
            what = f"The speech engine failed ({type(fault).__name__}: {fault})."
            answer = Answer.of(SpeechUnavailable(what, TRY_ANOTHER))
        print(json.dumps(asdict(answer)), file=answers, flush=True)


def fence_stdout() -> TextIO:
    """Keep stdout for the answers alone: what engines print there goes to stderr from now on.

    Returns
    -------
    TextIO
        The real stdout.
    """
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def main() -> None:
    """Serve the process that started this one."""
    serve(Settings(**json.loads(sys.argv[1])), sys.stdin, fence_stdout())


if __name__ == "__main__":
    main()
