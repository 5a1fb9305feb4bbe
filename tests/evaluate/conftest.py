"""Hands that the tests of drawn pages and pairs are written with."""

import numpy as np
import pytest

from tests.preprocess.drawn import SHAPES
from tests.train.conftest import draw_glyphs
from train.data import Glyphs


@pytest.fixture(scope="session")
def hands():
    """Digits of three writers, of whom the first writes no 7 and the second no 1."""
    labels = [digit for digit in sorted(SHAPES) for _ in range(12)]
    writers = np.arange(len(labels)) % 3
    glyphs = Glyphs("drawn", draw_glyphs(labels, 28, 1), np.array(labels), writers)
    return glyphs.pick(~((writers == 0) & (glyphs.labels == "7")) & ~((writers == 1) & (glyphs.labels == "1")))
