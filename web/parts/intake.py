"""Intake: the ways in which pictures come in: files, a folder, the clipboard, the camera, samples."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from capture.source import PICTURE_SUFFIXES, natural_order
from web.batch import Upload
from web.markup import note
from web.parts.paste import offer_paste
from web.pile import MOST_PICTURES, Pile, count

FILES, FOLDER, CAMERA = "Files", "A folder", "The camera"
SAMPLES = Path(__file__).resolve().parents[2] / "samples"
SAMPLE_NAMES = ("opencv_frame_0.png", "mark_table.jpg", "ruled_paper.jpg")
LIMITS = "JPEG, PNG, WebP, TIFF or BMP, up to 64 MB each."
# Inputs are emptied by giving them another key; how many stills were taken; how many pictures found no room.
ROUND, STILLS, LEFT_OUT = "intake_round", "intake_stills", "intake_left_out"


def offer_ways(pile: Pile) -> None:
    """Offer the ways in which pictures come in."""
    way = st.radio("Add pictures from", (FILES, FOLDER, CAMERA), horizontal=True, key="intake_way")
    if way == FILES:
        _take_files(pile)
        offer_paste("intake_paste", lambda pasted: _add(pile, pasted))
    elif way == FOLDER:
        _take_folder(pile)
    else:
        _take_still(pile)
    left_out = st.session_state.pop(LEFT_OUT, 0)
    if left_out:
        st.warning(
            f"{count(left_out, 'picture')} found no room: at most {MOST_PICTURES} are kept. "
            "Download the table, take all off, and add the rest."
        )


def offer_samples(pile: Pile) -> None:
    """Offer samples to whoever has no picture at hand."""
    st.write("No picture at hand?")
    if st.button("Read three samples", key="intake_samples"):
        _add(pile, [Upload(name, (SAMPLES / name).read_bytes()) for name in SAMPLE_NAMES])
        st.rerun()


def _take_files(pile: Pile) -> None:
    files = st.file_uploader(
        "Pictures, one or many", accept_multiple_files=True, key=f"intake_files_{_round()}", help=LIMITS
    )
    if files:
        _take_over(pile, files)


def _take_folder(pile: Pile) -> None:
    """Take a folder's pictures; what else lies in it does not leave the visitor's machine."""
    files = st.file_uploader(
        "A folder of pictures",
        type=sorted(PICTURE_SUFFIXES),
        accept_multiple_files="directory",
        key=f"intake_folder_{_round()}",
        help=LIMITS,
    )
    if files:
        # Browsers give a folder's files in no order that means anything.
        _take_over(pile, sorted(files, key=lambda file: natural_order(file.name)))


def _take_still(pile: Pile) -> None:
    """Take a still; the camera is asked for only here, so that no page opens it unasked."""
    st.html(note("Browsers give their camera to pages on this machine (localhost), and elsewhere over HTTPS only."))
    still = st.camera_input("Take a still", key=f"intake_still_{_round()}")
    if still:
        taken = st.session_state[STILLS] = st.session_state.get(STILLS, 0) + 1
        _take_over(pile, [still], f"still {taken}.jpg")


def _take_over(pile: Pile, files: Sequence[UploadedFile], name: str | None = None) -> None:
    """Put pictures on the pile, and empty the inputs: the pictures themselves are shown."""
    _add(pile, [Upload(name or file.name, file.getvalue()) for file in files])
    _let_go(files)
    st.session_state[ROUND] = _round() + 1
    st.rerun()


def _let_go(files: Sequence[UploadedFile]) -> None:
    """Free what the server holds of files until the visitor leaves: how much is kept of them is the pile's to say."""
    context = get_script_run_ctx()
    # The protocol of such managers has no word for it, this one has.
    if context and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        for file in files:
            context.uploaded_file_mgr.remove_file(context.session_id, file.file_id)


def _add(pile: Pile, uploads: Sequence[Upload]) -> None:
    left_out = pile.add(uploads)
    if left_out:
        st.session_state[LEFT_OUT] = left_out


def _round() -> int:
    return int(st.session_state.get(ROUND, 0))
