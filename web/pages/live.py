"""Live: hold a number before the camera, and hear it."""

import streamlit as st

from web.choices import chosen_language, chosen_model, chosen_style
from web.parts.camera import show_camera

st.title("Live")
st.markdown(
    "Hold what you have written before a camera. Each number is said once, when a few pictures agree on it. "
    "The pictures are read by this server and kept nowhere."
)
show_camera(chosen_model(), chosen_style(), chosen_language())
with st.expander("Keys, phones, and what helps"):
    st.markdown(
        """
- **Keys**, while something of the camera has the focus: `p` pauses, `m` mutes, `r` repeats what is in view.
- **Boxes**: a whole line and a tick for what has settled; a broken line for what one picture alone says. A `?` stands
  for a digit that is unsure.
- **Phones** give their camera to pages over HTTPS only: start the server with
  `python -m web --host 0.0.0.0 --cert cert.pem --key key.pem`, and open `https://` with the server's address.
- **What helps**: light from the side, the sheet flat, digits at least as high as a twentieth of the picture.
  Guidance says what is wrong.
- **Camera faces me**: press it where the picture shows yourself, so that left and right are yours.
- **Without a camera**, the page Read takes pictures from files.
"""
    )
