"""Plan: what a session is to do."""

from dataclasses import dataclass, field
from pathlib import Path

from capture.camera import DEFAULT_MODE, CameraMode
from speak.language import DEFAULT
from speak.voice import CLEAR_RATE, Voice
from speak.wording import Style, Zero, word


@dataclass(frozen=True)
class Speech:
    """How a session speaks.

    Parameters
    ----------
    voice : Voice
    style : {"digits", "number"}
    zero : {"zero", "oh"}
        What a 0 is called, digit by digit.
    """

    voice: Voice = field(default_factory=Voice)
    style: Style = "digits"
    zero: Zero = "zero"


@dataclass(frozen=True)
class Plan:
    """What a session is to do.

    Parameters
    ----------
    source : str
    mode : CameraMode
    speech : Speech or None
        None for a silent one.
    guides : bool
        Whether it says what would help.
    is_mirrored : bool
        Whether the camera faces whoever holds the sheet.
    has_window : bool or None
        None: where there is a display.
    folder : Path
        Where saved frames go.
    """

    source: str = "0"
    mode: CameraMode = DEFAULT_MODE
    speech: Speech | None = None
    guides: bool = False
    is_mirrored: bool = False
    has_window: bool | None = None
    folder: Path = Path()


def make_plan(
    source: str,
    *,
    speaks: bool = False,
    style: Style = "digits",
    voice: str | None = None,
    rate: int = CLEAR_RATE,
    volume: float = 1.0,
    language: str = DEFAULT,
    zero: Zero = "zero",
    guide: bool = False,
    mirror: bool = False,
    size: tuple[int, int] = (0, 0),
    backend: str = "any",
    window: bool | None = None,
) -> Plan:
    """Make a plan of plain options.

    Raises
    ------
    WrongUsage
        If one of them is out of range, or there is no such language: before a camera is opened.
    """
    speech = Speech(Voice(name=voice, rate=rate, volume=volume, language=language), style, zero)
    word("0", style, language, zero)
    return Plan(source, CameraMode(*size, backend), speech if speaks else None, guide, mirror, window)
