"""Metrics: what was read beside what is written, as figures.

A number counts only when all of its digits are right. What a page's truth leaves open is left open here too: in
which order its digits stand (`order` is "unreliable"), or where one number ends and the next begins (`grouping`
begins with one of `OPEN_GROUPINGS`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice, pairwise
from pathlib import PurePath
from typing import Any, NamedTuple

import numpy as np

OPEN_GROUPINGS = ("wide-spaced", "first wide-spaced", "ambiguous", "single digits")
NO_ORDER = "unreliable"
SURE = 0.9
BINS = 15
DRAWS = 200
DECIMALS = 4
Z_95 = 1.959964

# Places in the truth and in the reading; None where one has no counterpart.
Pair = tuple[int | None, int | None]


class Read(NamedTuple):
    """One number that was read: its text, "?" for each refused digit, and its confidence 0-1 if it has one."""

    text: str
    confidence: float | None = None


@dataclass(frozen=True)
class Bin:
    """Numbers that are about as sure: their mean confidence, the share of them that is right, how many."""

    confidence: float
    right: float
    count: int


class Accepted(NamedTuple):
    """A confidence that is asked for, the share of the numbers that have it, and the share of those that is wrong."""

    confidence: float
    share: float
    wrong: float


@dataclass(frozen=True)
class Truth:
    """What is written on one picture.

    Parameters
    ----------
    file : str
        Its name in the folder of the truth.
    numbers : tuple of str
        In reading order, digits alone.
    is_line : bool
        Whether the whole picture is one number.
    grouping, order : str
        What is said of where numbers begin and of their order; empty where both are plain.
    base : str
        What it was cut from, where that is said.
    """

    file: str
    numbers: tuple[str, ...]
    is_line: bool = False
    grouping: str = ""
    order: str = ""
    base: str = ""

    def __post_init__(self) -> None:
        """Refuse numbers without a digit: nobody could read them."""
        if not all(self.numbers):
            raise ValueError(f"each number needs a digit, got {list(self.numbers)}")

    @classmethod
    def from_row(cls, row: Any) -> "Truth":
        """Make one of an entry of a truth.json.

        Raises
        ------
        ValueError
            With what is wrong with the entry.
        """
        if not isinstance(row, dict) or not isinstance(row.get("file"), str):
            raise ValueError('it names no "file"')
        numbers = row.get("numbers", [row.get("number")])
        if not isinstance(numbers, list) or not all(isinstance(number, str) for number in numbers):
            raise ValueError('it needs "numbers", a list of texts, or "number", one text')
        return cls(
            row["file"],
            tuple(strip_marks(number) for number in numbers),
            "number" in row,
            str(row.get("grouping") or ""),
            str(row.get("order") or ""),
            str(row.get("base") or ""),
        )

    @property
    def source(self) -> str:
        """Whose picture it is: its name as far as the first "_"."""
        return PurePath(self.file).name.split("_")[0]

    @property
    def has_no_order(self) -> bool:
        """Whether its digits count wherever they stand."""
        return self.order == NO_ORDER

    @property
    def has_open_grouping(self) -> bool:
        """Whether its digits may be grouped into numbers in any way."""
        return self.grouping.startswith(OPEN_GROUPINGS) and not self.has_no_order


@dataclass(frozen=True)
class Verdict:
    """What was right on one picture.

    Parameters
    ----------
    wanted : tuple of bool
        For each number of the truth, whether it was read; for each digit where there is no order.
    read : tuple of bool
        For each number that was read, whether it stands there; for each digit where there is no order.
    edits : int
        Digits to change, add or remove until the reading is the truth.
    """

    wanted: tuple[bool, ...]
    read: tuple[bool, ...]
    edits: int

    @property
    def is_right(self) -> bool:
        """Whether everything was read, and nothing else."""
        return all(self.wanted) and all(self.read)


@dataclass(frozen=True)
class Count:
    """Numbers in the truth, those of them that were read, numbers that were read, those of them that are right."""

    wanted: int = 0
    found: int = 0
    read: int = 0
    right: int = 0

    def __add__(self, other: "Count") -> "Count":
        """Sum place by place."""
        return Count(
            self.wanted + other.wanted, self.found + other.found, self.read + other.read, self.right + other.right
        )

    @classmethod
    def of(cls, verdict: Verdict) -> "Count":
        """Count a picture's numbers."""
        return cls(len(verdict.wanted), sum(verdict.wanted), len(verdict.read), sum(verdict.read))

    @property
    def recall(self) -> float:
        """Share of the truth that was read."""
        return self.found / self.wanted if self.wanted else 0.0

    @property
    def precision(self) -> float:
        """Share of the reading that is true."""
        return self.right / self.read if self.read else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of recall and precision."""
        both = self.recall + self.precision
        return 2 * self.recall * self.precision / both if both else 0.0


@dataclass(frozen=True)
class Figures:
    """Figures of a set of pictures; None for those that it has no ground for.

    Parameters
    ----------
    images : int
    numbers : int
        In the truth.
    recall, precision, f1 : float
        Of whole numbers.
    by_source : float
        Mean f1 of the sources, so that one writer's long table does not drown the others.
    exact : float
        Share of pictures without an edit.
    digits : float
        1 - edits / digits; no picture counts for more edits than twice its digits.
    refused : int
        Digits given as "?".
    sure : (float, float)
        Of the numbers with a confidence of at least `SURE`: the share that is right, and those right as a share of
        all numbers in the truth.
    ece, ece_by_chance : float
        Expected calibration error of the numbers' confidence, and what chance alone would make of it.
    false : int
        Numbers read where there is none.
    quiet : float
        Share of pictures on which nothing was read.
    """

    images: int
    numbers: int | None = None
    recall: float | None = None
    precision: float | None = None
    f1: float | None = None
    by_source: float | None = None
    exact: float | None = None
    digits: float | None = None
    refused: int | None = None
    sure: tuple[float, float] | None = None
    ece: float | None = None
    ece_by_chance: float | None = None
    false: int | None = None
    quiet: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Give what is known, rounded, in this order."""
        return {name: _round(value) for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True)
