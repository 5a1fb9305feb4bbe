"""work."""

import streamlit as st

st.title("work")
