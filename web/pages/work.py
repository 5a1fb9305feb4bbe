"""Show your work: the steps from a picture to its numbers, each as it was seen."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import streamlit as st

from errors import ReaderError
from preprocess.page import Page
from preprocess.work import draw_proposals
from recognize.evidence import Choice, find_choices
from recognize.reading import Digit, Number, Reading
from web.batch import Upload, load_frame
from web.choices import chosen_model
from web.copies import to_picture
from web.markup import bar, plain, table
from web.parts.correct import enlarge, say_alternatives
from web.parts.intake import LIMITS, SAMPLES
from web.parts.picture import describe_picture, figure, percent, shrink
from web.parts.sheet import WORK_CHOSEN
from web.parts.status import announce
from web.pile import Options, count, pile_of_session

WAYS = VISIT, SAMPLE, OTHER = "A picture of this visit", "A sample", "Another picture"
MOST_NUMBERS = 40
CAPTIONS = {
    "grey": ("Light", "The picture in grey, dark ink on light paper; what lies beside the sheet is painted over."),
    "contrast": ("Contrast", "How far each pixel differs from the paper around it: shadows are gone."),
    "ink": ("Ink", "What differs enough to be ink, the more the brighter."),
    "rules_removed": ("Ruling removed", "Printed lines and boxes are taken away; strokes that cross them stay."),
    "page": ("Straightened", "Lines of writing are turned level: this is the page that digits are sought on."),
}


def main() -> None:
    """Lay out the page."""
    st.title("Show your work")
    st.write("Every step from a picture to its numbers, as the reader saw it.")
    line = st.container()
    chosen = choose()
    words = ""
    if chosen:
        upload, options = chosen
        try:
            words = show_work(upload, options)
        except ReaderError as error:
            st.error(plain(str(error)))
    with line:
        announce(words)


def choose() -> tuple[Upload, Options] | None:
    """Let the visitor choose a picture; None while none is chosen."""
    kept = [sheet for sheet in pile_of_session().sheets() if sheet.content is not None]
    ways = WAYS if kept else (SAMPLE, OTHER)
    way = st.radio("Show how this was read", ways, horizontal=True, key="work_way")
    plain_options = Options(chosen_model())
    if way == VISIT:
        # The choice of a page that was left is forgotten, and a link from a picture makes one.
        places = {sheet.digest: place for place, sheet in enumerate(kept)}
        first = places.get(st.session_state.get(WORK_CHOSEN, ""), 0)
        place = st.selectbox("Picture", range(len(kept)), first, format_func=lambda place: kept[place].name)
        sheet = kept[place]
        return (sheet.upload, sheet.options) if sheet.upload else None
    if way == SAMPLE:
        names = sorted(path.name for path in SAMPLES.iterdir() if path.suffix in (".jpg", ".png"))
        name = st.selectbox("Sample", names, names.index("ruled_paper.jpg"), key="work_sample")
        return Upload(name, (SAMPLES / name).read_bytes()), plain_options
    file = st.file_uploader("A picture", key="work_file", help=LIMITS)
    return (Upload(file.name, file.getvalue()), plain_options) if file else None


def show_work(upload: Upload, options: Options) -> str:
    """Read a picture, and show each step; a sentence that says what was read."""
    pipeline = options.make_pipeline()
    page = pipeline.prepare(load_frame(upload), keep_stages=True)
    reading = pipeline.read_page(page)
    show_stages(page, reading)
    choices = find_choices(page, [digit for number in reading.numbers for digit in number.digits])
    show_choices(reading, choices)
    show_times(reading)
    show_settings(reading, options)
    numbers = ", ".join(reading.texts[:MOST_NUMBERS])
    return f"{count(len(reading.numbers), 'number')} read in {upload.name}{': ' if numbers else ''}{numbers}."


def show_stages(page: Page, reading: Reading) -> None:
    """Show the picture as each step left it."""
    st.header("Steps")
    for place, (name, words, picture) in enumerate(list_stages(page, reading), 1):
        st.subheader(f"{place}. {name}")
        st.write(plain(words))
        st.image(shrink(picture).jpeg, alt=f"{name}: {words}")


def list_stages(page: Page, reading: Reading) -> Iterator[tuple[str, str, np.ndarray]]:
    """List the steps: a name, what was done, and the picture."""
    yield "Frame", "The picture as it came in, upright.", page.frame.image
    for stage, picture in page.stages.items():
        if stage in CAPTIONS:
            yield *CAPTIONS[stage], picture
    pieces = sum(len(run.pieces) for run in page.runs)
    words = f"{count(pieces, 'piece')}: ink is cut wherever two digits may touch; neighbours have different colours."
    yield "Pieces", words, draw_proposals(page)
    yield "Reading", describe_picture(reading), reading.render(page.frame.image)


def show_choices(reading: Reading, choices: Sequence[Choice | None]) -> None:
    """Show what was decided: each digit's patch and what it was read as, and which cuts were taken."""
    st.header("Digits")
    if not reading.numbers:
        st.write("No number was found, so there is none to look at.")
        return
    st.write(
        "Each number is the best path through its pieces: cuts and digits are decided together. Below are the pieces "
        "that were joined, and the 28 by 28 pixels that the model saw of each digit."
    )
    left = iter(choices)
    for place, number in enumerate(reading.numbers[:MOST_NUMBERS], 1):
        own = [next(left) for _ in number.digits]
        st.subheader(f"{place}. {number.text}, {percent(number.confidence)}")
        show_patches(number, own)
        st.html(table(f"What was decided for {number.text}", HEADS, list(list_choices(number, own))))
    if len(reading.numbers) > MOST_NUMBERS:
        st.write(f"These are the first {MOST_NUMBERS} of {len(reading.numbers)} numbers.")


