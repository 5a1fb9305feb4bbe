"""Window: the newest picture with what was read in it, or what the machine sees of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from capture.preview import write_lines
from preprocess.work import draw_proposals
from recognize.evidence import find_patches
from watch.loop import Seen

TITLE = "Live"
KEYS = (
    "SPACE  save the picture and read it aloud",
    "r  repeat",
    "d  digit by digit        n  as a number",
    "m  mute or speak         p  pause or go on",
    "w  what the machine sees",
    "h  these keys            q, ESC  leave",
)
MOST_LISTED = 6
PATCH_PX, MOST_PATCHES = 56, 20
DIMMED = 0.35
# The share of the past in a figure that is shown: it is to be read, so it may not jump.
SMOOTH = 0.9


@dataclass
class Shown:
    """What is shown beside the picture, and how.

    Parameters
    ----------
    is_machine : bool
        Whether what the machine sees is shown in place of the picture.
    lists_keys : bool
    is_muted, is_paused : bool
    trouble : str
        What is wrong with the camera; empty where nothing is.
    note : str
        What was done last, such as the name of a saved picture.
    per_s : float
        Frames a second.
    age_ms : float
        From the frame's coming to its being shown.
    """

    is_machine: bool = False
    lists_keys: bool = False
    is_muted: bool = False
    is_paused: bool = False
    trouble: str = ""
    note: str = ""
    per_s: float = 0.0
    age_ms: float = 0.0
    _last_s: float | None = field(default=None, init=False)

    def count(self, came_s: float, now_s: float) -> None:
        """Take note that a frame which came at one moment of `time.monotonic` is shown at another."""
        self.age_ms += (1 - SMOOTH) * ((now_s - came_s) * 1e3 - self.age_ms)
        if self._last_s is not None and now_s > self._last_s:
            self.per_s += (1 - SMOOTH) * (1 / (now_s - self._last_s) - self.per_s)
        self._last_s = now_s


def draw(seen: Seen, shown: Shown) -> np.ndarray:
    """Draw a frame with boxes, digits and confidence, the settled numbers, and how fresh it is.

    Parameters
    ----------
    seen : Seen
    shown : Shown

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)
        As large as the frame.
    """
    picture = draw_machine_view(seen) if shown.is_machine else seen.reading.render(seen.frame.image)
    if shown.trouble:
        picture = cv2.convertScaleAbs(picture, alpha=DIMMED)
    return write_lines(picture, _lines(seen, shown))


def draw_machine_view(seen: Seen) -> np.ndarray:
    """Draw a page's ink with the proposed pieces, and below it the patches that were read as digits."""
    height, width = seen.frame.image.shape[:2]
    canvas = np.full((height, width, 3), 255, np.uint8)
    patches = _draw_patches(seen, width)
    room = height - len(patches)
    ink = draw_proposals(seen.page)
    scale = min(width / ink.shape[1], room / ink.shape[0])
    ink = cv2.resize(ink, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    canvas[: ink.shape[0], : ink.shape[1]] = ink[:room, :width]
    canvas[room:] = patches
    return canvas


def _draw_patches(seen: Seen, width: int) -> np.ndarray:
    """Lay the digits' patches side by side, white ink as the classifier sees it: (PATCH_PX, width, 3)."""
    digits = [digit for number in seen.reading.numbers for digit in number.digits][:MOST_PATCHES]
    strip = np.full((PATCH_PX, width, 3), 60, np.uint8)
    found = [patch for patch in find_patches(seen.page, digits) if patch is not None]
    for place, patch in enumerate(found[: width // (PATCH_PX + 4)]):
        grey = cv2.resize((patch[..., 0] * 255).astype(np.uint8), (PATCH_PX, PATCH_PX), interpolation=cv2.INTER_NEAREST)
        left = place * (PATCH_PX + 4)
        strip[:, left : left + PATCH_PX] = grey[..., None]
    return strip


def _lines(seen: Seen, shown: Shown) -> Sequence[str]:
    """Write what a person wants to know: the settled numbers first."""
    states = [word for word, holds in (("muted", shown.is_muted), ("paused", shown.is_paused)) if holds]
    listed = [f"{one.number.raw}   {one.number.confidence:.0%}" for one in seen.in_view]
    more = [f"and {len(listed) - MOST_LISTED} more"] if len(listed) > MOST_LISTED else []
    pace = f"{shown.per_s:.0f} frames/s   {shown.age_ms:.0f} ms old   h: keys"
    lines = ["   ".join([pace, *states]), *listed[:MOST_LISTED], *more]
    lines += [words for words in (shown.note, shown.trouble) if words]
    return lines + list(KEYS) if shown.lists_keys else lines
