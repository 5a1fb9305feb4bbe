"""Stage one: from whatever the user has (a photo, a folder, a camera, an address) to a `Frame`.

=============  ==========================================================================
frame.py       `Frame`: one upright colour picture with its source
source.py      what a string means: `expand` it into items, read `frames` from an item
image.py       the only image loader, with its limits
header.py      kind and size of a picture, told from its first bytes
camera.py      `Camera`: the newest frame of a camera or an address, within a time-out
devices.py     which cameras there are
preview.py     the window
noise.py       keeps what native libraries print off the terminal
=============  ==========================================================================
"""

import os

# All are read when cv2 is imported or first used, so they stand before every import that brings it in.
# Windows: without the first, opening a camera takes 12 s and more.
os.environ.setdefault("OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS", "0")
# Linux: how many seconds a read waits for a camera that says nothing; 10 by default, longer than our own time-out.
os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "3")
# FFmpeg writes past OpenCV's own logger; -8 is its "quiet".
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

from capture.frame import Frame
from capture.source import expand, frames

__all__ = ["Frame", "expand", "frames"]
