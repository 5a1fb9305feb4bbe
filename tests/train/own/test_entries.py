"""Entries: which digit a file's place says it is, and what has no place."""

import pytest

from train.own.entries import LONGEST_NAME, show_name, sort_names


def test_the_folder_says_the_digit():
    assert sort_names(["7/a.png", "0/b.jpg"]) == [("0/b.jpg", 0), ("7/a.png", 7)]


@pytest.mark.parametrize("top", ["digits/", "some/where/else/", "./"])
def test_the_folders_may_lie_in_another(top):
    assert sort_names([f"{top}3/a.png", f"{top}4/b.png"]) == [(f"{top}3/a.png", 3), (f"{top}4/b.png", 4)]


def test_files_come_in_natural_order():
    names = ["1/10.png", "1/9.png", "0/2.png"]
    assert [name for name, _ in sort_names(names)] == ["0/2.png", "1/9.png", "1/10.png"]


@pytest.mark.parametrize(
    "name", [".DS_Store", "3/.hidden.png", "__MACOSX/3/._a.png", "3/Thumbs.db", "3/desktop.ini", ".git/3/a.png"]
)
def test_what_systems_put_there_is_passed_over(name):
    assert sort_names([name]) == []


@pytest.mark.parametrize(
    "name",
    ["../3/a.png", "3/../../a.png", "/3/a.png", "/etc/passwd", "C:/3/a.png", "c:3/a.png", "digits/../3/a.png"],
)
def test_a_name_that_leads_out_is_left_out(name):
    assert sort_names([name]) == [(name, "its name leads out of the set")]


@pytest.mark.parametrize("name", ["a.png", "10/a.png", "x/a.png", "٣/a.png", "3 /a.png", "03/a.png", "readme.txt"])
def test_what_is_in_no_digits_folder_is_left_out(name):
    assert sort_names([name]) == [(name, "it lies in no folder named 0 to 9")]


def test_of_two_sets_the_larger_one_is_taken():
    names = ["train/1/a.png", "train/2/b.png", "test/1/c.png"]
    found = dict(sort_names(names))
    assert (found["train/1/a.png"], found["train/2/b.png"]) == (1, 2)
    assert found["test/1/c.png"] == "it lies beside the folders 0 to 9 of train"


def test_a_strangers_name_is_made_fit_to_be_shown():
    assert "\x1b" not in show_name("3/\x1b[31mred\n.png")
    assert len(show_name("3/" + "a" * 5000)) == LONGEST_NAME
    assert show_name("3/scan 1.png") == "3/scan 1.png"
