"""Evidence: what the classifier saw of digits that were read, so that a person can look at it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from preprocess.glyphs import cut_closely
from preprocess.page import Page
from preprocess.patch import to_patch
from preprocess.pieces import Run, join, spans_of
from recognize.box import boxes_in_frame
from recognize.reading import Box, Digit


@dataclass(frozen=True, eq=False)
class Choice:
    """Which pieces of a run a digit was read from.

    Parameters
    ----------
    run : Run
    start, stop : int
        Its pieces; stop is exclusive.
    """

    run: Run
    start: int
    stop: int

    @property
    def patch(self) -> np.ndarray:
        """What the classifier saw: float32 (28, 28, 1)."""
        return to_patch(join(self.run.pieces[self.start : self.stop]))


def find_patches(page: Page, digits: Sequence[Digit]) -> list[np.ndarray | None]:
    """Find what the classifier saw of digits again.

    Returns
    -------
    list of ndarray of float32, shape (28, 28, 1), or None
        None where no span has the digit's box.
    """
    return [choice.patch if choice else None for choice in find_choices(page, digits)]


def find_choices(page: Page, digits: Sequence[Digit]) -> list[Choice | None]:
    """Find again which pieces digits were read from: the spans whose boxes are theirs.

    Returns
    -------
    list of Choice or None
        None where no span has the digit's box.
    """
    wanted = {digit.box for digit in digits}
    found = _find_spans(wanted, page.runs, page)
    if wanted - found.keys():
        # What was looked at twice was cut closely.
        found = _find_spans(wanted, cut_closely(page.runs), page) | found
    return [found.get(digit.box) for digit in digits]


def _find_spans(wanted: set[Box], runs: Sequence[Run], page: Page) -> dict[Box, Choice]:
    """Find the spans whose boxes are wanted."""
    found: dict[Box, Choice] = {}
    for run in runs:
        # Where spans of one box differ in a small piece within it, the longest one counts.
        spans = sorted(spans_of(run.pieces), key=lambda span: span[1] - span[0])
        boxes = boxes_in_frame([run.pieces[start:stop] for start, stop in spans], run, page)
        found |= {box: Choice(run, *span) for span, box in zip(spans, boxes, strict=True) if box in wanted}
    return found
