"""Measure the reader: python -m evaluate [SUITE]; --help lists the suites."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click

from cli.console import be_quiet, complain, result, run_command, say
from cli.progress import Progress
from errors import ImageNotFound, ReaderError, WrongUsage
from evaluate import suites
from evaluate.camera import AS_IT_IS, Camera, ThroughCamera
from evaluate.metrics import Misread
from evaluate.report import MARKDOWN, Findings, make_folder, write_report
from evaluate.sheet import Case, cases_of_pages
from evaluate.speed import describe_machine, describe_speed, measure_speed
from evaluate.suites import FolderResult, Report
from pipeline import Pipeline
from preprocess.page import Layout
from recognize.classifier import MODELS, Classifier
from train.data import Glyphs

if TYPE_CHECKING:
    from evaluate.pages import PagesResult
    from evaluate.peers import Peer

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

EXAMPLES = """\b
Examples:
  python -m evaluate                      all that is at hand without data, and a report in runs/report
  python -m evaluate --data DIR --report OUT
                                          DIR's sets too: photos, cheques, glyphs; the report goes to OUT
  python -m evaluate mnist --data DIR     MNIST's test half, from DIR/mnist.npz
  python -m evaluate folder DIR --wrong   any pictures with a truth.json, and what was misread
  python -m evaluate --json folder A B    a line of JSON for each folder
  python -m evaluate folder DIR --longest 640 --turn 10 --light 0.6 --contrast 0.4
                                          the same pictures, no larger than a small webcam's
  python -m evaluate pages --data DIR     drawn pages: plain, ruled, touching, faint, shadow and more
  python -m evaluate peers --data DIR     Tesseract and RapidOCR on the same pictures, where they are installed
  python -m evaluate speed --repeat 9     cold start, memory, and the milliseconds of each stage
  python -m evaluate live --data DIR      clips of a hand-held camera, and ten minutes of one on loopback
  python -m evaluate web --data DIR       the pages: live in a browser, many at once, start, a stack of photos
"""

DATA_HELP = "Folder with mnist.npz and glyphs/; without it, MNIST is fetched by Keras."
SETS_HELP = "Folder with mnist.npz, glyphs/ and folders of pictures with a truth.json."
REPORT = Path("runs", "report")
# The sets of pictures that the figures are stated for; any other folder with a truth is measured too.
SETS = ("photos", "cheques", "marks", "no_numbers")
# Peers take seconds a picture.
PEER_PICTURES = 20
_FOLDER = click.Path(path_type=Path)


@dataclass(frozen=True)
class Asked:
    """What was asked for: where data and models lie, how figures are written, and where they are kept.

    Parameters
    ----------
    data, models : Path or None
    as_json, wrong : bool
    findings : Findings
        Filled by the suites as they run.
    """

    data: Path | None = None
    models: Path | None = None
    as_json: bool = False
    wrong: bool = False
    findings: Findings = field(default_factory=Findings)

    def make(self, layout: Layout) -> Pipeline:
        """Make a pipeline of a layout."""
        return Pipeline(layout=layout, models=self.models or MODELS)


def _common(command: Decorated) -> Decorated:
    """Add the options that all of these commands take."""
    options = (
        click.option(
            "--models", type=_FOLDER, metavar="DIR", help="Folder of the model files; the shipped one if not given."
        ),
        click.option("--json", "as_json", is_flag=True, help="One line of JSON for each suite on stdout."),
        click.option("--quiet", is_flag=True, help="No words on stderr but errors."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _data(required: bool = False, words: str = DATA_HELP) -> Callable[[Decorated], Decorated]:
    """Add the option that says where data sets lie."""
    return click.option("--data", type=_FOLDER, metavar="DIR", required=required, help=words)


def _count(command: Decorated) -> Decorated:
    """Add the option that says how many pages are drawn."""
    return click.option(
        "--count", type=click.IntRange(1, 10_000), metavar="N", help="Drawn pages of each condition; 20 if not given."
    )(command)


@click.group(
    invoke_without_command=True,
    epilog=EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@_data(words=SETS_HELP)
@click.option(
    "--report", type=_FOLDER, metavar="OUT", default=REPORT, show_default=True, help="Folder that the report goes to."
)
@_count
@_common
@click.pass_context
def main(
    context: click.Context,
    data: Path | None,
    report: Path,
    count: int | None,
    models: Path | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Measure how well and how fast numbers are read.

    Without a command, all suites run whose data is at hand: the samples, drawn pages and MNIST's test half; with
    --data, glyphs of other writers and all pictures with a truth too. Figures go to stdout, everything else to
    stderr, and a report with plots and all that was misread to a folder.
    """
    be_quiet(quiet)
    if context.invoked_subcommand:
        given = {"data": data, "count": count, "models": models, "as_json": as_json, "quiet": quiet}
        # Options before the command's name hold for the command too.
        context.default_map = {context.invoked_subcommand: {name: value for name, value in given.items() if value}}
        return 0
    return _run_whole(Asked(data, models, as_json), report, count)


