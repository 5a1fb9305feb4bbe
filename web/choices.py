"""Choices: what a visitor sets once for all pages, in the sidebar: the model, and how numbers are said."""

import streamlit as st

from speak.language import DEFAULT, LANGUAGES
from web.rack import SHIPPED, list_models

MODEL, STYLE, LANGUAGE = "chosen_model", "chosen_style", "chosen_language"
STYLES = {"digits": "digit by digit", "number": "as a number"}
NAMES = {
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "it": "Italiano",
    "nl": "Nederlands",
    "pt": "Português",
}


def offer_choices() -> None:
    """Show the choices in the sidebar."""
    with st.sidebar:
        st.selectbox("Model", list_models(), key=MODEL, help="What reads: the shipped model, or one of your own.")
        st.selectbox("Numbers are said", list(STYLES), format_func=lambda style: STYLES[style], key=STYLE)
        st.selectbox("Language of the voice", list(LANGUAGES), key=LANGUAGE, format_func=lambda code: NAMES[code])


def chosen_model() -> str:
    """Name of the model that reads for this visitor."""
    return str(st.session_state.get(MODEL, SHIPPED))


def chosen_style() -> str:
    """How numbers are said: "digits" or "number"."""
    return str(st.session_state.get(STYLE, "digits"))


def chosen_language() -> str:
    """Language in which numbers are said."""
    return str(st.session_state.get(LANGUAGE, DEFAULT))
