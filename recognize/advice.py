"""Advice: what would make the next picture easier to read, and what was wrong with this one."""

from preprocess.page import Page
from recognize.box import room_to_edge
from recognize.reading import Box, Number

SMALLEST_HEIGHT_PX = 8.0
DARKEST = 30.0
FAINTEST_CONTRAST = 0.12
BLUREST = 0.12
AT_EDGE_PX = 1
CUT_OFF = "cut off at the edge"


def give_advice(page: Page, numbers: tuple[Number, ...]) -> tuple[str, ...]:
    """Say what would make the next picture easier to read, worst first."""
    quality = page.quality
    advice = []
    if not page.runs:
        if quality.brightness < DARKEST:
            advice.append("too dark: more light is needed")
        advice.append("nothing is written here: show a number")
        return tuple(advice)
    if 0 < quality.digit_height_px < SMALLEST_HEIGHT_PX:
        advice.append(f"hold closer: digits are {quality.digit_height_px:.0f} px high, need {SMALLEST_HEIGHT_PX:.0f}")
    if quality.brightness < DARKEST and not numbers:
        advice.append("too dark: more light is needed")
    if quality.contrast < FAINTEST_CONTRAST:
        advice.append("faint: a darker pen or more light is needed")
    if _is_blurred(page) and min((n.confidence for n in numbers), default=0) < 0.8:
        advice.append("blurred: hold still, or let the camera focus")
    if not numbers and not advice:
        advice.append("no number in view: what is here holds no digit")
    return tuple(advice)


def find_fault(page: Page, box: Box, height_px: float) -> str | None:
    """Say what the picture itself lacks where something could not be read.

    Parameters
    ----------
    page : Page
    box : (int, int, int, int)
        Of what could not be read, px of the frame.
    height_px : float
        How high its digits are, px of the frame.

    Returns
    -------
    str or None
        None where the picture is not to blame.
    """
    if height_px < SMALLEST_HEIGHT_PX:
        return f"{height_px:.0f} px high, needs {SMALLEST_HEIGHT_PX:.0f}"
    if room_to_edge(box, (page.frame.width, page.frame.height)) < AT_EDGE_PX:
        return CUT_OFF
    return "too blurred" if _is_blurred(page) else None


def _is_blurred(page: Page) -> bool:
    """Say whether strokes have no edges; small digits never have."""
    quality = page.quality
    return quality.contrast > 0 and quality.sharpness < BLUREST and quality.digit_height_px >= SMALLEST_HEIGHT_PX
