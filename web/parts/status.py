"""Status: a line that says what has happened, and is read out once when it changes.

A screen reader announces what changes inside a region that was there before; Streamlit's own elements come and go.
"""

from pathlib import Path

import streamlit as st

HERE = Path(__file__)
SAID = "status_said"
_status = st.components.v2.component(
    "status",
    html=HERE.with_suffix(".html").read_text("utf-8"),
    css=HERE.with_suffix(".css").read_text("utf-8"),
    js=HERE.with_suffix(".js").read_text("utf-8"),
)


def announce(words: str, key: str = "status") -> None:
    """Show words in a status line; they are read out if they are others than before.

    Parameters
    ----------
    words : str
        Plain text; nothing for nothing to say.
    key : str
        One for each line of a page. The line has to be on the page from its first run on.
    """
    _status(key=key, data={"words": words})


def say(page: str, words: str) -> None:
    """Set what a page's status line says from now on."""
    st.session_state[f"{SAID}_{page}"] = words


def said(page: str) -> str:
    """Give what a page's status line says."""
    return str(st.session_state.get(f"{SAID}_{page}", ""))
