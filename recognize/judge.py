"""Judge: a run's best path is accepted as a number, or refused with a reason."""

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from preprocess.page import Page
from preprocess.pieces import Run
from recognize.advice import find_fault
from recognize.box import around, box_in_frame, boxes_in_frame, height_in_frame
from recognize.lattice import NOT_A_DIGIT, Segment
from recognize.lattice import Path as Route
from recognize.limits import Limits
from recognize.pattern import ANYTHING, Expectation
from recognize.reading import Box, Digit, Number, Refusal
from recognize.roman import find_roman
from recognize.spelling import spell, trim

A_WORD = "a word, not a number"
FEWEST_WORDS = 6
FAINTEST_SHARE = 0.001
# The most that a number is trusted, as a whole, in which something is no digit or could not be told.
DOUBTFUL = 0.1
# Nobody writes more digits than that without lifting the pen; where more lean on each other, it is plain that they are
# digits.
MOST_JOINED, PLAINLY = 5, 0.95
CLOSE_SHARE = 0.3
# A lone digit that is lower than this share of the page's highest is a speck, where there are no more such than others.
DUST_SHARE = 0.1
# Letters of one word are about as high, and no farther from each other, in heights.
LETTER_SHARE, LETTER_GAP, CLOSE_LETTER_GAP = 0.5, 0.5, 0.25


@dataclass(frozen=True, eq=False)
class Found:
    """What a run was judged to be.

    Parameters
    ----------
    run : Run
    what : Number or Refusal
    written : float
        How likely it is that its digits are digits at all, whichever, 0-1.
    """

    run: Run
    what: Number | Refusal
    written: float


