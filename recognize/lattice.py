"""Lattice: which cuts are real and which digits they make is decided together, as the best path over all spans.

The nodes are the places between a run's pieces; every span is an edge for each digit that it may be, and an edge
on which it is passed over as a mark or as no digit. An edge's score is the logarithm of what the classifier gives
it, plus what its size says. The best path is Viterbi's; forward and backward sums over all paths give each edge's
share, which is how sure the reading is of that digit *and* of its cuts (LeCun, Bottou, Bengio, Haffner 1998,
section V; Rabiner 1989 for the sums). What the user expects is a small automaton; the path runs through both at
once, so that an expectation steers the cuts, and does not merely throw readings away.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Literal, NamedTuple

import numpy as np

from preprocess.pieces import BODY_PX, LOWEST_SPAN, Piece, span_box
from recognize.marks import find_slashes, is_stroke
from recognize.pair_reader import Couple
from recognize.pattern import ANYTHING, Expectation

NOT_A_DIGIT = 10
FAINTEST = 1e-6
# What is so much less likely, in natural logarithms, is lost in a sum of floats.
LOST = 37.0
# What hangs together may be two digits by the pair reader's word alone where that is more likely than not.
LIKELY_PAIR = 0.5
FAINTEST_LOOK = -9.0
ASIDE = 0.04
# No digit is as low as that, in body heights, and as narrow.
LOW, NARROW = 0.55, 0.28
Kind = Literal["digit", "unfit", "mark", "junk"]


@dataclass(frozen=True)
class Weights:
    """What evidence beside the classifier counts, in natural logarithms.

    Parameters
    ----------
    low : float
        For each body height that a digit is lower than `lowest` bodies.
    lowest : float
        Bodies.
    mark : float
        For passing over a piece that is too small for a digit.
    severed : float
        For passing over such a piece where it was cut off what stands beside it, as no dot is.
    junk : float
        For passing over a span that could be a digit by its size, beside the classifier's "no digit"; for each of
        its pieces.
    piece : float
        For each further piece in a digit.
    stray : float
        For taking a small piece that stands aside, as a dot does, for a part of the digit beside it.
    slash : float
        For a digit between others that is one straight stroke, leans, and is taller than they are.
    line : float
        What the line reader's word counts beside the classifier's: neither knows how much they have in common.
    uncut : float
        For taking what hangs together for two digits by the pair reader's word alone, whatever its cuts say.
    unfit : float
        For a digit that the expected pattern does not have there.
    """

    low: float = -10.0
    lowest: float = 0.7
    mark: float = -0.4
    severed: float = -0.8
    junk: float = -1.6
    piece: float = -0.05
    stray: float = -1.2
    slash: float = -5.0
    line: float = 0.35
    uncut: float = -3.5
    unfit: float = -6.0


ON_A_PAGE = Weights()
# Whoever says that a picture is one number has said that nearly all of its ink is digits, and that it is a line.
IN_A_LINE = Weights(mark=-0.2, severed=0.0, junk=-4.0, line=0.5, uncut=-3.0)


@dataclass(frozen=True)
class Segment:
    """One step of the best path.

    Parameters
    ----------
    start, stop : int
        Its pieces.
    kind : {"digit", "unfit", "mark", "junk"}
        "unfit" is a digit that the expected pattern does not have there.
    label : int
        What the best path takes it for: 0-9, or 10 for what is passed over.
    shares : ndarray of float, shape (11,)
        How likely it is that its heaviest piece belongs to each digit, or is passed over, over all paths: whether
        a speck goes with a digit or not does not make the digit less sure. Sums to 1.
    literal : str
        What the expected pattern writes before it.
    is_tall : bool
        Whether it is as high as a digit.
    """

    start: int
    stop: int
    kind: Kind
    label: int
    shares: np.ndarray
    literal: str = ""
    is_tall: bool = False


@dataclass(frozen=True)
class Path:
    """The best path through a run.

    Parameters
    ----------
    segments : tuple of Segment
    share : float
        Its share among all paths, 0-1.
    """

    segments: tuple[Segment, ...]
    share: float


def steps_of(pieces: tuple[Piece, ...], spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """List all steps that a path may take: the spans, and the single pieces that are too small for one."""
    single = {start for start, stop in spans if stop == start + 1}
    return spans + [(start, start + 1) for start in range(len(pieces)) if start not in single]


def find_path(
    pieces: tuple[Piece, ...],
    spans: list[tuple[int, int]],
    probabilities: np.ndarray,
    weights: Weights = ON_A_PAGE,
    looks: np.ndarray | None = None,
    expected: Expectation = ANYTHING,
    couples: Sequence[Couple] = (),
) -> Path | None:
    """Find the best path through a run's pieces.

    Parameters
    ----------
    pieces : tuple of Piece
        At least one.
    spans : list of (int, int)
        From `preprocess.pieces.spans_of`.
    probabilities : ndarray of float32, shape (len(spans), 11)
        From `Classifier.predict`.
    weights : Weights
    looks : ndarray of float, shape (steps, 11), optional
        From `LineReader.look`, for all of `steps_of`.
    expected : Expectation
        What the path has to spell.
    couples : sequence of Couple
        From `PairReader.look`.

    Returns
    -------
    Path or None
        None if no path has as many digits as are expected.
    """
    edges = _make_edges(pieces, spans, probabilities, weights, looks)
    edges += [edge for number, couple in enumerate(couples, 1) for edge in _pass_couple(edges, couple, number, weights)]
    sweep = _Sweep(edges, len(pieces), expected, weights.unfit)
    if sweep.total == -math.inf:
        return None
    shares = sweep.share_pieces()
    segments = tuple(
        _make_segment(pieces, start, stop, kind, label, shares, literal)
        for start, stop, kind, label, literal in sweep.steps
    )
    return Path(segments, float(min(1.0, np.exp(sweep.best_score - sweep.total))))


def share_strokes(segments: Sequence[Segment]) -> float:
    """Say how likely it is that none of the tall strokes that a path passes over, such as slashes, is a digit."""
    strokes = [one for one in segments if one.kind == "mark" and one.is_tall]
    return float(np.prod([one.shares[NOT_A_DIGIT] for one in strokes]))


# The pieces before it, and 0; between the two digits of a couple, the couple's first piece, and its number.
Node = tuple[int, int]


class Edge(NamedTuple):
    """One way from a node to another.

    Parameters
    ----------
    start, stop : int
        The pieces on it.
    scores : ndarray of float, shape (11,)
        As each digit, and as passed over.
    tail, head : (int, int)
        The nodes that it goes from and to.
    """

    start: int
    stop: int
    scores: np.ndarray
    tail: Node
    head: Node


# Start, stop, what it is, its label, and what is written before it.
Step = tuple[int, int, Kind, int, str]


def _make_edges(
    pieces: tuple[Piece, ...],
    spans: list[tuple[int, int]],
    probabilities: np.ndarray,
    weights: Weights,
    looks: np.ndarray | None = None,
) -> list[Edge]:
    """Score every step as each digit and as passed over; what is too small for a digit can only be passed over."""
    steps = steps_of(pieces, spans)
    scores = np.full((len(steps), NOT_A_DIGIT + 1), -np.inf)
    scores[: len(spans)] = np.log(np.maximum(probabilities, FAINTEST))
    scores[len(spans) :, NOT_A_DIGIT] = [
        weights.mark + weights.severed * _is_severed(pieces, start) for start, _ in steps[len(spans) :]
    ]
    counts = np.array([stop - start for start, stop in spans])
    boxes = [span_box(pieces[start:stop]) for start, stop in spans]
    heights = np.array([bottom - top for _, top, _, bottom in boxes]) / BODY_PX
    strays = np.array([stop > start + 1 and _has_stray(pieces[start:stop]) for start, stop in spans])
    shape = (
        weights.piece * (counts - 1) + weights.low * np.maximum(weights.lowest - heights, 0) + weights.stray * strays
    )
    scores[: len(spans), :NOT_A_DIGIT] += shape[:, None]
    scores[: len(spans), NOT_A_DIGIT] += weights.junk * counts
    slashes = {(place, place + 1) for place in find_slashes(pieces)}
    for place in [place for place, span in enumerate(spans) if span in slashes]:
        scores[place, :NOT_A_DIGIT] += weights.slash
        scores[place, NOT_A_DIGIT] = weights.mark
    if looks is not None:
        clearest = looks.max(axis=1, keepdims=True)
        scores += weights.line * np.maximum(looks, clearest + FAINTEST_LOOK)
    return [Edge(start, stop, own, (start, 0), (stop, 0)) for (start, stop), own in zip(steps, scores, strict=True)]


def _pass_couple(edges: list[Edge], couple: Couple, number: int, weights: Weights) -> list[Edge]:
    """Make the way on which a couple is two digits: few are, so the pair reader's word counts less than a cut."""
    first, second = np.where(np.arange(NOT_A_DIGIT + 1) < NOT_A_DIGIT, couple.told, -np.inf)
    start, stop = couple.start, couple.stop
    if couple.is_uncut or first.max() + second.max() < math.log(LIKELY_PAIR):
        return []
    split, between = _split(edges, couple), (start, number)
    return [
        Edge(start, split, first + weights.uncut, (start, 0), between),
        Edge(split, stop, second, between, (stop, 0)),
    ]


