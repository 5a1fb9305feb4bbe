"""Routes: all that is served beside the pages, and what a page says when it fails."""

import logging

import streamlit as st

from errors import ReaderError
from web import interface, live

ROUTES = [*interface.ROUTES, *live.ROUTES, *interface.LAST]


def explain(error: Exception) -> bool:
    """Tell a page's visitor of an error in words; what is our own fault goes to the log too."""
    if isinstance(error, ReaderError):
        st.error(str(error))
    else:
        logging.getLogger("web").error("A page failed.", exc_info=error)
        st.error("This page failed, by a fault of ours. Load it again; if that does not help, please report it.")
    return True
