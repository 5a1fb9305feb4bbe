"""Rules: ruled and squared paper, table lines and underlines, taken away with the crossing strokes repaired."""

from dataclasses import dataclass

import cv2
import numpy as np

FLAT_PX = 24
SQUEEZE = 8
LEAST_SOUND, FEWEST_SOUND = 0.6, 3
LARGEST_WAVE = 0.8
LONG_COURSE = 60
FILLED_SHARE = 0.42
# A line counts as ruling by how much of the picture's side it spans, and how slim it is for that.
ACROSS, SLIM_ACROSS = 0.88, 12
LONG, SLIM_LONG = 0.5, 22
FAMILY, SLIM_FAMILY, FAMILY_SIZE = 0.22, 14, 3
SAME_END, SAME_SHARE = SQUEEZE, 0.1
SAME_LINE_PX = 6


@dataclass(frozen=True, eq=False)
class Rule:
    """One ruled line, nearly along the rows of its mask.

    Parameters
    ----------
    start, stop : int
        Its first column, and the one after its last.
    course : Polynomial
        Its middle's row at a column.
    thickness : float
        Px.
    """

    start: int
    stop: int
    course: np.polynomial.Polynomial
    thickness: float

    @property
    def length(self) -> int:
        """Length in px."""
        return self.stop - self.start


def find_both(
    mask: np.ndarray, upright_too: bool = True, slimness: float = 1.0, families: bool = True
) -> tuple[list[Rule], list[Rule]]:
    """Find the level and the upright ruled lines of a mask; of the upright ones, rows and columns are swapped.

    Parameters
    ----------
    mask : ndarray of uint8, shape (H, W)
        The mask that lines are looked for in: printed ruling is often paler than the pen.
    upright_too : bool
        Whether upright lines are looked for; in a picture of one number, a tall line is a 1.
    slimness : float
        How slim lines have to be, as a factor: less where they are known to be lines.
    families : bool
        Whether short lines that begin and end together are a table's; so do the arches of noughts that are all there
        is in a picture.
    """
    level = find_rules(mask, slimness, families)
    return level, find_rules(_turn(mask), slimness, families) if upright_too else []


def remove_rules(
    ink: np.ndarray, mask: np.ndarray, level: list[Rule], upright: list[Rule]
) -> tuple[np.ndarray, np.ndarray]:
    """Take straight lines that are longer than any digit is wide or tall out of the ink.

    Parameters
    ----------
    ink, mask : ndarray of uint8, shape (H, W)
        From `ink.threshold_ink`.
    level, upright : list of Rule
        From `find_both`.

    Returns
    -------
    ink, mask : ndarray of uint8, shape (H, W)
        Without the lines; where a stroke crossed one, the stroke is still there.
    """
    if not level and not upright:
        return ink, mask
    horizontal = draw_rules(level, mask.shape)
    vertical = _turn(draw_rules(upright, (mask.shape[1], mask.shape[0])))
    level_cut = spare_strokes(mask, horizontal, vertical, level)
    upright_cut = _turn(spare_strokes(_turn(mask), _turn(vertical), _turn(horizontal), upright))
    lines = cv2.bitwise_or(level_cut, upright_cut)
    clean = cv2.bitwise_and(mask, cv2.bitwise_not(lines))
    # A stroke is mended only where its two ends on both sides of a line are there.
    bridges = cv2.bitwise_or(
        bridge_gaps(clean, level_cut, level), _turn(bridge_gaps(_turn(clean), _turn(upright_cut), upright))
    )
    clean = drop_crumbs(cv2.bitwise_or(clean, cv2.bitwise_and(bridges, mask)), level, upright)
    halo = cv2.bitwise_and(cv2.dilate(clean, np.ones((3, 3), np.uint8)), cv2.bitwise_not(lines))
    return cv2.bitwise_and(ink, cv2.bitwise_or(clean, halo)), clean


