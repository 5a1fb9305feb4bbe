"""Light: one grey picture with even light and dark ink, whatever lamp, paper, pen or board was used."""

import cv2
import numpy as np

from preprocess.levels import level_below, median

BACKGROUND_SIDE_PX = 160
BACKGROUND_WINDOW = 0.3
DARKEST_PAPER = 48
POLARITY_SIDE_PX = 240
LIGHTEST_BOARD = 160
# Chalk on a board is light, however little there is of it; where nothing is, the picture is too dark.
LIGHTEST_SHARE, LIGHT, BRIGHTENED, LARGEST_GAIN = 0.999, 140, 220, 6.0
# Brightened so much, single steps of grey and a sensor's noise are as strong as pale ink; strokes are stronger.
# A shadow is wider than any pen, as a share of the picture's side, and darker than the paper, as a share of that.
SHADOW_SIDE_PX, WIDEST_PEN, DARKER, LEAST_DARKER = 320, 0.075, 0.1, 8
# It is at least such a share of the picture, and its edge is soft: of its depth, so much at most is one pixel's step.
SMALLEST_SHADOW, SOFT, RIM_PX = 0.003, 0.38, 7
# Along a picture's rim light falls off if one side is so many times as light as the one across from it; how it falls
# off is reckoned from every so-manieth of the rim's pixels, so often, and less by those that are off it by more.
RIM_SHARE, FALLS, RIM_STEP, RIM_ROUNDS, LEAST_OFF = 0.06, 1.2, 3, 3, 0.05
# What is darker tells nothing of the light: it is black in any.
BLACK = 12
# Paper is smooth but for its ink, whose pixels are fewer than half; the closing left out more of wood, for its grain.
GRAINY = 0.14
GRAINY_GAIN, GRAIN_WINDOW_PX, GRAIN_PX, GRAIN_STEP = 5.0, 9, 3.0, 80


def mix_channels(image: np.ndarray) -> np.ndarray:
    """Mix the colour channels so that this picture's ink stands out most.

    The weights are each channel's own share in the strong deviations from the local background, measured on a
    thumbnail: a matched filter, so that blue ink is looked at through red, and red ink through blue and green.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
        BGR.

    Returns
    -------
    ndarray of uint8, shape (H, W)
    """
    small = thumbnail(image, BACKGROUND_SIDE_PX)
    deviation = cv2.absdiff(small, cv2.blur(small, (15, 15)))
    strength = cv2.max(cv2.max(deviation[..., 0], deviation[..., 1]), deviation[..., 2])
    strong = deviation[strength >= max(8, level_below(strength, 0.97))]
    weights = strong.mean(axis=0) if len(strong) else np.ones(3)
    weights = 0.15 + weights / max(float(weights.max()), 1e-6)
    # One by one they come in half the time that all take at once.
    blue, green, red = (cv2.extractChannel(image, channel) for channel in range(3))
    first = float(weights[0] / (weights[0] + weights[1]))
    third = float(weights[2] / weights.sum())
    return cv2.addWeighted(cv2.addWeighted(blue, first, green, 1 - first, 0), 1 - third, red, third, 0)


def brighten(grey: np.ndarray) -> tuple[np.ndarray, float]:
    """Bring a picture taken in the dark to where its lightest parts are light: the picture, and its gain.

    What is told by steps of grey, a sheet on a desk or chalk on a board, is told by them in any light then. The grain
    that comes out in the dark is smoothed, and edges are left (Tomasi and Manduchi 1998).
    """
    lightest = level_below(thumbnail(grey, POLARITY_SIDE_PX), LIGHTEST_SHARE)
    if lightest >= LIGHT:
        return grey, 1.0
    gain = min(BRIGHTENED / max(lightest, 1), LARGEST_GAIN)
    brightened = cv2.convertScaleAbs(grey, alpha=gain)
    if gain >= GRAINY_GAIN:
        brightened = cv2.bilateralFilter(brightened, GRAIN_WINDOW_PX, GRAIN_STEP, GRAIN_PX)
    return brightened, gain


