"""Menu: whole conversations, as they are typed, and what is answered on stdout and stderr."""

import io
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest

from capture.frame import Frame
from cli.menu import MenuParts, path_of, percent, place_of, run_menu
from errors import ImageNotFound, NoCamera, UnreadableImage
from recognize.reading import Box, Digit, Number, Reading, Refusal

WIDTH, HEIGHT = 900, 600


def number(text: str, confidence: float = 0.97, raw: str | None = None, box: Box = (10, 10, 90, 90)) -> Number:
    digits = tuple(
        Digit(None, 0.5, box, (), "1 or 7") if character == "?" else Digit(character, 0.99, box) for character in text
    )
    return Number(text, raw or text, digits, confidence, box)


def reading(*numbers: Number, refused: tuple[str, ...] = (), advice: tuple[str, ...] = ()) -> Reading:
    places = tuple(Refusal((1, 1, 5, 5), reason) for reason in refused)
    return Reading("photo.jpg", WIDTH, HEIGHT, numbers, places, advice)


TWO = reading(number("4071"), number("2589", 0.794, box=(400, 500, 500, 590)))


@dataclass
class Desk:
    """What the menu is handed: pictures that are there, a reading for each, and notes of what was asked for.

    Parameters
    ----------
    reading : Reading
    display : bool
    webcam : list of Frame or ReaderError
        The frames that the user picks, or why there is none.
    """

    reading: Reading = TWO
    display: bool = True
    webcam: list[Frame] | Exception = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    shown: list[tuple[str, Reading | None]] = field(default_factory=list)

    def load(self, path: str) -> Frame:
        if not Path(path).is_file():
            raise ImageNotFound(f"{path} does not exist.")
        if not Path(path).stat().st_size:
            raise UnreadableImage(f"{path} is not an image that can be read (0 bytes).")
        self.loaded.append(path)
        return Frame(np.zeros((HEIGHT, WIDTH, 3), np.uint8), path)

    def read(self, frame: Frame) -> Reading:
        return self.reading

    def show(self, frame: Frame, reading: Reading | None) -> None:
        self.shown.append((frame.source, reading))

    def use_webcam(self, read: Callable[[Frame], Reading], count_down: Callable[[int], None]) -> None:
        if isinstance(self.webcam, Exception):
            raise self.webcam
        for frame in self.webcam:
            read(frame)

    @property
    def parts(self) -> MenuParts:
        return MenuParts(self.load, self.read, lambda: self.display, self.show, self.use_webcam)


@dataclass
class Talk:
    """What came of a conversation."""

    code: int
    out: str
    err: str


@pytest.fixture
def talk(monkeypatch, capsys) -> Callable[..., Talk]:
    """Type lines into a menu, and give what it answered; after the last line, the input ends."""

    def talk(desk: Desk, *lines: object) -> Talk:
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        code = run_menu(desk.parts)
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return Talk(code, out, err)

    return talk


@pytest.fixture
def photo(tmp_path) -> Path:
    path = tmp_path / "my photo.jpg"
    path.write_bytes(b"a picture")
    return path


FRAME = Frame(np.zeros((HEIGHT, WIDTH, 3), np.uint8), "0")


# --- conversations


def test_a_picture_is_loaded_read_and_shown(talk, photo):
    desk = Desk()
    done = talk(desk, 2, photo, 3, 4, 6)
    assert done.code == 0
    assert done.out == "1 of 2: 4071, 97 percent sure\n2 of 2: 2589, 79 percent sure\n"
    assert desk.loaded == [str(photo)]
    assert desk.shown == [(str(photo), TWO)]
    assert "my photo.jpg is selected: 900 pixels wide and 600 high. Type 3 to read it.\n" in done.err
    assert "2 numbers in my photo.jpg.\n" in done.err
    assert "4071 is at the upper left.\n2589 is at the bottom.\nA window shows it." in done.err
    assert done.err.endswith("Goodbye.\n")


def test_the_choices_are_numbered_and_listed_once(talk):
    done = talk(Desk(), 6)
    lines = [line for line in done.err.splitlines() if line[:1].isdigit()]
    assert [line[:3] for line in lines] == ["1. ", "2. ", "3. ", "4. ", "5. ", "6. "]
    assert done.out == ""


