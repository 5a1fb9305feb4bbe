"""A small data folder, laid out as the real one, of characters that the tests draw."""

import os
from pathlib import Path

import numpy as np
import pytest

from tests.preprocess.drawn import SHAPES, write

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

LETTERS = {"A": "1", "x": "4", "O": "0", "t": "7"}


def draw_glyphs(labels: list[str], side: int, seed: int, negative: bool = False) -> np.ndarray:
    """Draw a character for each label, no two alike: uint8 (n, side, side), 255 = ink."""
    rng = np.random.default_rng(seed)
    glyphs = np.zeros((len(labels), side, side), np.uint8)
    for glyph, label in zip(glyphs, labels, strict=True):
        height = side * rng.uniform(0.55, 0.7)
        left, top = side * rng.uniform(0.2, 0.3), side * rng.uniform(0.12, 0.25)
        write(glyph, LETTERS.get(label, label), left, top, height, max(1, side // 16))
        if label in LETTERS:
            glyph[: side // 3] = glyph[: side // 3, ::-1]
    return 255 - glyphs if negative else glyphs


@pytest.fixture(scope="session")
def small_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with mnist.npz and glyphs/, some hundred characters each."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "glyphs").mkdir()
    digits = sorted(SHAPES)
    train, test = digits * 30, digits * 6
    np.savez(
        folder / "mnist.npz",
        x_train=draw_glyphs(train, 28, 1),
        y_train=np.array(train).astype(np.uint8),
        writer_train=np.arange(len(train)) // 7,
        x_test=draw_glyphs(test, 28, 2),
        y_test=np.array(test).astype(np.uint8),
    )
    characters = digits * 10 + sorted(LETTERS) * 10
    for seed, name in enumerate(("paper62", "strokes62", "herc"), 3):
        x = draw_glyphs(characters, 32, seed, negative=True)
        np.savez(folder / "glyphs" / f"{name}.npz", x=x, y=np.array(characters))
    bitmaps = draw_glyphs(digits * 10, 32, 9) > 127
    np.savez(
        folder / "glyphs" / "optdigits32.npz", x=bitmaps.astype(np.uint8), y=np.array(digits * 10).astype(np.uint8)
    )
    return folder
