"""Lines: components as an oracle finds them, numbers by their gaps, and an order that a little turn leaves alone."""

import itertools

import cv2
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from skimage.measure import label

from preprocess.lines import (
    are_rule_ends,
    are_thin,
    body_height,
    drop_scaffolds,
    drop_specks,
    find_components,
    find_cut_off,
    group_numbers,
    main_line,
    order_lines,
)
from tests.preprocess.drawn import write

any_mask = hnp.arrays(bool, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=24)).map(
    lambda mask: mask.astype(np.uint8) * np.uint8(255)
)


def flood_fill(mask: np.ndarray) -> np.ndarray:
    """Label 8-connected components the slow way, in order of their first pixels."""
    labels = np.zeros(mask.shape, int)
    for start in zip(*np.nonzero(mask), strict=True):
        if labels[start]:
            continue
        labels[start] = number = labels.max() + 1
        waiting = [start]
        while waiting:
            y, x = waiting.pop()
            for near in [(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]:
                inside = 0 <= near[0] < mask.shape[0] and 0 <= near[1] < mask.shape[1]
                if inside and mask[near] and not labels[near]:
                    labels[near] = number
                    waiting.append(near)
    return labels


def same_parts(labels: np.ndarray, others: np.ndarray) -> bool:
    """Whether two labellings divide the pixels alike, whatever the numbers are."""
    pairs = set(zip(labels.ravel().tolist(), others.ravel().tolist(), strict=True))
    return len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})


@given(any_mask)
@settings(max_examples=100, deadline=None)
def test_components_are_those_of_two_oracles(mask):
    found = find_components(mask)
    slow = flood_fill(mask)
    assert same_parts(found.labels, slow)
    assert same_parts(found.labels, label(mask > 0, connectivity=2))
    assert len(found.boxes) == len(found.areas) == slow.max()


@given(any_mask)
@settings(max_examples=60, deadline=None)
def test_boxes_and_areas_are_those_of_the_pixels(mask):
    found = find_components(mask)
    for number, (left, top, right, bottom) in enumerate(found.boxes):
        ys, xs = np.nonzero(found.labels == found.ids[number])
        assert (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1) == (left, top, right, bottom)
        assert found.areas[number] == len(xs)
        assert (found.widths[number], found.heights[number]) == (right - left, bottom - top)


def mask_of(*numbers: tuple[str, float, float, float]) -> np.ndarray:
    """Mask of numbers: (text, left, top, height) each."""
    ink = np.zeros((400, 700), np.uint8)
    for text, left, top, height in numbers:
        write(ink, text, left, top, height, 4)
    return np.where(ink > 100, 255, 0).astype(np.uint8)


def spans(mask: np.ndarray) -> list[tuple[float, float, int]]:
    """Left and right of each number that is found, and of how many components it is."""
    found = find_components(mask)
    groups = [(found.boxes[members], len(members)) for members in group_numbers(found)]
    return sorted((float(boxes[:, 0].min()), float(boxes[:, 2].max()), count) for boxes, count in groups)


def test_numbers_are_divided_by_their_gaps():
    found = spans(mask_of(("407", 20, 100, 40), ("15", 220, 100, 40), ("2", 400, 100, 40)))
    assert [count for _, _, count in found] == [3, 2, 1]
    assert [right < following for (_, right, _), (following, _, _) in itertools.pairwise(found)] == [True] * 2


def test_rows_are_not_one_number():
    assert [count for *_, count in spans(mask_of(("407", 20, 40, 40), ("152", 20, 100, 40)))] == [3, 3]


def test_a_dot_joins_its_number():
    mask = mask_of(("40", 20, 100, 60), ("75", 160, 100, 60))
    mask[152:160, 142:150] = 255
    assert [count for *_, count in spans(mask)] == [5]


def table_of_digits() -> np.ndarray:
    """A table's digits, four rows of five: uint8 (400, 500), 255 = ink."""
    mask = np.zeros((400, 500), np.uint8)
    for row, digits in enumerate(("50123", "34255", "75007", "21320")):
        for column, digit in enumerate(digits):
            write(mask, digit, 40 + 75 * column, 40 + 80 * row, 40)
    return np.where(mask > 127, 255, 0).astype(np.uint8)


