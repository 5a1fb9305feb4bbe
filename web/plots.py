"""Plots: how figures are shown; each stands beside its numbers in words, for whoever does not see it."""

import base64
from collections.abc import Sequence

import cv2
import numpy as np

from web.looks import Look, percent

# Bars need not be told apart by colour: the likeliest one's row is bold, and every bar has its number beside it.
CARDS = """<style>
.looks { display: flex; flex-wrap: wrap; gap: 1rem; margin-bottom: 1rem; }
.look { box-sizing: border-box; flex: 0 1 13.5rem; min-width: 13.5rem; margin: 0; padding: .75rem;
  border: 1px solid #5a6b61; border-radius: 6px; }
.look img { width: 112px; height: 112px; image-rendering: pixelated; border: 1px solid #5a6b61; display: block; }
.look figcaption { font-weight: 600; margin-bottom: .5rem; }
.look table { width: 100%; border-collapse: collapse; margin: .5rem 0 0; font-variant-numeric: tabular-nums; }
.look caption { text-align: left; color: inherit; font-size: .875rem; padding-bottom: .25rem; }
.look th, .look td { padding: 1px 4px 1px 0; border: 0; text-align: left; font-weight: 400; white-space: nowrap; }
.look td.bars { width: 100%; }
.look td.share { text-align: right; padding-right: 0; }
.look tr.best th, .look tr.best td { font-weight: 700; }
.look .bar { display: block; height: 12px; min-width: 1px; background: #5a6b61; }
.look .best .bar { background: #0a5c36; }
@media (max-width: 30rem) { .look { flex-basis: 100%; } }
</style>"""


def cards_of(looks: Sequence[Look]) -> str:
    """Make HTML of what the model saw of digits, and of how sure it is of each of the ten."""
    return f'{CARDS}<div class="looks">{"".join(_card(place, look) for place, look in enumerate(looks, 1))}</div>'


def _card(place: int, look: Look) -> str:
    read = f"read as {look.digit.value}, {percent(look.digit.confidence)}" if look.digit.value else "not sure enough"
    best = int(np.argmax(look.shares))
    rows = "".join(
        _row("no digit" if digit == 10 else str(digit), share, digit == best) for digit, share in enumerate(look.shares)
    )
    return (
        f'<figure class="look"><figcaption>Digit {place}: {read}</figcaption>'
        f'<img src="{picture_url(look.patch)}" alt="Digit {place} as the model saw it, 28 by 28 pixels">'
        f"<table><caption>What the model takes it for</caption><tbody>{rows}</tbody></table></figure>"
    )


def _row(name: str, share: float, is_best: bool) -> str:
    best = ' class="best"' if is_best else ""
    return (
        f'<tr{best}><th scope="row">{name}</th>'
        f'<td class="bars"><span class="bar" style="width:{100 * share:.1f}%"></span></td>'
        f'<td class="share">{_short(percent(share))}</td></tr>'
    )


def _short(share: str) -> str:
    return share.replace("under ", "&lt; ").replace("over ", "&gt; ")


def picture_url(patch: np.ndarray) -> str:
    """Make a picture that stands in the page itself of a patch: dark ink on white.

    Parameters
    ----------
    patch : ndarray of float32, shape (28, 28) or (28, 28, 1)
        0-1, ink = 1.
    """
    grey = np.round(255 * (1 - patch.reshape(patch.shape[:2]))).astype(np.uint8)
    return "data:image/png;base64," + base64.b64encode(cv2.imencode(".png", grey)[1].tobytes()).decode("ascii")
