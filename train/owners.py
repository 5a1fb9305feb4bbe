"""Owners: whose ink it is that reading finds in a picture of a writing."""

import numpy as np

from preprocess.page import Page
from preprocess.pieces import Piece, Run
from train.synth.numbers import NO_GLYPH

SOLID = 100


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
