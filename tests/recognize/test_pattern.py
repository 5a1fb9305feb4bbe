"""Pattern: what the user knows beforehand steers the path, and what does not fit is said to."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from errors import WrongUsage
from preprocess.pieces import BODY_PX, Piece, spans_of
from recognize.lattice import NOT_A_DIGIT, Weights, _make_edges, find_path
from recognize.pattern import ANYTHING, Expectation, expect
from recognize.reader import Reader
from recognize.usage import USUAL
from tests.recognize.scripted import TALL, Scripted, page_with, rows_of, run_of

UNFIT = Weights().unfit


def read_digits(rows: np.ndarray, expected: Expectation):
    """Read tall pieces that stand apart, one for each row."""
    run = run_of(*[TALL] * len(rows), gap=6)
    assert spans_of(run.pieces) == [(place, place + 1) for place in range(len(rows))]
    return Reader(Scripted(rows), expected=expected).read(page_with([run]))


@pytest.mark.parametrize(
    ("pattern", "digits", "literals"),
    [
        ("dd:dd", ["0123456789"] * 4, ("", "", ":", "", "")),
        ("[0-2]d", ["012", "0123456789"], ("", "", "")),
        ("[135]", ["135"], ("", "")),
        ("[0-27-9]", ["012789"], ("", "")),
        ("20dd", ["2", "0", "0123456789", "0123456789"], ("", "", "", "", "")),
        ("d.dd %", ["0123456789"] * 3, ("", ".", "", " %")),
    ],
)
def test_a_pattern_is_digits_and_what_is_written_between(pattern, digits, literals):
    expected = expect(patterns=[pattern])
    found = ["".join(str(digit) for digit in np.flatnonzero(np.isfinite(row))) for row in expected.weights]
    assert found == digits
    assert expected.literals == literals
    assert expected.tails.tolist() == [*range(len(digits))]
    assert expected.heads.tolist() == [*range(1, len(digits) + 1)]


def test_nothing_expected_is_anything():
    assert expect() is ANYTHING


def test_any_of_several_will_do():
    expected = expect(lengths=[2, 4], patterns=["d"])
    assert expected.starts.sum() == expected.ends.sum() == 3
    assert "2 digits or 4 digits" in expected.words
    assert '"d"' in expected.words


@pytest.mark.parametrize("pattern", ["", ":", "[", "[]", "[a]", "d[", "]d", "[3-]", "[9-2]d", "d" * 41])
def test_what_is_no_pattern_is_refused_with_what_to_do(pattern):
    with pytest.raises(WrongUsage, match=r"Write"):
        expect(patterns=[pattern])


@pytest.mark.parametrize("length", [0, -1, 41])
def test_what_is_no_length_is_refused(length):
    with pytest.raises(WrongUsage, match="1 to 40"):
        expect(lengths=[length])


EXPECTED = [*(expect(patterns=own) for own in (["dd"], ["[0-4]d"], ["d", "ddd"], ["7dd"])), ANYTHING, USUAL]


@given(st.integers(0, 2**31), st.sampled_from(EXPECTED))
@settings(max_examples=90, deadline=None)
def test_the_best_path_is_the_best_of_all_that_fit(seed, expected):
    rng = np.random.default_rng(seed)
    pieces = tuple(
        Piece(14 * place, 0, np.full((BODY_PX, 12), 255, np.uint8), 0) for place in range(int(rng.integers(1, 5)))
    )
    spans = spans_of(pieces)
    rows = rng.dirichlet(np.full(NOT_A_DIGIT + 1, 0.3), len(spans)).astype(np.float32)
    found = find_path(pieces, spans, rows, expected=expected)
    edges = {(start, stop): scores for start, stop, scores, _, _ in _make_edges(pieces, spans, rows, Weights())}
    best = -np.inf
    for size in range(1, len(pieces) + 1):
        for inner in itertools.combinations(range(1, len(pieces)), size - 1):
            places = [0, *inner, len(pieces)]
            steps = list(itertools.pairwise(places))
            if not all(step in edges for step in steps):
                continue
            for kinds in itertools.product((True, False), repeat=size):
                best = max(best, score_all(steps, kinds, edges, expected))
    assert (found is None) == (best == -np.inf)
    if found is not None:
        chosen = [(one.start, one.stop) for one in found.segments]
        kinds = [one.kind in ("digit", "unfit") for one in found.segments]
        assert score_all(chosen, kinds, edges, expected) == pytest.approx(best, abs=1e-6)


def score_all(steps, kinds, edges, expected) -> float:
    """Score of one way to cut, as digits or not, with the best digits that what is expected allows."""
    reached = dict.fromkeys(np.flatnonzero(expected.starts).tolist(), 0.0)
    for step, is_digit in zip(steps, kinds, strict=True):
        own = edges[step]
        if not is_digit:
            reached = {state: total + float(own[NOT_A_DIGIT]) for state, total in reached.items()}
            continue
        after: dict[int, float] = {}
        for tail, head, weights in zip(expected.tails.tolist(), expected.heads.tolist(), expected.weights, strict=True):
            is_ruled_out = bool(expected.words) and not np.isfinite(weights).all()
            wrong = float(own[:NOT_A_DIGIT].max()) + UNFIT if is_ruled_out else -np.inf
            best = max(float((own[:NOT_A_DIGIT] + weights).max()), wrong)
            after[head] = max(after.get(head, -np.inf), reached.get(tail, -np.inf) + best)
        reached = after
    return max((total for state, total in reached.items() if expected.ends[state]), default=-np.inf)


def test_an_expectation_decides_between_two_digits():
    rows = rows_of({1: 0.6, 7: 0.39}, {4: 0.99})
    assert read_digits(rows, ANYTHING).texts == ["14"]
    assert read_digits(rows, expect(patterns=["[5-9]d"])).texts == ["74"]


def test_a_digit_that_cannot_be_is_a_question_mark_that_says_so():
    (number,) = read_digits(rows_of({9: 0.999}, {4: 0.999}, {2: 0.999}), expect(patterns=["[0-2]dd"])).numbers
    assert number.text == "?42"
    assert "[0-2]dd" in number.digits[0].reason


def test_what_cannot_be_cut_into_as_many_digits_is_refused():
    found = read_digits(rows_of({9: 0.99}, {4: 0.99}), expect(lengths=[5]))
    assert not found.numbers
    assert found.refused[0].reason == "not 5 digits"


def test_a_pattern_writes_what_stands_between():
    rows = rows_of({1: 0.99}, {4: 0.99}, {3: 0.99}, {0: 0.99})
    (number,) = read_digits(rows, expect(patterns=["dd:dd"])).numbers
    assert (number.text, number.raw) == ("1430", "14:30")