HEADS = ("Digit", "Read as", "Confidence", "May be", "Pieces joined", "Cuts not taken")


def show_patches(number: Number, choices: Sequence[Choice | None]) -> None:
    """Show what the model saw of a number's digits."""
    figures = [
        figure(enlarge(to_picture(choice.patch)), f"{digit.value or '?'}, {percent(digit.confidence)}")
        for digit, choice in zip(number.digits, choices, strict=True)
        if choice
    ]
    st.html(f'<div style="display:flex;flex-wrap:wrap;gap:0.75rem">{"".join(figures)}</div>')


def list_choices(number: Number, choices: Sequence[Choice | None]) -> Iterator[tuple[str, ...]]:
    """List what was decided for each digit, as cells."""
    for place, (digit, choice) in enumerate(zip(number.digits, choices, strict=True), 1):
        pieces, cuts = say_choice(choice)
        yield str(place), say_read(digit), percent(digit.confidence), say_alternatives(digit) or "-", pieces, cuts


def say_read(digit: Digit) -> str:
    """Say what a digit was read as, or why it was refused."""
    return digit.value or f"refused: {digit.reason}"


def say_choice(choice: Choice | None) -> tuple[str, str]:
    """Say which pieces were joined to a digit, and how many cuts between them were not taken."""
    if choice is None:
        return "not found again", "-"
    last, pieces = choice.stop, len(choice.run.pieces)
    which = f"{last}" if last == choice.start + 1 else f"{choice.start + 1} to {last}"
    cut_within = [one.component == other.component for one, other in pairwise(choice.run.pieces[choice.start : last])]
    return f"{which} of {pieces}", str(sum(cut_within))


def show_times(reading: Reading) -> None:
    """Show how long each step took, as bars and as figures."""
    st.header("Time")
    steps = [(f"preprocess: {step['stage']}", float(step["ms"])) for step in reading.steps]
    times = [*steps, ("recognize", reading.ms["recognize"])]
    longest = max(ms for _, ms in times) or 1.0
    rows = [(name, f"{ms:.1f}", bar(ms / longest)) for name, ms in times]
    st.html(table("Milliseconds by step", ("Step", "Milliseconds", "Drawn"), rows))


def show_settings(reading: Reading, options: Options) -> None:
    """Show what each step found or was set to, and what read."""
    st.header("Settings")
    rows = [
        (str(step["stage"]), ", ".join(f"{name}: {value}" for name, value in step["settings"].items()) or "-")
        for step in reading.steps
    ]
    rows.append(("model", f"{options.model}, version {reading.model}"))
    rows.append(("layout", options.layout))
    expected = [*(f"{length} digits" for length in options.lengths), *options.patterns]
    rows.append(("expected", ", ".join(expected) or "anything"))
    rows.append(("least confidence", percent(options.min_confidence)))
    st.html(table("What each step found or was set to", ("Step", "Settings"), rows))


main()
