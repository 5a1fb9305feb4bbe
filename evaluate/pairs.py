"""Pairs: two digits of one writer, slid into one another until they overlap by 2 to 30 px at three times MNIST's size.

An overlap of so many px can mean two things, so there are two sets of the same digits, named for what they are:

- "touching pairs, ink": so many pixels are ink of both digits. Such digits touch, or cross a little.
- "touching pairs, reach": in the row in which the second digit reaches furthest into the first, it reaches so many
  columns far. These lie much deeper in one another: half of them share more than 140 px of ink.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import cv2
import numpy as np

from capture.frame import Frame
from evaluate.hands import SEED, Drawing, lay, name_drawing, pick_writer
from evaluate.metrics import Truth
from train.data import Glyphs
from train.synth.slide import SOLID, slide_by_ink, slide_by_reach

ENLARGED = 3
LEAST_PX, MOST_PX = 2, 30
MARGIN_PX = 26


@dataclass(frozen=True)
class Pairs:
    """One way to slide two digits into one another.

    Parameters
    ----------
    name : str
    words : str
        What is hard, for a person.
    slide : callable
        Gives, of two digits of the same height and an overlap in px, the column at which the second begins.
    """

    name: str
    words: str
    slide: Callable[[np.ndarray, np.ndarray, int], int] = field(repr=False)


PAIRS = (
    Pairs(
        "touching pairs, ink",
        "two digits at three times MNIST's size, slid together until 2-30 px of ink or a few more lie on one another",
        slide_by_ink,
    ),
    Pairs(
        "touching pairs, reach",
        "the same digits, the second reaching 2-30 px into the first in the row in which it reaches furthest",
        slide_by_reach,
    ),
)


def draw_pair(hands: Glyphs, pairs: Pairs, number: int) -> Drawing:
    """Draw two digits of one writer, three times as large as MNIST has them, dark on a light sheet.

    Parameters
    ----------
    hands : Glyphs
    pairs : Pairs
        How they are slid into one another, by 2 to 30 px.
    number : int
        Which pair; the same one looks the same each time, and in all ways of sliding the same digits are taken.
    """
    rng = np.random.default_rng([SEED, number])
    digits = pick_writer(hands, rng)
    chosen = rng.integers(len(digits.labels), size=2)
    overlap_px = int(rng.integers(LEAST_PX, MOST_PX + 1))
    text = "".join(str(label) for label in digits.labels[chosen])
    first, second = (_enlarge(digits.ink[index]) for index in chosen)
    image = _scan(_slide_together(first, second, overlap_px, pairs), rng)
    file = name_drawing(digits, pairs.name, number)
    return Drawing(Frame(image, file), Truth(file, (text,), is_line=True), overlap_px)


def _enlarge(glyph: np.ndarray) -> np.ndarray:
    """Enlarge a digit with its margin."""
    return cv2.resize(glyph, None, fx=ENLARGED, fy=ENLARGED, interpolation=cv2.INTER_CUBIC)


def _slide_together(first: np.ndarray, second: np.ndarray, overlap_px: int, pairs: Pairs) -> np.ndarray:
    """Lay two digits on one sheet of ink with a margin."""
    left = pairs.slide(first, second, overlap_px)
    start, stop = min(0, left), max(first.shape[1], left + second.shape[1])
    ink = np.zeros((len(first), stop - start), np.uint8)
    lay(ink, first, -start, 0)
    lay(ink, second, left - start, 0)
    x, y, width, height = cv2.boundingRect((ink > SOLID).astype(np.uint8))
    margin = MARGIN_PX
    return cv2.copyMakeBorder(ink[y : y + height, x : x + width], margin, margin, margin, margin, cv2.BORDER_CONSTANT)


def _scan(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Lay ink on a light sheet, evenly lit and a little noisy: uint8 (h, w, 3)."""
    paper = rng.uniform(215, 245) + rng.normal(0, 4, 3)
    pen = rng.uniform(30, 80) + rng.normal(0, 8, 3)
    share = (ink.astype(np.float32) / 255)[..., None]
    picture = paper * (1 - share) + pen * share + rng.normal(0, rng.uniform(1, 4), (*ink.shape, 1))
    return np.clip(np.round(picture), 0, 255).astype(np.uint8)