def test_what_towers_beside_a_table_does_not_join_its_rows():
    mask = table_of_digits()
    cv2.line(mask, (440, 20), (470, 380), 255, 4)
    groups = group_numbers(find_components(mask))
    assert len(groups) == 21
    assert {len(members) for members in groups} == {1}


def test_a_bent_ruling_is_scaffold_and_digits_and_what_is_joined_of_them_are_not():
    mask = table_of_digits()
    bent = np.array([(30, 375), (130, 370), (250, 372), (380, 385), (480, 392)], np.int32)
    cv2.polylines(mask, [bent], False, 255, 2)
    cv2.line(mask, (250, 340), (250, 398), 255, 2)
    write(mask, "25372537253", 40, 2, 34, pitch=0.5)
    found = find_components(mask)
    kept = drop_scaffolds(found)
    dropped = found.boxes[~np.isin(found.ids, kept.ids)]
    assert dropped == pytest.approx(np.array([[30, 340, 481, 399]]), abs=2)
    assert kept.widths.max() > 4 * 34


def test_the_size_of_the_page_does_not_change_the_groups():
    small = mask_of(("407", 20, 100, 40), ("15", 220, 100, 40))
    large = np.kron(small, np.ones((3, 3), np.uint8))
    assert [count for *_, count in spans(large)] == [count for *_, count in spans(small)]


def test_every_component_is_in_one_number():
    rng = np.random.default_rng(3)
    mask = ((rng.random((200, 300)) < 0.03) * 255).astype(np.uint8)
    found = find_components(mask)
    members = sorted(i for group in group_numbers(found) for i in group)
    assert members == list(range(len(found.boxes)))


def test_no_components_are_no_numbers_and_no_lines():
    nothing = find_components(np.zeros((20, 30), np.uint8))
    assert group_numbers(nothing) == []
    assert order_lines(nothing.boxes) == []
    assert body_height(nothing.heights, nothing.areas) == 0


def test_specks_are_left_out_of_a_number_and_digits_are_not():
    mask = mask_of(("407", 20, 100, 60))
    mask[130, 15] = 255
    found = find_components(mask)
    members = list(range(len(found.boxes)))
    kept = drop_specks(found, members)
    assert len(members) == 4
    assert [found.heights[i] > 50 for i in kept] == [True] * 3


def test_a_number_of_specks_alone_stays():
    found = find_components(np.eye(3, dtype=np.uint8) * 255)
    assert drop_specks(found, [0]) == [0]


def turned(boxes: np.ndarray, degrees: float) -> np.ndarray:
    """Turn the middles of boxes about the origin; each box stays upright."""
    angle = np.deg2rad(degrees)
    middles = np.stack([boxes[:, [0, 2]].mean(axis=1), boxes[:, [1, 3]].mean(axis=1)], axis=1)
    moved = middles @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    halves = (boxes[:, 2:] - boxes[:, :2]) / 2
    return np.concatenate([moved - halves, moved + halves], axis=1)


@given(
    rows=st.lists(
        st.lists(st.tuples(st.integers(40, 120), st.integers(20, 50)), min_size=1, max_size=5), min_size=1, max_size=4
    ),
    degrees=st.floats(-1.5, 1.5),
    order=st.randoms(use_true_random=False),
)
@settings(max_examples=100, deadline=None)
def test_the_reading_order_does_not_depend_on_a_small_turn_or_on_the_order_given(rows, degrees, order):
    boxes, truth = [], []
    for row, words in enumerate(rows):
        line, x = [], 0
        for width, gap in words:
            line.append(len(boxes))
            boxes.append([x, row * 70, x + width, row * 70 + 40])
            x += width + gap
        truth.append(line)
    assume(len(boxes) > 1)
    shuffled = list(range(len(boxes)))
    order.shuffle(shuffled)
    found = order_lines(turned(np.array(boxes, float), degrees)[shuffled])
    assert [[shuffled[i] for i in line] for line in found] == truth


@given(
    st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500), st.integers(1, 80), st.integers(1, 80)), max_size=25)
)
@settings(max_examples=80, deadline=None)
def test_every_box_is_in_one_line_and_lines_run_from_left_to_right(sizes):
    boxes = np.array([[x, y, x + w, y + h] for x, y, w, h in sizes], float).reshape(-1, 4)
    lines = order_lines(boxes)
    assert sorted(i for line in lines for i in line) == list(range(len(boxes)))
    assert all(list(boxes[line, 0]) == sorted(boxes[line, 0]) for line in lines)


