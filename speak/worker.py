"""The process that holds the speech engine: ``python -m speak.worker SETTINGS``, started by `speak.engine`.

Speech engines hang, die, print on stdout and keep one event loop per process, so they get a process that can be
thrown away. Its settings are JSON in the one argument. A first line of JSON on stdout says that the engine stands, or
why not; then each line of JSON on stdin is an utterance, and each is answered by a line of JSON on stdout, in order.
Voice, rate and volume are set once: changed between utterances, they are lost in a quarter of the cases and more.
"""

import ctypes
import importlib
import json
import os
import re
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from errors import ReaderError, SpeechUnavailable, WrongUsage

SYSTEM_ESPEAK = ("libespeak-ng.so.1", "/usr/local/lib/libespeak-ng.so.1", "libespeak.so.1")
# The first English voices in a Mac's list are the joke voices.
MAC_VOICES = ("Samantha", "Daniel", "Alex")
INSTALL_PACKAGES = "Run 'pip install -r requirements.txt'; on Linux also 'apt install espeak-ng' or the like."
TRY_ANOTHER = "Try another --voice or --rate; if that does not help, install espeak-ng (Debian: apt install espeak-ng)."
SEE_LIST = "Run 'python -m speak --list' for the voices that there are."


@dataclass(frozen=True)
class Settings:
    """What holds for all utterances of a worker.

    Attributes
    ----------
    engine : str
        'module:function' that gives a pyttsx3 engine, or what looks like one.
    voice : str or None
        Id, name or language of a voice, or a part of its name; None for one that speaks the language.
    language : str or None
        Of the words, such as 'de' or 'pt-br'; the system's own voice is kept if it speaks it. None: whatever it is.
    rate : int
        Words a minute.
    volume : float
        0 to 1.
    """

    engine: str
    voice: str | None = None
    language: str | None = None
    rate: int = 200
    volume: float = 1.0


@dataclass(frozen=True)
class InstalledVoice:
    """A voice that the engine can speak with.

    Attributes
    ----------
    id : str
        What the engine calls it.
    name : str
        What people call it.
    languages : tuple of str
        Such as 'en-us': small letters, parted by a dash. Empty if the engine does not say.
    """

    id: str
    name: str
    languages: tuple[str, ...]

    @classmethod
    def of(cls, voice: Any) -> "InstalledVoice":
        """Tidy up what a driver of pyttsx3 gives."""
        languages = filter(None, map(_tidy_language, voice.languages or []))
        return cls(str(voice.id), str(voice.name), tuple(languages))

    def speaks(self, language: str) -> bool:
        """Whether it speaks 'en', or 'en-us', or what is meant by 'EN_us'."""
        wanted = _tidy_language(language)
        return any(own == wanted or own.startswith(f"{wanted}-") for own in self.languages)


def _tidy_language(language: str | bytes) -> str:
    """Turn 'en_US', or b'en-us' with espeak's byte of priority in front, into 'en-us'."""
    if isinstance(language, bytes):
        language = language.decode("utf-8", "replace")
    found = re.search(r"[a-z]{2,}(-[a-z0-9]+)*", language.casefold().replace("_", "-"))
    return found[0] if found else ""


def _language_alone(language: str) -> str:
    """Leave the region out: 'de' of 'de-at'."""
    return _tidy_language(language).split("-")[0]


@dataclass(frozen=True)
class Utterance:
    """A text, and the absolute path of the file that its sound goes to."""

    text: str
    path: str


@dataclass(frozen=True)
class Answer:
    """The outcome of the start or of one utterance: no error, or the name and the two sentences of one.

    The start brings the voices along.
    """

    error: str | None = None
    what: str = ""
    next_step: str = ""
    voices: tuple[InstalledVoice, ...] = ()

    @classmethod
    def of(cls, error: ReaderError) -> "Answer":
        """Pack an error for the way through a pipe."""
        return cls(type(error).__name__, error.what, error.next_step)

    @classmethod
    def from_json(cls, line: str) -> "Answer":
        """Unpack what `to_json` made."""
        packed = json.loads(line)
        voices = (InstalledVoice(**{**voice, "languages": tuple(voice["languages"])}) for voice in packed["voices"])
        return cls(**{**packed, "voices": tuple(voices)})

    def to_json(self) -> str:
        """Put it on one line."""
        return json.dumps(asdict(self))

    def check(self) -> None:
        """Raise the error, if it is one."""
        if self.error == WrongUsage.__name__:
            raise WrongUsage(self.what, self.next_step)
        if self.error is not None:
            raise SpeechUnavailable(self.what, self.next_step)


