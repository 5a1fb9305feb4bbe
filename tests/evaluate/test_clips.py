"""Clips: what is said to be in view is in view, from when to when it is said, and the same each time."""

from itertools import pairwise

import cv2
import numpy as np
import pytest

from evaluate import clips
from evaluate.clips import CLIP_S, CLIPS, FAULTS, FPS, KINDS, SIZE_PX, draw_clip, draw_fault

WIDTH, HEIGHT = SIZE_PX


@pytest.fixture(scope="module")
def by_kind(hands):
    """One clip of each kind."""
    drawn = [draw_clip(hands, number) for number in range(len(KINDS))]
    return {clip.kind: clip for clip in drawn}


def draw_at(clip, time_s):
    """Draw what a clip shows at a time: grey, float64 (h, w)."""
    return clip.draw(round(time_s * FPS)).image.mean(axis=2)


def is_inside(corners):
    return bool((corners >= 0).all() and (corners <= SIZE_PX).all())


def cut_out(picture, corners, around_px=0):
    left, top = np.maximum(np.floor(corners.min(axis=0)).astype(int) - around_px, 0)
    right, bottom = np.ceil(corners.max(axis=0)).astype(int) + around_px
    return picture[top:bottom, left:right]


def find_clear_time(clip, showing):
    """Find a time at which nothing moves in, hunts or is in the way, of those at which a number is in view."""
    times = np.arange(showing.start_s + 0.6, showing.end_s - 0.6, 0.1)
    return next(t for t in times if all(not start - 0.2 < t < end + 0.2 for start, end in clip.unclear_s))


def contrast(window):
    return 1 - np.percentile(window, 2) / np.median(window)


def sharpness(picture):
    return cv2.Laplacian(cv2.GaussianBlur(picture, (0, 0), 1.5), cv2.CV_64F).std()


# --- a clip


def test_a_clip_is_300_frames_that_are_drawn_one_after_the_other(by_kind, monkeypatch):
    clip = by_kind["slid"]
    first = next(clip.frames())
    assert (first.width, first.height, first.source) == (WIDTH, HEIGHT, clip.name)
    monkeypatch.setattr(clips._Shot, "take", lambda shot, index: np.full((1, 1, 3), index % 256, np.uint8))
    frames = clip.frames()
    assert iter(frames) is frames
    assert [(frame.index, frame.timestamp) for frame in frames] == [(index, index / FPS) for index in range(300)]
    assert len(clip) == 300


def test_a_clip_looks_the_same_each_time_and_no_two_are_alike(hands, by_kind):
    clip, again = by_kind["exchanged"], draw_clip(hands, list(KINDS).index("exchanged"))
    assert (clip.name, clip.showings, clip.unclear_s) == (again.name, again.showings, again.unclear_s)
    for index in (150, 3):
        assert np.array_equal(clip.draw(index).image, again.draw(index).image)
    other = draw_clip(hands, list(KINDS).index("exchanged") + len(KINDS))
    assert (other.kind, other.name != clip.name) == ("exchanged", True)
    assert other.showings != clip.showings


def test_frames_differ_by_shake_and_noise(by_kind):
    first, second = (by_kind["still"].draw(index).image.astype(float) for index in (30, 31))
    assert 0.3 < np.abs(first - second).mean() < 30


def test_all_kinds_are_dealt_out_more_than_once(by_kind):
    assert set(by_kind) == set(KINDS)
    assert 2 * len(KINDS) <= CLIPS


def test_stills_are_all_that_is_kept(by_kind):
    for clip in by_kind.values():
        layers = (clip._shot.background, *clip._shot.sheets)
        assert sum(still.nbytes for layer in layers for still in layer.stills) < 32e6


# --- its numbers


@pytest.mark.parametrize("kind", KINDS)
def test_showings_lie_within_the_clip_in_order(by_kind, kind):
    clip = by_kind[kind]
    assert clip.showings
    for showing in clip.showings:
        assert 0 <= showing.start_s < showing.end_s <= CLIP_S
        assert 1 <= len(showing.text) <= 6
        assert showing.end_s - showing.start_s > 3
    assert all(one.start_s <= next_one.start_s for one, next_one in pairwise(clip.showings))


