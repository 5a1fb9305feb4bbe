"""Engine: LiteRT runs a network; TensorFlow is never imported to read."""

import threading
from typing import Any

import numpy as np

from capture.noise import hushed
from errors import ModelDamaged

THREADS = 2
BATCHES = (1, 4, 8, 16, 32, 64)
PADDING = 0.25
Shape = tuple[int, ...]


class Engine:
    """LiteRT over one model file, for inputs of any size: each is run in one of a few shapes, made when needed.

    Parameters
    ----------
    content : bytes
        A .tflite file.
    shape : tuple of int
        One shape that its input may have, to try it with.
    threads : int
        What is small, or is run beside another, is run faster by one than it is shared out to two.

    Raises
    ------
    ModelDamaged
        If it is none, or does not take that shape.
    """

    def __init__(self, content: bytes, shape: Shape, threads: int = THREADS) -> None:
        self._content = content
        self._threads = threads
        self._runners: dict[Shape, Any] = {}
        # An interpreter is not safe to be used by two threads at a time.
        self._lock = threading.Lock()
        interpreter, _, _ = self._runner(shape)
        self.classes = int(interpreter.get_output_details()[0]["shape"][-1])

    def run(self, pictures: np.ndarray, shape: Shape | None = None) -> np.ndarray:
        """Run the network once.

        Parameters
        ----------
        pictures : ndarray of float32
        shape : tuple of int, optional
            What it is padded to, where it is less than that in its first axis.

        Returns
        -------
        ndarray of float32, shape (len(pictures), ..., classes)
        """
        with self._lock:
            interpreter, source, target = self._runner(shape or pictures.shape)
            interpreter.tensor(source)()[: len(pictures)] = pictures
            interpreter.invoke()
            answer: np.ndarray = interpreter.tensor(target)()[: len(pictures)].copy()
            return answer

    def run_all(self, pictures: np.ndarray) -> np.ndarray:
        """Run the network over any number of pictures but none, in batches of a few sizes.

        Parameters
        ----------
        pictures : ndarray of float32, shape (n, ...)

        Returns
        -------
        ndarray of float32, shape (n, ..., classes)
        """
        answers = []
        done = 0
        while done < len(pictures):
            size = next_batch(len(pictures) - done)
            answers.append(self.run(pictures[done : done + size], (size, *pictures.shape[1:])))
            done += len(answers[-1])
        return np.concatenate(answers)

    def _runner(self, shape: Shape) -> tuple[Any, int, int]:
        """Interpreter for one shape of input."""
        if shape not in self._runners:
            from ai_edge_litert.interpreter import Interpreter

            try:
                # LiteRT tells the terminal which delegate it chose.
                with hushed():
                    interpreter = Interpreter(model_content=self._content, num_threads=self._threads)
                    source = interpreter.get_input_details()[0]["index"]
                    interpreter.resize_tensor_input(source, shape)
                    interpreter.allocate_tensors()
            except (ValueError, RuntimeError) as error:
                raise ModelDamaged(f"The model file is no LiteRT model that can be run ({str(error)[:80]}).") from error
            self._runners[shape] = interpreter, source, interpreter.get_output_details()[0]["index"]
        return self._runners[shape]


def next_batch(rest: int) -> int:
    """Choose the batch to run next: one that holds all the rest with little padding, else the largest to fill."""
    filled = max((batch for batch in BATCHES if batch <= rest), default=BATCHES[0])
    padded = min((batch for batch in BATCHES if batch >= rest), default=BATCHES[-1])
    return padded if padded - rest <= PADDING * padded else filled
