"""Course: where a line runs, as a polynomial of how far along it one is."""

from collections.abc import Sequence
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


def follow_courses(courses: Sequence[Course], along: np.ndarray) -> np.ndarray:
    """Say where many lines are at the same places along them, as each of them would.

    Parameters
    ----------
    courses : sequence of Course
    along : ndarray, shape (n,)
        px.

    Returns
    -------
    ndarray of float64, shape (len(courses), n)
    """
    coefficients = np.zeros((max((len(course.coefficients) for course in courses), default=1), len(courses), 1))
    for number, course in enumerate(courses):
        coefficients[: len(course.coefficients), number, 0] = course.coefficients
    ends = np.array([(course.start, course.stop) for course in courses]).reshape(-1, 2, 1)
    scaled = (along - ends.sum(axis=1) / 2) * (2 / (ends[:, 1] - ends[:, 0]))
    where = scaled * 0.0 + coefficients[-1]
    for coefficient in coefficients[-2::-1]:
        where *= scaled
        where += coefficient
    return where


def fit_course(along: np.ndarray, where: np.ndarray, degree: int) -> Course:
    """Fit a course through places by least squares.

    Parameters
    ----------
    along, where : ndarray of float64, shape (n,)
        px, `along` in order, from the line's begin to its end.
    degree : int
    """
    if along[0] == along[-1]:
        return Course((float(where.mean()),), float(along[0]) - 1, float(along[0]) + 1)
    counts = np.ones((1, len(along)), bool)
    return fit_courses(along, where[None], counts, min(degree, len(along) - 1))[0][0]


def fit_courses(
    along: np.ndarray, where: np.ndarray, counts: np.ndarray, degree: int
) -> tuple[list[Course], np.ndarray]:
    """Fit many courses at once, each through the places that count for it.

    Parameters
    ----------
    along : ndarray of float64, shape (n,)
        px, in order.
    where : ndarray of float64, shape (m, n)
        px, of each line.
    counts : ndarray of bool, shape (m, n)
        More than `degree` of each line, and two at least.
    degree : int

    Returns
    -------
    courses : list of Course
    away : ndarray of float64, shape (m,)
        How far each is from its places, in the mean.
    """
    starts = along[counts.argmax(axis=1)]
    stops = along[len(along) - 1 - counts[:, ::-1].argmax(axis=1)]
    scaled = (along - ((starts + stops) / 2)[:, None]) * (2 / (stops - starts))[:, None]
    powers = np.empty((len(where), degree + 1, len(along)))
    powers[:, 0] = counts
    for power in range(1, degree + 1):
        np.multiply(powers[:, power - 1], scaled, out=powers[:, power])
    # Of a few powers of what lies within -1 and 1 the normal equations lose nothing that matters, and are soon solved.
    normal, wanted = powers @ powers.transpose(0, 2, 1), powers @ where[:, :, None]
    coefficients = np.linalg.solve(normal, wanted)
    off = np.abs((coefficients.transpose(0, 2, 1) @ powers)[:, 0] - where * counts)
    ends = zip(coefficients[..., 0].tolist(), starts.tolist(), stops.tolist(), strict=True)
    return [Course(tuple(own), start, stop) for own, start, stop in ends], off.sum(axis=1) / counts.sum(axis=1)
