"""The only image loader: nobody else decodes a picture.

Whatever comes in (a path, bytes, an array; grey, palette, CMYK, transparent, 16-bit, turned by EXIF), what goes
out is uint8 BGR, upright, and no larger than the limits.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from capture.header import (
    HeaderError,
    Size,
    foreign_kind_of,
    is_cut_off,
    kind_of,
    looks_like_text,
    orientation_of,
    samples_per_pixel,
    size_of,
)
from capture.noise import hushed
from errors import ImageNotFound, ImageTooLarge, ReaderError, UnreadableImage, UnsupportedFormat

WHITE, BLACK = 255, 0

_HEIC_STEP = (
    "Save it as JPEG and give that (on an iPhone: Settings, Camera, Formats, Most Compatible; "
    "photos that are there already: share or export them as JPEG)."
)
_FOREIGN_STEPS = {
    "a HEIC photo": _HEIC_STEP,
    "a PDF document": "Save the page as a PNG or JPEG picture and give that.",
    "a video": "Give it a video's name, such as clip.mp4 or clip.mkv, or give a photo.",
    "a zip archive or an office document": "Unpack or export the pictures in it and give those.",
}


@dataclass(frozen=True)
class Limits:
    """The largest picture that is read.

    Parameters
    ----------
    max_bytes : int
        Size of the file, in bytes.
    max_pixels : int
        Width times height, told from the header.

    Raises
    ------
    ValueError
        If one of them is below 1.
    """

    max_bytes: int = 64_000_000
    max_pixels: int = 100_000_000

    def __post_init__(self) -> None:
        """Refuse limits that nothing can pass."""
        if self.max_bytes < 1 or self.max_pixels < 1:
            raise ValueError(f"limits must be at least 1, got {self.max_bytes} bytes and {self.max_pixels} pixels")


DEFAULT_LIMITS = Limits()


def load_image(source: str | Path | bytes, limits: Limits = DEFAULT_LIMITS, name: str | None = None) -> np.ndarray:
    """Load one picture: JPEG, PNG, WebP, TIFF (its first page) or BMP.

    Parameters
    ----------
    source : str, Path or bytes
        A file's path, or a file's content.
    limits : Limits
        Both are checked before memory is taken for the picture.
    name : str, optional
        What messages call it; the path, or "The picture" for bytes.

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)
        BGR, turned upright by its EXIF orientation, transparency laid on paper (see `to_bgr`).

    Raises
    ------
    ImageNotFound
        No such file.
    UnreadableImage
        Empty, text, a folder, cut off, damaged, or not to be opened.
    UnsupportedFormat
        A picture of another kind: HEIC, AVIF, GIF, PDF and so on.
    ImageTooLarge
        Beyond the limits.
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        data, name = bytes(source), name or "The picture"
    else:
        name = name or str(source)
        if not name:  # Path("") would be the current folder
            raise ImageNotFound("'' is no file's name.")
        data = _read_file(Path(source), name, limits)
    if len(data) > limits.max_bytes:
        raise _too_many_bytes(name, limits)
    kind = _known_kind(data, name)
    _check_header(data, kind, name, limits)
    return _decode(data, kind, name)


def to_bgr(array: Any) -> np.ndarray:
    """Turn an array that holds a picture into uint8 BGR.

    Parameters
    ----------
    array : ndarray of uint8, uint16, bool or another integer type with values 0 to 255
        Shape (H, W) or (H, W, 1) grey, (H, W, 2) grey and alpha, (H, W, 3) BGR or (H, W, 4) BGRA. uint16 is
        taken as 0 to 65535, bool as black and white.

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)
        BGR. The same memory as `array` where nothing had to be changed. Transparency is laid on white, or on
        black if what was drawn is light, so that a drawing stays visible.

    Raises
    ------
    UnreadableImage
        If it is no such array; the message says what to convert to.
    """
    if not isinstance(array, np.ndarray):
        raise UnreadableImage(
            f"The picture is {type(array).__name__}, not a numpy array.",
            "Convert it with numpy.asarray(...) to uint8 of shape (H, W, 3), in BGR order.",
        )
    _check_shape(array)
    return _to_colour(_to_uint8(array))


