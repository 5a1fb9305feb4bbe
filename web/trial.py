"""Trial: a stranger's model is checked and used once, in a process that may fail: ``python -m web.trial FOLDER``."""

import sys
from pathlib import Path

import numpy as np

from errors import ReaderError
from pipeline import Pipeline
from preprocess.patch import SIDE_PX
from recognize.engine import BATCHES
from recognize.reader import Reader


def main(folder: Path) -> str | None:
    """Load the model of a folder and read with it; says what is wrong with it, if something is."""
    try:
        reader = Reader.load(folder)
        for batch in BATCHES:
            told = [reader.classifier.predict(np.zeros((batch, SIDE_PX, SIDE_PX, 1), np.float32))]
            if reader.pair_reader:
                told.append(reader.pair_reader.predict([np.full((SIDE_PX, SIDE_PX), 255, np.uint8)] * batch))
            if not all(np.isfinite(one).all() for one in told):
                return "The model gives values that are no probabilities."
        Pipeline(models=folder).read(np.full((60, 60, 3), 255, np.uint8))
    except ReaderError as error:
        return error.what
    except (ValueError, TypeError, KeyError, RuntimeError, OverflowError) as error:
        return f"The model cannot be used ({type(error).__name__})."
    return None


if __name__ == "__main__":
    reason = main(Path(sys.argv[1]))
    if reason:
        sys.stdout.write(reason)
        sys.exit(1)
