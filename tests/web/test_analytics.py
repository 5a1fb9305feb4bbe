"""Analytics: what a card tells is shown, and what is none is left out; a data set is looked at by index."""

import zipfile
from io import BytesIO
from typing import Any

import cv2
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from errors import ImageTooLarge, UnreadableImage
from recognize.classifier import Card
from tests.conftest import CHECKOUT
from web import gallery
from web.collection import KEY, Collection
from web.figures import figures_of, layers_of
from web.gallery import of_samples, of_table
from web.shelf import MODELS

PAGE = str(CHECKOUT / "web" / "pages" / "analytics.py")
EPOCH = {"loss": 0.5, "accuracy": 0.8, "val_loss": 0.6, "val_accuracy": 0.7, "seconds": 1.0}


def card(**raw: Any) -> Card:
    return Card("1", 1.0, {}, raw)


def test_figures_are_read_off_a_card():
    confusion = (np.eye(10, 11) * 9).astype(int)
    confusion[3, 5] = 3
    told = card(
        network={"name": "mlp", "layers": [{"name": "flat", "kind": "Flatten", "output": [784], "parameters": 0}]},
        history=[{"epoch": 1, "epochs": 2} | EPOCH, {"epoch": 2, "epochs": 2} | EPOCH],
        figures={
            "confusion": confusion.tolist(),
            "reliability": {"ece": 0.1, "bins": [{"confidence": 0.9, "right": 0.8, "count": 5}]},
            "numbers": {"written": 100, "right": 40, "right_shipped": 41},
        },
    )
    figures = figures_of(told)
    assert figures.accuracy == pytest.approx(90 / 93)
    assert figures.classes[3].recall == pytest.approx(0.75)
    assert figures.classes[5].precision == pytest.approx(0.75)
    assert (len(figures.history), figures.history[1].epoch) == (2, 2)
    assert (figures.reliability[0].right, figures.numbers) == (0.8, (100, 40, 41))
    assert (figures.network, figures.layers[0].shape) == ("mlp", "784")


@pytest.mark.parametrize(
    "junk", [None, 7, "x", [], [1, "x"], {"confusion": [[1]]}, {"layers": 3, "bins": {}}, [{"epoch": "x"}]]
)
def test_what_is_no_figure_is_left_out(junk: Any):
    figures = figures_of(card(figures=junk, network=junk, history=junk))
    assert (figures.confusion, figures.history, figures.reliability, figures.numbers) == (None, (), (), None)
    assert figures.classes == ()


def test_the_shipped_layers_are_told_by_their_file():
    layers = layers_of((MODELS / "digits.keras").read_bytes())
    assert [one.kind for one in layers].count("Conv2D") == 9
    assert layers[1].shape == "filters 32, kernel 5x5, stride 2x2"
    assert layers_of(b"no zip") == ()
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("config.json", "[]")
    assert layers_of(content.getvalue()) == ()


def test_the_page_shows_the_shipped_model_and_moves_through_the_samples():
    app = AppTest.from_file(PAGE, default_timeout=60).run()
    assert not app.exception
    html = " ".join(str(one.proto.body) for one in app.get("html"))
    assert "MNIST, test half" in html
    assert "Index 0: labelled" in html
    (following,) = [button for button in app.button if button.label == "Next"]
    following.click().run()
    html = " ".join(str(one.proto.body) for one in app.get("html"))
    assert "Index 1: labelled" in html
    (measure,) = [button for button in app.button if button.label.startswith("Measure")]
    measure.click().run()
    assert "A patch takes" in " ".join(str(one.proto.body) for one in app.get("html"))


def test_ones_own_collection_is_a_data_set_too():
    app = AppTest.from_file(PAGE, default_timeout=60)
    collection = app.session_state[KEY] = Collection()
    ink = np.zeros((60, 40), np.uint8)
    cv2.line(ink, (20, 5), (20, 55), 255, 6)
    collection.add_ink("1", ink)
    app.run()
    assert not app.exception
    assert "Index 0: labelled 1. The model says 1" in " ".join(str(one.proto.body) for one in app.get("html"))


def test_samples_hold_all_ten_digits():
    assert {one.label for one in of_samples()} == set("0123456789")


def row(label: int, pixel: int = 255) -> str:
    return ",".join(map(str, [label, *([pixel] * 784)]))


def test_tables_are_read_with_and_without_names():
    names = ",".join(["label", *(f"pixel{place}" for place in range(784))])
    for table in (f"{names}\n{row(7)}\n{row(0)}\n", f"{row(7)}\n\n{row(0)}"):
        pictures = of_table(table.encode())
        assert [one.label for one in pictures] == ["7", "0"]
        assert cv2.imdecode(np.frombuffer(pictures[0].png, np.uint8), 0).max() == 0


@pytest.mark.parametrize(
    "table", ["", "label\n", "1,2,3", row(11), row(3, 256), row(3, -1), row(3).replace("255", "x", 1), "\0" * 99]
)
def test_what_is_no_table_is_refused(table: str):
    with pytest.raises(UnreadableImage):
        of_table(table.encode())


def test_too_long_a_table_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(gallery, "MOST_ROWS", 2)
    with pytest.raises(ImageTooLarge):
        of_table("\n".join([row(1)] * 5).encode())
