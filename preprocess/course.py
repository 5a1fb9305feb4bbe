"""Course: where a line runs, as a polynomial of how far along it one is."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np

Along = TypeVar("Along", float, np.ndarray)


@dataclass(frozen=True)
class Course:
    """A polynomial; numpy's own takes longer to be made and called than a line takes to be followed.

    Parameters
    ----------
    coefficients : tuple of float
        Lowest power first, of how far along, scaled so that the line begins at -1 and ends at 1.
    start, stop : float
        Where it begins and ends, px; not the same.
    """

    coefficients: tuple[float, ...]
    start: float = -1.0
    stop: float = 1.0

    def __call__(self, along: Along) -> Along:
        """Say where the line is at these places along it, px."""
        scaled = (along - (self.start + self.stop) / 2) * (2 / (self.stop - self.start))
        where = scaled * 0.0 + self.coefficients[-1]
        for coefficient in self.coefficients[-2::-1]:
            where = where * scaled + coefficient
        return where

    @property
    def degree(self) -> int:
        """Its highest power."""
        return len(self.coefficients) - 1

    def shift(self, along: float, across: float) -> "Course":
        """Move the line, px."""
        lowest, *others = self.coefficients
        return Course((lowest + across, *others), self.start + along, self.stop + along)


def fit_course(along: np.ndarray, where: np.ndarray, degree: int) -> Course:
    """Fit a course through places by least squares.

    Parameters
    ----------
    along, where : ndarray of float64, shape (n,)
        px, `along` in order, from the line's begin to its end.
    degree : int
    """
    start, stop = float(along[0]), float(along[-1])
    if start == stop:
        return Course((float(where.mean()),), start - 1, start + 1)
    scaled = (along - (start + stop) / 2) * (2 / (stop - start))
    powers = np.ones((min(degree, len(along) - 1) + 1, len(along)))
    for power in range(1, len(powers)):
        np.multiply(powers[power - 1], scaled, out=powers[power])
    # Of a few powers of what lies within -1 and 1 the normal equations lose nothing that matters, and are soon solved.
    return Course(tuple(np.linalg.solve(powers @ powers.T, powers @ where).tolist()), start, stop)
