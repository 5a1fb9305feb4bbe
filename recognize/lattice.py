"""Lattice: which cuts are real and which digits they make is decided together, as the best path over all spans.

The nodes are the places between a run's pieces; every span is an edge for each digit that it may be, and an edge
on which it is passed over as a mark or as no digit. An edge's score is the logarithm of what the classifier gives
it, plus what its size says. The best path is Viterbi's; forward and backward sums over all paths give each edge's
share, which is how sure the reading is of that digit *and* of its cuts (LeCun, Bottou, Bengio, Haffner 1998,
section V; Rabiner 1989 for the sums).
"""

from dataclasses import dataclass

import numpy as np

from preprocess.pieces import BODY_PX, LOWEST_SPAN, Piece, span_box

NOT_A_DIGIT = 10
FAINTEST = 1e-6


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
    junk : float
        For passing over a span that could be a digit by its size, beside the classifier's "no digit"; for each of
        its pieces.
    piece : float
        For each further piece in a digit.
    """

    low: float = -6.0
    lowest: float = 0.6
    mark: float = -0.4
    junk: float = -1.6
    piece: float = -0.05


ON_A_PAGE = Weights()
# Whoever says that a picture is one number has said that nearly all of its ink is digits.
IN_A_LINE = Weights(junk=-3.0)


@dataclass(frozen=True)
class Segment:
    """One step of the best path.

    Parameters
    ----------
    start, stop : int
        Its pieces.
    kind : {"digit", "mark", "junk"}
    label : int
        What the best path takes it for: 0-9, or 10 for what is passed over.
    shares : ndarray of float, shape (11,)
        How likely it is that its heaviest piece belongs to each digit, or is passed over, over all paths: whether
        a speck goes with a digit or not does not make the digit less sure. Sums to 1.
    """

    start: int
    stop: int
    kind: str
    label: int
    shares: np.ndarray


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


def find_path(
    pieces: tuple[Piece, ...], spans: list[tuple[int, int]], probabilities: np.ndarray, weights: Weights = ON_A_PAGE
) -> Path:
    """Find the best path through a run's pieces.

    Parameters
    ----------
    pieces : tuple of Piece
        At least one.
    spans : list of (int, int)
        From `preprocess.pieces.spans_of`.
    probabilities : ndarray of float32, shape (len(spans), 11)
        From `Classifier.predict`.

    Returns
    -------
    Path
    """
    edges = _make_edges(pieces, spans, probabilities, weights)
    count = len(pieces)
    arriving: list[list[int]] = [[] for _ in range(count + 1)]
    leaving: list[list[int]] = [[] for _ in range(count + 1)]
    for number, (start, stop, _) in enumerate(edges):
        arriving[stop].append(number)
        leaving[start].append(number)
    totals = np.array([np.logaddexp.reduce(scores) for _, _, scores in edges])
    forward, best, back = _sweep(edges, arriving, totals)
    backward = np.zeros(count + 1)
    for node in range(count - 1, -1, -1):
        backward[node] = np.logaddexp.reduce([totals[e] + backward[edges[e][1]] for e in leaving[node]])
    shares = _share_pieces(edges, forward, backward)
    segments = []
    node = count
    while node:
        start, stop, scores = edges[back[node]]
        heaviest = max(range(start, stop), key=lambda place: pieces[place].mass)
        segments.append(Segment(start, stop, _kind(scores, pieces[start:stop]), int(scores.argmax()), shares[heaviest]))
        node = start
    return Path(tuple(reversed(segments)), float(min(1.0, np.exp(best[count] - forward[count]))))


Edge = tuple[int, int, np.ndarray]


def _make_edges(
    pieces: tuple[Piece, ...], spans: list[tuple[int, int]], probabilities: np.ndarray, weights: Weights
) -> list[Edge]:
    """Score every span as each digit and as passed over; what is too small for a digit can only be passed over."""
    edges: list[Edge] = []
    single = set()
    for (start, stop), given in zip(spans, probabilities, strict=True):
        scores = np.log(np.maximum(given, FAINTEST))
        _, top, _, bottom = span_box(pieces[start:stop])
        height = (bottom - top) / BODY_PX
        scores[:NOT_A_DIGIT] += weights.piece * (stop - start - 1) + weights.low * max(0.0, weights.lowest - height)
        scores[NOT_A_DIGIT] += weights.junk * (stop - start)
        edges.append((start, stop, scores))
        if stop == start + 1:
            single.add(start)
    for start in set(range(len(pieces))) - single:
        scores = np.full(11, -np.inf)
        _, top, _, bottom = pieces[start].box
        scores[NOT_A_DIGIT] = weights.mark
        edges.append((start, start + 1, scores))
    return edges


def _sweep(
    edges: list[Edge], arriving: list[list[int]], totals: np.ndarray
) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """Sum over all paths to each node, the best path's score to it, and that path's last edge."""
    count = len(arriving) - 1
    forward, best = np.zeros(count + 1), np.zeros(count + 1)
    back = [-1] * (count + 1)
    peaks = [float(scores.max()) for _, _, scores in edges]
    for node in range(1, count + 1):
        forward[node] = np.logaddexp.reduce([forward[edges[e][0]] + totals[e] for e in arriving[node]])
        options = [best[edges[e][0]] + peaks[e] for e in arriving[node]]
        choice = int(np.argmax(options))
        best[node], back[node] = options[choice], arriving[node][choice]
    return forward, best, back


def _share_pieces(edges: list[Edge], forward: np.ndarray, backward: np.ndarray) -> np.ndarray:
    """Sum, for each piece, the shares of all edges over it by what they take it for: (pieces, 11)."""
    shares = np.zeros((len(forward) - 1, NOT_A_DIGIT + 1))
    for start, stop, scores in edges:
        shares[start:stop] += np.exp(forward[start] + scores + backward[stop] - forward[-1])
    return np.minimum(shares, 1.0)


def _kind(scores: np.ndarray, pieces: tuple[Piece, ...]) -> str:
    """Say what a segment of the best path is."""
    if int(scores.argmax()) < NOT_A_DIGIT:
        return "digit"
    _, top, _, bottom = span_box(pieces)
    return "mark" if bottom - top < LOWEST_SPAN * BODY_PX else "junk"
