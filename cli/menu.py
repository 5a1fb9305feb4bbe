"""Menu: the program by keyboard, one choice at a time, in words that a screen reader can follow.

Plain lines, one after the other: nothing is drawn, cleared or said by colour alone. The choices are listed once, and
again when asked for; what is typed is answered in full sentences. Numbers that were read go to stdout, all else to
stderr.
"""

import shlex
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import click

from capture.frame import Frame
from cli.console import complain, count_down, result, say
from errors import ImageNotFound, NoCamera, ReaderError
from recognize.reading import Box, Number, Reading

WELCOME = "Handwritten numbers, read. Choose by a number, a first letter or a first word, and press Enter."

EXPLANATION = """\
You give a picture, and the numbers that are written in it by hand are read in three stages.
First, capture: the picture is opened and turned upright, or the webcam's newest frame is taken.
Second, preprocess: shadows and the lines of the paper are taken away, the page is straightened, \
and its ink is cut wherever two digits may touch.
Third, recognize: a small neural network says which digit each piece may be, or that it is none. \
The likeliest way through the pieces is the number. \
Where that is not sure, a second network looks at the number as a whole.
Each number comes with how sure it is, in percent. This was set on real photos: \
of the numbers that are 90 percent sure, about 90 in 100 should be right. \
On pictures unlike those it can be off, so check what matters.
A digit that is not sure enough is written as a question mark, and the reason is told.
Hardest are digits that touch, and those that are small or blurred: hold the paper close and still, in good light.
Nothing leaves this computer."""

NO_FILE_STEP = "Check the name, or drag the file in here from its folder."
NO_CAMERA_STEP = "Plug one in and choose 5 again, or load a photo: type 2."
NO_WINDOW = "There is no display for a window here"

# Where a number is: by thirds of the picture, from the top down and from left to right.
PLACES = (
    ("at the upper left", "at the top", "at the upper right"),
    ("on the left", "in the middle", "on the right"),
    ("at the lower left", "at the bottom", "at the lower right"),
)
LONGEST_QUOTE = 60
MOST_REASONS = 5


@dataclass(frozen=True)
class MenuParts:
    """What the menu is handed to run.

    Parameters
    ----------
    load : callable
        Loads the picture of a file's name.
    read : callable
        Reads a frame.
    has_display : callable
        Tells whether a window can be opened.
    show : callable
        Opens a window with a frame, and its reading drawn in if there is one, until the user closes it.
    webcam : callable
        Shows what the webcam sees and calls the first function with each frame that the user picks; the second
        counts the seconds down where there is no display.
    """

    load: Callable[[str], Frame]
    read: Callable[[Frame], Reading]
    has_display: Callable[[], bool]
    show: Callable[[Frame, Reading | None], None]
    webcam: Callable[[Callable[[Frame], Reading], Callable[[int], None]], None]


@dataclass(frozen=True)
class Choice:
    """One line of the menu.

    Parameters
    ----------
    phrase : str
        What it is called; its start, one letter at least, chooses it.
    act : callable
    also : str
        Another word that chooses it.
    """

    phrase: str
    act: Callable[[], None]
    also: str = ""

    def is_meant_by(self, typed: str) -> bool:
        """Tell whether what was typed is the start of one of its names."""
        return any(name.lower().startswith(typed.lower()) for name in (self.phrase, self.also))


def run_menu(parts: MenuParts) -> int:
    """Talk with the user until they choose to exit, or their input ends.

    Parameters
    ----------
    parts : MenuParts

    Returns
    -------
    int
        The exit code: 0. Whatever goes wrong is told, and the menu goes on.

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C.
    """
    with suppress(_Leaving):
        Menu(parts).talk()
    say("Goodbye.")
    return 0


