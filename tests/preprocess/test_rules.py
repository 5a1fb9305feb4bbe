"""Rules: ruled and squared paper goes, the strokes that cross it stay."""

import cv2
import numpy as np
import pytest

from preprocess.course import Course
from preprocess.rules import Rule, draw_bands, draw_rules, find_both, find_rules
from preprocess.rules import remove_rules as remove_found
from tests.preprocess.drawn import write

SIZE = (480, 640)
LEVEL = [(0, y, SIZE[1], y) for y in range(70, 480, 52)]
SQUARED = LEVEL + [(x, 0, x, SIZE[0]) for x in range(40, 640, 52)]
MARGIN = [(88, 0, 88, SIZE[0])]


def writing() -> np.ndarray:
    """Numbers that stand across the lines: uint8 (H, W)."""
    ink = np.zeros(SIZE, np.uint8)
    for top, text in ((96, "4075"), (212, "3123"), (318, "5042")):
        write(ink, text, 110, top, 60, 6)
    return ink


def ruled(lines: list[tuple[int, int, int, int]], climb: float = 0.0, thickness: int = 2) -> np.ndarray:
    """The lines alone, uint8 (H, W); they climb by that many px over the picture."""
    ink = np.zeros(SIZE, np.uint8)
    for x0, y0, x1, y1 in lines:
        rise = round(climb) if y0 == y1 else 0
        cv2.line(ink, (x0, y0), (x1, y1 - rise), 255, thickness, cv2.LINE_AA)
    return ink


def remove_rules(ink: np.ndarray, mask: np.ndarray, faint: np.ndarray, upright_too: bool = True):
    """Find and remove: ink and mask without the lines, and the lines."""
    level, upright = find_both(faint, upright_too)
    clean_ink, clean, _ = remove_found(ink, mask, level, upright)
    return clean_ink, clean, level, upright


def mask_of(ink: np.ndarray) -> np.ndarray:
    return np.where(ink > 100, 255, 0).astype(np.uint8)


def recall(clean: np.ndarray, truth: np.ndarray) -> float:
    """Share of the strokes that is still there."""
    return float((clean & truth > 0).sum() / (truth > 0).sum())


each_paper = pytest.mark.parametrize("lines", [LEVEL, SQUARED, LEVEL + MARGIN], ids=["ruled", "squared", "margin"])


@each_paper
@pytest.mark.parametrize("thickness", [1, 2, 3])
def test_the_lines_go(lines, thickness):
    rules, truth = ruled(lines, thickness=thickness), writing()
    ink = np.maximum(rules, truth)
    clean_ink, clean, level, upright = remove_rules(ink, mask_of(ink), mask_of(ink))
    lines_alone = (mask_of(rules) > 0) & (cv2.dilate(truth, np.ones((5, 5), np.uint8)) == 0)
    assert len(level) + len(upright) >= 0.8 * len(lines)
    assert (clean[lines_alone] > 0).mean() < 0.03
    assert (clean_ink[lines_alone] > 0).mean() < 0.04


@each_paper
@pytest.mark.parametrize("thickness", [1, 2])
def test_the_strokes_stay_whole(lines, thickness):
    truth = writing()
    ink = np.maximum(ruled(lines, thickness=thickness), truth)
    _, clean, _, _ = remove_rules(ink, mask_of(ink), mask_of(ink))
    assert recall(clean, mask_of(truth)) > 0.88
    parts, whole = cv2.connectedComponents(clean)[0] - 1, cv2.connectedComponents(mask_of(truth))[0] - 1
    assert parts <= whole + 2


@pytest.mark.parametrize("climb", [-14, 8, 20])
def test_lines_that_climb_go_too(climb):
    rules, truth = ruled(LEVEL, climb), writing()
    ink = np.maximum(rules, truth)
    _, clean, level, _ = remove_rules(ink, mask_of(ink), mask_of(ink))
    alone = (mask_of(rules) > 0) & (cv2.dilate(truth, np.ones((5, 5), np.uint8)) == 0)
    assert len(level) >= len(LEVEL) - 1
    assert (clean[alone] > 0).mean() < 0.05
    assert recall(clean, mask_of(truth)) > 0.9


def test_lines_that_bend_go_too():
    rules = np.zeros(SIZE, np.uint8)
    columns = np.arange(SIZE[1])
    for y in range(70, 480, 52):
        bent = y + 6 * np.sin(columns / SIZE[1] * np.pi)
        points = np.stack([columns, bent], axis=1)
        cv2.polylines(rules, [np.round(points * 16).astype(np.int32)], False, 255, 2, cv2.LINE_AA, 4)
    _, clean, _, _ = remove_rules(rules, mask_of(rules), mask_of(rules))
    assert (clean > 0).sum() < 0.05 * (rules > 100).sum()


def test_lines_across_a_fold_go_too():
    columns = np.arange(1200)
    # Beside the fold the paper bulges, and on both sides it falls away.
    bulge = 20 * np.exp(-(((columns - 200) / 160) ** 2)) - 14 * np.exp(-(((columns - 620) / 220) ** 2))
    rules = np.zeros((480, 1200), np.uint8)
    for y in range(70, 480, 52):
        cv2.polylines(rules, [np.stack([columns, y + bulge], axis=1).round().astype(np.int32)], False, 255, 3)
    _, clean, _, _ = remove_rules(rules, rules, rules)
    assert (clean > 0).sum() < 0.05 * (rules > 0).sum()


