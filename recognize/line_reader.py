"""Line reader: sweeps along the whole of a run, and says where the middle of a digit, or of something else, is.

The lattice asks a classifier what each span is by itself; the line reader has seen the span among its neighbours.
Where cuts go wrong in different ways for both, what they agree on is right (a space displacement network, Matan,
Burges, LeCun, Denker 1992, beside heuristic over-segmentation, LeCun, Bottou, Bengio, Haffner 1998, section VII).
"""

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from itertools import cycle
from pathlib import Path

import numpy as np

from errors import ModelMismatch
from preprocess.pieces import Run
from preprocess.strip import FRAME_PX, HEIGHT_PX, Strip, displace, to_strip
from recognize.classifier import Card, read_model
from recognize.engine import Engine

CLASSES = 12
NOTHING, OTHER = 10, 11
# Widths that the network is run in; what is wider is not looked at.
WIDTHS_PX = (64, 96, 128, 192, 256, 384, 512)
# The first network looks everywhere, and where a strip is looked at in several places the second takes turns with it.
FILES = ("lines.tflite", "lines_plain.tflite")
# How far a strip is displaced, px to the right and down.
Place = tuple[float, float]
# What a network says varies a little with where its pixels fall; what is said at all of these together does so less.
AS_IT_IS: tuple[Place, ...] = ((0.0, 0.0),)
AROUND = (*AS_IT_IS, (1.0, 0.0), (0.0, 1.5), (0.0, -1.5))


class LineReader:
    """Tells what stands between any two of a run's pieces.

    Parameters
    ----------
    engine : Engine
        A network from strips (1, 32, w, 1) to logits (1, w / 2, 12).
    *others : callable
        Make more of them, when they are needed first, for most pictures are read without.

    Raises
    ------
    ModelMismatch
        If one gives others.
    """

    def __init__(self, engine: Engine, *others: Callable[[], Engine]) -> None:
        self._first = _check(engine)
        self._others = others

    @classmethod
    def load(cls, folder: Path, card: Card) -> "LineReader | None":
        """Load the files of a folder that its card names, if it names any.

        Raises
        ------
        ModelMissing, ModelDamaged
        """
        contents = [read_model(folder, file, card) for file in FILES if file in card.raw["sha256"]]
        if not contents:
            return None
        first, *others = [partial(Engine, content, (1, HEIGHT_PX, WIDTHS_PX[0], 1), threads=1) for content in contents]
        return cls(first(), *others)

    @cached_property
    def _engines(self) -> list[Engine]:
        """All networks."""
        return [self._first, *(_check(make()) for make in self._others)]

    def look(self, run: Run, spans: list[tuple[int, int]], places: Sequence[Place] = AS_IT_IS) -> np.ndarray | None:
        """Say how likely a whole run's frames are with each span taken for a digit, or for none.

        Parameters
        ----------
        run : Run
            With a piece at least.
        spans : list of (int, int)
        places : sequence of Place
            Where the strip is looked at, by the networks in turn; what is said at each counts the same (the geometric
            mean).

        Returns
        -------
        ndarray of float, shape (len(spans), 11), or None
            Logarithms; of the frames between the middles of the gaps around a span, so that those of the spans of
            any path add up to all frames. None if the run is too wide.
        """
        strip = to_strip(run)
        if strip.image.shape[1] > WIDTHS_PX[-1]:
            return None
        engines = self._engines if len(places) > 1 else [self._first]
        turns = zip(places, cycle(engines), strict=False)
        said = [_sweep(engine, displace(strip.image, *place)) for place, engine in turns]
        frames = _normalise(np.mean(said, axis=0))
        return rate_spans(frames, np.array(_node_frames(run, strip))[np.array(spans)])


def _check(engine: Engine) -> Engine:
    """Refuse a network that tells other classes apart."""
    if engine.classes != CLASSES:
        raise ModelMismatch(f"The line reader's model tells {engine.classes} classes apart and not {CLASSES}.")
    return engine


def _sweep(engine: Engine, image: np.ndarray) -> np.ndarray:
    """Logarithms of the probabilities at each frame of a strip: (frames, 12)."""
    width = next(width for width in WIDTHS_PX if width >= image.shape[1])
    padded = np.zeros((1, HEIGHT_PX, width, 1), np.float32)
    padded[0, :, : image.shape[1], 0] = image / np.float32(255.0)
    return _normalise(engine.run(padded)[0, : image.shape[1] // FRAME_PX])


def _normalise(logits: np.ndarray) -> np.ndarray:
    """Make logarithms of probabilities of each row."""
    normalised: np.ndarray = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
    return normalised


def rate_spans(frames: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    """Sum over all ways in which a span's frames may be one digit's middle, or none's, with nothing around it.

    Parameters
    ----------
    frames : ndarray of float, shape (n, 12)
        Logarithms of probabilities: digits, nothing, something else.
    bounds : ndarray of int, shape (spans, 2)
        The first frame of each, and the one behind its last.

    Returns
    -------
    ndarray of float, shape (spans, 11)
        Logarithms; the last is for no digit, be it something else or nothing at all.
    """
    starts, stops = bounds.T
    nothing = np.concatenate([[0.0], np.cumsum(frames[:, NOTHING], dtype=float)])
    gains = np.delete(frames, NOTHING, axis=1) - frames[:, NOTHING, None]
    # Kadane's way, with sums for maxima: a stretch of middles that ends here began anywhere before. All spans that
    # start together are one sweep, which passes all of their ends.
    places, which = np.unique(starts, return_inverse=True)
    longest = int((stops - starts).max(initial=0))
    ahead = np.concatenate([gains, np.zeros((longest, CLASSES - 1))])
    ending = np.full((len(places), CLASSES - 1), -np.inf)
    totals = np.full((longest + 1, len(places), CLASSES - 1), -np.inf)
    for step in range(longest):
        ending = np.logaddexp(ending, 0.0) + ahead[places + step]
        totals[step + 1] = np.logaddexp(totals[step], ending)
    total = totals[stops - starts, which]
    total[:, -1] = np.logaddexp(total[:, -1], 0.0)
    return total + (nothing[stops] - nothing[starts])[:, None]


def _node_frames(run: Run, strip: Strip) -> list[int]:
    """First frame behind each place between pieces: in the middle of what lies between, or of what overlaps."""
    bounds = [strip.frames_of(piece) for piece in run.pieces]
    inner = [
        (max(stop for _, stop in bounds[: place + 1]) + min(start for start, _ in bounds[place + 1 :])) // 2
        for place in range(len(bounds) - 1)
    ]
    return [0, *inner, strip.image.shape[1] // FRAME_PX]
