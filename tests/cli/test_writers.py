"""Writers: a reading as text, JSON, CSV and pictures; names that never meet."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.image import load_image
from cli.writers import (
    COLUMNS,
    CsvWriter,
    name_outputs,
    write_json,
    write_json_error,
    write_picture,
    write_text,
)
from errors import OutputNotWritable, UnreadableImage
from recognize.reading import Digit, Number, Reading

BOX = (1, 2, 30, 40)
SURE = Digit("4", 0.99, BOX)
DOUBT = Digit(None, 0.4, BOX, (("4", 0.4), ("9", 0.3)), "4 or 9")
NUMBER = Number("4?", "4.?", (SURE, DOUBT), 0.61234, BOX)


def reading(*numbers: Number, source: str = "a.jpg", advice: tuple[str, ...] = ()) -> Reading:
    return Reading(source, 100, 80, numbers, (), advice, "1.0.0")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_text_is_one_number_per_line_and_doubts_go_to_stderr(capsys):
    write_text(reading(NUMBER, Number("4", "4", (SURE,), 0.9, BOX), advice=("hold still",)))
    out, err = capsys.readouterr()
    assert out == "4?\n4\n"
    assert "4 or 9" in err
    assert "hold still" in err


def test_json_is_one_line_of_what_the_reading_gives(capsys):
    write_json(reading(NUMBER, source="größe\n2.jpg"))
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert json.loads(out) == reading(NUMBER, source="größe\n2.jpg").to_dict()


def test_an_error_is_one_line_of_json(capsys):
    error = UnreadableImage("b.jpg is cut off.", "Copy it again.")
    write_json_error("b.jpg", error)
    assert json.loads(capsys.readouterr().out) == {
        "source": "b.jpg",
        "error": {"type": "UnreadableImage", "message": "b.jpg is cut off. Copy it again."},
    }


def test_a_name_that_no_text_can_hold_makes_a_line_of_json_all_the_same(capsys):
    """Linux's file names are bytes; Python has them with lone surrogates, which UTF-8 cannot hold."""
    write_json(reading(source="photo\udcff.jpg"))
    write_json_error("photo\udcff.jpg", UnreadableImage("photo\udcff.jpg is empty."))
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["source"] for line in lines] == ["photo\udcff.jpg"] * 2


# --- CSV


def test_csv_rows_are_numbers_gaps_and_errors(tmp_path):
    path = tmp_path / "out.csv"
    with CsvWriter(path) as table:
        table.write(reading(NUMBER, NUMBER))
        table.write(reading(source="empty.jpg"))
        table.write_error("bad.jpg", UnreadableImage("bad.jpg is cut off."))
    found = rows(path)
    assert path.read_text("utf-8").splitlines()[0] == ",".join(COLUMNS)
    assert [(row["source"], row["number"], row["text"]) for row in found] == [
        ("a.jpg", "1", "4?"),
        ("a.jpg", "2", "4?"),
        ("empty.jpg", "0", ""),
        ("bad.jpg", "0", ""),
    ]
    assert (found[0]["raw"], found[0]["confidence"], found[0]["left"], found[0]["bottom"]) == (
        "4.?",
        "0.6123",
        "1",
        "40",
    )
    assert found[3]["error"].startswith("bad.jpg is cut off.")


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=20))
@settings(max_examples=30, deadline=None)
def test_csv_holds_any_name(tmp_path_factory, name):
    path = tmp_path_factory.mktemp("csv") / "out.csv"
    with CsvWriter(path) as table:
        table.write(reading(NUMBER, source=name))
    assert rows(path)[0]["source"] == name


def test_csv_keeps_what_was_written_when_the_run_breaks_off(tmp_path):
    with CsvWriter(tmp_path / "out.csv") as table:
        table.write(reading(NUMBER))
        assert len(rows(tmp_path / "out.csv")) == 1
        table.write_error("bad.jpg", UnreadableImage("bad.jpg is cut off."))
        assert len(rows(tmp_path / "out.csv")) == 2


def test_csv_that_cannot_be_made_is_told(tmp_path):
    with pytest.raises(OutputNotWritable, match="cannot be written"):
        CsvWriter(tmp_path / "nowhere" / "out.csv")


# --- pictures


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.bmp", "a.tiff", "deep/er/a.png"])
def test_a_picture_is_written_in_the_format_of_its_name(tmp_path, name):
    picture = np.full((20, 30, 3), 200, np.uint8)
    write_picture(tmp_path / name, picture)
    assert np.abs(load_image(tmp_path / name).astype(int) - picture).max() < 4


@pytest.mark.parametrize("name", ["a.txt", "a.docx", "a.jpg.zip"])
def test_a_name_that_is_no_pictures_is_told(tmp_path, name):
    with pytest.raises(OutputNotWritable, match=r"Name it \.png or \.jpg"):
        write_picture(tmp_path / name, np.zeros((5, 5, 3), np.uint8))


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputNotWritable, match="cannot be written"):
        write_picture(tmp_path / "file" / "a.png", np.zeros((5, 5, 3), np.uint8))


# --- names


def test_outputs_are_named_for_their_sources():
    sources = ["photos/a.jpg", "-", "0", "http://10.0.0.5:8080/video", "f_%04d.png"]
    assert [path.name for path in name_outputs(sources, Path("seen"), ".png")][:3] == ["a.png", "stdin.png", "0.png"]


@given(
    st.lists(
        st.sampled_from(
            ["a.jpg", "b/a.jpg", "a.png", "a_2.png", "a_2_2.png", "A.png", "-", "stdin.png", "", "x/", "é.png", "*"]
        ),
        max_size=10,
    )
)
@settings(max_examples=100, deadline=None)
def test_no_two_sources_have_the_same_output_and_all_are_in_the_folder(sources):
    paths = name_outputs(sources, Path("seen"), ".png")
    assert len(paths) == len(sources)
    # Windows and macOS do not tell A from a.
    assert len({str(path).casefold() for path in paths}) == len(paths)
    assert all(path.parent == Path("seen") and path.suffix == ".png" for path in paths)


@pytest.mark.parametrize(
    "source", ["..", "../..", "a/../..", "http://host/../x", "/etc/passwd", "a\\..\\b.png", ".png"]
)
def test_no_source_leads_out_of_the_folder(source):
    (path,) = name_outputs([source], Path("seen"), ".png")
    assert path.parent == Path("seen")
    assert path.name not in {".", ".."}
