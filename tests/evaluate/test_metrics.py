"""Figures: small truths worked out by hand, properties, and the scoring that decides as an oracle."""

import json
import runpy
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluate.metrics import (
    Count,
    Figures,
    Misread,
    Read,
    Truth,
    align,
    bin_by_confidence,
    bound_share,
    calibration_error,
    confuse,
    error_by_chance,
    find_mistakes,
    gather,
    judge,
    measure_auroc,
    rate,
    score,
    strip_marks,
    trade_off,
)


def figures_of(*pictures):
    """Score pictures given as (truth's entry, texts or Reads)."""
    truths = [Truth.from_row({"file": f"a_{place}.png"} | row) for place, (row, _) in enumerate(pictures)]
    said = {
        truth.file: [read if isinstance(read, Read) else Read(read) for read in reads]
        for truth, (_, reads) in zip(truths, pictures, strict=True)
    }
    return score(truths, said)[0]


# --- by hand


def test_whole_numbers_count():
    figures = figures_of(({"numbers": ["4071", "25", "8"]}, ["4071", "26"]))
    assert figures.numbers == 3
    assert figures.recall == pytest.approx(1 / 3)
    assert figures.precision == pytest.approx(1 / 2)
    assert figures.f1 == pytest.approx(0.4)
    assert figures.exact == 0
    # 4071258 and 407126: the 5 is changed, the 8 is missing.
    assert figures.digits == pytest.approx(1 - 2 / 7)


def test_numbers_count_whatever_their_order_but_a_picture_is_exact_in_order_only():
    figures = figures_of(({"numbers": ["12", "34"]}, ["34", "12"]))
    assert (figures.recall, figures.precision, figures.exact) == (1, 1, 0)


def test_a_number_read_twice_is_right_once():
    figures = figures_of(({"numbers": ["7", "12"]}, ["7", "7"]))
    assert (figures.recall, figures.precision) == (0.5, 0.5)


def test_marks_between_digits_do_not_matter():
    assert figures_of(({"numbers": ["12.500"]}, ["12,500"])).exact == 1


def test_open_grouping_asks_for_digits_in_order():
    row = {"numbers": ["1", "2", "3"], "grouping": "single digits, one per cell"}
    assert figures_of((row, ["123"])).f1 == 1
    figures = figures_of((row, ["12", "4"]))
    assert (figures.recall, figures.precision) == (pytest.approx(2 / 3), 0.5)


def test_plain_grouping_asks_for_the_numbers_themselves():
    assert figures_of(({"numbers": ["1", "2"], "grouping": "clear"}, ["12"])).f1 == 0


