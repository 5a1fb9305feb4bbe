"""Archive: a zip by somebody who may mean harm; nothing is written, nothing blows up, what is well is read."""

import io
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from errors import ImageTooLarge, UnreadableImage
from train.own.archive import read_archive
from train.own.entries import Entry, Found, LeftOut, SetLimits

PNG = cv2.imencode(".png", np.full((28, 28), 200, np.uint8))[1].tobytes()
SMALL = SetLimits(pictures=20, picture_bytes=10_000, total_bytes=30_000)
Fill = Callable[[zipfile.ZipFile], None]


def pack(path: Path, fill: Fill, packing: int = zipfile.ZIP_DEFLATED) -> Path:
    """Make a zip with one good picture and whatever is filled in."""
    with zipfile.ZipFile(path, "w", packing) as archive:
        archive.writestr("3/good.png", PNG)
        fill(archive)
    return path


def read(path: Path, limits: SetLimits = SMALL) -> dict[str, Found]:
    """Read a zip, and see that nothing was written beside it."""
    before = sorted(path.parent.rglob("*"))
    count, found = read_archive(path, limits)
    entries = {one.name: one for one in found}
    assert len(entries) == count
    assert sorted(path.parent.rglob("*")) == before
    return entries


def reason(found: Found) -> str:
    assert isinstance(found, LeftOut)
    return found.reason


def test_pictures_come_as_they_were_packed(tmp_path):
    found = read(pack(tmp_path / "a.zip", lambda archive: None))
    good = found["3/good.png"]
    assert isinstance(good, Entry)
    assert (good.label, good.picture) == (3, PNG)


def test_windows_folders_are_folders(tmp_path):
    path = pack(tmp_path / "a.zip", lambda archive: None)
    path.write_bytes(path.read_bytes().replace(b"3/good.png", b"3\\good.png"))
    assert isinstance(read(path)["3/good.png"], Entry)


def linked(archive: zipfile.ZipFile) -> None:
    info = zipfile.ZipInfo("3/bad")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive.writestr(info, "/etc/passwd")


def swollen(archive: zipfile.ZipFile) -> None:
    archive.writestr("3/bad", bytes(5_000_000))


def named(name: str) -> Fill:
    return lambda archive: archive.writestr(zipfile.ZipInfo(name), PNG)


@pytest.mark.parametrize(
    ("fill", "why"),
    [(linked, "link"), (swollen, "unpacks to more than 0.01 MB"), (named("../bad"), "leads out")],
)
def test_what_means_harm_is_left_out_and_the_rest_is_read(tmp_path, fill, why):
    found = read(pack(tmp_path / "a.zip", fill))
    assert isinstance(found.pop("3/good.png"), Entry)
    assert why in reason(found.popitem()[1])


@pytest.mark.parametrize("packing", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_packings_that_unpack_in_one_go_are_left_out(tmp_path, packing):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", packing) as archive:
        archive.writestr("3/bad.png", bytes(5_000_000))
    assert "packed in a way" in reason(read(path)["3/bad.png"])


def test_an_encrypted_entry_is_left_out(tmp_path):
    path = pack(tmp_path / "a.zip", lambda archive: None)
    content = bytearray(path.read_bytes())
    # The flags in the entry's own header, and in the directory's.
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + offset] |= 1
    path.write_bytes(content)
    assert reason(read(path)["3/good.png"]) == "it is encrypted"


def test_a_damaged_entry_is_left_out(tmp_path):
    path = pack(tmp_path / "a.zip", lambda archive: archive.writestr("4/also.png", PNG), zipfile.ZIP_STORED)
    content = bytearray(path.read_bytes())
    content[content.index(PNG) + 50] ^= 0xFF
    path.write_bytes(content)
    found = read(path)
    assert reason(found["3/good.png"]) == "it is damaged"
    assert isinstance(found["4/also.png"], Entry)


def test_sizes_are_counted_and_not_believed(tmp_path):
    """An entry whose directory says 10 bytes, and which unpacks to five million."""
    path = pack(tmp_path / "a.zip", swollen)
    content = path.read_bytes().replace(struct.pack("<I", 5_000_000), struct.pack("<I", 10))
    path.write_bytes(content)
    assert isinstance(read(path)["3/bad"], LeftOut)


def test_all_together_may_not_be_too_much(tmp_path):
    def fill(archive: zipfile.ZipFile) -> None:
        for number in range(10):
            archive.writestr(f"3/{number}", bytes(9_000))

    with pytest.raises(ImageTooLarge, match=r"unpacks to more than 0.03 MB"):
        read(pack(tmp_path / "a.zip", fill))


def test_entries_that_overlap_count_each_time_or_are_left_out(tmp_path):
    """Many names for one piece of packed data (Fifield 2019)."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("3/0", bytes(9_000))
        first = archive.infolist()[0]
        for number in range(1, 10):
            again = zipfile.ZipInfo(f"3/{number}")
            for name in ("CRC", "compress_size", "file_size", "compress_type", "header_offset"):
                setattr(again, name, getattr(first, name))
            archive.filelist.append(again)
    try:
        found = read(path)
    except ImageTooLarge:
        return
    assert [name for name, one in found.items() if isinstance(one, Entry)] in ([], ["3/0"])


def test_a_picture_that_is_larger_than_the_directory_may_be_is_read(tmp_path):
    limits = SetLimits(pictures=2, picture_bytes=10_000, total_bytes=30_000)
    path = pack(tmp_path / "a.zip", lambda archive: archive.writestr("3/b.png", bytes(9_000)), zipfile.ZIP_STORED)
    assert isinstance(read(path, limits)["3/b.png"], Entry)


def test_too_many_entries_are_refused(tmp_path):
    def fill(archive: zipfile.ZipFile) -> None:
        for number in range(SMALL.pictures):
            archive.writestr(f"3/{number}.png", b"")

    with pytest.raises(ImageTooLarge, match="more than 20 files"):
        read(pack(tmp_path / "a.zip", fill))


def test_a_huge_directory_is_never_read(tmp_path, monkeypatch):
    def fill(archive: zipfile.ZipFile) -> None:
        for number in range(300):
            archive.writestr(f"3/{number}.png", b"")

    monkeypatch.setattr("train.own.archive.DIRECTORY_BYTES", 50)
    with pytest.raises(ImageTooLarge, match="directory"):
        read(pack(tmp_path / "a.zip", fill))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"PK\x05\x06" + bytes(4), b"no zip"])
def test_what_is_no_zip_is_told(tmp_path, content):
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    with pytest.raises(UnreadableImage, match="no zip archive"):
        read(path)


def test_a_zip_in_a_zip_is_an_entry_like_others(tmp_path):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("3/a.png", PNG)
    found = read(pack(tmp_path / "a.zip", lambda archive: archive.writestr("3/inner.zip", inner.getvalue())))
    # It is left to the image loader, which says what it is.
    assert isinstance(found["3/inner.zip"], Entry)
