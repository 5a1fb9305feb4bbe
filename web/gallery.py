"""Gallery: a data set that is looked at digit by digit: one's own collection, an uploaded one, or the samples'."""

import json
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from errors import ImageTooLarge, UnreadableImage
from preprocess.patch import SIDE_PX
from web.collection import Collection
from web.looks import read_closely
from web.shelf import CHECKOUT

SAMPLES = CHECKOUT / "samples"
COLUMNS = SIDE_PX * SIDE_PX + 1
MOST_ROWS, MOST_BYTES, LONGEST_LINE = 20_000, 64_000_000, 8_000
TABLE_STEP = "Give a CSV in Kaggle's way: a label and 784 pixels a line."


@dataclass(frozen=True)
class Picture:
    """A digit of a data set: its label, and a PNG of it."""

    label: str
    png: bytes


def of_collection(collection: Collection) -> list[Picture]:
    """List the digits of a collection."""
    return [Picture(one.label, one.picture) for one in collection.examples()]


def of_zip(archive: bytes) -> list[Picture]:
    """List the digits of a zip with folders 0 to 9.

    Raises
    ------
    UnreadableImage, ImageTooLarge
    """
    collection = Collection()
    collection.add_zip(archive)
    return of_collection(collection)


def of_table(table: bytes) -> list[Picture]:
    """List the digits of a CSV: a label and 784 pixels a line, 255 = ink; a first line of names is passed over.

    Raises
    ------
    UnreadableImage
        If it is no such table.
    ImageTooLarge
        If it has too many lines or bytes.
    """
    if len(table) > MOST_BYTES or table.count(b"\n") > MOST_ROWS + 1:
        raise ImageTooLarge(f"The table has more than {MOST_ROWS} lines.", "Give a part of it.")
    lines = table.decode("utf-8-sig", "replace").splitlines()
    rows = lines[1:] if lines and lines[0].lstrip('"').casefold().startswith("label") else lines
    pictures = [_row(number, row) for number, row in enumerate(rows, 1) if row.strip()]
    if not pictures:
        raise UnreadableImage("The table is empty.", TABLE_STEP)
    return pictures


def _row(number: int, row: str) -> Picture:
    """Make a picture of a row: dark ink on white."""
    try:
        values = np.array(row[:LONGEST_LINE].split(","), np.float32)
    except ValueError as error:
        raise UnreadableImage(f"Row {number} holds something that is no number.", TABLE_STEP) from error
    if values.shape != (COLUMNS,) or values[0] not in range(10) or not ((values >= 0) & (values <= 255)).all():
        raise UnreadableImage(f"Row {number} is no label and {COLUMNS - 1} pixels of 0 to 255.", TABLE_STEP)
    grey = 255 - values[1:].astype(np.uint8).reshape(SIDE_PX, SIDE_PX)
    return Picture(str(int(values[0])), cv2.imencode(".png", grey)[1].tobytes())


@cache
def of_samples() -> tuple[Picture, ...]:
    """List the digits of those sample pictures that are read as they are written, as the model saw them."""
    expected = json.loads((SAMPLES / "expected.json").read_text("utf-8"))
    found = []
    for name, told in expected.items():
        reading, looked = read_closely((SAMPLES / name).read_bytes(), layout=told.get("layout", "page"))
        if reading.texts == told.get("numbers"):
            found += [
                Picture(look.digit.value, _draw(look.patch)) for looks in looked for look in looks if look.digit.value
            ]
    return tuple(found)


def _draw(patch: np.ndarray) -> bytes:
    grey = np.round(255 * (1 - patch[..., 0])).astype(np.uint8)
    content: bytes = cv2.imencode(".png", grey)[1].tobytes()
    return content
