"""Pair reader: what hangs together is looked at as a whole, and what it says is one way among the cuts."""

import numpy as np
import pytest

from errors import ModelMismatch
from preprocess.pieces import BODY_PX, Piece, Run, spans_of
from recognize.classifier import MODELS, load_card
from recognize.engine import Engine
from recognize.lattice import IN_A_LINE, NOT_A_DIGIT, find_path
from recognize.pair_reader import CLASSES, NONE, Couple, PairReader, list_couples
from recognize.pattern import expect
from tests.preprocess.drawn import ink_of


class Told(Engine):
    """An engine that sees the same two digits in everything."""

    classes = CLASSES

    def __init__(self, first: int, second: int) -> None:
        self.labels = first, second
        self.asked: list[int] = []

    def run(self, pictures: np.ndarray, shape: tuple[int, ...] | None = None) -> np.ndarray:
        self.asked.append(len(pictures))
        logits = np.zeros((len(pictures), 2, CLASSES), np.float32)
        for place, label in enumerate(self.labels):
            logits[:, place, label] = 12
        return logits


def halves(component: int = 0, left: int = 0) -> tuple[Piece, ...]:
    """A component that was cut in two."""
    ink = np.full((BODY_PX, 18), 255, np.uint8)
    return Piece(left, 0, ink, component), Piece(left + 18, 0, ink, component)


def run_of(*pieces: Piece) -> Run:
    return Run(pieces, np.eye(3), float(BODY_PX))


def told(first: dict[int, float], second: dict[int, float]) -> np.ndarray:
    """What the pair reader says: shares by label, the rest evenly."""
    rows = np.full((2, CLASSES), 1e-5)
    for row, named in zip(rows, (first, second), strict=True):
        for label, share in named.items():
            row[label] = share
    return np.log(rows / rows.sum(axis=1, keepdims=True))


def rows_of(pieces: tuple[Piece, ...], named: dict[tuple[int, int], dict[int, float]]) -> np.ndarray:
    """What the classifier says of each span: no digit where nothing is named."""
    rows = []
    for span in spans_of(pieces):
        row = np.full(NOT_A_DIGIT + 1, 1e-4, np.float32)
        for label, share in named.get(span, {NOT_A_DIGIT: 0.99}).items():
            row[label] = share
        rows.append(row)
    return np.array(rows)


