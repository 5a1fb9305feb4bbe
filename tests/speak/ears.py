"""An English ear: tells which of a few texts was spoken, by a recogniser that was made elsewhere (PocketSphinx)."""

import io
import re
import wave
from collections.abc import Iterable

import numpy as np
import pocketsphinx

RATE = 16_000  # of PocketSphinx's own English model
PADDING_S = 0.25
# Root mean square, of 32767. A model of speech in rooms expects no digital silence, and a room's hum rather than hiss:
# of 120 utterances it told 120 right in pink noise of 100, 118 in white noise of that level, 115 in white noise of 30.
NOISE = 100.0
LOWEST_HUM_HZ = 50


class Ear:
    """A recogniser that chooses among texts."""

    def __init__(self) -> None:
        self._decoder = pocketsphinx.Decoder(samprate=RATE, lm=None, loglevel="FATAL")

    def tell(self, wav: bytes, texts: Iterable[str]) -> str | None:
        """Give the one of the texts that a WAV file sounds like most; None if it is like none."""
        grammar = {self._bare_words(text): text for text in sorted(set(texts))}
        self._decoder.add_jsgf_string("texts", f"#JSGF V1.0; grammar g; public <text> = {' | '.join(grammar)};")
        self._decoder.activate_search("texts")
        self._decoder.start_utt()
        self._decoder.process_raw(_as_in_a_room(wav), full_utt=True)
        self._decoder.end_utt()
        heard = self._decoder.hyp()
        return grammar.get(heard.hypstr) if heard else None

    def _bare_words(self, text: str) -> str:
        words = re.findall("[a-z]+", text.lower())
        unknown = [word for word in words if self._decoder.lookup_word(word) is None]
        assert not unknown, f"{unknown} are no words that it could tell"
        return " ".join(words)


def _as_in_a_room(wav: bytes) -> bytes:
    """Give 16-bit samples at the model's rate, with pauses around and light noise."""
    samples = np.pad(_read(wav), int(PADDING_S * RATE))
    return np.clip(samples + _hum(len(samples)), -32768, 32767).astype("<i2").tobytes()


def _read(wav: bytes) -> np.ndarray:
    """Give a file's samples at the model's rate; what is above half of that rate is left out."""
    with wave.open(io.BytesIO(wav)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float)
        length = round(len(samples) * RATE / file.getframerate())
    return np.fft.irfft(np.fft.rfft(samples), length) * length / len(samples)


def _hum(length: int) -> np.ndarray:
    """Make pink noise: its power falls with the frequency."""
    white = np.fft.rfft(np.random.default_rng(0).normal(size=length))
    pink = np.fft.irfft(white / np.sqrt(np.maximum(np.fft.rfftfreq(length, 1 / RATE), LOWEST_HUM_HZ)), length)
    return pink * NOISE / pink.std()
