"""Camera: pictures as they would be with other pixels, held askew, washed out, or in less or uneven light."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from capture.frame import Frame
from capture.image import load_image
from evaluate.suites import Reads
from preprocess.skew import turn_page
from recognize.reading import Reading

MIDDLE_GREY = 128.0


@dataclass(frozen=True)
class Camera:
    """How pictures are taken again.

    Parameters
    ----------
    longest_px : int or None
        How long they are at most; None for as they are.
    turned_deg : float
        By how much the sheet is turned anticlockwise; what is at a picture's edge goes on beyond it.
    falls_to : float
        Share of the light that is left at the right; 1 for even light.
    contrast : float
        How much of the contrast is left, about a middle grey; 1 for all.
    zoom : float
        How many times as large all pictures are made, before anything else.
    gamma : float
        Greater than 1 makes what is grey darker, less than 1 lighter; black and white stay.
    """

    longest_px: int | None = None
    turned_deg: float = 0.0
    falls_to: float = 1.0
    contrast: float = 1.0
    zoom: float = 1.0
    gamma: float = 1.0

    def __str__(self) -> str:
        told = (
            (self.longest_px, f"{self.longest_px} px"),
            (self.turned_deg, f"turned {self.turned_deg:g} degrees"),
            (self.falls_to != 1, f"light falling to {self.falls_to:g}"),
            (self.contrast != 1, f"contrast {self.contrast:g}"),
            (self.zoom != 1, f"zoom {self.zoom:g}"),
            (self.gamma != 1, f"gamma {self.gamma:g}"),
        )
        return ", ".join(words for is_so, words in told if is_so)

    def take(self, image: np.ndarray) -> np.ndarray:
        """Take a picture again: uint8 (H, W, 3) to uint8 (H', W', 3)."""
        if self.zoom != 1:
            image = _resize(image, self.zoom)
        if self.longest_px is not None:
            image = _resize(image, min(1.0, self.longest_px / max(image.shape[:2])))
        if self.turned_deg:
            image, _ = turn_page(image, -self.turned_deg, whole=True, corners=None)
        if self.falls_to != 1:
            fall = np.linspace(1, self.falls_to, image.shape[1])[:, None]
            image = (image * fall).astype(np.uint8)
        if self.contrast != 1:
            image = (MIDDLE_GREY + self.contrast * (image - MIDDLE_GREY)).astype(np.uint8)
        if self.gamma != 1:
            image = cv2.LUT(image, (255 * (np.arange(256) / 255) ** self.gamma).astype(np.uint8))
        return image


AS_IT_IS = Camera()


@dataclass(frozen=True)
class ThroughCamera:
    """Reads pictures as a camera would have taken them; boxes are in px of those."""

    reader: Reads
    camera: Camera

    def read(self, source: Path | Frame, /) -> Reading:
        """Read one picture."""
        frame = source if isinstance(source, Frame) else Frame(load_image(source), str(source))
        return self.reader.read(Frame(self.camera.take(frame.image), frame.source))


def _resize(image: np.ndarray, scale: float) -> np.ndarray:
    """Make a picture larger or smaller."""
    if scale == 1:
        return image
    height, width = image.shape[:2]
    size = max(1, round(scale * width)), max(1, round(scale * height))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