class Menu:
    """One conversation, and the picture that is selected in it.

    Parameters
    ----------
    parts : MenuParts
    """

    def __init__(self, parts: MenuParts) -> None:
        self._parts = parts
        self._name = ""
        self._frame: Frame | None = None
        self._reading: Reading | None = None
        self._choices = (
            Choice("How it works", self._explain, also="help"),
            Choice("Load a picture", self._ask_for_picture, also="open"),
            Choice("Read the picture", self._read),
            Choice("Show the picture", self._show),
            Choice("Webcam: read what it sees", self._use_webcam),
            Choice("Exit", _leave, also="quit"),
        )

    def talk(self) -> None:
        """Ask for choices and follow them; left by an exception alone."""
        say(WELCOME)
        self._list_choices()
        while True:
            self._answer(_ask(f"{self._selection}. Type 1 to {len(self._choices)}, or Enter for the choices: "))

    @property
    def _selection(self) -> str:
        return f"{self._name} is selected" if self._name else "No picture is selected"

    def _list_choices(self) -> None:
        for place, choice in enumerate(self._choices, 1):
            remark = f" ({self._name} is selected)" if self._name and choice.act == self._ask_for_picture else ""
            say(f"{place}. {choice.phrase}{remark}")

    def _answer(self, typed: str) -> None:
        """Do what was chosen; a picture's name is as good as choosing to load it."""
        choice = self._find_choice(typed)
        if not typed:
            self._list_choices()
        elif choice:
            _attempt(choice.act)
        elif _is_there(path := path_of(typed)):
            _attempt(lambda: self._load(path))
        else:
            self._explain_choices(typed)

    def _find_choice(self, typed: str) -> Choice | None:
        word = typed.rstrip(".)")
        if not word:
            return None
        for place, choice in enumerate(self._choices, 1):
            if word == str(place) or choice.is_meant_by(word):
                return choice
        return None

    def _explain_choices(self, typed: str) -> None:
        quote = _printable(typed if len(typed) <= LONGEST_QUOTE else f"{typed[:LONGEST_QUOTE]}...")
        words = ", ".join(choice.phrase.split()[0].rstrip(":").lower() for choice in self._choices)
        say(
            f'"{quote}" is no choice, and no file of that name is here. Type a number from 1 to {len(self._choices)}, '
            f"one of the words {words}, or a first letter of them; Enter alone lists the choices."
        )

    def _explain(self) -> None:
        say(EXPLANATION)

    def _ask_for_picture(self) -> None:
        typed = _ask("Name of the picture's file, typed or dragged here; Enter alone goes back: ")
        if typed:
            self._load(path_of(typed))
        else:
            say("Back in the menu.")

    def _load(self, path: str) -> None:
        try:
            frame = self._parts.load(path)
        except ImageNotFound as error:
            raise ImageNotFound(error.what, NO_FILE_STEP) from error
        self._select(Path(path).name, frame)
        say(f"{self._selection}: {_size(frame)}. Type 3 to read it.")

    def _select(self, name: str, frame: Frame, reading: Reading | None = None) -> None:
        self._name, self._frame, self._reading = _printable(name), frame, reading

    def _selected(self) -> Frame | None:
        """Give the selected picture; the user is asked for one if there is none."""
        if self._frame is None:
            say("No picture is selected yet.")
            self._ask_for_picture()
        return self._frame

    def _read(self) -> None:
        frame = self._selected()
        if frame is not None:
            self._reading = self._parts.read(frame)
            tell(self._reading, self._name)

    def _show(self) -> None:
        """Say what is in the picture, for those who cannot see it, and open a window for those who can."""
        frame = self._selected()
        if frame is None:
            return
        describe(frame, self._reading, self._name)
        if self._parts.has_display():
            say("A window shows it. Press Escape in it to come back here.")
            self._parts.show(frame, self._reading)
            say("The window is closed.")
        else:
            say(f"{NO_WINDOW}, so the words above are all.")

    def _use_webcam(self) -> None:
        if self._parts.has_display():
            say("Opening the webcam. In its window, Space reads what it sees, and Escape comes back here.")
        else:
            say(f"{NO_WINDOW}: hold the paper before the webcam, a picture is taken after a countdown.")
        try:
            self._parts.webcam(self._read_from_webcam, count_down)
        except NoCamera as error:
            # macOS knows better what to do.
            step = NO_CAMERA_STEP if error.next_step == NoCamera.default_step else error.next_step
            raise NoCamera(error.what, step) from error
        say("The webcam is closed.")

    def _read_from_webcam(self, frame: Frame) -> Reading:
        """Read a frame that the user picked; it becomes the selected picture."""
        reading = self._parts.read(frame)
        self._select("the webcam's picture", frame, reading)
        tell(reading, self._name)
        return reading


def tell(reading: Reading, name: str) -> None:
    """Say what was read in a picture, number by number, and what kept it from being more."""
    say(f"{_count(len(reading.numbers), 'number')} in {name}.")
    for place, number in enumerate(reading.numbers, 1):
        written = f", written {number.raw}" if number.raw != number.text else ""
        result(f"{place} of {len(reading.numbers)}: {number.text}{written}, {percent(number.confidence)} percent sure")
        _tell_refusals(number)
    if reading.refused:
        _tell_passed_over(Counter(_in_words(refusal.reason) for refusal in reading.refused))
    for advice in reading.advice:
        say(f"Advice: {advice}.")


