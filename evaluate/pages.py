"""Pages: how drawn pages of one difficulty each are read, and pairs of digits slid into one another."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from evaluate.conditions import CONDITIONS, draw_page
from evaluate.hands import Drawing, load_hands
from evaluate.metrics import DECIMALS, Figures, Misread, Read, Truth, gather, judge, rate, score
from evaluate.pairs import PAIRS, draw_pair
from evaluate.suites import CONFIDENCE_DECIMALS, MakeReader, Reads, Report, ignore

PAGES = 20
PAIRS_PER_PAGE = 50
# To draw a page takes longer than to read it, so some are drawn while one is read.
DRAWN_AHEAD = 2
OVERLAPS = ((2, 10), (11, 20), (21, 30))


@dataclass(frozen=True)
class PagesResult:
    """How the pictures of one condition are read.

    Parameters
    ----------
    name, words : str
        Of the condition.
    figures : Figures
    misread : tuple of Misread
        By the name that `draw_page` and `draw_pair` give.
    rated : tuple of (float, bool)
        Confidence of each number that was read, and whether it is right.
    by_overlap : mapping of (int, int) to float
        Of pairs: the share read without an edit, of those slid together for so many px, both ends included.
    """

    name: str
    words: str
    figures: Figures
    misread: tuple[Misread, ...]
    rated: tuple[tuple[float, bool], ...] = ()
    by_overlap: Mapping[tuple[int, int], float] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Give the figures, rounded, and the shares by overlap as "exact 2-10 px" and so on."""
        shares = {f"exact {low}-{high} px": round(share, DECIMALS) for (low, high), share in self.by_overlap.items()}
        return self.figures.to_dict() | shares


def measure_pages(
    data: Path | None, make: MakeReader, report: Report = ignore, count: int = PAGES
) -> dict[str, PagesResult]:
    """Measure how drawn pages and pairs are read.

    Parameters
    ----------
    data : Path or None
        Folder with mnist.npz, whose held-back writers write; None for MNIST's test half from Keras, which names no
        writers, so that a page mixes hands.
    make : callable
        Makes what reads pictures of a layout.
    report : callable
        Told (step, done, of) as it goes.
    count : int
        Pages of each condition; `PAIRS_PER_PAGE` times as many pairs.

    Returns
    -------
    dict of str to PagesResult
        By name, in the order of `CONDITIONS`, then of `PAIRS`.

    Raises
    ------
    WrongUsage, ImageNotFound, UnreadableImage
        When there are no digits to write with.
    """
    hands = load_hands(data)
    page_reader, line_reader = make("page"), make("line")
    results = [
        _measure(one.name, one.words, partial(draw_page, hands, one), count, page_reader, report) for one in CONDITIONS
    ]
    pairs = count * PAIRS_PER_PAGE
    results += [
        _measure(one.name, one.words, partial(draw_pair, hands, one), pairs, line_reader, report) for one in PAIRS
    ]
    return {result.name: result for result in results}


def _measure(
    name: str, words: str, draw: Callable[[int], Drawing], count: int, reader: Reads, report: Report
) -> PagesResult:
    """Read a kind of drawing one after the other, and score what was read."""
    truths: list[Truth] = []
    said: dict[str, list[Read]] = {}
    overlaps: list[tuple[int, bool]] = []
    for done, drawing in enumerate(draw_ahead(draw, count), 1):
        truth = drawing.truth
        truths.append(truth)
        said[truth.file] = [
            Read(number.text, round(number.confidence, CONFIDENCE_DECIMALS))
            for number in reader.read(drawing.frame).numbers
        ]
        if drawing.overlap_px is not None:
            overlaps.append((drawing.overlap_px, _is_exact(truth, said[truth.file])))
        report(name, done, count)
    figures, misread = score(truths, said)
    return PagesResult(name, words, figures, misread, tuple(rate(truths, said)), _share_by_overlap(overlaps))


def draw_ahead(draw: Callable[[int], Drawing], count: int) -> Iterator[Drawing]:
    """Draw so many, the next ones in threads while one is looked at; in order, and few at a time."""
    with ThreadPoolExecutor(DRAWN_AHEAD) as pool:
        begun: deque[Future[Drawing]] = deque()
        for number in range(count):
            begun.append(pool.submit(draw, number))
            if len(begun) > DRAWN_AHEAD:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()


def _is_exact(truth: Truth, read: Sequence[Read]) -> bool:
    """Tell whether a picture of one number was read without an edit."""
    return judge(truth, [number.text for number in gather(read, truth.is_line)]).edits == 0


def _share_by_overlap(overlaps: Sequence[tuple[int, bool]]) -> dict[tuple[int, int], float]:
    """Share of the pairs that are right, for each range of overlap that there is."""
    shares = {}
    for low, high in OVERLAPS:
        right = [right for overlap_px, right in overlaps if low <= overlap_px <= high]
        if right:
            shares[low, high] = sum(right) / len(right)
    return shares
