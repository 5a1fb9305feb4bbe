"""Digit set: a folder, a zip and a table of the same digits are the same set; what cannot be read is named."""

import cv2
import numpy as np
import pytest

from capture.frame import Frame
from errors import ImageNotFound, UnreadableImage
from preprocess.patch import to_patch
from tests.preprocess.drawn import ink_of
from tests.train.own.conftest import DIGITS, EACH, write_archive, write_folder, write_table
from train.own.digit_set import DigitSet, lift_patch, read_set, split_off


def are_same(first: DigitSet, second: DigitSet) -> bool:
    return np.array_equal(first.digits.pictures, second.digits.pictures) and np.array_equal(
        first.digits.labels, second.digits.labels
    )


@pytest.fixture(scope="module")
def own_set(own_folder) -> DigitSet:
    return read_set(own_folder)


def test_all_digits_are_read(own_set, own_labels):
    assert own_set.left_out == ()
    assert own_set.name == "digits"
    assert own_set.counts == {str(digit): EACH if str(digit) in DIGITS else 0 for digit in range(10)}
    assert own_set.digits.labels.tolist() == [int(label) for label in own_labels]


@pytest.mark.parametrize("top", ["", "my digits/", "a/b/"])
def test_a_zip_of_the_folder_is_the_same_set(own_set, own_folder, tmp_path, top):
    write_archive(tmp_path / "digits.zip", own_folder, top)
    assert are_same(read_set(tmp_path / "digits.zip"), own_set)


def test_a_table_of_the_pictures_is_the_same_set(own_set, own_labels, own_pictures, tmp_path):
    write_table(tmp_path / "digits.csv", own_labels, own_pictures)
    assert are_same(read_set(tmp_path / "digits.csv"), own_set)


def test_dark_digits_on_white_are_the_same_set(own_set, own_labels, own_pictures, tmp_path):
    write_folder(tmp_path / "digits", own_labels, 255 - own_pictures)
    assert are_same(read_set(tmp_path / "digits"), own_set)


def test_a_folder_around_the_folders_changes_nothing(own_set, own_labels, own_pictures, tmp_path):
    write_folder(tmp_path / "around" / "inner", own_labels, own_pictures)
    assert are_same(read_set(tmp_path / "around"), own_set)


def test_a_patch_is_made_as_reading_makes_it():
    ink = ink_of("5", 90, 8)
    photo = np.full((*ink.shape, 3), (215, 225, 230), np.uint8)
    photo[ink > 127] = (70, 50, 40)
    patch = lift_patch(Frame(np.pad(photo, ((40, 40), (60, 60), (0, 0)), mode="edge")))
    assert patch.shape == (28, 28, 1)
    assert np.abs(patch - to_patch(ink)).mean() < 0.03


def test_each_of_two_strokes_counts():
    """A 4 whose strokes do not touch is one digit."""
    image = np.full((120, 120, 3), 255, np.uint8)
    cv2.line(image, (35, 20), (35, 65), (0, 0, 0), 7)
    cv2.line(image, (75, 20), (75, 100), (0, 0, 0), 7)
    columns = lift_patch(Frame(image))[..., 0].max(axis=0) > 0.5
    assert np.ptp(np.flatnonzero(columns)) > 8


def test_what_cannot_be_read_is_named_with_its_reason(own_folder, own_set, own_labels, own_pictures, tmp_path):
    folder = tmp_path / "digits"
    write_folder(folder, own_labels, own_pictures)
    (folder / "3" / "notes.txt").write_text("Not a picture.")
    (folder / "3" / "cut.png").write_bytes(
        (folder / "3" / next(iter((folder / "3").glob("*.png"))).name).read_bytes()[:60]
    )
    (folder / "3" / "nothing.jpg").write_bytes(b"")
    assert cv2.imwrite(str(folder / "4" / "blank.png"), np.full((60, 60), 255, np.uint8))
    assert cv2.imwrite(str(folder / "4" / "wide.png"), 255 - ink_of("4071", 60, 6))
    (folder / "readme.md").write_text("About")
    found = read_set(folder)
    assert are_same(found, own_set)
    reasons = {one.name: one.reason for one in found.left_out}
    assert set(reasons) == {"3/notes.txt", "3/cut.png", "3/nothing.jpg", "4/blank.png", "4/wide.png", "readme.md"}
    assert "looks like text" in reasons["3/notes.txt"]
    assert "0 bytes" in reasons["3/nothing.jpg"]
    assert reasons["4/blank.png"] == "nothing is written on it"
    assert reasons["4/wide.png"] == "it is too wide for one digit"
    assert reasons["readme.md"] == "it lies in no folder named 0 to 9"


def test_how_far_it_is_is_told(own_folder, own_labels):
    told: list[tuple[int, int]] = []
    read_set(own_folder, lambda done, of: told.append((done, of)))
    assert told[0] == (1, len(own_labels))
    assert told[-1] == (len(own_labels), len(own_labels))


@pytest.mark.parametrize("kept", [{"0": 9}, {"0": 30}, {"0": 30, "1": 1}, {}, {"0": 4, "1": 5}], ids=str)
def test_too_few_digits_are_refused_in_words(tmp_path, own_pictures, kept):
    labels = [label for label, count in kept.items() for _ in range(count)]
    (tmp_path / "digits").mkdir()
    write_folder(tmp_path / "digits", labels, own_pictures[: len(labels)])
    with pytest.raises(UnreadableImage, match=rf"holds {len(labels)} digits .* Give at least 10 digits"):
        read_set(tmp_path / "digits")


def test_too_few_because_none_can_be_read_says_why(tmp_path):
    (tmp_path / "digits" / "3").mkdir(parents=True)
    (tmp_path / "digits" / "3" / "a.png").write_text("<html>")
    with pytest.raises(UnreadableImage, match=r"1 entries were left out \(3/a.png: "):
        read_set(tmp_path / "digits")


def test_what_is_not_there_or_nothing_of_the_kind_is_told(tmp_path):
    with pytest.raises(ImageNotFound, match="folders 0 to 9"):
        read_set(tmp_path / "nowhere")
    (tmp_path / "a.png").write_bytes(b"x")
    with pytest.raises(UnreadableImage, match="no folder, zip or CSV"):
        read_set(tmp_path / "a.png")


# --- validation


def test_of_each_digit_the_same_share_is_held_out():
    labels = np.repeat(np.arange(10, dtype=np.uint8), [100, 50, 20, 10, 5, 3, 2, 1, 0, 40])
    held = split_off(labels, 0.2, seed=1)
    assert np.bincount(labels[held], minlength=10).tolist() == [20, 10, 4, 2, 1, 1, 1, 0, 0, 8]


def test_a_seed_chooses_what_is_held_out():
    labels = np.repeat(np.arange(10, dtype=np.uint8), 20)
    assert np.array_equal(split_off(labels, 0.2, 1), split_off(labels, 0.2, 1))
    assert not np.array_equal(split_off(labels, 0.2, 1), split_off(labels, 0.2, 2))


def test_one_of_each_digit_is_left_to_be_taught():
    labels = np.repeat(np.arange(5, dtype=np.uint8), 2)
    assert np.bincount(labels[~split_off(labels, 0.5, 1)]).tolist() == [1] * 5