class Misread:
    """A picture that was not read right: what it says, and what was read."""

    file: str
    numbers: tuple[str, ...]
    read: tuple[str, ...]


@dataclass(frozen=True)
class _Judged:
    """One picture's truth, what counts of its reading, and the verdict."""

    truth: Truth
    read: tuple[Read, ...]
    verdict: Verdict


def score(truths: Sequence[Truth], said: Mapping[str, Iterable[Read]]) -> tuple[Figures, tuple[Misread, ...]]:
    """Score a set of pictures.

    Parameters
    ----------
    truths : sequence of Truth
    said : mapping of str to Reads
        By file; a file that it lacks was read as empty.

    Returns
    -------
    Figures
    tuple of Misread
        What was not read right, in the order of the truth.
    """
    judged = _judge_all(truths, said)
    misread = tuple(
        Misread(one.truth.file, one.truth.numbers, tuple(number.text for number in one.read))
        for one in judged
        if not one.verdict.is_right
    )
    return _sum_up(judged), misread


def rate(truths: Sequence[Truth], said: Mapping[str, Iterable[Read]]) -> list[tuple[float, bool]]:
    """Pair the confidence of each number that was read with whether it is right; arguments as for `score`."""
    return [pair for one in _judge_all(truths, said) for pair in _rate(one)]


def gather(read: Iterable[Read], is_line: bool) -> tuple[Read, ...]:
    """Leave the digits of what was read; on a picture of one number, all of it is that number, as sure as its worst."""
    kept = [Read(strip_marks(number.text), number.confidence) for number in read if strip_marks(number.text)]
    if not is_line or not kept:
        return tuple(kept)
    rated = [number.confidence for number in kept if number.confidence is not None]
    return (Read("".join(number.text for number in kept), min(rated, default=None)),)


def strip_marks(text: str) -> str:
    """Leave the digits, and "?" for each refused one."""
    return "".join(character for character in text if character.isdigit() or character == "?")


def judge(truth: Truth, read: Sequence[str]) -> Verdict:
    """Say which of a picture's numbers are right.

    Parameters
    ----------
    truth : Truth
    read : sequence of str
        Digits and "?" alone.
    """
    wanted, given = "".join(truth.numbers), "".join(read)
    if truth.has_no_order:
        return Verdict(_pair_up(wanted, given), _pair_up(given, wanted), _count_strays(wanted, given))
    edits, matches = align(wanted, given)
    if truth.has_open_grouping:
        hit_wanted, hit_read = {place for place, _ in matches}, {place for _, place in matches}
        return Verdict(_are_covered(truth.numbers, hit_wanted), _are_covered(read, hit_read), edits)
    return Verdict(_pair_up(truth.numbers, read), _pair_up(read, truth.numbers), edits)