def test_components_wide_enough_for_two_are_looked_at_all_at_once():
    slim = Piece(60, 0, np.full((BODY_PX, 9), 255, np.uint8), 1)
    engine = Told(3, 8)
    first, second = PairReader(engine).look([run_of(*halves(), slim), run_of(*halves())])
    assert sum(engine.asked) == 2
    assert [(couple.start, couple.stop) for couple in (*first, *second)] == [(0, 2), (0, 2)]
    assert first[0].told.argmax(axis=1).tolist() == [3, 8]
    assert np.allclose(np.exp(first[0].told).sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize(
    ("start", "first", "second", "hides"),
    [
        (1, {9: 0.98}, {1: 0.2, NONE: 0.8}, True),
        (1, {9: 0.98}, {1: 0.05, NONE: 0.95}, False),
        (1, {9: 0.05, NONE: 0.95}, {1: 0.9}, False),
        (0, {9: 0.98}, {1: 0.98}, False),
    ],
    ids=["two, perhaps", "one", "neither", "cut already"],
)
def test_one_piece_hides_a_pair_where_two_digits_are_likely_enough(start, first, second, hides):
    assert Couple(start, 2, told(first, second)).hides_pair == hides


def test_a_component_with_other_ink_among_its_pieces_is_none():
    first, second = halves()
    between = Piece(16, 0, np.full((9, 4), 255, np.uint8), 7)
    assert list_couples((first, between, second)) == []


def test_what_is_far_wider_than_two_digits_is_not_looked_at():
    wide = Piece(0, 0, np.full((BODY_PX, 3 * BODY_PX), 255, np.uint8), 0)
    assert list_couples((wide,)) == []


def chain(count: int, wide_px: int = 17) -> tuple[Piece, ...]:
    """A component that was cut in many."""
    return tuple(Piece(wide_px * i, 0, np.full((BODY_PX, wide_px), 255, np.uint8), 0) for i in range(count))


def test_of_a_chain_of_digits_any_two_neighbours_are_looked_at():
    found = list_couples(chain(8))
    assert (0, 8) not in found
    assert {(0, 2), (2, 4), (3, 7), (4, 8)} <= set(found)
    assert all(2 <= stop - start <= 4 for start, stop in found)
    assert len(found) == len(set(found))


def test_of_what_is_no_wider_than_two_digits_no_part_is_looked_at():
    assert list_couples(chain(3)) == [(0, 3)]


def test_what_is_as_wide_as_two_and_may_be_more_is_looked_at_whole_and_in_parts():
    found = list_couples(chain(5))
    assert found[0] == (0, 5)
    assert {(0, 3), (2, 5)} <= set(found)


def test_low_parts_of_a_chain_are_no_two_digits():
    tall, low = chain(4)[:2], np.full((BODY_PX // 2, 17), 255, np.uint8)
    pieces = (*tall, Piece(34, 24, low, 0), Piece(51, 24, low, 0), Piece(68, 24, low, 0))
    assert (2, 5) not in list_couples(pieces)


def test_two_digits_are_read_where_no_cut_parts_them():
    pieces = halves()
    rows = rows_of(pieces, {(0, 2): {4: 0.01, NOT_A_DIGIT: 0.99}})
    alone = find_path(pieces, spans_of(pieces), rows, IN_A_LINE)
    assert [one.label for one in alone.segments if one.kind == "digit"] == [4]
    couple = Couple(0, 2, told({9: 0.99}, {1: 0.99}))
    found = find_path(pieces, spans_of(pieces), rows, IN_A_LINE, couples=[couple])
    assert [(one.kind, one.label) for one in found.segments] == [("digit", 9), ("digit", 1)]
    assert [(one.start, one.stop) for one in found.segments] == [(0, 1), (1, 2)]
    assert all(one.shares[one.label] > 0.6 for one in found.segments)


@pytest.mark.parametrize(
    "said",
    [
        told({9: 0.98}, {NONE: 0.99}),
        told({NONE: 0.999}, {5: 0.9}),
        # As likely as not is not enough.
        told({9: 0.6, NONE: 0.4}, {1: 0.7, NONE: 0.3}),
    ],
    ids=["one digit", "neither", "doubtful"],
)
def test_where_it_does_not_see_two_digits_it_changes_nothing(said):
    pieces = halves()
    rows = rows_of(pieces, {(0, 2): {4: 0.5, 9: 0.4}, (0, 1): {1: 0.6}, (1, 2): {1: 0.6}})
    alone = find_path(pieces, spans_of(pieces), rows)
    heard = find_path(pieces, spans_of(pieces), rows, couples=[Couple(0, 2, said)])
    assert [one.label for one in heard.segments] == [one.label for one in alone.segments]
    assert all(
        np.array_equal(one.shares, other.shares) for one, other in zip(heard.segments, alone.segments, strict=True)
    )


def test_a_chain_is_read_by_twos_and_each_couple_has_its_own_middle():
    pieces = chain(4)
    rows = rows_of(pieces, {})
    couples = [
        Couple(0, 2, told({9: 0.99}, {1: 0.99})),
        Couple(2, 4, told({4: 0.99}, {7: 0.99})),
        # As sure, from the same place as the first: their digits never mix.
        Couple(0, 3, told({3: 0.9}, {8: 0.9})),
    ]
    found = find_path(pieces, spans_of(pieces), rows, IN_A_LINE, couples=couples)
    assert [one.label for one in found.segments if one.kind == "digit"] == [9, 1, 4, 7]
    assert [(one.start, one.stop) for one in found.segments] == [(0, 1), (1, 2), (2, 3), (3, 4)]
    assert all(one.shares.sum() == pytest.approx(1, abs=1e-6) for one in found.segments)


def test_what_the_classifier_is_sure_of_stays():
    pieces = halves()
    rows = rows_of(pieces, {(0, 2): {4: 0.95}})
    (found,) = find_path(pieces, spans_of(pieces), rows, couples=[Couple(0, 2, told({9: 0.9}, {1: 0.9}))]).segments
    assert found.label == 4
    assert 0.9 < found.shares[4] < 1


def test_what_was_left_whole_has_no_way_for_two():
    (piece,) = (Piece(0, 0, np.full((BODY_PX, 36), 255, np.uint8), 0),)
    rows = rows_of((piece,), {(0, 1): {4: 0.2}})
    (found,) = find_path((piece,), [(0, 1)], rows, IN_A_LINE, couples=[Couple(0, 1, told({9: 0.9}, {1: 0.9}))]).segments
    assert found.label == 4


def test_the_shares_of_all_ways_sum_to_one():
    pieces = (*halves(), *halves(1, 40))
    rows = rows_of(pieces, {(0, 2): {4: 0.5}, (2, 3): {1: 0.4}, (3, 4): {7: 0.4}})
    couples = [Couple(0, 2, told({9: 0.8, 4: 0.2}, {1: 0.8, NONE: 0.2})), Couple(2, 4, told({1: 0.9}, {7: 0.9}))]
    found = find_path(pieces, spans_of(pieces), rows, couples=couples)
    for one in found.segments:
        assert one.shares.sum() == pytest.approx(1, abs=1e-6)
    assert 0 < found.share <= 1


def test_an_expected_pattern_goes_through_both_digits():
    pieces = halves()
    rows = rows_of(pieces, {})
    couple = Couple(0, 2, told({9: 0.7, 2: 0.3}, {1: 0.9}))
    found = find_path(pieces, spans_of(pieces), rows, IN_A_LINE, expected=expect(patterns=["[0-2]d"]), couples=[couple])
    assert [one.label for one in found.segments] == [2, 1]


def test_a_model_of_other_classes_is_refused():
    with pytest.raises(ModelMismatch):
        PairReader(Engine((MODELS / "lines.tflite").read_bytes(), (1, 32, 64, 1)))


def test_the_shipped_one_reads_two_digits_that_touch():
    reader = PairReader.load(MODELS, load_card(MODELS))
    both = np.hstack([ink_of("4", 60, 6), ink_of("0", 60, 6)])
    assert reader.predict([both])[0].argmax(axis=1).tolist() == [4, 0]
    assert reader.predict([ink_of("7", 60, 6)])[0].argmax(axis=1).tolist() == [7, NONE]
