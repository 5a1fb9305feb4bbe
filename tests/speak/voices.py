"""What the tests of speech share: voices with fake engines, and the measure of a WAV file."""

import math
import wave
from array import array
from pathlib import Path

from speak.voice import Voice


def fake(engine: str, **settings) -> Voice:
    return Voice(engine=f"tests.fakes.engines:{engine}", **settings)


def measure(path: Path) -> tuple[float, float]:
    """Duration in seconds and root mean square of a WAV file, by other means than the code under test."""
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        samples = array("h", file.readframes(file.getnframes()))
        return len(samples) / file.getframerate(), math.hypot(*samples) / math.sqrt(len(samples))
