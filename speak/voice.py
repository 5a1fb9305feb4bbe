"""A voice: makes the sound of a text, checks that there is one, and saves or plays it.

Every sound is made as a WAV file by a worker process (`speak.worker`), whatever the system, and played by a program
whose exit status is looked at: pyttsx3 alone reports success where nothing is heard.
"""

import json
import shutil
import subprocess
import sys
import wave
from array import array
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from errors import OutputNotWritable, SpeechUnavailable, WrongUsage
from speak.worker import TRY_ANOTHER, Answer, Settings, Utterance

CHECKOUT = Path(__file__).resolve().parents[1]

SLOWEST, FASTEST = 80, 450  # words a minute, the limits of espeak-ng
CLEAR_RATE = 150  # pyttsx3's own 200 is too fast to write along
SHORTEST_WORD_S = 0.05  # at 450 words a minute, espeak-ng takes 0.14 s a word
QUIETEST_PEAK = 300  # of 32767; speech peaks above 20000, and what has no sound is all zeros

NO_CARD_STEP = "Check that a sound card is there and switched on, or save the sound with --save."
NO_PLAYER_STEP = "Install one (Debian: apt install alsa-utils), or save the sound with --save."

PLAY_ON_WINDOWS = "import sys, winsound as w; w.PlaySound(sys.argv[1], w.SND_FILENAME | w.SND_NODEFAULT)"


@dataclass(frozen=True)
class Sound:
    """A sound that was checked: it is as long as its words need at least, and not silent.

    Attributes
    ----------
    wav : bytes
        A whole WAV file, 16-bit PCM.
    duration_s : float
    """

    wav: bytes
    duration_s: float


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
PLAYERS = {"darwin": (Player(("afplay",)),), "win32": (Player((sys.executable, "-c", PLAY_ON_WINDOWS)),)}


