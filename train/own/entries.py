"""Entries: the pictures of a data set of one's own, one by one, as they lie in a folder, an archive or a table."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from capture.source import natural_order

DIGITS = tuple("0123456789")
# What systems put beside pictures.
FOREIGN_FILES = frozenset({"thumbs.db", "desktop.ini"})
LONGEST_NAME = 120
_DRIVE = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True, eq=False)
class Entry:
    """A picture of one digit.

    Parameters
    ----------
    name : str
        What it is called where it lies: "7/scan12.png", "line 12".
    label : int
        0-9.
    picture : Path, bytes or ndarray of uint8
        A file, a file's content, or the picture itself.
    """

    name: str
    label: int
    picture: Path | bytes | np.ndarray


@dataclass(frozen=True)
class LeftOut:
    """What is not learnt from, and why."""

    name: str
    reason: str


Found = Entry | LeftOut


@dataclass(frozen=True)
class SetLimits:
    """The largest data set that is read.

    Parameters
    ----------
    pictures : int
        Files in a folder or an archive.
    rows : int
        Of a table.
    picture_bytes : int
        Of each file, as it is when it is unpacked.
    picture_pixels : int
        Of each picture, told from its header.
    total_bytes : int
        All files together, as they are when they are unpacked, or all of a table.
    """

    pictures: int = 100_000
    rows: int = 300_000
    picture_bytes: int = 32_000_000
    picture_pixels: int = 50_000_000
    total_bytes: int = 1_500_000_000


def sort_names(names: Sequence[str]) -> list[tuple[str, int | str]]:
    """Say of each file's name which digit its picture is of, or why it is left out.

    Parameters
    ----------
    names : sequence of str
        With "/" between folders; the folders "0" to "9" lie in any one folder. Hidden files and those that systems
        make are passed over.

    Returns
    -------
    list of (str, int or str)
        Name, and digit or reason; the digits in order, each one's files in natural order, so that a folder and an
        archive of it are the same set.
    """
    placed = [(name, _place(name)) for name in names if not _is_hidden(name)]
    roots = Counter(place[0] for _, place in placed if isinstance(place, tuple))
    root = min(roots, key=lambda one: (-roots[one], one), default="")
    sorted_names: list[tuple[str, int | str]] = []
    for name, place in placed:
        if isinstance(place, str):
            sorted_names.append((name, place))
        elif place[0] != root:
            sorted_names.append((name, f"it lies beside the folders 0 to 9 of {show_name(root) or 'the set'}"))
        else:
            sorted_names.append((name, place[1]))
    return sorted(sorted_names, key=lambda one: (str(one[1]), natural_order(one[0]), one[0]))


def show_name(name: str) -> str:
    """Make a name that a stranger chose fit to be shown: no control characters, not too long."""
    shown = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in name)
    return shown if len(shown) <= LONGEST_NAME else f"...{shown[3 - LONGEST_NAME :]}"


def _is_hidden(name: str) -> bool:
    """Tell what nobody put there."""
    parts = name.split("/")
    is_dotted = any(part.startswith(".") and part.strip(".") for part in parts)
    return is_dotted or "__MACOSX" in parts or parts[-1].casefold() in FOREIGN_FILES


def _place(name: str) -> tuple[str, int] | str:
    """Say in which folder a name's class folder lies and which digit that is, or why it is no digit's."""
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or _DRIVE.match(name):
        return "its name leads out of the set"
    if len(parts) < 2 or parts[-2] not in DIGITS:
        return "it lies in no folder named 0 to 9"
    return "/".join(parts[:-2]), int(parts[-2])