def _split(edges: list[Edge], couple: Couple) -> int:
    """Choose which of a couple's pieces are the first digit's, as far as cuts can tell."""
    labels = couple.told[:, :NOT_A_DIGIT].argmax(axis=1)
    scores = {(edge.start, edge.stop): edge.scores for edge in edges}
    nothing = np.full(NOT_A_DIGIT + 1, -np.inf)

    def rate(place: int) -> tuple[float, int]:
        left, right = scores.get((couple.start, place), nothing), scores.get((place, couple.stop), nothing)
        return float(left[labels[0]] + right[labels[1]]), -abs(2 * place - couple.start - couple.stop)

    return max(range(couple.start + 1, couple.stop), key=rate)


def _is_severed(pieces: tuple[Piece, ...], place: int) -> bool:
    """Say whether a piece hangs together with one beside it."""
    beside = pieces[max(place - 1, 0) : place] + pieces[place + 1 : place + 2]
    return any(piece.component == pieces[place].component for piece in beside)


def _has_stray(pieces: tuple[Piece, ...]) -> bool:
    """Tell a span of which a small piece stands aside of all that is tall."""
    tall = [piece for piece in pieces if len(piece.ink) >= LOWEST_SPAN * BODY_PX]
    if not tall or len(tall) == len(pieces):
        return False
    left, _, right, _ = span_box(tall)
    aside = ASIDE * BODY_PX
    return any(piece.box[2] + aside < left or piece.left > right + aside for piece in pieces)


