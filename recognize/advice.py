"""Advice: what would make the next picture easier to read."""

from preprocess.page import Page
from recognize.reading import Number

SMALLEST_HEIGHT_PX = 8.0
DARKEST = 50.0
FAINTEST_CONTRAST = 0.12
BLUREST = 0.12


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
    if (
        quality.sharpness < BLUREST
        and quality.digit_height_px >= SMALLEST_HEIGHT_PX
        and min((n.confidence for n in numbers), default=0) < 0.8
    ):
        advice.append("blurred: hold still, or let the camera focus")
    if not numbers and not advice:
        advice.append("no number in view: what is here holds no digit")
    return tuple(advice)
