"""Report: all that a run found, as Markdown and as HTML beside the same pictures."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import cv2
import numpy as np

from errors import OutputNotWritable, ReaderError
from evaluate.metrics import Figures, confuse, gather, rate
from evaluate.plots import Confusion, Rated, draw_conditions, draw_confusion, draw_reliability, draw_risk_coverage
from evaluate.sheet import Case, MakeLooker, cases_of_folder, draw_sheets, list_misread, tile_all
from evaluate.suites import BareFigures, FolderResult, GlyphFigures, ModelSize, Report, ignore

if TYPE_CHECKING:
    from evaluate.pages import PagesResult

MARKDOWN, HTML = "report.md", "report.html"
DIGITS = tuple("0123456789")

PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; color: #1e1e1e; background: #fff; max-width: 90rem; margin: auto;
  padding: 1rem; }
table { border-collapse: collapse; display: block; overflow-x: auto; font-variant-numeric: tabular-nums; }
th, td { border: 1px solid #ccc; padding: .2rem .6rem; text-align: right; }
th:first-child, td:first-child { text-align: left; }
th { background: #f2f2f2; }
figure { margin: 1rem 0; }
img { max-width: 100%; height: auto; border: 1px solid #ddd; }
pre { overflow-x: auto; background: #f6f6f6; padding: .6rem; }
</style>
</head>
<body>
$body
</body>
</html>
""")

TERMS = (
    ("recall, precision, f1", "of whole numbers: a number counts only when all of its digits are right."),
    ("by source", "mean f1 of the sources, so that one writer's long table does not drown the others."),
    ("exact", "share of the pictures that were read without an edit."),
    ("digits", "1 - edits / digits, over all digits that are written."),
    (
        "sure",
        "of the numbers with a confidence of at least 0.9: the share that is right / those right, of all written.",
    ),
    (
        "ece, ece by chance",
        "expected calibration error: how far confidence and the share that is right lie apart; and how far they would, "
        "on average, by chance alone, were every confidence right.",
    ),
    ("false, quiet", "where nothing is written: numbers that were read, and the share of pictures without any."),
    ("accepted", "share of letters and signs that look like no digit, and were taken for one."),
    (
        "auroc, auroc_all",
        "how well digits are told from other characters (1 is perfect, 0.5 is guessing): without those that are "
        "written as digits are, and with all.",
    ),
)


@dataclass
class Findings:
    """All that a run found, filled suite by suite.

    Parameters
    ----------
    model : str
        Version of the model.
    lines : tuple of str
        What else is to be said of the run: when, where, on what data.
    folders : list of FolderResult
        Of picture sets with a truth.
    mnist : GlyphFigures, ModelSize and ndarray of int, shape (10, 11)
        Figures, and how often each digit was taken for which.
    bare : BareFigures
    glyphs : dict of str to GlyphFigures
    pages : dict of str to PagesResult
        Of drawn pages, by condition.
    cases : callable
        Draws the misread pages of a condition again.
    peers : list of list of str
        Lines of a table for each set that was read with other readers too.
    not_run : list of (str, str)
        Suites that were not run, and why.
    """

    model: str = ""
    lines: tuple[str, ...] = ()
    folders: list[FolderResult] = field(default_factory=list)
    mnist: tuple[GlyphFigures, ModelSize, np.ndarray] | None = None
    bare: BareFigures | None = None
    glyphs: dict[str, GlyphFigures] = field(default_factory=dict)
    pages: "dict[str, PagesResult]" = field(default_factory=dict)
    cases: "Callable[[PagesResult], Iterable[Case]]" = lambda result: ()
    peers: list[list[str]] = field(default_factory=list)
    not_run: list[tuple[str, str]] = field(default_factory=list)


# --- what a report is made of


@dataclass(frozen=True)
class Heading:
    """A heading: 1 is the report's own, 2 a part's."""

    level: int
    text: str


@dataclass(frozen=True)
class Words:
    """A paragraph."""

    text: str


@dataclass(frozen=True)
class Points:
    """A list: what is named, and what is said of it."""

    points: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Table:
    """A table with a row of headings; all rows are as long."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Lines:
    """Lines whose columns are aligned already."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class Shown:
    """A picture beside the report: its file's name, and what it shows."""

    file: str
    caption: str


Block = Heading | Words | Points | Table | Lines | Shown


# --- writing


