"""Pipeline: whatever a picture is given as, and however it lies, the reading is the same."""

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from capture.frame import Frame
from capture.image import Limits, load_image
from errors import ImageNotFound, ImageTooLarge, ModelMissing, NoCamera, ReaderError, UnreadableImage
from pipeline import Pipeline
from recognize.reading import Reading
from tests.conftest import CHECKOUT
from tests.fakes.pictures import bad_files, bomb_png, encode, foreign_files, turned
from tests.fakes.streams import write_video
from tests.preprocess.drawn import write


# Cached, and not fixtures alone, so that hypothesis does not print whole pictures where a property fails.
@cache
def shipped() -> Pipeline:
    return Pipeline()


@cache
def sample_picture() -> np.ndarray:
    return load_image(CHECKOUT / "samples" / "opencv_frame_0.png")


@cache
def sample_reading() -> Reading:
    found = shipped().read(CHECKOUT / "samples" / "opencv_frame_0.png")
    assert found.numbers, "the sample holds numbers"
    return found


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return shipped()


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    return sample_picture()


@pytest.fixture(scope="module")
def expected() -> Reading:
    return sample_reading()


def boxes_of(reading: Reading) -> np.ndarray:
    return np.array([number.box for number in reading.numbers])


# --- what can be given


def test_a_path_bytes_a_frame_and_an_array_read_alike(pipeline, sample, image, expected):
    for given_ in (str(sample), sample, sample.read_bytes(), Frame(image), image):
        found = pipeline.read(given_)
        assert (found.numbers, found.refused, found.advice) == (expected.numbers, expected.refused, expected.advice)
        assert (found.width, found.height) == (image.shape[1], image.shape[0])


def test_a_grey_array_a_transparent_and_a_16_bit_one_are_read_too(pipeline, image, expected):
    opaque = np.full((*image.shape[:2], 1), 255, np.uint8)
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    for given_ in (grey, grey[..., None], np.dstack([image, opaque]), image.astype(np.uint16) * 257):
        assert pipeline.read(given_).texts == expected.texts


def test_the_source_is_named(pipeline, sample, image):
    assert pipeline.read(str(sample)).source == str(sample)
    assert pipeline.read(image).source == "array"
    assert pipeline.read(Frame(image, "desk")).source == "desk"


def test_what_is_given_is_not_changed(pipeline, image):
    before = image.copy()
    pipeline.read(image)
    assert np.array_equal(image, before)


def test_a_view_that_is_not_contiguous_is_read_too(pipeline, image, expected):
    wide = np.zeros((image.shape[0], 2 * image.shape[1], 3), np.uint8)
    wide[:, ::2] = image
    assert pipeline.read(wide[:, ::2]).texts == expected.texts


def test_the_times_of_all_three_stages_are_told(pipeline, sample):
    assert set(pipeline.read(sample).ms) == {"capture", "preprocess", "recognize"}


def test_a_readings_boxes_lie_on_the_picture(expected):
    for number in expected.numbers:
        left, top, right, bottom = number.box
        assert 0 <= left < right <= expected.width
        assert 0 <= top < bottom <= expected.height


def test_a_video_is_read_frame_by_frame(pipeline, image, tmp_path):
    path = write_video(tmp_path / "clip.avi", [image] * 3)
    read = list(pipeline.pages(str(path)))
    assert [reading.source for _, reading in read] == [f"{path}#{index}" for index in range(3)]


# --- however the picture lies


def shift(image: np.ndarray, right: int, down: int) -> np.ndarray:
    matrix = np.array([[1, 0, right], [0, 1, down]], np.float32)
    return cv2.warpAffine(image, matrix, (image.shape[1], image.shape[0]), borderMode=cv2.BORDER_REPLICATE)


@given(right=st.integers(-20, 20), down=st.integers(-15, 15))
@settings(max_examples=5, deadline=None)
def test_a_picture_that_is_moved_reads_the_same(right, down):
    found = shipped().read(shift(sample_picture(), right, down))
    assert found.texts == sample_reading().texts
    assert np.abs(boxes_of(found) - [right, down, right, down] - boxes_of(sample_reading())).max() <= 4


