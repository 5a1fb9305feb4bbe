"""Reader: a page's runs are classified, the best path through each is found, and what it says is judged."""

import time
from pathlib import Path

import numpy as np

from preprocess.page import Page
from preprocess.patch import to_patches
from preprocess.pieces import Run, join, spans_of
from recognize.advice import give_advice
from recognize.classifier import MODELS, Classifier
from recognize.judge import Judge
from recognize.lattice import IN_A_LINE, ON_A_PAGE, Weights, find_path
from recognize.lattice import Path as Route
from recognize.limits import Limits, limits_of
from recognize.reading import Number, Reading, Refusal


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
        runs = [run for run in page.runs if run.pieces]
        routes = self._find_routes(runs, ON_A_PAGE if page.layout == "page" else IN_A_LINE, patches)
        judge = Judge(page, self.limits, min_confidence)
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

    def _find_routes(self, runs: list[Run], weights: Weights, patches: np.ndarray | None) -> list[Route]:
        """Classify the spans of all runs in one batch, and find each run's best path."""
        spans = [spans_of(run.pieces) for run in runs]
        if patches is None:
            patches = to_patches([join(run.pieces[a:b]) for run, own in zip(runs, spans, strict=True) for a, b in own])
        given = self.classifier.predict(patches)
        ends = np.cumsum([len(own) for own in spans], dtype=int)
        return [
            find_path(run.pieces, own, given[end - len(own) : end], weights)
            for run, own, end in zip(runs, spans, ends, strict=True)
        ]
