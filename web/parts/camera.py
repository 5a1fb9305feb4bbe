"""Camera: the webcam in the page, what is read of it, and a voice that says so."""

from pathlib import Path

import streamlit as st

_HERE = Path(__file__)


def show_camera(model: str, style: str, language: str) -> None:
    """Show the camera; it talks with `web.live` and `web.interface` by itself, and no page is drawn anew for that.

    Parameters
    ----------
    model : str
        Name of the model that reads, as `web.shelf` lists it.
    style : {"digits", "number"}
        How numbers are said.
    language : str
        In which they are said.
    """
    html, css, js = (_HERE.with_suffix(kind).read_text("utf-8") for kind in (".html", ".css", ".js"))
    component = st.components.v2.component("camera", html=html, css=css, js=js)
    component(key="camera", data={"model": model, "style": style, "language": language})
