"""Rules: ruled and squared paper, table lines and underlines, taken away with the crossing strokes repaired."""

from dataclasses import dataclass

import cv2
import numpy as np

from preprocess.course import Course, fit_course, fit_courses, follow_courses
from preprocess.lines import Components, find_components

FLAT_PX = 24
# Columns that become one, in `find_rules`; as many bytes as its numbers have.
SQUEEZE = 8
LEAST_SOUND, FEWEST_SOUND = 0.6, 3
LARGEST_WAVE = 0.8
LONG_COURSE = 60
FILLED_SHARE = 0.42
# A line counts as ruling by how much of the picture's side it spans, and how slim it is for that.
ACROSS, SLIM_ACROSS = 0.88, 12
LONG, SLIM_LONG = 0.5, 22
FAMILY, SLIM_FAMILY, FAMILY_SIZE = 0.22, 14, 3
# Lines of a paper's own ruling: so many at least, so far apart, in steps that are even but for this share.
FEWEST_STEPS, SMALLEST_STEP_PX, EVEN = 4, 8, 0.25
# What is left of lines is no thicker than they are, but for this factor: two that cross are as long as both sides.
SLIM_CRUMB = 1.2
# Where one fails, as much of its course is inked; it is looked at every so many px.
COVERED, SAMPLE_PX = 0.45, 4
SAME_END, SAME_SHARE = SQUEEZE, 0.1
SAME_LINE_PX = 6


