"""Teach: digits are collected, a model is trained to its end, and reads at once."""

import io
import json
import random
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from errors import ImageTooLarge, ModelDamaged, ModelMissing, UnreadableImage
from recognize.classifier import MODELS
from tests.conftest import CHECKOUT
from tests.web.conftest import await_text, open_page, upload
from tests.web.test_draw_page import STROKES, await_status
from web import corrections, shelf
from web.collection import KEY, Collection
from web.rack import OWN, list_models
from web.shelf import add_model, name_for, pack_model, throw_away
from web.training import pack_files

PAGE = str(CHECKOUT / "web" / "pages" / "teach.py")
NAME = "of-a-test"
# Half a minute on two free cores.
WITHIN_MS = 240_000


def digits_zip(each: int = 4) -> bytes:
    """Make a small data set: each digit a few times, no two alike."""
    rng, content = random.Random(1), io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for digit, strokes in STROKES.items():
            for count in range(each):
                image = np.full((200, 160, 3), 255, np.uint8)
                for stroke in strokes:
                    line = [(28 + x + rng.uniform(-3, 3), 28 + y + rng.uniform(-3, 3)) for x, y in stroke]
                    cv2.polylines(image, [np.array(line).astype(int)], False, (20, 20, 20), 8, cv2.LINE_AA)
                archive.writestr(f"{digit}/{count}.png", cv2.imencode(".png", image)[1].tobytes())
    return content.getvalue()


@pytest.fixture
def no_model_left() -> Iterator[None]:
    """Take away the models that a test leaves."""
    yield
    for folder in OWN.glob(f"{NAME}*"):
        shutil.rmtree(folder)


def fill(page: Any, role: str, name: str, value: str) -> None:
    """Fill a field as a person does, who leaves it afterwards."""
    field = page.get_by_role(role, name=name, exact=True)
    field.fill(value)
    field.press("Tab")
    page.wait_for_timeout(300)


def test_teach_and_train_on_a_tiny_set_to_the_end(server: str, page: Any, no_model_left: None):
    open_page(page, f"{server}/teach")
    archive = {"name": "digits.zip", "mimeType": "application/zip", "buffer": digits_zip()}
    upload(page, "Add a zip with folders 0 to 9", archive)
    page.get_by_text("Added 40 digits").wait_for()
    page.get_by_role("tab", name="Train").click()
    page.get_by_role("combobox", name="Network").click()
    page.get_by_role("option", name=re.compile("Perceptron")).click()
    fill(page, "spinbutton", "Epochs", "2")
    fill(page, "textbox", "Name of the model", NAME)
    page.get_by_role("button", name="Start training").click()
    stop = page.get_by_role("button", name="Stop", exact=True)
    stop.wait_for()
    # The curves are there while it goes on.
    page.locator('[data-testid="stVegaLiteChart"]').first.wait_for(timeout=WITHIN_MS)
    assert stop.is_visible()
    status = page.locator("[role=status]").filter(has_text=re.compile("^(Training|Stopped|Done|The training)")).last
    await_text(status, f"saved as {NAME}", WITHIN_MS / 1000)
    assert NAME in list_models()
    page.get_by_text("By digit, of those held out").first.wait_for()
    page.get_by_role("button", name="Use it for reading").first.click()
    page.get_by_text("reads from now on").wait_for()
    page.get_by_role("link", name="Draw").click()
    page.get_by_label("Type digits").fill("3")
    page.get_by_role("button", name="Write them").click()
    assert await_status(page, "Read|No number")
    page.get_by_role("link", name="Teach").click()
    page.get_by_role("tab", name="My models").click()
    away = page.get_by_role("tabpanel", name="My models")
    away.get_by_role("button", name="Throw it away").click()
    page.get_by_role("button", name=f"Yes, throw {NAME} away").last.click()
    page.get_by_text("is thrown away").wait_for()
    assert NAME not in list_models()


def test_the_digit_asked_for_is_drawn_kept_seen_and_deleted(server: str, page: Any):
    open_page(page, f"{server}/teach")
    sheet = page.locator('[aria-label^="Sheet to write"]')
    asked = str(sheet.get_attribute("aria-label")).removeprefix("Sheet to write a ")[0]
    keep = page.get_by_role("button", name=f"Keep this {asked}")
    assert keep.is_disabled()
    box = sheet.bounding_box()
    page.mouse.move(box["x"] + 100, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 200, steps=6)
    page.mouse.up()
    keep.click()
    said = await_status(page, "Kept")
    assert re.fullmatch(rf"Kept a {asked}, 1 in all\. Now write a (?!{asked})\d\.", said)
    delete = page.get_by_role("button", name=f"Delete {asked} (no. 1)")
    delete.click()
    delete.wait_for(state="detached")


