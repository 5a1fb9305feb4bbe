"""Pile: the pictures of one visitor's session, and what was read on them.

Pages are run anew at every click, so what has been read is kept here, by the content of the pictures: nothing is
read twice with the same options. Memory is bounded: the oldest pictures are let go of, and their readings stay.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import streamlit as st

from pipeline import Pipeline
from preprocess.page import Layout
from web.batch import Result, Upload
from web.rack import SHIPPED
from web.shelf import pipeline_with

KEY = "pile"
MOST_PICTURES = 500
# Of the pictures of one session; a phone's has 3 MB.
MOST_BYTES = 128_000_000


@dataclass(frozen=True)
class Options:
    """How pictures are read, as `pipeline.Pipeline` takes it."""

    model: str = SHIPPED
    layout: Layout = "page"
    min_confidence: float = 0.0
    lengths: tuple[int, ...] = ()
    patterns: tuple[str, ...] = ()

    def make_pipeline(self) -> Pipeline:
        """Make, or find, the pipeline that reads so.

        Raises
        ------
        ReaderError
            If a length or a pattern is none, or the model cannot be used.
        """
        return pipeline_with(self.model, self.layout, self.min_confidence, self.lengths, self.patterns)


@dataclass(frozen=True, eq=False)
class Sheet:
    """A picture of the pile, and what came of it.

    Parameters
    ----------
    name, digest : str
    result : Result
    options : Options
        With which it was read.
    content : bytes or None
        None where it had to be let go of.
    """

    name: str
    digest: str
    result: Result
    options: Options
    content: bytes | None

    @property
    def upload(self) -> Upload | None:
        """The picture as it was given, where it is still there."""
        return None if self.content is None else Upload(self.name, self.content)


@dataclass
class Pile:
    """Pictures in the order in which they came.

    Parameters
    ----------
    most_pictures, most_bytes : int
        What is kept at most.
    """

    most_pictures: int = MOST_PICTURES
    most_bytes: int = MOST_BYTES
    _names: list[tuple[str, str]] = field(default_factory=list)
    _contents: "OrderedDict[str, bytes]" = field(default_factory=OrderedDict)
    _results: dict[str, tuple[Options, Result]] = field(default_factory=dict)

    def __len__(self) -> int:
        """How many pictures there are."""
        return len(self._names)

    def add(self, uploads: Iterable[Upload]) -> int:
        """Put pictures on the pile; how many found no room."""
        left_out = 0
        for upload in uploads:
            if (upload.name, upload.digest) in self._names:
                continue
            if len(self._names) >= self.most_pictures:
                left_out += 1
                continue
            self._names.append((upload.name, upload.digest))
            self._contents[upload.digest] = upload.content
        return left_out

    def unread(self, options: Options) -> list[Upload]:
        """List the pictures that have not been read so, each content once."""
        first = {digest: name for name, digest in reversed(self._names)}
        digests = dict.fromkeys(digest for _, digest in self._names)
        return [
            Upload(first[digest], self._contents[digest])
            for digest in digests
            if digest in self._contents and self._options_of(digest) != options
        ]

    def keep(self, upload: Upload, options: Options, result: Result) -> None:
        """Keep what came of a picture, and let go of the oldest pictures where they are too much."""
        self._results[upload.digest] = options, result
        while sum(map(len, self._contents.values())) > self.most_bytes:
            oldest = next((digest for digest in self._contents if digest in self._results), None)
            if oldest is None:
                return
            del self._contents[oldest]

    def sheets(self) -> list[Sheet]:
        """List the pictures that have been read."""
        return [
            Sheet(name, digest, result.renamed(name), options, self._contents.get(digest))
            for name, digest in self._names
            if digest in self._results
            for options, result in [self._results[digest]]
        ]

    def clear(self) -> None:
        """Take all pictures off."""
        for kept in (self._names, self._contents, self._results):
            kept.clear()

    def _options_of(self, digest: str) -> Options | None:
        return self._results[digest][0] if digest in self._results else None


def pile_of_session() -> Pile:
    """Pile of whoever looks at this page."""
    pile: Pile = st.session_state.setdefault(KEY, Pile())
    return pile


def describe_sheets(sheets: Sequence[Sheet]) -> str:
    """Say in one sentence what came of pictures."""
    read = [sheet.result.reading for sheet in sheets if sheet.result.reading]
    numbers = sum(len(reading.numbers) for reading in read)
    failed = len(sheets) - len(read)
    words = [count(len(read), "picture") + " read", count(numbers, "number")]
    return ", ".join([*words, f"{failed} could not be read"] if failed else words) + "."


def count(number: int, noun: str) -> str:
    """Say how many there are of something."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
