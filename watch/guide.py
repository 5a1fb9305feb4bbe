"""Guide: what would help the camera to see, once it has held for a while.

What can be said is a key; the words of each language are `speak.language`'s. The limits are measured on drawn video:
`python -m evaluate live`, docs/live.md.
"""

from dataclasses import dataclass, field

from capture.frame import Frame
from preprocess.page import Page
from recognize.advice import DARKEST, FAINTEST_CONTRAST
from recognize.reading import Box, Reading

NOTHING, CLOSER, FARTHER, DARK, FAINT, BLURRED = "nothing", "closer", "farther", "dark", "faint", "blurred"
# By the picture's side: where a number is cut off, and where the paper has to go so that it is not.
CUT = {"left": "cut_left", "top": "cut_top", "right": "cut_right", "bottom": "cut_bottom"}
AWAY = {"left": "right", "top": "down", "right": "left", "bottom": "up"}
KEYS = (NOTHING, CLOSER, FARTHER, DARK, FAINT, BLURRED, *CUT.values(), *AWAY.values())

# Px of the frame: of digits that are smaller, many are not read.
SMALLEST_PX = 18.0
# Strokes' slope per px, as `Quality` has it: below it few are read.
BLUREST = 0.19
# Of the frame's height: what is larger has no room to be held unsteadily.
LARGEST_SHARE = 0.6
TOUCHING_PX, NEAR_SHARE = 2, 0.02
# A hint is given when it has held for so long; one of any kind so often, the same one so often.
HOLD_S, EVERY_S, AGAIN_S = 0.8, 4.0, 8.0


@dataclass
class Guide:
    """Hints that are neither hasty nor tiresome.

    Parameters
    ----------
    is_mirrored : bool
        Whether the camera faces whoever holds the sheet, so that its right is their left.
    """

    is_mirrored: bool = False
    _candidate: str | None = field(default=None, init=False)
    _since_s: float = field(default=0.0, init=False)
    _last: str | None = field(default=None, init=False)
    _last_s: float = field(default=-AGAIN_S, init=False)

    def advise(self, page: Page, reading: Reading, is_settled: bool, clock_s: float) -> str | None:
        """Give a hint if one has held for a while, and none was given a moment ago.

        Parameters
        ----------
        page : Page
        reading : Reading
            Of the same frame.
        is_settled : bool
            Whether a settled number is in view: then there is nothing to be helped.
        clock_s : float
            Of the watcher.

        Returns
        -------
        str or None
            One of `KEYS`.
        """
        candidate = None if is_settled else find_hint(page, reading)
        if candidate != self._candidate:
            self._candidate, self._since_s = candidate, clock_s
        if candidate is None or clock_s - self._since_s < HOLD_S or not self._is_due(candidate, clock_s):
            return None
        self._last, self._last_s = candidate, clock_s
        return self._mirror(candidate)

    def _is_due(self, candidate: str, clock_s: float) -> bool:
        return clock_s - self._last_s >= (AGAIN_S if candidate == self._last else EVERY_S)

    def _mirror(self, key: str) -> str:
        if not self.is_mirrored:
            return key
        swapped = {"left": "right", "right": "left", CUT["left"]: CUT["right"], CUT["right"]: CUT["left"]}
        return swapped.get(key, key)


def find_hint(page: Page, reading: Reading) -> str | None:
    """Say what keeps one frame from being read, the worst first; None where nothing seems to."""
    quality, frame = page.quality, page.frame
    if quality.brightness < DARKEST:
        return DARK
    written = [number.box for number in reading.numbers] + [refusal.box for refusal in reading.refused]
    side = page.cut_off[0] if page.cut_off else find_side(written, frame, TOUCHING_PX)
    if side:
        return CUT[side]
    if not written:
        return NOTHING
    if 0 < quality.digit_height_px < SMALLEST_PX:
        return CLOSER
    if quality.digit_height_px > LARGEST_SHARE * frame.height:
        return FARTHER
    if quality.sharpness < BLUREST:
        return BLURRED
    if quality.contrast < FAINTEST_CONTRAST:
        return FAINT
    side = find_side(written, frame, NEAR_SHARE * frame.height)
    if side:
        return AWAY[side]
    return None if reading.numbers else NOTHING


def find_side(boxes: list[Box], frame: Frame, within_px: float) -> str | None:
    """Say which of the picture's sides something written comes close to; None if none."""
    for box in boxes:
        room = {"left": box[0], "top": box[1], "right": frame.width - box[2], "bottom": frame.height - box[3]}
        side = min(room, key=lambda name: room[name])
        if room[side] <= within_px:
            return side
    return None
