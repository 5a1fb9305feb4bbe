"""Context: each number in the light of the others of its page: specks, parts of words, chance digits in a text."""

from dataclasses import dataclass, replace

import numpy as np

from preprocess.page import Layout
from preprocess.pieces import Run, span_box
from recognize.limits import Limits
from recognize.pattern import ANYTHING, Expectation
from recognize.reading import Box, Number, Refusal
from recognize.remains import TOO_SMALL, find_remains
from recognize.roman import find_roman

A_WORD = "a word, not a number"
FEWEST_WORDS = 6
# How wide a word is at least, in its own heights.
WORD_WIDTH = 1.2
# The most that a number is trusted, as a whole, in which something is no digit or could not be told.
DOUBTFUL = 0.1
# A lone digit that is lower than this share of the page's highest is a speck, where there are no more such than others.
DUST_SHARE = 0.1
# Letters of one word are about as high, and no farther from each other, in heights; what nearly touches is closer.
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
class Context:
    """What the numbers of one page say of each other.

    Parameters
    ----------
    layout : {"page", "line"}
    limits : Limits
    size : (int, int)
        Width and height of the picture, px.
    expected : Expectation
        What each number was expected to be.
    """

    layout: Layout
    limits: Limits
    size: tuple[int, int]
    expected: Expectation = ANYTHING

    def reconsider(self, found: list[Found]) -> list[Number | Refusal]:
        """Look at each number in the light of the others: specks, parts of words, chance digits in a text."""
        numbers = [(one.run, one.what) for one in found if isinstance(one.what, Number)]
        least = self.limits.size_share * _typical_height(numbers) if numbers else 0.0
        least_lone = max(least, _measure_dust([run.height_px for run, _ in numbers]))
        is_text = self._is_text([one for one in found if one.run.height_px >= least])
        judged = [self._reconsider(one.run, one.what, least, least_lone, is_text) for one in found]
        judged = self._refuse_letters(judged, self._find_words(found))
        judged = self._refuse_strokes(judged)
        return [_trust(one) for one in judged]

    def _reconsider(
        self, run: Run, found: Number | Refusal, least_px: float, least_lone_px: float, is_text: bool
    ) -> Number | Refusal:
        """Refuse a number that is too small beside the others of its page, or is chance in a text."""
        if isinstance(found, Refusal):
            return found
        if run.height_px < (least_lone_px if len(found.text) == 1 else least_px):
            return Refusal(found.box, TOO_SMALL)
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

    def _refuse_strokes(self, found: list[Number | Refusal]) -> list[Number | Refusal]:
        """Refuse bare strokes that count columns or rows, and what is left of others, unless the user expects ones."""
        if self.expected is not ANYTHING:
            return found
        places = [place for place, one in enumerate(found) if isinstance(one, Number)]
        numbers = [one for one in found if isinstance(one, Number)]
        reasons = find_remains(numbers, self.size) | dict.fromkeys(find_roman(numbers), "a Roman numeral")
        judged = list(found)
        for i, reason in reasons.items():
            judged[places[i]] = Refusal(numbers[i].box, reason)
        return judged

    def _is_sure(self, number: Number) -> bool:
        """Say whether a number is sure enough to stand among words; how it is calibrated does not move that."""
        return number.confidence >= self.limits.calibrate(self.limits.among_words)

    def _find_words(self, found: list[Found]) -> list[Box]:
        """Find what was refused because it is no digits, such as words."""
        return [one.what.box for one in found if isinstance(one.what, Refusal) and one.written < self.limits.clean]

    def _is_text(self, found: list[Found]) -> bool:
        """Say whether a page is handwritten text: much is written, and there are few clean numbers beside its words."""
        if self.layout != "page" or len(found) < FEWEST_WORDS:
            return False
        numbers = [one for one in found if isinstance(one.what, Number)]
        words = sum(isinstance(one.what, Refusal) and _is_wide(one.run) for one in found)
        clean = sum(one.written >= self.limits.clean for one in numbers)
        return clean < self.limits.clean_share * (len(numbers) + words)


def _is_wide(run: Run) -> bool:
    """Say whether a run is as wide as a word, and no letter and no stain."""
    left, top, right, bottom = span_box(run.pieces)
    return right - left >= WORD_WIDTH * (bottom - top)


def _trust(found: Number | Refusal) -> Number | Refusal:
    """Trust a number with a "?" little as a whole: last, for whatever more the user asks for makes no word of it."""
    if isinstance(found, Refusal) or "?" not in found.text:
        return found
    return replace(found, confidence=min(found.confidence, DOUBTFUL))


def _stands_beside(box: Box, words: np.ndarray, gap: float) -> bool:
    """Say whether a box stands no farther from a word, in heights, than its letters do: a ruled line parted them."""
    left, top, right, bottom = box
    height = bottom - top
    gaps = np.maximum(words[:, 0] - right, left - words[:, 2])
    overlaps = np.minimum(words[:, 3], bottom) - np.maximum(words[:, 1], top)
    lower = np.minimum(words[:, 3] - words[:, 1], height)
    alike = lower >= LETTER_SHARE * np.maximum(words[:, 3] - words[:, 1], height)
    return bool((alike & (overlaps >= 0.5 * lower) & (gaps <= gap * height) & (gaps > -height)).any())


def _measure_dust(heights_px: list[float]) -> float:
    """Measure below which height a lone digit is a speck, px; beside a few large numbers, many small ones are none."""
    least = DUST_SHARE * max(heights_px, default=0.0)
    low = sum(height < least for height in heights_px)
    return least if 2 * low <= len(heights_px) else 0.0


def _typical_height(numbers: list[tuple[Run, Number]]) -> float:
    """Height of a page's digits in px: the median, weighed by digits and confidence."""
    heights = np.array([run.height_px for run, _ in numbers])
    weights = np.array([len(number.text) * number.confidence + 1e-6 for _, number in numbers])
    order = np.argsort(heights)
    return float(heights[order][np.searchsorted(np.cumsum(weights[order]), weights.sum() / 2)])
