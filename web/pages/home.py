"""Home: what this is, one sample read at a click, and the ways in.

It is the first page that anybody sees, so it comes without what reads: that is imported when the sample is to be read.
"""

from pathlib import Path

import streamlit as st
from streamlit.errors import StreamlitPageNotFoundError

from web.parts.status import announce

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
    words = ""
    if st.session_state.get(ASKED):
        from web.parts.sample import show_reading

        words = show_reading("home", SAMPLE)
    else:
        st.image(str(SAMPLE), alt="Six numbers, written with a ballpoint on a sheet of paper on a desk")
        st.button("Read this sample", key="home_read", type="primary", on_click=ask)
    with line:
        announce(words)


def ask() -> None:
    """Remember that the sample is to be read."""
    st.session_state[ASKED] = True


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
