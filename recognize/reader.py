"""Reader: a page's runs become numbers, or are refused with a reason."""

import time
from dataclasses import dataclass, fields
from pathlib import Path

import cv2
import numpy as np

from errors import ModelDamaged
from preprocess.glyphs import BODY_PX, SOFT_EDGE, Piece, Run, join, span_box, spans_of
from preprocess.page import Page
from preprocess.patch import to_patches
from recognize.classifier import MODELS, NOT_A_DIGIT, Card, Classifier
from recognize.lattice import IN_A_LINE, ON_A_PAGE, Segment, Weights, find_path
from recognize.lattice import Path as Route
from recognize.reading import Box, Digit, Number, Reading, Refusal

FEWEST_WORDS = 6
FAINTEST_SHARE = 0.001
# The most that a number is trusted in which something is no digit.
DOUBTFUL = 0.3
CLOSE_SHARE = 0.3
SMALLEST_HEIGHT_PX = 8.0
DARKEST = 50.0
FAINTEST_CONTRAST = 0.12
BLUREST = 0.12


@dataclass(frozen=True)
class Limits:
    """What has to be reached for a digit or a number to be accepted; the model card may set them.

    Parameters
    ----------
    digit, line_digit : float
        Least confidence of a digit: on a page, and where the whole picture is said to be one number.
    lone : float
        Least confidence of a number of one digit on a page.
    junk_share : float
        A run whose share of non-digits is above this is refused as a whole.
    clean : float
        A number without "?" is clean when its digits are at least this sure, in the geometric mean.
    clean_share : float
        A page with less than this share of its writing in clean numbers is taken for text.
    among_words : float
        Least confidence of a number in a text; a lone digit is not read there at all.
    size_share : float
        Numbers lower than this share of the page's own digits are specks.
    temper : float
        Calibration of a number's confidence: its odds to the power of this.
    offset : float
        Calibration of a number's confidence: added to the logarithm of its odds.
    """

    digit: float = 0.5
    line_digit: float = 0.3
    lone: float = 0.6
    junk_share: float = 0.34
    clean: float = 0.75
    clean_share: float = 0.45
    among_words: float = 0.97
    size_share: float = 0.4
    temper: float = 1.0
    offset: float = 0.0


def limits_of(card: Card) -> Limits:
    """Take the limits from a model card.

    Raises
    ------
    ModelDamaged
        If it names one that there is not, or one that is no number.
    """
    known = {field.name for field in fields(Limits)}
    wrong = [name for name, value in card.thresholds.items() if name not in known or not isinstance(value, int | float)]
    if wrong:
        raise ModelDamaged(f"The model card's thresholds are not what this program knows ({', '.join(wrong)}).")
    return Limits(**card.thresholds)


@dataclass(frozen=True, eq=False)
class _Candidate:
    """A run with its best path."""

    run: Run
    route: Route
    spans: list[tuple[int, int]]
    given: np.ndarray


_Judged = tuple[_Candidate, Number | Refusal]


