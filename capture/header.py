"""What a picture is and how large, told from its bytes before anything is decoded.

The decoders trust a header and take the memory that it asks for, and some hand back a half grey picture for a
file that was cut off. So kind, size and completeness are looked at here first.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

ORIENTATION_TAG = 0x0112
_WIDTH_TAG, _HEIGHT_TAG, _SAMPLES_TAG = 0x0100, 0x0101, 0x0115

_PNG = b"\x89PNG\r\n\x1a\n"
_SIGNATURES = {
    b"\xff\xd8\xff": "JPEG",
    _PNG: "PNG",
    b"BM": "BMP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
}

_FOREIGN_SIGNATURES = {
    b"GIF8": "a GIF",
    b"%PDF": "a PDF document",
    b"\0\0\0\x0cjP  ": "a JPEG 2000 picture",
    b"\xff\x4f\xff\x51": "a JPEG 2000 picture",
    b"\0\0\0\x0cJXL ": "a JPEG XL picture",
    b"\xff\x0a": "a JPEG XL picture",
    b"II+\0": "a BigTIFF picture",
    b"MM\0+": "a BigTIFF picture",
    b"8BPS": "a Photoshop document",
    b"\0\0\1\0": "an icon",
    b"v/1\1": "an OpenEXR picture",
    b"#?RADIANCE": "a Radiance picture",
    b"<svg": "an SVG drawing",
    b"PK\3\4": "a zip archive or an office document",
    b"\x1aE\xdf\xa3": "a video",
}

# Stray bytes and padding before a marker are skipped, as decoders do; 01 and D0 to D8 stand alone, without length.
_JPEG_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
# 64 MB of the largest segments are a thousand; more is made to keep us busy.
_MOST_SEGMENTS = 4000

_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_AVIF_BRANDS = {b"avif", b"avis"}


@dataclass(frozen=True)
class Size:
    """What a picture's header promises, in pixels.

    Parameters
    ----------
    width, height : int
        As stored, before EXIF orientation turns the picture.
    """

    width: int
    height: int

    @property
    def pixels(self) -> int:
        """How many pixels the decoder will take memory for."""
        return self.width * self.height


class HeaderError(ValueError):
    """A header that ends early or contradicts itself; image.py turns it into words for the user."""


def kind_of(data: bytes) -> str | None:
    """Tell which decodable kind of picture some bytes are.

    Parameters
    ----------
    data : bytes
        The file's content, or its beginning.

    Returns
    -------
    str or None
        'JPEG', 'PNG', 'WebP', 'TIFF' or 'BMP'; None for anything else.
    """
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP"
    return next((kind for signature, kind in _SIGNATURES.items() if data.startswith(signature)), None)


def foreign_kind_of(data: bytes) -> str | None:
    """Name a kind of file that is known but not decoded here ('a HEIC photo'), or None."""
    if data[4:8] == b"ftyp":
        return _kind_of_brand(data[8:12])
    if data[:1] == b"P" and data[1:2] in b"123456" and data[2:3].isspace():
        return "a PNM picture"
    return next((kind for signature, kind in _FOREIGN_SIGNATURES.items() if data.startswith(signature)), None)


def looks_like_text(data: bytes) -> bool:
    """Tell whether the beginning of some bytes reads as UTF-8 text without control characters."""
    beginning = data[:512]
    text = beginning.decode("utf-8", errors="ignore")
    # A character cut in half at byte 512 costs up to three bytes; more lost than that is no UTF-8.
    whole = len(text.encode()) >= len(beginning) - 3
    return bool(text) and whole and all(c.isprintable() or c in "\r\n\t\f\ufeff" for c in text)


def size_of(data: bytes, kind: str) -> Size:
    """Read width and height from a picture's header.

    Parameters
    ----------
    data : bytes
        The file's content.
    kind : str
        As told by `kind_of`.

    Returns
    -------
    Size
        In pixels, each at least 1.

    Raises
    ------
    HeaderError
        If the header ends early, or names no size.
    """
    try:
        size = _SIZE_READERS[kind](data)
    except (struct.error, IndexError) as error:
        raise HeaderError("its header is cut off") from error
    if size.width < 1 or size.height < 1:
        raise HeaderError(f"its header says {size.width} x {size.height} pixels")
    return size


def is_cut_off(data: bytes, kind: str) -> bool:
    """Tell whether a file ends before the picture in it does; bytes after the picture's end do no harm.

    Notes
    -----
    BMP and TIFF have no end mark: their decoders notice a missing end themselves.
    """
    if kind == "JPEG":
        return not _jpeg_has_end(data)
    if kind == "PNG":
        return all(name != b"IEND" for name, _ in _png_chunks(data))
    if kind == "WebP":
        return int.from_bytes(data[4:8], "little") + 8 > len(data) + 1  # some writers count a last padding byte
    return False


def samples_per_pixel(tiff: bytes) -> int:
    """How many values a TIFF stores for each pixel: 1 grey, 2 grey and alpha, 3 colour, 4 with alpha or CMYK."""
    return read_tags(tiff).get(_SAMPLES_TAG, 1)


def orientation_of(exif: bytes) -> int:
    """Read the EXIF orientation, 1 (upright) to 8, from an EXIF block; 1 if it says none or nonsense."""
    try:
        orientation = read_tags(exif.removeprefix(b"Exif\0\0")).get(ORIENTATION_TAG, 1)
    except (HeaderError, struct.error):
        return 1
    return orientation if 1 <= orientation <= 8 else 1


def read_tags(tiff: bytes) -> dict[int, int]:
    """Read the single-number tags of the first directory of a TIFF file or EXIF block.

    Parameters
    ----------
    tiff : bytes
        From the byte-order mark 'II' or 'MM' on.

    Returns
    -------
    dict of int to int
        Tag number to value; of a tag given twice, the larger value, so that no limit is slipped past.

    Raises
    ------
    HeaderError
        If there is no byte-order mark.
    struct.error
        If the directory ends early.

    References
    ----------
    TIFF Revision 6.0, Adobe 1992, section 2.
    """
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        raise HeaderError("its header has no byte order")
    (directory,) = struct.unpack_from(order + "I", tiff, 4)
    (count,) = struct.unpack_from(order + "H", tiff, directory)
    tags: dict[int, int] = {}
    for entry in range(directory + 2, directory + 2 + 12 * count, 12):
        tag, field_type, values = struct.unpack_from(order + "HHI", tiff, entry)
        number_format = {1: "B", 3: "H", 4: "I"}.get(field_type)
        if number_format and values == 1:
            (value,) = struct.unpack_from(order + number_format, tiff, entry + 8)
            tags[tag] = max(value, tags.get(tag, 0))
    return tags


def _kind_of_brand(brand: bytes) -> str:
    if brand in _HEIF_BRANDS:
        return "a HEIC photo"
    if brand in _AVIF_BRANDS:
        return "an AVIF picture"
    return "a camera's raw photo" if brand == b"crx " else "a video"


def _png_size(data: bytes) -> Size:
    return Size(*struct.unpack_from(">II", data, 16))


def _bmp_size(data: bytes) -> Size:
    (header_bytes,) = struct.unpack_from("<I", data, 14)
    if header_bytes == 12:  # OS/2: 16-bit sizes
        return Size(*struct.unpack_from("<HH", data, 18))
    width, height = struct.unpack_from("<ii", data, 18)
    return Size(width, abs(height))  # negative: stored from the top down


def _tiff_size(data: bytes) -> Size:
    tags = read_tags(data)
    return Size(tags.get(_WIDTH_TAG, 0), tags.get(_HEIGHT_TAG, 0))


def _webp_size(data: bytes) -> Size:
    flavour = data[12:16]
    if flavour == b"VP8X":  # extended: canvas, 24 bits each, minus one
        return Size(int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1)
    if flavour == b"VP8L":  # lossless: 14 bits each, minus one, after a signature byte
        (bits,) = struct.unpack_from("<I", data, 21)
        return Size((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    width, height = struct.unpack_from("<HH", data, 26)  # lossy: 14 bits each, then 2 of scaling
    return Size(width & 0x3FFF, height & 0x3FFF)


def _jpeg_size(data: bytes) -> Size:
    for marker, position in _jpeg_segments(data):
        # SOF0 to SOF15 hold the size; C4, C8 and CC in between are other things.
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, position + 3)  # after length and precision
            return Size(width, height)
    raise HeaderError("its header is cut off")


def _jpeg_has_end(data: bytes) -> bool:
    """Look for the end mark after the scan begins: a thumbnail in the header has an end mark of its own."""
    scans = (position for marker, position in _jpeg_segments(data) if marker == _START_OF_SCAN)
    scan = next(scans, None)
    return scan is not None and data.find(b"\xff\xd9", scan) >= 0


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int]]:
    """Walk a JPEG's segments up to the first scan: (marker, position of the length field)."""
    position = 2
    for _ in range(_MOST_SEGMENTS):
        found = _JPEG_MARKER.search(data, position)
        if found is None or found.end() + 2 > len(data):
            return
        position = found.end()
        marker = data[position - 1]
        yield marker, position
        if marker in (_START_OF_SCAN, _END_OF_IMAGE):
            return
        position += int.from_bytes(data[position : position + 2], "big")


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, int]]:
    """Walk a PNG's chunks that are wholly there: (name, position of the chunk's data)."""
    position = len(_PNG)
    while position + 12 <= len(data):
        length = int.from_bytes(data[position : position + 4], "big")
        if position + 12 + length > len(data):
            return
        yield data[position + 4 : position + 8], position + 8
        position += 12 + length


_SIZE_READERS = {
    "PNG": _png_size,
    "JPEG": _jpeg_size,
    "BMP": _bmp_size,
    "TIFF": _tiff_size,
    "WebP": _webp_size,
}
