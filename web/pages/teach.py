"""Teach: collect digits, train a model with them, and read with it."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from errors import ReaderError, WrongUsage
from web import corrections
from web.choices import MODEL
from web.collection import Collection, my_collection
from web.figures import figures_of
from web.markup import bar, plain, table
from web.parts.pad import kept, pad, picture_of
from web.plots import show_curves, show_figures
from web.rack import SHIPPED, list_models
from web.shelf import add_model, card_of, pack_model, throw_away
from web.training import (
    BATCH_SIZES,
    MOST_EPOCHS,
    NETWORKS,
    Plan,
    Progress,
    Training,
    copy_to,
    pack_files,
)

TRAINING, ASKED, SAID = "teach_training", "teach_asked", "teach_said"
SHEET, TAKEN_OVER, FEWEST = "teach_sheet", "teach_taken_over", 20
A_PAGE = 12
MOST_MB = 200
OWN_DIGITS, ARCHIVE, FOLDER = "The digits that I collected", "A zip, or a CSV in Kaggle's way", "A folder"
WHY = {
    "cnn": "It knows digits already, and goes on learning from yours. The best choice for little sets.",
    "mlp": "A multilayer perceptron, the classic of 1998: small and quick. It learns from your digits alone.",
    "three-block": "Three blocks of convolutions, with batch normalisation and dropout: slower, and best with "
    "thousands of digits. It learns from your digits alone.",
}
RATES = {"as it suits the network": None, "0.01": 0.01, "0.003": 0.003, "0.001": 0.001, "0.0003": 0.0003}
EVERY_S = 0.7
# What a button did is said again, should the page be drawn anew within so long.
TOLD_S = 8.0


def my_training() -> Training | None:
    """Give this visit's training, if there is one."""
    training: Training | None = st.session_state.get(TRAINING)
    return training


def attempt(do: Callable[[], str]) -> None:
    """Do something that a button asks for, and keep what is to be said of it."""
    try:
        keep_words("success", do())
    except ReaderError as error:
        keep_words("error", str(error))


def keep_words(kind: str, words: str) -> None:
    """Keep what is to be said next."""
    st.session_state[SAID] = kind, words, time.monotonic()


def tell() -> None:
    """Say what the last button did; a run that another one cuts short must not take the words with it."""
    kind, words, since = st.session_state.get(SAID, ("", "", 0.0))
    if words and time.monotonic() - since <= TOLD_S:
        {"success": st.success, "error": st.error}[kind](plain(words))


# Collect


@st.fragment
def collect() -> None:
    """Ask for one digit after another."""
    collection = my_collection()
    asked = st.session_state.setdefault(ASKED, collection.ask())
    st.header(f"Write a {asked}", anchor=False)
    before = st.session_state.get("teach_before", "")
    pad(
        SHEET,
        f"Sheet to write a {asked} on",
        said=f"{before} Now write a {asked}." if before else f"Write a {asked}, then keep it.",
        keep=f"Keep this {asked}",
        on_keep=keep_drawing,
        narrow=True,
        clear=len(collection),
    )
    st.button("Ask for another digit", on_click=ask_next)
    show_counts(collection)
    show_gallery(collection)


def keep_drawing() -> None:
    """Add what is on the sheet, and ask for the next digit."""
    collection, asked = my_collection(), st.session_state[ASKED]
    try:
        collection.add(asked, picture_of(kept(SHEET)))
        st.session_state["teach_before"] = f"Kept a {asked}, {len(collection)} in all."
        st.session_state[ASKED] = collection.ask(asked)
    except ReaderError as error:
        st.session_state["teach_before"] = str(error)


def ask_next() -> None:
    """Ask for another digit than the one before."""
    st.session_state[ASKED] = my_collection().ask(st.session_state.get(ASKED))
    st.session_state["teach_before"] = ""


def show_counts(collection: Collection) -> None:
    """Show how many there are of each digit."""
    counts = collection.counts
    most = max(1, *counts.values())
    rows = [(label, bar(count / most), str(count)) for label, count in counts.items()]
    st.html(table(f"Digits collected: {len(collection)}", ("Digit", "Share", "Count"), rows))


