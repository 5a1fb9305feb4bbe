"""Plots: how figures are shown; beside each plot stand its numbers, for whoever does not see it."""

import base64
from collections.abc import Sequence
from typing import Any

import altair as alt
import cv2
import numpy as np
import streamlit as st

from web.figures import Bin, Figures, Layer
from web.looks import Look, percent
from web.markup import table
from web.training import Epoch

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


# Told apart by dashes too.
TRAINING, VALIDATION = "learnt from", "held out"
GREEN, ORANGE = "#0a5c36", "#b34700"


def _axis(**more: Any) -> alt.Axis:
    """Make an axis whose words can be read well."""
    return alt.Axis(labelColor="#3c4a42", titleColor="#3c4a42", **more)


def show_curves(epochs: Sequence[Epoch]) -> None:
    """Show how accuracy and loss went, epoch by epoch."""
    if not epochs:
        return
    left, right = st.columns(2)
    last = epochs[-1]
    left.altair_chart(
        _curves([(one.epoch, one.accuracy, one.val_accuracy) for one in epochs], "accuracy", "%"),
        alt=f"Accuracy by epoch; at last {percent(last.accuracy)} learnt from, {percent(last.val_accuracy)} held out",
    )
    right.altair_chart(
        _curves([(one.epoch, one.loss, one.val_loss) for one in epochs], "loss", ".2~f"),
        alt=f"Loss by epoch; at last {last.loss:.3f} learnt from, {last.val_loss:.3f} held out",
    )
    with st.expander("The curves as a table"):
        heads = ("Epoch", "Accuracy, learnt from", "Accuracy, held out", "Loss, learnt from", "Loss, held out")
        rows = [
            (
                str(one.epoch),
                f"{100 * one.accuracy:.1f} %",
                f"{100 * one.val_accuracy:.1f} %",
                f"{one.loss:.3f}",
                f"{one.val_loss:.3f}",
            )
            for one in epochs
        ]
        st.html(table("Accuracy and loss by epoch", heads, rows))


def _curves(points: Sequence[tuple[int, float, float]], name: str, form: str) -> alt.Chart:
    values = [
        {"epoch": epoch, name: value, "of digits": of}
        for epoch, *both in points
        for value, of in zip(both, (TRAINING, VALIDATION), strict=True)
    ]
    names = [TRAINING, VALIDATION]
    return (
        alt.Chart(alt.Data(values=values), height=220)
        .mark_line(point=True)
        .encode(
            x=alt.X("epoch:Q", axis=_axis(format="d", tickMinStep=1)),
            y=alt.Y(f"{name}:Q", scale=alt.Scale(zero=False), axis=_axis(format=form)),
            color=alt.Color("of digits:N", scale=alt.Scale(domain=names, range=[GREEN, ORANGE]), legend=_LEGEND),
            strokeDash=alt.StrokeDash(
                "of digits:N", scale=alt.Scale(domain=names, range=[[1, 0], [6, 4]]), legend=_LEGEND
            ),
        )
    )


_LEGEND = alt.Legend(orient="bottom", title=None, symbolType="square", labelColor="#3c4a42")


def show_figures(figures: Figures) -> None:
    """Show how well a model does on digits that were held out: in all, by digit, and what it takes for what."""
    if figures.confusion is None:
        return
    st.write(
        f"**{percent(figures.accuracy or 0)}** of {int(figures.confusion.sum())} digits that were held out are right."
    )
    if figures.numbers:
        written, right, shipped = figures.numbers
        st.write(
            f"Of {written} whole numbers written with them, it reads {right} right; the shipped model reads {shipped}."
        )
    show_classes(figures)
    show_confusion(figures.confusion)


def show_classes(figures: Figures) -> None:
    """Show precision and recall of each digit."""
    rows = [
        (
            one.label,
            str(one.count),
            *("-" if share is None else f"{100 * share:.1f} %" for share in (one.precision, one.recall)),
        )
        for one in figures.classes
    ]
    st.html(table("By digit, of those held out", ("Digit", "Count", "Precision", "Recall"), rows))
    st.write("Precision: of what is taken for the digit, how much is one. Recall: of the digit, how much is found.")


def show_confusion(confusion: np.ndarray) -> None:
    """Show what is taken for what, as a heat map and as a table."""
    names = [*"0123456789", "none"][: confusion.shape[1]]
    shares = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    values = [
        {
            "written": str(row),
            "read as": name,
            "count": int(confusion[row, column]),
            "share": float(shares[row, column]),
        }
        for row in range(10)
        for column, name in enumerate(names)
    ]
    base = alt.Chart(alt.Data(values=values), height=360).encode(
        x=alt.X("read as:N", sort=names, axis=_axis(labelAngle=0, orient="top")),
        y=alt.Y("written:N", sort=names, axis=_axis()),
    )
    heat = base.mark_rect().encode(
        color=alt.Color("share:Q", scale=alt.Scale(domain=[0, 1], range=["#ffffff", GREEN]), legend=None)
    )
    words = (
        base.transform_filter("datum.count > 0")
        .mark_text()
        .encode(text="count:Q", color=alt.condition("datum.share > 0.4", alt.value("#ffffff"), alt.value("#16211b")))
    )
    wrong = int(confusion.sum() - np.trace(confusion))
    st.altair_chart(
        heat + words, alt=f"Heat map of what is written and what it is read as; {wrong} digits beside the diagonal"
    )
    with st.expander("What is read as what, as a table"):
        rows = [(str(row), *(str(int(count)) for count in confusion[row])) for row in range(10)]
        st.html(table("Rows: what is written; columns: what it is read as", ("Written", *names), rows))


def show_reliability(bins: Sequence[Bin]) -> None:
    """Show whether digits of a confidence are right as often as that says."""
    values = [{"confidence": one.confidence, "right": one.right, "count": one.count} for one in bins]
    axis = _axis(format="%")
    points = (
        alt.Chart(alt.Data(values=values), height=300)
        .mark_line(point=alt.OverlayMarkDef(size=60), color=GREEN)
        .encode(
            x=alt.X("confidence:Q", scale=alt.Scale(domain=[0, 1]), axis=axis),
            y=alt.Y("right:Q", scale=alt.Scale(domain=[0, 1]), axis=axis),
        )
    )
    ideal = alt.Chart(alt.Data(values=[{"x": 0, "y": 0}, {"x": 1, "y": 1}])).mark_line(
        strokeDash=[4, 4], color="#5a6b61"
    )
    ideal = ideal.encode(x=alt.X("x:Q", title="confidence"), y=alt.Y("y:Q", title="right"))
    st.altair_chart(
        ideal + points, alt="Share of digits that are right by confidence; on the dashed line they are equal"
    )
    rows = [(f"{100 * one.confidence:.0f} %", f"{100 * one.right:.1f} %", str(one.count)) for one in bins]
    with st.expander("Confidence and accuracy, as a table"):
        st.html(table("Digits by confidence", ("Mean confidence", "Right", "Count"), rows))


def show_layers(layers: Sequence[Layer]) -> None:
    """Show what a network consists of, in the order in which a patch passes through it."""
    is_counted = any(one.parameters is not None for one in layers)
    heads = ("Layer", "Kind", "What comes out" if is_counted else "Settings", *(["Parameters"] if is_counted else []))
    rows = [(one.name, one.kind, one.shape, *([f"{one.parameters or 0:,}"] if is_counted else [])) for one in layers]
    st.html(table(f"{len(layers)} layers", heads, rows))