def test_without_lines_nothing_is_touched():
    truth = writing()
    ink, mask, *found = remove_rules(truth, mask_of(truth), mask_of(truth))
    assert found == [[], []]
    assert np.array_equal(ink, truth)
    assert np.array_equal(mask, mask_of(truth))


def test_a_tall_1_in_a_picture_of_one_number_stays():
    ink = np.zeros((60, 300), np.uint8)
    write(ink, "21112", 20, 2, 56, 5)
    _, clean, *found = remove_rules(ink, mask_of(ink), mask_of(ink), upright_too=False)
    assert found == [[], []]
    assert recall(clean, mask_of(ink)) == 1


def test_a_7s_bar_and_a_dash_are_no_rules():
    ink = np.zeros(SIZE, np.uint8)
    write(ink, "7755", 40, 100, 120, 8)
    cv2.line(ink, (300, 400), (380, 400), 255, 8)
    assert find_rules(mask_of(ink)) == []


@pytest.mark.parametrize("shape", [(1, 1), (1, 700), (700, 1), (3, 31), (31, 3)])
@pytest.mark.parametrize("level", [0, 255])
def test_masks_of_any_shape(shape, level):
    mask = np.full(shape, level, np.uint8)
    ink, clean, _, _ = remove_rules(mask, mask, mask)
    assert ink.shape == clean.shape == shape


def test_what_comes_in_is_not_changed():
    ink = np.maximum(ruled(SQUARED), writing())
    mask = mask_of(ink)
    before = ink.copy(), mask.copy()
    remove_rules(ink, mask, mask)
    assert np.array_equal(ink, before[0])
    assert np.array_equal(mask, before[1])


@pytest.mark.parametrize("middle", [20.0, 20.25, 20.5, 21.5, 20.75])
def test_a_drawn_rule_is_solid_wherever_its_middle_lies(middle):
    rule = Rule(10, 90, Course((middle,)), 6.0)
    rows, columns = np.nonzero(draw_rules([rule], (40, 100)))
    assert (columns.min(), columns.max() + 1) == (10, 90)
    assert len(np.unique(rows)) == np.ptp(rows) + 1 == 7
    assert abs(rows.mean() - middle) <= 0.5


def test_a_tables_sides_go_though_one_of_them_is_thick():
    mask = np.zeros((140, 900), np.uint8)
    for place, x in enumerate(range(20, 880, 80)):
        cv2.line(mask, (x, 20), (x, 119), 255, 9 if place == 4 else 5)
    _, clean, _, upright = remove_rules(mask, mask, mask)
    assert len(upright) == 11
    assert not clean.any()


def test_short_lines_that_begin_and_end_together_are_a_tables_on_a_page_alone():
    """So do the arches of noughts, where a number fills its picture."""
    ink = ruled([(200, y, 400, y) for y in (100, 180, 260)])
    assert len(find_both(mask_of(ink))[0]) == 3
    assert find_both(mask_of(ink), upright_too=False, families=False) == ([], [])


def squared(step: int, hidden: tuple[slice, slice]) -> np.ndarray:
    """Squared paper of which strong ink hides the lines somewhere, as a local threshold does: uint8 (H, W)."""
    mask = np.zeros(SIZE, np.uint8)
    mask[step // 2 :: step] = mask[step // 2 + 1 :: step] = 255
    mask[:, step // 2 :: step] = mask[:, step // 2 + 1 :: step] = 255
    mask[hidden] = 0
    return mask


def test_lines_that_are_hidden_beside_strong_ink_are_found_by_their_steps():
    step, hidden = 30, np.s_[150:330, 200:440]
    mask = squared(step, hidden)
    digits = np.zeros(SIZE, np.uint8)
    write(digits, "40", 270, 200, 80, 8)
    level, upright = find_both(cv2.bitwise_or(mask, digits))
    for found, side in ((level, SIZE[0]), (upright, SIZE[1])):
        middles = np.array([float(rule.course(rule.start)) for rule in found])
        whole = middles[[rule.length > 0.9 * (SIZE[0] + SIZE[1] - side) for rule in found]]
        assert all(np.abs(whole - row).min() < 2 for row in range(step // 2, side, step))
    _, clean, _ = remove_found(mask, cv2.bitwise_or(mask, digits), level, upright)
    assert recall(clean, digits) > 0.9
    assert (clean & ~cv2.dilate(digits, np.ones((5, 5), np.uint8)) > 0).mean() < 0.002


def test_two_lines_that_a_blot_joins_are_not_one_between_them():
    mask = np.zeros(SIZE, np.uint8)
    mask[100:103] = mask[140:143] = 255
    mask[90:150, 300:340] = 255
    assert all(abs(float(rule.course(320)) - 121) > 10 for rule in find_rules(mask))


def test_a_digit_on_a_dense_grid_is_no_crumb():
    # The bands about the lines cover most of the paper.
    mask = squared(14, np.s_[0:0, 0:0])
    digits = np.zeros(SIZE, np.uint8)
    write(digits, "2", 300, 200, 80, 9)
    both = cv2.bitwise_or(mask, digits)
    _, clean, _ = remove_found(both, both, *find_both(mask))
    assert recall(clean, digits) > 0.6


def test_uneven_lines_are_not_filled_up():
    mask = np.zeros(SIZE, np.uint8)
    rows = (40, 61, 150, 171, 350, 371)
    for row in rows:
        mask[row : row + 2] = 255
    assert len(find_rules(mask)) == len(rows)


def test_bands_hold_all_that_lies_on_the_lines():
    mask = squared(30, np.s_[0:0, 0:0])
    assert not (mask & ~draw_bands(*find_both(mask), mask.shape)).any()