def align(wanted: str, read: str) -> tuple[int, list[tuple[int, int]]]:
    """Align two texts with the fewest edits (Levenshtein 1966).

    Returns
    -------
    int
        Edits.
    list of (int, int)
        Places of equal characters, one of each text, on one of the best alignments.
    """
    edits, pairs = _align_all(wanted, read)
    return edits, [(i, j) for i, j in pairs if i is not None and j is not None and wanted[i] == read[j]]


def find_mistakes(truth: Truth, read: Sequence[str]) -> list[Pair]:
    """Pair the numbers that were misread with what they were read as.

    Parameters
    ----------
    truth : Truth
    read : sequence of str
        Digits and "?" alone.

    Returns
    -------
    list of Pair
        Places in the truth's numbers and in `read`, neither of them right. A number that was not read has nothing
        beside it, and neither has what was read where nothing is written.

    Notes
    -----
    Of all ways to pair them in order, with what is right standing fast, the one with the fewest edits.
    """
    verdict = judge(truth, read)
    wanted_right = _by_number(truth.numbers, verdict.wanted, truth.has_no_order)
    read_right = _by_number(read, verdict.read, truth.has_no_order)
    never = 1 + 2 * sum(map(len, (*truth.numbers, *read)))

    def cost(i: int, j: int) -> int:
        if wanted_right[i] != read_right[j] or (wanted_right[i] and truth.numbers[i] != read[j]):
            return never
        edits, matches = align(truth.numbers[i], read[j])
        # Nobody would say that 5280 was read as 9, unless there is nothing else that it may have been.
        return edits if matches or truth.is_line or len(truth.numbers[i]) == len(read[j]) else never

    costs = [[cost(i, j) for j in range(len(read))] for i in range(len(truth.numbers))]
    pairs = _find_cheapest(costs, [len(number) for number in truth.numbers], [len(number) for number in read])[1]
    return [(i, j) for i, j in pairs if not (wanted_right[i] if i is not None else j is not None and read_right[j])]


def confuse(truth: Truth, read: Sequence[str]) -> Counter[tuple[str, str]]:
    """Count what each digit was read as.

    Parameters
    ----------
    truth : Truth
    read : sequence of str
        Digits and "?" alone.

    Returns
    -------
    Counter of (str, str)
        Digit as written, and as read: "?" if it was refused, "" if it was not read; ("", digit) where none is written.
    """
    wanted, given = "".join(truth.numbers), "".join(read)
    if truth.has_no_order:
        missing, surplus = Counter(wanted) - Counter(given), Counter(given) - Counter(wanted)
        confused = Counter({(digit, digit): count for digit, count in (Counter(wanted) & Counter(given)).items()})
        confused.update({(digit, ""): count for digit, count in missing.items()})
        confused.update({("", digit): count for digit, count in surplus.items()})
        return confused
    if truth.has_open_grouping:
        return _confuse_texts(wanted, given)
    mistakes = find_mistakes(truth, read)
    wrong = {i for i, _ in mistakes}
    confused = Counter((digit, digit) for i, number in enumerate(truth.numbers) if i not in wrong for digit in number)
    for i, j in mistakes:
        confused.update(_confuse_texts("" if i is None else truth.numbers[i], "" if j is None else read[j]))
    return confused


def calibration_error(rated: Iterable[tuple[float, bool]]) -> float:
    """Say how far confidence and the share that is right lie apart: the expected calibration error.

    Parameters
    ----------
    rated : iterable of (float, bool)
        Confidence, and whether it was right.

    Notes
    -----
    In `BINS` bins of equal mass (Nguyen and O'Connor 2015), so that no bin is left with a handful of numbers.
    """
    bins = bin_by_confidence(rated)
    total = sum(one.count for one in bins)
    return sum(one.count * abs(one.confidence - one.right) for one in bins) / total if total else 0.0


def error_by_chance(confidences: Sequence[float]) -> float:
    """Say which calibration error is to be expected though every confidence is exactly as often right as it says.

    The fewer numbers there are and the less sure they are, the more chance alone makes of it (Broecker and Smith 2007):
    what is no larger tells of no fault.

    Parameters
    ----------
    confidences : sequence of float

    Returns
    -------
    float
        Mean over `DRAWS` draws, the same for the same confidences.
    """
    rng = np.random.default_rng(0)
    sure = np.sort(np.asarray(confidences, float))
    draws = rng.random((DRAWS, len(sure))) < sure
    return _mean([calibration_error(zip(sure.tolist(), draw.tolist(), strict=True)) for draw in draws])


