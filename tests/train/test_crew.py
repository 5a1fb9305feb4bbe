"""Crew: what is made in other processes comes back in order, and what goes wrong there is told here."""

from functools import partial

import pytest

from train.crew import make_chunks


def add(one: int, number: int) -> tuple[int, int]:
    return number, one + number


def fail(number: int) -> int:
    raise ValueError(f"chunk {number} cannot be made")


def test_chunks_come_in_order():
    assert list(make_chunks(partial(add, 100), 5)) == [(number, 100 + number) for number in range(5)]


def test_nothing_is_made_of_nothing():
    assert list(make_chunks(partial(add, 1), 0)) == []


def test_what_goes_wrong_is_told():
    with pytest.raises(ValueError, match="chunk 0 cannot be made"):
        list(make_chunks(fail, 2))
