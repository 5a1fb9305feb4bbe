"""The image loader: every format upright, every bad file named, no memory taken for bombs."""

import io
import tracemalloc

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image, ImageDraw

from capture import image as image_module
from capture.image import Limits, load_image, to_bgr
from errors import ImageNotFound, ImageTooLarge, ReaderError, UnreadableImage, UnsupportedFormat
from tests.fakes.pictures import (
    arrow,
    bad_files,
    bomb_headers,
    bomb_png,
    encode,
    encode_pillow,
    foreign_files,
    to_pillow,
    turned,
)

EXACT_KINDS = ("PNG", "TIFF", "BMP", "WEBP")
LOSSLESS = {"WEBP": {"lossless": True}}


def difference(image: np.ndarray, other: np.ndarray) -> float:
    """Mean absolute difference; infinite where the shapes differ."""
    return float(np.abs(image.astype(int) - other).mean()) if image.shape == other.shape else np.inf


# --- what must come out right


@given(kind=st.sampled_from(EXACT_KINDS), height=st.integers(1, 40), width=st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_lossless_formats_come_back_exactly(kind, height, width):
    picture = arrow(height, width)
    loaded = load_image(encode(picture, kind, **LOSSLESS.get(kind, {})))
    assert loaded.dtype == np.uint8
    assert np.array_equal(loaded, picture)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"optimize": True}])
def test_jpeg_comes_back_nearly(options):
    assert difference(load_image(encode(arrow(), "JPEG", quality=95, **options)), arrow()) < 3


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_each_exif_orientation_gives_the_same_upright_picture(kind, orientation):
    assert difference(load_image(turned(arrow(), kind, orientation)), arrow()) < (3 if kind == "JPEG" else 0.01)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_a_transparent_picture_is_turned_upright_too(kind, orientation):
    opaque = np.full((*arrow().shape[:2], 1), 255, np.uint8)
    opaque[0, 0] = 254  # else WebP leaves alpha out
    assert difference(load_image(turned(np.dstack([arrow(), opaque]), kind, orientation)), arrow()) < 0.01


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_a_nonsense_orientation_is_upright(orientation):
    exif = Image.Exif()
    exif[0x112] = orientation
    assert np.array_equal(load_image(encode(arrow(), "PNG", exif=exif)), arrow())


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP"])
@pytest.mark.parametrize("mode", ["1", "L", "P"])
def test_black_and_white_grey_and_palette(kind, mode):
    drawn = to_pillow(arrow()).convert(mode)
    expected = np.array(drawn.convert("RGB"))[:, :, ::-1]
    assert np.array_equal(load_image(encode_pillow(drawn, kind)), expected)


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk(kind):
    assert difference(load_image(encode_pillow(to_pillow(arrow()).convert("CMYK"), kind)), arrow()) < 6


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_deflate", "packbits", "jpeg"])
def test_tiff_compressions(compression):
    assert difference(load_image(encode(arrow(), "TIFF", compression=compression)), arrow()) < 16


def test_fax_tiff():
    drawn = to_pillow(arrow()).convert("1")
    expected = np.array(drawn.convert("RGB"))[:, :, ::-1]
    assert np.array_equal(load_image(encode_pillow(drawn, "TIFF", compression="group4")), expected)


@pytest.mark.parametrize("kind", [".png", ".tiff"])
@pytest.mark.parametrize("channels", [1, 3])
def test_16_bit(kind, channels):
    picture = arrow()[..., :channels]
    encoded = cv2.imencode(kind, picture.astype(np.uint16) * 257)[1].tobytes()
    assert np.array_equal(load_image(encoded), np.broadcast_to(picture, arrow().shape))


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize(("ink", "paper"), [(0, 255), (255, 0), (40, 255), (230, 0)])
@pytest.mark.parametrize("width", [3, 40])
def test_what_is_drawn_on_nothing_stays_visible(kind, ink, paper, width):
    # A line of 40 px covers most of the picture: ink, all the same.
    drawn = Image.new("RGBA", (60, 50), (ink, ink, ink, 0))
    ImageDraw.Draw(drawn).line((20, 25, 50, 25), fill=(ink, ink, ink, 255), width=width)
    loaded = load_image(encode_pillow(drawn, kind))
    assert loaded[1, 1].tolist() == [paper] * 3
    assert np.abs(loaded[25, 30].astype(int) - ink).max() <= 1


@pytest.mark.parametrize(("paper", "ink"), [(240, 20), (20, 240)])
def test_holes_in_a_photo_look_like_its_paper(paper, ink):
    photo = Image.new("RGBA", (60, 50), (paper, paper, paper, 255))
    ImageDraw.Draw(photo).line((20, 25, 50, 25), fill=(ink, ink, ink, 255), width=4)
    photo.paste((0, 0, 0, 0), (0, 0, 10, 10))
    loaded = load_image(encode_pillow(photo, "PNG"))
    assert abs(int(loaded[2, 2, 0]) - paper) < 30


def test_nothing_drawn_is_white_paper():
    assert (load_image(encode_pillow(Image.new("RGBA", (9, 9), (0, 0, 0, 0)), "PNG")) == 255).all()