def make_folder(folder: Path) -> None:
    """Make the report's folder, so that a place that cannot be written is told before hours of work.

    Raises
    ------
    OutputNotWritable
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".{HTML}.part"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise OutputNotWritable(f"{folder} cannot be written ({error.strerror}).") from error


def write_report(findings: Findings, make: MakeLooker, folder: Path, report: Report = ignore) -> Path:
    """Write report.md, report.html and the pictures that both show.

    Parameters
    ----------
    findings : Findings
    make : callable
        Makes what prepares misread pictures again, for a layout.
    folder : Path
    report : callable
        Told (step, done, of) as it goes.

    Returns
    -------
    Path
        Of report.html.

    Raises
    ------
    OutputNotWritable
    """
    make_folder(folder)
    try:
        blocks = [
            *_introduce(findings),
            *_tell_figures(findings),
            *_tell_not_run(findings),
            *_plot(findings, folder),
            *_show_misread(findings, make, folder, report),
            Heading(2, "What the figures mean"),
            Points(TERMS),
        ]
        (folder / MARKDOWN).write_text(to_markdown(blocks), encoding="utf-8")
        (folder / HTML).write_text(to_html(blocks), encoding="utf-8")
    except ReaderError:
        raise
    except OSError as error:
        raise OutputNotWritable(f"{folder} cannot be written ({error.strerror}).") from error
    return folder / HTML


def _introduce(findings: Findings) -> Iterator[Block]:
    """Say what was measured, and with what."""
    yield Heading(1, "How well numbers are read")
    yield Words(f"Model {findings.model}. {' '.join(findings.lines)}".strip())


def _tell_figures(findings: Findings) -> Iterator[Block]:
    """Give all figures as tables."""
    yield Heading(2, "Figures")
    filled = [result for result in findings.folders if result.figures.numbers]
    empty = [result for result in findings.folders if not result.figures.numbers]
    yield from _tabulate("Pictures", {result.name: _figures_of(result) for result in filled})
    yield from _tabulate("Pictures without a number", {result.name: _figures_of(result) for result in empty})
    yield from _tabulate("Drawn pages, by condition", {name: _show_pages(one) for name, one in findings.pages.items()})
    if findings.pages:
        yield Points(tuple((name, one.words) for name, one in findings.pages.items()))
    glyphs = {"MNIST's test half": findings.mnist[0]} if findings.mnist else {}
    shown = {name: figures.to_dict() for name, figures in (glyphs | findings.glyphs).items()}
    yield from _tabulate("Single characters, as patches", shown)
    if findings.mnist:
        size = findings.mnist[1]
        learnt = f"{size.parameters:,} parameters, " if size.parameters else ""
        yield Words(f"Size of the model that sees them: {learnt}{size.bytes:,} bytes.")
    if findings.bare:
        yield from _tabulate("Pictures of one digit of 28x28 px", {"MNIST": findings.bare.to_dict()})
    if findings.peers:
        yield Heading(3, "Other readers on the same pictures")
        for lines in findings.peers:
            yield Lines(tuple(lines))


def _tabulate(title: str, rows: Mapping[str, Mapping[str, Any]]) -> Iterator[Block]:
    """Make a table with a column for each figure that any of the rows has; nothing of no rows."""
    if not rows:
        return
    names = list(dict.fromkeys(name for figures in rows.values() for name in figures))
    yield Heading(3, title)
    yield Table(
        ("", *(name.replace("_", " ") if name != "auroc_all" else name for name in names)),
        tuple((row, *(_show(figures.get(name)) for name in names)) for row, figures in rows.items()),
    )


def _figures_of(result: FolderResult) -> dict[str, Any]:
    """Give a set's figures as they are shown."""
    return result.figures.to_dict() | {"ms": round(result.ms, 1)}


def _show_pages(result: "PagesResult") -> dict[str, Any]:
    """Give a condition's figures as they are shown: those of all conditions alike, and no writer's share."""
    return {name: value for name, value in result.to_dict().items() if name != "by_source"}


def _show(value: Any) -> str:
    """Show a figure; pairs with a slash."""
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        return " / ".join(map(str, value))
    return f"{value:,}" if isinstance(value, int) else str(value)


def _tell_not_run(findings: Findings) -> Iterator[Block]:
    """Name what was not run, and why; and the pictures that could not be opened."""
    if findings.not_run:
        yield Heading(2, "Not run")
        yield Points(tuple(findings.not_run))
    unread = [(f"{result.name}: {file}", str(error)) for result in findings.folders for file, error in result.unread]
    if unread:
        yield Heading(2, "Pictures that could not be opened")
        yield Words("They count as read empty.")
        yield Points(tuple(unread))


