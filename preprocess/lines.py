"""Lines: components become numbers by their gaps, and numbers become lines in reading order."""

from dataclasses import dataclass

import cv2
import numpy as np

from preprocess.ink import stroke_width

SMALL_SHARE, PART_SHARE, TALL_SHARE = 0.35, 0.5, 0.5
ROW_OVERLAP = 0.35
GAP_SHARE = 0.75
ENOUGH = 10
SLIM_BORDER = 4
BORDER_SHARE = 0.02
SLIM_LINE, THIN_LINE = 8, 0.5
# Components that tell a page's pen, about.
PENS = 20
SPECK_SIDE = 0.06
# What is cut off: its sides in heights of the picture, and of the writing there is; its distance from the edge.
CUT_OFF_LEAST, CUT_OFF_TALL, CUT_OFF_LIKE, CUT_OFF_NEAR = 0.02, 0.4, 1.8, 0.03
CUT_OFF_MOST = 8
# Digits that stand in one row share so much of the taller one's height, and are no farther from each other, in heights.
ROW_SHARE, ROW_GAP = 0.65, 0.6
SPECK_AREA = 0.006
# Of a scaffold, in bodies: how wide or how tall it is, how far its lines run straight; and its straight lines' share.
WIDE_BODIES, TALL_BODIES, STRAIGHT_BODIES, MOSTLY = 4.0, 2.2, 0.5, 0.75
# A hat's ink, in squares of the body; how far above its digit it is, in bodies; which share of it is above; its pen.
HAT_AREA, HAT_GAP, HAT_OVERLAP, HAT_PEN = 0.03, 0.3, 0.2, 0.8
# So many rows without ink part what is labelled by itself.
BLANK_ROWS = 8


@dataclass(frozen=True, eq=False)
class Components:
    """Connected components of a mask.

    Parameters
    ----------
    labels : ndarray of uint16 or int32, shape (H, W)
        0 = paper; every other value is a component's, though not all of them need be among these.
    ids : ndarray of int64, shape (n,)
        Which label each component has.
    boxes : ndarray of float64, shape (n, 4)
        left, top, right, bottom in px, right and bottom exclusive.
    areas : ndarray of int64, shape (n,)
        Ink pixels.
    """

    labels: np.ndarray
    ids: np.ndarray
    boxes: np.ndarray
    areas: np.ndarray

    def pick(self, chosen: np.ndarray) -> "Components":
        """Return some of them, by indices; the labels stay as they are."""
        return Components(self.labels, self.ids[chosen], self.boxes[chosen], self.areas[chosen])

    @property
    def heights(self) -> np.ndarray:
        """Heights in px."""
        return self.boxes[:, 3] - self.boxes[:, 1]

    @property
    def widths(self) -> np.ndarray:
        """Widths in px."""
        return self.boxes[:, 2] - self.boxes[:, 0]


def find_components(mask: np.ndarray) -> Components:
    """Label the 8-connected components of a mask: only where there is ink, because most of a page is paper."""
    # Half as wide labels take half the time; there are no more of them than there is ink.
    is_short = cv2.countNonZero(mask) <= np.iinfo(np.uint16).max
    labels = np.zeros(mask.shape, np.uint16 if is_short else np.int32)
    found = [np.zeros((0, 5))]
    done = 0
    for left, top, right, bottom in _inked_bands(mask):
        window = slice(top, bottom), slice(left, right)
        count, own, stats, _ = cv2.connectedComponentsWithStats(
            mask[window], connectivity=8, ltype=cv2.CV_16U if is_short else cv2.CV_32S
        )
        np.add(own, done, out=labels[window], where=own > 0, casting="unsafe")
        found.append(stats[1:] + np.array([left, top, 0, 0, 0]))
        done += count - 1
    measured = np.concatenate(found)
    boxes = np.concatenate([measured[:, :2], measured[:, :2] + measured[:, 2:4]], axis=1)
    return Components(labels, np.arange(1, len(boxes) + 1), boxes, measured[:, 4].astype(np.int64))


