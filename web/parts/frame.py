"""Frame: what all pages need so that everybody can use them, where Streamlit leaves it out."""

from pathlib import Path

import streamlit as st

HERE = Path(__file__)
STYLE = HERE.with_suffix(".css").read_text("utf-8")
_frame = st.components.v2.component("frame", js=HERE.with_suffix(".js").read_text("utf-8"))


def mend_page() -> None:
    """Show where the focus is, and let a screen reader tell what is what; nothing of it is to be seen itself."""
    # A component's own styles would come a moment later than the page.
    st.html(f"<style>{STYLE}</style>")
    _frame(key="frame")
