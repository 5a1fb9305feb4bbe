"""The herald: everything settled is heard once, of each number the newest, hints only in silence."""

from tests.watch.scripted import number
from watch.aloud import Herald
from watch.settle import Settled


class Announcer:
    """An announcer with a queue of one that is told by the test when it has finished."""

    def __init__(self):
        self.begun, self.hushed = [], 0
        self.waiting = self.current = None
        self.herald = None

    @property
    def is_busy(self):
        return self.current is not None or self.waiting is not None

    def say(self, text):
        self.waiting = text
        if self.current is None:
            self.finish()

    def finish(self):
        """End what is being said, and begin what waits."""
        self.current, self.waiting = self.waiting, None
        if self.current is not None:
            self.begun.append(self.current)
            self.herald.begun(self.current)

    def hush(self):
        self.hushed += 1
        self.current = self.waiting = None

    def wait(self, timeout_s):
        return not self.is_busy


def settled(text, track=1):
    return Settled(number(text), 0.0, track)


def make():
    announcer = Announcer()
    announcer.herald = herald = Herald(announcer, lambda text, style: f"{style}: {text}", lambda key: f"hint {key}")
    return announcer, herald


def test_what_settles_together_is_said_together():
    announcer, herald = make()
    herald.tell([settled("12", 1), settled("34", 2)])
    assert announcer.begun == ["digits: 12 34"]


def test_what_settles_meanwhile_is_gathered_and_nothing_is_lost():
    announcer, herald = make()
    for track, text in enumerate(["12", "34", "56"]):
        herald.tell([settled(text, track)])
    announcer.finish()
    announcer.finish()
    assert announcer.begun == ["digits: 12", "digits: 34 56"]


def test_of_one_number_the_newest_reading_is_said():
    announcer, herald = make()
    herald.tell([settled("1", 1)])
    herald.tell([settled("40", 2)])
    herald.tell([settled("4071", 2)])
    announcer.finish()
    assert announcer.begun == ["digits: 1", "digits: 4071"]


def test_a_hint_waits_for_nobody():
    announcer, herald = make()
    herald.tell([settled("12")])
    herald.hint("closer")
    announcer.finish()
    herald.hint("dark")
    assert announcer.begun == ["digits: 12", "hint dark"]


def test_reading_again_cuts_off_what_is_said():
    announcer, herald = make()
    herald.tell([settled("12")])
    herald.style = "number"
    herald.read(["12"])
    assert announcer.hushed == 1
    assert announcer.begun == ["digits: 12", "number: 12"]
    assert herald.last == ["12"]


def test_muted_is_silent_and_what_was_missed_is_not_made_up_for():
    announcer, herald = make()
    assert herald.mute()
    herald.tell([settled("12")])
    herald.hint("dark")
    assert not herald.mute()
    herald.tell([settled("34", 2)])
    assert announcer.begun == ["digits: 34"]
    assert herald.last == ["34"]