@dataclass(frozen=True, eq=False)
class Rule:
    """One ruled line, nearly along the rows of its mask.

    Parameters
    ----------
    start, stop : int
        Its first column, and the one after its last.
    course : Course
        Its middle's row at a column.
    thickness : float
        Px.
    """

    start: int
    stop: int
    course: Course
    thickness: float

    @property
    def length(self) -> int:
        """Length in px."""
        return self.stop - self.start

    def shift(self, along: int, across: int) -> "Rule":
        """Move the line, px: from a window to its page."""
        return Rule(self.start + along, self.stop + along, self.course.shift(along, across), self.thickness)


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
) -> tuple[np.ndarray, np.ndarray, Components]:
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
    found : Components
        Of that mask.
    """
    if not level and not upright:
        return ink, mask, find_components(mask)
    horizontal = draw_rules(level, mask.shape)
    vertical = draw_rules(upright, (mask.shape[1], mask.shape[0]))
    level_cut = spare_strokes(mask, horizontal, _turn(vertical), level)
    upright_cut = spare_strokes(_turn(mask), vertical, _turn(horizontal), upright) if upright else vertical
    lines = cv2.bitwise_or(level_cut, _turn(upright_cut))
    clean = cv2.bitwise_and(mask, cv2.bitwise_not(lines))
    # A stroke is mended only where its two ends on both sides of a line are there.
    bridges = bridge_gaps(clean, level_cut, level)
    if upright:
        bridges = cv2.bitwise_or(bridges, _turn(bridge_gaps(_turn(clean), upright_cut, upright)))
    clean, found = drop_crumbs(cv2.bitwise_or(clean, cv2.bitwise_and(bridges, mask)), level, upright)
    halo = cv2.bitwise_and(cv2.dilate(clean, np.ones((3, 3), np.uint8)), cv2.bitwise_not(lines))
    return cv2.bitwise_and(ink, cv2.bitwise_or(clean, halo)), clean, found


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
    rows = np.linspace(rule.start, rule.stop, 4 * (rule.course.degree + 1))
    columns, turned, _ = matrix @ np.stack([rule.course(rows), rows, np.ones(len(rows))])
    course = fit_course(turned, columns, rule.course.degree)
    return Rule(round(float(turned.min())), round(float(turned.max())), course, rule.thickness)


def find_rules(mask: np.ndarray, slimness: float = 1.0, families: bool = True) -> list[Rule]:
    """Find the (nearly) horizontal ruled lines of a mask.

    What is level for `FLAT_PX` is squeezed sideways, so that a line stays connected though it climbs.
    """
    columns = mask.shape[1] // SQUEEZE
    if columns < 4:
        return []
    flat = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((1, FLAT_PX), np.uint8))
    # Eight pixels side by side are one number of 64 bits, all set where there is ink: counted, not summed up.
    squeezed = np.ascontiguousarray(flat[:, : columns * SQUEEZE]).view(np.uint64)
    inked = (np.bitwise_count(squeezed) > 8 * SQUEEZE * FILLED_SHARE).view(np.uint8)
    filled = cv2.morphologyEx(inked, cv2.MORPH_CLOSE, np.ones((1, 3), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(filled, connectivity=8)
    wide = stats[1:, cv2.CC_STAT_WIDTH]
    candidates = _follow_all(labels, stats, 1 + np.flatnonzero(wide >= FAMILY * columns))
    rules = choose_rules(candidates, mask.shape[1], slimness, families)
    return rules + find_missing(rules, mask)


def find_missing(rules: list[Rule], mask: np.ndarray) -> list[Rule]:
    """Find the lines of a ruling that fail among their neighbours: strong ink beside a pale line hides it.

    Lines right across that stand in even steps are a paper's own; where a step is left out, a line is looked for.

    Parameters
    ----------
    rules : list of Rule
        What was found.
    mask : ndarray of uint8, shape (H, W)
        That they were found in.

    Returns
    -------
    list of Rule
    """
    across = [rule for rule in rules if rule.length >= LONG * mask.shape[1]]
    if len(across) < FEWEST_STEPS:
        return []
    start, stop = min(rule.start for rule in across), min(max(rule.stop for rule in across), mask.shape[1])
    columns = np.linspace(start, stop - 1, (stop - start) // SAMPLE_PX)
    courses = follow_courses([rule.course for rule in across], columns)
    courses = courses[np.argsort(courses.mean(axis=1), kind="stable")]
    thickness = float(np.median([rule.thickness for rule in across]))
    missing = (_settle_on(course, columns, mask, thickness) for course in _fill_steps(courses, mask.shape[0]))
    return [Rule(start, stop, fit_course(columns, course, 2), thickness) for course in missing if course is not None]


def _fill_steps(courses: np.ndarray, height: int) -> list[np.ndarray]:
    """Say where lines fail between others, and before the first and after the last: rows at the same columns."""
    gaps = np.diff(courses.mean(axis=1))
    step = float(np.median(gaps))
    counts = np.round(gaps / max(step, 1.0)).astype(int)
    if step < SMALLEST_STEP_PX or (np.abs(gaps - counts * step) > EVEN * step).mean() > EVEN:
        return []
    filled = [
        before + (after - before) * place / count
        for before, after, count in zip(courses[:-1], courses[1:], counts, strict=True)
        for place in range(1, count)
    ]
    for first, second, count in ((courses[0], courses[1], counts[0]), (courses[-1], courses[-2], counts[-1])):
        # Outwards each line is as far from the last one as that was from the one before.
        outwards = (first - second) / max(count, 1)
        row = first + outwards
        while abs(outwards.mean()) > 0.5 * step and 0 < row.mean() < height:
            filled.append(row)
            row = row + outwards
    return filled


def _settle_on(course: np.ndarray, columns: np.ndarray, mask: np.ndarray, thickness: float) -> np.ndarray | None:
    """Shift a course to where most ink lies along it; None where there is too little for a line."""
    reach = int(thickness / 2 + 0.5) + 1
    shifts = np.arange(-2 * reach, 2 * reach + 1)
    rows = np.round(course).astype(int) + shifts[:, None]
    inside = (rows >= 0) & (rows < mask.shape[0])
    inked = (mask[np.clip(rows, 0, mask.shape[0] - 1), columns.astype(int)] > 0) & inside
    shares = inked.mean(axis=1)
    best = int(shares.argmax())
    return course + shifts[best] if shares[best] >= COVERED else None


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


def drop_crumbs(mask: np.ndarray, level: list[Rule], upright: list[Rule]) -> tuple[np.ndarray, Components]:
    """Drop what is left of lines whose edges are rough: the components that lie wholly on one's course."""
    found = find_components(mask)
    spots = cv2.findNonZero(mask)
    if spots is None:
        return mask, found
    columns, rows = spots.reshape(-1, 2).T
    labels, is_inside = found.labels[rows, columns], draw_bands(level, upright, mask.shape)[rows, columns] > 0
    inside = np.bincount(labels[is_inside], minlength=len(found.ids) + 1)[1:]
    # A digit may lie within a dense ruling's bands, but no line is as thick as its strokes.
    thickness = max(rule.thickness for rule in level + upright)
    is_slim = found.areas < SLIM_CRUMB * (thickness + 1) * (found.widths + found.heights)
    keep = (inside < 0.9 * found.areas) | ~is_slim
    is_crumb = ~np.concatenate([[True], keep])[labels]
    clean = mask.copy()
    clean[rows[is_crumb], columns[is_crumb]] = 0
    return clean, found.pick(np.flatnonzero(keep))


def draw_bands(level: list[Rule], upright: list[Rule], shape: tuple[int, ...]) -> np.ndarray:
    """Draw lines right across and a little wider than they are."""
    band = draw_rules(level, shape, 1.2, right_across=True)
    return cv2.bitwise_or(band, _turn(draw_rules(upright, (shape[1], shape[0]), 1.2, right_across=True)))


