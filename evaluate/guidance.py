"""Guidance: from which light, focus and size on numbers are read, and what is advised where they are not."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluate.clips import Fault, draw_fault
from evaluate.hands import load_hands
from evaluate.suites import Report, ignore
from watch.guide import find_hint
from watch.loop import Reads

# From what does no harm to what nobody can read.
STRENGTHS: Mapping[Fault, tuple[float, ...]] = {
    "dark": (0.5, 0.3, 0.2, 0.15, 0.1, 0.05),
    "blurred": (1.0, 2.0, 3.0, 4.0, 6.0, 8.0),
    "small": (30.0, 20.0, 16.0, 12.0, 10.0, 8.0),
    "faint": (0.4, 0.2, 0.15, 0.1, 0.06, 0.03),
    "cut_left": (0.1, 0.3, 0.6),
    "cut_right": (0.1, 0.3, 0.6),
    "cut_top": (0.1, 0.3, 0.6),
    "cut_bottom": (0.1, 0.3, 0.6),
    "nothing": (0.0, 1.0),
}
SHEETS = 3
EVERY = 10


@dataclass(frozen=True)
class Advised:
    """What is read and advised at one strength of a fault.

    Parameters
    ----------
    fault : str
    strength : float
    right : float
        Share of the frames on which all numbers, and no others, are read.
    hints : mapping of str to int
        How many frames have which hint; "" for none.
    """

    fault: Fault
    strength: float
    right: float
    hints: Mapping[str, int]

    @property
    def hint(self) -> str:
        """The hint that most frames have; empty where most have none."""
        return max(self.hints, key=lambda hint: self.hints[hint])


def measure_guidance(data: Path | None, pipeline: Reads, report: Report = ignore) -> list[Advised]:
    """Look at short clips in which one thing is wrong, more and more so."""
    hands = load_hands(data)
    every = [(fault, strength) for fault, strengths in STRENGTHS.items() for strength in strengths]
    results = []
    for done, (fault, strength) in enumerate(every, 1):
        hints: Counter[str] = Counter()
        right: list[bool] = []
        for number in range(SHEETS):
            clip = draw_fault(hands, fault, strength, number)
            wanted = [showing.text for showing in clip.showings]
            for frame in (clip.draw(index) for index in range(0, len(clip), EVERY)):
                page = pipeline.prepare(frame)
                reading = pipeline.read_page(page)
                hints[find_hint(page, reading) or ""] += 1
                right.append(reading.texts == wanted)
        results.append(Advised(fault, strength, sum(right) / len(right), hints))
        report("guidance", done, len(every))
    return results


def to_dict(results: Sequence[Advised]) -> dict[str, Any]:
    """Give the hint and the share that is read, by fault and strength."""
    return {f"{one.fault} {one.strength:g}": [round(one.right, 2), one.hint] for one in results}


def to_rows(results: Sequence[Advised]) -> list[list[str]]:
    """Make a table: a row for each strength of each fault."""
    rows = [["fault", "strength", "read right", "hints"]]
    for one in results:
        total = sum(one.hints.values())
        shares = sorted(one.hints.items(), key=lambda pair: -pair[1])
        hints = ", ".join(f"{hint or 'none'} {count / total:.0%}" for hint, count in shares)
        rows.append([one.fault, f"{one.strength:g}", f"{one.right:.2f}", hints])
    return rows
