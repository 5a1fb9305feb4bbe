"""Read: the command of pipeline.py."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from capture.frame import Frame
from cli.console import be_quiet, complain, count_down, say
from cli.live import watch_live
from cli.options import Speaking, gather, live_options, reading_options, speech_options
from cli.progress import Progress
from cli.writers import CsvWriter, name_outputs, write_json, write_json_error, write_picture, write_text
from errors import NoCamera, ReaderError, WrongUsage
from recognize.reading import Reading

SAVED_FRAME = "opencv_frame_0.png"
FEW = 5

EXAMPLES = """\b
Examples:
  python pipeline.py photo.jpg                     the numbers, one per line
  python pipeline.py --json photos/*.jpg           a line of JSON for each photo
  python pipeline.py --csv marks.csv scans/        a folder of scans into a spreadsheet
  python pipeline.py --annotate seen.png photo.jpg the photo with boxes and digits drawn in
  python pipeline.py --pattern "dd:dd" times.jpg   times: two digits, a colon, two digits
  python pipeline.py --speak --as digits photo.jpg read aloud, digit by digit
  python pipeline.py --live --guide                the webcam: numbers are spoken as they are held before it
  python pipeline.py --check                       what is missing here, and what to do about it
"""


@dataclass(frozen=True)
class Tools:
    """What the command is handed to run.

    Parameters
    ----------
    pipeline : callable
        Makes a pipeline of the options layout, min_confidence, limits, models, lengths, patterns.
    limits : callable
        Makes limits of max_bytes and max_pixels.
    expand : callable
        Turns what the user gave into one string for each source.
    show_work : callable
        Writes a page's stages into a folder.
    speak : callable
        Says a reading aloud, as the options of `cli.options.Speaking` have it.
    from_camera : callable
        Shows the camera's picture and yields the frames that the user picks.
    watch : callable
        Watches a source; see `cli.live.LiveTools`.
    menu : callable
        Runs the menu with a pipeline; its exit code.
    check : callable
        Runs the check, as JSON or not, of a folder of models; its exit code.
    """

    pipeline: Callable[..., Any]
    limits: Callable[..., Any]
    expand: Callable[[Sequence[str]], list[str]]
    show_work: Callable[[Any, Path], None]
    speak: Callable[..., None]
    from_camera: Callable[[Callable[[Frame], Reading], Callable[[int], None]], None]
    watch: Callable[..., None]
    menu: Callable[[Any], int]
    check: Callable[..., int]


@dataclass(frozen=True)
class Wishes:
    """The options of one run."""

    as_json: bool
    annotate: Path | None
    show_work: Path | None
    speak: bool
    speaking: Speaking


def make_command(tools: Tools) -> click.Command:
    """Make the command line of pipeline.py."""

    @click.command(epilog=EXAMPLES, context_settings={"max_content_width": 110})
    @click.argument("sources", nargs=-1)
    @click.option("--json", "as_json", is_flag=True, help="One line of JSON for each picture on stdout.")
    @click.option(
        "--csv",
        "csv_path",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Write a row for each number.",
    )
    @click.option(
        "--annotate",
        type=click.Path(path_type=Path),
        metavar="PATH",
        help="Draw boxes, digits and confidence into a copy; a folder for several.",
    )
    @click.option(
        "--show-work",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="Write what each step saw, and the 28x28 glyphs.",
    )
    @reading_options
    @click.option("--speak/--no-speak", default=None, help="Read the result aloud; --live does so by itself.")
    @speech_options
    @click.option("--live", is_flag=True, help="Watch SOURCE, and read each number as soon as frames agree on it.")
    @live_options
    @click.option("--menu", is_flag=True, help="A menu by keyboard, in plain words.")
    @click.option("--check", is_flag=True, help="Look at cameras, display, model, speech and versions.")
    @click.option("--quiet", is_flag=True, help="No words on stderr; results and errors only.")
    @click.option(
        "--max-megapixels",
        type=click.FloatRange(min=0, min_open=True),
        default=100.0,
        show_default=True,
        help="Larger pictures are refused.",
    )
    @click.option(
        "--max-megabytes",
        type=click.FloatRange(min=0, min_open=True),
        default=64.0,
        show_default=True,
        help="Larger files are refused.",
    )
    def main(sources: tuple[str, ...], **given: Any) -> int:
        """Read handwritten numbers in photos, scans, videos or from the webcam.

        SOURCE is a picture, a folder, a glob, '-' for a picture on stdin, a camera's index (0), a video,
        a pattern (frame_%04d.png) or an address (http://, rtsp://). Without one, the webcam is opened, and SPACE
        reads what it sees.
        """
        be_quiet(given["quiet"])
        _refuse_mixtures(sources, given)
        if given["check"]:
            return tools.check(given["as_json"], **({"models": given["models"]} if given["models"] else {}))
        pipeline = _make_pipeline(tools, given)
        if given["menu"]:
            return tools.menu(pipeline)
        if given["live"]:
            return _watch(tools, pipeline, sources, given)
        return _read(tools, pipeline, sources, given)

    return main


def _refuse_mixtures(sources: tuple[str, ...], given: dict[str, Any]) -> None:
    """Refuse what cannot be done at once."""
    ways = [way for way in ("live", "menu", "check") if given[way]]
    if len(ways) > 1:
        raise WrongUsage(f"--{ways[0]} and --{ways[1]} are two things.", "Give one of them.")
    if ways and ways != ["live"] and sources:
        raise WrongUsage(f"--{ways[0]} takes no source.", "Leave it out.")


def _make_pipeline(tools: Tools, given: dict[str, Any]) -> Any:
    limits = tools.limits(max_bytes=int(given["max_megabytes"] * 1e6), max_pixels=int(given["max_megapixels"] * 1e6))
    options = {name: given[name] for name in ("layout", "min_confidence", "lengths", "patterns")}
    return tools.pipeline(limits=limits, **options, **({"models": given["models"]} if given["models"] else {}))


def _watch(tools: Tools, pipeline: Any, sources: tuple[str, ...], given: dict[str, Any]) -> int:
    """Watch one source."""
    if len(sources) > 1:
        raise WrongUsage(f"--live watches one source, not {len(sources)}.", "Give one of them.")
    (source,) = sources or ("0",)
    watch_live(tools.watch, pipeline, source, given["as_json"], given["speak"] is not False, given)
    return 0


def _read(tools: Tools, pipeline: Any, sources: tuple[str, ...], given: dict[str, Any]) -> int:
    """Read sources, or the webcam if there are none."""
    wishes = Wishes(
        given["as_json"], given["annotate"], given["show_work"], bool(given["speak"]), gather(Speaking, given)
    )
    with ExitStack() as stack:
        table = stack.enter_context(CsvWriter(given["csv_path"])) if given["csv_path"] else None
        if sources:
            return _read_sources(tools, pipeline, _expand(tools, sources), wishes, table)
        return _read_camera(tools, pipeline, wishes, table)


def _read_sources(tools: Tools, pipeline: Any, sources: list[str], wishes: Wishes, table: CsvWriter | None) -> int:
    """Read one source after the other; one that fails does not stop the others."""
    worst = 0
    drawn, worked = _outputs(sources, wishes)
    with Progress(len(sources) > FEW) as progress:
        for place, source in enumerate(sources):
            if len(sources) > 1 and not wishes.as_json:
                say(f"{source}:")
            worst = max(worst, _read_source(tools, pipeline, source, wishes, table, drawn[place], worked[place]))
            progress.report("reading", place + 1, len(sources))
    return worst


def _read_source(
    tools: Tools,
    pipeline: Any,
    source: str,
    wishes: Wishes,
    table: CsvWriter | None,
    drawn: Path | None,
    worked: Path | None,
) -> int:
    """Read one source and deliver what was read; its exit code."""
    pages = pipeline.pages(source, wishes.show_work is not None)
    worst = 0
    while True:
        try:
            page, reading = next(pages)
        except StopIteration:
            return worst
        except Exception as error:
            ours = error if isinstance(error, ReaderError) else _own_fault(source, error)
            _deliver_error(source, ours, wishes, table)
            return max(worst, ours.exit_code)
        try:
            _deliver(tools, page, reading, wishes, table, drawn, worked)
        except ReaderError as error:
            # What was read has been printed; what could not be drawn or spoken is told beside it.
            complain(error)
            worst = max(worst, error.exit_code)


def _own_fault(source: str, error: Exception) -> ReaderError:
    """Turn an exception that nobody foresaw into one that says so."""
    return ReaderError(f"Reading {source} failed by a fault of this program ({type(error).__name__}: {error}).")


def _expand(tools: Tools, sources: Sequence[str]) -> list[str]:
    """List the sources one by one; those that are not there come along, to be told each in its turn."""
    try:
        return tools.expand(sources)
    except ReaderError:
        return list(sources)


def _deliver(
    tools: Tools,
    page: Any,
    reading: Reading,
    wishes: Wishes,
    table: CsvWriter | None,
    drawn: Path | None,
    worked: Path | None,
) -> None:
    """Print, draw and speak one reading; the print comes first, so that nothing that fails later loses it."""
    write_json(reading) if wishes.as_json else write_text(reading)
    if table:
        table.write(reading)
    if drawn:
        write_picture(_numbered(drawn, page.frame), reading.render(page.frame.image))
    if worked:
        tools.show_work(page, _numbered(worked, page.frame))
    if wishes.speak:
        tools.speak(reading, **asdict(wishes.speaking))


def _deliver_error(source: str, error: ReaderError, wishes: Wishes, table: CsvWriter | None) -> None:
    """Report a source that could not be read."""
    if wishes.as_json:
        write_json_error(source, error)
    complain(error)
    if table:
        table.write_error(source, error)


def _outputs(sources: list[str], wishes: Wishes) -> tuple[list[Path | None], list[Path | None]]:
    """Say where each source's drawing and each source's work go."""
    many = len(sources) > 1
    drawn: list[Path | None] = [wishes.annotate] * len(sources)
    worked: list[Path | None] = [wishes.show_work] * len(sources)
    if wishes.annotate and wishes.annotate.resolve() in {Path(source).resolve() for source in sources}:
        raise WrongUsage(f"--annotate {wishes.annotate} would overwrite the picture itself.", "Give another name.")
    if wishes.annotate and (many or wishes.annotate.is_dir() or not wishes.annotate.suffix):
        if many and wishes.annotate.is_file():
            raise WrongUsage(
                f"{wishes.annotate} is a file, but {len(sources)} pictures are to be annotated.",
                "Give --annotate a folder.",
            )
        drawn = list(name_outputs(sources, wishes.annotate, ".png"))
    if wishes.show_work and many:
        worked = list(name_outputs(sources, wishes.show_work, ""))
    return drawn, worked


def _numbered(path: Path, frame: Frame) -> Path:
    """Give each frame of a source with several its own output."""
    return path.with_stem(f"{path.stem}_{frame.index}") if frame.index else path


def _read_camera(tools: Tools, pipeline: Any, wishes: Wishes, table: CsvWriter | None) -> int:
    """Read what the webcam sees; without one, the frame that was saved before."""

    def read(frame: Frame) -> Reading:
        page = pipeline.prepare(frame, keep_stages=wishes.show_work is not None)
        reading: Reading = pipeline.read_page(page)
        _deliver(tools, page, reading, wishes, table, wishes.annotate, wishes.show_work)
        return reading

    try:
        tools.from_camera(read, count_down)
    except NoCamera as error:
        if not Path(SAVED_FRAME).is_file():
            raise
        say(f"{error.what} {SAVED_FRAME} of this folder is read.")
        return _read_sources(tools, pipeline, [SAVED_FRAME], wishes, table)
    return 0
