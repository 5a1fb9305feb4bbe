"""Page: checks itself, knows the way back to the frame, and takes a picture of any shape."""

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from capture.frame import Frame
from preprocess.page import Page, find_ruling, prepare
from preprocess.pieces import BODY_PX, Run, span_box
from preprocess.quality import Quality
from preprocess.view import look_at
from samples.scenes import OAK, WALNUT, make_desk
from tests.preprocess.drawn import add_noise, ink_of, page_of, shadow, write

QUALITY = Quality(200.0, 0.5, 0.5, 20.0)


def boxes_in_frame(page: Page) -> list[np.ndarray]:
    """Box of each run in px of the frame: left, top, right, bottom."""
    return [box_of(run, page) for run in page.runs if run.pieces]


def box_of(run: Run, page: Page) -> np.ndarray:
    """Box around the middles of a run's ink: a run is stood upright, so its own box is a slanted one in the frame."""
    spots = [np.argwhere(piece.ink > 60)[:, ::-1] + [piece.left, piece.top] + 0.5 for piece in run.pieces]
    xs, ys = (page.to_frame @ run.to_page @ np.column_stack([np.vstack(spots), np.ones(sum(map(len, spots)))]).T)[:2]
    return np.array([xs.min(), ys.min(), xs.max(), ys.max()])


def extent(ink: np.ndarray) -> np.ndarray:
    """Box of what is drawn."""
    rows, columns = np.nonzero(ink > 60)
    return np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])


def on_paper(ink: np.ndarray, paper: int = 230) -> Frame:
    """A frame of dark ink on paper."""
    grey = np.clip(paper - ink.astype(float) * 0.7, 0, 255).astype(np.uint8)
    return Frame(np.dstack([grey] * 3))


# --- the noun


@pytest.mark.parametrize(
    ("ink", "to_frame", "named"),
    [
        (np.zeros((5, 5)), np.eye(3), r"float64 \(5, 5\)"),
        (np.zeros((5, 5, 3), np.uint8), np.eye(3), r"uint8 \(5, 5, 3\)"),
        (np.zeros((5, 5), np.uint8), np.eye(2), r"\(2, 2\)"),
    ],
)
def test_a_page_refuses_what_is_none(ink, to_frame, named):
    with pytest.raises(ValueError, match=named):
        Page(Frame(np.zeros((5, 5, 3), np.uint8)), ink, (), to_frame, QUALITY)


def test_a_page_is_frozen():
    page = prepare(Frame(page_of("407")))
    with pytest.raises(AttributeError):
        page.ink = page.ink


# --- a picture of one number


def components_of(frame: Frame) -> int:
    """How many components its one number has."""
    (run,) = prepare(frame, "line").runs
    return len({piece.component for piece in run.pieces})


def test_a_1_among_digits_may_reach_the_edge_of_its_picture_and_one_beside_them_is_a_border():
    ink = ink_of("0407", 60, 4, margin=14)
    among, beside = ink.copy(), ink.copy()
    among[:, 59:63] = 255
    beside[:, 3:7] = 255
    assert components_of(on_paper(ink)) == 4
    assert components_of(on_paper(among)) == 5
    assert components_of(on_paper(beside)) == 4


