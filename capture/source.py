"""What a string means: a file, a folder, a glob, '-', a camera, a video, a pattern or an address."""

import glob
import re
import sys
from collections.abc import Generator, Iterator, Sequence
from enum import Enum, auto
from pathlib import Path

import cv2

from capture.frame import Frame
from capture.image import DEFAULT_LIMITS, Limits, load_image
from capture.noise import hushed
from errors import ImageNotFound, ImageTooLarge, ReaderError, StreamBroken, WrongUsage

STDIN = "-"
DEFAULT_TIMEOUT_S = 5.0

# HEIC and the like cannot be read, but to pass over them in a folder would be silence about the user's photos.
PICTURE_SUFFIXES = frozenset(
    ".jpg .jpeg .jpe .jfif .png .webp .tif .tiff .bmp .dib .heic .heif .avif .gif".split()  # noqa: SIM905
)
VIDEO_SUFFIXES = frozenset(
    ".mp4 .m4v .mov .avi .mkv .webm .mpg .mpeg .mjpeg .mjpg .wmv .3gp .ogv .ts .mts".split()  # noqa: SIM905
)

_ADDRESS = re.compile(r"(https?|rtsps?|rtmps?|udp)://", re.IGNORECASE)
_PATTERN = re.compile(r"%0?\d*d")
_CAMERA = re.compile(r"\d{1,3}|/dev/video\d+", re.ASCII)

# A row of numbered pictures carries no clock; this is what cameras do.
PATTERN_FPS = 30.0


class Kind(Enum):
    """What a source is."""

    STDIN = auto()
    PICTURE = auto()
    FOLDER = auto()
    GLOB = auto()
    VIDEO = auto()
    PATTERN = auto()
    CAMERA = auto()
    ADDRESS = auto()


def kind_of_source(source: str) -> Kind:
    """Tell what a source is; what exists on disk is never taken for anything else.

    Parameters
    ----------
    source : str
        As the user gave it.

    Returns
    -------
    Kind
        `Kind.PICTURE` for a name that means nothing else, whether there is such a file or not.
    """
    if source == STDIN:
        return Kind.STDIN
    if _ADDRESS.match(source):
        return Kind.ADDRESS
    if source.startswith("/dev/video"):
        return Kind.CAMERA
    if _exists(source):
        return Kind.FOLDER if Path(source).is_dir() else _kind_of_file(source)
    if _CAMERA.fullmatch(source):
        return Kind.CAMERA
    if glob.has_magic(source):
        return Kind.GLOB
    return Kind.PATTERN if _PATTERN.search(source) else _kind_of_file(source)


def is_live(source: str) -> bool:
    """Tell whether a source is a camera or an address, whose frames never end."""
    return kind_of_source(source) in (Kind.CAMERA, Kind.ADDRESS)


def is_still(source: str) -> bool:
    """Tell whether a source is made of single pictures: a file, a folder, a glob, or '-'."""
    return kind_of_source(source) in (Kind.PICTURE, Kind.FOLDER, Kind.GLOB, Kind.STDIN)


def expand(sources: Sequence[str] | str) -> list[str]:
    """Turn what the user gave into one string per item, in the order given.

    Parameters
    ----------
    sources : sequence of str
        Files, folders (their pictures in natural order: 2 before 10; not those of folders inside), globs (also
        where no shell expanded them; ``**`` goes into folders), '-', camera indices, videos, patterns such as
        ``frame_%04d.png``, and http, https, rtsp addresses.

    Returns
    -------
    list of str
        Each can be given to `frames`. Among several sources one that holds nothing stays as it is, for
        `frames` to raise its error: a broken one does not stop the others.

    Raises
    ------
    ImageNotFound
        If none of the sources holds anything: no such file, no match, a folder without pictures.
    """
    given = [sources] if isinstance(sources, str) else [str(source) for source in sources]
    items: list[str] = []
    failures: list[ImageNotFound] = []
    for source in given:
        try:
            items += _items_of(source)
        except ImageNotFound as error:
            items.append(source)
            failures.append(error)
    if failures and len(failures) == len(given):
        raise failures[0]
    return items


