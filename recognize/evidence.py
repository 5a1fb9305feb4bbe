"""Evidence: what the classifier saw of digits that were read, so that a person can look at it."""

from collections.abc import Sequence

import numpy as np

from preprocess.glyphs import cut_closely
from preprocess.page import Page
from preprocess.patch import to_patch
from preprocess.pieces import Run, join, spans_of
from recognize.box import boxes_in_frame
from recognize.reading import Box, Digit


def find_patches(page: Page, digits: Sequence[Digit]) -> list[np.ndarray | None]:
    """Find what the classifier saw of digits again: the spans of pieces whose boxes are theirs.

    Returns
    -------
    list of ndarray of float32, shape (28, 28, 1), or None
        None where no span has the digit's box.
    """
    wanted = {digit.box for digit in digits}
    found = _find_spans(wanted, page.runs, page)
    if wanted - found.keys():
        # What was looked at twice was cut closely.
        found = _find_spans(wanted, cut_closely(page.runs), page) | found
    return [found.get(digit.box) for digit in digits]


def _find_spans(wanted: set[Box], runs: Sequence[Run], page: Page) -> dict[Box, np.ndarray]:
    """Make the patches of all spans whose boxes are wanted."""
    found: dict[Box, np.ndarray] = {}
    for run in runs:
        # Where spans of one box differ in a small piece within it, the longest one counts.
        groups = sorted((run.pieces[start:stop] for start, stop in spans_of(run.pieces)), key=len)
        found |= {
            box: to_patch(join(group))
            for group, box in zip(groups, boxes_in_frame(groups, run, page), strict=True)
            if box in wanted
        }
    return found
