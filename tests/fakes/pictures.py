"""Pictures made in memory: sound ones in every format, and broken ones."""

import io
import struct
import zlib
from typing import Any

import numpy as np
from PIL import Image

ORIENTATION_TAG = 0x0112

_FINEST: dict[str, dict[str, Any]] = {"WEBP": {"lossless": True}, "JPEG": {"quality": 100, "subsampling": 0}}


def arrow(height: int = 48, width: int = 64) -> np.ndarray:
    """Draw a picture that looks different from every side: uint8 (H, W, 3) BGR, soft enough for JPEG."""
    rows, columns = np.mgrid[0:height, 0:width]
    blue = rows * 255 // max(1, height - 1)
    green = columns * 255 // max(1, width - 1)
    red = np.where((rows < height // 2) & (columns < width // 2), 255, 0)
    return np.dstack([blue, green, red]).astype(np.uint8)


def encode(image: np.ndarray, kind: str, **options: Any) -> bytes:
    """Encode a BGR, BGRA or grey uint8 array with Pillow, which knows nothing of OpenCV's mistakes."""
    return encode_pillow(to_pillow(image), kind, **options)


def to_pillow(image: np.ndarray) -> Image.Image:
    """Turn a BGR, BGRA or grey uint8 array into a Pillow image."""
    if image.ndim == 2:
        return Image.fromarray(image)
    order = [2, 1, 0] if image.shape[2] == 3 else [2, 1, 0, 3]
    return Image.fromarray(np.ascontiguousarray(image[..., order]))


def encode_pillow(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Encode a Pillow image of any mode."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def turned(image: np.ndarray, kind: str, orientation: int) -> bytes:
    """Encode a picture as a phone does that was held askew: upright again only by its EXIF orientation."""
    # What the camera's sensor saw is the inverse of the turn that the tag asks for.
    seen = image
    if orientation in (2, 3, 6, 7):
        seen = seen[:, ::-1]
    if orientation in (3, 4, 7, 8):
        seen = seen[::-1]
    if orientation >= 5:
        seen = np.swapaxes(seen, 0, 1)
    seen = np.ascontiguousarray(seen)
    if kind == "TIFF":
        return encode(seen, kind, tiffinfo={ORIENTATION_TAG: orientation})
    exif = Image.Exif()
    exif[ORIENTATION_TAG] = orientation
    return encode(seen, kind, exif=exif, **_FINEST.get(kind, {}))


def bomb_png(side: int = 20_000) -> bytes:
    """Make a whole PNG of a few hundred kilobytes that asks for side x side pixels of 3 bytes."""
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = zlib.compressobj(9)
    packed = rows.compress(bytes(1 + 3 * side)) + rows.flush()
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def bomb_headers(side: int = 20_000) -> dict[str, bytes]:
    """Make files of each kind whose header asks for side x side pixels."""
    short = struct.pack(">HH", side, side)
    webp_side = (side - 1).to_bytes(3, "little")
    return {
        "PNG": bomb_png(side),
        "JPEG": b"\xff\xd8\xff\xe0\0\4xx\xff\xc0\0\x11\x08" + short + bytes(10) + b"\xff\xda\0\2\xff\xd9",
        "BMP": b"BM" + bytes(12) + struct.pack("<IiiHHI", 40, side, -side, 1, 24, 0) + bytes(40),
        "WebP": b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<II", 10, 0) + webp_side * 2,
        "TIFF": b"II*\0"
        + struct.pack("<IH", 8, 2)
        + struct.pack("<HHII", 0x100, 4, 1, side)
        + struct.pack("<HHII", 0x101, 4, 1, side)
        + bytes(4),
    }


def bad_files() -> dict[str, bytes]:
    """Make files that are no readable picture, by what is wrong with them."""
    photo = arrow(120, 160)
    jpeg, png = encode(photo, "JPEG", quality=90), encode(photo, "PNG")
    webp, tiff, bmp = encode(photo, "WEBP"), encode(photo, "TIFF"), encode(photo, "BMP")
    return {
        "empty": b"",
        "one byte": b"\xff",
        "text": b"41 + 17 = 58\n",
        "web page": b"<!DOCTYPE html><html><body>404</body></html>",
        "zeros": bytes(500),
        "JPEG without its end": jpeg[:-2],
        "half a JPEG": jpeg[: len(jpeg) // 2],
        "JPEG header": jpeg[:100],
        "half a JPEG with a whole thumbnail": _with_thumbnail(jpeg)[: -len(jpeg) // 2],
        "half a PNG": png[: len(png) // 2],
        "PNG without its end": png[:-12],
        "PNG header": png[:20],
        "PNG with a wrong checksum": png[:60] + bytes(4) + png[64:],
        "half a WebP": webp[: len(webp) // 2],
        "half a TIFF": tiff[: len(tiff) // 2],
        "half a BMP": bmp[: len(bmp) // 2],
        "PNG of no width": b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", bytes(4) + b"\0\0\0\5\x08\2\0\0\0"),
    }


def foreign_files() -> dict[str, bytes]:
    """Make the beginnings of pictures and documents of kinds that are not read, by the word that names them."""
    return {
        "HEIC": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40),
        "AVIF": b"\0\0\0\x1cftypavif\0\0\0\0avifmif1" + bytes(40),
        "PDF": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
        "GIF": encode_pillow(Image.new("P", (8, 8)), "GIF"),
        "JPEG 2000": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(40),
        "Photoshop": b"8BPS\0\1" + bytes(40),
        "BigTIFF": b"II+\0\x08\0\0\0" + bytes(40),
        "video": b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41",
        "zip": b"PK\3\4" + bytes(40),
        "PNM": b"P6\n2 2\n255\n" + bytes(12),
        "SVG": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    }


def _with_thumbnail(jpeg: bytes) -> bytes:
    """Put a whole small JPEG, end mark and all, into the header of another."""
    thumbnail = encode(arrow(16, 16), "JPEG")
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(thumbnail) + 2) + thumbnail + jpeg[2:]


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
