"""Read results aloud: `wording` finds the words, `voice` makes and plays a sound, `announcer` does so beside a program.

The words of each language stand in `language`. `worker` is the process that holds the speech engine, `engine` the way
to talk to it; `sound` checks what it made, and `player` plays that.

The wording is at hand here; the voice is `speak.voice.Voice`. It is not imported here, because this file is also run
by the worker, which is to start with as little as it can.
"""

from speak.language import phrase
from speak.wording import Style, Zero, as_digits, as_number, word

__all__ = ["Style", "Zero", "as_digits", "as_number", "phrase", "word"]
