"""Reader: a page's runs are classified, the best path through each is found, and what it says is judged."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np

from preprocess.glyphs import cut_closely
from preprocess.page import Layout, Page
from preprocess.patch import to_patches
from preprocess.pieces import BODY_PX, Piece, Run, join, span_box, spans_of
from recognize.advice import SMALLEST_HEIGHT_PX, give_advice
from recognize.box import height_in_frame
from recognize.classifier import MODELS, Classifier
from recognize.context import Context
from recognize.engine import THREADS
from recognize.judge import Judge
from recognize.lattice import IN_A_LINE, NOT_A_DIGIT, ON_A_PAGE, Segment, find_path, share_strokes, steps_of
from recognize.lattice import Path as Route
from recognize.limits import Limits, limits_of
from recognize.line_reader import AROUND, AS_IT_IS, LineReader, Place
from recognize.pair_reader import Couple, PairReader
from recognize.pattern import ANYTHING, Expectation
from recognize.reading import Number, Reading, Refusal
from recognize.usage import USUAL

# How wide two digits are at least, and what may be a word, in body heights.
TWO_DIGITS, WORD = 0.9, 3.0
# A page has no more numbers that are worth a second look, and a number no more pieces; what has is a desk's grain or a
# drawing.
MOST_SECOND_LOOKS, MOST_PIECES = 60, 24


class Looked(NamedTuple):
    """What a look at a run found.

    Parameters
    ----------
    run : Run
    route : Path or None
        None if no path spells what is expected.
    couples : sequence of Couple
        What may be two digits.
    """

    run: Run
    route: Route | None
    couples: Sequence[Couple]


class Known(NamedTuple):
    """What was said of pieces at a first look, and is not asked again of the same ones.

    Parameters
    ----------
    digits, pairs : dict of tuple of Piece to ndarray
        What the classifier and the pair reader say.
    """

    digits: dict[tuple[Piece, ...], np.ndarray]
    pairs: dict[tuple[Piece, ...], np.ndarray]


class Reader:
    """Reads pages with the models of one card.

    Parameters
    ----------
    classifier : Classifier
    limits : Limits, optional
        From the model card if not given.
    line_reader : LineReader, optional
        Asked where the classifier's best path is not sure, and always where a picture is one number. Without one,
        nothing is looked at twice.
    expected : Expectation
        What each number has to be.
    pair_reader : PairReader, optional
        Asked, of what hangs together, where the line reader is.
    """

    def __init__(
        self,
        classifier: Classifier,
        limits: Limits | None = None,
        line_reader: LineReader | None = None,
        expected: Expectation = ANYTHING,
        pair_reader: PairReader | None = None,
    ) -> None:
        self.classifier = classifier
        self.limits = limits or limits_of(classifier.card)
        self.line_reader = line_reader
        self.pair_reader = pair_reader
        self.expected = expected

    @classmethod
    def load(cls, folder: Path = MODELS, expected: Expectation = ANYTHING, threads: int = THREADS) -> "Reader":
        """Load the models of a folder; the classifier, which is most of the work, is run by so many threads."""
        classifier = Classifier.load(folder, threads)
        card = classifier.card
        return cls(classifier, None, LineReader.load(folder, card), expected, PairReader.load(folder, card))

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
        looked = self._look(page, patches)
        judge = Judge(page, self.limits, min_confidence, self.expected)
        frame = page.frame
        context = Context(page.layout, self.limits, (frame.width, frame.height), self.expected)
        found = context.reconsider([judge.judge_run(one.run, one.route) for one in looked])
        numbers = tuple(one for one in found if isinstance(one, Number))
        return Reading(
            frame.source,
            frame.width,
            frame.height,
            numbers,
            tuple(one for one in found if isinstance(one, Refusal)),
            give_advice(page, numbers),
            self.classifier.card.version,
            {"preprocess": sum(step.ms for step in page.steps), "recognize": (time.perf_counter() - start) * 1e3},
            tuple({"stage": step.stage, "settings": step.settings, "ms": step.ms} for step in page.steps),
        )

    def _look(self, page: Page, patches: np.ndarray | None) -> list[Looked]:
        """Find each run's best path, as it is cut roughly; where that is not sure, again, cut closely."""
        runs = [run for run in page.runs if run.pieces]
        known = Known({}, {})
        looked = self._find_routes(runs, page.layout, AS_IT_IS if page.layout == "line" else (), known, patches)
        if self.line_reader is None:
            return looked
        unsure = [place for place, one in enumerate(looked) if self._is_unsure(one, page)]
        if 0 < len(unsure) <= MOST_SECOND_LOOKS:
            for place, second in zip(unsure, self._look_again([looked[i] for i in unsure], page, known), strict=True):
                looked[place] = second
        return looked

    def _look_again(self, looked: list[Looked], page: Page, known: Known) -> list[Looked]:
        """Cut closely what is in doubt, and ask all readers of it; in a picture of one number, at several places."""
        is_line = page.layout == "line"
        least = self.limits.line_second_look if is_line else self.limits.second_look
        closely = cut_closely([one.run for one in looked], [_find_doubts(one, least) for one in looked])
        again = self._find_routes(closely, page.layout, AROUND if is_line else AS_IT_IS, known)
        # Of a digit by itself on a page the line reader knows no more than the classifier.
        return [
            second if is_line or len(_digits(second.route)) > 1 else first
            for first, second in zip(looked, again, strict=True)
        ]

    def _find_routes(
        self,
        runs: list[Run],
        layout: Layout,
        places: Sequence[Place],
        known: Known,
        patches: np.ndarray | None = None,
    ) -> list[Looked]:
        """Find each run's best path, by what the classifier says and, if they are to look at any place, the others."""
        weights = IN_A_LINE if layout == "line" else ON_A_PAGE
        # What else stands on a page is anything: a list, a date, a table's cells.
        expected = USUAL if layout == "line" and self.expected is ANYTHING else self.expected
        spans = [spans_of(run.pieces) for run in runs]
        # The classifier's network is what takes the time, and leaves a core some room: the others look meanwhile.
        with ThreadPoolExecutor(1) as beside:
            others = beside.submit(self._ask_others, runs, spans, places, known) if places else None
            rows = self._classify(runs, spans, known, patches)
            couples, looks = others.result() if others else ([[]] * len(runs), [None] * len(runs))
        return [
            Looked(run, find_path(run.pieces, own, given, weights, look, expected, told), told)
            for run, own, given, look, told in zip(runs, spans, rows, looks, couples, strict=True)
        ]

    def _ask_others(
        self, runs: list[Run], spans: list[list[tuple[int, int]]], places: Sequence[Place], known: Known
    ) -> tuple[list[list[Couple]], list[np.ndarray | None]]:
        """Ask the pair reader and the line reader about each run, where they are there."""
        couples = self.pair_reader.look(runs, known.pairs) if self.pair_reader else [[] for _ in runs]
        if self.line_reader is None:
            return couples, [None] * len(runs)
        steps = [steps_of(run.pieces, own) for run, own in zip(runs, spans, strict=True)]
        return couples, [self.line_reader.look(run, own, places) for run, own in zip(runs, steps, strict=True)]

    def _classify(
        self, runs: list[Run], spans: list[list[tuple[int, int]]], known: Known, patches: np.ndarray | None
    ) -> list[np.ndarray]:
        """Classify those spans of all runs that are not known, in one batch: for each run, float32 (spans, 11)."""
        parts = [[run.pieces[start:stop] for start, stop in own] for run, own in zip(runs, spans, strict=True)]
        new = [part for own in parts for part in own if part not in known.digits]
        if patches is None:
            patches = to_patches([join(part) for part in new])
        known.digits.update(zip(new, self.classifier.predict(patches), strict=True))
        return [np.array([known.digits[part] for part in own]).reshape(-1, NOT_A_DIGIT + 1) for own in parts]

    def _is_unsure(self, looked: Looked, page: Page) -> bool:
        """Say whether a run is worth a second look.

        In a picture of one number it is where anything is not a sure digit, or may be two. On a page, a long run
        without any digit is a word, a narrow one has no room for two digits, and one that is too low or in too many
        pieces is not read however often it is looked at.
        """
        run, route, couples = looked
        if page.layout == "line":
            hides_pair = any(couple.hides_pair for couple in couples)
            return not page.is_tiny and (hides_pair or not self._is_all_sure(route))
        if height_in_frame(run, page) < SMALLEST_HEIGHT_PX or len(run.pieces) > MOST_PIECES:
            return False
        digits = _digits(route)
        if _are_sure(route, self.limits.second_look):
            return False
        left, _, right, _ = span_box(run.pieces)
        wide = (right - left) / BODY_PX
        return wide > TWO_DIGITS and (bool(digits) or wide < WORD)

    def _is_all_sure(self, route: Route | None) -> bool:
        """Say whether all that a path does not take for marks are digits, and sure ones."""
        is_clean = route is not None and all(segment.kind in ("digit", "mark") for segment in route.segments)
        return is_clean and _are_sure(route, self.limits.line_second_look)


