"""Pad: a sheet on the page to write on with mouse, finger or pen; out comes a picture, black on white."""

import base64
import binascii
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from errors import UnreadableImage

HERE = Path(__file__).resolve()
PREFIX = "data:image/png;base64,"
# A drawing of the pad's size has a tenth of this.
MOST_CHARACTERS = 4_000_000


def pad(
    key: str,
    label: str,
    said: str | None = None,
    keep: str | None = None,
    on_keep: Callable[[], None] = lambda: None,
    typing: bool = False,
    narrow: bool = False,
    clear: int = 0,
) -> None:
    """Show a sheet to write on.

    Parameters
    ----------
    key : str
        What is on the sheet at present is `drawn(key)`, before and after this call.
    label : str
        The sheet's name, for those who do not see it.
    said : str, optional
        What the status line under the sheet says; it is announced when it changes.
    keep : str, optional
        What a button says that hands the drawing over.
    on_keep : callable
        Called then, before the page runs again; the drawing is `kept(key)`.
    typing : bool
        Whether digits can be typed, to be written by the pad.
    narrow : bool
        Whether there is room for one digit only.
    clear : int
        The sheet is wiped whenever this is another one than before.
    """
    data = {"label": label, "said": said, "keep": keep, "typing": typing, "narrow": narrow, "clear": clear}
    _pad()(
        key=key,
        data={name: value for name, value in data.items() if value is not None},
        on_drawing_change=lambda: None,
        on_kept_change=on_keep,
    )


def drawn(key: str) -> str:
    """Give what is on a sheet, as `picture_of` takes it; "" where it is empty."""
    return _state(key, "drawing")


def kept(key: str) -> str:
    """Give the drawing that is being handed over, as `picture_of` takes it; "" where none is."""
    return _state(key, "kept")


def _state(key: str, name: str) -> str:
    state: Any = st.session_state.get(key) or {}
    return str(state.get(name) or "")


def picture_of(drawing: str) -> bytes:
    """Take the picture out of what the page sent.

    Returns
    -------
    bytes
        PNG.

    Raises
    ------
    UnreadableImage
        If it is none: a browser sends what it likes.
    """
    if not drawing.startswith(PREFIX) or len(drawing) > MOST_CHARACTERS:
        raise UnreadableImage("The drawing is no picture.", "Load the page again and draw it once more.")
    try:
        return base64.b64decode(drawing[len(PREFIX) :], validate=True)
    except binascii.Error as error:
        raise UnreadableImage("The drawing is damaged.", "Load the page again and draw it once more.") from error


def _pad() -> Any:
    """Make the part known to Streamlit; as often as it is asked for, because tests start several servers."""
    html, css, js = _sources()
    return st.components.v2.component("reader_pad", html=html, css=css, js=js)


@cache
def _sources() -> list[str]:
    return [HERE.with_suffix(suffix).read_text("utf-8") for suffix in (".html", ".css", ".js")]
