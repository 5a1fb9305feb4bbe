"""About: how it works, what it was made of, what it cannot do, and what happens to what you give it."""

import platform
import re
from importlib.metadata import version
from typing import Any

import streamlit as st

from recognize.advice import SMALLEST_HEIGHT_PX
from web.markup import table
from web.shelf import CHECKOUT, card_of

STAGES = [
    ("capture", "A picture is opened, turned upright, and checked for its size before any memory is taken."),
    ("preprocess", "Light is evened out, ink is told from paper, ruling is taken away, lines and numbers are found, "
     "and each number is cut wherever two digits may touch."),
    ("recognize", "A small network looks at every piece as a patch of 28 by 28 pixels and says how likely it is each "
     "digit, or none. The best path through all cuts is the reading; a second network helps where digits touch."),
]  # fmt: skip
LIMITS = [
    "It reads digits, and the marks between them. It reads no letters and no printed text.",
    "Touching digits are its weakest point: of a page whose digits all lean on each other, about four numbers in ten "
    "are read right.",
    f"Digits less than {SMALLEST_HEIGHT_PX:.0f} pixels high are not read. Hold the camera closer.",
    "A confidence of 90 % means that nine in ten such numbers are right, not all of them. Where it matters, look.",
    "It learnt from handwriting of a few countries. A hand that writes otherwise may be read worse; the page Teach "
    "helps.",
]
KEPT = [
    ("Pictures that you upload, take or draw", "In memory, while this page is open"),
    ("Frames of the camera", "Not at all: each is forgotten when it has been read"),
    ("Corrections and collected digits", "In memory, while this page is open"),
    ("Data of a training", "In a temporary folder, while the page is open"),
    ("Models that you train or add", "On this server, in the folder runs/own, until somebody throws them away"),
]
CITATION = "Reader of handwritten numbers, version {version}. Computer program, {year}. MIT License."
PACKAGES = ("streamlit", "numpy", "opencv-python", "ai-edge-litert")


def list_data(raw: Any) -> list[tuple[str, str, str]]:
    """List the data sets that a card names: name, by whom, licence."""
    sets = [one for one in raw if isinstance(one, dict)] if isinstance(raw, list) else []
    return [(str(one.get("name")), str(one.get("by", "not told")), str(one.get("licence"))) for one in sets]


def find_version(package: str) -> str:
    """Find the version of a package that is installed, under this or another name."""
    try:
        return version(package)
    except ModuleNotFoundError:
        return "not found"


def read_licence() -> tuple[str, str]:
    """Read the licence's text, and the year in it."""
    text = (CHECKOUT / "LICENSE").read_text("utf-8")
    year = re.search(r"\d{4}", text)
    return text, year[0] if year else ""


st.title("About")
card = card_of()
licence, year = read_licence()
st.write("This reads handwritten numbers on photos, scans and drawings, and in front of a camera.")

st.header("How it works", anchor=False)
st.html(table("Three stages, one after another", ("Stage", "What it does"), STAGES))
st.write("The page Show your work shows each stage of a picture of yours; docs/how-it-works.md tells all of it.")

st.header("What it cannot do", anchor=False)
st.markdown("\n".join(f"- {limit}" for limit in LIMITS))
with st.expander("All figures, by release"):
    # Headings of the file go below this page's.
    st.markdown(re.sub("^#", "###", (CHECKOUT / "docs" / "accuracy.md").read_text("utf-8"), flags=re.MULTILINE))

st.header("What happens to your pictures", anchor=False)
st.write(
    "They go to the computer that runs this program and no further: nothing is fetched from elsewhere, nothing is "
    "counted, and nobody is told."
)
st.html(table("What is kept, and for how long", ("What", "Where and how long"), KEPT))

st.header("Data and licences", anchor=False)
st.html(table("What the shipped model learnt from", ("Data", "By", "Licence"), list_data(card.raw.get("data"))))
st.write("The program itself is under the MIT License.")
with st.expander("The licence"):
    st.text(licence)

st.header("How to cite it", anchor=False)
st.code(CITATION.format(version=card.version, year=year), language=None, wrap_lines=True)

st.header("Something is wrong?", anchor=False)
st.write(
    "Please report it in the project's issue tracker: what you did, what you expected, what came, and the versions "
    "below. A picture helps, if you may show it. Many faults and what to do about them are in docs/troubleshooting.md."
)
rows = [("Model", card.version), ("Python", platform.python_version()), *((one, find_version(one)) for one in PACKAGES)]
st.html(table("Versions", ("What", "Version"), rows))