class Reader:
    """Reads pages with one model.

    Parameters
    ----------
    classifier : Classifier
    limits : Limits, optional
        From the model card if not given.
    """

    def __init__(self, classifier: Classifier, limits: Limits | None = None) -> None:
        self.classifier = classifier
        self.limits = limits or limits_of(classifier.card)

    @classmethod
    def load(cls, folder: Path = MODELS) -> "Reader":
        """Load the model of a folder."""
        return cls(Classifier.load(folder))

    def read(self, page: Page, min_confidence: float = 0.0, patches: np.ndarray | None = None) -> Reading:
        """Read a page.

        Parameters
        ----------
        page : Page
        min_confidence : float
            Digits that are less sure than this become "?".
        patches : ndarray of float32, shape (n, 28, 28, 1), optional
            The patches of all spans in order, where they have been made already.

        Returns
        -------
        Reading
            Boxes in the frame's pixels.
        """
        start = time.perf_counter()
        weights = ON_A_PAGE if page.layout == "page" else IN_A_LINE
        candidates = self._find_routes(page.runs, weights, patches)
        judged = [(candidate, self._judge(candidate, page, min_confidence)) for candidate in candidates]
        judged = self._reconsider(judged, page.layout == "page")
        numbers = tuple(found for _, found in judged if isinstance(found, Number))
        refused = tuple(found for _, found in judged if isinstance(found, Refusal))
        advice = give_advice(page, numbers)
        took = (time.perf_counter() - start) * 1e3
        frame = page.frame
        return Reading(
            frame.source,
            frame.width,
            frame.height,
            numbers,
            refused,
            advice,
            self.classifier.card.version,
            {"preprocess": sum(step.ms for step in page.steps), "recognize": took},
            tuple({"stage": step.stage, "settings": step.settings, "ms": step.ms} for step in page.steps),
        )

    def _find_routes(self, runs: list[Run], weights: Weights, patches: np.ndarray | None) -> list[_Candidate]:
        """Classify the spans of all runs in one batch, and find each run's best path."""
        runs = [run for run in runs if run.pieces]
        spans = [spans_of(run.pieces) for run in runs]
        if patches is None:
            patches = to_patches([join(run.pieces[a:b]) for run, own in zip(runs, spans, strict=True) for a, b in own])
        given = self.classifier.predict(patches)
        candidates = []
        at = 0
        for run, own in zip(runs, spans, strict=True):
            mine = given[at : at + len(own)]
            at += len(own)
            candidates.append(_Candidate(run, find_path(run.pieces, own, mine, weights), own, mine))
        return candidates

    def _judge(self, candidate: _Candidate, page: Page, min_confidence: float) -> Number | Refusal:
        """Make a number of a run's best path, or refuse it."""
        run = candidate.run
        segments = _trim(candidate.route.segments)
        digits = [segment for segment in segments if segment.kind == "digit"]
        junk = [segment for segment in candidate.route.segments if segment.kind == "junk"]
        if not digits:
            return _refuse(run, page, "not a digit" if junk else "too small for a digit")
        if len(junk) > self.limits.junk_share * (len(junk) + len(digits)):
            return _refuse(run, page, "not a digit")
        read = [
            (segment, self._make_digit(segment, run, page, min_confidence))
            for segment in segments
            if segment.kind != "mark"
        ]
        values = [digit.value for _, digit in read]
        if values.count(None) >= len(values) - values.count(None):
            return _refuse(run, page, next(digit.reason for _, digit in read if digit.reason) or "not a digit")
        confidence = self._calibrate(float(np.prod([segment.shares.max() for segment in digits])))
        if page.layout == "page" and len(values) == 1 and confidence < self.limits.lone:
            return _refuse(run, page, "not a digit")
        return Number(
            "".join(value or "?" for value in values),
            _spell(segments, read, run.pieces),
            tuple(digit for _, digit in read),
            min(confidence, DOUBTFUL) if junk else confidence,
            _around([digit.box for _, digit in read]),
        )

    def _make_digit(self, segment: Segment, run: Run, page: Page, min_confidence: float) -> Digit:
        """Make a digit of a segment of the path, refused where it is not sure enough."""
        box = box_in_frame(run.pieces[segment.start : segment.stop], run, page)
        shares = segment.shares[:NOT_A_DIGIT]
        ranked = [(str(digit), float(shares[digit])) for digit in np.argsort(-shares)]
        (best, confidence), (second, runner_up) = ranked[:2]
        likely = tuple(pair for pair in ranked[:4] if pair[1] >= FAINTEST_SHARE)
        least = self.limits.digit if page.layout == "page" else self.limits.line_digit
        if segment.kind == "digit" and confidence >= max(least, min_confidence):
            return Digit(best, confidence, box, likely[1:])
        if segment.kind == "junk":
            reason = "not a digit"
        elif runner_up > CLOSE_SHARE * confidence:
            reason = f"{best} or {second}"
        else:
            reason = "not sure enough" if confidence >= least else "not a digit"
        return Digit(None, confidence, box, likely[:3], reason)

    def _calibrate(self, share: float) -> float:
        """Turn the shares' product into how often such a number is right."""
        share = min(max(share, 1e-6), 1 - 1e-6)
        odds = self.limits.temper * np.log(share / (1 - share)) + self.limits.offset
        return float(1 / (1 + np.exp(-odds)))

    def _reconsider(self, judged: list[_Judged], is_page: bool) -> list[_Judged]:
        """Look at each number in the light of the others: specks beside digits, and chance digits in a text."""
        numbers = [(candidate.run, found) for candidate, found in judged if isinstance(found, Number)]
        if not numbers:
            return judged
        typical = _typical_height(numbers)
        tall = [found for c, found in judged if c.run.height_px >= self.limits.size_share * typical]
        clean = sum(isinstance(found, Number) and self._is_clean(found) for found in tall)
        is_text = is_page and len(tall) >= FEWEST_WORDS and clean < self.limits.clean_share * len(tall)
        kept: list[_Judged] = []
        for candidate, found in judged:
            if isinstance(found, Number):
                if candidate.run.height_px < self.limits.size_share * typical:
                    found = Refusal(found.box, "too small beside the other digits")
                elif is_text and (len(found.text) == 1 or found.confidence < self.limits.among_words):
                    found = Refusal(found.box, "a word, not a number")
            kept.append((candidate, found))
        return kept

    def _is_clean(self, number: Number) -> bool:
        """Say whether no digit of a number is in doubt; a long one is not less clean than a short one."""
        surest = np.log([max(digit.confidence, 1e-6) for digit in number.digits])
        return "?" not in number.text and float(np.exp(surest.mean())) >= self.limits.clean


