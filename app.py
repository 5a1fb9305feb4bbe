"""What `streamlit run app.py` finds: the pages, and beside them the HTTP interface and the live socket."""

from pathlib import Path

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from web.guard import GUARDED
from web.opening import opening
from web.routes import ROUTES, explain

# Streamlit would serve a folder called pages by itself, until the site first says what its pages are.
PagesManager.uses_pages_directory = False
SITE = Path(__file__).resolve().parent / "web" / "site.py"
app = st.App(SITE, routes=ROUTES, middleware=GUARDED, lifespan=opening, on_script_error=explain)
