"""Site: the frame around all pages, and the list of them."""

import streamlit as st

from web.choices import offer_choices
from web.parts.frame import mend_page

PAGES = [
    st.Page("pages/home.py", title="Home", default=True),
    st.Page("pages/read.py", title="Read"),
    st.Page("pages/live.py", title="Live"),
    st.Page("pages/draw.py", title="Draw"),
    st.Page("pages/work.py", title="Show your work"),
    st.Page("pages/teach.py", title="Teach"),
    st.Page("pages/analytics.py", title="Analytics"),
    st.Page("pages/about.py", title="About"),
]

st.set_page_config(page_title="Reader of handwritten numbers", layout="centered")
page = st.navigation(PAGES)
offer_choices()
mend_page()
page.run()
