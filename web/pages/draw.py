"""Draw: write a number, and see it read as it is written."""

from contextlib import suppress

import streamlit as st
from streamlit.errors import StreamlitAPIException

from errors import ReaderError
from recognize.reading import Reading
from web.choices import chosen_model
from web.looks import Look, describe, read_closely
from web.parts.pad import drawn, pad, picture_of
from web.plots import cards_of

SHEET = "draw_sheet"
ONE, SEVERAL = "One number", "Several numbers, also in several lines"

Read = tuple[Reading, list[list[Look]]]


@st.fragment
def show_sheet() -> None:
    """Show the sheet, what was read on it, and how; drawing runs this part of the page alone."""
    layout = st.radio("What you write", [ONE, SEVERAL], horizontal=True)
    read, said = read_drawing(drawn(SHEET), several=layout == SEVERAL)
    pad(SHEET, "Sheet to write a number on, with mouse, finger or pen", said=said, typing=True)
    if read:
        show_digits(*read)


def read_drawing(drawing: str, several: bool) -> tuple[Read | None, str]:
    """Read what is on the sheet, and put it into words."""
    if not drawing:
        return None, "Nothing is written yet."
    try:
        read = read_closely(picture_of(drawing), chosen_model(), "page" if several else "line")
    except ReaderError as error:
        return None, str(error)
    return read, describe(read[0])


def show_digits(reading: Reading, looked: list[list[Look]]) -> None:
    """Show, of each number, what the model saw of its digits."""
    if any("?" in number.text for number in reading.numbers):
        st.write("A question mark stands where no digit is sure enough.")
    for number, looks in zip(reading.numbers, looked, strict=True):
        st.header(number.text, anchor=False)
        st.html(cards_of(looks))
    if reading.numbers:
        st.write(
            "The bars are the model's view of each digit by itself; the reading also weighs where one digit ends and "
            "the next begins, so its figure may differ."
        )


st.title("Draw")
st.write("Write a digit or a whole number. It is read whenever you lift the pen.")
show_sheet()
# A page that runs by itself, in a test, has no others.
with suppress(StreamlitAPIException):
    st.page_link("pages/read.py", label="Have a picture of handwriting? Read it here")
