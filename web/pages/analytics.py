"""Analytics: what is known of a model, and a data set looked at digit by digit."""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from errors import ReaderError
from preprocess.patch import SIDE_PX
from recognize.classifier import Card
from web.choices import chosen_model
from web.collection import my_collection
from web.figures import figures_of, layers_of
from web.gallery import Picture, of_collection, of_samples, of_table, of_zip
from web.looks import percent, read_closely
from web.markup import plain, table
from web.plots import cards_of, show_curves, show_figures, show_layers, show_reliability
from web.rack import SHIPPED
from web.shelf import card_of, classifier_with, folder_of

AT, SOURCE = "analytics_at", "analytics_source"
ROUNDS, BATCH = 30, 64
OWN, SAMPLES, UPLOAD = "My collection", "The sample pictures", "A zip or CSV of mine"
# What the sets that the shipped model was measured on are.
SETS = {
    "mnist": "MNIST, test half",
    "paper62": "Characters on paper, held out",
    "strokes62": "Characters from pen strokes",
    "herc": "Characters of another collection",
}


def show_facts(model: str, card: Card) -> None:
    """Show what the card says of how the model was made."""
    raw = card.raw
    size, parameters = raw.get("bytes"), raw.get("parameters")
    rows = [
        ("Version", card.version),
        ("Parameters", f"{parameters:,}" if isinstance(parameters, int) else "not told"),
        ("Size", f"{size / 1000:,.0f} kB" if isinstance(size, int) else "not told"),
        ("Made with", describe(raw.get("made_with"))),
        *((f"Data {place}", describe(one)) for place, one in enumerate(as_list(raw.get("data")), 1)),
    ]
    st.html(table(f"The model {model}", ("What", "Value"), rows))


def describe(raw: Any) -> str:
    """Put a part of a card into a line."""
    if not isinstance(raw, dict):
        return str(raw)[:200] if raw else "not told"
    told = {name.replace("_", " "): value for name, value in raw.items() if not isinstance(value, dict)}
    return "; ".join(str(value) if name == "name" else f"{name} {value}" for name, value in told.items())[:300]


def as_list(raw: Any) -> list[Any]:
    """Take a list for what it is, and anything else for none."""
    return raw[:20] if isinstance(raw, list) else []


def show_sets(card: Card) -> None:
    """Show how the shipped model does on the sets that it was measured on."""
    told = card.raw.get("figures")
    sets = {name: one for name, one in (told or {}).items() if isinstance(one, dict) and "non_digits" in one}
    if not sets:
        return
    rows = [
        (
            SETS.get(name, name),
            str(one.get("digits")),
            share(one.get("error")),
            share(one.get("refused")),
            share(one.get("accepted")),
        )
        for name, one in sets.items()
    ]
    heads = ("Set", "Digits", "Misread", "Refused", "Other characters taken for digits")
    st.html(table("Single digits of sets that the model never learnt from", heads, rows))


def share(value: Any) -> str:
    """Say a share of a card."""
    return f"{100 * value:.2f} %" if isinstance(value, int | float) else "-"


def show_calibration(card: Card, bins: Sequence[Any]) -> None:
    """Show whether the model is as often right as it says."""
    if bins:
        show_reliability(bins)
        return
    calibration = card.raw.get("calibration")
    told = calibration.get("left_out_ece") if isinstance(calibration, dict) else None
    if isinstance(told, dict):
        rows = [(str(layout), share(error)) for layout, error in told.items()]
        st.html(
            table("How far confidences are off, in the mean (expected calibration error)", ("Layout", "Off by"), rows)
        )
    else:
        st.write("The card of this model holds no figures of its confidences.")


def show_speed(model: str) -> None:
    """Measure, when asked to, how fast the model is on this server now."""
    if st.button("Measure its speed here"):
        alone, among = (measure(model, size) for size in (1, BATCH))
        st.html(
            f'<p role="status">A patch takes <b>{alone:.3f} ms</b> alone and <b>{among:.3f} ms</b> among {BATCH}, '
            f"the median of {ROUNDS} runs.</p>"
        )


