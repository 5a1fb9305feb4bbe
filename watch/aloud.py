"""Aloud: what is said when, so that everything settled is heard once and nobody is talked over."""

import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from speak.wording import Style
from watch.settle import Settled


class Says(Protocol):
    """What a herald needs of an announcer: `speak.announcer.Announcer`, or what stands in for one."""

    @property
    def is_busy(self) -> bool:
        """Whether something is being said or waits."""

    def say(self, text: str) -> None:
        """Say a text when the one before it has been said, in place of what still waits."""

    def hush(self) -> None:
        """Be quiet at once."""

    def wait(self, timeout_s: float) -> bool:
        """Wait until nothing is left to say."""


class Herald:
    """Says what settles.

    An announcer keeps the newest text only. What settles while it speaks is gathered here, in the order of reading,
    until it is begun: of the same number the newest reading alone.

    Parameters
    ----------
    announcer : Says
        To be made with this herald's `begun` as what it tells when it begins.
    word : callable
        Turns numbers (parted by white space) into words, in a style, "digits" or "number".
    phrase : callable
        Turns a hint's key into words.
    style : {"digits", "number"}
        How numbers are said at first.

    Attributes
    ----------
    last : list of str
        The numbers that were told last.
    """

    def __init__(
        self, announcer: Says, word: Callable[[str, Style], str], phrase: Callable[[str], str], style: Style = "digits"
    ) -> None:
        self._announcer, self._word, self._phrase = announcer, word, phrase
        self.style = style
        self.is_muted = False
        self._guard = threading.Lock()  # of what waits: `begun` is called from the announcer's thread
        self._waiting: list[Settled] = []
        self._words = ""
        self.last: list[str] = []

    def tell(self, new: Sequence[Settled]) -> None:
        """Say numbers that settled."""
        if not new:
            return
        self.last = [settled.text for settled in new]
        if self.is_muted:
            return
        with self._guard:
            tracks = {settled.track for settled in new}
            self._waiting = [settled for settled in self._waiting if settled.track not in tracks] + list(new)
            self._words = words = self._word(" ".join(one.text for one in self._waiting), self.style)
        self._announcer.say(words)

    def hint(self, key: str) -> None:
        """Say a hint, unless something else is being said: numbers come first."""
        if not self.is_muted and not self._announcer.is_busy:
            self._announcer.say(self._phrase(key))

    def read(self, texts: Sequence[str]) -> None:
        """Say these numbers now, whatever was being said."""
        self._announcer.hush()
        self._announcer.say(self._word(" ".join(texts), self.style))

    def mute(self) -> bool:
        """Be quiet, or speak again; whether it is quiet now."""
        self.is_muted = not self.is_muted
        if self.is_muted:
            self._announcer.hush()
            with self._guard:
                self._waiting = []
        return self.is_muted

    def begun(self, words: str) -> None:
        """Take note that a text is being said: what it holds waits no longer."""
        with self._guard:
            if words == self._words:
                self._waiting = []

    def finish(self, timeout_s: float) -> None:
        """Wait until all has been said, at most so long."""
        self._announcer.wait(timeout_s)
