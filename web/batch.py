"""Batch: many pictures are read one after the other, and one that cannot be read does not stop the others."""

import hashlib
import logging
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, cached_property

from capture.frame import Frame
from capture.image import DEFAULT_LIMITS, load_image
from errors import ImageTooLarge, ReaderError
from pipeline import Pipeline
from recognize.reading import Reading

# While one thread decodes, the other recognizes; with more, 100 photos take turns on the same cores.
READERS = 2
LONGEST_NAME = 120
SMALLER = "Give a smaller picture."
Report = Callable[[str, int, int], None]


@dataclass(frozen=True, eq=False)
class Upload:
    """A picture as a visitor gave it.

    Parameters
    ----------
    name : str
        Its file's name, made fit to be shown; it is never used as a path.
    content : bytes
    """

    name: str
    content: bytes

    def __post_init__(self) -> None:
        """Take out of the name what cannot be printed."""
        printable = "".join(c for c in self.name if c.isprintable())[-LONGEST_NAME:]
        object.__setattr__(self, "name", printable or "picture")

    @cached_property
    def digest(self) -> str:
        """Hash of the content: what has been read need not be read again."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, eq=False)
class Result:
    """What came of a picture: a reading, or the reason why there is none.

    Parameters
    ----------
    name : str
    reading : Reading or None
        With the name as its source.
    error : ReaderError or None
    """

    name: str
    reading: Reading | None
    error: ReaderError | None

    def __post_init__(self) -> None:
        """Refuse both, and neither."""
        if (self.reading is None) == (self.error is None):
            raise ValueError("a result is a reading or an error, and not both")

    def renamed(self, name: str) -> "Result":
        """Give the same for a file of the same content and another name."""
        return replace(self, name=name, reading=self.reading and replace(self.reading, source=name))


def read_batch(pictures: Sequence[Upload], pipeline: Pipeline, report: Report | None = None) -> Iterator[Result]:
    """Read pictures, and give what came of each in the order given.

    Parameters
    ----------
    pictures : sequence of Upload
    pipeline : Pipeline
    report : callable, optional
        Told the name of the picture that is waited for, its place from 1, and how many there are.

    Yields
    ------
    Result
        Whoever stops asking stops the reading.
    """
    waiting: deque[Future[Result]] = deque()
    ahead = iter(pictures)
    try:
        for place, picture in enumerate(pictures, 1):
            # No further ahead than keeps all readers busy: nobody may want the rest.
            while len(waiting) <= READERS and (coming := next(ahead, None)) is not None:
                waiting.append(_readers().submit(read_one, coming, pipeline))
            if report:
                report(picture.name, place, len(pictures))
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


@cache
def _readers() -> ThreadPoolExecutor:
    """Give the threads that read for all visitors: the C library keeps freed memory for each thread there ever was."""
    return ThreadPoolExecutor(READERS, "batch")


def read_one(picture: Upload, pipeline: Pipeline) -> Result:
    """Read one picture, and say in words why not where that fails."""
    try:
        start = time.perf_counter()
        frame = load_frame(picture)
        took_ms = (time.perf_counter() - start) * 1e3
        return Result(picture.name, pipeline.read_page(pipeline.prepare(frame), took_ms), None)
    except ReaderError as error:
        return Result(picture.name, None, error)
    except Exception as error:
        logging.getLogger("web").exception("A picture could not be read.")
        what = f"Reading {picture.name} failed by a fault of this program ({type(error).__name__})."
        return Result(picture.name, None, ReaderError(what, "Please report this, with the picture if you may."))


def load_frame(picture: Upload) -> Frame:
    """Make a frame of a picture.

    Raises
    ------
    ReaderError
        If it is none, or too large; its message names the picture.
    """
    try:
        return Frame(load_image(picture.content, DEFAULT_LIMITS, picture.name), picture.name)
    except ImageTooLarge as error:
        # Its own step is for whoever has a command line.
        raise ImageTooLarge(error.what, SMALLER) from error
