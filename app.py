"""What `streamlit run app.py` finds: the pages, and beside them the HTTP interface and the live socket."""

from pathlib import Path

import streamlit as st

from web.guard import GUARDED
from web.routes import ROUTES, explain

SITE = Path(__file__).resolve().parent / "web" / "site.py"
app = st.App(SITE, routes=ROUTES, middleware=GUARDED, on_script_error=explain)
