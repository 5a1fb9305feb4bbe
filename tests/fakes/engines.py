"""Speech engines that hang, die, lie, babble or do as they are told, and players that fail.

Each engine is named to a Voice as 'tests.fakes.engines:name' and lives in the worker's process.
"""

import math
import os
import sys
import threading
import time
import wave
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

RATE = 22050


def write_tone(path: Path | str, duration_s: float, peak: int = 20000) -> None:
    samples = array("h", (int(peak * math.sin(i / 10)) for i in range(int(duration_s * RATE))))
    if sys.byteorder == "big":
        samples.byteswap()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())


@dataclass
class FakeVoice:
    id: str
    name: str
    languages: list[str | bytes] = field(default_factory=list)


FRENCH = FakeVoice("fr-1", "Amélie", ["fr_FR"])
JOKE = FakeVoice("joke", "Albert", ["en_US"])
ENGLISH = FakeVoice("en-1", "Samantha", ["en_US"])


class FakeEngine:
    """What pyttsx3's engine does, as far as the worker asks for it; a tone in place of speech."""

    driver_name = "fake"

    def __init__(self, write: Callable[[str, str], object]) -> None:
        self.write = write
        self.settings: list[tuple[str, object]] = []
        self.listeners: dict[str, Callable[..., None]] = {}
        self.job = ("", "")

    def connect(self, topic: str, listener: Callable[..., None]) -> None:
        self.listeners[topic] = listener

    def notify(self, topic: str, **event: object) -> None:
        self.listeners[topic](name=None, **event)

    def getProperty(self, name: str) -> object:
        return {"voices": [FRENCH, JOKE, ENGLISH], "voice": FRENCH.id, "rate": 200}[name]

    def setProperty(self, name: str, value: object) -> None:
        self.settings.append((name, value))

    def save_to_file(self, text: str, path: str) -> None:
        self.job = (text, path)

    def runAndWait(self) -> None:
        self.write(*self.job)


def tone() -> FakeEngine:
    return FakeEngine(lambda text, path: write_tone(path, 0.4 * len(text.split())))


def hangs() -> FakeEngine:
    return FakeEngine(lambda text, path: time.sleep(60))


def hangs_at_once() -> FakeEngine:
    time.sleep(60)
    return tone()


def end(text: str, path: str) -> None:
    sys.stderr.write("phontab: No such file\n")
    sys.stderr.flush()
    os._exit(3)


def dies() -> FakeEngine:
    return FakeEngine(end)


def obeys() -> FakeEngine:
    """Hangs, dies or babbles when the text says so; else each word is a tenth of a second."""

    def obey(text: str, path: str) -> None:
        if text == "hang":
            time.sleep(60)
        elif text == "die":
            end(text, path)
        elif text == "babble":
            os.write(1, b"from C\n" * 20_000)
            os.write(2, b"from C\n" * 20_000)
        write_tone(path, 0.1 * len(text.split()))

    return FakeEngine(obey)


def cannot_start() -> FakeEngine:
    raise RuntimeError("no espeak here")


def lacks_package() -> FakeEngine:
    raise ModuleNotFoundError("No module named 'objc'", name="objc")


def raises() -> FakeEngine:
    def fail(text: str, path: str) -> None:
        raise AssertionError("run loop already started")

    return FakeEngine(fail)


def swallows() -> FakeEngine:
    """An engine that reports a fault the way that pyttsx3 does, and goes on."""
    engine = tone()
    engine.write = lambda text, path: engine.notify("error", exception=ValueError("EE_INTERNAL_ERROR"))
    return engine


def writes_nothing() -> FakeEngine:
    return FakeEngine(lambda text, path: None)


def writes_empty_file() -> FakeEngine:
    return FakeEngine(lambda text, path: Path(path).write_bytes(b""))


def writes_no_samples() -> FakeEngine:
    return FakeEngine(lambda text, path: write_tone(path, 0))


def writes_half_a_file() -> FakeEngine:
    return FakeEngine(lambda text, path: Path(path).write_bytes(b"RIFF\x24\x00\x00\x00WAVEfmt "))


def writes_8_bit() -> FakeEngine:
    def write(text: str, path: str) -> None:
        with wave.open(path, "wb") as file:
            file.setparams((1, 1, RATE, 0, "NONE", ""))
            file.writeframes(bytes(range(256)) * 200)

    return FakeEngine(write)


def writes_silence() -> FakeEngine:
    return FakeEngine(lambda text, path: write_tone(path, 2, peak=0))


def cuts_short() -> FakeEngine:
    return FakeEngine(lambda text, path: write_tone(path, 0.06))


def writes_aiff() -> FakeEngine:
    """A Mac's voices write AIFF into a file of any name."""
    return FakeEngine(lambda text, path: Path(path).write_bytes(b"FORM\x00\x00\x00\x04AIFF"))


def babbles() -> FakeEngine:
    """Prints on stdout, from Python and from below it."""

    def print_and_write(text: str, path: str) -> None:
        sys.stdout.write(f"Audio saved to {path}\n")
        sys.stdout.flush()
        os.write(1, b"from C\n")
        write_tone(path, 2)

    return FakeEngine(print_and_write)


def finishes_late() -> FakeEngine:
    """Comes back at once and makes the sound in a thread, as espeak does."""
    engine = tone()

    def finish(text: str, path: str) -> None:
        time.sleep(0.2)
        write_tone(path, 2)
        engine.notify("finished-utterance", completed=True)

    def start(text: str, path: str) -> None:
        engine.notify("started-utterance")
        threading.Thread(target=finish, args=(text, path), daemon=True).start()

    engine.write = start
    return engine


def install_program(folder: Path, name: str, script: str) -> None:
    """Write a shell script that stands for a program found on the PATH."""
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def install_player(folder: Path, name: str) -> Path:
    """A player that works: it copies what it plays to the path that is returned."""
    heard = folder / f"heard by {name}.wav"
    install_program(folder, name, f'for last; do :; done\n/bin/cp "$last" "{heard}"')
    return heard


def install_recorder(folder: Path, name: str, lasting_s: float = 0) -> Path:
    """A player that takes its time and adds what it plays to the folder that is returned, as 0.wav, 1.wav ..."""
    heard = folder / "heard"
    heard.mkdir()
    install_program(
        folder,
        name,
        f'for last; do :; done\nset -- "{heard}"/*.wav\n[ -e "$1" ] || shift\n'
        f'/bin/cp "$last" "{heard}/$#.wav"\nexec /bin/sleep {lasting_s}',
    )
    return heard
