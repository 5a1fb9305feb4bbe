"""Read results aloud: `wording` finds the words, `voice` makes and plays the sound, `worker` is its process.

The wording is at hand here; the voice is `speak.voice.Voice`. It is not imported here, because this file is also run
by the worker, which is to start with as little as it can.
"""

from speak.wording import Style, as_digits, as_number, word

__all__ = ["Style", "as_digits", "as_number", "word"]
