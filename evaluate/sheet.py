"""Sheet: what was misread, so that a person sees why: the picture, what is written, what was read, and the patches."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import cv2
import numpy as np

from capture.frame import Frame
from evaluate.metrics import Read, Truth, align, find_mistakes, gather
from evaluate.suites import FolderResult, Picture
from preprocess.page import Layout, Page
from preprocess.patch import to_patch
from recognize.box import around
from recognize.evidence import find_patches
from recognize.reading import Box, Number, Reading
from train.data import Glyphs

if TYPE_CHECKING:
    from evaluate.pages import PagesResult

TILE_PX = 336
COLUMNS = 4
TILES_PER_SHEET = 80
GAP_PX = 14
CROP_PX = 110
WHOLE_PX = 240
LARGEST_ZOOM = 4.0
# Around a number's box, in heights of it; wide enough to show the digits that were left out.
MARGIN_ACROSS, MARGIN_DOWN = 1.2, 0.5
PATCH_PX = 56
PATCH_GAP_PX = 8
SMALL_PX, PLAIN_PX, LARGE_PX = 12, 14, 20
NORMAL, BOLD = 400, 700
_NOWHERE = "no such number"

Colour = tuple[int, int, int]
# BGR; from Okabe and Ito's palette, which colour-blind people tell apart too.
WHITE, BLACK, GREY, PALE = (255, 255, 255), (30, 30, 30), (120, 120, 120), (225, 225, 225)
WRONG, RIGHT, REFUSED = (0, 94, 213), (115, 158, 0), (0, 159, 230)


class Looks(Protocol):
    """What shows its work: a `Pipeline`, or what stands in for one."""

    def capture(self, source: Path, /) -> Frame:
        """Load a picture."""

    def prepare(self, frame: Frame, /) -> Page:
        """Make a page of it."""

    def read_page(self, page: Page, /) -> Reading:
        """Read the page."""


MakeLooker = Callable[[Layout], Looks]


@dataclass(frozen=True, eq=False)
class Case:
    """A picture that was misread: what is written on it, what the machine made of it, and what it read."""

    truth: Truth
    page: Page
    reading: Reading


@dataclass(frozen=True, eq=False)
class Patch:
    """What the classifier saw of one digit, and what it took it for.

    Parameters
    ----------
    seen : ndarray of float32, shape (28, 28, 1), or None
        None if it cannot be found again.
    words : str
        Below it.
    is_wrong : bool
    """

    seen: np.ndarray | None
    words: str = ""
    is_wrong: bool = False


@dataclass(frozen=True, eq=False)
class Tile:
    """One misread number, or all numbers of a picture that were not read.

    Parameters
    ----------
    file : str
    written, read : str
        `read` is empty where nothing was read.
    words : str
        The confidence, or the reason of a refusal.
    picture : ndarray of uint8, shape (h, w, 3)
        At most `TILE_PX` wide.
    patches : tuple of Patch
    """

    file: str
    written: str
    read: str
    words: str
    picture: np.ndarray
    patches: tuple[Patch, ...] = ()


# --- what was misread


def cases_of_folder(result: FolderResult, make: MakeLooker) -> Iterator[Case]:
    """Prepare the misread pictures of a folder again, as they were when they were read."""
    lookers: dict[Layout, Looks] = {}
    for picture in list_misread(result):
        if picture.layout not in lookers:
            lookers[picture.layout] = make(picture.layout)
        looker = lookers[picture.layout]
        if picture.reading is not None:
            yield Case(picture.truth, looker.prepare(looker.capture(picture.path)), picture.reading)


def list_misread(result: FolderResult) -> list[Picture]:
    """List the pictures of a folder that were opened and misread."""
    misread = {one.file for one in result.misread}
    return [one for one in result.pictures if one.truth.file in misread and one.reading is not None]


def cases_of_pages(result: "PagesResult", hands: Glyphs, make: MakeLooker) -> Iterator[Case]:
    """Draw the misread pages, or pairs, of one condition again, and read them as they were read.

    Parameters
    ----------
    result : PagesResult
    hands : Glyphs
        The digits that they were written with.
    make : callable
    """
    from evaluate.conditions import CONDITIONS, draw_page
    from evaluate.pairs import PAIRS, draw_pair

    condition = next((one for one in CONDITIONS if one.name == result.name), None)
    pairs = next((one for one in PAIRS if one.name == result.name), None)
    looker = make("page" if condition else "line")
    for misread in result.misread:
        number = int(misread.file.rsplit("-", 1)[1])
        if condition:
            drawing = draw_page(hands, condition, number)
        elif pairs:
            drawing = draw_pair(hands, pairs, number)
        else:
            return
        page = looker.prepare(drawing.frame)
        yield Case(drawing.truth, page, looker.read_page(page))


def make_tiles(case: Case) -> list[Tile]:
    """Make a tile of each number that was misread, and one of all that were not read."""
    truth, numbers = case.truth, case.reading.numbers
    read = gather([Read(number.text, number.confidence) for number in numbers], truth.is_line)
    mistakes = find_mistakes(truth, [number.text for number in read])
    tiles = []
    for i, j in mistakes:
        if j is not None:
            own = numbers if truth.is_line else numbers[j : j + 1]
            tiles.append(_tile_read(case, _NOWHERE if i is None else truth.numbers[i], read[j], own))
    missed = [truth.numbers[i] for i, j in mistakes if i is not None and j is None]
    return [*tiles, _tile_missed(case, missed)] if missed else tiles


def _tile_read(case: Case, written: str, read: Read, numbers: Sequence[Number]) -> Tile:
    """Make a tile of a number that was read as another, or where none is written."""
    digits = [digit for number in numbers for digit in number.digits]
    right = {j for _, j in align(written, read.text)[1]}
    patches = tuple(
        Patch(seen, f"{digit.value or '?'}  {digit.confidence:.2f}", place not in right)
        for place, (seen, digit) in enumerate(zip(find_patches(case.page, digits), digits, strict=True))
    )
    confidence = "" if read.confidence is None else f"confidence {read.confidence:.2f}"
    if case.truth.is_line:
        picture = _show_whole(case)
    else:
        picture = _crop(case.page.frame.image, around([number.box for number in numbers]))
    return Tile(case.truth.file, written, read.text, confidence, picture, patches)


def _tile_missed(case: Case, missed: Sequence[str]) -> Tile:
    """Make a tile of all numbers of a picture that were not read; with the pieces, where the picture is one number."""
    patches: tuple[Patch, ...] = ()
    words = ""
    if case.truth.is_line:
        patches = tuple(Patch(to_patch(piece.ink)) for run in case.page.runs for piece in run.pieces)
        reasons = dict.fromkeys(refusal.reason for refusal in case.reading.refused)
        words = "; ".join(reasons) or "nothing on it was taken for writing"
    return Tile(case.truth.file, "  ".join(missed), "", words, _show_whole(case), patches)


def _crop(image: np.ndarray, box: Box) -> np.ndarray:
    """Cut out what lies around a number, at a size at which it can be looked at."""
    left, top, right, bottom = box
    across, down = (max(4, round(margin * (bottom - top))) for margin in (MARGIN_ACROSS, MARGIN_DOWN))
    return _fit(image[max(0, top - down) : bottom + down, max(0, left - across) : right + across], CROP_PX)


def _show_whole(case: Case) -> np.ndarray:
    """Show a whole picture, with what was read and what was refused outlined where it is a page."""
    image = case.page.frame.image
    drawn = _fit(image, CROP_PX if case.truth.is_line else WHOLE_PX).copy()
    if case.truth.is_line:
        return drawn
    scale = drawn.shape[1] / image.shape[1]
    outlines = [(number.box, RIGHT) for number in case.reading.numbers]
    outlines += [(refusal.box, REFUSED) for refusal in case.reading.refused]
    for box, colour in outlines:
        left, top, right, bottom = (round(edge * scale) for edge in box)
        cv2.rectangle(drawn, (left, top), (right, bottom), colour, 1)
    return drawn


def _fit(image: np.ndarray, highest_px: int) -> np.ndarray:
    """Scale a picture to a tile's width or to a height, whichever comes first."""
    height, width = image.shape[:2]
    scale = min(TILE_PX / width, highest_px / height, LARGEST_ZOOM)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)


