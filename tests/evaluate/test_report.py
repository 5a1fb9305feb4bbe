"""Report: all that was found stands in both files, every link leads to a picture, and no name breaks out."""

import re
from html.parser import HTMLParser
from urllib.parse import unquote

import cv2
import numpy as np
import pytest

from capture.frame import Frame
from errors import ImageNotFound, OutputNotWritable, UnreadableImage
from evaluate import report
from evaluate.metrics import Truth, score
from evaluate.report import Findings, Heading, Lines, Points, Shown, Table, Words
from evaluate.sheet import Case
from evaluate.suites import BareFigures, FolderResult, GlyphFigures, ModelSize, Picture
from preprocess.page import prepare
from recognize.reading import Digit, Number, Reading

EVIL = "<script>alert(1)</script> | *a* [b](c) `d` & \"e\" 'f'"


class Tags(HTMLParser):
    """Collects what a page is made of, and complains of tags that are not closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.seen, self.places, self.text = [], [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        self.places += [value for name, value in attrs if name in ("src", "href")]
        if tag not in ("img", "meta"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def frame():
    image = np.full((120, 160, 3), 235, np.uint8)
    cv2.putText(image, "7", (40, 100), cv2.FONT_HERSHEY_SIMPLEX, 3, (30, 30, 30), 6, cv2.LINE_AA)
    return Frame(image, "drawn")


def reading_of(text, confidence=0.8):
    box = (30, 20, 100, 110)
    numbers = (Number(text, text, (Digit(text, 0.9, box),), confidence, box),) if text else ()
    return Reading("drawn", 160, 120, numbers)


def folder_of(name, *pairs, unread=()):
    """Make a set of pictures of one digit each, given as (written, read)."""
    pictures = tuple(
        Picture(Truth(f"{place}.png", (written,) if written else ()), f"{place}.png", "page", reading_of(read))
        for place, (written, read) in enumerate(pairs)
    )
    figures, misread = score([one.truth for one in pictures], {one.truth.file: one.read for one in pictures})
    return FolderResult(name, figures, misread, unread, 12.5, pictures)


class FakeLooker:
    def __init__(self, layout):
        pass

    def capture(self, source):
        return frame()

    def prepare(self, frame):
        return prepare(frame)

    def read_page(self, page):
        return reading_of("1")


class FakePages:
    """What a condition of drawn pages came to."""

    words = "hardly to be seen"

    def __init__(self, result, rated=()):
        self.figures, self.misread, self.rated = result.figures, result.misread, rated

    def to_dict(self):
        return self.figures.to_dict() | {"exact 2-10 px": 0.5}


@pytest.fixture
def findings():
    photos = folder_of("photos", *[("7", "7")] * 12, ("7", "1"), ("3", ""))
    return Findings(
        model="1.2.3",
        lines=("Measured today.",),
        folders=[photos, folder_of("no_numbers", ("", "7"), ("", ""))],
        mnist=(GlyphFigures(10, 0.1, 0.0), ModelSize(207915, 832868), np.eye(10, 11, dtype=int)),
        bare=BareFigures(1000, 0.996, 0.994, 0.998, 0.0),
        glyphs={"herc": GlyphFigures(5, 0.0, 0.0, 9, 0.25, 0.75, 0.5)},
        pages={"faint": FakePages(folder_of("faint", ("7", "1")), ((0.8, False),))},
        cases=lambda one: [Case(Truth("faint-001", ("7",)), prepare(frame()), reading_of("1"))],
        peers=[["photos: 14 pictures", "ours   0.9", "other  0.5"]],
        not_run=[("cheques", "There is no folder DIR/cheques. Give one.")],
    )


def write(findings, folder):
    pytest.importorskip("matplotlib")
    path = report.write_report(findings, FakeLooker, folder)
    return (folder / "report.md").read_text(encoding="utf-8"), path.read_text(encoding="utf-8")


def test_everything_stands_in_both_files(findings, tmp_path):
    for text in write(findings, tmp_path / "out"):
        plain = text.replace("\\", "")
        for told in (
            "1.2.3", "Measured today.", "photos", "no_numbers", "12.5", "0.8571", "MNIST", "207,915", "832,868",
            "0.996", "herc", "0.75", "faint", "exact 2-10 px", "other  0.5", "There is no folder DIR/cheques.",
            "auroc_all", "hardly to be seen",
        ):  # fmt: skip
            assert told in plain, told


def test_each_link_leads_to_a_picture_and_each_picture_is_shown(findings, tmp_path):
    markdown, html = write(findings, tmp_path)
    pictures = {path.name for path in tmp_path.glob("*.png")}
    assert pictures == {
        "confusion.png", "reliability.png", "risk_coverage.png", "conditions.png",
        "reliability_pages.png", "risk_coverage_pages.png",
        "misread_photos.png", "misread_no_numbers.png", "misread_faint.png",
    }  # fmt: skip
    assert set(re.findall(r"!\[.*?\]\((.*?)\)", markdown)) == pictures
    assert {unquote(place) for place in Tags(html).places} == pictures
    assert all(cv2.imread(str(tmp_path / name)) is not None for name in pictures)


def test_a_page_needs_nothing_but_its_pictures(findings, tmp_path):
    _, html = write(findings, tmp_path)
    assert "://" not in html
    assert "<script" not in html


def test_nothing_found_is_a_report_too(tmp_path):
    markdown, html = write(Findings(not_run=[("mnist", "There is none.")]), tmp_path)
    assert "There is none." in markdown
    assert "There is none." in html
    assert list(tmp_path.glob("*.png")) == []


def test_confusions_are_of_sets_with_numbers_and_name_them(findings):
    pictures, mnist = report._list_confusions(findings)
    assert pictures.title == "Pictures: photos"
    assert (pictures.counts[7, 7], pictures.counts[7, 1], pictures.counts[3, 11]) == (12, 1, 1)
    assert pictures.counts.sum() == 14
    assert mnist.counts.shape == (10, 11)


def test_pages_are_plotted_without_pictures_and_not_without_confidences(findings, tmp_path):
    findings.folders, findings.mnist = [], None
    write(findings, tmp_path / "pages")
    assert {path.name for path in (tmp_path / "pages").glob("r*.png")} == {
        "reliability_pages.png", "risk_coverage_pages.png",
    }  # fmt: skip
    findings.pages = {"faint": FakePages(folder_of("faint", ("7", "")))}
    write(findings, tmp_path / "silent")
    assert list((tmp_path / "silent").glob("r*.png")) == []


def test_names_that_mean_something_are_text(findings, tmp_path):
    findings.folders = [folder_of(EVIL, ("7", "1"), unread=((EVIL, UnreadableImage(f"{EVIL} is text.")),))]
    findings.not_run = [(EVIL, EVIL)]
    markdown, html = write(findings, tmp_path)
    page = Tags(html)
    assert "script" not in page.seen
    assert EVIL in " ".join("".join(page.text).split())
    assert not re.search(r"(?<!\\)<script", markdown)
    # Each table's rows have as many cells as its headings.
    tables = re.findall(r"(?:^\|.*\n)+", markdown, re.MULTILINE)
    assert any("alert" in table for table in tables)
    for table in tables:
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}) == 1


def test_two_sets_of_like_names_have_sheets_of_their_own(findings, tmp_path):
    findings.folders = [folder_of(name, ("7", "1")) for name in ("a b", "a_b", "A b", "../../a")]
    findings.pages = {}
    write(findings, tmp_path / "out")
    assert len(list((tmp_path / "out").glob("misread_*.png"))) == 4
    assert list(tmp_path.glob("*.png")) == []


def test_a_long_set_has_several_sheets(findings, tmp_path, monkeypatch):
    monkeypatch.setattr("evaluate.sheet.TILES_PER_SHEET", 2)
    findings.folders = [folder_of("photos", *[("7", "1")] * 5)]
    write(findings, tmp_path)
    assert sorted(path.name for path in tmp_path.glob("misread_photos*")) == [
        "misread_photos.png", "misread_photos_2.png", "misread_photos_3.png",
    ]  # fmt: skip


def test_a_picture_that_has_gone_costs_its_sheet_alone(findings, tmp_path, monkeypatch):
    def gone(self, source):
        raise ImageNotFound(f"There is no {source}.")

    monkeypatch.setattr(FakeLooker, "capture", gone)
    markdown, _ = write(findings, tmp_path)
    assert "2 pictures were misread; they cannot be shown. There is no 12.png." in markdown
    assert [path.name for path in tmp_path.glob("misread_*")] == ["misread_faint.png"]


def test_progress_counts_the_misread_pictures(findings, tmp_path):
    pytest.importorskip("matplotlib")
    told = []
    report.write_report(findings, FakeLooker, tmp_path, lambda *step: told.append(step))
    assert told == [
        ("misread: photos", 1, 2), ("misread: photos", 2, 2), ("misread: no_numbers", 1, 1), ("misread: faint", 1, 1),
    ]  # fmt: skip


def test_a_place_that_cannot_be_written_is_told_before_anything_is_drawn(tmp_path, findings):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(OutputNotWritable, match="cannot be written"):
        report.make_folder(tmp_path / "file" / "out")
    with pytest.raises(OutputNotWritable):
        report.write_report(findings, FakeLooker, tmp_path / "file")


def test_making_a_folder_leaves_nothing_in_it(tmp_path):
    report.make_folder(tmp_path / "a" / "b")
    report.make_folder(tmp_path / "a" / "b")
    assert list((tmp_path / "a" / "b").iterdir()) == []


def test_blocks_as_markdown_and_html():
    blocks = [
        Heading(2, "A & B"),
        Words("x < y"),
        Points((("name", "said"),)),
        Table(("", "f1"), (("a|b", "0.5"),)),
        Lines(("a  b", "1  <")),
        Shown("a b.png", "seen"),
    ]
    assert report.to_markdown(blocks) == (
        "## A \\& B\n\nx \\< y\n\n- **name**: said\n\n|  | f1 |\n| --- | ---: |\n| a\\|b | 0.5 |\n\n"
        "    a  b\n    1  <\n\n![seen](a%20b.png)\n\nseen\n"
    )
    page = Tags(report.to_html(blocks))
    assert page.places == ["a%20b.png"] * 2
    assert "1  <" in "".join(page.text)
