"""Scripted: a classifier that says what it is told to, and pages and runs made for it, box by box."""

from collections.abc import Mapping, Sequence

import numpy as np

from capture.frame import Frame
from preprocess.page import Page
from preprocess.pieces import BODY_PX, Piece, Run, spans_of
from preprocess.quality import Quality
from recognize.classifier import Card, Classifier
from recognize.lattice import NOT_A_DIGIT
from recognize.limits import Limits
from recognize.pattern import ANYTHING, Expectation
from recognize.reader import Reader
from recognize.reading import Reading

Truth = Mapping[tuple[int, int], tuple[str, float]]
GOOD = Quality(200.0, 0.6, 0.6, 30.0)
TALL = (26, BODY_PX)


class Scripted(Classifier):
    """A classifier that gives the rows it was told to, and keeps what it was asked."""

    def __init__(self, rows: np.ndarray) -> None:
        self.card = Card("fake", 1.0, {}, {})
        self.rows = rows
        self.asked = np.zeros(0)

    def predict(self, patches: np.ndarray) -> np.ndarray:
        self.asked = patches
        return self.rows[: len(patches)]


def rows_of(*surest: dict[int, float]) -> np.ndarray:
    """One row of probabilities for each span; what is not named is hardly likely."""
    rows = np.full((len(surest), NOT_A_DIGIT + 1), 1e-4, np.float32)
    for row, named in zip(rows, surest, strict=True):
        for digit, share in named.items():
            row[digit] = share
    return rows


def run_of(*sizes: tuple[int, int], place: tuple[float, float] = (50, 50), zoom: float = 0.5, gap: int = 2) -> Run:
    """A run of full pieces side by side on one foot line: (width, height) each, in the run's pixels."""
    pieces, x = [], 0
    for number, (width, height) in enumerate(sizes):
        pieces.append(Piece(x, BODY_PX - height, np.full((height, width), 255, np.uint8), number))
        x += width + gap
    to_page = np.array([[zoom, 0, place[0]], [0, zoom, place[1]], [0, 0, 1]])
    return Run(tuple(pieces), to_page, BODY_PX * zoom)


def page_with(*lines: Sequence[Run], quality: Quality = GOOD, layout: str = "page") -> Page:
    frame = Frame(np.full((400, 600, 3), 230, np.uint8), "photo.jpg")
    found = tuple(tuple(line) for line in lines)
    return Page(frame, np.zeros((400, 600), np.uint8), found, np.eye(3), quality, layout)  # type: ignore[arg-type]


def read(
    page: Page,
    *truths: Truth,
    limits: Limits | None = None,
    min_confidence: float = 0.0,
    expected: Expectation = ANYTHING,
) -> Reading:
    """Read a page of which the classifier knows, for each run, which spans are which digit, and how surely."""
    rows = []
    for run, truth in zip(page.runs, truths, strict=True):
        for span in spans_of(run.pieces):
            row = np.full(NOT_A_DIGIT + 1, 1e-4)
            digit, sure = truth.get(span, (str(NOT_A_DIGIT), 0.99))
            row[int(digit)] = sure
            row[(int(digit) + 1) % 10 if digit != str(NOT_A_DIGIT) else 0] += 1 - row.sum()
            rows.append(row)
    rows_ = np.array(rows, np.float32).reshape(-1, NOT_A_DIGIT + 1)
    return Reader(Scripted(rows_), limits or Limits(), expected=expected).read(page, min_confidence)


def digits(text: str, sure: float = 0.99) -> dict[tuple[int, int], tuple[str, float]]:
    """One digit for each piece; '_' for a piece that is none."""
    return {(place, place + 1): (value, sure) for place, value in enumerate(text) if value != "_"}