def test_without_an_order_digits_are_counted():
    row = {"numbers": ["12", "3"], "order": "unreliable", "grouping": "single digits"}
    figures = figures_of((row, ["31", "9"]))
    assert figures.numbers == 3
    assert (figures.recall, figures.precision) == (pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert figures.digits == pytest.approx(1 - 1 / 3)


def test_another_order_is_an_order():
    assert not Truth.from_row({"file": "a", "numbers": ["1"], "order": "rows: 1 2"}).has_no_order


def test_what_is_read_on_a_picture_of_one_number_is_joined():
    figures = figures_of(({"number": "4071"}, [Read("40", 0.95), Read("71", 0.6)]))
    assert (figures.exact, figures.precision, figures.sure) == (1, 1, (0, 0))
    assert figures.ece == pytest.approx(0.4)


def test_a_refused_digit_makes_a_number_wrong_and_costs_one_edit():
    figures = figures_of(({"numbers": ["4071"]}, ["4?71"]))
    assert (figures.refused, figures.recall, figures.digits) == (1, 0, 0.75)


def test_a_picture_full_of_noise_costs_twice_its_digits_at_most():
    assert figures_of(({"numbers": ["1"]}, ["222222"]), ({"numbers": ["12345678"]}, ["12345678"])).digits == 1 - 2 / 9


def test_sources_weigh_the_same():
    truths = [Truth(f"long_{place}.png", ("1",)) for place in range(9)] + [Truth("sub/short_0.png", ("1",))]
    figures, _ = score(truths, {truth.file: [Read("1")] for truth in truths[:9]})
    assert figures.recall == pytest.approx(0.9)
    assert figures.by_source == pytest.approx(0.5)


def test_sure_is_what_is_right_of_the_sure_and_of_all():
    reads = [Read("1", 0.95), Read("2", 0.9), Read("9", 0.99), Read("4", 0.5)]
    figures = figures_of(({"numbers": ["1", "2", "3", "4"]}, reads))
    assert figures.sure == (pytest.approx(2 / 3), pytest.approx(0.5))


def test_without_confidences_there_is_nothing_to_calibrate():
    figures = figures_of(({"numbers": ["1"]}, ["1"]))
    assert (figures.sure, figures.ece) == (None, None)
    assert "ece" not in figures.to_dict()


def test_where_nothing_is_written_silence_counts():
    figures = figures_of(({"numbers": []}, []), ({"numbers": []}, ["1", "7"]), ({"numbers": []}, ["?"]))
    assert figures == Figures(3, false=3, quiet=pytest.approx(1 / 3))
    assert figures.to_dict() == {"images": 3, "false": 3, "quiet": 0.3333}


def test_what_was_misread_is_listed_as_it_was_read():
    truths = [Truth("a.png", ("12", "3")), Truth("b.png", ("4",))]
    _, misread = score(truths, {"a.png": [Read("1.2"), Read("--")], "b.png": [Read("4")]})
    assert misread == (Misread("a.png", ("12", "3"), ("12",)),)


def test_calibration_error_by_hand():
    assert calibration_error([]) == 0
    # One bin for each of 15 numbers: each is 0.1 or 0.9 off.
    rated = [(0.9, True)] * 14 + [(0.1, True)]
    assert calibration_error(rated) == pytest.approx((14 * 0.1 + 0.9) / 15)
    # Two in each bin, one right and one wrong, both half sure: what is off both ways cancels out.
    assert calibration_error([(0.5 + place * 1e-6, place % 2 == 1) for place in range(30)]) == pytest.approx(
        0, abs=1e-4
    )


def test_chance_alone_makes_an_error_that_falls_with_more_numbers():
    assert error_by_chance([]) == 0
    assert error_by_chance([1.0] * 30) == 0
    # One in each bin: each is half off, whichever way it falls.
    assert error_by_chance([0.5] * 15) == pytest.approx(0.5)
    few, many = (error_by_chance([0.8 + place * 1e-9 for place in range(count)]) for count in (150, 15_000))
    # In a bin of n the mean deviation of a share p is the square root of 2 p (1 - p) / (n pi), for many n.
    assert few == pytest.approx((2 * 0.8 * 0.2 / (10 * np.pi)) ** 0.5, rel=0.1)
    assert many == pytest.approx(few / 10, rel=0.1)


def test_alignment_names_the_matches():
    assert align("4071", "471") == (1, [(0, 0), (2, 1), (3, 2)])
    assert align("", "12") == (2, [])


def test_a_misread_number_is_named_beside_what_it_was_read_as():
    truth = Truth("a.png", ("4071", "25", "8", "90"))
    assert find_mistakes(truth, ["4071", "26", "90"]) == [(1, 1), (2, None)]
    assert find_mistakes(truth, ["4071", "25", "8", "17", "90"]) == [(None, 3)]
    # What is right stands fast: 99 was read before 34 and is not the 56 behind it.
    assert find_mistakes(Truth("a.png", ("12", "34", "56")), ["12", "99", "34"]) == [(None, 1), (2, None)]


def test_numbers_of_other_lengths_that_share_no_digit_are_no_pair():
    assert find_mistakes(Truth("a.png", ("5280", "7")), ["9", "1"]) == [(None, 0), (0, None), (1, 1)]


def test_on_a_picture_of_one_number_all_that_was_read_is_that_number():
    assert find_mistakes(Truth("a.png", ("52",), is_line=True), ["8"]) == [(0, 0)]
    assert find_mistakes(Truth("a.png", ("52",), is_line=True), []) == [(0, None)]


def test_where_nothing_is_written_all_that_was_read_is_a_mistake():
    assert find_mistakes(Truth("a.png", ()), ["1", "7"]) == [(None, 0), (None, 1)]


def test_where_numbers_begin_anywhere_only_those_count_in_which_a_digit_is_wrong():
    truth = Truth("a.png", ("1", "2", "3"), grouping="single digits")
    assert find_mistakes(truth, ["12", "4"]) == [(2, 1)]


def test_digits_are_confused_within_their_number():
    confused = confuse(Truth("a.png", ("4071", "25")), ["25", "40?7"])
    assert confused == {("4", "4"): 1, ("0", "0"): 1, ("7", "?"): 1, ("1", "7"): 1, ("2", "2"): 1, ("5", "5"): 1}


def test_digits_that_were_not_read_and_digits_that_nobody_wrote():
    assert confuse(Truth("a.png", ("12",)), []) == {("1", ""): 1, ("2", ""): 1}
    assert confuse(Truth("a.png", ()), ["7"]) == {("", "7"): 1}
    assert confuse(Truth("a.png", ("12", "3"), order="unreliable"), ["31", "9"]) == {
        ("1", "1"): 1, ("3", "3"): 1, ("2", ""): 1, ("", "9"): 1,
    }  # fmt: skip


def test_a_trade_off_by_hand():
    points = trade_off([(0.9, True), (0.5, False), (0.7, False), (0.7, True)])
    assert [tuple(point) for point in points] == [(0.9, 0.25, 0), (0.7, 0.75, pytest.approx(1 / 3)), (0.5, 1, 0.5)]
    assert trade_off([]) == []


def test_bins_hold_as_many_each():
    bins = bin_by_confidence([(place / 100, place >= 50) for place in range(100)], 4)
    assert [(one.count, one.right) for one in bins] == [(25, 0), (25, 0), (25, 1), (25, 1)]
    assert bins[0].confidence == pytest.approx(0.12)
    assert [one.count for one in bin_by_confidence([(0.5, True)], 4)] == [1]


def test_bounds_by_hand():
    # Wilson's bounds of 8 of 10, from his formula with z = 1.96.
    assert bound_share(8, 10) == (pytest.approx(0.4902, abs=1e-3), pytest.approx(0.9433, abs=1e-3))
    assert bound_share(0, 0) == (0, 1)


@pytest.mark.parametrize(
    "row",
    [
        None,
        [],
        {"numbers": ["1"]},
        {"file": "a.png"},
        {"file": "a.png", "numbers": "4071"},
        {"file": "a.png", "numbers": [4071]},
        {"file": "a.png", "number": None},
        {"file": "a.png", "numbers": ["four"]},
    ],
)
def test_a_wrong_entry_is_refused(row):
    with pytest.raises(ValueError, match=r"it n|needs a digit"):
        Truth.from_row(row)


# --- properties

digit_texts = st.text("0123456789", min_size=1, max_size=4)
readings = st.lists(
    st.tuples(st.text("0123456789?.-", max_size=4), st.none() | st.floats(0, 1)).map(lambda pair: Read(*pair)),
    max_size=6,
)
groupings = st.sampled_from(["", "clear", "wide-spaced; 7 and 1 close", "ambiguous", "single digits: two rows"])
orders = st.sampled_from(["", "unreliable", "rows: 1 2"])


@st.composite
def rows(draw):
    """Entries as a truth.json has them."""
    file = f"{draw(st.sampled_from('abc'))}_{draw(st.integers(0, 10**6))}.png"
    if draw(st.booleans()):
        return {"file": file, "number": draw(digit_texts)}
    row = {"file": file, "numbers": draw(st.lists(digit_texts, max_size=5))}
    return row | {"grouping": draw(groupings) or None, "order": draw(orders) or None}


pictures = st.lists(st.tuples(rows(), readings), max_size=8, unique_by=lambda picture: picture[0]["file"])
quick = settings(max_examples=60, deadline=None)


@quick
@given(rows())
def test_reading_the_truth_itself_is_perfect(row):
    truth = Truth.from_row(row)
    figures, misread = score([truth], {truth.file: [Read(number) for number in truth.numbers]})
    assert misread == ()
    if truth.numbers:
        assert (figures.recall, figures.precision, figures.f1, figures.by_source) == (1, 1, 1, 1)
        assert (figures.exact, figures.digits, figures.refused) == (1, 1, 0)
    else:
        assert (figures.false, figures.quiet) == (0, 1)


@quick
@given(pictures)
def test_shares_are_shares(given_pictures):
    figures, misread = score(*split(given_pictures))
    for name in ("recall", "precision", "f1", "by_source", "exact", "ece", "quiet"):
        value = getattr(figures, name)
        assert value is None or 0 <= value <= 1 + 1e-9
    assert figures.digits is None or -1 <= figures.digits <= 1
    assert len(misread) <= figures.images == len(given_pictures)


@quick
@given(rows(), readings)
def test_a_number_more_finds_no_less(row, reads):
    truth = replace(Truth.from_row(row), is_line=False, grouping="")
    texts = [number.text for number in gather(reads, False)]
    assert Count.of(judge(truth, [*texts, "1"])).found >= Count.of(judge(truth, texts)).found


@quick
@given(st.text("0123?", max_size=8), st.text("0123?", max_size=8))
def test_edits_are_a_distance(a, b):
    edits, matches = align(a, b)
    assert edits == align(b, a)[0]
    assert abs(len(a) - len(b)) <= edits <= max(len(a), len(b))
    assert (edits == 0) == (a == b)
    assert all(a[i] == b[j] for i, j in matches)
    assert sorted(matches) == matches
    assert len(a) + len(b) - 2 * len(matches) <= 2 * edits


@given(st.text())
def test_stripping_twice_changes_nothing(text):
    assert strip_marks(strip_marks(text)) == strip_marks(text)


@quick
@given(rows(), readings)
def test_mistakes_are_what_the_verdict_says(row, reads):
    truth = Truth.from_row(row)
    texts = [number.text for number in gather(reads, truth.is_line)]
    verdict, mistakes = judge(truth, texts), find_mistakes(truth, texts)
    assert bool(mistakes) == (not verdict.is_right)
    wanted, read = [i for i, _ in mistakes if i is not None], [j for _, j in mistakes if j is not None]
    # In order, each once, and never an empty pair.
    assert wanted == sorted(set(wanted))
    assert read == sorted(set(read))
    assert (None, None) not in mistakes
    if not truth.has_no_order:
        assert len(wanted) == verdict.wanted.count(False)
        assert len(read) == verdict.read.count(False)


@quick
@given(rows(), readings)
def test_each_digit_is_confused_once(row, reads):
    truth = Truth.from_row(row)
    texts = [number.text for number in gather(reads, truth.is_line)]
    confused = confuse(truth, texts)
    wanted, read = Counter(), Counter()
    for (digit, taken_for), count in confused.items():
        wanted[digit] += count
        read[taken_for] += count
    assert wanted - Counter({"": wanted[""]}) == Counter("".join(truth.numbers))
    assert read - Counter({"": read[""]}) == Counter("".join(texts))


@quick
@given(pictures)
def test_figures_are_of_the_numbers_that_are_rated(given_pictures):
    truths, said = split(given_pictures)
    figures, _ = score(truths, said)
    rated = rate(truths, said)
    if figures.ece is not None:
        assert figures.ece == pytest.approx(calibration_error(rated))
        points = trade_off(rated)
        assert points[-1].share == 1
        assert points[-1].wrong == pytest.approx(1 - sum(right for _, right in rated) / len(rated))
        assert [point.share for point in points] == sorted(point.share for point in points)


scores = st.lists(st.integers(0, 5).map(lambda number: number / 5), max_size=12)


@quick
@given(scores, scores)
def test_an_area_is_the_share_of_pairs_in_order(positives, negatives):
    pairs = [(positive > negative) + (positive == negative) / 2 for positive in positives for negative in negatives]
    area = measure_auroc(positives, negatives)
    assert area == (pytest.approx(sum(pairs) / len(pairs)) if pairs else None)


@given(st.integers(0, 200), st.integers(1, 200))
def test_bounds_hold_the_share(hits, count):
    hits = min(hits, count)
    low, high = bound_share(hits, count)
    assert 0 <= low <= hits / count + 1e-9
    assert hits / count - 1e-9 <= high <= 1


# --- the oracle


@pytest.fixture(scope="module")
def measure(shared):
    """Load the scoring that decides; run_path leaves no bytecode beside it."""
    return runpy.run_path(str(shared / "tools" / "measure.py"))["score"]


def split(given_pictures):
    """Truths and what was said, as `score` takes them."""
    return (
        [Truth.from_row(row) for row, _ in given_pictures],
        {row["file"]: reads for row, reads in given_pictures},
    )


def assert_agrees(measure, given_pictures):
    """Compare figures and misread files with the oracle's."""
    figures, misread = score(*split(given_pictures))
    expected, wrong = measure(
        [row for row, _ in given_pictures],
        {row["file"]: [tuple(read) for read in reads] for row, reads in given_pictures},
    )
    ours = figures.to_dict()
    ours.pop("ece_by_chance", None)
    assert list(ours) == list(expected)
    # Sums in another order may round the last place the other way.
    for name, value in expected.items():
        assert ours[name] == pytest.approx(value, abs=1.01e-4), name
    assert [one.file for one in misread] == [file for file, _, _ in wrong]


def test_agrees_with_the_scoring_that_decides(measure):
    @settings(max_examples=250, deadline=None)
    @given(pictures)
    def agree(given_pictures):
        assert_agrees(measure, given_pictures)

    agree()


@pytest.mark.parametrize("name", ["photos", "marks", "no_numbers"])
def test_agrees_on_real_truths(measure, shared, name):
    given_pictures = []
    truth = json.loads((shared / "data" / name / "truth.json").read_text(encoding="utf-8"))
    for place, row in enumerate(truth):
        numbers = row.get("numbers", [row.get("number")])
        # A reader that drops each fifth number, confuses 1 and 7, and joins what stands in some pictures.
        texts = [number.replace("1", "7") if at % 3 == place % 3 else number for at, number in enumerate(numbers)]
        texts = [text for at, text in enumerate(texts) if (at + place) % 5]
        texts = ["".join(texts)] if place % 7 == 0 and texts else texts
        given_pictures.append((row, [Read(text, round(0.3 + 0.1 * (at % 8), 4)) for at, text in enumerate(texts)]))
    assert_agrees(measure, given_pictures)