@main.command()
@_data()
@_common
def mnist(data: Path | None, models: Path | None, as_json: bool, quiet: bool) -> int:
    """Measure the model on MNIST's test half.

    Its digits go through the normaliser that reading uses. Error of the best of the ten digits; what is refused
    as no digit is given beside it, not taken off it.
    """
    be_quiet(quiet)
    return _run_mnist(Asked(data, models, as_json))


@main.command()
@_data()
@_common
def bare(data: Path | None, models: Path | None, as_json: bool, quiet: bool) -> int:
    """Read 28x28 pictures of one digit each.

    1,000 of MNIST's test digits, chosen evenly, as PNG files, every other one inverted.
    """
    be_quiet(quiet)
    return _run_bare(Asked(data, models, as_json))


@main.command()
@_data(required=True)
@_common
def glyphs(data: Path, models: Path | None, as_json: bool, quiet: bool) -> int:
    """Measure the model on other writers' characters.

    Errors and refusals on digits, how many letters and marks are taken for digits, and how well digits are told
    from them.
    """
    be_quiet(quiet)
    asked = Asked(data, models, as_json)
    return _run_all([partial(_run_glyphs, asked, *one) for one in suites.list_glyph_sets(data).items()])


@main.command()
@click.option("--wrong", is_flag=True, help="List what was misread.")
@_common
def samples(wrong: bool, models: Path | None, as_json: bool, quiet: bool) -> int:
    """Read the project's own sample pictures."""
    be_quiet(quiet)
    return _run_samples(Asked(None, models, as_json, wrong))


