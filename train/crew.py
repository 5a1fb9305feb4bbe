"""Crew: labelled pictures are made on all cores, in an order that does not depend on how many there are."""

import multiprocessing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import cv2
import numpy as np

Chunk = TypeVar("Chunk")


@dataclass(frozen=True, eq=False)
class Labelled:
    """Pictures to train on, and what is on them.

    Parameters
    ----------
    pictures : ndarray of uint8, shape (n, h, w)
        255 = full ink.
    labels : ndarray of uint8, shape (n, ...)
    """

    pictures: np.ndarray
    labels: np.ndarray


def make_labelled(make: Callable[[int], Labelled], count: int, report: Callable[[int], None]) -> Labelled:
    """Make `count` chunks in other processes, as `make_chunks` does, and put them together.

    Parameters
    ----------
    make : callable
    count : int
    report : callable
        Told how many pictures came in, again and again.
    """
    pictures, labels = [], []
    for made in make_chunks(make, count):
        pictures.append(made.pictures)
        labels.append(made.labels)
        report(len(made.labels))
    return Labelled(np.concatenate(pictures), np.concatenate(labels))


def make_chunks(make: Callable[[int], Chunk], count: int) -> Iterator[Chunk]:
    """Call `make` with 0, 1 ... `count` - 1 in other processes, and give what it returns, in order.

    Parameters
    ----------
    make : callable
        Handed to each process once, not with each chunk: it may carry whole data sets.
    count : int
    """
    with multiprocessing.get_context("spawn").Pool(initializer=_begin, initargs=(make,)) as pool:
        yield from pool.imap(_make, range(count))


_work: Callable[[int], Any] | None = None


def _begin(make: Callable[[int], Any]) -> None:
    """Give a worker process what it works on."""
    global _work
    _work = make
    cv2.setNumThreads(1)


def _make(number: int) -> Any:
    assert _work is not None
    return _work(number)
