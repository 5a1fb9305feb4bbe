"""python -m train.synth: look at what the network is trained on."""

import contextlib
import os
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import click
import cv2
import numpy as np

from capture import expand, frames
from capture.frame import Frame
from cli.console import complain, result, run_command
from cli.progress import Progress
from errors import ImageNotFound, OutputNotWritable, ReaderError, WrongUsage
from preprocess.page import prepare
from preprocess.patch import to_pair_patch
from preprocess.pieces import Run, span_box
from preprocess.strip import FRAME_PX
from train.pairs import NONE, write_some
from train.strips import NOTHING, OTHER, UNCLEAR, make_windows
from train.writings import DRAWN, Sources, load_sources, photograph_writing

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

CELL_PX = 216, 96
LABEL_PX = 18
GAP_PX = 6
ACROSS = 8
MOST_ENLARGED = 3.0
# Heights between which what is written is photographed for training, px; real writing is shown within them too.
LOWEST_PX, TALLEST_PX = 13.0, 64.0
MARGIN = 0.3
STRIP_ZOOM = 6
STRIPS_ACROSS = 3
BACKGROUND, INK = (255, 255, 255), (60, 60, 60)
REAL, DIGIT, OTHER_MARK = (40, 40, 200), (30, 120, 30), (40, 40, 200)
UNCLEAR_SHADE = (205, 205, 205)
_DATA_STEP = "Give the folder that holds mnist.npz and glyphs/ with --data."

Cell = tuple[np.ndarray, str, bool]


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--sheet",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE.png",
    help="Where the contact sheet goes.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder with mnist.npz and glyphs/; without it, Keras's own MNIST.",
)
@click.option(
    "--count", type=click.IntRange(1, 2000), default=60, show_default=True, help="How many are made for the sheet."
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="The same one makes the same.")
@click.option(
    "--beside",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Show writing cut out of these real pictures in turn with what is made.",
)
@click.option("--blind", is_flag=True, help="Label none; the cells of real pictures are written to stdout.")
@click.option("--strips", is_flag=True, help="Show strips as the line network is trained on them, with their labels.")
@click.option("--pairs", is_flag=True, help="Show what the pair network is trained on: two digits, one, or neither.")
def main(
    sheet: Path,
    data: Path | None,
    count: int,
    seed: int,
    beside: Path | None,
    blind: bool,
    strips: bool,
    pairs: bool,
) -> None:
    """Draw a contact sheet of training pictures, with what is written under each.

    Under strips, each frame that a digit's middle is in
    carries the digit, an x the middle of what is no digit; grey frames are nobody's to say.

    \b
    Examples:
      python -m train.synth --sheet out.png --data DIR
      python -m train.synth --sheet out.png --data DIR --beside photos          do they look alike?
      python -m train.synth --sheet out.png --data DIR --beside photos --blind  can you tell them apart?
      python -m train.synth --sheet out.png --data DIR --strips --count 30
      python -m train.synth --sheet out.png --data DIR --pairs
    """  # noqa: D301 - click reads the backspace
    if strips and pairs:
        raise WrongUsage("A sheet shows strips or pairs.", "Leave one out.")
    if (strips or pairs) and (beside is not None or blind):
        what = "Strips" if strips else "Pairs"
        step = f"Leave out --beside and --blind, or --{what.lower()}."
        raise WrongUsage(f"{what} are made of no real pictures.", step)
    _check_name(sheet)
    real = cut_real(beside, seed) if beside is not None else iter(())
    sources = _load(data)
    rng = np.random.default_rng(seed)
    with Progress() as progress:
        if strips:
            made = draw_strips(sources, rng)
        elif pairs:
            made = draw_pairs(sources, rng)
        else:
            made = take_in_turn(draw_writings(sources, rng), real)
        cells = []
        for cell in islice(made, count):
            cells.append(cell)
            progress.report("sheet", len(cells), count)
    if not strips:
        cells = [
            (label_picture(image, "" if blind else label, is_real), label, is_real) for image, label, is_real in cells
        ]
    across = STRIPS_ACROSS if strips else ACROSS
    _save(lay_out([image for image, _, _ in cells], across), sheet)
    result(str(sheet))
    if blind:
        places = [f"{place // across + 1}/{place % across + 1}" for place, cell in enumerate(cells) if cell[2]]
        result("real (row/column): " + (" ".join(places) or "none"))