@dataclass(frozen=True)
class Voice:
    """A voice and its pace.

    Each call starts a worker process (about 0.2 s) and waits for it, so calls may come from any thread.

    Attributes
    ----------
    name : str or None
        Id, name or language of one of the system's voices, or a part of its name; None for an English one.
    rate : int
        Words a minute, 80 to 450.
    timeout_s : float
        How long the engine may take to make a sound, and a player beyond the sound's own length.
    engine : str
        'module:function' that gives a pyttsx3 engine, or what looks like one.

    Raises
    ------
    WrongUsage
        The rate or the time-out is out of range.

    Examples
    --------
    >>> from speak import Voice, as_digits
    >>> sound = Voice(rate=120).save(as_digits("4071"), "4071.wav")
    """

    name: str | None = None
    rate: int = CLEAR_RATE
    timeout_s: float = 30.0
    engine: str = "pyttsx3:init"

    def __post_init__(self) -> None:
        if not SLOWEST <= self.rate <= FASTEST:
            raise WrongUsage(
                f"{self.rate} words a minute cannot be spoken.", f"Give a rate from {SLOWEST} to {FASTEST}."
            )
        if self.timeout_s <= 0:
            raise WrongUsage(f"A time-out of {self.timeout_s} s leaves no time.", "Give one above 0.")

    def make(self, text: str) -> Sound:
        """Make the sound of a text.

        Parameters
        ----------
        text : str
            English words, such as `speak.wording` gives.

        Returns
        -------
        Sound
            The WAV file, checked.

        Raises
        ------
        WrongUsage
            The text is empty, or there is no such voice.
        SpeechUnavailable
            There is no engine, or it hung, died, or made no sound.
        """
        words = _sayable(text)
        with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            path = Path(folder) / "utterance.wav"
            self._order(Utterance(words, str(path)))
            return _check_sound(_as_wav(path), words)

    def save(self, text: str, path: Path | str) -> Sound:
        """Make the sound of a text and write it to a WAV file; a file of that name is replaced, by a good sound only.

        Parameters
        ----------
        text : str
            English words, such as `speak.wording` gives.
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
            There is no engine, or it hung, died, or made no sound.
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
            English words, such as `speak.wording` gives.

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
        players = _find_players()
        sound = self.make(text)
        with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            path = Path(folder) / "utterance.wav"
            path.write_bytes(sound.wav)
            _play(path, players, sound.duration_s + self.timeout_s)
        return sound

    def _order(self, utterance: Utterance) -> None:
        """Have one sound made by a worker that lives no longer than that."""
        settings = Settings(engine=self.engine, voice=self.name, rate=self.rate)
        command = [sys.executable, "-m", "speak.worker", json.dumps(asdict(settings))]
        order = json.dumps(asdict(utterance)) + "\n"
        try:
            worker = subprocess.run(
                command,
                input=order,
                cwd=CHECKOUT,
                timeout=self.timeout_s,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
            )
        except subprocess.TimeoutExpired:
            raise SpeechUnavailable(
                f"The speech engine gave no answer within {self.timeout_s:g} s and was stopped.", TRY_ANOTHER
            ) from None
        if not worker.stdout:
            raise SpeechUnavailable(
                f"The speech engine died (exit status {worker.returncode}, {_last_line(worker.stderr)}).", TRY_ANOTHER
            )
        Answer(**json.loads(worker.stdout)).check()


def _sayable(text: str) -> str:
    """Drop what no engine can take (control characters, halves of surrogate pairs)."""
    words = "".join(character for character in text if character.isprintable() or character.isspace())
    if not words.strip():
        raise WrongUsage("There is nothing to say: the text is empty.", "Give a text, such as a number.")
    return words


def _check_target(path: Path) -> None:
    if path.suffix.lower() != ".wav":
        raise WrongUsage(f"{path} is no name for a WAV file, and no other kind is written.", "End the name in .wav.")
    if path.is_dir():
        raise OutputNotWritable(f"{path} is a folder.", "Give the name of a file.")
    if not path.parent.is_dir():
        raise OutputNotWritable(f"There is no folder {path.parent}.", "Make it first, or give another one.")


def _as_wav(path: Path) -> Path:
    """Turn what a Mac's voices write (AIFF, whatever the file's name says) into WAV."""
    if not path.is_file():
        raise SpeechUnavailable("The speech engine wrote no sound.", TRY_ANOTHER)
    with path.open("rb") as file:
        if file.read(4) != b"FORM":
            return path
    converted = path.with_name("converted.wav")
    # afconvert belongs to macOS.
    complaint = _run_program(("afconvert", "-f", "WAVE", "-d", "LEI16", str(path), str(converted)), timeout_s=30)
    if complaint is not None:
        raise SpeechUnavailable(f"The sound could not be turned into WAV (afconvert: {complaint}).", TRY_ANOTHER)
    return converted


def _check_sound(path: Path, words: str) -> Sound:
    """Measure a WAV file: it must be long enough for its words, and not silent."""
    try:
        with wave.open(str(path), "rb") as file:
            if file.getsampwidth() != 2:
                raise wave.Error("not 16-bit")
            samples = array("h", file.readframes(file.getnframes()))
            duration_s = len(samples) / file.getnchannels() / file.getframerate()
    except (wave.Error, EOFError, ValueError, ZeroDivisionError) as fault:
        raise SpeechUnavailable(
            f"The speech engine wrote a file that is no sound ({str(fault) or 'it is empty'}).", TRY_ANOTHER
        ) from fault
    if sys.byteorder == "big":
        samples.byteswap()
    # In one pass without numpy: an import that costs more than the sound.
    if max(map(abs, samples), default=0) < QUIETEST_PEAK:
        raise SpeechUnavailable(
            f"The sound made for {_shortened(words)} is silent ({duration_s:.2f} s).",
            "Give a text with words in it, or try another --voice.",
        )
    if duration_s < SHORTEST_WORD_S * len(words.split()):
        raise SpeechUnavailable(
            f"The sound made for {_shortened(words)} is cut short ({duration_s:.2f} s).", TRY_ANOTHER
        )
    return Sound(path.read_bytes(), duration_s)


def _find_players() -> list[Player]:
    """List the programs that play sound here, the best first."""
    candidates = PLAYERS.get(sys.platform, LINUX_PLAYERS)
    found = [player for player in candidates if shutil.which(player.command[0])]
    if not found:
        names = ", ".join(player.name for player in candidates)
        raise SpeechUnavailable(f"No program that plays sound was found ({names}).", NO_PLAYER_STEP)
    return found


def _play(path: Path, players: list[Player], timeout_s: float) -> None:
    """Play a file with the first player that can."""
    complaints = []
    for player in players:
        complaint = _run_program((*player.command, str(path)), timeout_s, fails_by_words=player.fails_by_words)
        if complaint is None:
            return
        complaints.append(f"{player.name}: {complaint}")
    raise SpeechUnavailable(f"The sound could not be played ({'; '.join(complaints)}).", NO_CARD_STEP)


def _run_program(command: tuple[str, ...], timeout_s: float, *, fails_by_words: bool = False) -> str | None:
    """Run a program to its end; None if it did what it should, else what it says went wrong.

    One that hangs is stopped, and no other is tried: part of the sound may have been heard.
    """
    try:
        program = subprocess.run(
            command,
            timeout=timeout_s,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
    except subprocess.TimeoutExpired:
        raise SpeechUnavailable(
            f"{Path(command[0]).name} was not done after {timeout_s:.0f} s and was stopped.", NO_CARD_STEP
        ) from None
    except OSError as fault:
        return fault.strerror or str(fault)
    if program.returncode != 0 or (fails_by_words and program.stderr.strip()):
        return f"exit status {program.returncode}, {_last_line(program.stderr)}"
    return None


def _last_line(talk: str) -> str:
    lines = talk.strip().splitlines()
    return lines[-1].strip().rstrip(".") if lines else "it does not say why"


def _shortened(words: str, longest: int = 40) -> str:
    return repr(words if len(words) <= longest else words[:longest] + "…")