def measure(model: str, size: int) -> float:
    """Measure how many ms a patch takes among so many: the median."""
    patches, classifier = np.zeros((size, SIDE_PX, SIDE_PX, 1), np.float32), classifier_with(model)
    classifier.predict(patches)
    took = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        classifier.predict(patches)
        took.append((time.perf_counter() - start) * 1e3 / size)
    return float(np.median(took))


def show_architecture(model: str, layers: Sequence[Any]) -> None:
    """Show the layers, from the card or from the description in digits.keras."""
    keras = folder_of(model) / "digits.keras"
    if not layers and keras.is_file():
        layers = layers_of(keras.read_bytes())
    if layers:
        with st.expander(f"{len(layers)} layers"):
            show_layers(layers)
    else:
        st.write("This model came without a description of its layers.")
    if model == SHIPPED:
        st.write(
            "A second network, which sweeps along whole lines, helps where digits touch; the page About tells more."
        )


@st.fragment
def show_gallery(model: str) -> None:
    """Show a data set digit by digit, with what the model says of each."""
    sources = [OWN, SAMPLES, UPLOAD] if len(my_collection()) else [SAMPLES, UPLOAD]
    source = st.radio("Data set", sources, horizontal=True, key=SOURCE)
    try:
        pictures = list_pictures(source)
    except ReaderError as error:
        st.error(plain(str(error)))
        return
    if pictures:
        show_picture(model, pictures)


def list_pictures(source: str) -> Sequence[Picture]:
    """List the digits of the data set that was chosen."""
    if source == OWN:
        return of_collection(my_collection())
    if source == SAMPLES:
        return of_samples()
    uploaded = st.file_uploader(
        "A zip with folders 0 to 9 of pictures, or a CSV: label, then 784 pixels a line", type=["zip", "csv"]
    )
    if uploaded is None:
        return []
    kept = st.session_state.get("analytics_upload")
    if kept is None or kept[0] != uploaded.file_id:
        content = uploaded.getvalue()
        pictures = of_table(content) if uploaded.name.casefold().endswith(".csv") else of_zip(content)
        kept = st.session_state["analytics_upload"] = (uploaded.file_id, pictures)
    return list(kept[1])


def show_picture(model: str, pictures: Sequence[Picture]) -> None:
    """Show the digit of an index, its label, and what the model says."""
    last = len(pictures) - 1
    st.session_state[AT] = min(int(st.session_state.get(AT, 0)), last)

    def move(step: int) -> None:
        st.session_state[AT] = min(max(st.session_state[AT] + step, 0), last)

    st.number_input(f"Index, 0 to {last}", 0, max(last, 1), key=AT)
    with st.container(horizontal=True):
        st.button("Previous", on_click=move, args=(-1,), disabled=st.session_state[AT] == 0)
        st.button("Next", on_click=move, args=(1,), disabled=st.session_state[AT] >= last)
    one = pictures[min(st.session_state[AT], last)]
    try:
        _, looked = read_closely(one.png, model)
    except ReaderError as error:
        st.error(plain(str(error)))
        return
    looks = [look for looks in looked for look in looks]
    said = (
        f"The model says {looks[0].digit.value or 'not sure'}, {percent(looks[0].digit.confidence)}."
        if looks
        else ("The model finds no digit.")
    )
    st.html(f'<p role="status">Index {st.session_state[AT]}: labelled {one.label}. {said}</p>')
    st.image(one.png, alt=f"A picture labelled {one.label}", width=140)
    if looks:
        st.html(cards_of(looks[:1]))


st.title("Analytics")
chosen = chosen_model()
known = card_of(chosen)
figures = figures_of(known)
st.write(f"What is known of the model **{chosen}**; another one can be chosen in the sidebar.")
show_facts(chosen, known)
st.header("Accuracy", anchor=False)
show_sets(known)
show_figures(figures)
st.header("Confidence", anchor=False)
show_calibration(known, figures.reliability)
st.header("Curves", anchor=False)
if figures.history:
    show_curves(figures.history)
else:
    st.write("The card of this model holds no curves; models that are trained on the page Teach have them.")
st.header("Speed", anchor=False)
show_speed(chosen)
st.header("Architecture", anchor=False)
show_architecture(chosen, figures.layers)
st.header("A data set, digit by digit", anchor=False)
show_gallery(chosen)
