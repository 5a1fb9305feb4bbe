"""Conditions: what is said to be written is written, as hard as it is said to be, and the same each time."""

from dataclasses import replace
from functools import cache, partial

import cv2
import numpy as np
import pytest

from evaluate import conditions
from evaluate.conditions import CONDITIONS, draw_page
from evaluate.hands import pick_writer

BY_NAME = {condition.name: condition for condition in CONDITIONS}
every_condition = pytest.mark.parametrize("condition", CONDITIONS, ids=lambda condition: condition.name)


@pytest.fixture(scope="module")
def draw(hands):
    """Draw a page once, however many tests look at it."""
    return cache(partial(draw_page, hands))


@every_condition
def test_a_page_is_by_one_hand_and_looks_the_same_each_time(hands, draw, condition):
    page, other = (draw(condition, number) for number in range(2))
    assert np.array_equal(page.frame.image, draw_page(hands, condition, 0).frame.image)
    assert (page.truth.numbers, page.truth.file) != (other.truth.numbers, other.truth.file)
    writer = int(page.truth.source.removeprefix("writer"))
    assert set("".join(page.truth.numbers)) <= set(hands.labels[hands.writers == writer])
    assert page.frame.source == page.truth.file


@every_condition
def test_there_are_a_few_numbers_of_a_few_digits(draw, condition):
    for number in range(2):
        page = draw(condition, number)
        assert 6 <= len(page.truth.numbers) <= 12
        assert all(1 <= len(text) <= 6 for text in page.truth.numbers)
        assert not page.truth.is_line
        assert condition.digit_px or (page.frame.width, page.frame.height) == conditions.FRAME_PX


def fill(hands, condition, seed):
    """Fill a sheet: its grid, its ink and the numbers."""
    rng = np.random.default_rng(seed)
    _, grid = conditions.make_sheet(condition.paper, rng)
    ink, numbers = conditions._fill(pick_writer(hands, rng), grid, condition, rng)
    return grid, ink, numbers


def find_words(ink, grid):
    """Find what stands close together: boxes (x, y, width, height), by their baseline and from left to right."""
    digit_px = grid.digit_mm * conditions.SHEET_PX_PER_MM
    near = cv2.dilate((ink > 127).astype(np.uint8), np.ones((1, round(0.8 * digit_px)), np.uint8))
    near = cv2.dilate(near, np.ones((round(0.3 * digit_px), 1), np.uint8))
    boxes = cv2.connectedComponentsWithStats(near)[2][1:]
    baselines = np.array(grid.baselines_mm) * conditions.SHEET_PX_PER_MM
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
        hand = replace(conditions.pick_hand(BY_NAME[name], rng), fine=False, width=0.02)
        text, ink, _ = conditions._write_number(digits, hand, 8.0, 90.0, 0.15, BY_NAME[name], rng)
        assert count_parts(ink) == (1 if name == "touching" else len(text))


@pytest.mark.parametrize("seed", range(5))
def test_a_pencil_takes_8_to_20_percent_of_the_light(hands, seed):
    rng = np.random.default_rng(seed)
    sheet, _ = conditions.make_sheet("plain", rng)
    cover = np.zeros(sheet.image.shape[:2], np.uint8)
    cover[200:900, 200:900] = 255
    written = conditions.put_ink(sheet, cover, BY_NAME["faint"], rng)
    taken = 1 - written.image[250:850, 250:850].mean() / sheet.image[250:850, 250:850].mean()
    assert 0.07 <= taken <= 0.21


@pytest.mark.parametrize(("paper", "lines"), [("plain", (0, 0)), ("ruled", (1, 0)), ("squared", (1, 1))])
def test_lines_go_right_across_at_a_regular_distance(paper, lines):
    # Of a margin's line nothing is left once it is drawn over the whole height: there is one at most.
    sheet, _ = conditions.make_sheet(paper, np.random.default_rng(5))
    grey = sheet.image.mean(axis=2)
    for axis, wanted in ((1, lines[0]), (0, lines[1])):
        profile = grey.mean(axis=axis)
        found = np.flatnonzero(profile < np.median(profile) - 0.03)
        starts = found[np.flatnonzero(np.diff(found, prepend=-9) > 1)]
        assert (len(starts) > 5) == bool(wanted)
        if wanted:
            steps = np.diff(starts) / conditions.SHEET_PX_PER_MM
            assert np.ptp(steps) <= 0.3
            assert steps.mean() == pytest.approx(5, abs=0.05) if paper == "squared" else 8 <= steps.mean() <= 10


def test_a_shadow_makes_part_of_the_page_much_darker(draw):
    def darkest(name):
        small = [cv2.blur(draw(BY_NAME[name], number).frame.image.mean(axis=2), (120, 120)) for number in range(2)]
        return np.mean([grey.min() / grey.max() for grey in small])

    assert darkest("shadow") < darkest("plain") - 0.2


@pytest.mark.parametrize("number", range(3))
def test_low_resolution_is_a_small_picture(draw, number):
    image = draw(BY_NAME["low resolution"], number).frame.image
    assert 150 <= image.shape[1] <= 320
    assert image.shape[1] / image.shape[0] == pytest.approx(4 / 3, abs=0.02)


@pytest.mark.parametrize("number", range(3))
def test_a_sheet_that_is_askew_shows_the_desk_in_corners_and_keeps_its_writing(draw, number):
    def corners(name):
        grey = draw(BY_NAME[name], number).frame.image.mean(axis=2)
        return [float(corner.mean()) for corner in (grey[:20, :20], grey[:20, -20:], grey[-20:, :20], grey[-20:, -20:])]

    assert min(corners("askew")) < 0.4 * min(corners("ruled"))
    assert draw(BY_NAME["askew"], number).truth.numbers


def test_specks_are_left_out_and_strokes_are_not():
    ink = np.zeros((28, 28), np.uint8)
    ink[4:24, 12:16] = 200
    hat = ink.copy()
    hat[4:7, 18:26] = 200
    specked = hat.copy()
    specked[26, 3:5] = 255
    assert np.array_equal(conditions.drop_specks(specked), hat)