def frames(
    source: str | Path | Sequence[str | Path],
    limits: Limits = DEFAULT_LIMITS,
    timeout_s: float = DEFAULT_TIMEOUT_S,
) -> Generator[Frame, None, None]:
    """Read the frames of a source, or of several one after the other.

    Parameters
    ----------
    source : str, Path or sequence of them
        See `expand`.
    limits : Limits
        For each picture, and for the frame size of a video.
    timeout_s : float
        How long a camera or an address may take to answer, and to give the next frame.

    Yields
    ------
    Frame
        One for a still picture. All of a video file or pattern, with `timestamp` in seconds from its start. For
        a camera or an address the newest frame each time, without end. A video that breaks off ends with the
        last frame that could be decoded.

    Raises
    ------
    ReaderError
        ImageNotFound, UnreadableImage, UnsupportedFormat or ImageTooLarge for pictures; StreamBroken for a
        video without a single frame and for a stream that stalls or ends; NoCamera; WrongUsage for '-' with
        nothing piped in.
    """
    given = [str(source)] if isinstance(source, (str, Path)) else [str(item) for item in source]
    for item in expand(given):
        yield from _frames_of(item, limits, timeout_s)


def natural_order(name: str) -> list[tuple[int, str]]:
    """Sort key under which 'page2' comes before 'page10' and case does not matter."""
    parts = re.split(r"([0-9]+)", name.casefold())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts if part]


def _exists(source: str) -> bool:
    try:
        return bool(source) and Path(source).exists()  # Path("") would be the current folder
    except (OSError, ValueError):  # too long a name, a NUL in it, a folder that may not be entered
        return False


def _kind_of_file(source: str) -> Kind:
    return Kind.VIDEO if Path(source).suffix.lower() in VIDEO_SUFFIXES else Kind.PICTURE


def _items_of(source: str) -> list[str]:
    kind = kind_of_source(source)
    if kind is Kind.FOLDER:
        return _pictures_in(source)
    if kind is Kind.GLOB:
        return _matches_of(source)
    if kind is Kind.PATTERN:
        _numbered_files(source)  # raises if there are none
    if kind in (Kind.PICTURE, Kind.VIDEO) and not _exists(source):
        raise ImageNotFound(f"{source or repr(source)} does not exist.")
    return [source]


def _pictures_in(folder: str) -> list[str]:
    try:
        files = [entry for entry in Path(folder).iterdir() if entry.is_file()]
    except OSError as error:
        raise ImageNotFound(f"The folder {folder} cannot be looked into ({error.strerror}).") from error
    # Names with a dot in front are what macOS leaves beside each file on foreign disks.
    pictures = [file for file in files if _is_picture_name(file) and not file.name.startswith(".")]
    if not pictures:
        raise ImageNotFound(
            f"The folder {folder} holds no pictures ({_how_many(files)}).",
            "Give a folder with JPEG, PNG, WebP, TIFF or BMP files, or name the files.",
        )
    return sorted(map(str, pictures), key=natural_order)


def _is_picture_name(file: Path) -> bool:
    return file.suffix.lower() in PICTURE_SUFFIXES


def _how_many(files: list[Path]) -> str:
    if not files:
        return "it has no files"
    return f"{len(files)} {'file' if len(files) == 1 else 'files'}, such as {min(files).name}"


def _matches_of(pattern: str) -> list[str]:
    found = glob.glob(pattern, recursive=True)  # noqa: PTH207 - Path.glob takes no absolute patterns
    matches = [match for match in found if not Path(match).is_dir()]
    if not matches:
        raise ImageNotFound(f"No file matches {pattern}.")
    return sorted(matches, key=natural_order)


