"""Owners: whose ink it is that reading finds in a picture of a writing."""

from collections.abc import Sequence

import numpy as np

from capture.frame import Frame
from preprocess.glyphs import cut_closely
from preprocess.page import Page, prepare
from preprocess.pieces import Piece, Run
from train.synth.numbers import NO_GLYPH

SOLID = 100
AS_LINE = 0.7


def find_runs(image: np.ndarray, rng: np.random.Generator) -> tuple[Page, Sequence[Run]]:
    """Prepare a picture as reading does: as a page that is cut roughly, or more often as one number, cut closely.

    Parameters
    ----------
    image : ndarray of uint8, shape (h, w, 3)
    rng : numpy.random.Generator

    Returns
    -------
    page : Page
    runs : sequence of Run
        Its own, or the same with more cuts: most of those are wrong, and wrong ones are to be learnt from, too.
    """
    page = prepare(Frame(image), "line" if rng.random() < AS_LINE else "page")
    return page, cut_closely(page.runs) if page.layout == "line" else page.runs


def find_owners(piece: Piece, run: Run, page: Page, owner: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find whose each of a piece's ink pixels is.

    Parameters
    ----------
    piece : Piece
    run : Run
        That it is of.
    page : Page
        That the run is on.
    owner : ndarray of int16, shape (h, w)
        Index of the character that each of the picture's pixels belongs to, or `NO_GLYPH`.

    Returns
    -------
    spots : ndarray of float, shape (n, 2)
        x, y of the pixels' middles, px of the run.
    whose : ndarray of int, shape (n,)
    """
    ys, xs = np.nonzero(piece.ink > SOLID)
    spots = np.stack([xs + piece.left + 0.5, ys + piece.top + 0.5, np.ones(len(xs))])
    places = (page.to_frame @ run.to_page @ spots)[:2].astype(int)
    height, width = owner.shape
    whose = owner[np.clip(places[1], 0, height - 1), np.clip(places[0], 0, width - 1)]
    return spots[:2].T, whose


def own_ink(piece: Piece, run: Run, page: Page, owner: np.ndarray, count: int) -> np.ndarray:
    """Count whose ink a piece is made of: float (count + 1,), the last for ink that is nobody's."""
    _, whose = find_owners(piece, run, page, owner)
    return np.bincount(np.where(whose == NO_GLYPH, count, whose), minlength=count + 1).astype(float)