def _inked_bands(mask: np.ndarray) -> list[tuple[int, int, int, int]]:
    """Divide a mask where rows are blank: left, top, right, bottom of each part with ink, from top to bottom.

    Parts begin at even rows and columns: labels are given by squares of two, and in the same order as if the whole
    mask were labelled.
    """
    if not mask.size:
        return []
    inked = np.flatnonzero(mask.max(axis=1))
    starts = np.flatnonzero(np.diff(inked, prepend=-BLANK_ROWS - 1) > BLANK_ROWS)
    bands = []
    for rows in np.split(inked, starts[1:]) if len(inked) else []:
        top, bottom = int(rows[0]) & ~1, int(rows[-1]) + 1
        columns = np.flatnonzero(mask[top:bottom].max(axis=0))
        bands.append((int(columns[0]) & ~1, top, int(columns[-1]) + 1, bottom))
    return bands


def around(boxes: np.ndarray) -> np.ndarray:
    """Box around boxes, shape (4,)."""
    return np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])


def body_height(heights: np.ndarray, areas: np.ndarray) -> float:
    """Estimate the digits' height: the median of the components' heights, weighed by their ink."""
    if not len(heights):
        return 0.0
    order = np.argsort(heights)
    mass = np.cumsum(np.sqrt(areas[order].astype(np.float64)) * heights[order])
    return float(heights[order][np.searchsorted(mass, mass[-1] / 2)])


def are_rule_ends(components: Components, valid: np.ndarray) -> np.ndarray:
    """Tell what is left of rules: far taller than this page's writing is, or far wider, and slim for that.

    Parameters
    ----------
    components : Components
    valid : ndarray of bool, shape (n,)
        The components that the page's writing is judged by.

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    heights, widths = components.heights, components.widths
    if int(valid.sum()) < ENOUGH:
        return np.zeros(len(heights), bool)
    body = body_height(heights[valid], components.areas[valid])
    # Bits of rules are many and low; the writing is among what is not slim.
    square = valid & (np.maximum(heights, widths) < 3 * np.minimum(heights, widths))
    if int(square.sum()) >= ENOUGH:
        body = body_height(heights[square], components.areas[square])
    upright = (heights > 1.7 * body) & (heights > 6 * widths)
    level = (widths > 1.2 * body) & (widths > 6 * heights)
    # No line is thicker than what is written on it is high; a 1 among specks is.
    return (upright | level) & (np.minimum(heights, widths) <= body)


def are_thin(components: Components, mask: np.ndarray) -> np.ndarray:
    """Tell slim upright or level components that are much thinner than the pen: what is left of printed lines.

    Parameters
    ----------
    components : Components
    mask : ndarray of uint8, shape (H, W)
        All ink: the pen's width is told by it.
    """
    narrow, wide = np.sort(np.stack([components.widths, components.heights]), axis=0)
    slim = wide >= SLIM_LINE * narrow
    if not slim.any():
        return slim
    return slim & (components.areas < THIN_LINE * _typical_pen(components, ~slim, mask) * wide)


def _typical_pen(components: Components, valid: np.ndarray, mask: np.ndarray) -> float:
    """Measure the pen's width, px: the median of some tall components', for stains are wider than any pen."""
    heights, areas = components.heights, components.areas
    tall = np.flatnonzero(valid & (2 * heights >= body_height(heights[valid], areas[valid])))
    if not len(tall):
        return stroke_width(mask)
    some = tall[:: -(-len(tall) // PENS)].tolist()
    return float(np.median([_measure_pen(components, [i]) for i in some]))


def drop_scaffolds(components: Components) -> Components:
    """Drop what is left of rulings whose lines bend too much, and of a sheet's edge: large, and all of it straight."""
    if len(components.boxes) < ENOUGH:
        return components
    keep = np.ones(len(components.boxes), bool)
    body = body_height(components.heights, components.areas)
    for i in np.flatnonzero((components.widths > WIDE_BODIES * body) | (components.heights > TALL_BODIES * body)):
        left, top, right, bottom = components.boxes[i].astype(int)
        own = (components.labels[top:bottom, left:right] == components.ids[i]).view(np.uint8)
        straight = _straight(own, max(3, round(STRAIGHT_BODIES * body)))
        keep[i] = cv2.countNonZero(straight) < MOSTLY * components.areas[i]
    return components.pick(np.flatnonzero(keep))


def _straight(mask: np.ndarray, length_px: int) -> np.ndarray:
    """Keep the pixels of level and upright runs of at least some length."""
    level, upright = (
        cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones(k, np.uint8)) for k in ((1, length_px), (length_px, 1))
    )
    return cv2.bitwise_or(level, upright)


