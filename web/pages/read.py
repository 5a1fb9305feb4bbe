"""read."""

import streamlit as st

st.title("read")