@given(st.floats(0.6, 2.0))
@example(2.0)
@settings(max_examples=4, deadline=None)
def test_a_picture_of_another_size_reads_the_same(scale):
    method = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    found = shipped().read(cv2.resize(sample_picture(), None, fx=scale, fy=scale, interpolation=method))
    assert found.texts == sample_reading().texts
    assert np.abs(boxes_of(found) / scale - boxes_of(sample_reading())).max() <= 6


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_phone_held_any_way_reads_the_same(pipeline, image, expected, orientation):
    found = pipeline.read(turned(image, "PNG", orientation))
    assert found.numbers == expected.numbers
    assert (found.width, found.height) == (image.shape[1], image.shape[0])


@pytest.mark.parametrize(
    "name",
    [
        "opencv_frame_0.png",
        "rotated_page.jpg",
        "points_and_time.jpg",
        "blackboard.jpg",
        "mark_table.jpg",
        "form_cells.jpg",
    ],
)
def test_a_negative_reads_the_same(pipeline, checkout, name):
    image = load_image(checkout / "samples" / name)
    texts = pipeline.read(image).texts
    assert texts
    assert pipeline.read(255 - image).texts == texts


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "BMP", "TIFF"])
def test_the_format_does_not_matter(pipeline, image, expected, kind):
    options = {"quality": 95} if kind in ("JPEG", "WEBP") else {}
    assert pipeline.read(encode(image, kind, **options)).texts == expected.texts


# --- options


def test_a_pattern_steers_the_path_and_what_does_not_fit_says_so(sample):
    found = Pipeline(patterns=["[0-4]d:dd"]).read(sample)
    assert [(number.text, number.raw) for number in found.numbers] == [("4071", "40:71"), ("2589", "25:89")]
    (only,) = [number for number in Pipeline(patterns=["40dd"]).read(sample).numbers if number.text == "4071"]
    assert only.digits[0].value == "4"
    other = Pipeline(patterns=["9ddd"]).read(sample)
    assert "4071" not in other.texts
    assert all(digit.reason for number in other.numbers for digit in number.digits if digit.value is None)


def test_numbers_of_another_length_are_not_read(sample):
    assert Pipeline(lengths=[4]).read(sample).texts == ["4071", "2589"]
    assert not any("?" not in text for text in Pipeline(lengths=[9]).read(sample).texts)


def test_min_confidence_leaves_only_sure_digits(sample):
    found = Pipeline(min_confidence=0.999).read(sample)
    assert all(digit.confidence >= 0.999 for n in found.numbers for digit in n.digits if digit.value)


def test_a_line_is_at_most_one_number(image):
    assert len(Pipeline(layout="line").read(image).numbers) <= 1


@pytest.mark.parametrize(
    "options",
    [{"layout": "circle"}, {"min_confidence": -0.1}, {"min_confidence": 1.1}, {"min_confidence": float("nan")}],
)
def test_options_out_of_range_are_refused(options):
    with pytest.raises(ValueError, match=r"layout|min_confidence"):
        Pipeline(**options)


def test_a_folder_without_a_model_is_told_at_once(tmp_path):
    with pytest.raises(ModelMissing, match="git checkout models"):
        Pipeline(models=tmp_path)


def test_limits_hold(sample):
    with pytest.raises(ImageTooLarge, match="--max-megapixels"):
        Pipeline(limits=Limits(max_pixels=1000)).read(sample)
    with pytest.raises(ImageTooLarge, match="--max-megabytes"):
        Pipeline(limits=Limits(max_bytes=1000)).read(sample.read_bytes())


# --- what is no picture


@pytest.mark.parametrize("name", sorted(bad_files()))
def test_broken_bytes_are_refused_with_what_to_do(pipeline, name):
    with pytest.raises(UnreadableImage, match=r"[a-z]\.$"):
        pipeline.read(bad_files()[name])


@pytest.mark.parametrize("name", sorted(foreign_files()))
def test_foreign_bytes_are_refused_by_their_name(pipeline, name):
    with pytest.raises(UnreadableImage, match=name):
        pipeline.read(foreign_files()[name])


