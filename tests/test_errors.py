"""The errors' contract: each has an exit code, is a builtin exception too, and ends in what to do next."""

import builtins
import pickle
import re
from collections.abc import Iterator

import pytest

import errors
from errors import EXIT_INTERRUPTED, ReaderError
from tests.conftest import CHECKOUT

# 1 a fault of ours, 2 wrong usage, 3 unreadable input, 4 no camera, 5 the model, 6 speech.
EXIT_CODES = {1, 2, 3, 4, 5, 6}
# Told over HTTP alone: no command ends with one, so they have no code of their own.
SERVED = {errors.ForeignOrigin, errors.TooManyRequests}
HTTP_STATUSES = {400, 403, 413, 415, 422, 429, 500, 503}


def walk_subclasses(cls: type[ReaderError]) -> Iterator[type[ReaderError]]:
    """Yield all classes below one, once each."""
    for child in cls.__subclasses__():
        yield child
        yield from walk_subclasses(child)


def classes() -> list[type[ReaderError]]:
    """All errors of errors.py, in order of their names."""
    return sorted({cls for cls in walk_subclasses(ReaderError) if cls.__module__ == "errors"}, key=lambda c: c.__name__)


each_error = pytest.mark.parametrize("cls", classes(), ids=lambda cls: cls.__name__)


def test_there_are_errors_to_walk():
    assert len(classes()) >= 10


@each_error
def test_codes_are_of_the_contract(cls):
    usual = {1} if cls in SERVED else EXIT_CODES - {1}
    assert cls.exit_code in usual, "1 is for faults of ours, which are no ReaderError of their own"
    assert cls.http_status in HTTP_STATUSES


def test_the_base_is_a_fault_of_ours():
    assert (ReaderError.exit_code, ReaderError.http_status) == (1, 500)
    assert EXIT_INTERRUPTED == 130


@each_error
def test_the_next_step_is_one_sentence(cls):
    step = cls.default_step
    assert re.fullmatch(r"[A-Z][^\n]*\.", step), step
    assert step == step.strip()


@each_error
def test_it_is_the_builtin_error_too(cls):
    builtin = [base for base in cls.__mro__ if base.__module__ == builtins.__name__]
    assert builtin[0] not in {Exception, BaseException, object}
    with pytest.raises(builtin[0]):
        raise cls("There is a fault.")


@each_error
def test_the_message_says_what_is_wrong_then_what_to_do(cls):
    assert str(cls("a.jpg is broken.")) == f"a.jpg is broken. {cls.default_step}"
    error = cls("a.jpg is broken.", "Draw it again.")
    assert str(error) == "a.jpg is broken. Draw it again."
    assert (error.what, error.next_step) == ("a.jpg is broken.", "Draw it again.")


@each_error
def test_it_crosses_between_processes_whole(cls):
    error = cls("a.jpg is broken.", "Draw it again.")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


@each_error
def test_it_says_what_it_means(cls):
    assert cls.__doc__
    assert cls.__doc__ != ReaderError.__doc__


def test_all_errors_are_in_one_room():
    import pipeline  # noqa: F401 - loads the stages
    import speak.voice  # noqa: F401

    rooms = {cls.__module__ for cls in walk_subclasses(ReaderError)}
    assert {room for room in rooms if not room.startswith("tests")} == {errors.__name__}


@each_error
def test_troubleshooting_has_a_heading_for_it(cls):
    text = (CHECKOUT / "docs" / "troubleshooting.md").read_text("utf-8")
    section = re.search(rf"^## {cls.__name__}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert section, f"docs/troubleshooting.md needs a heading '## {cls.__name__}'"
    assert f"exit code {cls.exit_code}" in section[1].lower()


def test_troubleshooting_tells_of_no_error_that_is_gone():
    text = (CHECKOUT / "docs" / "troubleshooting.md").read_text("utf-8")
    named = set(re.findall(r"^## ([A-Z][a-z]+(?:[A-Z][a-z]+)+)$", text, re.MULTILINE))
    assert named == {cls.__name__ for cls in classes()}