def test_half_transparent_is_half_way():
    grey = Image.new("RGBA", (9, 9), (0, 0, 0, 128))
    assert abs(int(load_image(encode_pillow(grey, "PNG"))[4, 4, 0]) - 127) <= 1


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "WEBP", "TIFF"])
def test_garbage_after_the_picture_does_no_harm(kind):
    encoded = encode(arrow(), kind)
    assert np.array_equal(load_image(encoded + b"garbage" * 300), load_image(encoded))


def test_path_str_bytes_and_bytearray_are_the_same(tmp_path):
    path = tmp_path / "Zahl 4 ä.png"
    path.write_bytes(encode(arrow(), "PNG"))
    for source in (path, str(path), path.read_bytes(), bytearray(path.read_bytes()), memoryview(path.read_bytes())):
        assert np.array_equal(load_image(source), arrow())


def test_the_suffix_does_not_matter(tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(encode(arrow(), "PNG"))
    assert np.array_equal(load_image(path), arrow())


# --- what must be refused, and how


@pytest.mark.parametrize("what", bad_files())
def test_bad_files_are_refused_by_name(what, tmp_path):
    path = tmp_path / "picture.png"
    path.write_bytes(bad_files()[what])
    with pytest.raises(UnreadableImage, match=r"picture\.png"):
        load_image(path)


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("empty", "is not an image that can be read (0 bytes). Give a JPEG, PNG, WebP, TIFF or BMP file."),
        ("text", "it looks like text"),
        ("web page", "it is a web page"),
        ("zeros", "500 bytes of an unknown kind"),
        ("half a JPEG", "is cut off"),
        ("half a JPEG with a whole thumbnail", "is cut off"),
        ("JPEG without its end", "is cut off"),
        ("half a PNG", "is cut off"),
        ("PNG without its end", "is cut off"),
        ("half a WebP", "is cut off"),
        ("half a TIFF", "damaged"),
        ("half a BMP", "damaged"),
        ("PNG header", "its header is cut off"),
        ("PNG with a wrong checksum", "damaged"),
        ("PNG of no width", "0 x 5 pixels"),
    ],
)
def test_messages_say_what_was_found(what, words):
    with pytest.raises(UnreadableImage) as caught:
        load_image(bad_files()[what])
    assert words in str(caught.value)


@pytest.mark.parametrize("what", foreign_files())
def test_other_formats_get_advice(what):
    with pytest.raises(UnsupportedFormat, match=what) as caught:
        load_image(foreign_files()[what], name="scan")
    assert str(caught.value).startswith("scan is a")
    assert caught.value.next_step


def test_heic_advice_names_the_setting():
    with pytest.raises(UnsupportedFormat, match="Most Compatible"):
        load_image(foreign_files()["HEIC"])


@pytest.mark.parametrize("mode", ["F", "I"])
def test_float_and_32_bit_tiff_are_named(mode):
    with pytest.raises(UnsupportedFormat, match="32 values"):
        load_image(encode_pillow(Image.new(mode, (8, 8)), "TIFF"))


def test_grey_tiff_with_alpha_is_refused_rather_than_emptied():
    with pytest.raises(UnsupportedFormat, match="transparency"):
        load_image(encode_pillow(Image.new("LA", (8, 8)), "TIFF"))


def test_no_such_file(tmp_path):
    with pytest.raises(ImageNotFound, match=r"nothing\.png does not exist\. Check the name"):
        load_image(tmp_path / "nothing.png")


@pytest.mark.parametrize("name", ["a\0b.png", "x" * 5000, ""])
def test_names_that_no_file_can_have(name):
    with pytest.raises(ReaderError):
        load_image(name)


def test_a_folder_is_no_picture(tmp_path):
    with pytest.raises(UnreadableImage, match="is a folder"):
        load_image(tmp_path)


def test_a_file_that_may_not_be_opened(monkeypatch, tmp_path):
    path = tmp_path / "mine.png"
    path.write_bytes(b"x")

    def refuse(self, *_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)  # root may open all
    with pytest.raises(UnreadableImage, match="permission denied"):
        load_image(path)


@given(st.binary(max_size=200))
@settings(max_examples=150, deadline=None)
@example(b"BM")
@example(b"II*\0\xff\xff\xff\xff")
@example(b"RIFF\0\0\0\0WEBPVP8X")
@example(b"\xff\xd8\xff\xff\xff\xff")
def test_random_bytes_are_never_a_traceback(data):
    with pytest.raises(ReaderError):
        load_image(data)


@given(
    kind=st.sampled_from(["JPEG", "PNG", "WEBP", "TIFF", "BMP"]),
    changes=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=8),
    length=st.integers(0, 4000),
)
@settings(max_examples=300, deadline=None)
def test_damaged_pictures_are_a_picture_or_a_reader_error(kind, changes, length):
    data = bytearray(encode(arrow(24, 32), kind))
    for position, value in changes:
        data[position % len(data)] = value
    try:
        loaded = load_image(bytes(data[: max(1, len(data) - length)] if length < 50 else data))
    except ReaderError:
        return
    assert loaded.dtype == np.uint8
    assert loaded.ndim == 3
    assert loaded.shape[2] == 3


