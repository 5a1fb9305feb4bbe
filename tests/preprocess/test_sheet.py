"""Sheet: a desk around the paper, or a wall around a board, is painted over; what is written stays."""

import cv2
import numpy as np
import pytest

from capture.frame import Frame
from preprocess.light import thumbnail
from preprocess.lines import find_components
from preprocess.page import prepare
from preprocess.sheet import THUMBNAIL_PX, drop_touching, find_sheet, isolate
from tests.preprocess.drawn import add_noise, page_of

DESK = 70


def on_desk(angle: float = 0.0, size: tuple[int, int] = (300, 400)) -> tuple[np.ndarray, np.ndarray]:
    """A light sheet with writing in the middle of a dark desk, and where the sheet is."""
    sheet = page_of("407", "152", size=size, paper=(230, 230, 230))[..., 0]
    x, y = size[1] / 2, size[0] / 2
    matrix = cv2.getRotationMatrix2D((x, y), angle, 1.0) + np.array([[0, 0, 320 - x], [0, 0, 240 - y]])
    picture = cv2.warpAffine(sheet, matrix, (640, 480), borderValue=DESK)
    inside = cv2.warpAffine(np.full_like(sheet, 255), matrix, (640, 480)) == 255
    return picture, inside


def light_along(picture: np.ndarray, fall: np.ndarray, is_upright: bool) -> np.ndarray:
    """The picture in a light that falls off downwards, or to the right."""
    return (picture * (fall[:, None] if is_upright else fall)).astype(np.uint8)


def check_found(picture: np.ndarray, inside: np.ndarray) -> None:
    """Isolate the sheet, and see that it is where it lies: little of the desk, and all of the sheet but for its rim."""
    _, beside = isolate(picture)
    assert beside is not None
    well_inside = cv2.erode(inside.view(np.uint8), np.ones((21, 21), np.uint8)).astype(bool)
    assert ((beside == 0) & ~inside).mean() < 0.03
    assert ((beside > 0) & well_inside).mean() < 0.02


@pytest.mark.parametrize("angle", [0, 8, -20])
def test_the_desk_is_painted_as_paper(angle):
    picture, inside = on_desk(angle)
    painted, _ = isolate(picture)
    assert painted[~inside].min() >= 200


@pytest.mark.parametrize("angle", [0, 8, -20])
def test_what_is_written_stays(angle):
    picture, inside = on_desk(angle)
    well_inside = cv2.erode(inside.view(np.uint8), np.ones((21, 21), np.uint8)) > 0
    assert np.array_equal(isolate(picture)[0][well_inside], picture[well_inside])


@pytest.mark.parametrize("angle", [0, 8, -20])
@pytest.mark.parametrize("negative", [False, True])
def test_the_sheets_own_edge_is_not_taken_for_writing(angle, negative):
    picture, inside = on_desk(angle)
    picture = 255 - picture if negative else picture
    page = prepare(Frame(np.dstack([picture] * 3)))
    near_edge = cv2.dilate(255 - 255 * inside.view(np.uint8), np.ones((25, 25), np.uint8)) > 0
    assert len(page.runs) == 2
    for run in page.runs:
        for piece in run.pieces:
            x, y, _ = page.to_frame @ run.to_page @ [piece.left, piece.top, 1]
            assert not near_edge[int(y), int(x)]


@pytest.mark.parametrize("shift", range(0, 14, 3))
def test_a_sheet_that_bends_shows_no_edge_wherever_it_lies(shift):
    """A sheet that is held up curls; what is left of its edge must not be read as a 1."""
    picture, _ = on_desk()
    rows, columns = np.mgrid[: picture.shape[0], : picture.shape[1]].astype(np.float32)
    curl = 5 * np.sin(rows / 60) + shift
    bent = cv2.remap(picture, columns - curl, rows, cv2.INTER_LINEAR, borderValue=DESK)
    assert len(prepare(Frame(np.dstack([bent] * 3))).runs) == 2


@pytest.mark.parametrize("angle", [0, 8, -20])
@pytest.mark.parametrize("size", [(300, 400), (340, 440), (380, 500), (420, 560)])
@pytest.mark.parametrize("noise", [0, 4])
def test_a_dark_board_on_a_wall_lies_where_its_negative_is_a_sheet(angle, size, noise):
    picture = add_noise(on_desk(angle, size)[0], noise)
    beside, beside_board = isolate(picture)[1], isolate(255 - picture)[1]
    assert beside is not None
    assert beside_board is not None
    # Otsu's level belongs to the darker side, which the negative swaps: a thumbnail's pixel here and there.
    assert (beside_board != beside).mean() < 0.02


@pytest.mark.parametrize("angle", [0, 8, -20])
def test_what_is_written_on_a_board_stays(angle):
    picture, inside = on_desk(angle)
    board = 255 - picture
    core = isolate(board)[1] == 0
    assert core.sum() > 0.7 * inside.sum()
    assert np.array_equal(isolate(board)[0][core], board[core])


