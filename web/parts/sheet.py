"""Sheet: one picture of the pile with all that was read on it, and what can be done with that."""

from collections import Counter
from collections.abc import Mapping

import streamlit as st

from errors import ReaderError
from recognize.reading import Box, Number, Reading
from web.copies import shown_of
from web.corrections import apply, final_texts, labels_of
from web.markup import heading, note, plain, table
from web.parts.correct import Tell, offer_corrections, pick_key, say_alternatives
from web.parts.picture import percent, show_picture
from web.parts.voice import offer_voice
from web.pile import Sheet, count

HEADS = ("Place", "Number", "Corrected", "As written", "Confidence", "Unsure")
WORK_CHOSEN = "work_chosen"


def show_sheet(key: str, sheet: Sheet, tell: Tell) -> None:
    """Show one picture and what came of it.

    Parameters
    ----------
    key : str
        One for each picture of a page.
    sheet : Sheet
    tell : callable
        Told in words what was corrected.
    """
    with st.container(border=True):
        st.html(heading(sheet.name, 2))
        if sheet.result.reading is None:
            st.error(plain(str(sheet.result.error)))
            return
        reading = sheet.result.reading
        _show_copy(key, sheet, reading)
        if reading.numbers:
            with st.container():
                offer_corrections(key, sheet, reading, tell)
            st.html(numbers_table(reading, labels_of(sheet.digest)))
        else:
            st.write("No number was found.")
        _show_words(reading)
        _offer_ways_on(key, sheet, reading)


def _show_copy(key: str, sheet: Sheet, reading: Reading) -> None:
    try:
        shown = shown_of(sheet)
    except ReaderError as error:
        st.error(plain(str(error)))
        return
    if shown is None:
        st.info("This picture is no longer kept, for many came after it; what was read on it is.")
        return

    def pick(place: int) -> None:
        st.session_state[pick_key(key)] = place

    picked = st.session_state.get(pick_key(key))
    show_picture(f"{key}_picture", shown, reading, labels_of(sheet.digest), picked, pick)


def numbers_table(reading: Reading, labels: Mapping[Box, str]) -> str:
    """Make the table of a reading's numbers, as HTML; columns without anything to say are left out."""
    rows = [_row(place, number, labels) for place, number in enumerate(reading.numbers, 1)]
    told = [place for place in range(len(HEADS)) if any(row[place] for row in rows)]
    heads = [HEADS[place] for place in told]
    return table(f"Numbers of {reading.source}", heads, [[row[place] for place in told] for row in rows])


def _row(place: int, number: Number, labels: Mapping[Box, str]) -> tuple[str, ...]:
    corrected = apply(number, labels)
    return (
        str(place),
        number.text if corrected is None else corrected,
        "" if corrected is None else f"from {number.text}",
        "" if number.raw == number.text else number.raw,
        percent(number.confidence),
        "; ".join(say_doubts(number)),
    )


def say_doubts(number: Number) -> list[str]:
    """Say which digits of a number may be others, and which were refused and why."""
    doubts = []
    for place, digit in enumerate(number.digits, 1):
        others = say_alternatives(digit)
        if digit.reason:
            doubts.append(f"digit {place} refused, {digit.reason}" + (f", may be {others}" if others else ""))
        elif others:
            doubts.append(f"digit {place} may be {others}")
    return doubts


def _show_words(reading: Reading) -> None:
    """Say what was refused, what would help, and how long it took."""
    reasons = Counter(refusal.reason for refusal in reading.refused)
    if reasons:
        told = "; ".join(f"{number} × {reason}" for reason, number in reasons.most_common())
        st.write(plain(f"{count(len(reading.refused), 'mark')} passed over: {told}."))
    for advice in reading.advice:
        st.write(plain(f"Advice: {advice}."))
    st.html(note(f"Read in {sum(reading.ms.values()):.0f} ms by model {reading.model}."))


def _offer_ways_on(key: str, sheet: Sheet, reading: Reading) -> None:
    with st.container(horizontal=True):
        if sheet.content is not None and st.button("Show the work", key=f"{key}_work"):
            st.session_state[WORK_CHOSEN] = sheet.digest
            st.switch_page("pages/work.py")
        offer_voice(f"{key}_aloud", final_texts(reading, labels_of(sheet.digest)))