def _read_file(path: Path, name: str, limits: Limits) -> bytes:
    try:
        if path.is_dir():
            raise UnreadableImage(f"{name} is a folder, not a picture.", "Give a picture that lies in it.")
        size = path.stat().st_size
        if size > limits.max_bytes:
            raise _too_many_bytes(name, limits)
        with path.open("rb") as file:
            # A pipe tells no size: read no more than one byte beyond the limit, which is then noticed.
            return file.read(size or limits.max_bytes + 1)
    except ReaderError:
        raise
    except PermissionError as error:
        raise UnreadableImage(
            f"{name} may not be opened (permission denied).", "Give yourself the right to read it, or copy it."
        ) from error
    except FileNotFoundError as error:
        raise ImageNotFound(f"{name} does not exist.") from error
    except (OSError, ValueError) as error:  # too long a name, a NUL in it, a broken disk
        raise ImageNotFound(f"{name!r} cannot be opened ({getattr(error, 'strerror', None) or error}).") from error


def _too_many_bytes(name: str, limits: Limits) -> ImageTooLarge:
    return ImageTooLarge(f"{name} has more than {limits.max_bytes / 1e6:g} MB.")


def _known_kind(data: bytes, name: str) -> str:
    kind = kind_of(data)
    if kind is not None:
        return kind
    foreign = foreign_kind_of(data)
    if foreign is not None:
        raise UnsupportedFormat(f"{name} is {foreign}, which is not read here.", _FOREIGN_STEPS.get(foreign))
    raise _unreadable(name, _describe(data))


def _describe(data: bytes) -> str:
    """Say what was found instead of a picture."""
    if not data:
        return "0 bytes"
    if data.lstrip()[:14].lower().startswith((b"<!doctype html", b"<html")):
        return "it is a web page"
    if looks_like_text(data):
        return "it looks like text"
    return f"{len(data)} bytes of an unknown kind"


def _unreadable(name: str, why: str) -> UnreadableImage:
    return UnreadableImage(f"{name} is not an image that can be read ({why}).")


def _check_header(data: bytes, kind: str, name: str, limits: Limits) -> None:
    try:
        size = size_of(data, kind)
    except HeaderError as error:
        raise _unreadable(name, f"a {kind} file, but {error}") from error
    _check_pixels(size, name, limits)
    if is_cut_off(data, kind):
        raise UnreadableImage(
            f"{name} is cut off: the {kind} picture in it has no end.", "Copy or download it again, in full."
        )
    if kind == "TIFF" and samples_per_pixel(data) == 2:
        # OpenCV drops the alpha of such a file, and with it the drawing.
        raise UnsupportedFormat(f"{name} is a grey TIFF with transparency, which is not read here.")


def _check_pixels(size: Size, name: str, limits: Limits) -> None:
    if size.pixels > limits.max_pixels:
        raise ImageTooLarge(
            f"{name} has {size.width} x {size.height} pixels ({size.pixels / 1e6:.0f} megapixels); "
            f"at most {limits.max_pixels / 1e6:g} megapixels are read."
        )


def _decode(data: bytes, kind: str, name: str) -> np.ndarray:
    try:
        with hushed():
            image = _DECODERS[kind](np.frombuffer(data, np.uint8))
    except (cv2.error, MemoryError) as error:
        raise _unreadable(name, f"a {kind} file, but damaged") from error
    if image is None or image.size == 0:
        raise _unreadable(name, f"a {kind} file, but damaged")
    if image.dtype not in (np.uint8, np.uint16):
        raise UnsupportedFormat(f"{name} holds {image.dtype} values, which are not read here.")
    return np.ascontiguousarray(to_bgr(image))


def _decode_plain(encoded: np.ndarray) -> np.ndarray | None:
    """JPEG and BMP: no transparency here, so OpenCV does it all, CMYK and orientation too."""
    return cv2.imdecode(encoded, cv2.IMREAD_COLOR)


def _decode_transparent(encoded: np.ndarray) -> np.ndarray | None:
    """PNG and WebP: alpha comes only with IMREAD_UNCHANGED, which leaves the picture as it lies in the file."""
    image, kinds, blocks = cv2.imdecodeWithMetadata(encoded, flags=cv2.IMREAD_UNCHANGED)
    exif = [bytes(block) for kind, block in zip(kinds, blocks, strict=True) if kind == cv2.IMAGE_METADATA_EXIF]
    return image if image is None or not exif else _turn_upright(image, orientation_of(exif[0]))


