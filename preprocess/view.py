"""View: a frame at the size at which it is worked on, with its light evened and its ink found."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from preprocess import ink, levels, light, sheet, skew
from preprocess.lines import Components, find_components

LONGEST_SIDE_PX = 2000
COMFORTABLE_SIDE_PX = 1000
# One number alone fills less: zoomed further, the pattern of its paper would be as strong as its strokes.
COMFORTABLE_LINE_PX = 400
LARGEST_ZOOM = 4
# Pixels of the frame to one of the view: what is zoomed farther is not searched for shadows.
FARTHEST_ZOOMED = 0.5
# A large picture is shrunk by a whole factor if that brings it to its size but for such a share.
ABOUT = 0.1
# The smallest that webcams give, and a little less; no strip, whose cells and frames would be as slim as its pen.
WEBCAM_PX, SLIMMEST_FRAME = 580, 0.4
# What is written as high as that in a webcam's frame is read as well as it is; what is lower, with the frame zoomed to
# about so many px. Where most is no higher than the third, it is the remains of a ruling.
HIGH_ENOUGH_PX, ZOOMED_SIDE_PX, REMAINS_PX = 26, 1280, 13
ZOOM = 1.5
# A pen that is at least this wide at half the size is as well read there, in a quarter of the time.
WIDE_PEN_PX = 3
THIN_SHARE = 0.12
# What is smaller than that when it is looked at coarsely deserves a closer look: underlines, cells, gaps.
SMALLEST_BODY_PX = 36
SPECK_PX = 6


@dataclass(frozen=True, eq=False)
class View:
    """What the pixels of a frame say, before anything is taken for writing.

    Parameters
    ----------
    grey : ndarray of uint8, shape (h, w)
        Dark ink on light paper; what lies beside the sheet is painted as paper.
    beside : ndarray of uint8, shape (h, w), or None
        255 beside the sheet and along its rim, where one stands out from what it lies on.
    polarity : str
        "dark on light" or "light on dark": what it was before.
    brightness : float
        Of the paper or board as it was, 0-255.
    contrast, ink, mask, faint : ndarray of uint8, shape (h, w)
        From `light.measure_contrast` and `ink.threshold_ink`.
    to_frame : ndarray of float64, shape (3, 3)
        From the view's pixels to the frame's.
    """

    grey: np.ndarray
    beside: np.ndarray | None
    polarity: str
    brightness: float
    contrast: np.ndarray
    ink: np.ndarray
    mask: np.ndarray
    faint: np.ndarray
    to_frame: np.ndarray

    @property
    def window(self) -> tuple[int, int, int, int]:
        """Where the sheet is, px: left, top, right, bottom; all of the view where none stands out."""
        if self.beside is None:
            return 0, 0, *self.mask.shape[::-1]
        left, top, width, height = cv2.boundingRect(cv2.bitwise_not(self.beside))
        return left, top, left + width, top + height

    @cached_property
    def components(self) -> Components:
        """Connected components of the mask, labelled once."""
        return find_components(self.mask)


def look_at(image: np.ndarray, is_page: bool = True, closely: bool = False) -> View:
    """Look at a picture, coarsely if its pen is wide and its writing large enough for that.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
        BGR.
    is_page : bool
        Whether many numbers may be on it, and a desk or a wall around it; or one number is all there is.
    closely : bool
        Whether it is known that a coarse look will not do.
    """
    longest = min(max(image.shape[:2]), LONGEST_SIDE_PX)
    if is_page and WEBCAM_PX <= longest < COMFORTABLE_SIDE_PX and min(image.shape[:2]) >= SLIMMEST_FRAME * longest:
        return look_at_small(image, closely)
    if longest >= COMFORTABLE_SIDE_PX and not closely:
        coarse = look_closely(*fit_grey(image, coarse_side(longest)), is_page)
        # Ink's threshold makes strokes slim, half of it shows what is so pale that it hardly survived.
        is_thin = has_thin_strokes(coarse.mask) or has_thin_strokes(coarse.faint)
        if not is_thin and not 0 < typical_height(coarse) < SMALLEST_BODY_PX:
            return coarse
    zoomed_px = COMFORTABLE_SIDE_PX if is_page else COMFORTABLE_LINE_PX
    return look_closely(*fit_grey(image, zoomed_px=zoomed_px), is_page)


def look_at_small(image: np.ndarray, closely: bool = False) -> View:
    """Look at a page of a webcam's size as it is if its writing is high enough for that, else zoom it.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
        BGR, `WEBCAM_PX` to `COMFORTABLE_SIDE_PX` long.
    closely : bool
        Whether it is known that it has to be zoomed.
    """
    longest = max(image.shape[:2])
    height = 0.0
    if not closely:
        as_it_is = look_closely(*fit_grey(image, zoomed_px=coarse_side(longest)))
        height = typical_height(as_it_is)
        if height >= HIGH_ENOUGH_PX:
            return as_it_is
    return look_closely(*fit_grey(image, zoomed_px=ZOOMED_SIDE_PX if height > REMAINS_PX else round(ZOOM * longest)))


def coarse_side(longest_px: int) -> int:
    """Say how long a picture is that is looked at coarsely."""
    return longest_px // 2 if longest_px >= COMFORTABLE_SIDE_PX else longest_px


def look_closely(mixed: np.ndarray, to_frame: np.ndarray, is_page: bool = True) -> View:
    """Even the light of a grey picture, and find its ink."""
    grey, background, beside, polarity, brightness = even_light(mixed, surrounded=is_page)
    # Zoomed far, a blurred pen's edges are as soft as a shadow's.
    if is_page and polarity == "dark on light" and to_frame[0, 0] >= FARTHEST_ZOOMED:
        background = light.follow_shadows(grey, background)
    contrast = light.measure_contrast(grey, background)
    return View(grey, beside, polarity, brightness, contrast, *find_ink(contrast, beside), to_frame)


def find_ink(contrast: np.ndarray, beside: np.ndarray | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find the ink that is not beside the sheet: soft, its mask, and the mask of what is faint too."""
    soft, mask, faint = ink.threshold_ink(contrast)
    if beside is not None:
        mask, faint = cv2.subtract(mask, beside), cv2.subtract(faint, beside)
    return soft, mask, faint