def test_collected_digits_show_in_the_table_and_can_be_filtered():
    app = AppTest.from_file(PAGE, default_timeout=30)
    collection = app.session_state[KEY] = Collection()
    for one in range(3):
        collection.add_ink("7", np.full((20, 10 + one), 255, np.uint8))
    app.run()
    assert not app.exception
    assert [button.label for button in app.button if button.label.startswith("Delete 7")] == [
        "Delete 7 (no. 3)",
        "Delete 7 (no. 2)",
        "Delete 7 (no. 1)",
    ]
    app.selectbox(key="teach_shown").select("4").run()
    assert not [button for button in app.button if button.label.startswith("Delete 7")]


def test_corrections_of_the_page_read_are_taken_over_once():
    app = AppTest.from_file(PAGE, default_timeout=30)
    ink = np.zeros((28, 28), np.uint8)
    ink[4:24, 13:16] = 255
    place = corrections.Place("abc", (0, 0, 5, 5))
    app.session_state[corrections.KEY] = {place: corrections.Correction("1", ink)}
    app.run()
    (button,) = [button for button in app.button if "corrected on Read" in button.label]
    button.click().run()
    assert app.session_state[KEY].counts["1"] == 1
    assert not [button for button in app.button if "corrected on Read" in button.label]


def test_nothing_is_trained_on_nothing():
    app = AppTest.from_file(PAGE, default_timeout=30).run()
    (button,) = [button for button in app.button if button.label == "Start training"]
    assert button.disabled


def test_a_folder_becomes_an_archive_whatever_its_files_are_called(tmp_path: Path):
    class Uploaded(io.BytesIO):
        def __init__(self, name: str) -> None:
            super().__init__(b"content")
            self.name = name

    path = pack_files([Uploaded("set/1/a.png"), Uploaded("/2\\b.png")], tmp_path / "set.zip", 100)
    assert zipfile.ZipFile(path).namelist() == ["set/1/a.png", "2/b.png"]
    with pytest.raises(ImageTooLarge):
        pack_files([Uploaded("x")], tmp_path / "set.zip", 3)


# Models

PARTS = ["digits.json", "digits.tflite", "lines.tflite", "lines_plain.tflite", "pairs.tflite"]


def model_zip(change: Callable[[dict[str, bytes]], None] = lambda files: None) -> bytes:
    """Pack the shipped model as a stranger's, changed."""
    files = {name: (MODELS / name).read_bytes() for name in PARTS}
    change(files)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def test_a_model_of_somebody_is_taken_without_its_keras_file(tmp_path: Path):
    def add_keras(files: dict[str, bytes]) -> None:
        files["digits.keras"] = files["evil.pkl"] = b"anything"

    name = add_model(model_zip(add_keras), "../../My Model!.zip", tmp_path)
    assert name == "my-model-zip"
    assert sorted(path.name for path in (tmp_path / name).iterdir()) == PARTS
    assert add_model(pack_model(name, tmp_path), "my model zip", tmp_path) == "my-model-zip-2"
    throw_away(name, tmp_path)
    assert list_models(tmp_path) == ["shipped", "my-model-zip-2"]


def drop_network(files: dict[str, bytes]) -> None:
    del files["digits.tflite"]


def damage(name: str, content: bytes) -> Callable[[dict[str, bytes]], None]:
    return lambda files: files.update({name: content})


def pass_off_as(name: str) -> Callable[[dict[str, bytes]], None]:
    """Put the classifier in another network's place, with a card that says so."""

    def change(files: dict[str, bytes]) -> None:
        card = json.loads(files["digits.json"])
        files[name] = files["digits.tflite"]
        card["sha256"][name] = card["sha256"]["digits.tflite"]
        files["digits.json"] = json.dumps(card).encode()

    return change


@pytest.mark.parametrize(
    ("archive", "error", "words"),
    [
        (b"nothing", UnreadableImage, "no zip"),
        (model_zip(drop_network), ModelMissing, "no digits.tflite"),
        (model_zip(damage("digits.tflite", b"TFL3 not one")), ModelDamaged, "not the file"),
        (model_zip(pass_off_as("pairs.tflite")), ModelDamaged, "cannot be used"),
        (model_zip(pass_off_as("lines.tflite")), ModelDamaged, "classes apart"),
        (model_zip(pass_off_as("lines_plain.tflite")), ModelDamaged, "classes apart"),
        (model_zip(damage("digits.json", b"[1, 2")), ModelDamaged, "no model card"),
        (model_zip(damage("digits.json", b"\x80\x04\x95cos\nsystem\n.")), ModelDamaged, "no model card"),
    ],
)
def test_what_is_no_model_is_refused_in_words(archive: bytes, error: type[Exception], words: str, tmp_path: Path):
    with pytest.raises(error, match=words) as told:
        add_model(archive, "x", tmp_path)
    assert "reader-model-" not in str(told.value)
    assert list(tmp_path.iterdir()) == []


def test_names_of_models_are_made_of_letters_digits_and_hyphens(tmp_path: Path):
    assert name_for("../../etc/passwd", tmp_path) == "etc-passwd"
    assert name_for("...", tmp_path) == "model"
    assert name_for("shipped", tmp_path) == "shipped-2"
    assert len(name_for("x" * 500, tmp_path)) == shelf.LONGEST_NAME
    with pytest.raises(ModelMissing):
        throw_away("../x", tmp_path)