def draw_rules(rules: list[Rule], shape: tuple[int, ...], wider: float = 0.5, right_across: bool = False) -> np.ndarray:
    """Draw lines as a mask that reaches `wider` thicknesses to both sides of their middles."""
    alike: dict[int, list[Rule]] = {}
    for rule in rules:
        alike.setdefault(_half(rule, wider), []).append(rule)
    # Room above and below: what runs beside the picture may reach into it.
    room = max(alike, default=0)
    height, width = shape[0] + 2 * room, shape[1]
    drawn, columns = np.zeros((height, width), np.uint8), np.arange(width)
    for half, own in alike.items():
        # Rounded once: to even, halves would leave every other row out.
        rows = np.round(follow_courses([rule.course for rule in own], columns)).astype(int) + room
        drawn_at = (rows >= 0) & (rows < height)
        if not right_across:
            starts, stops = np.array([(rule.start, rule.stop) for rule in own]).T[..., None]
            drawn_at &= (columns >= starts) & (columns < stops)
        middles = np.zeros(height * width, np.uint8)
        middles[(rows * width + columns)[drawn_at]] = 255
        wide = cv2.dilate(middles.reshape(height, width), np.ones((2 * half + 1, 1), np.uint8))
        cv2.bitwise_or(drawn, wide, dst=drawn)
    return drawn[room : room + shape[0]]


def _half(rule: Rule, wider: float) -> int:
    """Whole px that a drawn line reaches to each side."""
    return int(rule.thickness * wider + 0.5)


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


def _follow_all(labels: np.ndarray, stats: np.ndarray, chosen: np.ndarray) -> list[Rule]:
    """Follow those of the squeezed components that are lines, column by column: straight, even, and not two.

    All of them at once, each in a row of its own: squared paper has a hundred.
    """
    if not len(chosen):
        return []
    left, wide = stats[chosen, cv2.CC_STAT_LEFT], stats[chosen, cv2.CC_STAT_WIDTH]
    thick, middles, reach = _measure_columns(labels, chosen)
    inked, columns = thick > 0, np.arange(labels.shape[1])
    thickness = _medians(thick, (columns >= left[:, None]) & (columns < (left + wide)[:, None]))
    # Where strokes touch the line its component is thicker, and its middle is not the line's.
    sound = inked & (thick <= thickness[:, None] + 1)
    is_one = _medians(reach - thick, inked) < 1
    is_even = sound.sum(axis=1) >= np.maximum(FEWEST_SOUND, LEAST_SOUND * wide)
    rules: dict[int, Rule] = {}
    # What runs across a page that is folded or bulges is a line, though it takes more to follow it.
    is_long, is_across = wide >= LONG_COURSE, wide >= LONG * labels.shape[1]
    for degree, is_alike in ((1, ~is_long), (4, is_long), (6, is_long & is_across)):
        is_new = ~np.isin(np.arange(len(chosen)), list(rules))
        some = np.flatnonzero(is_one & is_even & is_alike & is_new)
        if len(some):
            courses, waves = fit_courses((columns + 0.5) * SQUEEZE - 0.5, middles[some], sound[some], degree)
            for i, course, wave in zip(some.tolist(), courses, waves.tolist(), strict=True):
                if wave <= LARGEST_WAVE * (1 + thickness[i] / 4):
                    start, stop = int(left[i]) * SQUEEZE, int(left[i] + wide[i]) * SQUEEZE
                    rules[i] = Rule(start, stop, course, float(thickness[i]))
    return [rules[i] for i in sorted(rules)]


def _measure_columns(labels: np.ndarray, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Measure chosen components in each column: their pixels, the mean of their rows, and the rows they span."""
    number = np.full(int(labels.max()) + 1, -1)
    number[chosen] = np.arange(len(chosen))
    rows, columns = np.nonzero(labels)
    owner = number[labels[rows, columns]]
    rows, columns, owner = (own[owner >= 0] for own in (rows, columns, owner))
    shape, spots = (len(chosen), labels.shape[1]), owner * labels.shape[1] + columns
    size = shape[0] * shape[1]
    thick, sums = np.bincount(spots, minlength=size), np.bincount(spots, rows, size)
    first, last = np.zeros(size, int), np.zeros(size, int)
    # Rows come from top to bottom, and of places that are given twice the last one is kept.
    first[spots[::-1]], last[spots] = rows[::-1], rows
    return thick.reshape(shape), (sums / np.maximum(thick, 1)).reshape(shape), (last - first + 1).reshape(shape)


def _medians(values: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Median of each row, of the values that count; at least one does."""
    ordered = np.sort(np.where(counts, values, np.iinfo(values.dtype).max), axis=1)
    number, rows = counts.sum(axis=1), np.arange(len(values))
    return (ordered[rows, (number - 1) // 2] + ordered[rows, number // 2]) / 2


def _turn(mask: np.ndarray) -> np.ndarray:
    """Swap rows and columns."""
    return cv2.transpose(mask)