@pytest.mark.parametrize("share", [0.01, 0.05, 0.1, 0.2, 0.3])
@pytest.mark.parametrize("shape", ["square", "disc", "card"])
def test_a_dark_thing_on_white_paper_is_no_board(share, shape):
    picture = page_of("407", "152", paper=(235, 235, 235))[..., 0].copy()
    side = np.sqrt(share * picture.size)
    if shape == "disc":
        cv2.circle(picture, (400, 260), round(side / np.sqrt(np.pi)), 40, -1)
    else:
        half_w, half_h = (round(side * factor / 2) for factor in ((1, 1) if shape == "square" else (1.2, 1 / 1.2)))
        cv2.rectangle(picture, (400 - half_w, 260 - half_h), (400 + half_w, 260 + half_h), 40, -1)
    same, beside = isolate(picture)
    assert beside is None
    assert np.array_equal(same, picture)


def test_a_sheet_that_fills_the_picture_is_left_alone():
    picture = page_of("407", "152")[..., 0]
    assert find_sheet(picture) is None
    assert np.array_equal(isolate(picture)[0], picture)


def test_a_lamps_shading_is_no_sheet():
    rows, columns = np.mgrid[-1:1:240j, -1:1:320j]
    lamp = (60 + 180 * np.exp(-1.5 * (rows**2 + columns**2))).astype(np.uint8)
    assert find_sheet(lamp) is None


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (5, 5)])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_even_pictures_of_any_shape_have_no_sheet(shape, level):
    assert find_sheet(np.full(shape, level, np.uint8)) is None


def test_the_picture_that_came_in_is_not_changed():
    picture, _ = on_desk()
    before = picture.copy()
    isolate(picture)
    assert np.array_equal(picture, before)


def test_a_small_sheet_far_away_is_found():
    picture = np.full((480, 640), DESK, np.uint8)
    picture[200:280, 260:380] = 225
    picture[230:250, 300:303] = 40
    assert 0.02 < (80 * 120) / picture.size < 0.04
    painted, _ = isolate(picture)
    assert painted[:190].min() >= 200
    assert painted[235, 301] == 40


def test_writing_may_graze_the_rim_of_its_sheet_and_what_lies_along_it_may_not():
    mask = np.zeros((200, 300), np.uint8)
    beside = np.zeros_like(mask)
    beside[:, 260:] = 255
    cv2.line(mask, (230, 60), (258, 110), 255, 6)
    mask[130:190, 254:260] = 255
    mask = cv2.subtract(mask, beside)
    found = find_components(mask)
    assert len(found.boxes) == 2
    kept = drop_touching(found, mask, beside)
    assert [tuple(box[:2]) for box in kept.boxes] == [tuple(found.boxes[0][:2])]


@pytest.mark.parametrize("angle", [0, 8, -20])
@pytest.mark.parametrize("darkest", [0.8, 0.65, 0.5])
@pytest.mark.parametrize("is_upright", [False, True])
def test_a_sheet_is_found_where_light_falls_off_so_far_that_its_dark_end_is_as_dark_as_the_desk(
    angle, darkest, is_upright
):
    picture, inside = on_desk(angle)
    picture[picture == DESK] = 125
    fall = np.linspace(1, darkest, picture.shape[0 if is_upright else 1])
    check_found(light_along(picture, fall, is_upright), inside)


@pytest.mark.parametrize("darkest", [0.7, 0.5, 0.3])
def test_light_that_falls_off_over_a_page_makes_no_sheet_of_its_lit_part(darkest):
    page = page_of("407", "152", "35", size=(480, 640))[..., 0]
    assert isolate((page * np.linspace(1, darkest, 640)).astype(np.uint8))[1] is None


@pytest.mark.parametrize("angle", [0, 8, -20])
def test_a_rough_desk_may_be_nearly_as_light_as_the_sheet_and_a_smooth_one_may_not(angle):
    """The lighter half of a smooth picture may be the unshaded half of its paper."""
    picture, inside = on_desk(angle)
    picture[~inside] = 194
    weave = np.kron(np.random.default_rng(3).integers(-14, 15, (80, 107)), np.ones((6, 6), int))[:480, :640]
    rough = np.where(inside, picture, picture + weave)
    assert isolate(picture)[1] is None
    _, beside = isolate(np.clip(rough, 0, 255).astype(np.uint8))
    assert beside is not None
    assert ((beside > 0) == inside).mean() < 0.06


@pytest.mark.parametrize("angle", [0, 8, -20])
@pytest.mark.parametrize("darkest", [0.35, 0.25])
@pytest.mark.parametrize("is_upright", [False, True])
def test_a_sheet_is_found_where_no_level_parts_it_from_its_desk_everywhere(angle, darkest, is_upright):
    picture, inside = on_desk(angle)
    picture[picture == DESK] = 165
    lit = light_along(picture, np.geomspace(1, darkest, picture.shape[0 if is_upright else 1]), is_upright)
    assert find_sheet(thumbnail(lit, THUMBNAIL_PX)) is None
    check_found(lit, inside)


@pytest.mark.parametrize("darkest", [0.5, 0.6, 0.7])
def test_a_line_cut_out_of_a_page_has_no_desk_around_it(darkest):
    """Its box's thick lines, in light that falls off, part it as a sheet's edge would."""
    strip = np.full((186, 1686), 235, np.uint8)
    cv2.rectangle(strip, (28, 31), (1658, 102), 20, 8)
    for column in range(112, 1658, 112):
        cv2.line(strip, (column, 31), (column, 102), 20, 4)
    assert isolate((strip * np.linspace(1, darkest, 186)[:, None]).astype(np.uint8))[1] is None