@pytest.mark.parametrize(("lean_px", "count"), [(0, 4), (20, 5)])
def test_a_border_stands_upright_and_a_1_may_lean_out_of_its_picture(lean_px, count):
    ink = ink_of("0407", 60, 4, margin=50)
    height = ink.shape[0]
    cv2.line(ink, (20 + lean_px, height // 4), (20, height), 255, 4)
    assert components_of(on_paper(ink)) == count


def test_a_number_may_fill_its_line_from_end_to_end():
    ink = ink_of("000", 50, 5, 0.5, margin=6)
    ink = ink[:, extent(ink)[0] : extent(ink)[2]]
    (run,) = prepare(on_paper(ink), "line").runs
    left, _, right, _ = span_box(run.pieces)
    assert right - left == pytest.approx(ink.shape[1] * BODY_PX / 50, rel=0.2)


# --- what is written


def test_numbers_come_in_reading_order():
    page = prepare(Frame(page_of("407 15", "2 3", "111")))
    assert [len(line) for line in page.lines] == [2, 2, 1]
    boxes = boxes_in_frame(page)
    assert [b[0] for b in boxes[:2]] == sorted(b[0] for b in boxes[:2])
    tops = [box_of(line[0], page)[1] for line in page.lines]
    assert tops == sorted(tops)


@pytest.mark.parametrize(
    "image",
    [
        page_of("407", "15"),
        page_of("407", "15", noise=4),
        (page_of("407", "15") * shadow((480, 640))).astype(np.uint8),
        255 - page_of("407", "15"),
        page_of("407", "15", ink=(190, 60, 40)),
    ],
    ids=["plain", "noise", "shadow", "inverted", "blue"],
)
def test_the_same_runs_whatever_light_and_colour(image):
    expected = boxes_in_frame(prepare(Frame(page_of("407", "15"))))
    found = boxes_in_frame(prepare(Frame(image)))
    assert len(found) == len(expected) == 2
    assert np.abs(np.array(found) - expected).max() < 3


def test_a_line_is_one_run():
    ink = np.zeros((90, 500), np.uint8)
    write(ink, "4071", 20, 20, 50)
    write(ink, "25", 360, 20, 50)
    page = prepare(on_paper(ink), "line")
    assert len(page.runs) == 1
    assert len({piece.component for piece in page.runs[0].pieces}) >= 6
    assert page.layout == "line"


@pytest.mark.parametrize(("top", "is_digit"), [(10, True), (0, False)])
def test_a_1_that_leaves_its_crop_at_one_side_is_no_border(top, is_digit):
    ink = np.zeros((160, 430), np.uint8)
    for left in (110, 210, 310):
        cv2.ellipse(ink, (left + 35, 80), (34, 62), 0, 0, 360, 255, 12)
    cv2.line(ink, (40, top), (34, 160), 255, 8)
    assert len(prepare(on_paper(ink)).runs[0].pieces) == 3 + is_digit


def test_a_bare_digit_is_one_piece_of_either_polarity():
    ink = np.zeros((28, 28), np.uint8)
    write(ink, "3", 8, 5, 18, 2)
    for image in (ink, 255 - ink):
        page = prepare(Frame(np.dstack([image] * 3)))
        assert [len(run.pieces) for run in page.runs] == [1]
        assert np.abs(box_of(page.runs[0], page) - extent(ink)).max() <= 1.5
        assert np.abs(page.ink.astype(int) - ink).max() < 8


def test_the_frame_is_not_changed_and_stages_are_kept_only_if_asked_for():
    image = page_of("407", "15", noise=3)
    frame = Frame(image.copy())
    assert prepare(frame).stages == {}
    kept = prepare(frame, keep_stages=True).stages
    assert {"grey", "contrast", "ink", "page"} <= set(kept)
    assert np.array_equal(frame.image, image)


def test_steps_say_what_was_done_and_for_how_long():
    steps = prepare(Frame(page_of("407", "15"))).steps
    assert [step.stage for step in steps] == ["view", "tilt", "rules", "components", "skew", "lines", "glyphs"]
    assert all(step.ms >= 0 for step in steps)
    assert steps[0].settings["polarity"] == "dark on light"


# --- the way back to the frame


@pytest.mark.parametrize("zoom", [0.25, 0.4, 0.75, 1.0, 1.7, 3.0, 5.0])
@pytest.mark.parametrize("place", [(40, 60), (300, 250), (420, 400)])
def test_a_box_lands_on_its_mark_however_large_the_frame(zoom, place):
    ink = np.zeros((round(480 * zoom), round(640 * zoom)), np.uint8)
    write(ink, "2", place[0] * zoom, place[1] * zoom, 50 * zoom, max(1, round(4 * zoom)))
    page = prepare(on_paper(ink))
    boxes = boxes_in_frame(page)
    assert len(boxes) == 1
    assert np.abs(boxes[0] - extent(ink)).max() <= max(2, 1.2 * zoom)


@pytest.mark.parametrize("degrees", [-9, -4, 0, 3, 7])
@pytest.mark.parametrize("zoom", [0.6, 1.0, 2.5])
def test_a_box_lands_on_its_mark_on_a_page_that_was_turned(degrees, zoom):
    height, width = 480, 640
    drawn = []
    for row in range(5):
        for column in range(4):
            own = np.zeros((height, width), np.uint8)
            write(own, "25", 110 + 120 * column, 110 + 62 * row, 34, 3)
            drawn.append(own)
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, zoom)
    matrix[:, 2] += [(zoom - 1) * width / 2, (zoom - 1) * height / 2]
    size = round(width * zoom), round(height * zoom)
    turned = [cv2.warpAffine(own, matrix, size) for own in drawn]
    page = prepare(on_paper(np.maximum.reduce(turned)))
    boxes = np.array(boxes_in_frame(page))
    assert len(boxes) == len(drawn)
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    for own in turned:
        truth = extent(own)
        nearest = np.hypot(*(centres - (truth[:2] + truth[2:]) / 2).T).argmin()
        # The page is straightened; the box around a box that is turned back is larger than the ink's own.
        reach = 2 + np.sin(np.deg2rad(abs(degrees) + 1)) * (truth[2:] - truth[:2]).max()
        assert np.abs(centres[nearest] - (truth[:2] + truth[2:]) / 2).max() <= 2 * max(1, zoom)
        assert np.abs(boxes[nearest] - truth).max() <= reach * max(1, zoom)


# --- pictures of any kind

kinds = st.sampled_from(["blank", "black", "noise", "soft noise", "ramp", "specks", "stripes"])


def picture(kind: str, height: int, width: int, seed: int) -> np.ndarray:
    """Make a picture without writing."""
    rng = np.random.default_rng(seed)
    shape = height, width, 3
    if kind == "noise":
        return rng.integers(0, 256, shape).astype(np.uint8)
    if kind == "soft noise":
        return add_noise(np.full(shape, 128, np.uint8), 3, seed)
    if kind == "ramp":
        return np.broadcast_to(np.linspace(0, 255, width)[None, :, None], shape).astype(np.uint8)
    if kind == "specks":
        return np.where(rng.random((height, width, 1)) < 0.01, np.uint8(0), np.full(shape, 255, np.uint8))
    if kind == "stripes":
        return np.broadcast_to((np.arange(height) % 9 < 2)[:, None, None] * np.uint8(200), shape).copy()
    return np.full(shape, 255 if kind == "blank" else 0, np.uint8)


@given(kinds, st.integers(1, 220), st.integers(1, 220), st.sampled_from(["page", "line"]), st.integers(0, 99))
@example("black", 1, 1, "page", 0)
@example("noise", 1, 1, "line", 0)
@example("noise", 1, 4000, "page", 0)
@example("noise", 4000, 1, "line", 0)
@example("blank", 7, 3000, "page", 0)
@example("stripes", 900, 41, "page", 0)
@example("noise", 40, 40, "page", 0)
@example("noise", 41, 41, "page", 0)
@settings(max_examples=30, deadline=None)
def test_a_picture_of_any_shape_makes_a_sound_page(kind, height, width, layout, seed):
    page = prepare(Frame(picture(kind, height, width, seed)), layout)
    assert np.isfinite(page.to_frame).all()
    assert page.ink.dtype == np.uint8
    for run in page.runs:
        assert np.isfinite(run.to_page).all()
        for piece in run.pieces:
            assert piece.ink.size


@pytest.mark.parametrize("kind", ["blank", "black", "soft noise", "ramp"])
@pytest.mark.parametrize("shape", [(41, 41), (1, 500), (480, 640), (1500, 60)])
def test_where_nothing_is_written_there_is_nothing_to_read(kind, shape):
    page = prepare(Frame(picture(kind, *shape, seed=1)))
    assert sum(len(run.pieces) for run in page.runs) <= 2


def test_quality_tells_a_good_picture_from_bad_ones():
    good = prepare(Frame(page_of("407", "1523", height=60))).quality
    blurred = prepare(Frame(cv2.GaussianBlur(page_of("407", "1523", height=60), (0, 0), 6))).quality
    dark = prepare(Frame((page_of("407", "1523", height=60) * 0.2).astype(np.uint8))).quality
    faint = prepare(Frame(page_of("407", "1523", height=60, ink=(200, 200, 200)))).quality
    assert good.digit_height_px == pytest.approx(64, abs=6)
    assert blurred.sharpness < 0.5 * good.sharpness
    assert dark.brightness < 0.3 * good.brightness
    assert faint.contrast < 0.5 * good.contrast
    assert prepare(Frame(np.full((300, 300, 3), 255, np.uint8))).quality.digit_height_px == 0


@pytest.mark.parametrize("degrees", [-8, -4, 4, 8])
def test_a_page_that_was_turned_is_of_the_same_quality(degrees):
    image = page_of("407 15", "235 3", "411 20", "753 12")
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 0.8)
    turned = cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    level, leaning = prepare(Frame(image)), prepare(Frame(turned))
    assert next(step for step in leaning.steps if step.stage == "skew").settings["degrees"] != 0
    assert leaning.quality.contrast == pytest.approx(level.quality.contrast, rel=0.2)
    assert 0 < leaning.quality.sharpness <= 1