def straighten(view: View) -> tuple[View, float]:
    """Turn a view until its paper's ruling is level: the whole of it, and by how many degrees clockwise.

    Parameters
    ----------
    view : View
        It is left as it is where it is not ruled, or nearly level.
    """
    left, top, right, bottom = view.window
    degrees = skew.estimate_tilt(view.faint[top:bottom, left:right])
    if not degrees:
        return view, 0.0
    contrast, turn = skew.turn_page(view.contrast, degrees, whole=True)
    grey, _ = skew.turn_page(view.grey, degrees, whole=True, corners=None)
    beside = view.beside
    if beside is not None:
        beside, _ = skew.turn_page(beside, degrees, whole=True, corners=255)
    soft, mask, faint = find_ink(contrast, beside)
    to_frame = view.to_frame @ np.linalg.inv(turn)
    turned = View(grey, beside, view.polarity, view.brightness, contrast, soft, mask, faint, to_frame)
    return turned, degrees


def has_thin_strokes(mask: np.ndarray) -> bool:
    """Say whether a good part of the strokes is less than `WIDE_PEN_PX` wide.

    What an opening takes away is set against the outlines' length, so that a blot, which has much ink and little
    outline, does not hide what is written beside it.

    Parameters
    ----------
    mask : ndarray of uint8, shape (h, w)
        255 where there is ink, or may be.
    """
    core = cv2.erode(mask, np.ones((WIDE_PEN_PX, WIDE_PEN_PX), np.uint8))
    kept = cv2.dilate(core, np.ones((WIDE_PEN_PX, WIDE_PEN_PX), np.uint8))
    ink_px, core_px, kept_px = (cv2.countNonZero(picture) for picture in (mask, core, kept))
    return ink_px - kept_px > THIN_SHARE * (ink_px - core_px)