def estimate_background(grey: np.ndarray) -> np.ndarray:
    """Estimate what the paper alone would look like: a wide median, taken on a thumbnail.

    Parameters
    ----------
    grey : ndarray of uint8, shape (H, W)

    Returns
    -------
    ndarray of uint8, shape (H, W)
    """
    small = thumbnail(grey, BACKGROUND_SIDE_PX)
    window = int(BACKGROUND_WINDOW * min(small.shape)) | 1
    smooth = cv2.medianBlur(small, max(window, 3)) if min(small.shape) >= 3 else small
    smooth = cv2.blur(smooth, (window // 4 | 1, window // 4 | 1))
    return cv2.resize(smooth, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_LINEAR)


def level_light(small: np.ndarray) -> np.ndarray | None:
    """Take out light that falls off from one side of a picture to the other, as its rim tells, which is mostly desk.

    Parameters
    ----------
    small : ndarray of uint8, shape (h, w)
        A thumbnail.

    Returns
    -------
    ndarray of uint8, shape (h, w), or None
        None where its sides are about as light as each other.
    """
    rim = max(2, round(RIM_SHARE * min(small.shape)))
    if min(small.shape) < 4 * rim or not _falls_off(small, rim):
        return None
    rows, columns = np.mgrid[tuple(slice(-1, 1, side * 1j) for side in small.shape)]
    is_rim = np.ones(small.shape, bool)
    is_rim[rim:-rim, rim:-rim] = False
    places = np.flatnonzero(is_rim)[::RIM_STEP]
    # Light that falls off is divided by; of logarithms, that is a plane.
    plane = np.stack([np.ones(len(places)), rows.flat[places], columns.flat[places]], axis=1)
    levels = np.log(np.maximum(small.flat[places], BLACK).astype(np.float64))
    trust = np.ones(len(places))
    for _ in range(RIM_ROUNDS):
        fitted = np.linalg.lstsq(plane * trust[:, None], levels * trust, rcond=None)[0]
        trust = np.maximum(np.abs(levels - plane @ fitted), LEAST_OFF) ** -0.5
    leveled = small * np.exp(-fitted[1] * rows - fitted[2] * columns)
    return np.clip(leveled, 0, 255).astype(np.uint8)


def _falls_off(small: np.ndarray, rim: int) -> bool:
    """Say whether one side's rim is clearly lighter than that across from it."""
    across = (small[:rim], small[-rim:]), (small[:, :rim], small[:, -rim:])
    pairs = [sorted(median(side) for side in sides) for sides in across]
    return any(lighter > FALLS * darker for darker, lighter in pairs)


def follow_shadows(grey: np.ndarray, background: np.ndarray) -> np.ndarray:
    """Darken the paper where a shadow with an edge falls on it, which a wide median does not follow.

    A closing that is wider than any pen leaves shadows and what is filled; shadows have soft edges.

    Parameters
    ----------
    grey : ndarray of uint8, shape (H, W)
        Dark ink on light paper.
    background : ndarray of uint8, shape (H, W)
        From `estimate_background`.

    Returns
    -------
    ndarray of uint8, shape (H, W)
        The same where there is no such shadow.
    """
    small, paper = thumbnail(grey, SHADOW_SIDE_PX), thumbnail(background, SHADOW_SIDE_PX)
    reach = int(WIDEST_PEN * max(small.shape)) | 1
    window = np.ones((reach, reach), np.uint8)
    smooth = cv2.medianBlur(small, 3)
    closed = cv2.morphologyEx(smooth, cv2.MORPH_CLOSE, window)
    depth = cv2.subtract(paper, closed)
    dark = ((depth > DARKER * paper) & (depth > LEAST_DARKER)).astype(np.uint8)
    if cv2.countNonZero(dark) < SMALLEST_SHADOW * dark.size:
        return background
    shadows = _pick_shadows(dark, depth, closed, cv2.subtract(closed, smooth))
    if not shadows.any():
        return background
    near = cv2.dilate(shadows, window)
    cv2.copyTo(cv2.min(paper, closed), near, paper)
    followed = cv2.resize(cv2.blur(paper, (3, 3)), grey.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return cv2.min(background, followed)


def _pick_shadows(dark: np.ndarray, depth: np.ndarray, closed: np.ndarray, grain: np.ndarray) -> np.ndarray:
    """Pick those regions of a mask that are large, have soft edges, and are no desk's grain: a mask of them, uint8."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=4)
    large = 1 + np.flatnonzero(stats[1:, cv2.CC_STAT_AREA] >= SMALLEST_SHADOW * dark.size)
    along, across = (cv2.Sobel(closed, cv2.CV_32F, *order, ksize=3, scale=0.125) for order in ((1, 0), (0, 1)))
    kernel = np.ones((RIM_PX, RIM_PX), np.uint8)
    steepest = cv2.dilate(cv2.magnitude(along, across), kernel)
    is_shadow = np.zeros(count, np.uint8)
    for number in large:
        region = (labels == number).astype(np.uint8)
        rim = cv2.morphologyEx(region, cv2.MORPH_GRADIENT, kernel) > 0
        deep = np.percentile(depth[region > 0], 75)
        is_paper = np.median(grain[region > 0]) <= GRAINY * np.median(closed[region > 0])
        is_shadow[number] = is_paper and float(np.median(steepest[rim])) < SOFT * deep
    return is_shadow[labels] * np.uint8(255)


def is_light_on_dark(grey: np.ndarray, background: np.ndarray) -> bool:
    """Tell chalk on a board from pen on paper: which side of the background the strongest strokes lie on."""
    paper = thumbnail(background, POLARITY_SIDE_PX)
    deviation = thumbnail(grey, POLARITY_SIDE_PX).astype(np.float32) - paper
    return float((deviation * deviation * deviation).sum()) > 0 and median(paper) < LIGHTEST_BOARD


def measure_contrast(grey: np.ndarray, background: np.ndarray) -> np.ndarray:
    """Say how much darker than its paper each pixel is: the shadow is divided out.

    Returns
    -------
    ndarray of uint8, shape (H, W)
        0 = paper, 255 = black.
    """
    # OpenCV's takes a tenth of the time that numpy's takes; its stubs know of two pictures only.
    paper = cv2.max(background, DARKEST_PAPER)  # type: ignore[call-overload]
    darker = cv2.subtract(background, grey)
    return cv2.divide(darker, paper, scale=255.0)


def thumbnail(image: np.ndarray, side_px: int) -> np.ndarray:
    """Shrink so that the longer side is at most `side_px`, by taking every so-manieth pixel.

    Light, paper and sheet are told by medians and means of neighbourhoods, for which a sample will do; averaging
    all of a photo's pixels would take longer than all else that is done with them.
    """
    skip = -(-max(image.shape[:2]) // side_px)
    return np.ascontiguousarray(image[::skip, ::skip])
