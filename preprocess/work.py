"""Work: what the machine saw, written so that a person can look at it, and read back to be recognized."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from capture.frame import Frame
from capture.image import load_image
from errors import ImageNotFound, OutputNotWritable, UnreadableImage
from preprocess.page import Page, Step
from preprocess.patch import SIDE_PX, to_patch
from preprocess.pieces import Piece, Run, join, span_box, spans_of
from preprocess.quality import Quality

PAGE_FILE = "page.json"
OUTLINES = ((30, 140, 0), (220, 110, 0))


def save_work(page: Page, folder: Path) -> None:
    """Write a page's stages as pictures, its pieces and 28x28 glyphs, and page.json.

    Parameters
    ----------
    page : Page
        From `prepare(frame, keep_stages=True)`.
    folder : Path
        Made if it isn't there. ``0_frame.png`` and the stages after it, ``pieces/`` as they were cut,
        ``glyphs/`` as the classifier sees them, one for each span.

    Raises
    ------
    OutputNotWritable
    """
    try:
        for name in ("", "pieces", "glyphs"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        pictures = {"frame": page.frame.image} | page.stages | {"proposals": draw_proposals(page)}
        for number, (name, picture) in enumerate(pictures.items()):
            _save(folder / f"{number}_{name}.png", picture)
        lines = [
            [_save_run(run, f"line{i}_number{j}", folder) for j, run in enumerate(line)]
            for i, line in enumerate(page.lines)
        ]
        (folder / PAGE_FILE).write_text(json.dumps(_describe(page, lines), indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise OutputNotWritable(f"{folder} cannot be written ({error.strerror}).") from error


def load_work(folder: Path) -> tuple[Page, np.ndarray]:
    """Read back what `save_work` wrote.

    Returns
    -------
    page : Page
        The same but for the stages.
    patches : ndarray of float32, shape (n, 28, 28, 1)
        The glyphs of all spans, in order.

    Raises
    ------
    ImageNotFound, UnreadableImage
        If the folder does not hold a whole page.
    """
    path = folder / PAGE_FILE
    if not path.is_file():
        raise ImageNotFound(
            f"There is no {PAGE_FILE} in {folder}.", f"Make it with: python -m preprocess photo.jpg --out {folder}"
        )
    try:
        return _load(json.loads(path.read_text(encoding="utf-8")), folder)
    except UnreadableImage:
        raise
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableImage(
            f"{path} is not what preprocess writes ({error!r}).", "Make it again with python -m preprocess."
        ) from error


def _load(data: dict[str, Any], folder: Path) -> tuple[Page, np.ndarray]:
    """Read back what page.json names."""
    lines = tuple(tuple(_load_run(run, folder) for run in line) for line in data["lines"])
    page = Page(
        Frame(load_image(folder / "0_frame.png"), data["source"]),
        _load_ink(folder / data["ink"]),
        lines,
        np.array(data["to_frame"]),
        Quality(**data["quality"]),
        data["layout"],
        tuple(Step(**step) for step in data["steps"]),
    )
    glyphs = [_load_ink(folder / "glyphs" / name) for line in data["lines"] for run in line for name in run["glyphs"]]
    spans = sum(len(spans_of(run.pieces)) for run in page.runs)
    if len(glyphs) != spans:
        raise ValueError(f"{spans} glyphs belong to these pieces, {len(glyphs)} are named")
    wrong = next((glyph.shape for glyph in glyphs if glyph.shape != (SIDE_PX, SIDE_PX)), None)
    if wrong is not None:
        raise ValueError(f"a glyph must be {SIDE_PX}x{SIDE_PX} px, one is {wrong[1]}x{wrong[0]}")
    return page, np.array(glyphs, np.float32).reshape(-1, SIDE_PX, SIDE_PX, 1) / 255.0


def draw_proposals(page: Page) -> np.ndarray:
    """Draw the proposed pieces over the page's ink, neighbours in two colours: uint8 (h, w, 3)."""
    drawn = cv2.cvtColor(cv2.bitwise_not(page.ink), cv2.COLOR_GRAY2BGR)
    for run in page.runs:
        for number, piece in enumerate(run.pieces):
            left, top, right, bottom = piece.box
            corners = np.array([[left, right, right, left], [top, top, bottom, bottom], [1, 1, 1, 1]], float)
            outline = (run.to_page @ corners)[:2].T.round().astype(np.int32)
            cv2.polylines(drawn, [outline], True, OUTLINES[number % 2], 1, cv2.LINE_AA)
    return drawn


def _save_run(run: Run, name: str, folder: Path) -> dict[str, Any]:
    """Write a run's pieces and glyphs, and describe them."""
    pieces = []
    for number, piece in enumerate(run.pieces):
        file = f"{name}_piece{number}.png"
        _save(folder / "pieces" / file, piece.ink)
        pieces.append({"file": file, "left": piece.left, "top": piece.top, "component": piece.component})
    glyphs = []
    for start, stop in spans_of(run.pieces):
        file = f"{name}_pieces{start}-{stop - 1}.png"
        patch = to_patch(join(run.pieces[start:stop]))
        _save(folder / "glyphs" / file, (patch[..., 0] * 255).round().astype(np.uint8))
        glyphs.append(file)
    box = span_box(run.pieces) if run.pieces else None
    return {"height_px": run.height_px, "box": box, "to_page": run.to_page.tolist(), "pieces": pieces, "glyphs": glyphs}


def _load_run(data: dict[str, Any], folder: Path) -> Run:
    """Read a run back."""
    pieces = tuple(
        Piece(piece["left"], piece["top"], _load_ink(folder / "pieces" / piece["file"]), piece["component"])
        for piece in data["pieces"]
    )
    return Run(pieces, np.array(data["to_page"]), data["height_px"])


def _describe(page: Page, lines: list[list[dict[str, Any]]]) -> dict[str, Any]:
    """Everything about a page but its pixels."""
    names = ["frame", *page.stages]
    return {
        "source": page.frame.source,
        "ink": f"{names.index('page')}_page.png" if "page" in names else f"{names.index('ink')}_ink.png",
        "to_frame": page.to_frame.tolist(),
        "layout": page.layout,
        "quality": asdict(page.quality),
        "steps": [asdict(step) for step in page.steps],
        "lines": lines,
    }


def _save(path: Path, picture: np.ndarray) -> None:
    """Write a PNG."""
    path.write_bytes(cv2.imencode(".png", picture)[1].tobytes())


def _load_ink(path: Path) -> np.ndarray:
    """Read a grey PNG: uint8 (h, w)."""
    return load_image(path)[..., 0]
