"""Home: what this is, one sample read at a click, and the ways in."""

from pathlib import Path

import streamlit as st
from streamlit.errors import StreamlitPageNotFoundError

from errors import ReaderError
from recognize.reading import Reading
from web.batch import Upload, load_frame
from web.choices import chosen_model
from web.markup import plain
from web.parts.picture import Shown, show_picture, shrink
from web.parts.sheet import numbers_table
from web.parts.status import announce
from web.parts.voice import offer_voice
from web.pile import count
from web.shelf import pipeline_with

SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "plain_page.jpg"
ASKED = "home_asked"
WAYS = (
    ("pages/read.py", "Read", "photos and scans, one or a hundred; correct what was misread, and take a table along."),
    ("pages/live.py", "Live", "hold a number before the camera, and it is read and said."),
    ("pages/draw.py", "Draw", "write digits by mouse, finger or pen, or type them."),
    ("pages/work.py", "Show your work", "see each step from the photo to the number."),
    ("pages/teach.py", "Teach", "train a model on your own digits."),
    ("pages/analytics.py", "Analytics", "how often it is right, and where it is wrong."),
    ("pages/about.py", "About", "how it works, its limits, its licences."),
)
FOR_WHOM = """
- **You have a stack of sheets**: add the photos all at once, look over what is marked as unsure, download the table.
- **You want to know how it works**: every step can be looked at, and every figure says what it was measured on.
- **You show it to others**: nothing is fetched from outside, so it works without a network.
- **You cannot see the screen**: all of it works by keyboard, and numbers are read aloud.
"""


def main() -> None:
    """Lay out the page."""
    st.title("Reader of handwritten numbers")
    st.write(
        "This reads handwritten numbers in photos, in scans and before a camera. It says how sure it is of each digit, "
        "and shows a question mark where it is not. All of it runs on this machine: no picture leaves it."
    )
    show_sample()
    st.header("Ways in")
    for page, name, words in WAYS:
        show_way(page, name, words)
    st.header("For whom")
    st.markdown(FOR_WHOM)


def show_sample() -> None:
    """Show a sample, and read it when asked to."""
    st.header("A sample")
    line = st.container()
    upload = Upload(SAMPLE.name, SAMPLE.read_bytes())
    if not st.session_state.get(ASKED):
        shown = load_sample(upload)
        st.image(shown.jpeg, alt="Six numbers, written with a ballpoint on a sheet of paper on a desk")
        st.button("Read this sample", key="home_read", type="primary", on_click=ask)
        words = ""
    else:
        words = show_reading(upload)
    with line:
        announce(words)


def ask() -> None:
    """Remember that the sample is to be read."""
    st.session_state[ASKED] = True


def show_reading(upload: Upload) -> str:
    """Read the sample, and show what was read; a sentence that says so."""
    try:
        reading: Reading = pipeline_with(chosen_model()).read(load_frame(upload))
    except ReaderError as error:
        st.error(plain(str(error)))
        return ""
    show_picture("home_picture", load_sample(upload), reading, {}, correctable=False)
    st.html(numbers_table(reading, {}))
    offer_voice("home_aloud", reading.texts)
    return f"{count(len(reading.numbers), 'number')} read in {sum(reading.ms.values()):.0f} ms."


@st.cache_data(max_entries=1, show_spinner=False, hash_funcs={Upload: lambda upload: upload.digest})
def load_sample(upload: Upload) -> Shown:
    """Make the sample's copy that is shown."""
    return shrink(load_frame(upload).image)


def show_way(page: str, name: str, words: str) -> None:
    """Show a link to a page, and what the page is for."""
    link, purpose = st.columns([1, 3], vertical_alignment="center")
    with link:
        try:
            st.page_link(page, label=f":primary[**{name}**]")
        except StreamlitPageNotFoundError:
            # This page is run by itself, without the site around it.
            st.write(name)
    purpose.write(words)


main()
