"""Measure the reader: python -m evaluate [mnist | bare | glyphs | samples | folder DIR ... | speed]."""

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click

from cli.console import be_quiet, complain, result, run_command
from cli.progress import Progress
from errors import ReaderError
from evaluate import suites
from evaluate.metrics import Misread
from evaluate.speed import describe_speed, measure_speed
from evaluate.suites import FolderResult, Report
from pipeline import Pipeline
from preprocess.page import Layout
from recognize.classifier import MODELS

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

EXAMPLES = """\b
Examples:
  python -m evaluate                      the samples and MNIST's test half
  python -m evaluate mnist --data DIR     MNIST's test half, from DIR/mnist.npz
  python -m evaluate folder DIR --wrong   any pictures with a truth.json, and what was misread
  python -m evaluate --json folder A B    a line of JSON for each folder
  python -m evaluate speed --repeat 9     cold start, memory, and the milliseconds of each stage
"""

DATA_HELP = "Folder with mnist.npz and glyphs/; without it, MNIST is fetched by Keras."
_FOLDER = click.Path(path_type=Path)


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


def _data(required: bool = False) -> Callable[[Decorated], Decorated]:
    """Add the option that says where data sets lie."""
    return click.option("--data", type=_FOLDER, metavar="DIR", required=required, help=DATA_HELP)


@click.group(
    invoke_without_command=True,
    epilog=EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@_data()
@_common
@click.pass_context
def main(context: click.Context, data: Path | None, models: Path | None, as_json: bool, quiet: bool) -> int:
    """Measure how well and how fast numbers are read.

    Without a command: the samples, and MNIST's test half in both ways (its digits as patches, and as files that
    are read); with --data, glyphs of other writers too. Figures go to stdout, everything else to stderr.
    """
    be_quiet(quiet)
    if context.invoked_subcommand:
        given = {"data": data, "models": models, "as_json": as_json, "quiet": quiet}
        # Options before the command's name hold for the command too.
        context.default_map = {context.invoked_subcommand: {name: value for name, value in given.items() if value}}
        return 0
    suites_to_run: list[Callable[[], int]] = [
        partial(_run_samples, models, as_json, False),
        partial(_run_mnist, data, models, as_json),
        partial(_run_bare, data, models, as_json),
    ]
    if data:
        suites_to_run.append(partial(_run_glyphs, data, models, as_json))
    return _run_all(suites_to_run)


@main.command()
@_data()
@_common
def mnist(data: Path | None, models: Path | None, as_json: bool, quiet: bool) -> int:
    """Measure the model on MNIST's test half.

    Its digits go through the normaliser that reading uses. Error of the best of the ten digits; what is refused
    as no digit is given beside it, not taken off it.
    """
    be_quiet(quiet)
    return _run_mnist(data, models, as_json)


@main.command()
@_data()
@_common
def bare(data: Path | None, models: Path | None, as_json: bool, quiet: bool) -> int:
    """Read 28x28 pictures of one digit each.

    1,000 of MNIST's test digits, chosen evenly, as PNG files, every other one inverted.
    """
    be_quiet(quiet)
    return _run_bare(data, models, as_json)


@main.command()
@_data(required=True)
@_common
def glyphs(data: Path, models: Path | None, as_json: bool, quiet: bool) -> int:
    """Measure the model on other writers' characters.

    Errors and refusals on digits, and how many letters and marks are taken for digits.
    """
    be_quiet(quiet)
    return _run_glyphs(data, models, as_json)


@main.command()
@click.option("--wrong", is_flag=True, help="List what was misread.")
@_common
def samples(wrong: bool, models: Path | None, as_json: bool, quiet: bool) -> int:
    """Read the project's own sample pictures."""
    be_quiet(quiet)
    return _run_samples(models, as_json, wrong)


@main.command()
@click.argument("folders", nargs=-1, required=True, type=_FOLDER, metavar="DIR [DIR ...]")
@click.option("--wrong", is_flag=True, help="List what was misread.")
@_common
def folder(folders: tuple[Path, ...], wrong: bool, models: Path | None, as_json: bool, quiet: bool) -> int:
    """Read folders of pictures with a truth.json.

    truth.json is a list: {"file": "a.jpg", "numbers": ["4071", "25"]} for a page, or {"file": "b.png",
    "number": "4071"} where the whole picture is one number.
    """
    be_quiet(quiet)
    return _run_all([partial(_run_folder, one, models, as_json, wrong) for one in folders])


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


def _run_mnist(data: Path | None, models: Path | None, as_json: bool) -> int:
    figures, size = suites.measure_mnist(data, models or MODELS)
    _write_suite("mnist", figures.to_dict() | {"parameters": size.parameters, "bytes": size.bytes}, as_json)
    return 0


def _run_bare(data: Path | None, models: Path | None, as_json: bool) -> int:
    reader = Pipeline(models=models or MODELS)
    glyphs = suites.load_mnist_test(data)
    with Progress() as progress:
        figures = suites.measure_bare(glyphs, reader, report=progress.report)
    _write_suite("bare", figures.to_dict(), as_json)
    return 0


def _run_glyphs(data: Path, models: Path | None, as_json: bool) -> int:
    with Progress() as progress:
        measured = suites.measure_glyph_sets(data, models or MODELS, progress.report)
    for name, figures in measured.items():
        _write_suite(name, figures.to_dict(), as_json)
    return 0


def _run_samples(models: Path | None, as_json: bool, wrong: bool) -> int:
    return _run_pictures(partial(suites.measure_samples, _make_reader(models)), as_json, wrong)


def _run_folder(folder: Path, models: Path | None, as_json: bool, wrong: bool) -> int:
    return _run_pictures(partial(suites.measure_folder, folder, _make_reader(models)), as_json, wrong)


def _run_pictures(measure: Callable[..., FolderResult], as_json: bool, wrong: bool) -> int:
    """Measure pictures with a truth; 3 if some could not be opened."""
    with Progress() as progress:
        report: Report = progress.report
        measured = measure(report=report)
    for _, error in measured.unread:
        complain(error)
    figures = measured.figures.to_dict() | {"ms": round(measured.ms, 1)}
    if wrong and as_json:
        figures |= {"wrong": [{"file": m.file, "numbers": m.numbers, "read": m.read} for m in measured.misread]}
    _write_suite(measured.name, figures, as_json)
    if wrong and not as_json:
        for misread in measured.misread:
            result(describe_misread(misread))
    return max((error.exit_code for _, error in measured.unread), default=0)


def _make_reader(models: Path | None) -> suites.MakeReader:
    """Give what makes a pipeline of a layout."""

    def make(layout: Layout) -> Pipeline:
        return Pipeline(layout=layout, models=models or MODELS)

    return make


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
