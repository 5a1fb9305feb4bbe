"""Archive: a data set of one's own as a zip, read in memory; nothing of it is ever written to disk.

Whoever made it may mean harm: what its directory says of sizes is not believed, and names are looked at, never opened.
"""

import io
import sys
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from capture.archive import find_fault, unpack
from errors import ImageTooLarge, UnreadableImage
from train.own.entries import Entry, Found, LeftOut, SetLimits, show_name, sort_names

# What the archive's directory says of each entry, in the mean: its name and 46 bytes at least.
DIRECTORY_BYTES = 120
SMALLER_STEP = "Give a part of it, or smaller pictures."


def read_archive(path: Path, limits: SetLimits) -> tuple[int, Iterator[Found]]:
    """List the pictures of a zip; each is unpacked when it is asked for.

    Returns
    -------
    int
        How many entries there are.
    iterator of Entry or LeftOut
        Raises ImageTooLarge when more comes out than the limits allow, whatever the directory says.

    Raises
    ------
    UnreadableImage
        If it is no zip, or damaged.
    ImageTooLarge
        If it has too many entries.
    """
    with _open(path, limits) as archive:
        entries = {info.filename.replace("\\", "/"): info for info in archive.infolist() if not info.is_dir()}
    found = [(name, entries[name], place) for name, place in sort_names(list(entries))]
    return len(found), _unpack_all(path, found, limits)


class _Sparing(io.FileIO):
    """A file of which no more is read at once than is said."""

    most_at_once = 0

    def read(self, size: int | None = -1) -> bytes:
        """Read, or refuse to."""
        wanted = Path(self.name).stat().st_size - self.tell() if size is None or size < 0 else size
        if wanted > self.most_at_once:
            raise ImageTooLarge(f"{self.name} has a directory of more than {self.most_at_once} bytes.", SMALLER_STEP)
        return super().read(wanted) or b""


@contextmanager
def _open(path: Path, limits: SetLimits) -> Iterator[zipfile.ZipFile]:
    """Open an archive whose directory is no larger than it may be."""
    with ExitStack() as stack:
        file = stack.enter_context(_Sparing(path))
        file.most_at_once = limits.pictures * DIRECTORY_BYTES
        try:
            archive = stack.enter_context(zipfile.ZipFile(file))
        except (zipfile.BadZipFile, NotImplementedError) as error:
            raise UnreadableImage(
                f"{path} is no zip archive that can be read.",
                "Pack the folders 0 to 9 again, or give them as a folder.",
            ) from error
        file.most_at_once = sys.maxsize
        if len(archive.infolist()) > limits.pictures:
            raise ImageTooLarge(f"{path} holds more than {limits.pictures} files.", SMALLER_STEP)
        yield archive


def _unpack_all(path: Path, found: list[tuple[str, zipfile.ZipInfo, int | str]], limits: SetLimits) -> Iterator[Found]:
    """Unpack one entry after another, as long as all together are not too much."""
    left = limits.total_bytes
    with _open(path, limits) as archive:
        for name, info, place in found:
            reason = place if isinstance(place, str) else find_fault(info)
            content = b"" if reason else unpack(archive, info, limits.picture_bytes)
            left -= limits.picture_bytes if content is None else len(content)
            if left < 0:
                raise ImageTooLarge(f"{path} unpacks to more than {limits.total_bytes / 1e6:g} MB.", SMALLER_STEP)
            if content is not None and len(content) > limits.picture_bytes:
                reason = f"it unpacks to more than {limits.picture_bytes / 1e6:g} MB"
            if reason or content is None or isinstance(place, str):
                yield LeftOut(show_name(name), reason or "it is damaged")
            else:
                yield Entry(show_name(name), place, content)