def test_decoders_do_not_write_to_the_terminal(capfd):
    for data in bad_files().values():
        with pytest.raises(UnreadableImage):
            load_image(data)
    broken_scan = bytearray(encode(arrow(200, 200), "JPEG"))
    broken_scan[-900:-800] = bytes(100)
    load_image(bytes(broken_scan))
    assert capfd.readouterr() == ("", "")


# --- limits


@pytest.mark.parametrize("kind", bomb_headers())
def test_a_bomb_is_refused_by_its_header(kind, monkeypatch):
    def decode(*_, **__):
        raise AssertionError("decoded in spite of its header")

    monkeypatch.setattr(cv2, "imdecode", decode)
    monkeypatch.setattr(cv2, "imdecodeWithMetadata", decode)
    with pytest.raises(ImageTooLarge, match=r"20000 x 20000 pixels \(400 megapixels\); at most 100 megapixels"):
        load_image(bomb_headers()[kind])


def test_a_bomb_takes_no_memory():
    data = bomb_png()
    tracemalloc.start()  # sees numpy's memory, and so what OpenCV decodes into
    with pytest.raises(ImageTooLarge):
        load_image(data)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < len(data) + 1_000_000


def test_a_file_over_the_limit_is_not_read(tmp_path, monkeypatch):
    path = tmp_path / "big.png"
    with path.open("wb") as file:
        file.truncate(64_000_001)  # sparse: takes no disk
    monkeypatch.setattr("pathlib.Path.open", lambda *_: pytest.fail("was opened"))
    with pytest.raises(ImageTooLarge, match=r"more than 64 MB.*--max-megabytes"):
        load_image(path)


def test_limits_can_be_changed():
    encoded = encode(arrow(10, 20), "PNG")
    assert load_image(encoded, Limits(max_pixels=200)).shape == (10, 20, 3)
    with pytest.raises(ImageTooLarge):
        load_image(encoded, Limits(max_pixels=199))
    with pytest.raises(ImageTooLarge):
        load_image(encoded, Limits(max_bytes=len(encoded) - 1))


@pytest.mark.parametrize("limits", [{"max_bytes": 0}, {"max_pixels": -1}])
def test_limits_that_nothing_can_pass_are_refused(limits):
    with pytest.raises(ValueError, match="at least 1"):
        Limits(**limits)


def test_out_of_memory_is_a_reader_error(monkeypatch):
    def no_memory(*_, **__):
        raise cv2.error("Insufficient memory")

    monkeypatch.setattr(image_module.cv2, "imdecode", no_memory)
    with pytest.raises(UnreadableImage):
        load_image(encode(arrow(), "JPEG"))


# --- arrays


@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3))))
def test_bgr_arrays_pass_untouched(array):
    assert to_bgr(array) is array


@pytest.mark.parametrize(
    "array",
    [
        arrow()[..., 0],
        arrow()[..., :1],
        arrow()[..., 0].astype(np.uint16) * 257,
        arrow()[..., 0].astype(np.int64),
        np.dstack([arrow()[..., 0], np.full(arrow().shape[:2], 255, np.uint8)]),
    ],
)
def test_grey_arrays_become_colour(array):
    assert np.array_equal(to_bgr(array), np.repeat(arrow()[..., :1], 3, axis=2))


def test_bool_array_is_black_and_white():
    assert to_bgr(np.eye(3, dtype=bool))[..., 0].tolist() == [[255, 0, 0], [0, 255, 0], [0, 0, 255]]


def test_to_bgr_leaves_its_input_alone():
    array = np.full((4, 4, 4), 128, np.uint8)
    before = array.copy()
    to_bgr(array)
    assert np.array_equal(array, before)


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.full((28, 28), np.nan), "NaN"),
        (np.full((28, 28), np.inf, np.float32), "NaN or infinite"),
        (np.zeros((28, 28)), r"float64 values\. Convert it with \(image \* 255\)\.astype"),
        (np.full((28, 28), 200, np.float32), r"image\.clip\(0, 255\)"),
        (np.full((28, 28), 300), "int64 values from 300 to 300"),
        (np.full((28, 28), -1, np.int8), "int8 values from -1 to -1"),
        (np.zeros((28, 28), complex), "complex128"),
        (np.array([["a"]]), "holds <U1"),
        (np.array([[None]]), "object"),
        (np.zeros((0, 5), np.uint8), "no pixels"),
        (np.zeros(5, np.uint8), r"shape \(5,\)"),
        (np.zeros((2, 5, 5, 3), np.uint8), r"shape \(2, 5, 5, 3\)"),
        (np.zeros((3, 50, 50), np.uint8), "moveaxis"),
        (np.zeros((50, 50, 7), np.uint8), r"shape \(50, 50, 7\)"),
        ([[1, 2]], "is list, not a numpy array"),
        (None, "NoneType"),
        (io.BytesIO(), "BytesIO"),
    ],
)
def test_other_arrays_are_refused_with_what_to_do(array, words):
    with pytest.raises(UnreadableImage, match=words) as caught:
        to_bgr(array)
    assert caught.value.next_step
