"""Tables: what was read comes out of a spreadsheet as it went in, and nothing in it is run."""

import csv
import io
import json
from typing import Any

import openpyxl
import pytest

from tests.web.readings import make_failure, make_number, make_result
from web.corrections import NO_DIGIT
from web.tables import COLUMNS, Row, make_rows, to_csv, to_json, to_xlsx


def read_csv(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def read_xlsx(content: bytes) -> list[dict[str, Any]]:
    heads, *rows = openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows()
    names = [head.value for head in heads]
    return [dict(zip(names, row, strict=True)) for row in rows]


def test_a_row_for_each_number_with_what_was_read_and_what_it_was_corrected_to():
    first, second = make_number("4071"), make_number("25", top=60)
    labels = {first.digits[1].box: "6"}
    one, two = make_rows([(make_result("a.jpg", first, second), labels)])
    assert (one.number, one.read, one.corrected, one.place) == ("4671", "4071", "4671", 1)
    assert (two.number, two.read, two.corrected, two.place) == ("25", "25", "", 2)
    assert (two.left, two.top, two.right, two.bottom) == second.box


def test_a_digit_that_is_none_is_left_out_and_a_number_of_none_is_no_number():
    number = make_number("40")
    boxes = [digit.box for digit in number.digits]
    (one,) = make_rows([(make_result("a.jpg", number), {boxes[0]: NO_DIGIT})])
    (none,) = make_rows([(make_result("a.jpg", number), dict.fromkeys(boxes, NO_DIGIT))])
    assert (one.number, one.corrected) == ("0", "0")
    assert (none.number, none.read, none.corrected) == ("", "40", "no number")


def test_a_picture_that_could_not_be_read_has_a_row_with_the_reason():
    (row,) = make_rows([(make_failure("bad.jpg"), {})])
    assert row.source == "bad.jpg"
    assert "not an image" in row.note
    (empty,) = make_rows([(make_result("empty.jpg"), {})])
    assert empty.note == "No number was found."


def test_csv_round_trip():
    number = make_number("0071", raw="00.71")
    rows = make_rows([(make_result('ä, "b".jpg', number), {number.digits[3].box: "4"})])
    (read,) = read_csv(to_csv(rows))
    assert tuple(read) == COLUMNS
    assert (read["source"], read["number"], read["read"], read["corrected"], read["raw"]) == (
        'ä, "b".jpg',
        "0074",
        "0071",
        "0074",
        "00.71",
    )


@pytest.mark.parametrize("name", ["=1+1.jpg", "+cmd.jpg", "-2.jpg", "@SUM(A1).jpg", "=cmd|' /C calc'!A0"])
def test_a_name_that_looks_like_a_formula_is_text(name):
    rows = make_rows([(make_failure(name), {})])
    (read,) = read_csv(to_csv(rows))
    assert read["source"] == f"'{name}"
    (cells,) = read_xlsx(to_xlsx(rows))
    assert cells["source"].value == name
    assert cells["source"].data_type == "s"
    assert cells["note"].data_type == "s"


def test_xlsx_counts_with_numbers_and_keeps_what_a_number_would_lose():
    texts = ["4071", "0071", "40?1", "1234567890123456"]
    result = make_result("a.jpg", *(make_number(text, top=30 * place) for place, text in enumerate(texts)))
    cells = read_xlsx(to_xlsx(make_rows([(result, {})])))
    assert [row["number"].value for row in cells] == [4071, "0071", "40?1", "1234567890123456"]
    assert [row["read"].value for row in cells] == texts
    assert cells[0]["confidence"].value == pytest.approx(0.9)


def test_xlsx_takes_names_that_xml_cannot_hold():
    cells = read_xlsx(to_xlsx([Row("a\x07\ud800b.jpg", 0, note="x" * 40_000)]))
    assert cells[0]["source"].value == "ab.jpg"


def test_json_is_the_contract_and_the_corrections_beside_it():
    first, second = make_number("4071"), make_number("25", top=60)
    result = make_result("a.jpg", first, second)
    labels = {first.digits[1].box: "6", **{digit.box: NO_DIGIT for digit in second.digits}}
    one, failed = json.loads(to_json([(result, labels), (make_failure("b.jpg"), {})]))
    assert one["numbers"][0]["text"] == "4071"
    assert one["numbers"][0]["corrected"] == "4671"
    assert [digit.get("corrected") for digit in one["numbers"][0]["digits"]] == [None, "6", None, None]
    assert one["numbers"][1]["corrected"] == ""
    assert failed == {
        "source": "b.jpg",
        "error": {"type": "UnreadableImage", "message": str(make_failure("b.jpg").error)},
    }
    (plain,) = json.loads(to_json([(result, {})]))
    assert plain == result.reading.to_dict()
