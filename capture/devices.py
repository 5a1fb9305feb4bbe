"""Which cameras there are."""

import sys
from dataclasses import dataclass
from pathlib import Path

import cv2

from capture.noise import hushed

_SYSFS = Path("/sys/class/video4linux")

# Where the system keeps no list, indices are tried; nobody has more cameras than this.
_MOST_CAMERAS = 8


@dataclass(frozen=True)
class Device:
    """One camera.

    Parameters
    ----------
    index : int
        What to give as SOURCE.
    name : str
        What its maker calls it; 'camera 0' where the system does not say.
    width, height : int
        Size of its pictures, in pixels.
    """

    index: int
    name: str
    width: int
    height: int


def list_cameras() -> list[Device]:
    """Find the cameras that open.

    Returns
    -------
    list of Device
        By index; empty if there is none. Devices that carry no picture (on Linux each webcam has a second one,
        for its metadata) are left out.
    """
    if sys.platform == "linux":
        return [device for index, name in _linux_devices() if (device := _look(index, name))]
    return _try_indices()


def _linux_devices() -> list[tuple[int, str]]:
    """List the indices and names that the kernel knows; nothing is opened."""
    found = []
    for folder in _SYSFS.glob("video*"):
        digits = folder.name.removeprefix("video")
        if digits.isdecimal():
            found.append((int(digits), _name_in(folder)))
    return sorted(found)


def _name_in(folder: Path) -> str:
    try:
        return (folder / "name").read_text(encoding="utf-8", errors="replace").strip() or folder.name
    except OSError:
        return folder.name


def _try_indices() -> list[Device]:
    """Open one index after the other until one is missing; a gap after 0 is common on laptops, so 1 is tried."""
    found: list[Device] = []
    for index in range(_MOST_CAMERAS):
        device = _look(index, f"camera {index}")
        if device is not None:
            found.append(device)
        elif index > 0:
            break
    return found


def _look(index: int, name: str) -> Device | None:
    """Open a camera for a moment; None if nothing is there."""
    with hushed():
        video = cv2.VideoCapture(index)
        try:
            if not video.isOpened():
                return None
            width, height = video.get(cv2.CAP_PROP_FRAME_WIDTH), video.get(cv2.CAP_PROP_FRAME_HEIGHT)
        finally:
            video.release()
    return Device(index, name, int(width), int(height))