def _frames_of(item: str, limits: Limits, timeout_s: float) -> Iterator[Frame]:
    kind = kind_of_source(item)
    if kind is Kind.STDIN:
        yield Frame(load_image(_read_stdin(limits), limits, name="The picture on stdin"), source=STDIN)
    elif kind is Kind.VIDEO:
        yield from _video_frames(item, limits)
    elif kind is Kind.PATTERN:
        yield from _pattern_frames(item, limits)
    elif kind in (Kind.CAMERA, Kind.ADDRESS):
        yield from _live_frames(item, timeout_s)
    elif kind in (Kind.FOLDER, Kind.GLOB):  # left by `expand` because it holds nothing
        yield from frames(_items_of(item), limits, timeout_s)
    else:
        yield Frame(load_image(item, limits), source=item)


def _read_stdin(limits: Limits) -> bytes:
    if sys.stdin is None or sys.stdin.isatty():
        raise WrongUsage(
            "'-' means a picture from a pipe, and nothing is piped in.",
            "Pipe one in (cat photo.jpg | python pipeline.py -), or give a file.",
        )
    return sys.stdin.buffer.read(limits.max_bytes + 1)


def _live_frames(source: str, timeout_s: float) -> Iterator[Frame]:
    from capture.camera import Camera  # a still picture needs no camera: it costs start-up time

    with Camera(source, timeout_s=timeout_s) as camera:
        while True:
            yield camera.read()


def _numbered_files(pattern: str) -> list[Path]:
    """List the files of a pattern such as frame_%04d.png by their number."""
    folder, name = Path(pattern).parent, Path(pattern).name
    parts = [re.escape(part) for part in _PATTERN.split(name)]
    numbered = re.compile("([0-9]+)".join(parts))
    found = [(match, file) for file in _files_in(folder) if (match := numbered.fullmatch(file.name))]
    if not found:
        raise ImageNotFound(f"No file matches the pattern {pattern}.")
    return [file for _, file in sorted(found, key=lambda pair: [int(number) for number in pair[0].groups()])]


def _files_in(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _pattern_frames(pattern: str, limits: Limits) -> Iterator[Frame]:
    for index, file in enumerate(_numbered_files(pattern)):
        yield Frame(load_image(file, limits), source=pattern, index=index, timestamp=index / PATTERN_FPS)


def _video_frames(path: str, limits: Limits) -> Iterator[Frame]:
    """Decode a video file to its last frame, or to where it breaks off."""
    video = _open_video(path)
    try:
        _check_frame_size(video, path, limits)
        index = 0
        while True:
            with hushed():
                ok, image = video.read()
                timestamp_s = max(0.0, video.get(cv2.CAP_PROP_POS_MSEC) / 1000)
            if not ok or image is None:
                break
            yield Frame(image, source=path, index=index, timestamp=timestamp_s)
            index += 1
    finally:
        video.release()
    if index == 0:
        raise StreamBroken(f"{path} is a video without a frame that can be decoded.")


def _open_video(path: str) -> cv2.VideoCapture:
    why = _why_no_video(path)
    if why is not None:
        raise why
    with hushed():
        # FFmpeg by name: left to choose, OpenCV takes digits in a name for a pattern of pictures.
        video = cv2.VideoCapture(path, cv2.CAP_FFMPEG)
    if not video.isOpened():
        video.release()
        raise StreamBroken(f"{path} is not a video that can be opened (damaged, or recorded to no end).")
    return video


def _why_no_video(path: str) -> ReaderError | None:
    try:
        with Path(path).open("rb") as file:
            return None if file.read(1) else StreamBroken(f"{path} is an empty file (0 bytes).")
    except FileNotFoundError:
        return ImageNotFound(f"{path} does not exist.")
    except (OSError, ValueError) as error:
        return StreamBroken(f"{path} cannot be opened ({getattr(error, 'strerror', None) or error}).")


def _check_frame_size(video: cv2.VideoCapture, path: str, limits: Limits) -> None:
    width, height = video.get(cv2.CAP_PROP_FRAME_WIDTH), video.get(cv2.CAP_PROP_FRAME_HEIGHT)
    if width * height > limits.max_pixels:
        raise ImageTooLarge(
            f"{path} has frames of {width:.0f} x {height:.0f} pixels; "
            f"at most {limits.max_pixels / 1e6:g} megapixels are read."
        )