class _Sweep:
    """Sums over all paths and the best one, over nodes and, at each, over the states of what is expected.

    Parameters
    ----------
    edges : list of Edge
    count : int
        Pieces.
    expected : Expectation
    unfit : float
        What it costs to take another digit for one that is expected.
    """

    def __init__(self, edges: list[Edge], count: int, expected: Expectation, unfit: float) -> None:
        self._expected = expected
        self._count = count
        self._edges = edges
        nodes = sorted({(0, 0), (count, 0)}.union(*((edge.tail, edge.head) for edge in edges)))
        places = {node: place for place, node in enumerate(nodes)}
        self._tails = [places[edge.tail] for edge in edges]
        self._heads = [places[edge.head] for edge in edges]
        self._last = len(nodes) - 1
        self._ahead = sorted(range(len(edges)), key=self._heads.__getitem__)
        self._back = sorted(range(len(edges)), key=lambda e: -self._tails[e])
        scores = np.stack([edge.scores for edge in edges])
        # On each arc, for each digit and, last, for one that does not fit: (edges, arcs, 11).
        wrong = scores[:, :NOT_A_DIGIT].max(axis=1)[:, None] + np.where(expected.refuses, unfit, -np.inf)
        digits = scores[:, None, :NOT_A_DIGIT] + expected.weights
        self._moves = np.concatenate([digits, wrong[..., None]], axis=2)
        self._skips = scores[:, NOT_A_DIGIT]
        # The recursion goes step by step, which plain floats do faster than arrays of one or a few.
        self._sums = np.logaddexp.reduce(self._moves, axis=2).tolist()
        self._peaks = self._moves.max(axis=2).tolist()
        self._states = range(len(expected.starts))
        self._arcs = list(enumerate(zip(expected.tails.tolist(), expected.heads.tolist(), strict=True)))
        self._forward = self._sum_forward()
        self._backward = self._sum_backward()
        self.total = _log_sum([f for f, ends in zip(self._forward[-1], expected.ends, strict=True) if ends])
        self.best_score, self.steps = self._find_best() if self.total > -math.inf else (-math.inf, [])

    def _sum_forward(self) -> list[list[float]]:
        """Logarithm of the sum over all paths from the start to each node and state."""
        forward = [[-math.inf] * len(self._states) for _ in range(self._last + 1)]
        forward[0] = np.where(self._expected.starts, 0.0, -np.inf).tolist()
        skips = self._skips.tolist()
        for e in self._ahead:
            here, there = forward[self._tails[e]], forward[self._heads[e]]
            for state in self._states:
                if here[state] > -math.inf:
                    there[state] = _log_add(there[state], here[state] + skips[e])
            for arc, (state, target) in self._arcs:
                if here[state] > -math.inf:
                    there[target] = _log_add(there[target], here[state] + self._sums[e][arc])
        return forward

    def _sum_backward(self) -> list[list[float]]:
        """Logarithm of the sum over all paths from each node and state to an end."""
        backward = [[-math.inf] * len(self._states) for _ in range(self._last + 1)]
        backward[-1] = np.where(self._expected.ends, 0.0, -np.inf).tolist()
        skips = self._skips.tolist()
        for e in self._back:
            here, there = backward[self._tails[e]], backward[self._heads[e]]
            for state in self._states:
                here[state] = _log_add(here[state], there[state] + skips[e])
            for arc, (state, target) in self._arcs:
                if there[target] > -math.inf:
                    here[state] = _log_add(here[state], there[target] + self._sums[e][arc])
        return backward

    def _find_best(self) -> tuple[float, list[Step]]:
        """Viterbi's path: its score, and its steps."""
        best = [[-math.inf] * len(self._states) for _ in range(self._last + 1)]
        best[0] = np.where(self._expected.starts, 0.0, -np.inf).tolist()
        back: dict[tuple[int, int], tuple[int, int, int]] = {}
        skips = self._skips.tolist()
        for e in self._ahead:
            tail, head = self._tails[e], self._heads[e]
            options = [(state, state, skips[e], -1) for state in self._states]
            options += [(state, target, self._peaks[e][arc], arc) for arc, (state, target) in self._arcs]
            for state, reached, gain, arc in options:
                if best[tail][state] + gain > best[head][reached]:
                    best[head][reached] = best[tail][state] + gain
                    back[head, reached] = e, state, arc
        state = max(np.flatnonzero(self._expected.ends).tolist(), key=lambda end: best[-1][end])
        score, node = best[-1][state], self._last
        steps: list[Step] = []
        while node:
            e, state, arc = back[node, state]
            edge, is_digit = self._edges[e], arc >= 0
            label = int(self._moves[e, arc].argmax()) if is_digit else NOT_A_DIGIT
            kind: Kind = "junk" if not is_digit else "unfit" if label == NOT_A_DIGIT else "digit"
            steps.append((edge.start, edge.stop, kind, label, self._expected.literals[state] if is_digit else ""))
            node = self._tails[e]
        return score, steps[::-1]

    def share_pieces(self) -> np.ndarray:
        """Sum, for each piece, the shares of all steps over it by what they take it for: (pieces, 11)."""
        shares = np.zeros((self._count, NOT_A_DIGIT + 1))
        forward, backward = np.array(self._forward), np.array(self._backward)
        behind = backward[self._heads]
        through = forward[self._tails][:, self._expected.tails] + behind[:, self._expected.heads] - self.total
        taken = np.exp(self._moves + through[..., None]).sum(axis=1)
        taken[:, NOT_A_DIGIT] += np.exp(forward[self._tails] + self._skips[:, None] + behind - self.total).sum(axis=1)
        for edge, share in zip(self._edges, taken, strict=True):
            shares[edge.start : edge.stop] += share
        return np.minimum(shares, 1.0)