def test_the_selected_picture_is_said_in_the_menu(talk, photo):
    done = talk(Desk(), 2, photo, "", 6)
    before, after = done.err.split("Type 3 to read it.")
    assert "No picture is selected. Type 1 to 6, or Enter for the choices: " in before
    assert "my photo.jpg is selected. Type 1 to 6" in after
    assert "2. Load a picture (my photo.jpg is selected)\n" in after


@pytest.mark.parametrize("typed", ["3", "r", "R", "read", "READ", " 3 ", "3.", "read the picture"])
def test_a_choice_is_a_number_a_letter_or_a_word(talk, photo, typed):
    assert talk(Desk(), 2, photo, typed).out.startswith("1 of 2: 4071")


@pytest.mark.parametrize("typed", ["6", "e", "exit", "EXIT", "q", "quit"])
def test_exit_ends_it_whatever_follows(talk, typed):
    done = talk(Desk(), typed, "nonsense")
    assert (done.code, done.err.count("Type 1 to 6, or Enter")) == (0, 1)
    assert done.err.endswith("Goodbye.\n")


@pytest.mark.parametrize("typed", ["1", "h", "how", "help"])
def test_it_explains_itself(talk, typed):
    done = talk(Desk(), typed)
    assert "three stages" in done.err
    assert "question mark" in done.err


@pytest.mark.parametrize("typed", ["7", "0", "nonsense", "3x", "-1", ")", "\0", "x" * 5000, "33", "\x1b[A"])
def test_wrong_input_is_answered_with_what_is_possible(talk, typed):
    done = talk(Desk(), typed, "6")
    assert "is no choice" in done.err
    assert "a number from 1 to 6, one of the words how, load, read, show, webcam, exit" in done.err
    assert len(done.err) < 2000
    assert all(character.isprintable() or character == "\n" for character in done.err)
    assert done.code == 0


@pytest.mark.parametrize("lines", [[], ["2"], ["3"], ["1"], ["nonsense"]], ids=str)
def test_input_that_ends_ends_it_cleanly(talk, lines):
    done = talk(Desk(), *lines)
    assert done.code == 0
    assert done.err.endswith("\nGoodbye.\n")


