"""Archive: a file of a stranger's zip comes out as it went in, or with a reason, and never larger than it may be."""

import io
import stat
import zipfile

import pytest

from capture.archive import find_fault, unpack


def packed(content: bytes, packing: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipFile:
    """A zip with one file."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", packing) as archive:
        archive.writestr("digit.png", content)
    return zipfile.ZipFile(held)


@pytest.mark.parametrize("packing", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_file_comes_out_as_it_went_in(packing):
    with packed(b"ink" * 100, packing) as archive:
        info = archive.infolist()[0]
        assert find_fault(info) is None
        assert unpack(archive, info, 1000) == b"ink" * 100


def test_no_more_than_one_byte_beyond_the_limit_comes_out():
    with packed(bytes(10_000_000)) as archive:
        assert unpack(archive, archive.infolist()[0], 1000) == bytes(1001)


def test_a_damaged_file_is_none():
    with packed(b"ink" * 100, zipfile.ZIP_STORED) as archive:
        info = archive.infolist()[0]
        info.CRC ^= 1
        assert unpack(archive, info, 1000) is None


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_is_packed_in_pieces_of_unknown_size_is_not_unpacked(packing):
    with packed(b"ink", packing) as archive:
        assert "packed in a way" in str(find_fault(archive.infolist()[0]))


def test_links_and_secrets_are_not_unpacked():
    link, secret = zipfile.ZipInfo("link"), zipfile.ZipInfo("secret")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    secret.flag_bits |= 0x1
    assert "link" in str(find_fault(link))
    assert "encrypted" in str(find_fault(secret))