class Speaker:
    """One engine with its voice, rate and volume, set once.

    Parameters
    ----------
    settings : Settings

    Attributes
    ----------
    voices : tuple of InstalledVoice

    Raises
    ------
    SpeechUnavailable
        There is no engine, or no voice for the language.
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
        self.voices = tuple(map(InstalledVoice.of, self._engine.getProperty("voices")))
        voice = choose_voice(self.voices, settings, self._engine.getProperty("voice"))
        if voice is not None:
            self._engine.setProperty("voice", voice)
        self._engine.setProperty("rate", settings.rate)
        self._engine.setProperty("volume", settings.volume)

    def save(self, utterance: Utterance) -> None:
        """Write the sound of one utterance; whether it has a length is for the caller to check.

        Raises
        ------
        SpeechUnavailable
            The engine reported a fault, here or when it was set up.
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

        Before its first run pyttsx3 queues what it is set to; the run that carries them out also cancels whatever
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


def choose_voice(voices: Sequence[InstalledVoice], settings: Settings, current: str | None) -> str | None:
    """Find the id of the voice to set, or None to keep the current one.

    Parameters
    ----------
    voices : sequence of InstalledVoice
        What the engine offers.
    settings : Settings
        A voice that was asked for wins over the language; without both the current voice is kept.
    current : str or None
        Id of the voice that the engine starts with.

    Raises
    ------
    SpeechUnavailable
        No voice speaks the language.
    WrongUsage
        No voice fits the name.
    """
    if settings.voice is not None:
        return _find_voice(voices, settings)
    if settings.language is None or not any(voice.languages for voice in voices):
        return None
    # A French voice would read English words as French.
    speakers = _find_speakers(voices, settings.language)
    if any(voice.id == current for voice in speakers):
        return None
    return min(speakers, key=lambda voice: _strangeness(voice, settings.language)).id


def _find_speakers(voices: Sequence[InstalledVoice], language: str) -> list[InstalledVoice]:
    """Find the voices of a language, or of 'de' where nobody speaks 'de-at'."""
    for wanted in (language, _language_alone(language)):
        if speakers := [voice for voice in voices if voice.speaks(wanted)]:
            return speakers
    raise SpeechUnavailable(f"No voice here speaks the language {language!r}.", SEE_LIST)


def _strangeness(voice: InstalledVoice, language: str | None) -> int:
    """Rank the voices of a language: 'fr' is for France (fr, fr-fr) before Belgium (fr-be)."""
    code = _language_alone(language or "")
    at_home = {code, f"{code}-{code}"} & set(voice.languages)
    return 0 if voice.name in MAC_VOICES else 1 if at_home else 2


def _find_voice(voices: Sequence[InstalledVoice], settings: Settings) -> str:
    """Find the voice of that id, name or language, or else one of a region of that language, or of a longer name."""
    wanted = settings.voice or ""
    ways = (
        lambda voice: wanted.casefold() in {voice.id.casefold(), voice.name.casefold()},
        lambda voice: _tidy_language(wanted) in voice.languages,
        lambda voice: voice.speaks(wanted),
        lambda voice: wanted != "" and wanted.casefold() in voice.name.casefold(),
    )
    for fits in ways:
        if found := [voice for voice in voices if fits(voice)]:
            return min(found, key=lambda voice: _strangeness(voice, wanted)).id
    names = ", ".join(voice.name for voice in voices if voice.speaks(settings.language or "en"))
    raise WrongUsage(f"There is no voice {wanted!r} here.", f"Give one of: {names}." if names else SEE_LIST)


def serve(settings: Settings, orders: Iterable[str], answers: TextIO) -> None:
    """Start the engine, say so, then answer each utterance, a line of JSON each, until there are no more."""
    for answer in _answers(settings, orders):
        print(answer.to_json(), file=answers, flush=True)


def _answers(settings: Settings, orders: Iterable[str]) -> Iterator[Answer]:
    try:
        speaker = Speaker(settings)
    except Exception as fault:
        yield Answer.of(_as_sentence(fault))
        return
    yield Answer(voices=speaker.voices)
    for order in orders:
        try:
            speaker.save(Utterance(**json.loads(order)))
        except Exception as fault:
            yield Answer.of(_as_sentence(fault))
        else:
            yield Answer()


def _as_sentence(fault: Exception) -> ReaderError:
    """Put whatever an engine raises into words for the other side."""
    if isinstance(fault, ReaderError):
        return fault
    return SpeechUnavailable(f"The speech engine failed ({type(fault).__name__}: {fault}).", TRY_ANOTHER)


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
