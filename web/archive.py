"""Archive: a stranger's zip, read in memory; nothing of it is unpacked to disk, no name of it becomes a path."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

from capture.archive import find_fault, unpack
from errors import ImageTooLarge, UnreadableImage

LONGEST_NAME = 120


@dataclass(frozen=True)
class ArchiveLimits:
    """The largest archive that is read: how many files, and bytes of each and of all when they are unpacked."""

    files: int
    file_bytes: int
    total_bytes: int


@dataclass(frozen=True)
class Entry:
    """A file of an archive.

    Parameters
    ----------
    folders : tuple of str
        In which it lies there, the outermost first.
    name : str
        Its own name.
    content : bytes or None
        None where it was not taken.
    reason : str or None
        Why it was not.
    """

    folders: tuple[str, ...]
    name: str
    content: bytes | None
    reason: str | None = None

    @property
    def shown(self) -> str:
        """How a person is told of it: printable, and not too long."""
        whole = "/".join((*self.folders, self.name))
        return "".join(c for c in whole if c.isprintable())[-LONGEST_NAME:] or "a file without a name"


def read_entries(archive: bytes, limits: ArchiveLimits) -> Iterator[Entry]:
    """Unpack the files of a zip one after another.

    Raises
    ------
    UnreadableImage
        If it is no zip, or damaged.
    ImageTooLarge
        If there is more in it than the limits allow, whatever its directory says.
    """
    try:
        file = zipfile.ZipFile(io.BytesIO(archive))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise UnreadableImage("This is no zip archive that can be read.", "Pack it again, and give that.") from error
    with file:
        infos = [info for info in file.infolist() if not info.is_dir()]
        if len(infos) > limits.files:
            raise ImageTooLarge(f"The archive holds more than {limits.files} files.", "Give a part of it.")
        total = 0
        for info in infos:
            entry = _unpack(file, info, limits.file_bytes)
            total += len(entry.content or b"")
            if total > limits.total_bytes:
                raise ImageTooLarge(
                    f"The archive unpacks to more than {limits.total_bytes / 1e6:g} MB.", "Give a part of it."
                )
            yield entry


def _unpack(file: zipfile.ZipFile, info: zipfile.ZipInfo, most_bytes: int) -> Entry:
    """Unpack one file, or say why not; no more is read of it than may be taken."""
    *folders, name = info.filename.replace("\\", "/").split("/")
    place = tuple(folders), name
    if ".." in folders or info.filename.startswith(("/", "\\")) or ":" in info.filename:
        return Entry(*place, None, "its name leads out of the archive")
    reason = find_fault(info)
    if reason:
        return Entry(*place, None, reason)
    content = unpack(file, info, most_bytes)
    if content is None:
        return Entry(*place, None, "it is damaged")
    if len(content) > most_bytes:
        return Entry(*place, None, f"it has more than {most_bytes / 1e6:g} MB")
    return Entry(*place, content)