# --- pictures


def _plot(findings: Findings, folder: Path) -> Iterator[Block]:
    """Draw the plots that there is ground for."""
    tables = list(_list_confusions(findings))
    if tables:
        draw_confusion(tables, folder / "confusion.png")
        yield Heading(2, "Confusion")
        yield Shown("confusion.png", "What each digit was read as. " + _tell_surplus(findings))
    rated = _list_rated(findings)
    if rated:
        yield Heading(2, "Reliability")
        yield from _plot_rated(
            rated,
            draw_reliability,
            folder / "reliability.png",
            "How often numbers are right that are about as sure, in bins of equal mass with 95 % bounds. Dots below "
            "the line: surer than right.",
        )
        yield Heading(2, "Risk and coverage")
        yield from _plot_rated(
            rated,
            draw_risk_coverage,
            folder / "risk_coverage.png",
            "What is wrong of the numbers that are accepted, if the surest are accepted first. Numbers that were not "
            "read at all are not in it: recall tells of them. Curves begin at ten numbers.",
        )
    if findings.pages:
        figures: dict[str, Figures] = {name: one.figures for name, one in findings.pages.items()}
        draw_conditions(figures, folder / "conditions.png")
        yield Heading(2, "Error by condition")
        yield Shown("conditions.png", "Drawn pages of one difficulty each, written by hands that no training saw.")


def _list_rated(findings: Findings) -> dict[str, Rated]:
    """List how sure each number was and whether it is right, by set: of pictures, and of drawn pages."""
    sets: dict[str, Rated] = {
        "": {result.name: rate(*_told(result)) for result in findings.folders if result.figures.numbers},
        "pages": {name: one.rated for name, one in findings.pages.items()},
    }
    filled = {kind: {name: pairs for name, pairs in rated.items() if pairs} for kind, rated in sets.items()}
    return {kind: rated for kind, rated in filled.items() if rated}


def _plot_rated(
    sets: Mapping[str, Rated], draw: Callable[[Rated, Path], None], path: Path, caption: str
) -> Iterator[Block]:
    """Draw a plot of each kind of set, one below the other."""
    for kind, rated in sets.items():
        own = path.with_stem(f"{path.stem}_{kind}") if kind else path
        draw(rated, own)
        yield Shown(own.name, f"{caption} Drawn pages, by condition." if kind else caption)


def _told(result: FolderResult) -> tuple[list[Any], dict[str, list[Any]]]:
    """Give a set's truths, and what was read, as they are scored."""
    return [one.truth for one in result.pictures], {one.truth.file: one.read for one in result.pictures}


def _count_confusions(findings: Findings) -> Counter[tuple[str, str]]:
    """Count what digits were read as, over all sets of pictures with numbers."""
    counted: Counter[tuple[str, str]] = Counter()
    for result in findings.folders:
        for one in result.pictures if result.figures.numbers else ():
            counted.update(confuse(one.truth, [read.text for read in gather(one.read, one.truth.is_line)]))
    return counted


def _list_confusions(findings: Findings) -> Iterator[Confusion]:
    """Make the matrix of all sets of pictures, and MNIST's."""
    counted = _count_confusions(findings)
    if counted:
        names = ", ".join(result.name for result in findings.folders if result.figures.numbers)
        counts = np.array([[counted[digit, read] for read in (*DIGITS, "?", "")] for digit in DIGITS])
        yield Confusion(f"Pictures: {names}", counts, (*DIGITS, "refused", "not read"))
    if findings.mnist:
        yield Confusion("MNIST's test half, as patches", findings.mnist[2], (*DIGITS, "refused"))


def _tell_surplus(findings: Findings) -> str:
    """Say how many digits were read where none is written: they have no row."""
    surplus = sum(count for (written, _), count in _count_confusions(findings).items() if not written)
    return f"{surplus:,} digits more were read on the pictures where none is written." if surplus else ""