def typical_height(view: View) -> float:
    """Find how high most of what is written is, px, specks and the sheet's edge left out; 0 if there is nothing."""
    found = view.components
    if view.beside is not None:
        found = sheet.drop_touching(found, view.mask, view.beside)
    heights = found.heights[found.heights >= SPECK_PX]
    return float(np.median(heights)) if len(heights) else 0.0


def fit_grey(
    image: np.ndarray, longest_px: int = LONGEST_SIDE_PX, zoomed_px: int = COMFORTABLE_SIDE_PX
) -> tuple[np.ndarray, np.ndarray]:
    """Mix a picture's channels, bring it to a size at which strokes are a few pixels wide, and say how to get back.

    Larger ones are averaged down to `longest_px`, small ones zoomed to about `zoomed_px`. Channels are mixed where
    there are fewer pixels to mix.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
        BGR.

    Returns
    -------
    grey : ndarray of uint8, shape (h, w)
    to_frame : ndarray of float64, shape (3, 3)
        From its pixels to the picture's.
    """
    longest = max(image.shape[:2])
    if longest > longest_px:
        step = choose_step(longest, longest_px)
        image = shrink_wholly(image, step)
        left_px = max(image.shape[:2])
        scale = 1.0 if abs(left_px - longest_px) <= ABOUT * longest_px else longest_px / left_px
    else:
        scale, step = choose_zoom(longest, zoomed_px), 1
    height, width = image.shape[:2]
    if scale == 1:
        return light.mix_channels(image), np.diag([step, step, 1.0])
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if scale < 1:
        grey = light.mix_channels(cv2.resize(image, size, interpolation=cv2.INTER_AREA))
    else:
        grey = cv2.resize(light.mix_channels(image), size, interpolation=cv2.INTER_CUBIC)
    # Pixel centres: (x + 0.5) * scale - 0.5 on the way in; boxes are edges, so edges are what is mapped.
    return grey, np.diag([step * width / size[0], step * height / size[1], 1.0])


def choose_step(longest_px: int, wanted_px: int) -> int:
    """Choose the whole factor that brings a side to about another, or to no less than that."""
    step = round(longest_px / wanted_px)
    return step if abs(longest_px / step - wanted_px) <= ABOUT * wanted_px else longest_px // wanted_px


def shrink_wholly(image: np.ndarray, step: int) -> np.ndarray:
    """Average squares of so many px: halving takes a tenth of the time that any other factor takes.

    What is left over at the right and below, less than a square, is cut off.
    """
    height, width = (max(side // step, 1) for side in image.shape[:2])
    image = image[: height * step, : width * step]
    while step > 1:
        factor = 2 if step % 2 == 0 else step
        step //= factor
        image = cv2.resize(image, (width * step, height * step), interpolation=cv2.INTER_AREA)
    return image


def choose_zoom(longest_px: int, zoomed_px: int) -> float:
    """Choose by how much a small picture is zoomed: by a whole factor, and from a webcam's size on by halves."""
    steps = 2 if longest_px >= WEBCAM_PX else 1
    return float(np.clip(round(steps * zoomed_px / longest_px) / steps, 1, LARGEST_ZOOM))


def even_light(
    mixed: np.ndarray, surrounded: bool = True
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None, str, float]:
    """Brighten a grey picture, find the sheet, and turn chalk on a board into pen on paper.

    Returns
    -------
    grey, background : ndarray of uint8, shape (H, W)
    beside : ndarray of uint8, shape (H, W), or None
    polarity : str
    brightness : float
        As in `View`.
    """
    grey, gain = light.brighten(mixed)
    beside = None
    if surrounded:
        grey, beside = sheet.isolate(grey)
    background = light.estimate_background(grey)
    brightness = levels.median(light.thumbnail(background, light.POLARITY_SIDE_PX)) / gain
    if light.is_light_on_dark(grey, background):
        return cv2.bitwise_not(grey), cv2.bitwise_not(background), beside, "light on dark", brightness
    return grey, background, beside, "dark on light", brightness