def describe(frame: Frame, reading: Reading | None, name: str) -> None:
    """Say how large a picture is, and where in it each number stands."""
    say(f"{name} is {_size(frame)}.")
    if reading is None:
        say("It has not been read yet: type 3 to read it.")
        return
    for number in reading.numbers:
        say(f"{number.text} is {place_of(number.box, frame)}.")
    if not reading.numbers:
        say("No number was found in it.")


def percent(confidence: float) -> int:
    """Give a confidence of 0-1 in whole percent, 1 to 99: nothing is certain, or out of the question."""
    return min(99, max(1, round(100 * confidence)))


def place_of(box: Box, frame: Frame) -> str:
    """Say in which third of a picture the middle of a box is: "at the upper left"."""
    left, top, right, bottom = box
    column = min(2, max(0, 3 * (left + right) // (2 * frame.width)))
    row = min(2, max(0, 3 * (top + bottom) // (2 * frame.height)))
    return PLACES[row][column]


def path_of(typed: str) -> str:
    r"""Make a file's path of what was typed, pasted, or dragged into the terminal.

    Parameters
    ----------
    typed : str
        ``photo.jpg``, ``'my photo.jpg'``, ``my\ photo.jpg``, ``~/photo.jpg`` or ``file:///photos/my%20photo.jpg``,
        with blanks around it.

    Returns
    -------
    str
        The first of its meanings that is there; if none is, the last of them.
    """
    meanings = list(_meanings(typed.strip()))
    return next(filter(_is_there, meanings), meanings[-1])


def _meanings(typed: str) -> Iterator[str]:
    """Yield what a path may stand for: what is a file as it stands is never taken for anything else."""
    yield typed
    # PowerShell calls what is dropped into it.
    bare = typed.removeprefix("& ")
    if len(bare) > 1 and bare[0] == bare[-1] and bare[0] in "'\"":
        yield bare[1:-1]
    if typed.startswith("file://"):
        path = unquote(urlsplit(typed).path)
        yield path[1:] if sys.platform == "win32" else path
    if typed.startswith("~"):
        with suppress(RuntimeError):  # nobody of that name has a home
            yield str(Path(typed).expanduser())
    # Windows parts folders by what escapes a blank elsewhere.
    if sys.platform != "win32":
        with suppress(ValueError):  # a quote that is not closed
            words = shlex.split(typed)
            if len(words) == 1:
                yield words[0]


def _is_there(path: str) -> bool:
    try:
        return Path(path).exists()
    except OSError:  # too long a name
        return False


class _Leaving(Exception):
    """The user chose to exit, or their input has ended."""


def _leave() -> None:
    raise _Leaving


def _ask(prompt: str) -> str:
    """Ask for a line, blanks around it removed; `click.prompt` would take the end of input for Ctrl-C."""
    while True:
        click.echo(prompt, nl=False, err=True)
        try:
            line = sys.stdin.readline() if sys.stdin else ""
        except UnicodeDecodeError:
            say("This could not be understood as text. Type it again.")
            continue
        if not line:
            say("")
            raise _Leaving
        return line.strip()


def _attempt(act: Callable[[], None]) -> None:
    """Do something; what goes wrong is told, and the menu goes on."""
    try:
        act()
    except ReaderError as error:
        complain(error)
    except (_Leaving, click.exceptions.Exit):
        raise
    except Exception as error:
        complain(ReaderError(f"This failed by a fault of this program ({type(error).__name__}: {error})."))


def _tell_refusals(number: Number) -> None:
    for place, digit in enumerate(number.digits, 1):
        if digit.reason:
            say(f"Digit {place} of {number.text} was refused and is a question mark: {_in_words(digit.reason)}.")


def _tell_passed_over(reasons: Counter[str]) -> None:
    """Say what was taken for writing but is no number; a page of text has more reasons than anybody listens to."""
    passed = [f"{_count(count, 'place')} ({reason})" for reason, count in reasons.most_common(MOST_REASONS)]
    others = ["and others"] if len(reasons) > MOST_REASONS else []
    say(f"Passed over, as no number: {', '.join(passed + others)}.")


def _in_words(reason: str) -> str:
    """Make "1 or 7", which is short for whoever looks at it, fit for being heard."""
    return f"perhaps {reason}" if reason[:1].isdigit() and " or " in reason else reason


def _count(many: int, noun: str) -> str:
    """Count in words that are right for none, one and several."""
    return f"{many or 'No'} {noun}{'' if many == 1 else 's'}"


def _printable(text: str) -> str:
    """Keep what would steer the terminal (an arrow key's code, say) from being written to it."""
    return "".join(character if character.isprintable() else "?" for character in text)


def _size(frame: Frame) -> str:
    return f"{frame.width} pixels wide and {frame.height} high"