@pytest.mark.parametrize("degrees", [-12, -7, 7, 12])
def test_ruled_paper_that_was_turned_is_turned_back_before_its_lines_are_looked_for(degrees):
    image = page_of("407 15", "235 3", "411 20", "753 12", size=(480, 640))
    for row in range(24, 480, 46):
        cv2.line(image, (0, row), (640, row), (190, 160, 150), 2)
    matrix = cv2.getRotationMatrix2D((320, 240), degrees, 0.8)
    turned = cv2.warpAffine(image, matrix, (640, 480), borderMode=cv2.BORDER_REPLICATE)
    level, leaning = prepare(Frame(image)), prepare(Frame(turned))
    found = next(step for step in leaning.steps if step.stage == "tilt").settings["degrees"]
    assert found == pytest.approx(degrees, abs=1)
    assert [len(line) for line in leaning.lines] == [len(line) for line in level.lines]
    # Where a number lies on the frame is told through both turns.
    for run, also in zip(level.runs, leaning.runs, strict=True):
        there = matrix @ (level.to_frame @ run.to_page @ (0, 0, 1))
        assert (leaning.to_frame @ also.to_page @ (0, 0, 1))[:2] == pytest.approx(there, abs=12)


@pytest.mark.parametrize("wood", [OAK, WALNUT])
def test_the_grain_of_a_desk_is_no_writing(wood):
    rng = np.random.default_rng(3)
    desk = np.clip(make_desk((720, 1280), rng, *wood) * 255 + rng.normal(0, 2, (720, 1280, 3)), 0, 255).astype(np.uint8)
    assert prepare(Frame(desk)).runs == []


