"""Ink: strokes are kept, faint or bold; paper and its noise are not."""

import cv2
import numpy as np
import pytest

from preprocess import ink
from preprocess.ink import FEEBLE, GAP_PX, is_grain, mend, stroke_width, threshold_ink
from preprocess.light import measure_contrast, mix_channels
from preprocess.view import even_light
from tests.preprocess.drawn import add_noise, page_of, shadow

ROWS = ("407", "1523")


def drawn(**options: object) -> np.ndarray:
    """Where the strokes of a page are: bool (H, W)."""
    return page_of(*ROWS, ink=(255, 255, 255), paper=(0, 0, 0), **options)[..., 0] > 128  # type: ignore[arg-type]


def mask_of(image: np.ndarray) -> np.ndarray:
    return threshold_ink(measure_contrast(*even_light(mix_channels(image))[:2]))[1] > 0


def overlap(mask: np.ndarray, truth: np.ndarray) -> float:
    """Intersection over union."""
    return float((mask & truth).sum() / (mask | truth).sum())


@pytest.mark.parametrize("noise", [0, 3, 8])
def test_strokes_are_found_where_they_were_drawn(noise):
    assert overlap(mask_of(page_of(*ROWS, noise=noise)), drawn()) > 0.75


@pytest.mark.parametrize("step", [40, 80, 160])
def test_faint_strokes_are_found_too(step):
    paper = (225, 225, 225)
    ink = (225 - step,) * 3
    assert overlap(mask_of(page_of(*ROWS, ink=ink, paper=paper, noise=2)), drawn()) > 0.7


def test_faint_strokes_beside_bold_ones():
    image = page_of("407", ink=(30, 30, 30), noise=2)
    faint = page_of("", "1523", ink=(150, 150, 150), noise=2)
    assert overlap(mask_of(np.minimum(image, faint)), drawn()) > 0.65


def broken_stroke(gap: int) -> tuple[np.ndarray, np.ndarray]:
    """A stroke with a gap, and the same without one: uint8 (H, W)."""
    whole = np.zeros((60, 120), np.uint8)
    whole[28:33, 10:110] = 255
    parted = whole.copy()
    parted[:, 60 : 60 + gap] = 0
    return parted, whole


@pytest.mark.parametrize("gap", [1, 3, GAP_PX - 3])
def test_a_gap_is_mended_where_there_is_faint_ink_and_only_there(gap):
    parted, whole = broken_stroke(gap)
    soft, mended = mend(parted, parted, whole)
    assert cv2.connectedComponents(mended)[0] == 2
    assert not (mended & ~whole).any()
    assert (soft[mended > 0] > 127).all()
    assert np.array_equal(mend(parted, parted, parted)[1], parted)


def test_a_wide_gap_parts_two_strokes():
    parted, whole = broken_stroke(3 * GAP_PX)
    assert not mend(parted, parted, whole)[1][30, 60 + GAP_PX : 60 + 2 * GAP_PX].any()


@pytest.mark.parametrize(("level", "is_mended"), [(FEEBLE - 20, True), (2 * FEEBLE, False)])
def test_only_what_is_feeble_all_over_is_mended(level, is_mended, monkeypatch):
    mended = []
    monkeypatch.setattr(ink, "mend", lambda soft, mask, _: mended.append(True) or (soft, mask))
    threshold_ink(np.where(broken_stroke(4)[1] > 0, level, 0).astype(np.uint8))
    assert bool(mended) == is_mended


def test_strokes_in_a_shadow_are_found():
    image = add_noise((page_of(*ROWS) * shadow((480, 640))).astype(np.uint8), 2)
    assert overlap(mask_of(image), drawn()) > 0.7


@pytest.mark.parametrize("level", [15, 128, 240])
@pytest.mark.parametrize("noise", [0, 2, 6])
def test_an_empty_sheet_has_hardly_any_ink(level, noise):
    image = add_noise(np.full((300, 400, 3), level, np.uint8), noise)
    assert mask_of(image).mean() < 0.002


@pytest.mark.parametrize(("stains", "is_it"), [(0, False), (2, False), (4, True)])
def test_a_few_stains_beside_pencil_are_no_grain(stains, is_it):
    pencil = np.zeros((400, 600), np.uint8)
    cv2.putText(pencil, "71208", (30, 100), cv2.FONT_HERSHEY_SIMPLEX, 2, 255, 4)
    faint = cv2.dilate(pencil, np.ones((3, 3), np.uint8))
    for place in range(stains):
        cv2.circle(faint, (80 + 110 * place, 280), 40, 255, cv2.FILLED)
    assert is_grain(pencil, faint) == is_it


def test_full_ink_is_full_and_paper_is_none():
    contrast = measure_contrast(*even_light(mix_channels(page_of(*ROWS, pen=8)))[:2])
    ink, mask, *_ = threshold_ink(contrast)
    core = page_of(*ROWS, ink=(255, 255, 255), paper=(0, 0, 0), pen=4)[..., 0] == 255
    assert (ink.dtype, mask.dtype, ink.shape, mask.shape) == (np.uint8, np.uint8, contrast.shape, contrast.shape)
    assert set(np.unique(mask)) <= {0, 255}
    assert np.median(ink[core]) > 240
    assert not ink[~drawn(pen=24)].any()


@pytest.mark.parametrize("width", [3, 6, 12])
@pytest.mark.parametrize("angle", [0, 20, 45, 90])
def test_the_pens_width_is_measured_whichever_way_it_went(width, angle):
    ink = np.zeros((400, 400), np.uint8)
    ink[200 - width // 2 : 200 - width // 2 + width, 60:340] = 255
    ink = cv2.warpAffine(ink, cv2.getRotationMatrix2D((200, 200), angle, 1), (400, 400))
    assert stroke_width(ink) == pytest.approx(width, rel=0.35)
    assert stroke_width(np.zeros((5, 5), np.uint8)) == 0
