"""Numbers, frames and pipelines that say what a test wants them to."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from capture.frame import Frame
from preprocess.page import Page
from preprocess.quality import Quality
from recognize.reading import Box, Digit, Number, Reading, Refusal

WIDTH, HEIGHT = 640, 360
DIGIT_PX = 24, 40
GOOD = Quality(brightness=200.0, contrast=0.5, sharpness=0.4, digit_height_px=40.0)


def number(text: str, left: int = 100, top: int = 100, confidence: float = 0.9, raw: str | None = None) -> Number:
    """Write a number; '?' is a refused digit, which may be a 1 or a 7."""
    digits = tuple(
        Digit(
            None if value == "?" else value,
            confidence,
            box_of(1, left + place * DIGIT_PX[0], top),
            (("1", 0.4), ("7", 0.4)) if value == "?" else (),
            "1 or 7" if value == "?" else None,
        )
        for place, value in enumerate(text)
    )
    return Number(text, raw or text, digits, confidence, box_of(len(text), left, top))


def box_of(digits: int, left: int, top: int) -> Box:
    """Box around so many digits."""
    return left, top, left + digits * DIGIT_PX[0], top + DIGIT_PX[1]


def frame_at(time_s: float, index: int = 0) -> Frame:
    """A grey frame of a moment."""
    return Frame(np.full((HEIGHT, WIDTH, 3), 200, np.uint8), "scripted", index, time_s)


def page_of(frame: Frame, quality: Quality = GOOD) -> Page:
    """A page of which only the quality counts, zoomed to twice the frame's size."""
    return Page(frame, np.zeros((2 * HEIGHT, 2 * WIDTH), np.uint8), (), np.diag([0.5, 0.5, 1.0]), quality)


def reading_of(numbers: Sequence[Number] = (), refused: Sequence[Refusal] = ()) -> Reading:
    """A reading of these."""
    return Reading("scripted", WIDTH, HEIGHT, tuple(numbers), tuple(refused))


@dataclass
class ScriptedPipeline:
    """A pipeline that reads of each frame what the script says, and nothing after its end.

    Parameters
    ----------
    script : list of list of Number
    """

    script: list[list[Number]]
    quality: Quality = GOOD
    read: int = field(default=0, init=False)
    closely: list[bool] = field(default_factory=list, init=False)

    def prepare(self, frame: Frame, *, closely: bool = False) -> Page:
        self.closely.append(closely)
        return page_of(frame, self.quality)

    def read_page(self, page: Page) -> Reading:
        numbers = self.script[self.read] if self.read < len(self.script) else []
        self.read += 1
        return reading_of(numbers)
