"""Read: pictures are added, read, looked at, corrected, and taken along as a table."""

from functools import partial

import streamlit as st

from errors import ReaderError, WrongUsage
from web.batch import read_batch
from web.choices import chosen_model
from web.corrections import collected, final_texts, labels_of
from web.markup import plain, table
from web.parts.intake import offer_samples, offer_ways
from web.parts.picture import percent
from web.parts.sheet import show_sheet
from web.parts.status import announce, said, say
from web.parts.voice import offer_voice
from web.pile import Options, Pile, Sheet, count, describe_sheets, pile_of_session
from web.tables import XLSX, Row, make_rows, to_csv, to_json, to_xlsx

PAGE = "read"
AT_ONCE = 10
MOST_ROWS_SHOWN = 500
HEADS = ("Picture", "Place", "Number", "As read", "Corrected", "Confidence", "Note")
LAYOUTS = {"page": "a page of numbers", "line": "one single number"}


def main() -> None:
    """Lay out the page."""
    st.title("Read")
    st.write("Add photos or scans of handwritten numbers. They are read on this machine, and forgotten when you leave.")
    # What comes and goes has a container of its own: an element that moves is made anew, and loses the focus.
    line, intake, wishes, progress, results = (st.container() for _ in range(5))
    pile = pile_of_session()
    with intake:
        offer_ways(pile)
    with wishes:
        options = offer_options()
    if options:
        with progress:
            read_pile(pile, options)
    sheets = pile.sheets()
    with results:
        if sheets:
            show_results(pile, sheets)
        else:
            offer_samples(pile)
    with line:
        announce(said(PAGE))


def offer_options() -> Options | None:
    """Offer how pictures are read; None, after words, where that makes no sense."""
    with st.expander("Options"), st.form("read_options", border=False):
        layout = st.radio("Each picture is", list(LAYOUTS), format_func=LAYOUTS.__getitem__, key="read_layout")
        lengths = st.text_input(
            "Digits in each number", key="read_lengths", help="Such as 4, or 3, 4. Leave it empty for any."
        )
        patterns = st.text_input(
            "Pattern of each number",
            key="read_patterns",
            help="d is a digit, [0-2] is one of these: dd:dd or [0-2]d.dd. Several are parted by spaces.",
        )
        least = st.number_input(
            "Least confidence, per cent", 0, 99, key="read_least", help="Digits that are less sure become ?."
        )
        st.form_submit_button("Read with these")
    try:
        options = Options(
            chosen_model(),
            "line" if layout == "line" else "page",
            int(least) / 100,
            parse_lengths(lengths),
            tuple(patterns.split()[:8]),
        )
        options.make_pipeline()
    except ReaderError as error:
        st.error(plain(str(error)))
        return None
    return options


def parse_lengths(text: str) -> tuple[int, ...]:
    """Make lengths of what a visitor wrote.

    Raises
    ------
    WrongUsage
        If it is none.
    """
    words = text.replace(",", " ").split()[:8]
    for word in words:
        if not (word.isascii() and word.isdecimal() and len(word) <= 3):
            raise WrongUsage(f"{word[:40]!r} is no count of digits.", "Write it like 4, or 3, 4.")
    return tuple(map(int, words))


def read_pile(pile: Pile, options: Options) -> None:
    """Read what has not been read so; each result is kept at once, for a click may end this run in the middle."""
    unread = pile.unread(options)
    if not unread:
        return
    bar = st.progress(0.0)

    def report(name: str, place: int, number: int) -> None:
        bar.progress((place - 1) / number, f"Reading {place} of {number}: {plain(name)}")

    for upload, result in zip(unread, read_batch(unread, options.make_pipeline(), report), strict=True):
        pile.keep(upload, options, result)
    bar.empty()
    say(PAGE, describe_sheets(pile.sheets()))


def show_results(pile: Pile, sheets: list[Sheet]) -> None:
    """Show what was read: the pictures, and the table of all."""
    labelled = [(sheet.result, labels_of(sheet.digest)) for sheet in sheets]
    rows = make_rows(labelled)
    read = [(result.reading, labels) for result, labels in labelled if result.reading]
    texts = [text for reading, labels in read for text in final_texts(reading, labels)]
    with st.container(horizontal=True):
        st.download_button("Download CSV", partial(to_csv, rows), "numbers.csv", "text/csv", on_click="ignore")
        st.download_button(
            "Download JSON", partial(to_json, labelled), "numbers.json", "application/json", on_click="ignore"
        )
        st.download_button("Download XLSX", partial(to_xlsx, rows), "numbers.xlsx", XLSX, on_click="ignore")
        st.button("Take all off", key="read_clear", on_click=clear, args=(pile,))
        offer_voice("read_aloud", texts, "Read all aloud")
    with st.container():
        examples = len(collected())
        if examples:
            st.write(f"{count(examples, 'corrected digit')} can be learned from on the page Teach.")
    pictures, numbers = st.tabs(["Pictures", "Table"])
    with pictures:
        show_some(sheets)
    with numbers:
        show_table(rows)


def clear(pile: Pile) -> None:
    """Take all pictures off."""
    pile.clear()
    say(PAGE, "All pictures were taken off.")


def show_some(sheets: list[Sheet]) -> None:
    """Show the pictures, ten at a time: a hundred photos are more than a browser should hold."""
    first = 0
    if len(sheets) > AT_ONCE:
        pages = -(-len(sheets) // AT_ONCE)
        first = AT_ONCE * (int(st.number_input(f"Pictures by tens, 1 to {pages}", 1, pages, key="read_tens")) - 1)
    for place, sheet in enumerate(sheets[first : first + AT_ONCE], first):
        show_sheet(f"sheet_{place}_{sheet.digest[:12]}", sheet, partial(say, PAGE))


def show_table(rows: list[Row]) -> None:
    """Show all rows as a table that can be read by keyboard and ear."""
    cells = [
        (
            row.source,
            str(row.place or ""),
            row.number,
            row.read,
            row.corrected,
            "" if row.confidence is None else percent(row.confidence),
            row.note,
        )
        for row in rows[:MOST_ROWS_SHOWN]
    ]
    st.html(table("All numbers that were read", HEADS, cells))
    if len(rows) > MOST_ROWS_SHOWN:
        st.write(f"These are the first {MOST_ROWS_SHOWN} of {len(rows)} rows; the downloads hold all.")


main()