def columns_at(standing: list[Rule], row: float) -> np.ndarray:
    """Columns at a row of upright rules that stand there, px from left to right, each line once.

    Parameters
    ----------
    standing : list of Rule
        Their columns and rows swapped, as `find_both` gives upright ones.
    row : float
    """
    columns = np.sort([float(rule.course(row)) for rule in standing])
    # A line may have been found as the page's and as a box's.
    return columns[np.diff(columns, prepend=-np.inf) > SAME_LINE_PX]


def turn_upright(rule: Rule, matrix: np.ndarray) -> Rule:
    """Move an upright rule as its page is turned.

    Parameters
    ----------
    rule : Rule
        Its columns and rows swapped, as `find_both` gives upright ones.
    matrix : ndarray of float64, shape (3, 3)
        From the page's old pixels to its new ones.
    """
    rows = np.linspace(rule.start, rule.stop, 4 * (rule.course.degree() + 1))
    columns, turned, _ = matrix @ np.stack([rule.course(rows), rows, np.ones(len(rows))])
    course = np.polynomial.Polynomial.fit(turned, columns, rule.course.degree())
    return Rule(round(float(turned.min())), round(float(turned.max())), course, rule.thickness)


def find_rules(mask: np.ndarray, slimness: float = 1.0, families: bool = True) -> list[Rule]:
    """Find the (nearly) horizontal ruled lines of a mask.

    What is level for `FLAT_PX` is squeezed sideways, so that a line stays connected though it climbs.
    """
    columns = mask.shape[1] // SQUEEZE
    if columns < 4:
        return []
    flat = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((1, FLAT_PX), np.uint8))
    squeezed = np.ascontiguousarray(cv2.blur(flat, (SQUEEZE, 1))[:, SQUEEZE // 2 : columns * SQUEEZE : SQUEEZE])
    filled = cv2.threshold(squeezed, int(255 * FILLED_SHARE), 255, cv2.THRESH_BINARY)[1]
    filled = cv2.morphologyEx(filled, cv2.MORPH_CLOSE, np.ones((1, 3), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(filled, connectivity=8)
    rules = []
    for label in np.flatnonzero(stats[:, cv2.CC_STAT_WIDTH] >= FAMILY * columns):
        if label:
            left, top, wide, tall = (int(v) for v in stats[label, :4])
            own = labels[top : top + tall, left : left + wide] == label
            rule = _follow(own, left, top)
            if rule is not None:
                rules.append(rule)
    return choose_rules(rules, mask.shape[1], slimness, families)


def choose_rules(candidates: list[Rule], side_px: int, slimness: float = 1.0, families: bool = True) -> list[Rule]:
    """Keep what is ruling: lines right across, long slim ones, and families of at least `FAMILY_SIZE`."""

    def is_rule(rule: Rule, share: float, slim: float) -> bool:
        return rule.length >= share * side_px and rule.length >= slimness * slim * rule.thickness

    def count_alike(rule: Rule, among: list[Rule]) -> int:
        near = max(SAME_END, SAME_SHARE * rule.length)
        return sum(max(abs(rule.start - other.start), abs(rule.stop - other.stop)) <= near for other in among)

    slim = [rule for rule in candidates if is_rule(rule, FAMILY, SLIM_FAMILY)]
    family = [rule for rule in slim if rule.length >= LONG * side_px or count_alike(rule, slim) >= FAMILY_SIZE]
    if families and len(family) >= FAMILY_SIZE:
        # The sides of a table's cells begin and end together, however thick one of them came out.
        return [rule for rule in candidates if rule in family or count_alike(rule, family) >= FAMILY_SIZE]
    return [rule for rule in candidates if is_rule(rule, ACROSS, SLIM_ACROSS) or is_rule(rule, LONG, SLIM_LONG)]


def spare_strokes(mask: np.ndarray, lines: np.ndarray, crossing: np.ndarray, rules: list[Rule]) -> np.ndarray:
    """Take from drawn horizontal lines what is more than a line: ink that reaches far beyond its thickness.

    Parameters
    ----------
    mask, lines : ndarray of uint8, shape (H, W)
        All ink, and the horizontal lines as they are drawn.
    crossing : ndarray of uint8, shape (H, W)
        The vertical lines, which reach far beyond too, and are no strokes.
    rules : list of Rule
        What `lines` was drawn of.
    """
    if not rules:
        return lines
    reach = int(2.2 * float(np.median([rule.thickness for rule in rules]))) + 5
    ink = cv2.bitwise_and(mask, cv2.bitwise_not(crossing))
    strokes = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((reach, 1), np.uint8))
    return cv2.bitwise_and(lines, cv2.bitwise_not(strokes))


def drop_crumbs(clean: np.ndarray, level: list[Rule], upright: list[Rule]) -> np.ndarray:
    """Drop what is left of lines whose edges are rough: the components that lie wholly on one's course."""
    band = draw_rules(level, clean.shape, 1.2, right_across=True)
    band = cv2.bitwise_or(band, _turn(draw_rules(upright, (clean.shape[1], clean.shape[0]), 1.2, right_across=True)))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(clean, connectivity=8)
    inside = np.bincount(labels[band > 0], minlength=count)
    keep = np.where(inside < 0.9 * stats[:, cv2.CC_STAT_AREA], 255, 0).astype(np.uint8)
    keep[0] = 0
    return keep[labels]


def draw_rules(rules: list[Rule], shape: tuple[int, ...], wider: float = 0.5, right_across: bool = False) -> np.ndarray:
    """Draw lines as a mask that reaches `wider` thicknesses to both sides of their middles."""
    drawn = np.zeros(shape, np.uint8)
    for rule in rules:
        half = int(rule.thickness * wider + 0.5)
        columns = np.arange(0, shape[1]) if right_across else np.arange(rule.start, min(rule.stop, shape[1]))
        # Rounded once: to even, halves would leave every other row out.
        middle = np.round(rule.course(columns)).astype(int)
        for offset in range(-half, half + 1):
            rows = middle + offset
            inside = (rows >= 0) & (rows < shape[0])
            drawn[rows[inside], columns[inside]] = 255
    return drawn


def bridge_gaps(clean: np.ndarray, lines: np.ndarray, rules: list[Rule]) -> np.ndarray:
    """Find the pixels of horizontal lines that have a stroke close above and close below.

    Parameters
    ----------
    clean : ndarray of uint8, shape (H, W)
        The mask without the lines.
    lines : ndarray of uint8, shape (H, W)
        `rules`, drawn.
    """
    if not rules:
        return np.zeros_like(clean)
    # As far as a drawn line is thick.
    reach = int(np.ceil(1.3 * max(rule.thickness for rule in rules))) + 5
    kernel = np.ones((reach, 3), np.uint8)
    above = cv2.dilate(clean, kernel, anchor=(1, reach - 1))
    below = cv2.dilate(clean, kernel, anchor=(1, 0))
    return cv2.bitwise_and(lines, cv2.bitwise_and(above, below))


def _follow(own: np.ndarray, left: int, top: int) -> Rule | None:
    """Follow a line through its squeezed component, column by column; None if it isn't straight and even."""
    rows = np.arange(own.shape[0])[:, None]
    thick = own.sum(axis=0)
    centres = (own * rows).sum(axis=0) / np.maximum(thick, 1)
    thickness = float(np.median(thick))
    # Where strokes touch the line its component is thicker, and its middle is not the line's.
    sound = (thick > 0) & (thick <= thickness + 1)
    places = (np.arange(own.shape[1]) + 0.5) * SQUEEZE
    if sound.mean() < LEAST_SOUND or sound.sum() < FEWEST_SOUND:
        return None
    start = left * SQUEEZE
    columns, middles = places[sound] + start - 0.5, centres[sound] + top
    course = np.polynomial.Polynomial.fit(columns, middles, 1 if len(places) < LONG_COURSE else 4)
    if np.abs(course(columns) - middles).mean() > LARGEST_WAVE * (1 + thickness / 4):
        return None
    return Rule(start, start + own.shape[1] * SQUEEZE, course, thickness)


def _turn(mask: np.ndarray) -> np.ndarray:
    """Swap rows and columns."""
    return cv2.transpose(mask)
