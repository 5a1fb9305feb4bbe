"""Paste: takes pictures from the clipboard, by Ctrl+V anywhere on the page or by a button."""

import base64
import binascii
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from web.batch import Upload

HERE = Path(__file__)
_paste = st.components.v2.component(
    "paste",
    html=HERE.with_suffix(".html").read_text("utf-8"),
    css=HERE.with_suffix(".css").read_text("utf-8"),
    js=HERE.with_suffix(".js").read_text("utf-8"),
)
# What nobody pastes at once, and base64 takes four bytes for three.
MOST_PICTURES, MOST_CHARACTERS = 20, 24_000_000


def offer_paste(key: str, take: Callable[[Sequence[Upload]], None]) -> None:
    """Offer to paste pictures.

    Parameters
    ----------
    key : str
    take : callable
        Given what was pasted, before the page is run anew.
    """
    _paste(key=key, on_pasted_change=lambda: take(decode(st.session_state[key].pasted)))


def decode(pasted: Any) -> list[Upload]:
    """Make pictures of what a browser sent; what is none is passed over, for a browser may send anything."""
    if not isinstance(pasted, list):
        return []
    contents = [_decode_one(one) for one in pasted[:MOST_PICTURES]]
    return [Upload(f"pasted {content_hash(content)}", content) for content in contents if content]


def content_hash(content: bytes) -> str:
    """Name a picture that has no name, by a part of its hash: the same picture has the same name."""
    return Upload("", content).digest[:6]


def _decode_one(encoded: Any) -> bytes | None:
    if not isinstance(encoded, str) or len(encoded) > MOST_CHARACTERS:
        return None
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None
