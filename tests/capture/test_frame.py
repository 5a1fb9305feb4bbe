"""Frame: holds a picture, refuses what is none."""

import numpy as np
import pytest

from capture import Frame


def test_frame_knows_its_size():
    frame = Frame(np.zeros((3, 5, 3), np.uint8))
    assert (frame.height, frame.width, frame.source, frame.index, frame.timestamp) == (3, 5, "array", 0, 0.0)


@pytest.mark.parametrize(
    ("image", "named"),
    [
        (np.zeros((28, 28)), r"float64 \(28, 28\)"),
        (np.zeros((28, 28), np.uint8), r"uint8 \(28, 28\)"),
        (np.zeros((28, 28, 4), np.uint8), r"\(28, 28, 4\)"),
        (np.zeros((0, 28, 3), np.uint8), "pixels"),
        ("photo.jpg", "got str"),
        (None, "got NoneType"),
    ],
)
def test_frame_refuses_what_is_no_picture(image, named):
    with pytest.raises(ValueError, match=named):
        Frame(image)
