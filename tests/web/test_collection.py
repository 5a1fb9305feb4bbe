"""Collection: digits are gathered evenly, packed, and taken over from archives that may mean harm."""

import io
import random
import zipfile
from collections import Counter

import cv2
import numpy as np
import pytest

from capture.image import load_image
from errors import ImageTooLarge, UnreadableImage
from web import collection as module
from web.collection import DIGITS, Collection, Taken


def picture(seed: int = 0) -> bytes:
    image = np.full((60, 50, 3), 255, np.uint8)
    cv2.line(image, (10 + seed % 20, 10), (40, 50), (0, 0, 0), 4)
    return cv2.imencode(".png", image)[1].tobytes()


def packed(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def test_all_ten_digits_are_asked_for_equally_often():
    collection, asked, last = Collection(random.Random(1)), Counter[str](), None
    for _ in range(30):
        label = collection.ask(last)
        assert label != last
        collection.add(label, picture())
        asked[label] += 1
        last = label
    assert asked == Counter(DIGITS * 3)
    assert collection.counts == dict.fromkeys(DIGITS, 3)


def test_what_is_downloaded_can_be_uploaded():
    before, after = Collection(), Collection()
    for seed, label in enumerate("0012399"):
        before.add(label, picture(seed))
    assert after.add_zip(before.to_zip()) == Taken(7)
    assert after.counts == before.counts
    assert after.to_zip() == before.to_zip()
    assert zipfile.ZipFile(io.BytesIO(before.to_zip())).namelist()[2] == "1/00003.png"


def test_single_digits_and_all_can_be_deleted():
    collection = Collection()
    first, second = collection.add("4", picture()), collection.add("4", picture(3))
    collection.remove(first.number)
    collection.remove(first.number)
    assert [one.number for one in collection.examples("4")] == [second.number]
    collection.clear()
    assert len(collection) == 0


def test_ink_becomes_dark_writing_on_paper():
    ink = np.zeros((28, 28), np.uint8)
    ink[4:24, 12:16] = 255
    image = load_image(Collection().add_ink("1", ink).picture)
    assert image[0, 0].tolist() == [255, 255, 255]
    assert int((image[..., 0] == 0).sum()) == 80


def test_what_is_no_digit_of_an_archive_is_named():
    taken = Collection().add_zip(
        packed(
            {
                "set/7/a.png": picture(),
                "set/readme.txt": b"hello",
                "8/broken.jpg": b"nothing",
                "../../9/x.png": picture(),
                "/etc/9/x.png": picture(),
                "C:\\9\\x.png": picture(),
                "__MACOSX/7/._a.png": b"",
                "7/.DS_Store": b"",
            }
        )
    )
    assert taken.count == 1
    reasons = dict(taken.left_out)
    assert reasons["set/readme.txt"] == "it does not lie in a folder 0 to 9"
    assert "not an image" in reasons["8/broken.jpg"]
    assert len(reasons) == 5
    assert [name for name, reason in reasons.items() if "leads out" in reason] == [
        "../../9/x.png",
        "/etc/9/x.png",
        "C:/9/x.png",
    ]


@pytest.mark.parametrize("archive", [b"", b"PK\x03\x04 nonsense", packed({}), packed({"a/b.png": picture()})])
def test_an_archive_without_digits_is_refused(archive: bytes):
    with pytest.raises(UnreadableImage):
        Collection().add_zip(archive)


def test_a_bomb_is_not_unpacked():
    bomb = packed({f"1/{count}.png": b"\0" * 3_000_000 for count in range(3)})
    collection = Collection()
    with pytest.raises(UnreadableImage, match="more than 2 MB"):
        collection.add_zip(bomb)


def test_too_many_files_or_digits_are_refused(monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(ImageTooLarge, match="5100 files"):
        Collection().add_zip(packed({f"1/{count}.png": b"" for count in range(5_101)}))
    monkeypatch.setattr(module, "MOST_EXAMPLES", 2)
    collection = Collection()
    with pytest.raises(ImageTooLarge, match="at most"):
        collection.add_zip(packed({f"1/{count}.png": picture(count) for count in range(3)}))
    assert len(collection) == 2


def test_metadata_of_pictures_is_not_kept():
    exif = np.frombuffer(b"II*\0\x08\0\0\0\0\0", np.uint8)
    image = np.full((9, 9, 3), 255, np.uint8)
    exif = cv2.imencodeWithMetadata(".png", image, [cv2.IMAGE_METADATA_EXIF], [exif])[1].tobytes()
    assert b"eXIf" in exif
    assert b"eXIf" not in Collection().add("3", exif).picture