def _show_misread(findings: Findings, make: MakeLooker, folder: Path, report: Report) -> Iterator[Block]:
    """Draw the contact sheets."""
    yield Heading(2, "What was misread")
    yield Words(
        "Below each picture are the patches of 28x28 px that the machine saw, with what it took each for and how sure "
        "it was; framed in orange where that is wrong. Where numbers of a page were not read, the page is shown with "
        "what was read in green and what was refused in orange; where a picture of one number was not read, the pieces "
        "of its ink."
    )
    sets: list[tuple[str, int, Iterable[Case]]] = [
        (result.name, len(list_misread(result)), cases_of_folder(result, make)) for result in findings.folders
    ]
    sets += [(name, len(one.misread), findings.cases(one)) for name, one in findings.pages.items()]
    taken: set[str] = set()
    for name, count, cases in sets:
        yield Heading(3, name)
        try:
            tiles = tile_all(cases, partial(_report_of, report, f"misread: {name}", count))
        except ReaderError as error:
            # A picture that has gone meanwhile is no reason to lose all that was measured.
            yield Words(f"{count:,} pictures were misread; they cannot be shown. {error}")
            continue
        yield Words(f"{len(tiles):,} misread or not read." if tiles else "Nothing was misread.")
        stem = _name_file(name, taken)
        for place, sheet in enumerate(draw_sheets(name, tiles), 1):
            file = f"{stem}.png" if place == 1 else f"{stem}_{place}.png"
            (folder / file).write_bytes(cv2.imencode(".png", sheet)[1].tobytes())
            yield Shown(file, f"{name}, sheet {place}")


def _report_of(report: Report, step: str, of: int, done: int) -> None:
    """Report how much of a step is done."""
    report(step, done, of)


def _name_file(name: str, taken: set[str]) -> str:
    """Name a set's contact sheet with plain characters, and no two sets' alike."""
    stem = wanted = "misread_" + re.sub(r"[^A-Za-z0-9-]+", "_", name)
    while stem.lower() in taken:
        stem = f"{wanted}-{len(taken)}"
    taken.add(stem.lower())
    return stem


# --- as Markdown


def to_markdown(blocks: Sequence[Block]) -> str:
    """Write blocks as Markdown; what has a meaning there is escaped."""
    return "\n\n".join(_block_to_markdown(block) for block in blocks) + "\n"


def _block_to_markdown(block: Block) -> str:
    match block:
        case Heading(level, text):
            return f"{'#' * level} {_mark(text)}"
        case Words(text):
            return _mark(text)
        case Points(points):
            return "\n".join(f"- **{_mark(name)}**: {_mark(text)}" for name, text in points)
        case Table(headings, rows):
            ruler = ("---", *("---:" for _ in headings[1:]))
            lines = [[_mark(cell) for cell in headings], ruler, *([_mark(cell) for cell in row] for row in rows)]
            return "\n".join(f"| {' | '.join(line)} |" for line in lines)
        case Lines(lines):
            return "\n".join(f"    {line}" for line in lines)
        case Shown(file, caption):
            return f"![{_mark(caption)}]({quote(file)})\n\n{_mark(caption)}"


def _mark(text: str) -> str:
    """Escape what Markdown gives a meaning, HTML's signs among it."""
    return re.sub(r"([\\`*_{}\[\]<>|#~&])", r"\\\1", " ".join(text.split()))


# --- as HTML


def to_html(blocks: Sequence[Block]) -> str:
    """Write blocks as a page of HTML that needs nothing but the pictures beside it."""
    title = next((block.text for block in blocks if isinstance(block, Heading)), "Report")
    return PAGE.substitute(title=escape(title), body="\n".join(_block_to_html(block) for block in blocks))


def _block_to_html(block: Block) -> str:
    match block:
        case Heading(level, text):
            return f"<h{level}>{escape(text)}</h{level}>"
        case Words(text):
            return f"<p>{escape(text)}</p>"
        case Points(points):
            items = "\n".join(f"<li><b>{escape(name)}</b>: {escape(text)}</li>" for name, text in points)
            return f"<ul>\n{items}\n</ul>"
        case Table(headings, rows):
            lines = [_row_to_html(headings, "th"), *(_row_to_html(row, "td") for row in rows)]
            return "<table>\n" + "\n".join(lines) + "\n</table>"
        case Lines(lines):
            return f"<pre>{escape(chr(10).join(lines))}</pre>"
        case Shown(file, caption):
            place = escape(quote(file))
            picture = f'<a href="{place}"><img src="{place}" alt="{escape(caption)}" loading="lazy"></a>'
            return f"<figure>{picture}<figcaption>{escape(caption)}</figcaption></figure>"


def _row_to_html(cells: Sequence[str], kind: str) -> str:
    return "<tr>" + "".join(f"<{kind}>{escape(cell)}</{kind}>" for cell in cells) + "</tr>"
