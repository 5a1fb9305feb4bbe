"""Routes: all that is served beside the pages, and what a page says when it fails."""

import streamlit as st

from errors import ReaderError
from web import interface, live
from web.markup import plain

ROUTES = [*interface.ROUTES, *live.ROUTES, *interface.LAST]


def explain(error: Exception) -> bool:
    """Tell a page's visitor of an error in words; Streamlit has written it to the log already."""
    if isinstance(error, ReaderError):
        st.error(plain(str(error)))
    else:
        st.error("This page failed, by a fault of ours. Load it again; if that does not help, please report it.")
    return True
