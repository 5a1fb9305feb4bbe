"""The normaliser: whatever ink comes in, a patch as MNIST's digits are goes out."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from preprocess.patch import BOX_PX, PAIR_SIDE_PX, SIDE_PX, crop_to_ink, to_pair_patch, to_patch, to_patches
from tests.preprocess.drawn import SHAPES, ink_of

MIDDLE = (SIDE_PX - 1) / 2
any_ink = hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=70))
each_digit = pytest.mark.parametrize("digit", sorted(SHAPES))


def centre_of(patch: np.ndarray) -> tuple[float, float]:
    """Centre of mass: row, column."""
    rows, columns = np.mgrid[:SIDE_PX, :SIDE_PX]
    return float((rows * patch).sum() / patch.sum()), float((columns * patch).sum() / patch.sum())


def difference(patch: np.ndarray, other: np.ndarray) -> float:
    """Mean absolute difference of two patches, a pixel of displacement forgiven."""
    shifts = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
    return min(float(np.abs(np.roll(patch, shift, (0, 1)) - other).mean()) for shift in shifts)


@given(any_ink)
@example(np.zeros((1, 1), np.uint8))
@example(np.full((1, 1), 255, np.uint8))
@example(np.full((1, 3000), 255, np.uint8))
@example(np.full((3000, 1), 255, np.uint8))
@example(np.zeros((0, 5), np.uint8))
@settings(max_examples=80, deadline=None)
def test_any_ink_gives_a_patch(ink):
    before = ink.copy()
    patch = to_patch(ink)
    assert (patch.shape, patch.dtype) == ((SIDE_PX, SIDE_PX, 1), np.float32)
    assert 0 <= patch.min() <= patch.max() <= 1
    assert np.array_equal(ink, before)


@given(any_ink)
@settings(max_examples=80, deadline=None)
def test_all_ink_lies_within_twenty_pixels(ink):
    rows, columns = np.nonzero(to_patch(ink)[..., 0])
    assert max((np.ptp(side) + 1 for side in (rows, columns) if len(side)), default=0) <= BOX_PX


@given(any_ink)
@settings(max_examples=80, deadline=None)
def test_the_centre_of_mass_is_in_the_middle_unless_the_edge_is_in_the_way(ink):
    patch = to_patch(ink)[..., 0]
    if not patch.any():
        return
    for axis, centre in enumerate(centre_of(patch)):
        ways = np.moveaxis(patch, axis, 0)
        at_first_edge, at_last_edge = not ways[BOX_PX:].any(), not ways[: SIDE_PX - BOX_PX].any()
        assert abs(centre - MIDDLE) <= 1 or (at_first_edge if centre > MIDDLE else at_last_edge)


@each_digit
@pytest.mark.parametrize("height", [20, 33, 64, 300])
def test_the_long_side_of_a_digit_is_twenty_pixels(digit, height):
    rows, columns = np.nonzero(to_patch(ink_of(digit, height, max(1, height // 12)))[..., 0] > 0.1)
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == BOX_PX


@each_digit
def test_the_darkest_ink_is_full_ink(digit):
    faint = ink_of(digit) // 3
    assert to_patch(faint).max() > 0.99
    assert difference(to_patch(faint)[..., 0], to_patch(ink_of(digit))[..., 0]) < 0.04


@given(
    ink=any_ink,
    margins=st.tuples(*[st.integers(0, 30)] * 4),
)
@settings(max_examples=60, deadline=None)
def test_where_the_ink_lies_does_not_matter(ink, margins):
    top, bottom, left, right = margins
    moved = np.pad(ink, ((top, bottom), (left, right)))
    assert np.array_equal(to_patch(moved), to_patch(ink))


@each_digit
@pytest.mark.parametrize("factor", [2, 3, 5])
def test_the_size_of_the_pixels_does_not_matter(digit, factor):
    ink = crop_to_ink(ink_of(digit))
    larger = np.kron(ink, np.ones((factor, factor), np.uint8))
    assert difference(to_patch(larger)[..., 0], to_patch(ink)[..., 0]) < 0.005


@each_digit
@pytest.mark.parametrize("height", [30, 120, 400])
def test_the_size_of_the_digit_hardly_matters(digit, height):
    one, other = to_patch(ink_of(digit, 60, 6)), to_patch(ink_of(digit, height, height // 10))
    assert difference(one[..., 0], other[..., 0]) < 0.06


def test_paper_without_ink_is_all_zeros():
    assert not to_patch(np.zeros((40, 30), np.uint8)).any()
    assert not to_patch(np.full((40, 30), 5, np.uint8)).any()


@pytest.mark.parametrize(
    ("ink", "named"),
    [
        (np.zeros((28, 28), np.float32), r"float32 \(28, 28\)"),
        (np.full((28, 28), np.nan), r"float64 \(28, 28\)"),
        (np.zeros((28, 28), bool), r"bool \(28, 28\)"),
        (np.zeros((28, 28, 1), np.uint8), r"uint8 \(28, 28, 1\)"),
        (np.zeros(28, np.uint8), r"uint8 \(28,\)"),
        ([[0, 255]], "got list"),
        (None, "got NoneType"),
    ],
)
def test_what_is_no_ink_is_refused_by_name(ink, named):
    for normalise in (to_patch, to_pair_patch):
        with pytest.raises(ValueError, match=r"ink must be uint8 \(h, w\).*" + named):
            normalise(ink)


@given(any_ink)
@example(np.full((1, 3000), 255, np.uint8))
@example(np.full((3000, 1), 255, np.uint8))
@settings(max_examples=80, deadline=None)
def test_what_may_be_two_digits_is_as_high_and_wider(ink):
    patch = to_pair_patch(ink)
    assert (patch.shape, patch.dtype) == ((SIDE_PX, PAIR_SIDE_PX, 1), np.float32)
    rows, columns = (np.ptp(side) + 1 if len(side) else 0 for side in np.nonzero(patch[..., 0]))
    assert rows <= BOX_PX
    assert columns <= PAIR_SIDE_PX - SIDE_PX + BOX_PX


@each_digit
def test_a_digit_by_itself_looks_the_same_in_the_wider_patch(digit):
    one, wider = to_patch(ink_of(digit))[..., 0], to_pair_patch(ink_of(digit))[..., 0]
    aside = (PAIR_SIDE_PX - SIDE_PX) // 2
    assert np.abs(wider[:, aside : aside + SIDE_PX] - one).mean() < 0.01
    assert not wider[:, :aside].any()


def test_two_digits_side_by_side_are_as_high_as_one():
    both = np.hstack([ink_of("4"), ink_of("7")])
    rows, _ = np.nonzero(to_pair_patch(both)[..., 0] > 0.1)
    assert np.ptp(rows) + 1 == BOX_PX


def test_many_are_normalised_as_each_alone():
    inks = [ink_of(digit) for digit in SHAPES]
    patches = to_patches(inks)
    assert patches.shape == (len(inks), SIDE_PX, SIDE_PX, 1)
    assert all(np.array_equal(patch, to_patch(ink)) for patch, ink in zip(patches, inks, strict=True))
    assert to_patches([]).shape == (0, SIDE_PX, SIDE_PX, 1)


def test_mnist_digits_come_back_nearly_unchanged(shared):
    with np.load(shared / "data" / "mnist.npz") as data:
        digits = data["x_test"][:400]
    differences = [difference(to_patch(digit)[..., 0], digit / 255.0) for digit in digits]
    assert np.median(differences) < 1e-3
    assert max(differences) < 0.01