def test_faint_pencil_on_ruled_paper_is_no_grain():
    image = page_of("4071", "2503", size=(480, 640), ink=(215, 215, 215), paper=(240, 240, 240))
    image[30::40] = image[31::40] = 226
    assert len(prepare(Frame(add_noise(image, 1.0))).runs) >= 2


def test_what_is_cut_off_at_the_edge_is_told():
    picture = np.full((480, 640, 3), 70, np.uint8)
    sheet = page_of("407", size=(300, 400), paper=(230, 230, 230))
    picture[100:400, :340] = sheet[:, 60:]
    assert prepare(Frame(picture)).cut_off in ((), ("left",))


@pytest.mark.parametrize(
    ("top", "bottom", "count"),
    [(8, 65, 4), (0, 56, 4), (8, 56, 4), (0, 65, 3)],
    ids=["to the bottom", "from the top", "within", "right across"],
)
def test_a_one_in_a_picture_that_was_cut_closely_is_no_ruled_line(top, bottom, count):
    ink = np.zeros((66, 160), np.uint8)
    cv2.line(ink, (14, top), (14, bottom), 255, 3, cv2.LINE_AA)
    for place in range(3):
        cv2.ellipse(ink, (48 + 42 * place, 32), (16, 25), 0, 0, 360, 255, 3, cv2.LINE_AA)
    assert [len(run.pieces) for run in prepare(on_paper(ink)).runs] == [count]


def test_a_margin_with_digits_beside_it_is_a_ruled_line():
    ink = np.zeros((300, 400), np.uint8)
    ink[20:, 60:63] = 255
    for row in (40, 120, 200):
        write(ink, "0", 90, row, 50, 4)
        write(ink, "0", 140, row, 50, 4)
    assert [len(run.pieces) for run in prepare(on_paper(ink)).runs] == [2, 2, 2]


def test_a_small_sheets_table_is_ruled_right_across_the_sheet_however_large_the_desk_is():
    image = np.full((900, 1200, 3), (40, 50, 60), np.uint8)
    image[300:660, 420:840] = (225, 232, 236)
    for line in range(1, 4):
        cv2.line(image, (420, 300 + 90 * line), (840, 300 + 90 * line), (150, 150, 150), 2)
        cv2.line(image, (420 + 105 * line, 300), (420 + 105 * line, 660), (150, 150, 150), 2)
    for row in range(4):
        for column, text in enumerate(("40", "15", "73", "52")):
            write(image, text, 438 + 105 * column, 322 + 90 * row, 44, 5, (60, 40, 40))
    page = prepare(Frame(image))
    assert [len(line) for line in page.lines] == [4, 4, 4, 4]
    level, upright = find_ruling(look_at(image))
    assert (len(level), len(upright)) == (3, 3)
    assert [float(rule.course(500.0)) for rule in level] == pytest.approx(
        [v / page.to_frame[1, 1] for v in (390, 480, 570)], abs=3
    )