def _decode_tiff(encoded: np.ndarray) -> np.ndarray | None:
    """TIFF: turned upright by libtiff even with IMREAD_UNCHANGED, and 8-bit colours come times alpha."""
    image = cv2.imdecode(encoded, cv2.IMREAD_UNCHANGED)
    if image is None or image.ndim == 2 or image.shape[2] != 4 or image.dtype != np.uint8:
        return image
    alpha = np.maximum(image[..., 3:], 1).astype(np.uint16)
    image[..., :3] = np.minimum(image[..., :3] * np.uint16(255) // alpha, 255)
    return image


_DECODERS: dict[str, Callable[[np.ndarray], np.ndarray | None]] = {
    "JPEG": _decode_plain,
    "BMP": _decode_plain,
    "PNG": _decode_transparent,
    "WebP": _decode_transparent,
    "TIFF": _decode_tiff,
}


def _turn_upright(image: np.ndarray, orientation: int) -> np.ndarray:
    """Undo an EXIF orientation: 2 to 4 mirror or turn by half, 5 to 8 have lines and columns swapped."""
    if orientation >= 5:
        image = np.swapaxes(image, 0, 1)
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    return image


def _check_shape(array: np.ndarray) -> None:
    if array.size == 0:
        raise UnreadableImage(f"The picture has no pixels (shape {array.shape}).", "Give at least one pixel.")
    if array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (1, 2, 3, 4)):
        return
    if array.ndim == 3 and array.shape[0] in (1, 3, 4):
        step = "Put the channels last with numpy.moveaxis(image, 0, 2)."
    else:
        step = "Give one picture of shape (H, W), (H, W, 3) or (H, W, 4)."
    raise UnreadableImage(f"The picture has shape {array.shape}.", step)


def _to_uint8(array: np.ndarray) -> np.ndarray:
    if array.dtype == np.uint8:
        return array
    if array.dtype == np.bool_:
        return array.astype(np.uint8) * np.uint8(255)
    if array.dtype == np.uint16:
        return (array >> 8).astype(np.uint8)
    if array.dtype.kind == "f":
        raise UnreadableImage(f"The picture holds {array.dtype} values{_float_range(array)}.", _float_step(array))
    if array.dtype.kind in "iu" and array.min() >= 0 and array.max() <= 255:
        return array.astype(np.uint8)
    raise UnreadableImage(
        f"The picture holds {array.dtype} values{_integer_range(array)}.", "Convert it to uint8, 0 to 255."
    )


def _float_range(array: np.ndarray) -> str:
    return " and some are not numbers (NaN or infinite)" if not np.isfinite(array).all() else ""


def _float_step(array: np.ndarray) -> str:
    if not np.isfinite(array).all():
        return "Replace them (numpy.nan_to_num), then convert it to uint8, 0 to 255."
    unit = array.min() >= 0 and array.max() <= 1
    return f"Convert it with {'(image * 255)' if unit else 'image.clip(0, 255)'}.astype('uint8')."


def _integer_range(array: np.ndarray) -> str:
    return f" from {array.min()} to {array.max()}" if array.dtype.kind in "iu" else ""


def _to_colour(image: np.ndarray) -> np.ndarray:
    channels = 1 if image.ndim == 2 else image.shape[2]
    if channels == 3:
        return image
    if channels == 1:
        return np.repeat(image.reshape(*image.shape[:2], 1), 3, axis=2)
    colour = np.repeat(image[..., :1], 3, axis=2) if channels == 2 else image[..., :3]
    return _lay_on_paper(colour, image[..., -1])


def _lay_on_paper(colour: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Put a transparent picture on the paper on which it can be seen.

    Parameters
    ----------
    colour : ndarray of uint8, shape (H, W, 3)
        BGR, not multiplied by alpha.
    alpha : ndarray of uint8, shape (H, W)
        255 = opaque.

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)
    """
    if alpha.min() == 255:
        return colour
    paper = _paper_for(colour, alpha)
    opaque = alpha.astype(np.uint16)
    behind = (255 - opaque) * np.uint16(paper) + np.uint16(127)
    laid = np.empty(colour.shape, np.uint8)
    for channel in range(3):  # one at a time: a third of the memory
        laid[..., channel] = (colour[..., channel] * opaque + behind) // 255
    return laid


def _paper_for(colour: np.ndarray, alpha: np.ndarray) -> int:
    """Choose white or black paper: against ink alone, and like the paper of a photo that has holes or corners."""
    grey = cv2.cvtColor(np.ascontiguousarray(colour), cv2.COLOR_BGR2GRAY)
    drawn = grey[alpha >= 128]
    if drawn.size == 0:  # nothing but a faint trace, or nothing at all
        drawn = grey[alpha > 0]
    if drawn.size == 0:
        return WHITE
    is_light = float(drawn.mean()) > 127
    has_own_paper = drawn.size > grey.size / 2 and int(drawn.max()) - int(drawn.min()) > 64
    return WHITE if is_light == has_own_paper else BLACK
