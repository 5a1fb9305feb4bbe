"""Folder: a data set of one's own as files in folders 0 to 9."""

import os
from collections.abc import Iterator
from pathlib import Path

from errors import ImageTooLarge
from train.own.entries import Entry, Found, LeftOut, SetLimits, show_name, sort_names


def read_folder(folder: Path, limits: SetLimits) -> tuple[int, Iterator[Found]]:
    """List the pictures of a folder.

    Returns
    -------
    int
        How many there are.
    iterator of Entry or LeftOut

    Raises
    ------
    ImageTooLarge
        If there are more than the limits allow.
    """
    names = list(_list_files(folder, limits))
    found = sort_names(names)
    return len(found), (
        Entry(show_name(name), place, folder / name) if isinstance(place, int) else LeftOut(show_name(name), place)
        for name, place in found
    )


def _list_files(folder: Path, limits: SetLimits) -> Iterator[str]:
    """Give the names of all files below a folder, with "/" between folders; links to folders are not followed."""
    count = 0
    for place, _, names in os.walk(folder):
        for name in names:
            count += 1
            if count > limits.pictures:
                raise ImageTooLarge(
                    f"{folder} holds more than {limits.pictures} files.", "Give the folder that holds 0 to 9 alone."
                )
            yield (Path(place) / name).relative_to(folder).as_posix()
