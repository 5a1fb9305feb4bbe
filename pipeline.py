"""Pipeline: capture, preprocess, recognize, in this order. ``python pipeline.py photo.jpg`` reads a photo."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from capture import Frame, expand, frames
from capture.heap import keep_freed_pages
from capture.image import DEFAULT_LIMITS, Limits, load_image, to_bgr
from capture.source import is_live, is_still
from preprocess.page import Layout, Page, prepare
from recognize.classifier import MODELS, load_card, read_model
from recognize.engine import THREADS
from recognize.pattern import expect
from recognize.reader import Reader
from recognize.reading import Reading

if TYPE_CHECKING:
    from speak.wording import Style

CHECKOUT = Path(__file__).resolve().parent
COUNTDOWN_S = 3
# What fits on a small screen.
WINDOW_PX = 1200, 700
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
    threads : int
        That the network is run by; one is best where several pictures are read side by side.

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
        threads: int = THREADS,
    ) -> None:
        if layout not in ("page", "line"):
            raise ValueError(f"layout must be 'page' or 'line', got {layout!r}")
        if not 0.0 <= min_confidence <= 1.0:
            raise ValueError(f"min_confidence must be within 0-1, got {min_confidence}")
        self.layout = layout
        self.min_confidence = min_confidence
        self.limits = limits
        keep_freed_pages()
        self._reader = Reader.load(Path(models), expect(lengths, patterns), threads)

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

    def prepare(self, frame: Frame, keep_stages: bool = False, closely: bool = False) -> Page:
        """Run the second stage alone, with this pipeline's layout."""
        return prepare(frame, self.layout, keep_stages, closely)

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


def speak_reading(reading: Reading, style: "Style" = "digits", voice: str | None = None, **options: Any) -> None:
    """Say a reading's numbers aloud; the options are those of `speak.voice.Voice` and `speak.wording.word`."""
    from speak.voice import Voice
    from speak.wording import word

    words = word(" ".join(reading.texts), style, options.get("language", "en"), options.pop("zero", "zero"))
    Voice(name=voice, **options).say(words)


def show_picture(frame: Frame, reading: Reading | None) -> None:
    """Show a picture in a window that fits the screen, with what was read drawn in."""
    from capture.preview import preview

    image = reading.render(frame.image) if reading else frame.image
    share = min(1.0, WINDOW_PX[0] / frame.width, WINDOW_PX[1] / frame.height)
    size = max(1, round(share * frame.width)), max(1, round(share * frame.height))
    preview([Frame(cv2.resize(image, size, interpolation=cv2.INTER_AREA), frame.source)], title=frame.source)


def look_at_model(folder: Path) -> tuple[str, dict[str, str]]:
    """Load the models: their version, and the hashes of their files, which are those of the card."""
    Reader.load(folder)
    card = load_card(folder)
    names = [name for name in card.raw["sha256"] if name.endswith(".tflite")]
    return card.version, {name: hashlib.sha256(read_model(folder, name, card)).hexdigest() for name in names}


def read_sample(models: Path) -> tuple[str, list[str], list[str], float]:
    """Read the first sample: its name, what is written on it, what was read, and how many ms that took."""
    picture = CHECKOUT / "samples" / "opencv_frame_0.png"
    reading = Pipeline(models=models).read(picture)
    wanted = json.loads(picture.with_name("expected.json").read_text("utf-8"))[picture.name]["numbers"]
    return picture.relative_to(CHECKOUT).as_posix(), wanted, reading.texts, sum(reading.ms.values())


if __name__ == "__main__":
    from cli.console import run_command
    from cli.read import Tools, make_command
    from preprocess.work import save_work

    def watch(*given: Any, **options: Any) -> None:
        """Watch a source."""
        from watch.session import watch_source

        watch_source(*given, **options)

    def run_menu(pipeline: Pipeline) -> int:
        """Run the menu."""
        from capture.preview import has_display
        from cli.menu import MenuParts
        from cli.menu import run_menu as run

        def load(path: str) -> Frame:
            return Frame(load_image(path, pipeline.limits), path)

        return run(MenuParts(load, pipeline.read, has_display, show_picture, read_from_camera))

    def run_check(as_json: bool, models: Path = MODELS) -> int:
        """Run the check."""
        from capture.devices import list_cameras
        from capture.preview import has_display
        from cli.check import CheckParts, ModelFiles, SampleRead
        from cli.check import run_check as run
        from speak.player import play_tone
        from speak.voice import Voice

        parts = CheckParts(
            list_cameras,
            has_display,
            lambda: ModelFiles(*look_at_model(models)),
            lambda: SampleRead(*read_sample(models)),
            lambda: Voice().make("seven").duration_s,
            play_tone,
            CHECKOUT / "requirements-read.txt",
        )
        return run(parts, as_json)

    tools = Tools(Pipeline, Limits, expand, save_work, speak_reading, read_from_camera, watch, run_menu, run_check)
    run_command(make_command(tools))
