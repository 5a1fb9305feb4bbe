"""Markup: words and tables that come from elsewhere, made safe to be shown on a page."""

import re
from collections.abc import Iterable, Sequence
from html import escape

# All that means something to Markdown, or to Streamlit in it (:red[...], $formula$).
MEANING = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&])")
TABLE_STYLE = """<style>
.rows { overflow-x: auto; max-width: 100%; }
.rows:focus-visible { outline: 3px solid #0a5c36; outline-offset: 2px; }
.rows table { border-collapse: collapse; width: 100%; font-size: 0.95rem; }
.rows caption { text-align: left; padding: 0 0 0.4rem; color: #3c4a42; font-size: 0.9rem; }
.rows th, .rows td { text-align: left; vertical-align: top; padding: 0.35rem 0.7rem 0.35rem 0;
  border-bottom: 1px solid #c9d3cd; }
.rows th { font-weight: 600; }
.rows td { font-variant-numeric: tabular-nums; }
.rows td:last-child { min-width: 9rem; }
</style>"""


def plain(words: str) -> str:
    """Escape words so that Markdown shows them as they are: a file may be called ``**a**.jpg``."""
    return MEANING.sub(r"\\\1", " ".join(words.split()))


def heading(words: str, level: int = 3) -> str:
    """Make a heading of words that are not ours, as HTML."""
    return f'<h{level} style="font-size:1.25rem;overflow-wrap:anywhere;padding:0">{escape(words)}</h{level}>'


def note(words: str) -> str:
    """Make a small line of plain words, as HTML; Streamlit's own captions are too pale for many eyes."""
    return f'<p style="margin:0;font-size:0.875rem;color:#3c4a42;overflow-wrap:anywhere">{escape(words)}</p>'


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Make a table as HTML; the first cell of each row is its heading.

    Parameters
    ----------
    caption : str
        What the table is of.
    heads : sequence of str
    rows : iterable of sequence of str
        Each cell as text; `Markup` is taken as it is.

    Returns
    -------
    str
        For `streamlit.html`. A table that is too wide scrolls, also by keyboard.
    """
    head = "".join(f'<th scope="col">{_cell(name)}</th>' for name in heads)
    body = "".join(
        f'<tr><th scope="row">{_cell(first)}</th>{"".join(f"<td>{_cell(cell)}</td>" for cell in rest)}</tr>'
        for first, *rest in rows
    )
    return (
        f'{TABLE_STYLE}<div class="rows" tabindex="0" role="region" aria-label="{escape(caption)}">'
        f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


class Markup(str):
    """HTML of our own, which is not escaped."""

    __slots__ = ()


def _cell(text: str) -> str:
    return text if isinstance(text, Markup) else escape(text).replace(" %", "&nbsp;%")


def bar(share: float) -> Markup:
    """Draw a bar, 0-1 of a cell's width; what it says stands beside it as text."""
    percent = max(0.0, min(1.0, share)) * 100
    return Markup(
        '<div aria-hidden="true" style="background:#e3e9e5;min-width:6rem;height:0.9rem">'
        f'<div style="background:#0a5c36;height:100%;width:{percent:.1f}%"></div></div>'
    )
