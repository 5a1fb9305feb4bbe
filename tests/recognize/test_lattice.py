"""Lattice: the best path and all shares are those of an oracle that walks every path there is."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocess.pieces import BODY_PX, LOWEST_SPAN, Piece, span_box, spans_of
from recognize.lattice import LOW, NARROW, NOT_A_DIGIT, Weights, _make_edges, find_path
from recognize.marks import is_stroke

Step = tuple[int, int, int, float]


def pieces_of(*sizes: tuple[int, int]) -> tuple[Piece, ...]:
    """Pieces side by side on one foot line: (width, height) each."""
    pieces, x = [], 0
    for width, height in sizes:
        pieces.append(Piece(x, 60 - height, np.full((height, width), 255, np.uint8), 0))
        x += width
    return tuple(pieces)


def all_paths(count: int, steps: list[Step], start: int = 0) -> list[list[Step]]:
    """All ways from a place to the end, step by step."""
    if start == count:
        return [[]]
    return [[step, *rest] for step in steps if step[0] == start for rest in all_paths(count, steps, step[1])]


@st.composite
def lattices(draw: st.DrawFn) -> tuple[tuple[Piece, ...], list[tuple[int, int]], np.ndarray]:
    sizes = draw(st.lists(st.tuples(st.integers(3, 30), st.sampled_from([4, 10, 22, 40, 48])), min_size=1, max_size=4))
    pieces = pieces_of(*sizes)
    spans = spans_of(pieces)
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    logits = rng.normal(0, draw(st.sampled_from([0.5, 3, 8])), (len(spans), NOT_A_DIGIT + 1))
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return pieces, spans, (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


@given(lattices())
@settings(max_examples=40, deadline=None)
def test_the_best_path_and_the_shares_are_those_of_all_paths(lattice):
    pieces, spans, given_ = lattice
    found = find_path(pieces, spans, given_)
    edges = _make_edges(pieces, spans, given_, Weights())
    steps = [
        (start, stop, kind, float(score))
        for start, stop, scores, _, _ in edges
        for kind, score in enumerate(scores)
        if np.isfinite(score) and score > -12
    ]
    best_of_edge = [(start, stop, int(scores.argmax()), float(scores.max())) for start, stop, scores, _, _ in edges]

    # The best path uses each edge's best class only.
    paths = all_paths(len(pieces), best_of_edge)
    best = max(paths, key=lambda path: sum(step[3] for step in path))
    cost = sum(step[3] for step in best)
    chosen = [(segment.start, segment.stop) for segment in found.segments]
    own = next(path for path in paths if [(step[0], step[1]) for step in path] == chosen)
    assert sum(step[3] for step in own) == pytest.approx(cost, abs=1e-6)

    # The shares are sums over all paths and all classes; what is left out above is less than a millionth each.
    paths = all_paths(len(pieces), steps)
    weights = np.array([np.exp(sum(step[3] for step in path)) for path in paths])
    total = weights.sum()
    shares = np.zeros((len(pieces), NOT_A_DIGIT + 1))
    for path, weight in zip(paths, weights, strict=True):
        for start, stop, kind, _ in path:
            shares[start:stop, kind] += weight / total
    assert found.share == pytest.approx(np.exp(cost) / total, abs=2e-3)
    for segment in found.segments:
        heaviest = max(range(segment.start, segment.stop), key=lambda place: pieces[place].mass)
        assert segment.shares == pytest.approx(shares[heaviest], abs=2e-3)


@given(lattices())
@settings(max_examples=100, deadline=None)
def test_shares_sum_to_1_and_segments_cover_all_pieces_once(lattice):
    pieces, spans, given_ = lattice
    found = find_path(pieces, spans, given_)
    ends = [0, *(segment.stop for segment in found.segments)]
    assert [segment.start for segment in found.segments] == ends[:-1]
    assert ends[-1] == len(pieces)
    assert 0 <= found.share <= 1
    for segment in found.segments:
        assert segment.shares.sum() == pytest.approx(1, abs=1e-5)
        assert segment.shares.min() >= 0


@given(lattices())
@settings(max_examples=60, deadline=None)
def test_digits_are_tall_enough_and_marks_are_low_or_slight_or_one_stroke(lattice):
    pieces, spans, given_ = lattice
    for segment in find_path(pieces, spans, given_).segments:
        own = pieces[segment.start : segment.stop]
        left, top, right, bottom = span_box(own)
        height = bottom - top
        is_slight = height < LOW * BODY_PX and right - left < NARROW * BODY_PX
        assert segment.kind in {"digit", "mark", "junk"}
        is_slash = len(own) == 1 and is_stroke(own[0])
        assert (segment.kind == "mark") <= (height < LOWEST_SPAN * BODY_PX or is_slight or is_slash)
        assert (segment.kind == "digit") <= (height >= LOWEST_SPAN * BODY_PX)


def sure_of(spans: list[tuple[int, int]], truth: dict[tuple[int, int], str]) -> np.ndarray:
    """What a classifier gives that knows the true spans and takes all others for no digit."""
    given_ = np.full((len(spans), NOT_A_DIGIT + 1), 0.002)
    for row, span in zip(given_, spans, strict=True):
        row[int(truth[span]) if span in truth else NOT_A_DIGIT] = 0.98
    return given_.astype(np.float32)


cuts_of_four = [cut for count in range(1, 5) for cut in itertools.combinations(range(1, 5), count) if cut[-1] == 4]


@pytest.mark.parametrize("cut", cuts_of_four, ids=str)
def test_digits_in_pieces_are_put_together_however_they_were_cut(cut):
    pieces = pieces_of((8, 48), (9, 48), (7, 48), (10, 48))
    spans = spans_of(pieces)
    truth = {span: str(place + 3) for place, span in enumerate(itertools.pairwise((0, *cut)))}
    found = find_path(pieces, spans, sure_of(spans, truth))
    read = {(s.start, s.stop): str(s.shares.argmax()) for s in found.segments if s.kind == "digit"}
    assert read == truth
    assert all(segment.shares.max() > 0.8 for segment in found.segments)


def test_two_cuts_that_are_as_likely_leave_doubt():
    pieces = pieces_of((10, 48), (10, 48))
    spans = spans_of(pieces)
    one_way = sure_of(spans, {(0, 2): "4"})
    two_ways = sure_of(spans, {(0, 2): "4", (0, 1): "1", (1, 2): "1"})
    sure = find_path(pieces, spans, one_way).segments[0].shares.max()
    torn = find_path(pieces, spans, two_ways).segments[0].shares.max()
    assert torn < 0.75 < sure


def test_a_speck_beside_a_digit_does_not_make_it_less_sure():
    alone = pieces_of((20, 48))
    beside = pieces_of((20, 48), (3, 4))
    spans = spans_of(beside)
    given_ = sure_of(spans, {(0, 1): "5", (0, 2): "5"})
    lone = find_path(alone, spans_of(alone), sure_of(spans_of(alone), {(0, 1): "5"}))
    digit = find_path(beside, spans, given_).segments[0]
    assert digit.shares.argmax() == 5
    assert digit.shares[5] == pytest.approx(lone.segments[0].shares[5], abs=0.02)


def test_what_was_cut_off_a_digit_is_hardly_a_mark_beside_it():
    """A 4 whose left tip was cut off: what is left looks like a 7, but then the tip has to be something."""
    whole = pieces_of((12, 16), (34, 48))
    apart = (whole[0], replace(whole[1], component=1))
    given_ = sure_of(spans_of(whole), {(0, 2): "4", (1, 2): "7"})
    shares = {}
    for name, pieces in (("severed", whole), ("apart", apart)):
        shares[name] = find_path(pieces, spans_of(pieces), given_).segments[-1].shares
    assert shares["severed"].argmax() == 4
    assert shares["severed"][7] < 0.6 * shares["apart"][7]


def test_what_is_too_low_for_a_digit_is_a_mark():
    pieces = pieces_of((20, 48), (6, 6), (20, 48))
    spans = spans_of(pieces)
    found = find_path(pieces, spans, sure_of(spans, {(0, 1): "2", (2, 3): "7"}))
    assert [segment.kind for segment in found.segments] == ["digit", "mark", "digit"]


@pytest.mark.parametrize(("size", "kind"), [((12, 22), "mark"), ((16, 22), "junk"), ((12, 30), "junk")])
def test_what_is_no_digit_is_a_mark_if_it_is_both_low_and_narrow(size, kind):
    pieces = pieces_of((20, 48), size, (20, 48))
    found = find_path(pieces, spans_of(pieces), sure_of(spans_of(pieces), {(0, 1): "2", (2, 3): "7"}))
    assert [segment.kind for segment in found.segments] == ["digit", kind, "digit"]