def are_cut_off(components: Components, slim: float) -> np.ndarray:
    """Tell what runs out of the picture and is `slim` times as long as wide: ends of lines, edges of the desk."""
    height, width = components.labels.shape
    boxes, heights, widths = components.boxes, components.heights, components.widths
    upright = (heights >= slim * widths) & ((boxes[:, 1] <= 1) | (boxes[:, 3] >= height - 1))
    level = (widths >= slim * heights) & ((boxes[:, 0] <= 1) | (boxes[:, 2] >= width - 1))
    return upright | level


def middle_row(before: np.ndarray, after: np.ndarray) -> float:
    """Return the middle of the rows that two boxes share, px."""
    return float(max(before[1], after[1]) + min(before[3], after[3])) / 2


def is_in_row(box: np.ndarray, others: np.ndarray, gap: float = ROW_GAP) -> bool:
    """Say whether a box stands beside another one, in the same rows: what is cut off or slim there may be a 1.

    Parameters
    ----------
    box : ndarray of float, shape (4,)
        Left, top, right, bottom.
    others : ndarray of float, shape (n, 4)
    gap : float
        How far from it at most, in heights of the taller one.
    """
    left, top, right, bottom = box
    shared = np.minimum(others[:, 3], bottom) - np.maximum(others[:, 1], top)
    taller = np.maximum(others[:, 3] - others[:, 1], bottom - top)
    gaps = np.maximum(others[:, 0] - right, left - others[:, 2])
    return bool(((shared >= ROW_SHARE * taller) & (gaps >= 0) & (gaps <= gap * taller)).any())


def find_cut_off(components: Components, kept: Components) -> tuple[str, ...]:
    """Say at which sides something of the size of writing runs out of the picture: left, top, right, bottom.

    Parameters
    ----------
    components, kept : Components
        All of them, and those that are taken for writing.
    """
    height, width = components.labels.shape
    boxes, heights, widths = components.boxes, components.heights, components.widths
    tallest = CUT_OFF_TALL * height
    if len(kept.boxes):
        tallest = min(tallest, CUT_OFF_LIKE * body_height(kept.heights, kept.areas))
    like = (np.maximum(heights, widths) <= tallest) & (np.minimum(heights, widths) >= CUT_OFF_LEAST * height)
    like &= ~np.isin(components.ids, kept.ids)
    rooms = {"left": boxes[:, 0], "top": boxes[:, 1], "right": width - boxes[:, 2], "bottom": height - boxes[:, 3]}
    counts = {side: int((like & (room <= CUT_OFF_NEAR * height)).sum()) for side, room in rooms.items()}
    # More than a number has digits is the grain of something.
    return tuple(side for side, count in counts.items() if 0 < count <= CUT_OFF_MOST)


def are_outermost(components: Components, among: np.ndarray) -> np.ndarray:
    """Tell what no other component stands beyond, on its left or on its right.

    Parameters
    ----------
    components : Components
    among : ndarray of bool, shape (n,)
        The others that count.
    """
    lefts, rights = components.boxes[:, 0], components.boxes[:, 2]
    return (lefts <= lefts[among].min(initial=np.inf)) | (rights >= rights[among].max(initial=-np.inf))


def group_numbers(components: Components) -> list[list[int]]:
    """Chain components that stand side by side, close to each other, into numbers.

    Two components belong together when their gap is less than `GAP_SHARE` of the taller one's height and they
    share a good part of their rows; small pieces (a 5's hat, a dot) join the big one that they are nearest to.

    Returns
    -------
    list of list of int
        Indices of components, from left to right, one list for each number.
    """
    boxes, heights = components.boxes, components.heights
    if not len(boxes):
        return []
    local = _local_heights(boxes)
    # What is as high as most of the page is no part of what towers beside it.
    most = np.minimum(SMALL_SHARE * local, PART_SHARE * body_height(heights, components.areas))
    big = np.flatnonzero(heights >= most)
    parent = np.arange(len(boxes))
    order = big[np.argsort(boxes[big, 0])]
    # Pair by pair, plain numbers are compared faster than arrays of four.
    reaches, corners, places = (boxes[:, 2] + GAP_SHARE * local * 1.5).tolist(), boxes.tolist(), order.tolist()
    for place, i in enumerate(places):
        for j in places[place + 1 :]:
            if corners[j][0] > reaches[i]:
                break
            if are_neighbours(corners[i], corners[j]):
                _union(parent, i, j)
    for i in np.flatnonzero(heights < most).tolist():
        nearest = _nearest(boxes, i, order, local[i])
        if nearest is not None:
            _union(parent, i, nearest)
    groups: dict[int, list[int]] = {}
    for i in np.argsort(boxes[:, [0, 2]].sum(axis=1)):
        groups.setdefault(_root(parent, int(i)), []).append(int(i))
    return list(groups.values())


