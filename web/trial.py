"""Trial: a stranger's model is checked and used once, in a process that may fail: ``python -m web.trial FOLDER``."""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from errors import ReaderError
from pipeline import Pipeline
from preprocess.patch import SIDE_PX
from preprocess.pieces import Piece, Run
from recognize.engine import BATCHES
from recognize.line_reader import AROUND
from recognize.reader import Reader

BLOCK = np.full((SIDE_PX, SIDE_PX), 255, np.uint8)


def main(folder: Path) -> str | None:
    """Load the model of a folder and read with it; says what is wrong with it, if something is."""
    try:
        if not all(np.isfinite(told).all() for told in _ask_all(Reader.load(folder))):
            return "The model gives values that are no probabilities."
        Pipeline(models=folder).read(np.full((60, 60, 3), 255, np.uint8))
    except ReaderError as error:
        return error.what
    except (ValueError, TypeError, KeyError, RuntimeError, OverflowError) as error:
        return f"The model cannot be used ({type(error).__name__})."
    return None


def _ask_all(reader: Reader) -> Iterator[np.ndarray]:
    """Ask each of a reader's networks; those that take batches, in every size of them."""
    for batch in BATCHES:
        yield reader.classifier.predict(np.zeros((batch, SIDE_PX, SIDE_PX, 1), np.float32))
        if reader.pair_reader:
            yield reader.pair_reader.predict([BLOCK] * batch)
    if reader.line_reader:
        run = Run((Piece(0, 0, BLOCK, 0),), np.eye(3), SIDE_PX)
        # At several places, or one of its networks would not be asked.
        look = reader.line_reader.look(run, [(0, 1)], AROUND)
        assert look is not None, "it is narrow enough"
        yield look


if __name__ == "__main__":
    reason = main(Path(sys.argv[1]))
    if reason:
        sys.stdout.write(reason)
        sys.exit(1)