def _find_doubts(looked: Looked, least: float) -> set[int]:
    """List the components of what is neither a mark nor a digit that is so sure, and of what may be two digits."""
    run, route, couples = looked
    if route is None or not _digits(route):
        return {piece.component for piece in run.pieces}
    doubtful = [(couple.start, couple.stop) for couple in couples if couple.hides_pair]
    doubtful += [(one.start, one.stop) for one in route.segments if not _is_settled(one, least)]
    return {piece.component for start, stop in doubtful for piece in run.pieces[start:stop]}


def _is_settled(segment: Segment, least: float) -> bool:
    """Say whether a segment is a low mark, or what is so sure: a digit, or a tall stroke that is none."""
    if segment.kind == "mark" and not segment.is_tall:
        return True
    return segment.kind in ("digit", "mark") and bool(segment.shares[segment.label] >= least)


def _digits(route: Route | None) -> list[Segment]:
    """List a path's digits."""
    return [segment for segment in route.segments if segment.kind == "digit"] if route else []


def _are_sure(route: Route | None, least: float) -> bool:
    """Say whether there are digits, and how sure they are, in the geometric mean, is at least so much."""
    digits = _digits(route)
    if route is None or not digits:
        return False
    share = np.prod([one.shares[one.label] for one in digits]) * share_strokes(route.segments)
    return bool(share >= least ** len(digits))
