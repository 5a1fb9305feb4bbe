"""Collection: the digits that a visitor has gathered to learn from; in memory, and gone with the visit."""

import io
import random
import zipfile
from dataclasses import dataclass, field

import cv2
import numpy as np
import streamlit as st

from capture.image import Limits, load_image
from errors import ImageTooLarge, ReaderError, UnreadableImage
from web.archive import ArchiveLimits, read_entries

KEY = "my_collection"
DIGITS = tuple("0123456789")
MOST_EXAMPLES, MOST_BYTES = 5_000, 64_000_000
# One digit: more pixels say no more about it.
PICTURE = Limits(2_000_000, 4_000_000)
ARCHIVE = ArchiveLimits(MOST_EXAMPLES + 100, PICTURE.max_bytes, 4 * MOST_BYTES)
# Around ink that fills its picture, as paper is around writing.
MARGIN = 0.25
# What systems put beside pictures.
FOREIGN_FILES = {"thumbs.db", "desktop.ini"}


@dataclass(frozen=True)
class Example:
    """A picture of one digit.

    Parameters
    ----------
    number : int
        By which it is told from the others.
    label : str
        "0" to "9".
    picture : bytes
        PNG.
    """

    number: int
    label: str
    picture: bytes


@dataclass(frozen=True)
class Taken:
    """What was taken over: how many, and what was left out, with the reason."""

    count: int
    left_out: tuple[tuple[str, str], ...] = ()


@dataclass
class Collection:
    """Digits to learn from.

    Parameters
    ----------
    rng : random.Random
        Chooses which digit is asked for.
    """

    rng: random.Random = field(default_factory=random.Random)
    _examples: dict[int, Example] = field(default_factory=dict, init=False)
    _next: int = field(default=1, init=False)
    _bytes: int = field(default=0, init=False)

    def __len__(self) -> int:
        return len(self._examples)

    def examples(self, label: str | None = None) -> list[Example]:
        """List the digits, or those of one label, in the order in which they came."""
        return [one for one in self._examples.values() if label in (None, one.label)]

    @property
    def counts(self) -> dict[str, int]:
        """How many there are of each digit."""
        return {label: len(self.examples(label)) for label in DIGITS}

    def add(self, label: str, picture: bytes) -> Example:
        """Add a digit.

        Parameters
        ----------
        label : str
        picture : bytes
            A picture's file; it is kept as a PNG of its pixels alone.

        Raises
        ------
        ReaderError
            If it is no picture, or too large.
        ImageTooLarge
            If the collection is full.
        """
        return self._keep(label, load_image(picture, PICTURE, "It"))

    def add_ink(self, label: str, ink: np.ndarray) -> Example:
        """Add a digit's ink, uint8 (h, w), 255 = ink, as a picture of it on white paper.

        Raises
        ------
        ImageTooLarge
            If the collection is full.
        """
        margin = max(2, round(MARGIN * max(ink.shape)))
        return self._keep(label, 255 - np.pad(ink, margin))

    def _keep(self, label: str, image: np.ndarray) -> Example:
        if label not in DIGITS:
            raise ValueError(f"label must be '0' to '9', got {label!r}")
        png = cv2.imencode(".png", image)[1].tobytes()
        if len(self) >= MOST_EXAMPLES or self._bytes + len(png) > MOST_BYTES:
            raise ImageTooLarge(
                f"A collection holds {MOST_EXAMPLES} digits and {MOST_BYTES / 1e6:g} MB at most.",
                "Download this one, delete its digits, and begin another.",
            )
        example = Example(self._next, label, png)
        self._examples[example.number] = example
        self._next += 1
        self._bytes += len(png)
        return example

    def remove(self, number: int) -> None:
        """Delete a digit; it may be gone already."""
        example = self._examples.pop(number, None)
        self._bytes -= len(example.picture) if example else 0

    def clear(self) -> None:
        """Delete all digits."""
        self._examples.clear()
        self._bytes = 0

    def ask(self, before: str | None = None) -> str:
        """Choose the digit to write next: one of those that there are fewest of, and not the same again if possible."""
        counts = self.counts
        fewest = [label for label in DIGITS if counts[label] == min(counts.values())]
        return self.rng.choice([label for label in fewest if label != before] or fewest)

    def to_zip(self) -> bytes:
        """Pack all digits: folders 0 to 9 of PNG files."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for one in self._examples.values():
                # A fixed date: the same digits are the same archive.
                archive.writestr(zipfile.ZipInfo(f"{one.label}/{one.number:05d}.png"), one.picture)
        return packed.getvalue()

    def add_zip(self, archive: bytes) -> Taken:
        """Add the digits of a zip with folders 0 to 9 of pictures; what is none is left out and named.

        Raises
        ------
        UnreadableImage
            If it is no zip, or holds no digit.
        ImageTooLarge
            If it is too large, or the collection is full.
        """
        before, left_out = len(self), []
        for entry in read_entries(archive, ARCHIVE):
            if entry.name.startswith(".") or entry.name.casefold() in FOREIGN_FILES or "__MACOSX" in entry.folders:
                continue
            reason = entry.reason
            if entry.content is not None:
                reason = self._take(entry.folders[-1] if entry.folders else "", entry.content)
            if reason:
                left_out.append((entry.shown, reason))
        taken = Taken(len(self) - before, tuple(left_out))
        if not taken.count:
            example = f" ({left_out[0][0]}: {left_out[0][1]})" if left_out else ""
            raise UnreadableImage(
                f"No digit is found in the archive{example}.", "Give a zip with folders 0 to 9 of pictures in it."
            )
        return taken

    def _take(self, folder: str, content: bytes) -> str | None:
        """Add one picture of an archive, or say why it is left out."""
        if folder not in DIGITS:
            return "it does not lie in a folder 0 to 9"
        try:
            image = load_image(content, PICTURE, "It")
        except ReaderError as error:
            return error.what[0].lower() + error.what[1:].rstrip(".")
        self._keep(folder, image)
        return None


def my_collection() -> Collection:
    """Give the collection of this visit."""
    collection: Collection = st.session_state.setdefault(KEY, Collection())
    return collection