@pytest.mark.parametrize("kind", KINDS)
def test_a_number_is_in_the_picture_while_it_is_said_to_be(by_kind, kind):
    clip = by_kind[kind]
    for showing in clip.showings:
        for time_s in np.arange(round(showing.start_s * FPS), round(showing.end_s * FPS), 5) / FPS:
            assert is_inside(clip.locate(showing, time_s))
        time_s = find_clear_time(clip, showing)
        assert contrast(cut_out(draw_at(clip, time_s), clip.locate(showing, time_s))) > 0.2


def test_a_box_is_as_large_as_its_ink(by_kind):
    clip = by_kind["still"]
    (showing,) = clip.showings
    time_s = find_clear_time(clip, showing)
    window = cut_out(draw_at(clip, time_s), clip.locate(showing, time_s), around_px=30)
    paper = np.median(window)
    x, y, width, height = cv2.boundingRect((window < (window.min() + paper) / 2).astype(np.uint8))
    assert x == pytest.approx(30, abs=4)
    assert y == pytest.approx(30, abs=4)
    assert window.shape[1] - x - width == pytest.approx(30, abs=4)
    assert window.shape[0] - y - height == pytest.approx(30, abs=4)


@pytest.mark.parametrize("kind", ["still", "several", "covered", "travelling", "approached"])
def test_a_number_that_stays_is_shown_once(by_kind, kind):
    showings = by_kind[kind].showings
    assert [(showing.start_s, showing.end_s) for showing in showings] == [(0, CLIP_S)] * len(showings)
    assert len({showing.text for showing in showings}) == len(showings)
    assert (len(showings) > 1) == (kind == "several")


def test_a_number_that_is_slid_in_was_not_there_before_and_is_not_afterwards(by_kind):
    clip = by_kind["slid"]
    (showing,) = clip.showings
    assert is_inside(clip.locate(showing, showing.start_s))
    assert not is_inside(clip.locate(showing, showing.start_s - 2 / FPS))
    assert not is_inside(clip.locate(showing, showing.end_s + 1 / FPS))
    place = clip.locate(showing, showing.start_s + 0.6)
    before, after = (cut_out(draw_at(clip, showing.start_s + wait_s), place) for wait_s in (-0.6, 0.6))
    assert contrast(before) < 0.4 * contrast(after)


def test_sheets_are_exchanged_and_one_digit_is_another(by_kind):
    first, second = by_kind["exchanged"].showings
    assert first.end_s <= second.start_s < first.end_s + 1
    assert sum(one != other for one, other in zip(first.text, second.text, strict=True)) == 1


def test_a_hand_hides_the_number_for_a_moment(by_kind):
    clip = by_kind["covered"]
    (showing,) = clip.showings
    start, end = max(clip.unclear_s, key=lambda spell: spell[1] - spell[0])
    assert 0.5 <= end - start <= 1.2

    def redness(time_s):
        window = cut_out(clip.draw(round(time_s * FPS)).image.astype(float), clip.locate(showing, time_s))
        return window[..., 2].mean() / window[..., 0].mean()

    assert redness((start + end) / 2) > 1.15 * redness(start - 0.1)
    assert redness(end + 0.1) == pytest.approx(redness(start - 0.1), rel=0.1)


def test_a_number_travels_through_half_of_the_picture(by_kind):
    clip = by_kind["travelling"]
    (showing,) = clip.showings
    middles = [clip.locate(showing, time_s).mean(axis=0)[0] for time_s in (0, CLIP_S)]
    assert abs(middles[1] - middles[0]) == pytest.approx(WIDTH / 2, abs=60)


def test_digits_grow_as_somebody_comes_closer(by_kind):
    clip = by_kind["approached"]
    (showing,) = clip.showings
    heights = [np.ptp(clip.locate(showing, time_s)[:, 1]) for time_s in (0, CLIP_S)]
    assert clip.digit_px == pytest.approx((clips.FAR_PX, clips.NEAR_PX), rel=0.05)
    assert heights[1] / heights[0] == pytest.approx(clips.NEAR_PX / clips.FAR_PX, rel=0.15)


@pytest.mark.parametrize("kind", ["still", "slid", "exchanged", "several", "covered", "travelling"])
def test_digits_are_tall_enough_for_a_webcam(by_kind, kind):
    low, high = clips.DIGIT_PX
    assert all(0.9 * low <= digit_px <= high for digit_px in by_kind[kind].digit_px)