def test_the_main_line_is_the_number_in_the_middle():
    mask = np.zeros((100, 400), np.uint8)
    write(mask, "4075", 30, 25, 50, 5)
    mask[0:6, 40:90] = 255  # what the picture's edge cut off the line above
    mask[96:100, 200:230] = 255
    found = find_components(np.where(mask > 100, 255, 0).astype(np.uint8))
    chosen = main_line(found, order_lines(found.boxes), mask.shape)
    assert len(chosen) == 4
    assert list(found.boxes[chosen, 0]) == sorted(found.boxes[chosen, 0])
    assert all(found.heights[chosen] > 40)


@pytest.mark.parametrize(("thick_px", "above_px", "is_hat"), [(7, 6, True), (3, 6, False), (7, 24, False)])
def test_a_stroke_of_the_pen_close_above_a_digit_is_its_hat(thick_px, above_px, is_hat):
    mask = np.zeros((120, 400), np.uint8)
    write(mask, "4075", 30, 50, 50, 5)
    tops = find_components(np.where(mask > 100, 255, 0).astype(np.uint8)).boxes
    last = tops[tops[:, 0].argmax()].astype(int)
    hat = [last[0] + 5, last[1] - above_px - thick_px, last[2] + 10, last[1] - above_px]
    mask[hat[1] : hat[3], hat[0] : hat[2]] = 255
    found = find_components(np.where(mask > 100, 255, 0).astype(np.uint8))
    chosen = main_line(found, order_lines(found.boxes), mask.shape)
    assert (hat in found.boxes[chosen].astype(int).tolist()) == is_hat
    assert len(chosen) == 4 + is_hat


def test_a_rules_end_is_slim_and_a_1_among_specks_is_thicker_than_they_are_high():
    mask = np.zeros((400, 400), np.uint8)
    for top in range(40, 360, 20):
        mask[top : top + 9, 300:309] = 255
    mask[30:330, 100:140] = 255
    mask[30:330, 200:204] = 255
    found = find_components(mask)
    ends = found.boxes[are_rule_ends(found, np.ones(len(found.boxes), bool))].astype(int).tolist()
    assert ends == [[200, 30, 204, 330]]


def test_what_is_left_of_a_printed_line_is_thin_beside_the_pen_and_a_fine_pens_1_is_not():
    mask = np.zeros((120, 300), np.uint8)
    write(mask, "407", 20, 20, 60, 8)
    mask[20:80, 200:202] = 255
    mask[100:102, 40:140] = 255
    found = find_components(mask)
    slim = found.boxes[are_thin(found, mask)].astype(int).tolist()
    assert sorted(slim) == [[40, 100, 140, 102], [200, 20, 202, 80]]
    fine = np.zeros((120, 300), np.uint8)
    write(fine, "407", 20, 20, 60, 2)
    fine[20:80, 200:203] = 255
    assert not are_thin(find_components(fine), fine).any()


def test_stains_say_nothing_of_the_pen():
    mask = np.zeros((300, 600), np.uint8)
    write(mask, "4070", 20, 20, 60, 4)
    mask[20:80, 300:304] = 255
    for x in (120, 360):
        cv2.circle(mask, (x, 200), 45, 255, cv2.FILLED)
    assert not are_thin(find_components(mask), mask).any()


def test_more_components_than_16_bits_count_are_labelled_all_the_same():
    mask = np.zeros((1000, 1000), np.uint8)
    mask[::3, ::3] = 255
    found = find_components(mask)
    assert len(found.boxes) == 334 * 334
    assert found.labels.max() == 334 * 334


def test_what_runs_out_of_the_picture_is_told_with_its_side():
    mask = mask_of(("407", 100, 100, 60))
    mask[120:180, 0:20] = 255
    mask[0:8, 200:206] = 255
    found = find_components(mask)
    kept = found.pick(np.flatnonzero((found.boxes[:, 0] > 10) & (found.boxes[:, 1] > 10)))
    assert find_cut_off(found, kept) == ("left",), "and a speck is not"
    assert find_cut_off(found, found) == ()
