"""Crew: chunks of training data are made on all cores, in an order that does not depend on how many there are."""

import multiprocessing
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import cv2

Chunk = TypeVar("Chunk")


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