def test_no_input_at_all_ends_it(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", None)
    assert run_menu(Desk().parts) == 0


def test_a_line_that_is_no_text_is_asked_for_again(monkeypatch, capsys, photo):
    class Line:
        asked = 0

        def readline(self) -> str:
            self.asked += 1
            return b"\xff".decode("utf-8") if self.asked == 1 else "6\n"

    monkeypatch.setattr(sys, "stdin", Line())
    assert run_menu(Desk().parts) == 0
    assert "Type it again." in capsys.readouterr().err


def test_an_interrupt_is_left_to_the_command(monkeypatch, capsys):
    class Interrupted:
        def readline(self) -> str:
            raise KeyboardInterrupt

    monkeypatch.setattr(sys, "stdin", Interrupted())
    with pytest.raises(KeyboardInterrupt):
        run_menu(Desk().parts)


def test_nothing_is_drawn_cleared_or_coloured(talk, photo):
    done = talk(Desk(), 1, 2, photo, 3, 4, 5, "", 2, "/none", 6)
    assert (done.out + done.err).isascii()
    assert all(character.isprintable() or character == "\n" for character in done.out + done.err)


# --- what goes wrong


def test_a_file_that_is_missing_is_told_and_the_menu_goes_on(talk, photo):
    done = talk(Desk(), 2, "none.jpg", 2, photo, 3)
    assert "none.jpg does not exist. Check the name, or drag the file in here" in done.err
    assert "4071" in done.out


def test_a_picture_that_cannot_be_read_leaves_the_one_before_selected(talk, photo, tmp_path):
    (tmp_path / "empty.jpg").touch()
    desk = Desk()
    done = talk(desk, 2, photo, 2, tmp_path / "empty.jpg", 3, 6)
    assert "empty.jpg is not an image" in done.err
    assert "2 numbers in my photo.jpg." in done.err


def test_a_fault_of_ours_is_told_and_the_menu_goes_on(talk, photo, monkeypatch):
    def fail(frame: Frame) -> Reading:
        raise ZeroDivisionError("division by zero")

    desk = Desk()
    monkeypatch.setattr(desk, "read", fail)
    done = talk(desk, 2, photo, 3, 1)
    assert "fault of this program (ZeroDivisionError: division by zero). Please report this" in done.err
    assert "three stages" in done.err


def test_a_reader_of_stdout_that_has_left_ends_it(talk, photo, monkeypatch):
    def leave(text: str) -> None:
        raise click.exceptions.Exit(0)

    monkeypatch.setattr("cli.menu.result", leave)
    with pytest.raises(click.exceptions.Exit):
        talk(Desk(), 2, photo, 3)


# --- load


def test_an_empty_line_goes_back(talk):
    desk = Desk()
    done = talk(desk, 2, "", 6)
    assert "Back in the menu.\nNo picture is selected." in done.err
    assert desk.loaded == []


def test_a_picture_may_be_dropped_into_the_menu_itself(talk, photo):
    desk = Desk()
    assert talk(desk, f"'{photo}' ", 3).out.startswith("1 of 2: 4071")


@pytest.mark.parametrize("choice", ["3", "4"])
def test_a_picture_is_asked_for_where_none_is_selected(talk, photo, choice):
    desk = Desk()
    done = talk(desk, choice, photo)
    assert "No picture is selected yet.\nName of the picture's file" in done.err
    assert desk.loaded == [str(photo)]
    assert bool(done.out) == (choice == "3")
    assert bool(desk.shown) == (choice == "4")


@pytest.mark.parametrize("choice", ["3", "4"])
def test_going_back_from_there_does_nothing(talk, choice):
    desk = Desk()
    done = talk(desk, choice, "")
    assert (done.out, desk.shown) == ("", [])
    assert "fault" not in done.err


def typed_paths() -> dict[str, Callable[[Path], str]]:
    """Give a file's path in the ways in which it comes from a keyboard, a clipboard or a mouse."""
    return {
        "plain": str,
        "blank behind": lambda path: f"{path} ",
        "single quotes": lambda path: f"'{path}'",
        "double quotes": lambda path: f'"{path}" ',
        "PowerShell": lambda path: f"& '{path}'",
        "escaped": lambda path: re.sub(r"([ '\\])", r"\\\1", str(path)) + " ",
        "address": lambda path: path.as_uri(),
    }


@pytest.mark.skipif(sys.platform == "win32", reason="quotes and backslashes of Unix")
@pytest.mark.parametrize("way", typed_paths())
@pytest.mark.parametrize("name", ["a.jpg", "my photo.jpg", "it's.jpg", "größe 100%.jpg", "a\\b.jpg"])
def test_a_path_is_understood_as_it_comes(tmp_path, way, name):
    path = tmp_path / name
    path.touch()
    assert path_of(typed_paths()[way](path)) == str(path)


def test_a_file_whose_name_has_quotes_is_taken_as_it_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("'a.jpg'", "a.jpg"):
        Path(name).touch()
    assert path_of("'a.jpg'") == "'a.jpg'"


def test_home_is_understood(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "a.jpg").touch()
    assert path_of("~/a.jpg") == str(tmp_path / "a.jpg")


@pytest.mark.parametrize("typed", ["none.jpg", "'none.jpg'"])
def test_a_path_that_is_not_there_is_named_without_its_quotes(typed):
    assert path_of(typed) == "none.jpg"


@pytest.mark.parametrize("typed", ["'", '"', "''", "'a", "~nobody-of-this-name/a", "file://", "a\0b", "x" * 5000, "&"])
def test_no_path_is_a_fault(typed):
    assert isinstance(path_of(typed), str)


# --- read


def told(talk: Callable[..., Talk], photo: Path, what: Reading) -> Talk:
    return talk(Desk(what), 2, photo, 3)


def test_what_is_written_otherwise_is_said(talk, photo):
    assert told(talk, photo, reading(number("4071", raw="40.71"))).out == (
        "1 of 1: 4071, written 40.71, 97 percent sure\n"
    )


def test_a_refused_digit_is_said_with_its_place(talk, photo):
    done = told(talk, photo, reading(number("40?1")))
    assert done.out == "1 of 1: 40?1, 97 percent sure\n"
    assert "Digit 3 of 40?1 was refused and is a question mark: perhaps 1 or 7.\n" in done.err


def test_no_number_is_said_with_advice(talk, photo):
    done = told(talk, photo, reading(advice=("too dark: more light is needed",)))
    assert done.out == ""
    assert "No numbers in my photo.jpg.\nAdvice: too dark: more light is needed.\n" in done.err


def test_what_was_passed_over_is_counted_by_reason(talk, photo):
    done = told(talk, photo, reading(refused=("not a digit", "0 or 5", "not a digit")))
    assert "Passed over, as no number: 2 places (not a digit), 1 place (perhaps 0 or 5).\n" in done.err


def test_not_more_is_said_than_anybody_listens_to(talk, photo):
    done = told(talk, photo, reading(refused=tuple(f"{size} px high, needs 8" for size in range(50))))
    assert done.err.count("px high") == 5
    assert "and others." in done.err


@pytest.mark.parametrize(
    ("confidence", "words"), [(0.0, 1), (0.004, 1), (0.5, 50), (0.794, 79), (0.999, 99), (1.0, 99)]
)
def test_nothing_is_certain_or_out_of_the_question(confidence, words):
    assert percent(confidence) == words


# --- show


def test_without_a_display_the_picture_is_described(talk, photo):
    desk = Desk(display=False)
    done = talk(desk, 2, photo, 3, 4)
    assert desk.shown == []
    assert (
        "my photo.jpg is 900 pixels wide and 600 high.\n4071 is at the upper left.\n2589 is at the bottom." in done.err
    )
    assert "no display" in done.err


def test_a_picture_that_was_not_read_is_shown_without_numbers(talk, photo):
    desk = Desk()
    done = talk(desk, 2, photo, 4)
    assert desk.shown == [(str(photo), None)]
    assert "It has not been read yet: type 3" in done.err


def test_a_new_picture_has_no_reading_of_the_last_one(talk, photo, tmp_path):
    other = tmp_path / "other.jpg"
    other.write_bytes(b"a picture")
    desk = Desk()
    talk(desk, 2, photo, 3, 2, other, 4)
    assert desk.shown == [(str(other), None)]


def test_a_picture_without_numbers_is_described_too(talk, photo):
    assert "No number was found in it." in talk(Desk(reading()), 2, photo, 3, 4).err


@pytest.mark.parametrize(
    ("box", "words"),
    [
        ((0, 0, 10, 10), "at the upper left"),
        ((400, 0, 500, 10), "at the top"),
        ((890, 590, 900, 600), "at the lower right"),
        ((400, 280, 500, 320), "in the middle"),
        ((0, 0, 900, 600), "in the middle"),
        ((0, 250, 200, 350), "on the left"),
        ((0, 590, 10, 600), "at the lower left"),
    ],
    ids=str,
)
def test_a_place_is_put_into_words(box, words):
    assert place_of(box, FRAME) == words


def test_a_picture_of_one_pixel_has_a_place_too():
    assert place_of((0, 0, 1, 1), Frame(np.zeros((1, 1, 3), np.uint8))) == "in the middle"


# --- webcam


def test_a_frame_of_the_webcam_is_read_and_stays_selected(talk):
    desk = Desk(webcam=[FRAME])
    done = talk(desk, 5, 4)
    assert done.out.startswith("1 of 2: 4071")
    assert "Space reads" in done.err
    assert "the webcam's picture is selected. Type 1 to 6" in done.err
    assert desk.shown == [("0", TWO)]


def test_without_a_display_a_countdown_is_announced(talk):
    done = talk(Desk(webcam=[FRAME], display=False), 5)
    assert "a picture is taken after a countdown" in done.err
    assert "4071" in done.out


@pytest.mark.parametrize(
    ("step", "answered"), [(None, "load a photo: type 2."), ("Allow it in the settings.", "Allow it in the settings.")]
)
def test_no_camera_is_told_and_the_menu_goes_on(talk, photo, step: Any, answered):
    done = talk(Desk(webcam=NoCamera("Camera 0 does not answer.", step)), 5, 2, photo, 3)
    assert "Camera 0 does not answer. " in done.err
    assert answered in done.err
    assert "4071" in done.out
