"""Pages: each drawing is read once, is scored by what is written on it, and what was misread can be drawn again."""

import numpy as np
import pytest

from errors import ImageNotFound
from evaluate import conditions, pages
from evaluate.conditions import CONDITIONS, draw_page
from evaluate.metrics import Figures
from evaluate.pairs import PAIRS, draw_pair
from recognize.reading import Digit, Number, Reading

PLAIN = CONDITIONS[0]


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


def measure(monkeypatch, hands, read, count=2):
    """Measure two small pages and four pairs each with a fake reader: results, readers by layout, what was reported."""
    monkeypatch.setattr(pages, "load_hands", lambda data: hands)
    monkeypatch.setattr(conditions, "SHEET_PX_PER_MM", 2.0)
    monkeypatch.setattr(conditions, "_photograph", lambda *given: np.zeros((30, 40, 3), np.uint8))
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
    assert results["touching pairs, ink"].figures.images == 4
    assert set(results["touching pairs, ink"].by_overlap.values()) == {1.0}
    assert results["plain"].by_overlap == {}
    assert results["plain"].rated == ((0.9124, True),) * results["plain"].figures.numbers
    assert results["touching pairs, ink"].rated == ((0.9124, True),) * 4
    assert (len(readers["page"].asked), len(readers["line"].asked)) == (2 * len(CONDITIONS), 4 * len(PAIRS))
    assert reported[0] == ("plain", 1, 2)
    assert reported[-1] == (PAIRS[-1].name, 4, 4)


def test_what_is_misread_is_named_and_can_be_drawn_again(monkeypatch, hands, written):
    def read(frame):
        numbers = written[frame.source]
        return numbers[:-1] if "_plain-0001" in frame.source else [*numbers[0]] if "pairs" in frame.source else numbers

    results, _, _ = measure(monkeypatch, hands, read)
    (misread,) = results["plain"].misread
    again = draw_page(hands, PLAIN, 1).truth
    assert (misread.file, misread.numbers) == (again.file, again.numbers)
    assert misread.read == misread.numbers[:-1]
    assert results["plain"].figures.exact == 0.5
    # Two digits of a pair that are read as two numbers are the pair all the same.
    assert results["touching pairs, ink"].figures.exact == 1


def test_each_number_that_is_read_is_rated(monkeypatch, hands, written):
    def read(frame):
        return ["9999999", *written[frame.source][1:]] if "_plain-" in frame.source else []

    results, _, _ = measure(monkeypatch, hands, read)
    assert sorted(right for _, right in results["plain"].rated).count(False) == 2
    assert len(results["plain"].rated) == results["plain"].figures.numbers
    assert {confidence for confidence, _ in results["plain"].rated} == {0.9124}
    assert results["ruled"].rated == ()


def test_shares_by_overlap():
    shares = pages._share_by_overlap([(2, True), (10, False), (11, True), (20, True)])
    assert shares == {(2, 10): 0.5, (11, 20): 1.0}
    result = pages.PagesResult("a", "b", Figures(4, exact=0.75), (), (), shares)
    assert result.to_dict() == {"images": 4, "exact": 0.75, "exact 2-10 px": 0.5, "exact 11-20 px": 1.0}


def test_no_data_no_pages(tmp_path):
    with pytest.raises(ImageNotFound, match="--data"):
        pages.measure_pages(tmp_path, FakeReader)


# --- drawing ahead


@pytest.mark.parametrize("count", [0, 1, pages.DRAWN_AHEAD, 9])
def test_all_are_drawn_once_and_come_in_order_and_few_wait(count):
    begun = []

    def draw(number):
        begun.append(number)
        return number

    come = []
    for number in pages.draw_ahead(draw, count):
        come.append(number)
        assert len(begun) <= number + 1 + pages.DRAWN_AHEAD
    assert come == list(range(count))
    assert sorted(begun) == come


def test_what_goes_wrong_in_drawing_is_told():
    def draw(number):
        if number == 3:
            raise ValueError("no ink left")
        return number

    drawn = pages.draw_ahead(draw, 9)
    assert [next(drawn) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="no ink left"):
        next(drawn)


def test_a_page_is_the_same_beside_others(hands):
    together = [one.frame.image for one in pages.draw_ahead(lambda number: draw_page(hands, PLAIN, number), 2)]
    for number, image in enumerate(together):
        np.testing.assert_array_equal(image, draw_page(hands, PLAIN, number).frame.image)
