"""Voice: a button that reads numbers aloud, by sound that this server makes."""

import io
import wave
from collections.abc import Sequence

import streamlit as st

from errors import ReaderError
from web.choices import chosen_language, chosen_style
from web.markup import note, plain
from web.pile import count
from web.sound import make_sound

# More are said in a minute or two; nobody listens to all of a hundred sheets.
MOST_NUMBERS = 60
# What `make_sound` says at once.
MOST_CHARACTERS = 200


def offer_voice(key: str, texts: Sequence[str], label: str = "Read aloud") -> None:
    """Offer to read numbers aloud, in their order.

    Parameters
    ----------
    key : str
        One for each button of a page.
    texts : sequence of str
        As read: "4071", "40?1".
    label : str
    """
    said = tuple(texts[:MOST_NUMBERS])
    wanted = f"{key}-wanted", (said, chosen_style(), chosen_language())
    if st.button(label, key=key, disabled=not said):
        st.session_state[wanted[0]] = wanted[1]
    if said and st.session_state.get(wanted[0]) == wanted[1]:
        try:
            wav = say(said, chosen_style(), chosen_language())
        except ReaderError as error:
            st.warning(plain(str(error)))
            return
        st.audio(wav, format="audio/wav", autoplay=True, alt=f"{count(len(said), 'number')}, read aloud")
        if len(texts) > len(said):
            st.html(note(f"The first {len(said)} of {len(texts)} numbers."))


def say(texts: Sequence[str], style: str, language: str) -> bytes:
    """Make one sound of numbers.

    Returns
    -------
    bytes
        A WAV file.

    Raises
    ------
    SpeechUnavailable
        If no sound can be made here.
    """
    return join([make_sound(part, style=style, language=language) for part in split(texts)])


def split(texts: Sequence[str], most_characters: int = MOST_CHARACTERS) -> list[str]:
    """Split numbers into parts that are said at once, each of so many characters at most."""
    parts: list[str] = []
    for text in texts:
        if parts and len(parts[-1]) + 1 + len(text) <= most_characters:
            parts[-1] += f" {text}"
        else:
            parts.append(text[:most_characters])
    return parts


def join(wavs: Sequence[bytes]) -> bytes:
    """Join WAV files of the same kind end to end."""
    if len(wavs) == 1:
        return wavs[0]
    joined = io.BytesIO()
    with wave.open(joined, "wb") as out:
        for place, wav in enumerate(wavs):
            with wave.open(io.BytesIO(wav)) as part:
                if not place:
                    out.setparams(part.getparams())
                out.writeframes(part.readframes(part.getnframes()))
    return joined.getvalue()
