"""Frame: one picture as it came in, upright, in colour."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture from a camera, a file or a stream.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
        BGR, upright (EXIF orientation applied), H and W at least 1.
    source : str
        What the user gave: a path, "-", a camera index, an address.
    index : int
        Which frame of its source, from 0.
    timestamp : float
        When it was taken, in seconds of `time.monotonic()`; 0 for stills.

    Raises
    ------
    ValueError
        If the image is not uint8 (H, W, 3) or has no pixels.
    """

    image: np.ndarray
    source: str = "array"
    index: int = 0
    timestamp: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what is no picture, naming what came instead."""
        image = self.image
        if not isinstance(image, np.ndarray):
            raise ValueError(f"image must be a numpy array, got {type(image).__name__}")
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
            raise ValueError(f"image must be uint8 (H, W, 3), got {image.dtype} {image.shape}")
        if image.size == 0:
            raise ValueError(f"image must have pixels, got {image.shape}")

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.image.shape[0])

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.image.shape[1])
