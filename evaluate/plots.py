"""Plots: what was measured as pictures that colour-blind people read too, and paper in black and white."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evaluate.metrics import BINS, SURE, Figures, bin_by_confidence, bound_share, calibration_error, trade_off

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DOTS_PER_INCH = 120
PANEL_INCHES = 4.2
PANELS_ACROSS = 3
FEWEST_PER_BIN = 10
FEWEST_ACCEPTED = 10
# Small shares are to be told from none.
SHADE_POWER = 0.35
DARK = 0.5
# Okabe and Ito's palette; each set has a dash of its own too.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#E69F00", "#56B4E9")
DASHES = ("-", "--", "-.", ":")
GREY = "#777777"

Rated = Mapping[str, Sequence[tuple[float, bool]]]


@dataclass(frozen=True, eq=False)
class Confusion:
    """How often each digit was read as which.

    Parameters
    ----------
    title : str
        What was read.
    counts : ndarray of int, shape (10, n)
        A row for each digit as it is written.
    columns : tuple of str
        What it was read as.
    """

    title: str
    counts: np.ndarray
    columns: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse counts that the columns don't name."""
        if self.counts.shape != (10, len(self.columns)):
            raise ValueError(f"counts must be (10, {len(self.columns)}), got {self.counts.shape}")


def draw_confusion(tables: Sequence[Confusion], path: Path) -> None:
    """Draw confusion matrices beside each other; shades are shares of a row, numbers are counts."""
    figure, panels = _make_panels(len(tables), len(tables), (6.0, 5.4))
    for panel, table in zip(panels, tables, strict=True):
        _draw_table(panel, table)
    _save(figure, path)


def draw_reliability(rated: Rated, path: Path) -> None:
    """Draw how often numbers are right that are about as sure, a panel for each set.

    Bins are of equal mass; the bars are the bounds of the share with 95 %.
    """
    figure, panels = _make_panels(len(rated), PANELS_ACROSS, (PANEL_INCHES, PANEL_INCHES))
    for place, (panel, (name, pairs)) in enumerate(zip(panels, rated.items(), strict=False)):
        _draw_bins(panel, name, pairs, COLOURS[place % len(COLOURS)])
    _save(figure, path)


def draw_risk_coverage(rated: Rated, path: Path) -> None:
    """Draw what is wrong of the numbers that are accepted, against how many are, a curve for each set."""
    figure, (panel,) = _make_panels(1, 1, (8.0, 5.6))
    highest = 0.0
    for place, (name, pairs) in enumerate(rated.items()):
        points = [point for point in trade_off(pairs) if point.share * len(pairs) >= FEWEST_ACCEPTED]
        if points:
            _draw_curve(panel, f"{name} ({len(pairs):,} numbers)", points, place)
            highest = max(highest, *(point.wrong for point in points))
    panel.set_title(f"Risk and coverage: ● where a confidence of {SURE} is asked for")
    panel.set_xlabel("numbers accepted, the surest first (% of the numbers read)")
    panel.set_ylabel("of these, wrong (%)")
    panel.set_xlim(0, 101)
    # A curve without an error would lie on the frame.
    panel.set_ylim(-2 * max(highest, 0.01), 108 * max(highest, 0.01))
    panel.grid(alpha=0.3)
    if panel.lines:
        # Curves may run anywhere, so that no corner is free.
        figure.legend(loc="outside lower center", ncols=3, frameon=False)
    _save(figure, path)


def draw_conditions(figures: Mapping[str, Figures], path: Path) -> None:
    """Draw the error of each condition: numbers that were not read right, with bounds, and digits."""
    figure, (panel,) = _make_panels(1, 1, (8.0, 1.6 + 0.45 * len(figures)))
    names = list(figures)
    rows = np.arange(len(names))[::-1]
    numbers = np.array([_error_bounds(one) for one in figures.values()]).reshape(-1, 3) * 100
    digits = np.array([1 - (one.digits or 0.0) for one in figures.values()]) * 100
    error, low, high = numbers.T
    panel.barh(rows, error, height=0.6, color=COLOURS[6], label="numbers (whole, all digits right)")
    panel.errorbar(
        error, rows, xerr=[error - low, high - error], fmt="none", ecolor=COLOURS[4], capsize=3, label="its 95 % bounds"
    )
    panel.plot(
        digits, rows, linestyle="none", marker="D", color=COLOURS[1], clip_on=False, label="digits (edits / digits)"
    )
    edges = np.maximum(high, digits + 0.5)
    for row, share, edge in zip(rows, error, edges, strict=True):
        panel.text(edge + 0.8, row, f"{share:.1f} %", va="center")
    panel.set_yticks(rows, [f"{name} (n = {figures[name].numbers:,})" for name in names])
    panel.set_xlim(0, max(5.0, float(edges.max(initial=0.0)) * 1.15 + 3))
    panel.set_xlabel("not read right (%)")
    panel.set_title("Error by condition, drawn pages")
    panel.grid(axis="x", alpha=0.3)
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    _save(figure, path)