@dataclass(frozen=True)
class Judge:
    """Judges what was found on one page.

    Parameters
    ----------
    page : Page
    limits : Limits
    min_confidence : float
        Digits that are less sure than this become "?".
    expected : Expectation
        What each number was expected to be.
    """

    page: Page
    limits: Limits
    min_confidence: float = 0.0
    expected: Expectation = ANYTHING

    def judge_run(self, run: Run, route: Route | None) -> Found:
        """Make a number of a run's best path, or refuse it; there is none where no path is as expected."""
        if route is None:
            return Found(run, self._refuse(run, f"not {self.expected.words}"), 0.0)
        are_digits = _are_digits(route)
        return Found(run, self._judge_route(run, route, are_digits), are_digits)

    def _judge_route(self, run: Run, route: Route, are_digits: float) -> Number | Refusal:
        """Make a number of a run's best path, or refuse it."""
        segments = trim(route.segments)
        digits = [segment for segment in segments if segment.kind == "digit"]
        junk = [segment for segment in route.segments if segment.kind == "junk"]
        if not digits:
            return self._refuse(run, "not a digit" if junk else "too small for a digit")
        if len(junk) > self.limits.junk_share * (len(junk) + len(digits)):
            return self._refuse(run, "not a digit")
        written = [segment for segment in segments if segment.kind != "mark"]
        boxes = boxes_in_frame([run.pieces[one.start : one.stop] for one in written], run, self.page)
        read = [(segment, self._make_digit(segment, box, run)) for segment, box in zip(written, boxes, strict=True)]
        values = [digit.value for _, digit in read]
        if values.count(None) >= len(values) - values.count(None):
            return self._refuse(run, next(digit.reason for _, digit in read if digit.reason) or "not a digit")
        share = float(np.prod([segment.shares[segment.label] for segment in digits]))
        confidence = self.limits.calibrate(share, self.page.layout)
        if confidence < self.limits.number:
            return self._refuse(run, "not sure enough")
        if self.page.layout == "page":
            reason = self._doubt(run, route, digits, share, are_digits)
            if reason:
                return self._refuse(run, reason)
        return Number(
            "".join(value or "?" for value in values),
            spell(segments, read, run.pieces),
            tuple(digit for _, digit in read),
            min(confidence, DOUBTFUL) if junk else confidence,
            around(boxes),
        )

    def _doubt(self, run: Run, route: Route, digits: list[Segment], share: float, are_digits: float) -> str | None:
        """Say why what stands on a page and could be a number is none; None where nothing speaks against it."""
        # Whatever more the user asks for: that makes "?" of digits, and no words of numbers.
        sure = [segment for segment in digits if segment.shares[segment.label] >= self.limits.digit]
        all_sure = len(sure) == sum(segment.kind != "mark" for segment in route.segments)
        if len(digits) == 1 and share < self.limits.lone:
            return "not a digit"
        is_holed = any(segment.kind == "junk" for segment in trim(route.segments))
        least = self.limits.holed if is_holed else self.limits.legible
        if not all_sure and share < least ** len(digits):
            return "not sure enough" if are_digits >= self.limits.clean else A_WORD
        joined = _count_joined(digits, run)
        is_whole = 1 < len(digits) == joined and are_digits < self.limits.clean
        is_endless = joined > MOST_JOINED and are_digits < PLAINLY
        return "a drawing, not a number" if is_whole or is_endless else None

    def judge_page(self, found: list[Found]) -> list[Number | Refusal]:
        """Look at each number in the light of the others: specks, parts of words, chance digits in a text."""
        numbers = [(one.run, one.what) for one in found if isinstance(one.what, Number)]
        least = self.limits.size_share * _typical_height(numbers) if numbers else 0.0
        dust = _highest_dust([run.height_px for run, _ in numbers])
        is_text = self._is_text([one for one in found if one.run.height_px >= least])
        judged = [self._reconsider(one.run, one.what, least, dust, is_text) for one in found]
        judged = self._refuse_letters(judged, self._find_words(found))
        judged = self._refuse_roman(judged)
        return [_trust(one) for one in judged]

    def _make_digit(self, segment: Segment, box: Box, run: Run) -> Digit:
        """Make a digit of a segment of the path, refused where it is not sure enough."""
        shares = segment.shares[:NOT_A_DIGIT].tolist()
        # The best path's digit comes first, though other cuts together may speak for another.
        order = sorted(range(NOT_A_DIGIT), key=lambda digit: (digit != segment.label, -shares[digit]))
        ranked = [(str(digit), shares[digit]) for digit in order]
        (best, confidence), (second, runner_up) = ranked[:2]
        likely = tuple(pair for pair in ranked[:4] if pair[1] >= FAINTEST_SHARE)
        least = self.limits.digit if self.page.layout == "page" else self.limits.line_digit
        if segment.kind == "digit" and confidence >= max(least, self.min_confidence):
            return Digit(best, confidence, box, likely[1:])
        fault = find_fault(self.page, box, height_in_frame(run, self.page))
        if segment.kind == "unfit":
            reason = f"not as in {self.expected.words}"
        elif fault:
            reason = fault
        elif segment.kind == "junk":
            reason = "not a digit"
        elif runner_up > CLOSE_SHARE * confidence:
            reason = f"{best} or {second}"
        else:
            reason = "not sure enough" if confidence >= least else "not a digit"
        return Digit(None, confidence, box, likely[:3], reason)

    def _reconsider(
        self, run: Run, found: Number | Refusal, least_px: float, dust_px: float, is_text: bool
    ) -> Number | Refusal:
        """Refuse a number that is too small beside the others of its page, or is chance in a text."""
        if isinstance(found, Refusal):
            return found
        if run.height_px < (max(least_px, dust_px) if len(found.text) == 1 else least_px):
            return Refusal(found.box, "too small beside the other digits")
        may_be_letters = len(found.text) == 1 or not self._is_sure(found)
        return Refusal(found.box, A_WORD) if is_text and may_be_letters else found

    def _refuse_letters(self, found: list[Number | Refusal], words: list[Box]) -> list[Number | Refusal]:
        """Refuse what stands as close to a word as its letters do, and then what stands so close to that."""
        judged, parts = list(found), words
        while parts:
            boxes = np.array(parts, float)
            beside = [
                place
                for place, one in enumerate(judged)
                if isinstance(one, Number) and self._is_letter_beside(one, boxes)
            ]
            parts = [judged[place].box for place in beside]
            for place in beside:
                judged[place] = Refusal(judged[place].box, A_WORD)
        return judged

    def _is_letter_beside(self, number: Number, words: np.ndarray) -> bool:
        """Say whether a number is more of one of the words: a sure lone digit only if it nearly touches a long one."""
        if not self._is_sure(number):
            return _stands_beside(number.box, words, LETTER_GAP)
        long = words[words[:, 2] - words[:, 0] >= words[:, 3] - words[:, 1]]
        return len(number.text) == 1 and _stands_beside(number.box, long, CLOSE_LETTER_GAP)

    def _refuse_roman(self, found: list[Number | Refusal]) -> list[Number | Refusal]:
        """Refuse the strokes that count a table's columns or a list's rows, unless the user expects ones."""
        numbers = {place: one for place, one in enumerate(found) if isinstance(one, Number)}
        if self.expected is not ANYTHING:
            return found
        places = list(numbers)
        roman = {places[i] for i in find_roman(list(numbers.values()))}
        return [Refusal(one.box, "a Roman numeral") if place in roman else one for place, one in enumerate(found)]

    def _is_sure(self, number: Number) -> bool:
        """Say whether a number is sure enough to stand among words; how it is calibrated does not move that."""
        return number.confidence >= self.limits.calibrate(self.limits.among_words)

    def _find_words(self, found: list[Found]) -> list[Box]:
        """Find what was refused because it is no digits, such as words."""
        return [one.what.box for one in found if isinstance(one.what, Refusal) and one.written < self.limits.clean]

    def _is_text(self, found: list[Found]) -> bool:
        """Say whether a page is handwritten text: much is written, and little of it is clean numbers."""
        if self.page.layout != "page" or len(found) < FEWEST_WORDS:
            return False
        clean = sum(one.written >= self.limits.clean for one in found)
        return clean < self.limits.clean_share * len(found)

    def _refuse(self, run: Run, reason: str) -> Refusal:
        """Refuse a whole run."""
        return Refusal(box_in_frame(run.pieces, run, self.page), reason)


