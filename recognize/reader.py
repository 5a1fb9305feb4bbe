"""Reader: a page's runs are classified, the best path through each is found, and what it says is judged."""

import time
from pathlib import Path

import numpy as np

from preprocess.page import Layout, Page
from preprocess.patch import to_patches
from preprocess.pieces import BODY_PX, Run, join, span_box, spans_of
from recognize.advice import give_advice
from recognize.classifier import MODELS, Classifier
from recognize.judge import Judge
from recognize.lattice import IN_A_LINE, ON_A_PAGE, Segment, Weights, find_path, steps_of
from recognize.lattice import Path as Route
from recognize.limits import Limits, limits_of
from recognize.line_reader import LineReader
from recognize.pattern import ANYTHING, Expectation
from recognize.reading import Number, Reading, Refusal

# How wide two digits are at least, and what may be a word, in body heights.
TWO_DIGITS, WORD = 0.9, 3.0


class Reader:
    """Reads pages with the models of one card.

    Parameters
    ----------
    classifier : Classifier
    limits : Limits, optional
        From the model card if not given.
    line_reader : LineReader, optional
        Asked where the classifier's best path is not sure.
    expected : Expectation
        What each number has to be.
    """

    def __init__(
        self,
        classifier: Classifier,
        limits: Limits | None = None,
        line_reader: LineReader | None = None,
        expected: Expectation = ANYTHING,
    ) -> None:
        self.classifier = classifier
        self.limits = limits or limits_of(classifier.card)
        self.line_reader = line_reader
        self.expected = expected

    @classmethod
    def load(cls, folder: Path = MODELS, expected: Expectation = ANYTHING) -> "Reader":
        """Load the models of a folder."""
        classifier = Classifier.load(folder)
        return cls(classifier, None, LineReader.load(folder, classifier.card), expected)

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
        runs = [run for run in page.runs if run.pieces]
        routes = self._find_routes(runs, page.layout, patches)
        judge = Judge(page, self.limits, min_confidence, self.expected)
        found = judge.judge_page([(run, judge.judge_run(run, route)) for run, route in zip(runs, routes, strict=True)])
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

    def _find_routes(self, runs: list[Run], layout: Layout, patches: np.ndarray | None) -> list[Route | None]:
        """Classify the spans of all runs in one batch, and find each run's best path."""
        weights = ON_A_PAGE if layout == "page" else IN_A_LINE
        spans = [spans_of(run.pieces) for run in runs]
        if patches is None:
            patches = to_patches([join(run.pieces[a:b]) for run, own in zip(runs, spans, strict=True) for a, b in own])
        given = self.classifier.predict(patches)
        ends = np.cumsum([len(own) for own in spans], dtype=int)
        routes = []
        for run, own, end in zip(runs, spans, ends, strict=True):
            rows = given[end - len(own) : end]
            routes.append(self._find_route(run, own, rows, weights, layout))
        return routes

    def _find_route(
        self, run: Run, spans: list[tuple[int, int]], rows: np.ndarray, weights: Weights, layout: Layout
    ) -> Route | None:
        """Find a run's best path: a number that fills its picture with both readers, on a page where one is unsure."""
        if layout == "line":
            together = self._look_again(run, spans, rows, weights)
            return together or find_path(run.pieces, spans, rows, weights, None, self.expected)
        first = find_path(run.pieces, spans, rows, weights, None, self.expected)
        second = self._look_again(run, spans, rows, weights) if self._is_unsure(run, first) else None
        # Of a digit by itself the line reader knows no more than the classifier.
        return second if len(_digits(second)) > 1 else first

    def _is_unsure(self, run: Run, route: Route | None) -> bool:
        """Say whether a path on a page is worth a second look.

        A long run without any digit is a word, and a narrow one has no room for two digits.
        """
        digits = _digits(route)
        if digits and np.prod([one.shares[one.label] for one in digits]) >= self.limits.second_look ** len(digits):
            return False
        left, _, right, _ = span_box(run.pieces)
        wide = (right - left) / BODY_PX
        return wide > TWO_DIGITS and (bool(digits) or wide < WORD)

    def _look_again(self, run: Run, spans: list[tuple[int, int]], rows: np.ndarray, weights: Weights) -> Route | None:
        """Find the best path with what the line reader says; None where it says nothing."""
        looks = self.line_reader.look(run, steps_of(run.pieces, spans)) if self.line_reader else None
        return None if looks is None else find_path(run.pieces, spans, rows, weights, looks, self.expected)


def _digits(route: Route | None) -> list[Segment]:
    """List a path's digits."""
    return [segment for segment in route.segments if segment.kind == "digit"] if route else []
