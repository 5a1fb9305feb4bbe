"""Pages: what is said to be written is written, as hard as its condition says, and the same each time."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from errors import ImageNotFound, UnreadableImage
from evaluate import pages, suites
from evaluate.pages import CONDITIONS, PAIRS, draw_page, draw_pair, slide_by_ink, slide_by_reach
from recognize.reading import Digit, Number, Reading
from tests.preprocess.drawn import SHAPES
from tests.train.conftest import draw_glyphs
from train.data import Glyphs, load_mnist

BY_NAME = {condition.name: condition for condition in CONDITIONS}
every_condition = pytest.mark.parametrize("condition", CONDITIONS, ids=lambda condition: condition.name)
every_way = pytest.mark.parametrize("pairs", PAIRS, ids=lambda pairs: pairs.name)
blocks = st.tuples(st.integers(0, 9), st.integers(1, 9), st.integers(0, 9), st.integers(1, 9))


@pytest.fixture(scope="module")
def hands():
    """Digits of three writers, of whom the first writes no 7 and the second no 1."""
    labels = [digit for digit in sorted(SHAPES) for _ in range(12)]
    writers = np.arange(len(labels)) % 3
    glyphs = Glyphs("drawn", draw_glyphs(labels, 28, 1), np.array(labels), writers)
    return glyphs.pick(~((writers == 0) & (glyphs.labels == "7")) & ~((writers == 1) & (glyphs.labels == "1")))


class FakeReader:
    """Reads each picture as it is told to; says what it was asked for."""

    def __init__(self, read, layout="page"):
        self.read_texts, self.layout, self.asked = read, layout, []

    def read(self, frame):
        self.asked.append(frame.source)
        box = (0, 0, 5, 5)
        numbers = tuple(
            Number(text, text, tuple(Digit(value, 0.9, box) for value in text), 0.91239, box)
            for text in self.read_texts(frame)
        )
        return Reading(frame.source, frame.width, frame.height, numbers)


def block(left, width, top, height):
    """Draw a solid block on 20 x 20 px of ink."""
    ink = np.zeros((20, 20), np.uint8)
    ink[top : top + height, left : left + width] = 255
    return ink


def lay_out(first, second, left):
    """Lay two pieces of ink on sheets of the same size, the second as far to the right as it was slid."""
    sheets = np.zeros((2, len(first), 140), np.uint8)
    sheets[0, :, 60 : 60 + first.shape[1]] = first
    sheets[1, :, 60 + left : 60 + left + second.shape[1]] = second
    return sheets > 127


def reach(first, second):
    """Largest overlap of rows in which both have ink, measured row by row; None where there is none."""
    overlaps = [
        np.flatnonzero(one)[-1] + 1 - np.flatnonzero(other)[0]
        for one, other in zip(first, second, strict=True)
        if one.any() and other.any()
    ]
    return max(overlaps, default=None)


# --- sliding


@given(blocks, blocks, blocks, st.integers(-9, 30))
@settings(max_examples=150, deadline=None)
def test_the_second_reaches_as_far_into_the_first_as_asked(one, other, third, overlap_px):
    first, second = np.maximum(block(*one), block(*third)), block(*other)
    sheets = lay_out(first, second, slide_by_reach(first, second, overlap_px))
    if reach(*sheets) is None:
        columns = [np.flatnonzero(sheet.any(axis=0)) for sheet in sheets]
        assert columns[0][-1] + 1 - columns[1][0] == overlap_px
    else:
        assert reach(*sheets) == overlap_px


@given(blocks, blocks, st.integers(2, 30))
@settings(max_examples=150, deadline=None)
def test_the_second_is_slid_until_so_much_ink_is_shared_and_no_further(one, other, overlap_px):
    first, second = block(*one), block(*other)
    left = slide_by_ink(first, second, overlap_px)
    shared = [int(np.logical_and(*lay_out(first, second, place)).sum()) for place in (left, left + 1)]
    most = max(int(np.logical_and(*lay_out(first, second, place)).sum()) for place in range(-20, 21))
    if most >= overlap_px:
        assert shared[0] >= overlap_px > shared[1]
    else:
        columns = [np.flatnonzero(sheet.any(axis=0)) for sheet in lay_out(first, second, left)]
        assert columns[0][-1] + 1 - columns[1][0] == overlap_px


# --- pages


@every_condition
def test_a_page_is_by_one_hand_and_looks_the_same_each_time(hands, condition):
    page = draw_page(hands, condition, 3)
    assert np.array_equal(page.frame.image, draw_page(hands, condition, 3).frame.image)
    other = draw_page(hands, condition, 4)
    assert (page.truth.numbers, page.truth.file) != (other.truth.numbers, other.truth.file)
    writer = int(page.truth.source.removeprefix("writer"))
    assert set("".join(page.truth.numbers)) <= set(hands.labels[hands.writers == writer])
    assert page.frame.source == page.truth.file


@every_condition
def test_there_are_a_few_numbers_of_a_few_digits(hands, condition):
    for number in range(2):
        page = draw_page(hands, condition, number)
        assert 6 <= len(page.truth.numbers) <= 12
        assert all(1 <= len(text) <= 6 for text in page.truth.numbers)
        assert not page.truth.is_line
        assert condition.digit_px or (page.frame.width, page.frame.height) == pages.FRAME_PX


def fill(hands, condition, seed):
    """Fill a sheet: its grid, its ink and the numbers."""
    rng = np.random.default_rng(seed)
    _, grid = pages._make_sheet(condition.paper, rng)
    ink, numbers = pages._fill(pages.pick_writer(hands, rng), grid, condition, rng)
    return grid, ink, numbers


def find_words(ink, grid):
    """Find what stands close together: boxes (x, y, width, height), by their baseline and from left to right."""
    digit_px = grid.digit_mm * pages.SHEET_PX_PER_MM
    near = cv2.dilate((ink > 127).astype(np.uint8), np.ones((1, round(0.8 * digit_px)), np.uint8))
    near = cv2.dilate(near, np.ones((round(0.3 * digit_px), 1), np.uint8))
    boxes = cv2.connectedComponentsWithStats(near)[2][1:]
    baselines = np.array(grid.baselines_mm) * pages.SHEET_PX_PER_MM
    return sorted(
        (tuple(box[:4]) for box in boxes),
        key=lambda box: (int(np.abs(baselines - (box[1] + box[3])).argmin()), box[0]),
    )


@pytest.mark.parametrize("name", ["plain", "squared", "touching"])
@pytest.mark.parametrize("seed", range(4))
def test_numbers_stand_apart_from_one_another_and_keep_together(hands, name, seed):
    grid, ink, numbers = fill(hands, BY_NAME[name], seed)
    assert len(find_words(ink, grid)) == len(numbers)


@pytest.mark.parametrize("seed", range(4))
def test_reading_order_is_rows_from_the_top_and_from_left_to_right(hands, seed):
    ones_and_noughts = hands.pick(np.isin(hands.labels, ["0", "1"]) & (hands.writers == 0))
    grid, ink, numbers = fill(ones_and_noughts, BY_NAME["plain"], seed)
    rings = []
    for x, y, width, height in find_words(ink, grid):
        window = (ink[y : y + height, x : x + width] > 127).astype(np.uint8)
        _, tree = cv2.findContours(window, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
        rings.append(int((tree[0, :, 3] >= 0).sum()))
    assert rings == [text.count("0") for text in numbers]


def count_parts(ink):
    return cv2.connectedComponents((ink > 40).astype(np.uint8))[0] - 1


@pytest.mark.parametrize("seed", range(6))
def test_digits_touch_where_they_are_to_touch_and_nowhere_else(hands, seed):
    rng = np.random.default_rng(seed)
    digits = hands.pick(np.isin(hands.labels, ["0", "1", "2"]))
    for name in ("plain", "touching"):
        hand = replace(pages._pick_hand(BY_NAME[name], rng), fine=False, width=0.02)
        text, ink, _ = pages._write_number(digits, hand, 8.0, 90.0, 0.15, BY_NAME[name], rng)
        assert count_parts(ink) == (1 if name == "touching" else len(text))


@pytest.mark.parametrize("seed", range(5))
def test_a_pencil_takes_8_to_20_percent_of_the_light(hands, seed):
    rng = np.random.default_rng(seed)
    sheet, _ = pages._make_sheet("plain", rng)
    cover = np.zeros(sheet.image.shape[:2], np.uint8)
    cover[200:900, 200:900] = 255
    written = pages._put(sheet, cover, BY_NAME["faint"], rng)
    taken = 1 - written.image[250:850, 250:850].mean() / sheet.image[250:850, 250:850].mean()
    assert 0.07 <= taken <= 0.21


@pytest.mark.parametrize(("paper", "lines"), [("plain", (0, 0)), ("ruled", (1, 0)), ("squared", (1, 1))])
def test_lines_go_right_across_at_a_regular_distance(paper, lines):
    # Of a margin's line nothing is left once it is drawn over the whole height: there is one at most.
    sheet, _ = pages._make_sheet(paper, np.random.default_rng(5))
    grey = sheet.image.mean(axis=2)
    for axis, wanted in ((1, lines[0]), (0, lines[1])):
        profile = grey.mean(axis=axis)
        found = np.flatnonzero(profile < np.median(profile) - 0.03)
        starts = found[np.flatnonzero(np.diff(found, prepend=-9) > 1)]
        assert (len(starts) > 5) == bool(wanted)
        if wanted:
            steps = np.diff(starts) / pages.SHEET_PX_PER_MM
            assert np.ptp(steps) <= 0.3
            assert steps.mean() == pytest.approx(5, abs=0.05) if paper == "squared" else 8 <= steps.mean() <= 10


def test_a_shadow_makes_part_of_the_page_much_darker(hands):
    def darkest(name):
        small = [
            cv2.blur(draw_page(hands, BY_NAME[name], number).frame.image.mean(axis=2), (120, 120))
            for number in range(2)
        ]
        return np.mean([grey.min() / grey.max() for grey in small])

    assert darkest("shadow") < darkest("plain") - 0.2


@pytest.mark.parametrize("number", range(3))
def test_low_resolution_is_a_small_picture(hands, number):
    image = draw_page(hands, BY_NAME["low resolution"], number).frame.image
    assert 150 <= image.shape[1] <= 320
    assert image.shape[1] / image.shape[0] == pytest.approx(4 / 3, abs=0.02)


def test_specks_are_left_out_and_strokes_are_not():
    ink = np.zeros((28, 28), np.uint8)
    ink[4:24, 12:16] = 200
    hat = ink.copy()
    hat[4:7, 18:26] = 200
    specked = hat.copy()
    specked[26, 3:5] = 255
    assert np.array_equal(pages._drop_specks(specked), hat)


# --- pairs


@every_way
def test_a_pair_is_dark_ink_of_one_writer_on_a_light_sheet(hands, pairs):
    for number in range(12):
        pair = draw_pair(hands, pairs, number)
        assert np.array_equal(pair.frame.image, draw_pair(hands, pairs, number).frame.image)
        assert len(pair.truth.numbers[0]) == 2
        assert pair.truth.is_line
        assert 2 <= pair.overlap_px <= 30
        writer = int(pair.truth.source.removeprefix("writer"))
        assert set(pair.truth.numbers[0]) <= set(hands.labels[hands.writers == writer])
        grey = pair.frame.image.mean(axis=2)
        assert np.median(grey[:20]) > 190
        assert np.percentile(grey, 1) < 120


def test_all_ways_slide_the_same_digits():
    labels = sorted(SHAPES)
    hands = Glyphs("drawn", draw_glyphs(labels, 28, 2), np.array(labels), np.full(len(labels), -1))
    for number in range(8):
        drawn = [draw_pair(hands, pairs, number) for pairs in PAIRS]
        assert len({(pair.truth.numbers, pair.overlap_px) for pair in drawn}) == 1
        assert drawn[0].truth.source == "drawn"


def test_digits_are_three_times_as_large_as_they_were(hands):
    bar = np.zeros((28, 28), np.uint8)
    bar[4:24, 12:15] = 255
    bars = Glyphs("bars", np.array([bar]), np.array(["1"]), np.array([4]))
    for number in range(5):
        pair = draw_pair(bars, PAIRS[0], number)
        rows = np.flatnonzero(pair.frame.image.mean(axis=2).min(axis=1) < 140)
        assert np.ptp(rows) + 1 == pytest.approx(60, abs=2)


# --- measuring


def measure(monkeypatch, hands, read, count=2):
    """Measure two small pages and four pairs each with a fake reader: results, readers by layout, what was reported."""
    monkeypatch.setattr(pages, "load_hands", lambda data: hands)
    monkeypatch.setattr(pages, "SHEET_PX_PER_MM", 2.0)
    monkeypatch.setattr(pages, "_photograph", lambda *given: np.zeros((30, 40, 3), np.uint8))
    monkeypatch.setattr(pages, "PAIRS_PER_PAGE", 2)
    readers, reported = {}, []

    def make(layout):
        readers[layout] = FakeReader(read, layout)
        return readers[layout]

    results = pages.measure_pages(None, make, lambda *told: reported.append(told), count=count)
    return results, readers, reported


@pytest.fixture
def written(monkeypatch):
    """What stands on each drawing that is made, by its name."""
    kept = {}

    def noting(draw):
        def draw_and_note(*given):
            drawing = draw(*given)
            kept[drawing.truth.file] = drawing.truth.numbers
            return drawing

        return draw_and_note

    monkeypatch.setattr(pages, "draw_page", noting(draw_page))
    monkeypatch.setattr(pages, "draw_pair", noting(draw_pair))
    return kept


def test_what_is_read_right_is_right(monkeypatch, hands, written):
    results, readers, reported = measure(monkeypatch, hands, lambda frame: written[frame.source])
    assert list(results) == [*(condition.name for condition in CONDITIONS), *(pairs.name for pairs in PAIRS)]
    assert all(result.figures.exact == 1 and result.misread == () for result in results.values())
    assert all(result.words for result in results.values())
    assert results["plain"].figures.images == 2
    assert results["touching pairs"].figures.images == 4
    assert set(results["touching pairs"].by_overlap.values()) == {1.0}
    assert results["plain"].by_overlap == {}
    assert (len(readers["page"].asked), len(readers["line"].asked)) == (2 * len(CONDITIONS), 4 * len(PAIRS))
    assert reported[0] == ("plain", 1, 2)
    assert reported[-1] == (PAIRS[-1].name, 4, 4)


def test_what_is_misread_is_named_and_can_be_drawn_again(monkeypatch, hands, written):
    def read(frame):
        numbers = written[frame.source]
        return numbers[:-1] if "_plain-001" in frame.source else [*numbers[0]] if "pairs" in frame.source else numbers

    results, _, _ = measure(monkeypatch, hands, read)
    (misread,) = results["plain"].misread
    again = draw_page(hands, BY_NAME["plain"], 1).truth
    assert (misread.file, misread.numbers) == (again.file, again.numbers)
    assert misread.read == misread.numbers[:-1]
    assert results["plain"].figures.exact == 0.5
    # Two digits of a pair that are read as two numbers are the pair all the same.
    assert results["touching pairs"].figures.exact == 1


def test_shares_by_overlap():
    shares = pages._share_by_overlap([(2, True), (10, False), (11, True), (20, True)])
    assert shares == {(2, 10): 0.5, (11, 20): 1.0}
    result = pages.PagesResult("a", "b", suites.Figures(4, exact=0.75), (), shares)
    assert result.to_dict() == {"images": 4, "exact": 0.75, "exact 2-10 px": 0.5, "exact 11-20 px": 1.0}


# --- whose digits they are


def test_the_digits_are_those_that_no_training_sees(tmp_path):
    x, y = np.zeros((120, 28, 28), np.uint8), np.zeros(120, np.uint8)
    np.savez(tmp_path / "mnist.npz", x_train=x, y_train=y, x_test=x, y_test=y, writer_train=np.arange(120) // 4)
    hands, trained = pages.load_hands(tmp_path), load_mnist(tmp_path, "train")
    assert len(hands.labels)
    assert set(hands.writers) & set(trained.writers) == set()


def test_without_data_mnists_test_half_is_asked_for(monkeypatch, hands):
    monkeypatch.setattr(suites, "load_mnist", lambda folder, part: (folder, part))
    assert pages.load_hands(None) == (None, "test")


def test_no_data_no_pages(tmp_path):
    with pytest.raises(ImageNotFound, match="--data"):
        pages.measure_pages(tmp_path, FakeReader)


def test_data_without_writers_says_what_is_missing(tmp_path):
    x, y = np.zeros((4, 28, 28), np.uint8), np.zeros(4, np.uint8)
    np.savez(tmp_path / "mnist.npz", x_train=x, y_train=y, x_test=x, y_test=y, writer_train=np.zeros(4, int))
    with pytest.raises(UnreadableImage, match="writer_train"):
        pages.load_hands(tmp_path)