@pytest.mark.parametrize(
    ("array", "step"),
    [
        (np.full((40, 40), np.nan), "nan_to_num"),
        (np.full((40, 40, 3), np.inf), "nan_to_num"),
        (np.zeros((40, 40, 3), np.float32), "uint8"),
        (np.full((40, 40), -1), "uint8"),
        (np.full((40, 40), 70_000), "uint8"),
        (np.zeros((3, 40, 40), np.uint8), "channels last"),
        (np.zeros((0, 40, 3), np.uint8), "at least one pixel"),
        (np.zeros(40, np.uint8), "one picture"),
        (np.zeros((2, 40, 40, 3), np.uint8), "one picture"),
        (np.zeros((40, 40), complex), "uint8"),
        (np.array([["a"]]), "uint8"),
    ],
    ids=lambda value: f"{value.dtype}{value.shape}" if isinstance(value, np.ndarray) else "",
)
def test_arrays_that_are_no_picture_say_what_to_convert(pipeline, array, step):
    with pytest.raises(UnreadableImage, match=step):
        pipeline.read(array)


@pytest.mark.parametrize("thing", [None, 3.5, [[0, 255]], {"image": 1}, object()], ids=str)
def test_things_that_are_no_source_are_refused(pipeline, thing):
    with pytest.raises((ReaderError, TypeError)):
        pipeline.read(thing)


def test_names_that_lead_nowhere_are_told(pipeline, tmp_path):
    for name in ("nowhere.jpg", "", "a\0b", "*.xyz", "no_%04d.png", "x" * 5000):
        with pytest.raises(ImageNotFound):
            pipeline.read(name)
    with pytest.raises(ImageNotFound, match="no pictures"):
        pipeline.read(tmp_path)
    with pytest.raises(NoCamera):
        pipeline.read("97")


def test_a_bomb_is_refused_by_its_header(pipeline):
    with pytest.raises(ImageTooLarge, match="20000 x 20000"):
        pipeline.read(bomb_png())


@pytest.mark.parametrize("layout", ["page", "line"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (900, 1), (28, 28), (41, 41), (480, 640)])
def test_pictures_without_writing_are_empty_readings_with_advice(layout, shape):
    reader = Pipeline(layout=layout)
    rng = np.random.default_rng(2)
    for picture in (
        np.full(shape, 255, np.uint8),
        np.zeros(shape, np.uint8),
        np.full(shape, 90, np.uint8),
        rng.integers(0, 256, shape).astype(np.uint8),
        np.clip(rng.normal(128, 15, shape), 0, 255).astype(np.uint8),
    ):
        found = reader.read(picture)
        assert found.numbers == ()
        assert found.advice


# --- together


def test_threads_read_what_one_alone_reads(pipeline, checkout):
    names = ["opencv_frame_0.png", "blackboard.jpg", "bare_digit.png", "low_resolution.jpg"]
    paths = [checkout / "samples" / name for name in names]
    alone = [pipeline.read(path).numbers for path in paths]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda path: pipeline.read(path).numbers, paths * 3))
    assert [[n.text for n in found] for found in together] == [[n.text for n in found] for found in alone * 3]


def test_the_example_in_the_docstring_is_true(pipeline, checkout):
    assert pipeline.read(Path(checkout / "samples" / "opencv_frame_0.png")).texts == ["4071", "2589"]


# --- marks between digits


def draw_marked(text: str, height: int = 60, pen: int = 6) -> np.ndarray:
    """Draw digits with marks between them, close enough together to be one number."""
    ink = np.zeros((3 * height, 80 + len(text) * height), np.uint8)
    x, foot, gap = 40, 2 * height, 14
    strokes = {
        ".": [((2, foot - 3), (2, foot - 3))],
        ",": [((6, foot - 4), (2, foot + 10))],
        "-": [((0, foot - height // 2), (height // 3, foot - height // 2))],
        "/": [((0, foot + 6), (height // 2, foot - height - 6))],
        ":": [((4, foot - int(0.7 * height)),) * 2, ((4, foot - int(0.2 * height)),) * 2],
    }
    for character in text:
        before = ink.copy()
        if character.isdigit():
            write(ink, character, x, height, height, pen)
        else:
            for start, stop in strokes[character]:
                cv2.line(ink, (x + start[0], start[1]), (x + stop[0], stop[1]), 255, pen + 1, cv2.LINE_AA)
        x = int(np.flatnonzero((ink > before).any(axis=0)).max()) + gap
    return np.dstack([240 - (0.8 * ink).astype(np.uint8)] * 3)


@pytest.mark.parametrize("raw", ["12.500", "14:30", "7-2", "12,50", "105/27", "1.234.507"])
def test_marks_are_kept_in_raw_and_do_not_break_a_number(raw):
    (number,) = shipped().read(draw_marked(raw)).numbers
    assert number.text == "".join(character for character in raw if character.isdigit())
    assert number.raw == raw
