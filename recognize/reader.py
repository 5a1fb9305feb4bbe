"""Reader: a page's runs are classified, the best path through each is found, and what it says is judged."""

import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

from preprocess.glyphs import cut_closely
from preprocess.page import Page
from preprocess.patch import to_patches
from preprocess.pieces import BODY_PX, Run, join, span_box, spans_of
from recognize.advice import SMALLEST_HEIGHT_PX, give_advice
from recognize.box import height_in_frame
from recognize.classifier import MODELS, Classifier
from recognize.judge import Judge
from recognize.lattice import IN_A_LINE, ON_A_PAGE, Segment, Weights, find_path, steps_of
from recognize.lattice import Path as Route
from recognize.limits import Limits, limits_of
from recognize.line_reader import LineReader
from recognize.pair_reader import Couple, PairReader
from recognize.pattern import ANYTHING, Expectation
from recognize.reading import Number, Reading, Refusal

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
    hides_pair : bool
        Whether anything that was not cut may be two digits.
    """

    run: Run
    route: Route | None
    hides_pair: bool


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
    def load(cls, folder: Path = MODELS, expected: Expectation = ANYTHING) -> "Reader":
        """Load the models of a folder."""
        classifier = Classifier.load(folder)
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
        found = judge.judge_page([judge.judge_run(one.run, one.route) for one in looked])
        numbers = tuple(one for one in found if isinstance(one, Number))
        frame = page.frame
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
        is_line = page.layout == "line"
        weights = IN_A_LINE if is_line else ON_A_PAGE
        looked = self._find_routes(runs, weights, is_line, patches)
        if self.line_reader is None:
            return looked
        unsure = [place for place, one in enumerate(looked) if self._is_unsure(one, page)]
        if not 0 < len(unsure) <= MOST_SECOND_LOOKS:
            return looked
        closely = cut_closely([runs[place] for place in unsure])
        again = self._find_routes(closely, weights, True)
        for place, second in zip(unsure, again, strict=True):
            # Of a digit by itself on a page the line reader knows no more than the classifier.
            if is_line or len(_digits(second.route)) > 1:
                looked[place] = second
        return looked

    def _find_routes(
        self, runs: list[Run], weights: Weights, asks_all: bool, patches: np.ndarray | None = None
    ) -> list[Looked]:
        """Find each run's best path, by what the classifier says and, where all are asked, the other two readers."""
        line_reader, pair_reader = (self.line_reader, self.pair_reader) if asks_all else (None, None)
        spans = [spans_of(run.pieces) for run in runs]
        rows = self._classify(runs, spans, patches)
        couples: list[list[Couple]] = pair_reader.look(runs) if pair_reader else [[] for _ in runs]
        looked = []
        for run, own, given, told in zip(runs, spans, rows, couples, strict=True):
            looks = line_reader.look(run, steps_of(run.pieces, own)) if line_reader else None
            route = find_path(run.pieces, own, given, weights, looks, self.expected, told)
            looked.append(Looked(run, route, any(couple.hides_pair for couple in told)))
        return looked

    def _classify(
        self, runs: list[Run], spans: list[list[tuple[int, int]]], patches: np.ndarray | None
    ) -> list[np.ndarray]:
        """Classify the spans of all runs in one batch: for each run, float32 (spans, 11)."""
        if patches is None:
            patches = to_patches([join(run.pieces[a:b]) for run, own in zip(runs, spans, strict=True) for a, b in own])
        given = self.classifier.predict(patches)
        ends = np.cumsum([len(own) for own in spans], dtype=int)
        return [given[end - len(own) : end] for own, end in zip(spans, ends, strict=True)]

    def _is_unsure(self, looked: Looked, page: Page) -> bool:
        """Say whether a run is worth a second look.

        In a picture of one number it is where anything is not a sure digit, or may be two. On a page, a long run
        without any digit is a word, a narrow one has no room for two digits, and one that is too low or in too many
        pieces is not read however often it is looked at.
        """
        run, route, hides_pair = looked
        if page.layout == "line":
            return not page.is_tiny and (hides_pair or not self._is_all_sure(route))
        if height_in_frame(run, page) < SMALLEST_HEIGHT_PX or len(run.pieces) > MOST_PIECES:
            return False
        digits = _digits(route)
        if _are_sure(digits, self.limits.second_look):
            return False
        left, _, right, _ = span_box(run.pieces)
        wide = (right - left) / BODY_PX
        return wide > TWO_DIGITS and (bool(digits) or wide < WORD)

    def _is_all_sure(self, route: Route | None) -> bool:
        """Say whether all that a path does not take for marks are digits, and sure ones."""
        is_clean = route is not None and all(segment.kind in ("digit", "mark") for segment in route.segments)
        return is_clean and _are_sure(_digits(route), self.limits.line_second_look)


def _digits(route: Route | None) -> list[Segment]:
    """List a path's digits."""
    return [segment for segment in route.segments if segment.kind == "digit"] if route else []


def _are_sure(digits: list[Segment], least: float) -> bool:
    """Say whether there are digits, and how sure they are, in the geometric mean, is at least so much."""
    return bool(digits) and bool(np.prod([one.shares[one.label] for one in digits]) >= least ** len(digits))