@main.command()
@click.argument("folders", nargs=-1, required=True, type=_FOLDER, metavar="DIR [DIR ...]")
@click.option("--wrong", is_flag=True, help="List what was misread.")
@click.option(
    "--longest", type=click.IntRange(16), metavar="PX", help="Shrink longer pictures to so many px, as webcams' are."
)
@click.option(
    "--turn", type=click.FloatRange(-45, 45), default=0.0, metavar="DEGREES", help="Turn them, as if held askew."
)
@click.option(
    "--light", type=click.FloatRange(0.05, 1), default=1.0, metavar="SHARE", help="Let light fall off to the right."
)
@click.option(
    "--contrast", type=click.FloatRange(0.05, 1), default=1.0, metavar="SHARE", help="Leave so much of their contrast."
)
@click.option(
    "--zoom", type=click.FloatRange(0.1, 4), default=1.0, metavar="TIMES", help="Make them so many times as large."
)
@click.option(
    "--gamma", type=click.FloatRange(0.2, 5), default=1.0, metavar="G", help="Darken what is grey; lighten it below 1."
)
@_common
def folder(
    folders: tuple[Path, ...],
    wrong: bool,
    longest: int | None,
    turn: float,
    light: float,
    contrast: float,
    zoom: float,
    gamma: float,
    models: Path | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Read folders of pictures with a truth.json.

    truth.json is a list: {"file": "a.jpg", "numbers": ["4071", "25"]} for a page, or {"file": "b.png",
    "number": "4071"} where the whole picture is one number.
    """
    be_quiet(quiet)
    asked = Asked(None, models, as_json, wrong)
    camera = Camera(longest, turn, light, contrast, zoom, gamma)
    return _run_all([partial(_run_folder, asked, one, camera) for one in folders])


@main.command()
@_data()
@_count
@_common
def pages(data: Path | None, count: int | None, models: Path | None, as_json: bool, quiet: bool) -> int:
    """Read drawn pages of one difficulty each.

    Plain, ruled and squared paper, touching digits, faint pencil, a hand's shadow, low resolution, and pairs of
    digits slid into one another; all by hands that no training saw.
    """
    be_quiet(quiet)
    return _run_pages(Asked(data, models, as_json), count)


@main.command()
@click.argument("folders", nargs=-1, type=_FOLDER, metavar="[FOLDER ...]")
@_data(words="Folder whose folders of pictures with a truth.json are read, beside those that are named.")
@click.option(
    "--limit", type=click.IntRange(min=1), metavar="N", help="Pictures of each set, chosen evenly; all if not given."
)
@_common
def peers(
    folders: tuple[Path, ...],
    data: Path | None,
    limit: int | None,
    models: Path | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Read the same pictures with other readers.

    Tesseract and RapidOCR where they are installed, in turn with this one.
    """
    be_quiet(quiet)
    chosen = [*folders, *(suites.list_folders(_check_folder(data)) if data else ())]
    if not chosen:
        raise WrongUsage("There is nothing to read.", "Name folders of pictures with a truth.json, or give --data.")
    found, missing = _find_peers()
    for line in missing:
        say(line)
    asked = Asked(data, models, as_json)
    return _run_all([partial(_run_peers, asked, one, found, limit) for one in chosen])


@main.command()
@click.option(
    "--repeat",
    type=click.IntRange(1, 1000),
    default=5,
    show_default=True,
    help="Rounds of the cold start; frames are read four times as often.",
)
@_common
def speed(repeat: int, models: Path | None, as_json: bool, quiet: bool) -> int:
    """Measure cold start, memory and each stage's time.

    On a 720p and a 12-megapixel frame of 20 digits. Times are medians, beside a plain reference measured in turn
    with them: importing TensorFlow, and one pass of cv2.threshold over the frame.
    """
    be_quiet(quiet)
    reader = Pipeline(models=models or MODELS)
    with Progress() as progress:
        measured = measure_speed(reader, models, repeat, progress.report)
    if as_json:
        _write_json("speed", measured.to_dict())
    else:
        for line in describe_speed(measured):
            result(line)
    return 0


@main.command()
@_data()
@click.option(
    "--minutes",
    type=click.FloatRange(min=0.1),
    default=10.0,
    show_default=True,
    help="How long the camera on loopback is watched.",
)
@click.option(
    "--paper",
    type=click.Choice(["plain", "ruled", "squared"]),
    default="plain",
    show_default=True,
    help="What that camera sees.",
)
@click.option(
    "--only",
    type=click.Choice(["clips", "camera", "guidance"]),
    help="One of the three; all if not given.",
)
@_count
@_common
def live(
    data: Path | None,
    minutes: float,
    paper: str,
    only: str | None,
    count: int | None,
    models: Path | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Measure live reading, on drawn video of a hand-held camera.

    Clips: is each number told once, none wrong, none missed, and how soon. A camera that sends 30 frames a second
    over loopback: how many are read, how old they are, how soon sound begins, and what memory it takes. Guidance:
    what is read and what is advised in bad light, out of focus, too far away, cut off.
    """
    be_quiet(quiet)
    reader = Pipeline(models=models or MODELS)
    with Progress(lines=True) as progress:
        if only in (None, "clips"):
            _run_clips(data, reader, count, as_json, progress.report)
        if only in (None, "camera"):
            _run_camera(data, reader, minutes, paper, as_json, progress.report)
        if only in (None, "guidance"):
            _run_guidance(data, reader, as_json, progress.report)
    return 0


@main.command()
@_data()
@click.option(
    "--minutes",
    type=click.FloatRange(min=0.1),
    default=1.0,
    show_default=True,
    help="How long the live page is watched.",
)
@click.option(
    "--only",
    type=click.Choice(["live", "users", "start", "batch", "training"]),
    help="One of the five; all if not given.",
)
@_common
def web(data: Path | None, minutes: float, only: str | None, models: Path | None, as_json: bool, quiet: bool) -> int:
    """Measure the pages.

    Live: the page in a real browser, whose camera of 640x480 shows drawn video. Users: eight at once for a minute.
    Start: from the start of the process to the first page. Batch: 100 photos by the page and by the command line.
    Training: a model of 270 drawn digits.
    """
    be_quiet(quiet)
    with Progress(lines=True) as progress:
        runs = _list_web_runs(data, Pipeline(models=models or MODELS), minutes, progress.report)
        return _run_all([partial(_run_web, *run, as_json) for run in runs.items() if only in (None, run[0])])


# --- the pages


def _list_web_runs(
    data: Path | None, reader: Pipeline, minutes: float, report: Report
) -> dict[str, Callable[[], "_Figures"]]:
    """List what is measured of the pages, in the order in which it runs."""
    from evaluate import web as pages

    return {
        "live": partial(pages.measure_page, data, minutes, report),
        "users": partial(pages.measure_users, data, report),
        "start": partial(pages.measure_start, report=report),
        "batch": partial(pages.measure_batch, data, reader, report),
        "training": partial(pages.measure_training, data, report),
    }


def _run_web(name: str, measure: Callable[[], "_Figures"], as_json: bool) -> int:
    _write_suite(f"web, {name}", measure().to_dict(), as_json)
    return 0


class _Figures(Protocol):
    """Figures that a line can be made of."""

    def to_dict(self) -> dict[str, Any]:
        """Give the figures, rounded."""


# --- live reading


def _run_clips(data: Path | None, reader: Pipeline, count: int | None, as_json: bool, report: Report) -> None:
    from evaluate.flicker import CLIPS, describe_clip, measure_flicker

    measured = measure_flicker(data, reader, report, count or CLIPS)
    for line in filter(None, map(describe_clip, measured.clips)):
        say(line)
    _write_suite("clips", measured.to_dict(), as_json)


def _run_camera(data: Path | None, reader: Pipeline, minutes: float, paper: str, as_json: bool, report: Report) -> None:
    from evaluate.live import measure_live

    measured = measure_live(data, reader, minutes, report, paper)
    _write_suite("camera", {"paper": paper} | measured.to_dict(), as_json)


def _run_guidance(data: Path | None, reader: Pipeline, as_json: bool, report: Report) -> None:
    from evaluate.guidance import measure_guidance, to_dict, to_rows
    from evaluate.speed import lay_out

    measured = measure_guidance(data, reader, report)
    if as_json:
        _write_json("guidance", to_dict(measured))
        return
    for line in lay_out(to_rows(measured)):
        result(line)


# --- the whole run


def _run_whole(asked: Asked, out: Path, count: int | None) -> int:
    """Run all suites whose data is at hand, and write the report."""
    if asked.data:
        _check_folder(asked.data)
    make_folder(out)
    # Without a model nothing can be measured, and the report names the one that was.
    findings = asked.findings
    findings.model = Classifier.load(asked.models or MODELS).card.version
    data = f"Data: {asked.data}." if asked.data else "No folder of data was given."
    findings.lines = (f"{datetime.now():%Y-%m-%d %H:%M}, {describe_machine()}.", data)
    worst = _run_at_hand(_list_suites(asked, count), findings)
    with Progress() as progress:
        written = write_report(findings, asked.make, out, progress.report)
    say(f"The report is {written} (and {MARKDOWN} beside it).")
    return worst


def _list_suites(asked: Asked, count: int | None) -> dict[str, Callable[[], int]]:
    """List what runs each suite, in the order in which they run."""
    listed: dict[str, Callable[[], int]] = {
        "samples": partial(_run_samples, asked),
        "mnist": partial(_run_mnist, asked),
        "bare": partial(_run_bare, asked),
    }
    sets = suites.list_glyph_sets(asked.data) if asked.data else {}
    for name in ("paper62", "strokes62", "herc"):
        listed[f"glyphs: {name}"] = partial(_run_glyphs, asked, name, sets[name]) if sets else _refuse
    found = {folder.name: folder for folder in suites.list_folders(asked.data)} if asked.data else {}
    for name in dict.fromkeys((*SETS, *found)):
        folder = found.get(name) or (asked.data / name if asked.data else None)
        listed[f"folder: {name}"] = partial(_run_folder, asked, folder) if folder else _refuse
    listed["pages"] = partial(_run_pages, asked, count)
    listed["peers"] = partial(_run_all_peers, asked, [*found.values()])
    return listed


def _run_at_hand(listed: Mapping[str, Callable[[], int]], findings: Findings) -> int:
    """Run suites one after the other, and note those that were not run; the worst exit code.

    A suite whose data is not there is no fault; one whose data is broken is.
    """
    worst = 0
    for name, run in listed.items():
        try:
            worst = max(worst, run())
        except (ImageNotFound, WrongUsage) as error:
            findings.not_run.append((name, str(error)))
            say(f"{name} was not run. {error}")
        except ReaderError as error:
            findings.not_run.append((name, str(error)))
            complain(error)
            worst = max(worst, error.exit_code)
    return worst


def _refuse() -> int:
    """Say why a suite that needs data is not run without any."""
    raise WrongUsage("No folder of data was given.", "Name one with --data.")


def _check_folder(data: Path) -> Path:
    """Give a folder of data back if it is there."""
    if not data.is_dir():
        raise ImageNotFound(f"There is no folder {data}.", "Give the folder that holds mnist.npz and the sets.")
    return data


# --- suites


def _run_all(runs: Sequence[Callable[[], int]]) -> int:
    """Run suites one after the other; one that cannot be run does not stop the others. The worst exit code."""
    worst = 0
    for run in runs:
        try:
            worst = max(worst, run())
        except ReaderError as error:
            complain(error)
            worst = max(worst, error.exit_code)
    return worst


def _run_mnist(asked: Asked) -> int:
    measured = suites.measure_mnist(asked.data, asked.models or MODELS)
    asked.findings.mnist = measured
    figures, size, _ = measured
    _write_suite("mnist", figures.to_dict() | {"parameters": size.parameters, "bytes": size.bytes}, asked.as_json)
    return 0


def _run_bare(asked: Asked) -> int:
    reader = asked.make("page")
    glyphs = suites.load_mnist_test(asked.data)
    with Progress() as progress:
        figures = suites.measure_bare(glyphs, reader, report=progress.report)
    asked.findings.bare = figures
    _write_suite("bare", figures.to_dict(), asked.as_json)
    return 0


def _run_glyphs(asked: Asked, name: str, load: Callable[[], Glyphs]) -> int:
    figures = suites.measure_glyph_set(load, asked.models or MODELS)
    asked.findings.glyphs[name] = figures
    _write_suite(name, figures.to_dict(), asked.as_json)
    return 0


def _run_samples(asked: Asked) -> int:
    return _run_pictures(asked, partial(suites.measure_samples, asked.make))


def _run_folder(asked: Asked, folder: Path, camera: Camera = AS_IT_IS) -> int:
    if not str(camera):
        return _run_pictures(asked, partial(suites.measure_folder, folder, asked.make))

    def measure(report: Report) -> FolderResult:
        measured = suites.measure_folder(folder, lambda layout: ThroughCamera(asked.make(layout), camera), report)
        return replace(measured, name=f"{measured.name}, {camera}")

    return _run_pictures(asked, measure)


def _run_pictures(asked: Asked, measure: Callable[..., FolderResult]) -> int:
    """Measure pictures with a truth; 3 if some could not be opened."""
    with Progress() as progress:
        report: Report = progress.report
        measured = measure(report=report)
    asked.findings.folders.append(measured)
    for _, error in measured.unread:
        complain(error)
    figures = measured.figures.to_dict() | {"ms": round(measured.ms, 1)}
    if asked.wrong and asked.as_json:
        figures |= {"wrong": [{"file": m.file, "numbers": m.numbers, "read": m.read} for m in measured.misread]}
    _write_suite(measured.name, figures, asked.as_json)
    if asked.wrong and not asked.as_json:
        for misread in measured.misread:
            result(describe_misread(misread))
    return max((error.exit_code for _, error in measured.unread), default=0)


def _run_pages(asked: Asked, count: int | None) -> int:
    from evaluate.pages import PAGES, measure_pages

    with Progress() as progress:
        measured = measure_pages(asked.data, asked.make, progress.report, count or PAGES)
    asked.findings.pages = measured
    asked.findings.cases = partial(_draw_again, asked)
    for name, one in measured.items():
        _write_suite(f"pages, {name}", one.to_dict(), asked.as_json)
    return 0


def _draw_again(asked: Asked, measured: "PagesResult") -> Iterator[Case]:
    """Draw the misread pages of a condition again, when they are asked for."""
    from evaluate.hands import load_hands

    if measured.misread:
        yield from cases_of_pages(measured, load_hands(asked.data), asked.make)


def _run_all_peers(asked: Asked, folders: Sequence[Path]) -> int:
    """Read each folder with the peers that are installed, and note those that are not."""
    if not folders:
        _refuse()
    found, missing = _find_peers()
    asked.findings.not_run.extend(("peers", line) for line in missing)
    for line in missing:
        say(line)
    return _run_all([partial(_run_peers, asked, one, found, PEER_PICTURES) for one in folders]) if found else 0


def _find_peers() -> "tuple[list[Peer], list[str]]":
    from evaluate.peers import find_peers

    return find_peers()


def _run_peers(asked: Asked, folder: Path, found: "list[Peer]", limit: int | None) -> int:
    from evaluate.peers import describe_peers, measure_peers

    with Progress() as progress:
        compared = measure_peers(folder, asked.make, found, progress.report, limit)
    lines = describe_peers(compared)
    asked.findings.peers.append(lines)
    if asked.as_json:
        _write_json(f"peers, {compared.name}", compared.to_dict())
    else:
        for line in lines:
            result(line)
    return max((error.exit_code for _, error in compared.unread), default=0)


def _write_suite(name: str, figures: dict[str, Any], as_json: bool) -> None:
    """Write a suite's figures on one line."""
    if as_json:
        _write_json(name, figures)
    else:
        result(f"{name}: " + ", ".join(f"{key} {_show(value)}" for key, value in figures.items()))


def _write_json(name: str, figures: dict[str, Any]) -> None:
    result(json.dumps({"suite": name} | figures, ensure_ascii=False))


def _show(value: Any) -> str:
    """Show a figure; pairs with a slash."""
    return "/".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def describe_misread(misread: Misread) -> str:
    """Say on one line what was misread."""
    return f"  {misread.file}: {' '.join(misread.numbers) or 'nothing'}  read as  {' '.join(misread.read) or 'nothing'}"


if __name__ == "__main__":
    run_command(main)
