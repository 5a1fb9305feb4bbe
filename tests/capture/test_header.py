"""Kind, size and completeness, told from the bytes: Pillow is the oracle."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.header import HeaderError, Size, is_cut_off, kind_of, looks_like_text, orientation_of, size_of
from tests.fakes.pictures import arrow, encode, encode_pillow, to_pillow

KINDS = {"JPEG": "JPEG", "PNG": "PNG", "WEBP": "WebP", "TIFF": "TIFF", "BMP": "BMP"}


@given(kind=st.sampled_from(sorted(KINDS)), height=st.integers(1, 300), width=st.integers(1, 300))
@settings(max_examples=80, deadline=None)
def test_the_header_tells_the_size(kind, height, width):
    data = encode(arrow(height, width), kind)
    assert kind_of(data) == KINDS[kind]
    assert size_of(data, KINDS[kind]) == Size(width, height)
    assert not is_cut_off(data, KINDS[kind])


@pytest.mark.parametrize("options", [{"lossless": True}, {"quality": 50}, {"exif": b"Exif\0\0II*\0\x08\0\0\0\0\0"}])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_all_flavours_of_webp(options, mode):
    picture = to_pillow(arrow(33, 77)).convert(mode)
    if mode == "RGBA":
        picture.putalpha(100)
    assert size_of(encode_pillow(picture, "WEBP", **options), "WebP") == Size(77, 33)


def test_a_bmp_from_the_top_down_has_a_negative_height():
    data = bytearray(encode(arrow(5, 7), "BMP"))
    data[22:26] = (-5).to_bytes(4, "little", signed=True)
    assert size_of(bytes(data), "BMP") == Size(7, 5)


def test_an_os2_bmp():
    assert size_of(b"BM" + bytes(12) + (12).to_bytes(4, "little") + b"\x07\0\x05\0", "BMP") == Size(7, 5)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_shorter_file_is_cut_off_or_has_a_damaged_header(kind):
    data = encode(arrow(20, 20), kind)
    for length in range(12, len(data), 7):
        try:
            size_of(data[:length], KINDS[kind])
        except HeaderError:
            continue
        # BMP and TIFF have no end mark; the loader's test covers them.
        assert is_cut_off(data[:length], KINDS[kind]) or kind in ("BMP", "TIFF")


@given(st.text(min_size=1, max_size=2000).filter(str.isprintable))
def test_text_looks_like_text(text):
    assert looks_like_text(text.encode())


@given(st.binary(min_size=8, max_size=100))
def test_bytes_with_zeros_do_not(data):
    assert not looks_like_text(data + b"\0")


@pytest.mark.parametrize("exif", [b"", b"Exif\0\0", b"II*\0", b"MM\0*\0\0\0\x08\0\x05", b"nonsense" * 9])
def test_a_damaged_exif_block_is_upright(exif):
    assert orientation_of(exif) == 1


@pytest.mark.parametrize(
    "filling", [bytes(20_000_000), b"\xff" * 20_000_000, b"\xff\xe0\0\2" * 5_000_000, b"\xff\x01" * 9_000_000]
)
def test_a_header_made_to_keep_us_busy_does_not(filling):
    started_s = time.process_time()
    with pytest.raises(HeaderError):
        size_of(b"\xff\xd8" + filling, "JPEG")
    assert time.process_time() - started_s < 2
