"""Archive: one file of a stranger's zip, unpacked in memory, and no more of it than may be."""

import stat
import zipfile
import zlib

ENCRYPTED = 0x1
# Others are unpacked in whole pieces of unknown size.
PACKINGS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}


def find_fault(info: zipfile.ZipInfo) -> str | None:
    """Say why a file is not even unpacked, if it is not."""
    if stat.S_ISLNK(info.external_attr >> 16):
        return "it is a link and no picture"
    if info.flag_bits & ENCRYPTED:
        return "it is encrypted"
    if info.compress_type not in PACKINGS:
        return "it is packed in a way that is not unpacked here"
    return None


def unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most_bytes: int) -> bytes | None:
    """Unpack a file, and no more of it than one byte beyond the limit; None if it is damaged."""
    try:
        with archive.open(info) as file:
            return file.read(most_bytes + 1)
    # All of these come out of zipfile when what a stranger packed is damaged, by accident or on purpose.
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError):
        return None
