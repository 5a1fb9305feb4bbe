"""Pipeline: capture, preprocess, recognize, in this order. ``python pipeline.py photo.jpg`` reads a photo."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Literal

import numpy as np

from capture import Frame, expand, frames
from capture.heap import keep_freed_pages
from capture.image import DEFAULT_LIMITS, Limits, load_image, to_bgr
from capture.source import is_live, is_still
from preprocess.page import Layout, Page, prepare
from recognize.classifier import MODELS
from recognize.pattern import expect
from recognize.reader import Reader
from recognize.reading import Reading

COUNTDOWN_S = 3
Readable = str | PathLike[str] | bytes | Frame | np.ndarray


class Pipeline:
    """The three stages as one call.

    Parameters
    ----------
    layout : {"page", "line"}
        "line": each picture is of one number.
    min_confidence : float
        Digits that are less sure than this, 0-1, become "?".
    limits : Limits
        Largest pictures that are taken.
    models : str or Path
        Folder of the model files.
    lengths : sequence of int
        How many digits every number has, one of these.
    patterns : sequence of str
        What every number is like, one of these: "dd:dd", "[0-2]d.dd" (`recognize.pattern`).

    Raises
    ------
    WrongUsage
        When a length or a pattern is none.
    ModelMissing, ModelDamaged, ModelMismatch
        When the model files cannot be used.
    ValueError
        If an option is out of range.

    Examples
    --------
    >>> Pipeline().read("samples/opencv_frame_0.png").texts  # doctest: +SKIP
    ['4071', '2589']
    """

    def __init__(
        self,
        layout: Layout = "page",
        min_confidence: float = 0.0,
        limits: Limits = DEFAULT_LIMITS,
        models: str | PathLike[str] = MODELS,
        lengths: Sequence[int] = (),
        patterns: Sequence[str] = (),
    ) -> None:
        if layout not in ("page", "line"):
            raise ValueError(f"layout must be 'page' or 'line', got {layout!r}")
        if not 0.0 <= min_confidence <= 1.0:
            raise ValueError(f"min_confidence must be within 0-1, got {min_confidence}")
        self.layout = layout
        self.min_confidence = min_confidence
        self.limits = limits
        keep_freed_pages()
        self._reader = Reader.load(Path(models), expect(lengths, patterns))

    def read(self, source: Readable) -> Reading:
        """Read one picture.

        Parameters
        ----------
        source : str, path, bytes, Frame or ndarray
            A file's name, a file's content, a frame, or a picture as OpenCV has it (BGR or grey, uint8).

        Returns
        -------
        Reading

        Raises
        ------
        ReaderError
            With what is wrong with the source, and what to do next.
        """
        start = time.perf_counter()
        frame = self.capture(source)
        return self.read_page(self.prepare(frame), _since(start))

    def pages(self, source: str, keep_stages: bool = False) -> Iterator[tuple[Page, Reading]]:
        """Read a source's frames: one of a still or a camera, all of a video; with the pages they were read from."""
        several = not is_still(source) and not is_live(source)
        start = time.perf_counter()
        for frame in frames(source, limits=self.limits):
            took = _since(start)
            named = replace(frame, source=f"{source}#{frame.index}") if several else frame
            page = self.prepare(named, keep_stages)
            yield page, self.read_page(page, took)
            if is_live(source):
                return
            start = time.perf_counter()

    def capture(self, source: Readable) -> Frame:
        """Make a frame of whatever is given."""
        if isinstance(source, Frame):
            return source
        if isinstance(source, np.ndarray):
            return Frame(to_bgr(source))
        if isinstance(source, bytes):
            return Frame(load_image(source, self.limits), "bytes")
        return next(iter(frames(str(source), limits=self.limits)))

    def prepare(self, frame: Frame, keep_stages: bool = False) -> Page:
        """Run the second stage alone, with this pipeline's layout."""
        return prepare(frame, self.layout, keep_stages)

    def read_page(self, page: Page, capture_ms: float = 0.0) -> Reading:
        """Run the third stage alone; `capture_ms` is what the first one took."""
        reading = self._reader.read(page, self.min_confidence)
        return replace(reading, ms={"capture": capture_ms} | reading.ms)


def _since(start: float) -> float:
    """Milliseconds since a moment of `time.perf_counter`."""
    return (time.perf_counter() - start) * 1e3


def read_from_camera(read: Callable[[Frame], Reading], count_down: Callable[[int], None]) -> None:
    """Show what the webcam sees, and read a frame at SPACE; without a display, read one after a countdown."""
    from capture.camera import Camera
    from capture.preview import SPACE, has_display, preview

    def on_key(key: str, frame: Frame) -> Sequence[str] | None:
        return [number.raw for number in read(frame).numbers] or ["no number"] if key == SPACE else None

    with Camera("0") as camera:
        if has_display():
            preview(camera, on_key, hint=["SPACE: read   ESC: end"])
        else:
            count_down(COUNTDOWN_S)
            read(camera.read())


def speak_reading(reading: Reading, style: Literal["digits", "number"]) -> None:
    """Say a reading's numbers aloud."""
    from speak.voice import Voice
    from speak.wording import word

    Voice().say(reading.spoken(lambda text: word(text, style)))


if __name__ == "__main__":
    from cli.console import run_command
    from cli.read import Tools, make_command
    from preprocess.work import save_work

    run_command(make_command(Tools(Pipeline, Limits, expand, save_work, speak_reading, read_from_camera)))
