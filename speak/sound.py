"""A sound: a WAV file's bytes, checked to be long enough for its words and not silent."""

import io
import math
import sys
import wave
from array import array
from dataclasses import dataclass
from pathlib import Path

from errors import SpeechUnavailable
from speak.program import run_program
from speak.worker import TRY_ANOTHER

SHORTEST_WORD_S = 0.05  # at 450 words a minute, espeak-ng takes 0.14 s a word
QUIETEST_PEAK = 300  # of 32767, at full volume; speech peaks above 20000, and what has no sound is all zeros
CONVERSION_TIMEOUT_S = 30
TONE_RATE = 22050


@dataclass(frozen=True)
class Sound:
    """A sound that was checked: it is as long as its words need at least, and not silent.

    Attributes
    ----------
    wav : bytes
        A whole WAV file, 16-bit PCM.
    duration_s : float
    """

    wav: bytes
    duration_s: float


def read_sound(path: Path, words: str, volume: float) -> Sound:
    """Read the file that an engine wrote.

    Parameters
    ----------
    path : Path
        WAV, or the AIFF that a Mac's voices write, whatever the file's name says.
    words : str
        What it should say.
    volume : float
        0 to 1, as the engine was told; with 0 it may be silent.

    Raises
    ------
    SpeechUnavailable
        There is no such file, or it is no sound, silent, or too short for its words.
    """
    return _check_sound(_as_wav(path), words, QUIETEST_PEAK * volume)


def _as_wav(path: Path) -> Path:
    """Turn AIFF into WAV."""
    if not path.is_file():
        raise SpeechUnavailable("The speech engine wrote no sound.", TRY_ANOTHER)
    with path.open("rb") as file:
        if file.read(4) != b"FORM":
            return path
    converted = path.with_name("converted.wav")
    # afconvert belongs to macOS.
    command = ("afconvert", "-f", "WAVE", "-d", "LEI16", str(path), str(converted))
    complaint = run_program(command, CONVERSION_TIMEOUT_S, TRY_ANOTHER)
    if complaint is not None:
        raise SpeechUnavailable(f"The sound could not be turned into WAV (afconvert: {complaint}).", TRY_ANOTHER)
    return converted


def _check_sound(path: Path, words: str, quietest_peak: float) -> Sound:
    """Measure a WAV file: it must be long enough for its words, and not silent."""
    try:
        with wave.open(str(path), "rb") as file:
            if file.getsampwidth() != 2:
                raise wave.Error("not 16-bit")
            samples = array("h", file.readframes(file.getnframes()))
            duration_s = len(samples) / file.getnchannels() / file.getframerate()
    except (wave.Error, EOFError, ValueError, ZeroDivisionError) as fault:
        raise SpeechUnavailable(
            f"The speech engine wrote a file that is no sound ({str(fault) or 'it is empty'}).", TRY_ANOTHER
        ) from fault
    if sys.byteorder == "big":
        samples.byteswap()
    # In one pass without numpy: an import that costs more than the sound.
    if max(map(abs, samples), default=0) < quietest_peak:
        raise SpeechUnavailable(
            f"The sound made for {_shortened(words)} is silent ({duration_s:.2f} s).",
            "Give a text with words in it, or try another --voice.",
        )
    if duration_s < SHORTEST_WORD_S * len(words.split()):
        raise SpeechUnavailable(
            f"The sound made for {_shortened(words)} is cut short ({duration_s:.2f} s).", TRY_ANOTHER
        )
    return Sound(path.read_bytes(), duration_s)


def _shortened(words: str, longest: int = 40) -> str:
    return repr(words if len(words) <= longest else words[:longest] + "…")


def make_tone(duration_s: float = 0.2, pitch_hz: float = 440.0, peak: int = 2000) -> Sound:
    """Make a short quiet tone that swells and fades, to try whether anything is heard."""
    count = round(duration_s * TONE_RATE)
    swell = (math.sin(math.pi * place / count) for place in range(count))
    wave_form = (math.sin(2 * math.pi * pitch_hz * place / TONE_RATE) for place in range(count))
    samples = array("h", (round(peak * loud * level) for loud, level in zip(swell, wave_form, strict=True)))
    if sys.byteorder == "big":
        samples.byteswap()
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(TONE_RATE)
        file.writeframes(samples.tobytes())
    return Sound(content.getvalue(), duration_s)
