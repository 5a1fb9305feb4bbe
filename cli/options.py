"""Options that several commands take, in groups; what was given of a group is handed on as one noun."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import click

from errors import WrongUsage

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
Noun = TypeVar("Noun")


@dataclass(frozen=True)
class Speaking:
    """How numbers are spoken.

    Parameters
    ----------
    style : {"digits", "number"}
    voice : str or None
    rate : int
        Words a minute.
    volume : float
        0-1.
    language : str
    zero : {"zero", "oh"}
    """

    style: str = "digits"
    voice: str | None = None
    rate: int = 150
    volume: float = 1.0
    language: str = "en"
    zero: str = "zero"


@dataclass(frozen=True)
class Living:
    """How a camera is watched.

    Parameters
    ----------
    guide, mirror : bool
    size : (int, int)
        Px; 0, 0 for the camera's own.
    backend : str
    window : bool or None
        None: where there is a display.
    log : Path or None
    """

    guide: bool = False
    mirror: bool = False
    size: tuple[int, int] = (0, 0)
    backend: str = "any"
    window: bool | None = None
    log: Path | None = None


class _Size(click.ParamType):
    """A picture's size, such as 1280x720."""

    name = "WxH"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """Take it apart."""
        if isinstance(value, tuple):
            return value
        width, _, height = str(value).lower().partition("x")
        if not (width.isdecimal() and height.isdecimal()):
            raise WrongUsage(f"{value!r} is no size of a picture.", "Give one such as 1280x720, or 0x0.")
        return int(width), int(height)


def gather(noun: Callable[..., Noun], given: dict[str, Any]) -> Noun:
    """Make a noun of those options that belong to it."""
    return noun(**{field.name: given[field.name] for field in fields(noun) if field.name in given})  # type: ignore[arg-type]


def reading_options(command: Decorated) -> Decorated:
    """Add what is known of the numbers, and what reads them."""
    return _add(
        command,
        click.option(
            "--layout",
            type=click.Choice(["page", "line"]),
            default="page",
            show_default=True,
            help="line: each picture is of one number.",
        ),
        click.option(
            "--length",
            "lengths",
            type=click.IntRange(min=1),
            multiple=True,
            metavar="N",
            help="Every number has N digits; give it again for other lengths that are possible.",
        ),
        click.option(
            "--pattern",
            "patterns",
            multiple=True,
            metavar="TEXT",
            help='What every number is like: "dd:dd", "[0-2]d.dd" (d = a digit); give it again for others.',
        ),
        click.option(
            "--min-confidence", type=click.FloatRange(0, 1), default=0.0, help="Digits less sure than this become '?'."
        ),
        click.option("--models", type=click.Path(path_type=Path), metavar="DIR", help="Folder of the model files."),
    )


def speech_options(command: Decorated) -> Decorated:
    """Add how numbers are spoken."""
    default = Speaking()
    return _add(
        command,
        click.option(
            "--as",
            "style",
            type=click.Choice(["digits", "number"]),
            default=default.style,
            show_default=True,
            help="How numbers are spoken.",
        ),
        click.option("--language", default=default.language, show_default=True, help="Of what is spoken: de, fr, ..."),
        click.option("--voice", help="Its name, or a part of it; python -m speak --list shows all."),
        click.option("--rate", type=int, default=default.rate, show_default=True, help="Words a minute."),
        click.option("--volume", type=float, default=default.volume, show_default=True, help="From 0 to 1."),
        click.option(
            "--zero",
            type=click.Choice(["zero", "oh"]),
            default=default.zero,
            show_default=True,
            help="What a 0 is called in English, digit by digit.",
        ),
    )


def live_options(command: Decorated) -> Decorated:
    """Add how a camera is watched."""
    return _add(
        command,
        click.option("--guide", is_flag=True, help="Live: say what would help, such as 'hold closer'."),
        click.option("--mirror", is_flag=True, help="Live: the camera faces you, so its right is your left."),
        click.option(
            "--log",
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            help="Live: add a row to this CSV file for each number that settles.",
        ),
        click.option(
            "--size",
            type=_Size(),
            default="1280x720",
            show_default=True,
            help="Live: what the camera is asked for; 0x0 for its own.",
        ),
        click.option(
            "--backend",
            default="any",
            show_default=True,
            help="Live: what OpenCV reaches the camera through (v4l2, msmf, dshow, avfoundation).",
        ),
        click.option("--window/--no-window", default=None, help="Live: with a window or without."),
    )


def _add(command: Decorated, *options: Callable[[Decorated], Decorated]) -> Decorated:
    """Add options, the first one on top."""
    for option in reversed(options):
        command = option(command)
    return command
