"""Camera: the webcam in the page, what is read of it, and a voice that says so."""

from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent
# A part's script is one file; these are its rooms, each of which uses only those before it.
_SCRIPTS = ("announcer", "voice", "line", "pace", "shutter", "boxes", "camera")


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
    html, css, *scripts = (
        (_HERE / name).read_text("utf-8") for name in ("camera.html", "camera.css", *(f"{one}.js" for one in _SCRIPTS))
    )
    component = st.components.v2.component("camera", html=html, css=css, js="\n".join(scripts))
    component(key="camera", data={"model": model, "style": style, "language": language})
