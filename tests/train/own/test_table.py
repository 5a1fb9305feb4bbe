"""Table: a label and 784 pixels a line; a bad line is named, a bad table refused."""

from pathlib import Path

import numpy as np
import pytest

from errors import ImageTooLarge, UnreadableImage
from train.own.entries import Entry, LeftOut, SetLimits
from train.own.table import LINES_AT_ONCE, LONGEST_LINE, read_table

PIXELS = [str(number % 256) for number in range(784)]
GOOD = ",".join(["7", *PIXELS])
NAMED = ",".join(["label", *(f"pixel{number}" for number in range(784))])


def read(path: Path, *lines: str, limits: SetLimits | None = None) -> list[Entry | LeftOut]:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return list(read_table(path, limits or SetLimits())[1])


@pytest.mark.parametrize("header", [[NAMED], [NAMED.replace("label", '"Label"')], ["\ufeff" + NAMED], []], ids=len)
def test_a_line_is_a_picture(tmp_path, header):
    (found,) = read(tmp_path / "a.csv", *header, GOOD)
    assert isinstance(found, Entry)
    assert (found.label, found.name) == (7, f"line {1 + len(header)}")
    assert np.array_equal(found.picture, np.array(PIXELS, np.uint8).reshape(28, 28))


def test_quotes_decimals_and_blank_lines_are_taken(tmp_path):
    quoted = ",".join(f'"{value}"' for value in GOOD.split(","))
    decimal = ",".join(f"{value}.0" for value in GOOD.split(","))
    found = read(tmp_path / "a.csv", NAMED, quoted, "", decimal, " ")
    assert [one.name for one in found] == ["line 2", "line 4"]
    assert all(isinstance(one, Entry) and np.array_equal(one.picture.ravel(), np.array(PIXELS, int)) for one in found)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (",".join(["12", *PIXELS]), "no digit"),
        (",".join(["-1", *PIXELS]), "no digit"),
        (",".join(["3.5", *PIXELS]), "no digit"),
        (",".join(["nan", *PIXELS]), "no digit"),
        (",".join(["3", *PIXELS[:-1]]), "784 values in place of 785"),
        (",".join(["3", *PIXELS, "0"]), "786 values in place of 785"),
        (",".join(["3", "256", *PIXELS[1:]]), "whole numbers from 0 to 255"),
        (",".join(["3", "-1", *PIXELS[1:]]), "whole numbers from 0 to 255"),
        (",".join(["3", "0.5", *PIXELS[1:]]), "whole numbers from 0 to 255"),
        (",".join(["3", "inf", *PIXELS[1:]]), "whole numbers from 0 to 255"),
        (",".join(["3", "x", *PIXELS[1:]]), "no number"),
        (",".join(["3", "", *PIXELS[1:]]), "no number"),
        ("what is this", "no number"),
        ("=cmd|' /C calc'!A0", "no number"),
    ],
)
def test_a_bad_line_is_named_and_the_rest_is_read(tmp_path, line, why):
    found = read(tmp_path / "a.csv", NAMED, GOOD, line, GOOD)
    assert [type(one) for one in found] == [Entry, LeftOut, Entry]
    assert found[1].name == "line 3"
    assert why in found[1].reason


def test_lines_are_numbered_through_all_blocks(tmp_path):
    found = read(tmp_path / "a.csv", NAMED, *[GOOD] * LINES_AT_ONCE, "x", GOOD)
    assert found[-2] == LeftOut(f"line {LINES_AT_ONCE + 2}", "it holds something that is no number")
    assert isinstance(found[-1], Entry)


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ([""], "is empty"),
        (["a,b,c", "1,2,3"], "has 3 columns in place of 785"),
        ([NAMED.replace("label", "digit"), GOOD], "first column"),
        (["text without any table"], "1 columns"),
        (["0" * (LONGEST_LINE + 1)], "too long"),
        ([NAMED, "0" * (LONGEST_LINE + 1)], "too long"),
    ],
)
def test_what_is_no_such_table_is_refused(tmp_path, lines, why):
    with pytest.raises(UnreadableImage, match=why):
        read(tmp_path / "a.csv", *lines)


def test_limits_are_told_before_anything_is_read(tmp_path):
    with pytest.raises(ImageTooLarge, match="more than 2 lines"):
        read(tmp_path / "a.csv", NAMED, *[GOOD] * 3, limits=SetLimits(rows=2))
    with pytest.raises(ImageTooLarge, match=r"more than 0.001 MB"):
        read(tmp_path / "a.csv", NAMED, limits=SetLimits(total_bytes=1000))
