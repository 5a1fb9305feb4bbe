"""Settle: when the frames of a moment agree on a number, and on what.

A single frame is wrong now and then, each time in another way: out of focus, shaken, half under a hand. Each casts a
vote with the confidence that it has, place by place (Fiscus 1997, "A post-processing system to yield reduced word
error rates: Recognizer Output Voting Error Reduction (ROVER)", with frames for recognizers); what they agree on for a
while is settled. The while is short for what is plain, and longer for what often turns out to be something else: a
number at the picture's edge may go on beyond it, a part of what was there may have a hand on the rest, and of a digit
that each frame finds nearly as likely to be another, now this one leads and now that.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from recognize.reading import Digit, Number

# Seconds of frames that have to agree.
SHORT_S, LONG_S = 0.2, 1.5
LONGEST_S = 2.0
FEWEST = 4
# The frames of so many seconds lie within a little less.
ALMOST = 0.7
# Shares of their votes: for as many digits, and for each digit.
SAME_LENGTH, SAME_DIGIT = 0.75, 0.6
# A digit that may be another one so likely is not plain.
RIVAL = 0.3
# Less likely right than wrong is not said as if it were right.
LEAST_CONFIDENCE = 0.5
LEAST_WEIGHT = 1e-9
DISAGREEMENT, NO_VOTE = "the pictures disagree", "no picture shows it"


@dataclass(frozen=True)
class Vote:
    """What one frame read.

    Parameters
    ----------
    clock_s : float
        When, in seconds of the watcher's clock.
    number : Number
    is_doubtful : bool
        Whether it may go on where the picture ends.
    """

    clock_s: float
    number: Number
    is_doubtful: bool = False


@dataclass(frozen=True)
class Settled:
    """What frames agreed on.

    Parameters
    ----------
    number : Number
        Each digit with its share of the votes as its confidence, "?" where none has enough.
    clock_s : float
        When, in seconds of the watcher's clock.
    track : int
        Which of the numbers in view it is; another reading of the same one takes its place.
    """

    number: Number
    clock_s: float
    track: int = 0

    @property
    def text(self) -> str:
        """The number's text."""
        return self.number.text


def settle(votes: Sequence[Vote], clock_s: float, before: Settled | None = None) -> Settled | None:
    """Say what the last frames agree on, if they do and it is not what was settled before.

    Parameters
    ----------
    votes : sequence of Vote
        Of one number, the newest last.
    clock_s : float
    before : Settled or None
        What was settled last.

    Returns
    -------
    Settled or None
    """
    number = _agree(votes, clock_s, SHORT_S)
    if number is None or _is_same(number, before):
        return None
    if not _is_plain(number, votes, before):
        number = _agree(votes, clock_s, LONG_S)
        number = _doubt(number) if number else None
        if number is None or _is_same(number, before):
            return None
    return Settled(number, clock_s)


def elect(numbers: Iterable[Number]) -> Number | None:
    """Vote place by place, each frame with its confidence.

    Parameters
    ----------
    numbers : iterable of Number
        What each frame read, the newest last.

    Returns
    -------
    Number or None
        At the newest place where it was read; each digit with the confidence of its voters times their share. None
        where they do not agree on how many digits there are, or on most of these.
    """
    voters = list(numbers)
    weight = max(sum(number.confidence for number in voters), LEAST_WEIGHT)
    alike = _same_length(voters)
    if not alike or sum(number.confidence for number in alike) < SAME_LENGTH * weight:
        return None
    digits = tuple(_elect_digit(place) for place in zip(*(number.digits for number in alike), strict=True))
    text = "".join(digit.value or "?" for digit in digits)
    if 2 * text.count("?") >= len(text):
        return None
    literal = [number for number in alike if number.text == text]
    share = sum(number.confidence for number in literal) / weight
    shown = (literal or alike)[-1]
    sure = sum(number.confidence for number in literal) / len(literal) if literal else 0.0
    return replace(shown, text=text, raw=shown.raw if literal else text, digits=digits, confidence=sure * share)


def _agree(votes: Sequence[Vote], clock_s: float, need_s: float) -> Number | None:
    """Elect what the votes of the last `need_s` say; None where there are too few, or they do not agree."""
    recent = [vote for vote in votes if clock_s - vote.clock_s <= need_s]
    if len(recent) < FEWEST:
        # A slow camera's frames lie further apart.
        recent = list(votes)[-FEWEST:]
    lasts_s = recent[-1].clock_s - recent[0].clock_s if recent else 0.0
    if len(recent) < FEWEST or lasts_s < ALMOST * need_s:
        return None
    return elect(vote.number for vote in recent)


def _is_same(number: Number, before: Settled | None) -> bool:
    return before is not None and number.text == before.text


def _is_plain(number: Number, votes: Sequence[Vote], before: Settled | None) -> bool:
    """Say whether nothing speaks against it: all digits are known and none has a rival, and nothing hides a part."""
    hides = before is not None and number.text in before.text
    may_go_on = hides or votes[-1].is_doubtful
    is_sure = "?" not in number.text and number.confidence >= LEAST_CONFIDENCE
    return is_sure and not may_go_on and not any(_has_rival(digit) for digit in number.digits)


def _has_rival(digit: Digit) -> bool:
    return any(share >= RIVAL for _, share in digit.alternatives)


def _doubt(number: Number) -> Number | None:
    """Take back the least sure digit of a number that is less likely right than wrong; None if too little is left."""
    if number.confidence >= LEAST_CONFIDENCE or "?" in number.text:
        return number
    weakest = min(range(len(number.digits)), key=lambda place: number.digits[place].confidence)
    digits = list(number.digits)
    digits[weakest] = _refuse(digits[weakest])
    text = "".join(digit.value or "?" for digit in digits)
    if 2 * text.count("?") >= len(text):
        return None
    return replace(number, text=text, raw=text, digits=tuple(digits))


def _same_length(numbers: Sequence[Number]) -> list[Number]:
    """List those that have as many digits as most have."""
    weights: dict[int, float] = defaultdict(float)
    for number in numbers:
        weights[len(number.digits)] += number.confidence
    length = max(weights, key=lambda digits: weights[digits], default=0)
    return [number for number in numbers if len(number.digits) == length]


def _elect_digit(voters: Sequence[Digit]) -> Digit:
    """Elect one digit: each voter's confidence goes to what it read, the rest to what else it may be."""
    weights: dict[str, float] = defaultdict(float)
    for digit in voters:
        for value, share in ((digit.value, digit.confidence), *digit.alternatives):
            if value is not None:
                weights[value] += share
    ranked = sorted(weights.items(), key=lambda pair: -pair[1])
    alternatives = tuple((value, min(1.0, weight / len(voters))) for value, weight in ranked[1:3])
    box = voters[-1].box
    if not ranked:
        return Digit(None, 0.0, box, (), NO_VOTE)
    best, weight = ranked[0]
    elected = Digit(best, min(1.0, weight / len(voters)), box, alternatives)
    return elected if weight >= SAME_DIGIT * sum(weights.values()) else _refuse(elected)


def _refuse(digit: Digit) -> Digit:
    """Take back what a digit is, and keep it as what it may be."""
    if digit.value is None:
        return digit
    alternatives = ((digit.value, digit.confidence), *digit.alternatives)
    return replace(digit, value=None, alternatives=alternatives, reason=DISAGREEMENT)