def pick_tall(components: Components, members: list[int]) -> list[int]:
    """Pick those of a number's components that are no marks: at least half as high as its highest."""
    least = TALL_SHARE * components.heights[members].max()
    return [i for i in members if components.heights[i] >= least]


def drop_specks(components: Components, members: list[int]) -> list[int]:
    """Leave out of a number what is too slight, beside its digits, to be even a dot."""
    heights, areas = components.heights[members], components.areas[members]
    body = body_height(heights, areas)
    slightest = np.minimum(heights, components.widths[members])
    kept = [
        i
        for i, side, area in zip(members, slightest, areas, strict=True)
        if side >= SPECK_SIDE * body and area >= SPECK_AREA * body**2
    ]
    return kept or members


def order_lines(boxes: np.ndarray) -> list[list[int]]:
    """Put boxes into lines, top to bottom, and each line into order, left to right.

    A box joins the line whose middle it comes closest to, if that is within half a height; so the order does
    not depend on a comparison of pairs, which is not transitive on a page that leans.

    Parameters
    ----------
    boxes : ndarray of float, shape (n, 4)

    Returns
    -------
    list of list of int
    """
    middles, heights = boxes[:, [1, 3]].mean(axis=1), boxes[:, 3] - boxes[:, 1]
    placed = np.argsort(-heights, kind="stable")
    line_of = np.zeros(len(boxes), int)
    lines: list[list[int]] = []
    for count, i in enumerate(placed.tolist()):
        aside = np.abs(boxes[placed[:count], 0] - boxes[i, 0])
        # Each line's member that is nearest sideways says where the line runs here.
        by_line = np.lexsort((aside, line_of[:count]))
        nearest = placed[by_line[np.unique(line_of[by_line], return_index=True)[1]]]
        distances = np.abs(middles[nearest] - middles[i])
        closest = int(np.argmin(distances)) if count else 0
        # The highest came first: a line's last is its lowest, and higher than this one.
        if not count or distances[closest] > 0.5 * heights[lines[closest][-1]]:
            closest = len(lines)
            lines.append([])
        lines[closest].append(i)
        line_of[count] = closest
    lines.sort(key=lambda line: float(np.mean(middles[line])))
    return [sorted(line, key=lambda i: float(boxes[i, 0])) for line in lines]


def main_line(components: Components, lines: list[list[int]], shape: tuple[int, ...]) -> list[int]:
    """Choose the line that a picture of one number is of, and leave out what the picture's edge cut off.

    Parameters
    ----------
    components : Components
    lines : list of list of int
        Indices of components, line by line.
    shape : (int, int)
        Height and width of the picture.

    Returns
    -------
    list of int
        The components of the number, from left to right.
    """
    boxes, heights = components.boxes, components.heights
    middle = shape[0] / 2

    def weight(line: list[int]) -> float:
        centre = float(np.average(boxes[line][:, [1, 3]].mean(axis=1), weights=components.areas[line]))
        return float(components.areas[line].sum()) * (1.2 - abs(centre - middle) / shape[0])

    best = max(lines, key=weight)
    body = body_height(heights[best], components.areas[best])
    top, bottom = (float(np.median(boxes[best][heights[best] >= 0.5 * body, side])) for side in (1, 3))
    kept: list[int] = []
    for line in lines:
        for i in line:
            inside = min(boxes[i, 3], bottom) - max(boxes[i, 1], top)
            at_edge = boxes[i, 1] <= 1 or boxes[i, 3] >= shape[0] - 1
            if inside >= 0.5 * min(heights[i], bottom - top) and not (at_edge and heights[i] < 0.5 * body):
                kept.append(i)
    kept = [i for i in kept if not _is_border(boxes[i], shape[1])] or kept
    kept += _find_hats(components, kept, body)
    return sorted(kept, key=lambda i: float(boxes[i, 0] + boxes[i, 2]))