def _check_name(sheet: Path) -> None:
    """Refuse a name that nothing could be written to, before anything is made."""
    if sheet.suffix.lower() != ".png":
        raise WrongUsage(f"{sheet} is no name for a PNG file.", "Give one that ends in .png.")
    if not sheet.absolute().parent.is_dir():
        raise OutputNotWritable(f"There is no folder {sheet.parent}.", "Make it first, or give another one.")


def _load(data: Path | None) -> Sources:
    """Load what may be trained on, or say why it cannot be."""
    if data is not None:
        return load_sources(data)
    try:
        # Keras announces its download on stdout, where results go.
        with contextlib.redirect_stdout(sys.stderr):
            return load_sources(None)
    except ImportError as error:
        raise WrongUsage("Keras is not installed, so its MNIST cannot be fetched.", _DATA_STEP) from error
    except Exception as error:  # Keras raises plain Exceptions when a download fails
        raise ImageNotFound("Keras could not fetch MNIST.", _DATA_STEP) from error


# --- what is shown


def draw_writings(sources: Sources, rng: np.random.Generator) -> Iterator[Cell]:
    """Photograph one writing after the other, without end."""
    while True:
        writing, _, image = photograph_writing(sources, rng)
        drawn = set(writing.labels) == {DRAWN}
        yield image, "drawing" if drawn else "".join(writing.labels), False


def take_in_turn(made: Iterator[Cell], real: Iterator[Cell]) -> Iterator[Cell]:
    """Give what is made, and one real picture after each, as long as there are any."""
    for cell in made:
        yield cell
        found = next(real, None)
        if found is not None:
            yield found


def cut_real(folder: Path, seed: int) -> Iterator[Cell]:
    """Cut writing out of a folder's pictures, another one each time, and from the first one on again.

    Raises
    ------
    ImageNotFound
        If there is no such folder, or no picture in it; at once, not when the first one is asked for.
    """
    sources = expand([str(folder)])
    return _cut_in_turn(sources, np.random.default_rng(seed))


def _cut_in_turn(sources: list[str], rng: np.random.Generator) -> Iterator[Cell]:
    """Cut one writing out of each picture; those that cannot be read are named and left out."""
    readable = [sources[place] for place in rng.permutation(len(sources))]
    while readable:
        for source in tuple(readable):
            try:
                frame = next(iter(frames(source)))
            except ReaderError as error:
                complain(error)
                readable.remove(source)
                continue
            yield cut_writing(frame, rng), "real", True


def cut_writing(frame: Frame, rng: np.random.Generator) -> np.ndarray:
    """Cut one run of writing out of a picture, with a margin, and shrink it as if it were photographed for training.

    Parameters
    ----------
    frame : Frame

    Returns
    -------
    ndarray of uint8, shape (h, w, 3)
        The whole picture, where no writing is found.
    """
    page = prepare(frame)
    runs = [run for run in page.runs if run.pieces]
    if not runs:
        return frame.image
    # Dots and specks are runs too.
    tallest = max(run.height_px for run in runs)
    runs = [run for run in runs if run.height_px > tallest / 2]
    left, top, right, bottom = _box_in_frame(runs[int(rng.integers(len(runs)))], page.to_frame)
    tall = max(bottom - top, 1.0)
    margin = MARGIN * tall
    image = frame.image[
        max(0, round(top - margin)) : round(bottom + margin) + 1,
        max(0, round(left - margin)) : round(right + margin) + 1,
    ]
    if not image.size:
        return frame.image
    wanted = float(np.exp(rng.uniform(np.log(LOWEST_PX), np.log(TALLEST_PX))))
    return _scale(image, min(1.0, wanted / tall))