# --- the sheet


def draw_sheets(name: str, tiles: Sequence[Tile]) -> list[np.ndarray]:
    """Draw contact sheets of at most `TILES_PER_SHEET` tiles each: uint8 (h, w, 3)."""
    sheets = []
    for start in range(0, len(tiles), TILES_PER_SHEET):
        some = tiles[start : start + TILES_PER_SHEET]
        heading = f"{name}: what was misread, {start + 1} to {start + len(some)} of {len(tiles)}"
        sheets.append(_draw_sheet(heading, [_draw_tile(tile) for tile in some]))
    return sheets


def _draw_sheet(heading: str, tiles: Sequence[np.ndarray]) -> np.ndarray:
    """Lay tiles out in rows, below a heading."""
    width = COLUMNS * (TILE_PX + GAP_PX) + GAP_PX
    rows = [_blank(GAP_PX, width), _write(heading, LARGE_PX, BOLD, BLACK, width - GAP_PX), _blank(GAP_PX, width)]
    for start in range(0, len(tiles), COLUMNS):
        some = tiles[start : start + COLUMNS]
        tallest = max(map(len, some))
        cells = [_frame(np.vstack([tile, _blank(tallest - len(tile), TILE_PX)])) for tile in some]
        rows.append(np.hstack(cells))
    sheet = np.vstack([_pad(row, width) for row in rows])
    return cv2.copyMakeBorder(sheet, 0, 0, GAP_PX // 2, 0, cv2.BORDER_CONSTANT, value=WHITE)


def _draw_tile(tile: Tile) -> np.ndarray:
    """Stack a tile's words, picture and patches."""
    parts = [
        _write(tile.file, SMALL_PX, NORMAL, GREY),
        *(_write(line, PLAIN_PX, BOLD, BLACK) for line in _wrap(f"written  {tile.written}")),
        _write(f"read  {tile.read or 'nothing'}", PLAIN_PX, BOLD, WRONG),
        *([_write(tile.words, SMALL_PX, NORMAL, GREY)] if tile.words else []),
        _pad(tile.picture, TILE_PX),
        _blank(PATCH_GAP_PX, TILE_PX),
        *_draw_patches(tile.patches),
    ]
    return np.vstack(parts)


def _draw_patches(patches: Sequence[Patch]) -> Iterator[np.ndarray]:
    """Draw rows of patches, white on black as the classifier gets them."""
    across = TILE_PX // (PATCH_PX + PATCH_GAP_PX)
    for start in range(0, len(patches), across):
        cells = [_draw_patch(patch) for patch in patches[start : start + across]]
        yield _pad(np.hstack(cells), TILE_PX)


def _draw_patch(patch: Patch) -> np.ndarray:
    """Draw a patch in whole multiples of its pixels, framed, with what it was taken for below."""
    colour = WRONG if patch.is_wrong else PALE
    cell = np.full((PATCH_PX, PATCH_PX, 3), PALE, np.uint8)
    if patch.seen is not None:
        grey = (patch.seen[..., 0] * 255).round().astype(np.uint8)
        cell[:] = cv2.resize(grey, (PATCH_PX, PATCH_PX), interpolation=cv2.INTER_NEAREST)[..., None]
    cv2.rectangle(cell, (0, 0), (PATCH_PX - 1, PATCH_PX - 1), colour, 2)
    words = patch.words if patch.seen is not None else f"{patch.words} (lost)"
    label = _write(words, SMALL_PX, NORMAL, WRONG if patch.is_wrong else BLACK, PATCH_PX + PATCH_GAP_PX)
    return np.vstack([_pad(cell, PATCH_PX + PATCH_GAP_PX), label])


def _write(text: str, size_px: int, weight: int, colour: Colour, width: int = TILE_PX) -> np.ndarray:
    """Write one line, cut short where it is too long: uint8 (h, width, 3)."""
    shown = text
    while shown and _measure(shown, size_px, weight) > width:
        shown = shown[:-2] + "…" if len(shown) > 2 else ""
    line = _blank(round(1.5 * size_px), width)
    cv2.putText(line, shown, (0, round(1.1 * size_px)), colour, _font(), size_px, weight)
    return line


def _wrap(text: str) -> list[str]:
    """Break words into lines that a tile has room for."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]}  {word}".strip()
        if lines[-1] and _measure(longer, PLAIN_PX, BOLD) > TILE_PX:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _measure(text: str, size_px: int, weight: int) -> int:
    """Width of a text, px."""
    left, _, width, _ = cv2.getTextSize((0, 0), text, (0, 0), _font(), size_px, weight)
    return int(left + width)


def _font() -> cv2.FontFace:
    """Load the font that OpenCV carries, which has more than ASCII."""
    return cv2.FontFace("sans")


def _frame(tile: np.ndarray) -> np.ndarray:
    """Set a tile off from its neighbours: a line above it, and space around it."""
    line = np.full((1, TILE_PX, 3), PALE, np.uint8)
    whole = np.vstack([line, _blank(GAP_PX // 2, TILE_PX), tile, _blank(GAP_PX // 2, TILE_PX)])
    return cv2.copyMakeBorder(whole, 0, 0, GAP_PX // 2, GAP_PX // 2, cv2.BORDER_CONSTANT, value=WHITE)


def _pad(picture: np.ndarray, width: int) -> np.ndarray:
    """Give a picture a width, at its right."""
    return cv2.copyMakeBorder(picture, 0, 0, 0, width - picture.shape[1], cv2.BORDER_CONSTANT, value=WHITE)


def _blank(height: int, width: int) -> np.ndarray:
    return np.full((height, width, 3), 255, np.uint8)


def tile_all(cases: Iterable[Case], report: Callable[[int], None] = lambda done: None) -> list[Tile]:
    """Make the tiles of all cases, and tell how many cases are done as it goes."""
    tiles = []
    for done, case in enumerate(cases, 1):
        tiles += make_tiles(case)
        report(done)
    return tiles
