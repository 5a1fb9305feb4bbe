"""A voice: makes the sound of a text, checks that there is one, and saves or plays it.

Every sound is made as a WAV file by a worker process (`speak.engine`), whatever the system, and played by a program
whose exit status is looked at (`speak.player`): pyttsx3 alone reports success where nothing is heard.
"""

from dataclasses import dataclass
from pathlib import Path

from errors import OutputNotWritable, SpeechUnavailable, WrongUsage
from speak.engine import EngineProcess
from speak.player import find_players, play
from speak.sound import Sound
from speak.worker import InstalledVoice, Settings

PYTTSX3 = "pyttsx3:init"
SLOWEST, FASTEST = 80, 450  # words a minute, the limits of espeak-ng
CLEAR_RATE = 150  # pyttsx3's own 200 is too fast to write along
START_TIMEOUT_S = 30.0


def list_voices(engine: str = PYTTSX3, timeout_s: float = START_TIMEOUT_S) -> tuple[InstalledVoice, ...]:
    """List the voices that are installed here, in the engine's order.

    Parameters
    ----------
    engine : str
        'module:function' that gives a pyttsx3 engine, or what looks like one.
    timeout_s : float
        How long the engine may take to start.

    Returns
    -------
    tuple of InstalledVoice
        Each with an id, a name and languages, any of which `Voice` takes as its name.

    Raises
    ------
    SpeechUnavailable
        There is no engine, or it hung or died.
    """
    with EngineProcess(Settings(engine)) as process:
        return process.greet(timeout_s)


@dataclass(frozen=True)
class Voice:
    """A voice, its pace and its loudness.

    Each call starts a worker process (about 0.2 s) and waits for it, so calls may come from any thread.

    Attributes
    ----------
    name : str or None
        Id, name or language of one of the system's voices, or a part of its name; None for one that speaks the
        language.
    rate : int
        Words a minute, 80 to 450.
    volume : float
        0 (silent) to 1.
    language : str
        Of the words that it is given, such as 'de' or 'pt-br'.
    timeout_s : float
        How long the engine may take to start and to make a sound, and a player beyond the sound's own length.
    engine : str
        'module:function' that gives a pyttsx3 engine, or what looks like one.

    Raises
    ------
    WrongUsage
        The rate, the volume or the time-out is out of range.

    Examples
    --------
    >>> from speak import as_digits
    >>> from speak.voice import Voice
    >>> sound = Voice(rate=120).save(as_digits("4071"), "4071.wav")
    """

    name: str | None = None
    rate: int = CLEAR_RATE
    volume: float = 1.0
    language: str = "en"
    timeout_s: float = START_TIMEOUT_S
    engine: str = PYTTSX3

    def __post_init__(self) -> None:
        if not SLOWEST <= self.rate <= FASTEST:
            raise WrongUsage(
                f"{self.rate} words a minute cannot be spoken.", f"Give a rate from {SLOWEST} to {FASTEST}."
            )
        if not 0 <= self.volume <= 1:
            raise WrongUsage(f"There is no volume of {self.volume:g}.", "Give one from 0 (silent) to 1.")
        if self.timeout_s <= 0:
            raise WrongUsage(f"A time-out of {self.timeout_s} s leaves no time.", "Give one above 0.")

    def make(self, text: str) -> Sound:
        """Make the sound of a text.

        Parameters
        ----------
        text : str
            Words in the voice's language, such as `speak.wording` gives.

        Returns
        -------
        Sound
            The WAV file, checked.

        Raises
        ------
        WrongUsage
            The text is empty, or there is no such voice.
        SpeechUnavailable
            There is no engine or no voice for the language, or it hung, died, or made no sound.
        """
        with self.start_engine() as engine:
            engine.greet(self.timeout_s)
            return engine.make(text, self.timeout_s)

    def save(self, text: str, path: Path | str) -> Sound:
        """Make the sound of a text and write it to a WAV file; a file of that name is replaced, by a good sound only.

        Parameters
        ----------
        text : str
            Words in the voice's language, such as `speak.wording` gives.
        path : Path or str
            The file, in a folder that exists; its name ends in .wav.

        Returns
        -------
        Sound
            What was written.

        Raises
        ------
        WrongUsage
            The text is empty, there is no such voice, or the name is not that of a WAV file.
        OutputNotWritable
            The file cannot be written there.
        SpeechUnavailable
            There is no engine or no voice for the language, or it hung, died, or made no sound.
        """
        path = Path(path)
        try:
            _check_target(path)
            sound = self.make(text)
            path.write_bytes(sound.wav)
        except (OutputNotWritable, SpeechUnavailable, WrongUsage):
            raise
        except OSError as fault:
            raise OutputNotWritable(f"{path} cannot be written ({fault.strerror}).") from fault
        return sound

    def say(self, text: str) -> Sound:
        """Make the sound of a text and play it; returns when it has been played.

        Parameters
        ----------
        text : str
            Words in the voice's language, such as `speak.wording` gives.

        Returns
        -------
        Sound
            What was played.

        Raises
        ------
        WrongUsage
            The text is empty, or there is no such voice.
        SpeechUnavailable
            There is no engine, no program that plays, or no sound card; or one of them hung or failed.
        """
        players = find_players()
        sound = self.make(text)
        play(sound, players, self.timeout_s)
        return sound

    def start_engine(self) -> EngineProcess:
        """Start a process that speaks with this voice; it is not waited for, and the caller's to end."""
        return EngineProcess(Settings(self.engine, self.name, self.language, self.rate, self.volume))


def _check_target(path: Path) -> None:
    if path.suffix.lower() != ".wav":
        raise WrongUsage(f"{path} is no name for a WAV file, and no other kind is written.", "End the name in .wav.")
    if path.is_dir():
        raise OutputNotWritable(f"{path} is a folder.", "Give the name of a file.")
    if not path.parent.is_dir():
        raise OutputNotWritable(f"There is no folder {path.parent}.", "Make it first, or give another one.")
