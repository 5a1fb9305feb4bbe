"""Play a sound with a program of the system, whose exit status is looked at.

pyttsx3 plays too, but reports success where nothing is heard.
"""

import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

from errors import SpeechUnavailable
from speak.program import run_program
from speak.sound import Sound, make_tone

NO_CARD_STEP = "Check that a sound card is there and switched on, or save the sound with --save."
NO_PLAYER_STEP = "Install one (Debian: apt install alsa-utils), or save the sound with --save."

PLAY_ON_WINDOWS = "import sys, winsound as w; w.PlaySound(sys.argv[1], w.SND_FILENAME | w.SND_NODEFAULT)"


@dataclass(frozen=True)
class Player:
    """A program that plays a WAV file named as its last argument.

    Attributes
    ----------
    command : tuple of str
    fails_by_words : bool
        It ends with 0 even if nothing was played, and is silent on stderr if all went well.
    """

    command: tuple[str, ...]
    fails_by_words: bool = False

    @property
    def name(self) -> str:
        """The program's name."""
        return Path(self.command[0]).name


LINUX_PLAYERS = (
    Player(("aplay", "--quiet")),
    Player(("paplay",)),
    Player(("pw-play",)),
    Player(("ffplay", "-nodisp", "-autoexit", "-loglevel", "error"), fails_by_words=True),
)
PLAYERS = {"darwin": (Player(("afplay",)),), "win32": (Player((sys.executable, "-I", "-c", PLAY_ON_WINDOWS)),)}


def find_players() -> list[Player]:
    """List the programs that play sound here, the best first.

    Raises
    ------
    SpeechUnavailable
        There is none.
    """
    candidates = PLAYERS.get(sys.platform, LINUX_PLAYERS)
    found = [player for player in candidates if shutil.which(player.command[0])]
    if not found:
        names = ", ".join(player.name for player in candidates)
        raise SpeechUnavailable(f"No program that plays sound was found ({names}).", NO_PLAYER_STEP)
    return found


def play_tone(timeout_s: float = 5.0) -> str:
    """Play a short quiet tone, and name the program that could.

    Raises
    ------
    SpeechUnavailable
        None is there, or none could.
    """
    return play(make_tone(), find_players(), timeout_s).name


def play(
    sound: Sound,
    players: Sequence[Player],
    timeout_s: float,
    *,
    stop: Event | None = None,
    on_start: Callable[[], None] | None = None,
) -> Player:
    """Play a sound to its end with the first player that can.

    Parameters
    ----------
    sound : Sound
    players : sequence of Player
        At least one, as `find_players` gives them.
    timeout_s : float
        How long a player may take beyond the sound's own length. One that hangs is stopped, and no other is tried:
        part of the sound may have been heard.
    stop : threading.Event, optional
        When it is set, the sound is cut off, which is no fault.
    on_start : callable, optional
        Called when a player has been started; once more if that one fails and the next is tried.

    Returns
    -------
    Player
        The one that could.

    Raises
    ------
    SpeechUnavailable
        There is no sound card, or the like; or a player hung.
    """
    complaints = []
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "utterance.wav"
        path.write_bytes(sound.wav)
        for player in players:
            complaint = run_program(
                (*player.command, str(path)),
                sound.duration_s + timeout_s,
                NO_CARD_STEP,
                fails_by_words=player.fails_by_words,
                stop=stop,
                on_start=on_start,
            )
            if complaint is None:
                return player
            complaints.append(f"{player.name}: {complaint}")
    raise SpeechUnavailable(f"The sound could not be played ({'; '.join(complaints)}).", NO_CARD_STEP)