def _typical_height(numbers: list[tuple[Run, Number]]) -> float:
    """Height of a page's digits in px: the median, weighed by digits and confidence."""
    heights = np.array([run.height_px for run, _ in numbers])
    weights = np.array([len(number.text) * number.confidence + 1e-6 for _, number in numbers])
    order = np.argsort(heights)
    return float(heights[order][np.searchsorted(np.cumsum(weights[order]), weights.sum() / 2)])


def _refuse(run: Run, page: Page, reason: str) -> Refusal:
    """Refuse a whole run."""
    return Refusal(box_in_frame(run.pieces, run, page), reason)


def _around(boxes: list[Box]) -> Box:
    """Box around boxes."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _trim(segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
    """Leave out what stands before the first digit and after the last: borders, dashes, currency signs."""
    digits = [place for place, segment in enumerate(segments) if segment.kind == "digit"]
    return segments[digits[0] : digits[-1] + 1] if digits else ()


def _spell(segments: tuple[Segment, ...], read: list[tuple[Segment, Digit]], pieces: tuple[Piece, ...]) -> str:
    """Write the number with the marks between its digits."""
    digits = {id(segment): digit.value or "?" for segment, digit in read}
    return "".join(
        digits[id(segment)] if id(segment) in digits else _name_mark(segment, pieces) for segment in segments
    )


def _name_mark(segment: Segment, pieces: tuple[Piece, ...]) -> str:
    """Name a small mark between digits by its place and shape: a dash, a dot on the line, or nothing at all."""
    left, top, right, bottom = span_box(pieces[segment.start : segment.stop])
    width, height, middle = right - left, bottom - top, (top + bottom) / 2
    _, first, _, last = span_box(pieces)
    if width > 1.8 * height and width > 0.25 * BODY_PX:
        return "-"
    # Specks of paper are smaller than a pen's dot.
    return "." if middle > first + 0.6 * (last - first) and height > 0.08 * BODY_PX else ""


def box_in_frame(pieces: tuple[Piece, ...], run: Run, page: Page) -> Box:
    """Box around the ink of pieces, in px of the frame, within it.

    The ink itself is mapped, and not its box: on strokes that were stood upright the two differ.
    """
    matrix = page.to_frame @ run.to_page
    spots = np.concatenate([_ink_spots(piece) for piece in pieces])
    places = spots @ matrix[:2, :2].T + matrix[:2, 2]
    # Pixels have an extent; under a linear map it is the same for all of them.
    reach = np.abs(matrix[:2, :2]).sum(axis=1) / 2
    (x0, y0), (x1, y1) = np.floor(places.min(axis=0) - reach + 0.5), np.ceil(places.max(axis=0) + reach - 0.5)
    left, top = min(max(0, int(x0)), page.frame.width - 1), min(max(0, int(y0)), page.frame.height - 1)
    return left, top, max(left + 1, min(int(x1), page.frame.width)), max(top + 1, min(int(y1), page.frame.height))


def _ink_spots(piece: Piece) -> np.ndarray:
    """Middles of a piece's ink pixels, px of the run: (n, 2); of its box's corners where all of it is faint."""
    solid = cv2.findNonZero(cv2.threshold(piece.ink, SOFT_EDGE, 255, cv2.THRESH_BINARY)[1])
    if solid is None:
        left, top, right, bottom = piece.box
        return np.array([[left + 0.5, top + 0.5], [right - 0.5, bottom - 0.5]])
    return solid.reshape(-1, 2) + np.array([piece.left + 0.5, piece.top + 0.5])


def give_advice(page: Page, numbers: tuple[Number, ...]) -> tuple[str, ...]:
    """Say what would make the next picture easier to read, worst first."""
    quality = page.quality
    advice = []
    if not page.runs:
        if quality.brightness < DARKEST:
            advice.append("too dark: more light is needed")
        advice.append("nothing is written here: show a number")
        return tuple(advice)
    if 0 < quality.digit_height_px < SMALLEST_HEIGHT_PX:
        advice.append(f"hold closer: digits are {quality.digit_height_px:.0f} px high, need {SMALLEST_HEIGHT_PX:.0f}")
    if quality.brightness < DARKEST and not numbers:
        advice.append("too dark: more light is needed")
    if quality.contrast < FAINTEST_CONTRAST:
        advice.append("faint: a darker pen or more light is needed")
    if (
        quality.sharpness < BLUREST
        and quality.digit_height_px >= SMALLEST_HEIGHT_PX
        and min((n.confidence for n in numbers), default=0) < 0.8
    ):
        advice.append("blurred: hold still, or let the camera focus")
    if not numbers and not advice:
        advice.append("no number in view: what is here holds no digit")
    return tuple(advice)