def _box_in_frame(run: Run, to_frame: np.ndarray) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a run in the frame, px."""
    left, top, right, bottom = span_box(run.pieces)
    corners = np.array([[left, right, right, left], [top, top, bottom, bottom], [1, 1, 1, 1]], float)
    x, y, w = to_frame @ run.to_page @ corners
    return float((x / w).min()), float((y / w).min()), float((x / w).max()), float((y / w).max())


def draw_strips(sources: Sources, rng: np.random.Generator) -> Iterator[Cell]:
    """Draw one strip after the other, enlarged, without end."""
    while True:
        for image, labels in make_windows(sources, rng):
            yield draw_strip(image, labels), "", False


def draw_strip(image: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Draw a strip dark on light, and under each frame its label: uint8 (h, w, 3)."""
    large = cv2.resize(255 - image, None, fx=STRIP_ZOOM, fy=STRIP_ZOOM, interpolation=cv2.INTER_NEAREST)
    drawn = cv2.copyMakeBorder(
        cv2.cvtColor(large, cv2.COLOR_GRAY2BGR), 0, LABEL_PX, 0, 0, cv2.BORDER_CONSTANT, value=BACKGROUND
    )
    frame_px, foot = FRAME_PX * STRIP_ZOOM, len(large)
    for place, label in enumerate(labels.tolist()):
        left = place * frame_px
        if label == UNCLEAR:
            drawn[foot:, left : left + frame_px] = UNCLEAR_SHADE
        elif label != NOTHING:
            text, colour = ("x", OTHER_MARK) if label == OTHER else (str(label), DIGIT)
            _write(drawn, text, (left + 2, foot + LABEL_PX - 5), colour)
    return drawn


def draw_pairs(sources: Sources, rng: np.random.Generator) -> Iterator[Cell]:
    """Draw one patch of the pair network after the other, dark on light, without end."""
    while True:
        for ink, labels in write_some(sources, rng):
            patch = 255 - (to_pair_patch(ink)[..., 0] * 255).astype(np.uint8)
            yield cv2.cvtColor(patch, cv2.COLOR_GRAY2BGR), _name_pair(*labels), False


def _name_pair(first: int, second: int) -> str:
    """Say what a patch of the pair network is."""
    if first == NONE:
        return "neither"
    return f"{first} alone" if second == NONE else f"{first} and {second}"


# --- the sheet


def label_picture(image: np.ndarray, label: str, is_real: bool) -> np.ndarray:
    """Lay a picture into a cell, as large as it goes, with a label under it: uint8 (h, w, 3)."""
    width, height = CELL_PX
    scale = min(width / image.shape[1], height / image.shape[0], MOST_ENLARGED)
    shown = _scale(image, scale)[:height, :width]
    cell = np.full((height + LABEL_PX, width, 3), BACKGROUND, np.uint8)
    top, left = (height - shown.shape[0]) // 2, (width - shown.shape[1]) // 2
    cell[top : top + shown.shape[0], left : left + shown.shape[1]] = shown
    _write(cell, label, (4, height + LABEL_PX - 5), REAL if is_real else INK)
    return cell


def lay_out(cells: list[np.ndarray], across: int) -> np.ndarray:
    """Lay cells of one size out in rows: uint8 (h, w, 3)."""
    blank = np.full_like(cells[0], 255)
    full = cells + [blank] * (-len(cells) % across)
    spaced = [
        cv2.copyMakeBorder(cell, GAP_PX, 0, GAP_PX, 0, cv2.BORDER_CONSTANT, value=(170, 170, 170)) for cell in full
    ]
    return np.vstack([np.hstack(spaced[row : row + across]) for row in range(0, len(spaced), across)])


def _scale(image: np.ndarray, scale: float) -> np.ndarray:
    """Scale a picture; never to nothing."""
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)


def _write(image: np.ndarray, text: str, foot: tuple[int, int], colour: tuple[int, int, int]) -> None:
    """Print a label."""
    cv2.putText(image, text, foot, cv2.FONT_HERSHEY_SIMPLEX, 0.42, colour, 1, cv2.LINE_AA)


def _save(picture: np.ndarray, path: Path) -> None:
    """Write a PNG."""
    try:
        path.write_bytes(cv2.imencode(".png", picture)[1].tobytes())
    except OSError as error:
        raise OutputNotWritable(f"{path} cannot be written ({error.strerror}).") from error


if __name__ == "__main__":
    run_command(main)
