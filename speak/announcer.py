"""Speech beside a running program: whoever has something to say never waits for it."""

import threading
import time
from collections.abc import Callable
from types import TracebackType

from errors import ReaderError, SpeechUnavailable
from speak.engine import EngineProcess
from speak.player import Player, find_players, play
from speak.voice import Voice

LIVE_TIMEOUT_S = 5.0  # making a sound takes a hundredth of a second or two; who hears nothing for longer looks away
REPORT_IT = "What comes next is tried afresh; if that fails too, please report this."


class Announcer:
    """Says the newest of what it is given, one text after another, in a thread of its own.

    The queue holds one text: a newer one replaces what still waits, and what is being played is played to its end.
    The engine is started at once and kept, so that the first text does not wait for it; one that hangs or dies is
    replaced, and the next text is tried afresh. To be used as a context manager, or closed with `close`.

    Parameters
    ----------
    voice : Voice
        Its own time-out holds for the start of the engine.
    on_fault : callable, optional
        Is given each fault once, however often it comes back: ``on_fault(error)``. Without it nobody is told.
    on_begin : callable, optional
        Is told when a player has been started: ``on_begin(text, time.monotonic())``; once more if that player cannot
        play and the next is tried.
    timeout_s : float
        How long the engine may take for a sound, and a player beyond the sound's own length.

    Notes
    -----
    Both callables are called in the announcer's thread: they are to be short and may call its methods but `wait`.

    Examples
    --------
    >>> from speak import as_digits
    >>> from speak.announcer import Announcer
    >>> from speak.voice import Voice
    >>> with Announcer(Voice(), on_fault=print) as announcer:
    ...     announcer.say(as_digits("4071"))
    ...     announcer.wait(10)
    True
    """

    def __init__(
        self,
        voice: Voice,
        on_fault: Callable[[ReaderError], None] | None = None,
        on_begin: Callable[[str, float], None] | None = None,
        *,
        timeout_s: float = LIVE_TIMEOUT_S,
    ) -> None:
        self._voice = voice
        self._on_fault = on_fault
        self._on_begin = on_begin
        self._timeout_s = timeout_s
        # Guards the next five; held for moments only, never while something is made or played.
        self._change = threading.Condition()
        self._waiting: str | None = None
        self._is_speaking = False
        self._is_closed = False
        self._hush = threading.Event()
        self._engine: EngineProcess | None = None
        # The thread's own.
        self._proven_player: Player | None = None
        self._told: set[str] = set()
        self._thread = threading.Thread(target=self._run, name="announcer", daemon=True)
        self._thread.start()

    def __enter__(self) -> "Announcer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def is_busy(self) -> bool:
        """Whether a text is being made, played, or waits."""
        with self._change:
            return self._is_speaking or self._waiting is not None

    def say(self, text: str) -> None:
        """Say a text as soon as the one before it has been played, unless a newer one comes.

        Returns at once, from any thread. After `close` nothing is said.

        Parameters
        ----------
        text : str
            Words in the voice's language, such as `speak.wording` gives. What cannot be said is a fault.
        """
        with self._change:
            if not self._is_closed:
                self._waiting = text
                self._change.notify_all()

    def hush(self) -> None:
        """Cut off what is being played and drop what waits; returns at once, from any thread."""
        with self._change:
            self._waiting = None
            self._hush.set()

    def wait(self, timeout_s: float) -> bool:
        """Wait until nothing is left to say.

        Parameters
        ----------
        timeout_s : float

        Returns
        -------
        bool
            Whether it came to that in time.
        """
        with self._change:
            return self._change.wait_for(lambda: not (self._is_speaking or self._waiting is not None), timeout_s)

    def close(self, timeout_s: float = LIVE_TIMEOUT_S) -> None:
        """Stop speaking, and end the thread, the player and the engine's process; may be called again.

        Parameters
        ----------
        timeout_s : float
            How long to wait for their end, which takes a moment only.
        """
        with self._change:
            self._is_closed = True
            self._waiting = None
            self._hush.set()
            self._change.notify_all()
            if self._engine is not None:
                self._engine.kill()  # the thread may be waiting for its answer
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout_s)

    def _run(self) -> None:
        try:
            self._attempt(self._prepare)
            while (text := self._take_next()) is not None:
                self._attempt(self._announce, text)
                self._attempt(self._prepare)
        finally:
            self._end_engine()

    def _attempt(self, step: Callable[..., None], *arguments: str) -> None:
        """Carry out a step; whatever goes wrong in it is told, and the thread lives on."""
        try:
            step(*arguments)
        except ReaderError as error:
            self._tell(error)
        except Exception as fault:
            self._tell(SpeechUnavailable(f"Speech failed ({type(fault).__name__}: {fault}).", REPORT_IT))

    def _prepare(self) -> None:
        """Have a player and a running engine, so that the next text need not wait for one."""
        find_players()
        self._running_engine()

    def _announce(self, text: str) -> None:
        players = sorted(find_players(), key=lambda player: player != self._proven_player)
        sound = self._running_engine().make(text, self._timeout_s)
        if self._hush.is_set():
            return
        self._proven_player = play(
            sound, players, self._timeout_s, stop=self._hush, on_start=lambda: self._tell_begin(text)
        )

    def _take_next(self) -> str | None:
        """Wait for a text; None if there will be none."""
        with self._change:
            self._is_speaking = False
            self._change.notify_all()
            self._change.wait_for(lambda: self._is_closed or self._waiting is not None)
            text, self._waiting = self._waiting, None
            if text is not None:
                self._is_speaking = True
                self._hush.clear()
            return text

    def _running_engine(self) -> EngineProcess:
        """Give the engine, a new one if there is none or it has ended."""
        if self._engine is not None and self._engine.is_alive:
            return self._engine
        self._end_engine()
        engine = self._voice.start_engine()
        with self._change:
            self._engine = engine
            if self._is_closed:
                engine.kill()
        engine.greet(self._voice.timeout_s)
        return engine

    def _end_engine(self) -> None:
        with self._change:
            engine, self._engine = self._engine, None
        if engine is not None:
            engine.stop()

    def _tell(self, error: ReaderError) -> None:
        """Report a fault once; what goes wrong because of the end is none."""
        with self._change:
            is_news = not self._is_closed and str(error) not in self._told
            self._told.add(str(error))
        if is_news and self._on_fault is not None:
            self._on_fault(error)

    def _tell_begin(self, text: str) -> None:
        if self._on_begin is not None:
            self._on_begin(text, time.monotonic())