def _log_add(a: float, b: float) -> float:
    """Logarithm of the sum of two numbers that are given by theirs."""
    if a < b:
        a, b = b, a
    return a if b <= a - LOST else a + math.log1p(math.exp(b - a))


def _log_sum(logarithms: list[float]) -> float:
    return reduce(_log_add, logarithms, -math.inf)


def _make_segment(
    pieces: tuple[Piece, ...], start: int, stop: int, kind: Kind, label: int, shares: np.ndarray, literal: str
) -> Segment:
    """Make a segment of a step of the best path."""
    own = pieces[start:stop]
    _, top, _, bottom = span_box(own)
    is_tall = bottom - top >= LOW * BODY_PX
    return Segment(start, stop, _kind(kind, own), label, shares[_heaviest(pieces, start, stop)], literal, is_tall)


def _heaviest(pieces: tuple[Piece, ...], start: int, stop: int) -> int:
    """Which piece of a step has the most ink."""
    return max(range(start, stop), key=lambda place: pieces[place].mass)


def _kind(kind: Kind, pieces: tuple[Piece, ...]) -> Kind:
    """Tell marks, which are small or a slash, from what is passed over though it has the size of a digit."""
    if kind != "junk":
        return kind
    left, top, right, bottom = span_box(pieces)
    height, width = (bottom - top) / BODY_PX, (right - left) / BODY_PX
    is_slight = height < LOWEST_SPAN or (height < LOW and width < NARROW)
    is_mark = is_slight or (len(pieces) == 1 and is_stroke(pieces[0]))
    return "mark" if is_mark else kind