def test_what_looks_like_another_digit_is_not_legible(hands):
    place = int(np.flatnonzero(hands.labels == "3")[0])
    assert clips._is_legible(hands.ink[place], "3", hands)
    assert not clips._is_legible(hands.ink[place], "8", hands)


# --- focus and light


def test_nothing_can_be_read_while_the_focus_hunts(hands, monkeypatch):
    monkeypatch.setattr(clips, "_plan_hunts", lambda showings, rng: ((4.0, 4.4),))
    clip = draw_clip(hands, 0)
    (showing,) = clip.showings
    lost, found = (cut_out(draw_at(clip, time_s), clip.locate(showing, time_s), around_px=8) for time_s in (4.2, 4.6))
    assert (lost.max() - np.percentile(lost, 2)) < 0.8 * (found.max() - np.percentile(found, 2))
    assert sharpness(lost) < 0.5 * sharpness(found)


def test_hunts_leave_a_number_that_has_just_come_alone(by_kind):
    rng = np.random.default_rng(1)
    showings = by_kind["exchanged"].showings
    planned = [hunt for _ in range(60) for hunt in clips._plan_hunts(showings, rng)]
    assert planned
    for start, end in planned:
        assert 0.2 <= end - start <= 0.5
        assert all(end <= showing.start_s or start >= showing.start_s + 0.4 for showing in showings)


def test_light_changes_smoothly(by_kind):
    levels = np.array([by_kind["still"]._shot.light(index / FPS).mean() for index in range(300)])
    assert np.ptp(levels) > 0.05
    assert np.abs(np.diff(levels)).max() < 0.05


def test_what_moves_fast_is_smeared_along_its_way():
    picture = np.full((HEIGHT, WIDTH, 3), 200, np.uint8)
    picture[300:400, 600:604] = 0
    assert clips._smear(picture, np.array([0.3, 0.4])) is picture
    for way in (8.0, 40.0):
        across = clips._smear(picture, np.array([way, 0.0]))[350, :, 0]
        along = clips._smear(picture, np.array([0.0, way]))[350, :, 0]
        assert (across < 198).sum() == pytest.approx(way + 4, abs=8)
        assert (along < 198).sum() <= 12


# --- faults


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_a_short_clip_of_a_steady_hand(hands, fault):
    clip = draw_fault(hands, fault, 0.3 if fault != "small" else 12, 1)
    assert (clip.kind, clip.seconds, len(clip)) == (fault, 2.0, 60)
    assert bool(clip.showings) == (fault in ("dark", "blurred", "small", "faint"))
    assert clip.draw(30).image.shape == (HEIGHT, WIDTH, 3)


def test_faults_are_as_strong_as_is_asked(hands):
    dark, light = (draw_at(draw_fault(hands, "dark", gain, 0), 1).mean() for gain in (0.2, 0.8))
    assert dark / light == pytest.approx(0.25, abs=0.05)
    soft, sharp = (sharpness(draw_at(draw_fault(hands, "blurred", sigma_px, 0), 1)) for sigma_px in (5, 0.6))
    assert soft < 0.6 * sharp
    (small,) = (clip := draw_fault(hands, "small", 12, 0)).showings
    assert np.ptp(clip.locate(small, 1)[:, 1]) == pytest.approx(12, abs=4)


@pytest.mark.parametrize(
    ("fault", "axis", "end", "share"), [("cut_left", 0, 0, 0.2), ("cut_right", 0, WIDTH, 0.6), ("cut_top", 1, 0, 0.4)]
)
def test_a_share_of_the_number_is_cut(hands, fault, axis, end, share):
    (whole,) = draw_fault(hands, "dark", 1.0, 2).showings
    places = draw_fault(hands, fault, share, 2).locate(whole, 1)[:, axis]
    beyond = places.max() - end if end else -places.min()
    assert beyond / np.ptp(places) == pytest.approx(share, abs=0.12)


def test_a_desk_alone_is_darker_than_a_blank_sheet(hands):
    desk, sheet = (draw_at(draw_fault(hands, "nothing", strength, 0), 1)[300:420, 560:720] for strength in (0, 1))
    assert desk.mean() < sheet.mean() - 30
    assert np.percentile(sheet, 1) > 0.8 * np.median(sheet)


def test_faults_that_there_are_not_are_refused(hands):
    with pytest.raises(ValueError, match="fault must be one of dark, blurred"):
        draw_fault(hands, "upside down", 1, 0)