def _trust(found: Number | Refusal) -> Number | Refusal:
    """Trust a number with a "?" little as a whole: last, for whatever more the user asks for makes no word of it."""
    if isinstance(found, Refusal) or "?" not in found.text:
        return found
    return replace(found, confidence=min(found.confidence, DOUBTFUL))


def _are_digits(route: Route) -> float:
    """Say how likely it is that what a path takes for digits, or passes over, are digits: the geometric mean.

    Where digits touch, it is often unsure which they are; where letters stand, whether they are any.
    """
    written = [segment for segment in route.segments if segment.kind != "mark"]
    if not any(segment.kind == "digit" for segment in written):
        return 0.0
    shares = [max(1.0 - float(segment.shares[NOT_A_DIGIT]), FAINTEST_SHARE) for segment in written]
    return float(np.exp(np.mean(np.log(shares))))


def _count_joined(digits: list[Segment], run: Run) -> int:
    """Count the digits in the component that holds most of them."""
    heaviest = [max(run.pieces[digit.start : digit.stop], key=lambda piece: piece.mass) for digit in digits]
    return max(Counter(piece.component for piece in heaviest).values())


def _stands_beside(box: Box, words: np.ndarray, gap: float) -> bool:
    """Say whether a box stands no farther from a word, in heights, than its letters do: a ruled line parted them."""
    left, top, right, bottom = box
    height = bottom - top
    gaps = np.maximum(words[:, 0] - right, left - words[:, 2])
    overlaps = np.minimum(words[:, 3], bottom) - np.maximum(words[:, 1], top)
    lower = np.minimum(words[:, 3] - words[:, 1], height)
    alike = lower >= LETTER_SHARE * np.maximum(words[:, 3] - words[:, 1], height)
    return bool((alike & (overlaps >= 0.5 * lower) & (gaps <= gap * height) & (gaps > -height)).any())


def _highest_dust(heights_px: list[float]) -> float:
    """How high a lone digit has to be not to be a speck, px: beside a few large numbers, many small ones are none."""
    least = DUST_SHARE * max(heights_px, default=0.0)
    low = sum(height < least for height in heights_px)
    return least if 2 * low <= len(heights_px) else 0.0


def _typical_height(numbers: list[tuple[Run, Number]]) -> float:
    """Height of a page's digits in px: the median, weighed by digits and confidence."""
    heights = np.array([run.height_px for run, _ in numbers])
    weights = np.array([len(number.text) * number.confidence + 1e-6 for _, number in numbers])
    order = np.argsort(heights)
    return float(heights[order][np.searchsorted(np.cumsum(weights[order]), weights.sum() / 2)])