def show_gallery(collection: Collection) -> None:
    """Show the digits, a few at a time, each with a button that deletes it."""
    if not len(collection):
        return
    st.header("Look through them", anchor=False)
    chosen = st.selectbox("Show", ["all digits", *"0123456789"], key="teach_shown")
    found = collection.examples(None if chosen == "all digits" else chosen)[::-1]
    pages = max(1, -(-len(found) // A_PAGE))
    place = st.number_input(f"Page, of {pages}", 1, pages, key="teach_page") if pages > 1 else 1
    columns = st.columns(4)
    for at, one in enumerate(found[(int(place) - 1) * A_PAGE :][:A_PAGE]):
        with columns[at % 4]:
            st.image(one.picture, alt=f"A {one.label}, number {one.number}")
            st.button(
                f"Delete {one.label} (no. {one.number})",
                key=f"delete {one.number}",
                on_click=collection.remove,
                args=(one.number,),
            )
    if not found:
        st.write("There is none yet.")


def bring_and_take() -> None:
    """Take digits over from elsewhere, and give them away."""
    collection = my_collection()
    offer_corrections(collection)
    st.file_uploader(
        "Add a zip with folders 0 to 9 of pictures",
        type="zip",
        key="teach_zip",
        on_change=lambda: attempt(add_zip),
        help="Such as you downloaded here before. Any picture of one digit will do, a photo too.",
    )
    if len(collection):
        st.download_button("Download my digits", collection.to_zip, "digits.zip", "application/zip", on_click="ignore")
        with st.popover("Delete all"):
            st.write(f"All {len(collection)} digits will be gone.")
            st.button("Yes, delete all", on_click=collection.clear)


def add_zip() -> str:
    """Add the digits of the zip that was uploaded."""
    uploaded = st.session_state.get("teach_zip")
    if uploaded is None:
        return ""
    taken = my_collection().add_zip(uploaded.getvalue())
    return f"Added {taken.count} digits.{describe_left_out(taken.left_out)}"


def offer_corrections(collection: Collection) -> None:
    """Offer the digits that were corrected on the page Read."""
    taken: set[int] = st.session_state.setdefault(TAKEN_OVER, set())
    found = [one for one in corrections.collected() if id(one.picture) not in taken]

    def take_over() -> str:
        for one in found:
            collection.add_ink(one.label, one.picture)
            taken.add(id(one.picture))
        return f"Added {len(found)} corrected digits."

    if found:
        st.button(f"Add the digits that I corrected on Read ({len(found)})", on_click=lambda: attempt(take_over))
    else:
        st.write("Digits that you correct on the page Read can be added here.")


def describe_left_out(left_out: tuple[tuple[str, str], ...]) -> str:
    """Name what was left out, the first few of it."""
    if not left_out:
        return ""
    named = "; ".join(f"{name}: {reason}" for name, reason in left_out[:5])
    more = f"; and {len(left_out) - 5} more" if len(left_out) > 5 else ""
    return f" Left out: {named}{more}."


# Train


def set_up(is_running: bool) -> None:
    """Ask how to train, and start."""
    data = ask_for_data()
    network = st.selectbox("Network", list(NETWORKS), format_func=lambda name: NETWORKS[name])
    st.write(WHY[network])
    left, right = st.columns(2)
    epochs = left.number_input(
        "Epochs", 1, MOST_EPOCHS, 10, help="How often all digits are seen. More of them help little sets."
    )
    share = right.slider(
        "Held out to check with, %", 5, 50, 20, 5, help="Digits that are not learnt from, but tell how well it goes."
    )
    batch = left.select_slider(
        "Batch size",
        [size for size in (8, 16, 32, 64, 128, 256) if BATCH_SIZES[0] <= size <= BATCH_SIZES[1]],
        64,
        help="Digits between two steps of learning. Smaller is slower, and at times better.",
    )
    rate = right.selectbox("Learning rate", list(RATES), help="How large those steps are.")
    name = st.text_input("Name of the model", "my-digits", max_chars=40, help="a to z, 0 to 9 and hyphens.")
    st.button(
        "Start training",
        type="primary",
        disabled=data is None or is_running,
        on_click=lambda: attempt(lambda: start(network, int(epochs), int(batch), RATES[rate], share / 100, name, data)),
    )


def ask_for_data() -> Callable[[Path], Path] | None:
    """Ask what to learn from; gives what writes it to a folder, or None where there is nothing yet."""
    source = st.radio("Learn from", [OWN_DIGITS, ARCHIVE, FOLDER])
    if source == OWN_DIGITS:
        return data_of_collection(my_collection())
    if source == ARCHIVE:
        uploaded = st.file_uploader(
            "A zip with folders 0 to 9 of pictures, or a CSV: label, then 784 pixels a line",
            type=["zip", "csv"],
            key="teach_data",
            max_upload_size=MOST_MB,
        )
        if uploaded is None:
            return None
        # What a stranger called it is not used: its kind alone.
        suffix = ".csv" if uploaded.name.casefold().endswith(".csv") else ".zip"
        return lambda folder: copy_to(uploaded, folder / f"set{suffix}", MOST_MB * 1_000_000)
    files = st.file_uploader(
        "A folder with folders 0 to 9 of pictures",
        accept_multiple_files="directory",
        key="teach_folder",
        max_upload_size=MOST_MB,
    )
    return (lambda folder: pack_files(files, folder / "set.zip", MOST_MB * 1_000_000)) if files else None


def data_of_collection(collection: Collection) -> Callable[[Path], Path] | None:
    """Say how many digits there are; gives what writes them to a folder."""
    if len(collection) < FEWEST:
        st.write(f"You have collected {len(collection)} digits; {FEWEST} are the least to learn from, 200 do well.")
        return None
    st.write(f"{len(collection)} digits.")

    def write(folder: Path) -> Path:
        (folder / "set.zip").write_bytes(collection.to_zip())
        return folder / "set.zip"

    return write


def start(
    network: str,
    epochs: int,
    batch: int,
    rate: float | None,
    share: float,
    name: str,
    write: Callable[[Path], Path] | None,
) -> str:
    """Start a training, in place of the one before."""
    if write is None:
        raise WrongUsage("There is nothing to learn from.", "Collect digits, or upload some.")
    before = my_training()
    if before:
        before.close()
    st.session_state.pop(TRAINING, None)
    st.session_state[TRAINING] = Training(Plan(network, epochs, batch, rate, share), write, watch_visit())
    st.session_state["teach_name"] = name
    return ""


def watch_visit() -> Callable[[], bool]:
    """Give what tells whether this visitor's page is still open."""
    context = get_script_run_ctx()
    if context is None or not runtime.exists():
        return lambda: True
    visit, server = context.session_id, runtime.get_instance()
    return lambda: server.is_active_session(visit)


def follow(training: Training) -> None:
    """Show how far a training is; runs again and again while it goes on."""
    progress = training.poll()
    if progress.state == "ended" and training.saved_as is None:
        training.save(st.session_state.get("teach_name", "my-digits"))
        training.close()
        st.rerun()
    show_progress(training, progress)
    if progress.state != "running" and st.session_state.get("teach_state") == "running":
        st.session_state["teach_state"] = progress.state
        st.rerun()
    st.session_state["teach_state"] = progress.state


def goes_on(training: Training) -> bool:
    """Tell whether something is still to happen by itself."""
    return training.poll().state in ("running", "ended") and training.saved_as is None


def show_progress(training: Training, progress: Progress) -> None:
    """Show the state, the curves, what was left out, and what can be done."""
    st.html(f'<p role="status" style="font-weight:600">{describe_state(training, progress)}</p>')
    if progress.state == "running":
        st.progress(min(1.0, progress.share), progress.step)
        st.button("Stop", on_click=training.stop, help="What was learnt is kept, and can be taken up again.")
    if progress.state == "failed":
        st.error(plain(progress.message))
    if progress.state == "stopped":
        st.button("Go on", type="primary", on_click=lambda: attempt(lambda: go_on(training)))
    if progress.state in ("stopped", "failed"):
        st.button("Throw this training away", on_click=discard)
    show_curves(progress.epochs)
    if progress.left_out:
        with st.expander(f"Left out: {len(progress.left_out)}"):
            st.html(table("What could not be learnt from", ("Name", "Reason"), progress.left_out))


def describe_state(training: Training, progress: Progress) -> str:
    """Say how a training is, in a sentence that changes when that does."""
    learnt = f" on {progress.count} digits" if progress.count else ""
    right = f", {100 * progress.epochs[-1].val_accuracy:.0f} % right" if progress.epochs else ""
    return {
        "running": f"Training{learnt}.",
        "stopped": f"Stopped after epoch {len(progress.epochs)}{right}.",
        "failed": "The training has failed.",
        "ended": f"Done{right} on digits that were held out. The model is saved as {training.saved_as}.",
    }[progress.state]


def go_on(training: Training) -> str:
    """Take a training up again."""
    training.resume()
    st.session_state["teach_state"] = "running"
    return ""


def discard() -> None:
    """End this visit's training and forget it."""
    training = st.session_state.pop(TRAINING, None)
    if training:
        training.close()


# Models


def choose(model: str) -> None:
    """Read with a model from now on."""
    st.session_state[MODEL] = model
    keep_words("success", f"{model} reads from now on, on all pages.")


def show_model(model: str, place: str) -> None:
    """Show what can be done with a model of one's own; a page may show the same one at two places."""
    left, middle, right = st.columns(3)
    left.button("Use it for reading", key=f"use {model} {place}", type="primary", on_click=choose, args=(model,))
    middle.download_button(
        "Download it",
        lambda: pack_model(model),
        f"{model}.zip",
        "application/zip",
        key=f"download {model} {place}",
        on_click="ignore",
    )
    with right.popover("Throw it away", key=f"away {model} {place}"):
        st.write(f"The model {model} will be gone, for all who use this server.")
        st.button(
            f"Yes, throw {model} away", key=f"yes {model} {place}", on_click=lambda: attempt(lambda: forget(model))
        )


def forget(model: str) -> str:
    """Throw a model away; whoever reads with it reads with the shipped one again."""
    if st.session_state.get(MODEL) == model:
        st.session_state[MODEL] = SHIPPED
    throw_away(model)
    training = my_training()
    if training and training.saved_as == model:
        discard()
    return f"{model} is thrown away."


def show_models() -> None:
    """Show the models of one's own, and take one that somebody made elsewhere."""
    own = list_models()[1:]
    if own:
        model: Any = st.selectbox("Model", own, key="teach_model")
        show_model(model, "list")
        show_figures(figures_of(card_of(model)))
    else:
        st.write("There is no model beside the shipped one yet.")
    st.file_uploader(
        "Add a model: a zip, as downloaded here",
        type="zip",
        key="teach_model_zip",
        on_change=lambda: attempt(take_model),
        help="It is checked first. Nothing in it is run but the network itself.",
    )


def take_model() -> str:
    """Put the model that was uploaded on the shelf."""
    uploaded = st.session_state.get("teach_model_zip")
    if uploaded is None:
        return ""
    name = add_model(uploaded.getvalue(), Path(uploaded.name).stem)
    return f"The model is there, as {name}."


st.title("Teach")
st.write("Make a model of your own handwriting: collect digits, train with them, and read with what comes out.")
# In a container, what comes and goes does not shift what follows, and the chosen tab stays.
with st.container():
    tell()
collecting, training_tab, models = st.tabs(["Collect digits", "Train", "My models"])
with collecting:
    collect()
    st.header("Bring and take", anchor=False)
    bring_and_take()
    st.write("Your digits stay in this server's memory, and are gone when you close or reload the page.")
with training_tab:
    running = my_training()
    is_running = running is not None and running.is_running
    with st.container():
        if running:
            st.header("This training", anchor=False)
            st.fragment(follow, run_every=EVERY_S if goes_on(running) else None)(running)
            if running.saved_as:
                show_model(running.saved_as, "new")
                show_figures(figures_of(card_of(running.saved_as)))
            st.header("Another training", anchor=False)
    set_up(is_running)
with models:
    show_models()
