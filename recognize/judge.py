"""Judge: a run's best path is accepted as a number, or refused with a reason."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from preprocess.page import Page
from preprocess.pieces import Run
from recognize.advice import find_fault
from recognize.box import around, box_in_frame, boxes_in_frame, height_in_frame
from recognize.context import A_WORD, DOUBTFUL, Found
from recognize.lattice import NOT_A_DIGIT, Segment, share_strokes
from recognize.lattice import Path as Route
from recognize.limits import Limits
from recognize.pattern import ANYTHING, Expectation
from recognize.reading import Box, Digit, Number, Refusal
from recognize.spelling import spell, trim

FAINTEST_SHARE = 0.001
# Nobody writes more digits than that without lifting the pen; where more lean on each other, it is plain that they are
# digits.
MOST_JOINED, PLAINLY = 5, 0.95
CLOSE_SHARE = 0.3


@dataclass(frozen=True)
class Judge:
    """Judges each run of a page by itself.

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
        confidence = self.limits.calibrate(share * share_strokes(route.segments), self.page.layout)
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

    def _refuse(self, run: Run, reason: str) -> Refusal:
        """Refuse a whole run."""
        return Refusal(box_in_frame(run.pieces, run, self.page), reason)


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