def _find_hats(components: Components, digits: list[int], body: float) -> list[int]:
    """Find what lies close above digits and is a stroke of their pen: a 5's hat, a 3's or a 7's head."""
    boxes, heights = components.boxes, components.heights
    is_free = (heights < 0.5 * body) & (components.areas >= HAT_AREA * body**2) & (boxes[:, 1] > 1)
    is_free[digits] = False
    below = boxes[[i for i in digits if heights[i] >= 0.5 * body]]

    def lies_above(box: np.ndarray) -> bool:
        overlaps = np.minimum(below[:, 2], box[2]) - np.maximum(below[:, 0], box[0])
        gaps = below[:, 1] - box[3]
        is_close = (gaps <= HAT_GAP * body) & (box[3] <= (below[:, 1] + below[:, 3]) / 2)
        return bool((is_close & (overlaps >= HAT_OVERLAP * (box[2] - box[0]))).any())

    hats = [i for i in np.flatnonzero(is_free).tolist() if lies_above(boxes[i])]
    if not hats:
        return []
    pen_px = _measure_pen(components, digits)
    return [i for i in hats if _measure_pen(components, [i]) >= HAT_PEN * pen_px]


def _measure_pen(components: Components, members: list[int]) -> float:
    """Width in px of the pen that components were written with."""
    left, top, right, bottom = around(components.boxes[members]).astype(int)
    window = np.pad(components.labels[top:bottom, left:right], 1)
    return stroke_width(np.isin(window, components.ids[members]).astype(np.uint8) * 255)


def _is_border(box: np.ndarray, width: int) -> bool:
    """Tell the side line of a table's cell: slim and upright, at the picture's very edge."""
    slim = box[3] - box[1] > SLIM_BORDER * (box[2] - box[0])
    return bool(slim and (box[0] <= BORDER_SHARE * width or box[2] >= (1 - BORDER_SHARE) * width))


def _local_heights(boxes: np.ndarray) -> np.ndarray:
    """For each box, the height of the tall ones among its near neighbours."""
    heights = boxes[:, 3] - boxes[:, 1]
    middles = np.stack([boxes[:, [0, 2]].mean(axis=1), boxes[:, [1, 3]].mean(axis=1)], axis=1)
    local = heights.copy()
    tall = np.argsort(-heights)[: max(400, len(heights) // 4)]
    for i in tall:
        near = np.abs(middles - middles[i])
        inside = (near[:, 0] < 2.2 * heights[i]) & (near[:, 1] < 0.8 * heights[i])
        local[inside] = np.maximum(local[inside], heights[i])
    return local


def are_neighbours(a: list[float], b: list[float], gap_share: float = GAP_SHARE) -> bool:
    """Say whether b, to the right of a, can be in the same number: boxes, and how wide a gap may be, in heights."""
    height_a, height_b = a[3] - a[1], b[3] - b[1]
    overlap = min(a[3], b[3]) - max(a[1], b[1])
    if overlap < ROW_OVERLAP * min(height_a, height_b):
        return False
    if max(height_a, height_b) > 3.2 * min(height_a, height_b):
        return False
    gap = b[0] - a[2]
    return gap < gap_share * max(height_a, height_b)


def _nearest(boxes: np.ndarray, i: int, big: np.ndarray, height: float) -> int | None:
    """Find the big component that a small one belongs to: within reach, and on its rows."""
    if not len(big):
        return None
    across = np.maximum(np.maximum(boxes[big, 0] - boxes[i, 2], boxes[i, 0] - boxes[big, 2]), 0)
    down = np.maximum(np.maximum(boxes[big, 1] - boxes[i, 3], boxes[i, 1] - boxes[big, 3]), 0)
    distance = np.hypot(across, 1.5 * down)
    best = int(distance.argmin())
    return int(big[best]) if distance[best] < 0.6 * height else None


def _root(parent: np.ndarray, i: int) -> int:
    """Root of i, with path halving."""
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = int(parent[i])
    return i


def _union(parent: np.ndarray, i: int, j: int) -> None:
    """Join two sets."""
    parent[_root(parent, int(i))] = _root(parent, int(j))