def _draw_table(panel: "Axes", table: Confusion) -> None:
    """Draw one confusion matrix."""
    from matplotlib.colors import PowerNorm

    counts = table.counts
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    shade = PowerNorm(SHADE_POWER, 0, 1)
    panel.imshow(shares, cmap="Blues", norm=shade, aspect="auto")
    for row, column in np.argwhere(counts):
        colour = "white" if shade(shares[row, column]) > DARK else "black"
        panel.text(column, row, f"{counts[row, column]}", ha="center", va="center", color=colour, fontsize=8)
    panel.set_xticks(range(len(table.columns)), table.columns)
    panel.set_yticks(range(10), list("0123456789"))
    for label in panel.get_xticklabels()[10:]:
        label.set_rotation(30)
    panel.set_xlabel("read as")
    panel.set_ylabel("written")
    panel.set_title(f"{table.title}\n{counts.sum():,} digits, shaded by share of a row")


def _draw_bins(panel: "Axes", name: str, rated: Sequence[tuple[float, bool]], colour: str) -> None:
    """Draw one set's reliability."""
    bins = bin_by_confidence(rated, max(1, min(BINS, len(rated) // FEWEST_PER_BIN)))
    confidence = [one.confidence for one in bins]
    right = np.array([one.right for one in bins])
    bounds = np.array([bound_share(one.right * one.count, one.count) for one in bins]).reshape(-1, 2)
    panel.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1, label="as sure as right")
    reach = [right - bounds[:, 0], bounds[:, 1] - right]
    label = f"{len(bins)} bins of about {round(len(rated) / max(1, len(bins)))}"
    panel.errorbar(confidence, right, yerr=np.maximum(reach, 0), fmt="o", color=colour, capsize=2, label=label)
    panel.set_title(f"{name}\n{len(rated):,} numbers, ECE {calibration_error(rated):.3f}")
    panel.set_xlabel("confidence (mean of a bin)")
    panel.set_ylabel("share that is right")
    panel.set_xlim(-0.02, 1.02)
    panel.set_ylim(-0.02, 1.02)
    panel.grid(alpha=0.3)
    panel.legend(loc="upper left")


def _draw_curve(panel: "Axes", label: str, points: Sequence[Any], place: int) -> None:
    """Draw one set's curve, and mark the point where `SURE` is asked for."""
    colour = COLOURS[place % len(COLOURS)]
    panel.plot(
        [100 * point.share for point in points],
        [100 * point.wrong for point in points],
        color=colour,
        linestyle=DASHES[place % len(DASHES)],
        label=label,
    )
    sure = [point for point in points if point.confidence >= SURE]
    if sure:
        panel.plot(100 * sure[-1].share, 100 * sure[-1].wrong, marker="o", color=colour)


def _error_bounds(figures: Figures) -> tuple[float, float, float]:
    """Share of the numbers that were not read right, and its bounds."""
    count = figures.numbers or 0
    error = 1 - (figures.recall or 0.0)
    low, high = bound_share(error * count, count)
    return error, min(low, error), max(high, error)


def _make_panels(count: int, across: int, inches: tuple[float, float]) -> tuple["Figure", list["Axes"]]:
    """Make a figure of so many panels, each of a size."""
    # Without pyplot nothing is kept that would have to be closed, and no window system is looked for.
    from matplotlib.figure import Figure

    columns = max(1, min(count, across))
    rows = max(1, -(-count // columns))
    figure = Figure(figsize=(inches[0] * columns, inches[1] * rows), layout="constrained")
    return figure, [figure.add_subplot(rows, columns, place + 1) for place in range(count)]


def _save(figure: "Figure", path: Path) -> None:
    """Write a figure as PNG."""
    figure.savefig(path, dpi=DOTS_PER_INCH, format="png")
