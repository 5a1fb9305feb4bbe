"""Sample: one of the project's own pictures, read on the spot."""

from pathlib import Path

import streamlit as st

from errors import ReaderError
from web.batch import Upload, load_frame
from web.choices import chosen_model
from web.markup import plain
from web.parts.picture import Shown, show_picture, shrink
from web.parts.sheet import numbers_table
from web.parts.voice import offer_voice
from web.pile import count
from web.shelf import pipeline_with


def show_reading(key: str, sample: Path) -> str:
    """Read a sample, and show what was read; a sentence that says so."""
    upload = Upload(sample.name, sample.read_bytes())
    try:
        reading = pipeline_with(chosen_model()).read(load_frame(upload))
    except ReaderError as error:
        st.error(plain(str(error)))
        return ""
    show_picture(f"{key}_picture", _load_copy(upload), reading, {}, correctable=False)
    st.html(numbers_table(reading, {}))
    offer_voice(f"{key}_aloud", reading.texts)
    return f"{count(len(reading.numbers), 'number')} read in {sum(reading.ms.values()):.0f} ms."


@st.cache_data(max_entries=1, show_spinner=False, hash_funcs={Upload: lambda upload: upload.digest})
def _load_copy(upload: Upload) -> Shown:
    """Make the sample's copy that is shown."""
    return shrink(load_frame(upload).image)
