"""Reader: what a page's runs become, with a classifier that says what it is told to."""

import numpy as np
import pytest

from capture.frame import Frame
from preprocess.page import prepare
from preprocess.pieces import spans_of
from preprocess.work import load_work, save_work
from recognize.lattice import NOT_A_DIGIT
from recognize.limits import Limits
from recognize.reader import Reader
from recognize.reading import Number
from tests.preprocess.drawn import page_of
from tests.recognize.scripted import TALL, Scripted, digits, page_with, read, run_of


def test_each_run_is_a_number_in_reading_order():
    page = page_with([run_of(TALL, TALL), run_of(TALL, place=(200, 50))], [run_of(TALL, TALL, TALL, place=(50, 150))])
    found = read(page, digits("40"), digits("7"), digits("258"))
    assert found.texts == ["40", "7", "258"]
    assert (found.source, found.width, found.height, found.model) == ("photo.jpg", 600, 400, "fake")
    assert found.refused == ()
    assert found.advice == ()


def test_a_digit_that_was_cut_in_pieces_is_put_together():
    found = read(page_with([run_of((13, 48), (13, 48), TALL)]), {(0, 2): ("4", 0.99), (2, 3): ("1", 0.99)})
    assert found.texts == ["41"]
    left, right = (digit.box for digit in found.numbers[0].digits)
    assert left[2] - left[0] == pytest.approx((13 + 2 + 13) / 2, abs=2)
    assert left[2] <= right[0] + 1


def test_patches_that_are_given_are_not_made_again(tmp_path):
    page = prepare(Frame(page_of("407 15")), keep_stages=True)
    save_work(page, tmp_path)
    _, patches = load_work(tmp_path)
    scripted = Scripted(np.full((len(patches), NOT_A_DIGIT + 1), 1 / 11, np.float32))
    Reader(scripted, Limits()).read(page, patches=patches)
    assert scripted.asked is patches


def test_what_was_written_reads_as_what_was_read_directly(sample, tmp_path):
    from capture.image import load_image

    page = prepare(Frame(load_image(sample), str(sample)), keep_stages=True)
    save_work(page, tmp_path)
    loaded, patches = load_work(tmp_path)
    reader = Reader.load()
    direct, written = reader.read(page), reader.read(loaded, patches=patches)
    assert written.texts == direct.texts
    assert [n.box for n in written.numbers] == [n.box for n in direct.numbers]
    for one, other in zip(written.numbers, direct.numbers, strict=True):
        assert one.confidence == pytest.approx(other.confidence, abs=0.05)


def test_a_reading_tells_its_steps_and_times():
    page = prepare(Frame(page_of("4")))
    rows = np.full((sum(len(spans_of(run.pieces)) for run in page.runs), NOT_A_DIGIT + 1), 1 / 11, np.float32)
    found = Reader(Scripted(rows), Limits()).read(page)
    assert set(found.ms) >= {"preprocess", "recognize"}
    assert [step["stage"] for step in found.steps][:2] == ["view", "tilt"]


def test_numbers_check_themselves_on_the_way():
    found = read(page_with([run_of(TALL, TALL)]), digits("40"))
    assert all(isinstance(number, Number) for number in found.numbers)