def bin_by_confidence(rated: Iterable[tuple[float, bool]], bins: int = BINS) -> list[Bin]:
    """Sort numbers into bins of equal mass, the least sure first; bins without a number are left out."""
    ordered = sorted(rated)
    edges = [len(ordered) * edge // bins for edge in range(bins + 1)]
    return [
        Bin(
            sum(confidence for confidence, _ in ordered[start:stop]) / (stop - start),
            sum(right for _, right in ordered[start:stop]) / (stop - start),
            stop - start,
        )
        for start, stop in pairwise(edges)
        if stop > start
    ]


def trade_off(rated: Iterable[tuple[float, bool]]) -> list[Accepted]:
    """Say what is accepted and what of it is wrong, for each confidence that may be asked for, the highest first."""
    ordered = sorted(rated, reverse=True)
    points, wrong = [], 0
    for place, (confidence, right) in enumerate(ordered, 1):
        wrong += not right
        # Numbers that are equally sure are accepted together or not at all.
        if place == len(ordered) or ordered[place][0] < confidence:
            points.append(Accepted(confidence, place / len(ordered), wrong / place))
    return points


def measure_auroc(positives: Sequence[float] | np.ndarray, negatives: Sequence[float] | np.ndarray) -> float | None:
    """Give the area under the receiver operating characteristic; None where one side is empty.

    It is the share of the pairs in which the positive has the higher score, ties counting half (the statistic of
    Mann and Whitney 1947, divided by the number of pairs).
    """
    count, others = len(positives), len(negatives)
    if not count or not others:
        return None
    scores = np.concatenate([np.asarray(positives, np.float64), np.asarray(negatives, np.float64)])
    _, place, ties = np.unique(scores, return_inverse=True, return_counts=True)
    # Ranks from 1; those that tie share the middle of the ranks that they take up.
    ranks = (np.cumsum(ties) - (ties - 1) / 2)[place]
    return float((ranks[:count].sum() - count * (count + 1) / 2) / (count * others))


def bound_share(hits: float, count: int) -> tuple[float, float]:
    """Bounds between which a share lies with 95 %, told from `hits` of `count` (Wilson 1927)."""
    if not count:
        return 0.0, 1.0
    share, spread = hits / count, Z_95**2 / count
    middle = (share + spread / 2) / (1 + spread)
    reach = (share * (1 - share) * spread + spread**2 / 4) ** 0.5 / (1 + spread)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def _judge_all(truths: Sequence[Truth], said: Mapping[str, Iterable[Read]]) -> list[_Judged]:
    """Judge picture after picture."""
    judged = []
    for truth in truths:
        read = gather(said.get(truth.file, ()), truth.is_line)
        judged.append(_Judged(truth, read, judge(truth, [number.text for number in read])))
    return judged


def _align_all(wanted: str, read: str) -> tuple[int, list[Pair]]:
    """Align two texts with the fewest edits, and name all of both."""
    costs = [[int(character != other) for other in read] for character in wanted]
    return _find_cheapest(costs, [1] * len(wanted), [1] * len(read))


def _find_cheapest(
    costs: Sequence[Sequence[int]], drop_wanted: Sequence[int], drop_read: Sequence[int]
) -> tuple[int, list[Pair]]:
    """Pair two sequences in order, as cheaply as can be.

    Parameters
    ----------
    costs : sequence of sequences of int
        What it costs to pair each of the first with each of the second.
    drop_wanted, drop_read : sequence of int
        What it costs to leave one of the first or of the second alone.
    """
    table = [[0]]
    for drop in drop_read:
        table[0].append(table[0][-1] + drop)
    for drop, own in zip(drop_wanted, costs, strict=True):
        above, row = table[-1], [table[-1][0] + drop]
        for column, cost in enumerate(own):
            row.append(min(above[column] + cost, above[column + 1] + drop, row[column] + drop_read[column]))
        table.append(row)
    pairs: list[Pair] = []
    i, j = len(drop_wanted), len(drop_read)
    # Of several best ways back, one that pairs is taken before one that skips.
    while i or j:
        if i and j and table[i][j] == table[i - 1][j - 1] + costs[i - 1][j - 1]:
            i, j = i - 1, j - 1
            pairs.append((i, j))
        elif i and table[i][j] == table[i - 1][j] + drop_wanted[i - 1]:
            i -= 1
            pairs.append((i, None))
        else:
            j -= 1
            pairs.append((None, j))
    return table[-1][-1], pairs[::-1]


def _confuse_texts(wanted: str, read: str) -> Counter[tuple[str, str]]:
    """Count what each digit of a text was read as."""
    return Counter(
        ("" if i is None else wanted[i], "" if j is None else read[j]) for i, j in _align_all(wanted, read)[1]
    )


def _by_number(numbers: Sequence[str], flags: Sequence[bool], are_digits: bool) -> list[bool]:
    """Say of each number whether it is right, of flags that are the digits' or the numbers'."""
    if not are_digits:
        return list(flags)
    rest = iter(flags)
    return [all(list(islice(rest, len(number)))) for number in numbers]


def _pair_up(these: Sequence[str], those: Sequence[str]) -> tuple[bool, ...]:
    """Say of each of these whether one of those is its like, each used once."""
    left = Counter(those)
    paired = []
    for this in these:
        paired.append(left[this] > 0)
        left[this] -= 1
    return tuple(paired)


def _count_strays(wanted: str, read: str) -> int:
    """Edits where order does not matter: a digit too many beside one too few is one change."""
    missing, surplus = Counter(wanted) - Counter(read), Counter(read) - Counter(wanted)
    return max(missing.total(), surplus.total())


def _are_covered(numbers: Sequence[str], places: set[int]) -> tuple[bool, ...]:
    """Say of each number whether all of its places in the joined text are among these."""
    covered, start = [], 0
    for number in numbers:
        covered.append(places.issuperset(range(start, start + len(number))))
        start += len(number)
    return tuple(covered)


def _sum_up(judged: Sequence[_Judged]) -> Figures:
    """Make the figures of all pictures; other ones where there is nothing to be read."""
    count = sum((Count.of(one.verdict) for one in judged), Count())
    if not count.wanted:
        read = sum(len(one.read) for one in judged)
        return Figures(len(judged), false=read, quiet=_mean([not one.read for one in judged]))
    rated = [pair for one in judged for pair in _rate(one)]
    return Figures(
        images=len(judged),
        numbers=count.wanted,
        recall=count.recall,
        precision=count.precision,
        f1=count.f1,
        by_source=_mean_by_source(judged),
        exact=_mean([one.verdict.edits == 0 for one in judged]),
        digits=_digits_right(judged),
        refused=sum(number.text.count("?") for one in judged for number in one.read),
        sure=_sure(rated, count.wanted) if rated else None,
        ece=calibration_error(rated) if rated else None,
        ece_by_chance=error_by_chance([confidence for confidence, _ in rated]) if rated else None,
    )


def _rate(one: _Judged) -> list[tuple[float, bool]]:
    """Pair each number's confidence with whether it is right; not where digits were judged in place of numbers."""
    if len(one.verdict.read) != len(one.read):
        return []
    return [
        (number.confidence, right)
        for number, right in zip(one.read, one.verdict.read, strict=True)
        if number.confidence is not None
    ]


def _sure(rated: Sequence[tuple[float, bool]], wanted: int) -> tuple[float, float]:
    """Share of the sure numbers that is right, and those right as a share of the truth."""
    right = [right for confidence, right in rated if confidence >= SURE]
    return _mean(right), sum(right) / wanted


def _mean_by_source(judged: Sequence[_Judged]) -> float:
    """Mean of the sources' f1."""
    sources: defaultdict[str, Count] = defaultdict(Count)
    for one in judged:
        sources[one.truth.source] += Count.of(one.verdict)
    return _mean([count.f1 for count in sources.values()])


def _digits_right(judged: Sequence[_Judged]) -> float:
    """1 - edits / digits of the truth."""
    lengths = [sum(map(len, one.truth.numbers)) for one in judged]
    edits = [min(one.verdict.edits, 2 * length) for one, length in zip(judged, lengths, strict=True)]
    return 1 - sum(edits) / sum(lengths)


def _mean(values: Sequence[float]) -> float:
    """Mean; 0 of nothing."""
    return sum(values) / len(values) if values else 0.0


def _round(value: Any) -> Any:
    """Round what is no whole number, in pairs too."""
    if isinstance(value, tuple):
        return [_round(part) for part in value]
    return round(value, DECIMALS) if isinstance(value, float) else value
