"""Workplace: the folder where an unfinished training keeps what it needs to be taken up again."""

import json
import shutil
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from errors import OutputNotWritable, WrongUsage
from preprocess.patch import NORMALISER
from recognize.line_reader import FILES as LINES_FILES
from recognize.pair_reader import FILE as PAIRS_FILE
from train.crew import Labelled
from train.own.brake import STOP_FILE
from train.own.digit_set import DigitSet
from train.own.entries import LeftOut
from train.own.plan import OwnPlan
from train.own.standing import Epoch, Standing

if TYPE_CHECKING:
    import keras

FOLDER = "work"
PLAN, DIGITS, STANDING = "plan.json", "digits.npz", "standing.json"
RESULT = "result"


class Workplace:
    """The folder where an unfinished training keeps what it needs to be taken up again.

    Parameters
    ----------
    out : Path
        Where the result will be; the workplace is a folder in it until then.
    """

    def __init__(self, out: Path) -> None:
        self.out = out
        self.folder = out / FOLDER
        self.result = self.folder / RESULT

    @property
    def is_in_use(self) -> bool:
        """Whether an unfinished training is kept here."""
        return (self.folder / PLAN).is_file()

    def begin(self, plan: OwnPlan, data: Path) -> None:
        """Throw away what is there, and note the plan, and where the digits lie.

        Raises
        ------
        OutputNotWritable
        """
        try:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True)
            self._write(PLAN, asdict(plan) | {"normaliser": NORMALISER, "data": str(data.resolve())})
        except OSError as error:
            raise OutputNotWritable(f"{self.folder} cannot be written ({error.strerror}).") from error

    def go_on(self) -> None:
        """Take away what stopped the training that is kept here."""
        (self.folder / STOP_FILE).unlink(missing_ok=True)

    def clear(self) -> None:
        """Throw away what is here, and the folder around it if nothing else is in it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        with suppress(OSError):
            self.out.rmdir()

    def read_plan(self) -> tuple[OwnPlan, Path]:
        """Read the plan of the training that is kept here, and where its digits lay.

        Raises
        ------
        WrongUsage
            If there is none, or another version of this program left it.
        """
        step = "Leave --resume away, to begin anew."
        try:
            noted = self._read(PLAN)
            normaliser, data = noted.pop("normaliser"), Path(noted.pop("data"))
            plan = OwnPlan(**noted)
        except FileNotFoundError as error:
            raise WrongUsage(f"There is no unfinished training in {self.out}.", step) from error
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise WrongUsage(f"What is left of the training in {self.out} cannot be read.", step) from error
        if normaliser != NORMALISER:
            raise WrongUsage(f"The training in {self.out} was begun by another version.", step)
        return plan, data

    def keep_digits(self, digit_set: DigitSet) -> None:
        """Keep the data set as patches."""
        left_out = np.array([[one.name, one.reason] for one in digit_set.left_out], str).reshape(-1, 2)
        part = self.folder / f"part-{DIGITS}"
        digits = digit_set.digits
        np.savez(part, pictures=digits.pictures, labels=digits.labels, name=digit_set.name, left_out=left_out)
        part.replace(self.folder / DIGITS)

    def read_digits(self) -> DigitSet | None:
        """Read the data set, if it was kept."""
        path = self.folder / DIGITS
        if not path.is_file():
            return None
        with np.load(path, allow_pickle=False) as kept:
            left_out = tuple(LeftOut(str(name), str(reason)) for name, reason in kept["left_out"])
            return DigitSet(str(kept["name"]), Labelled(kept["pictures"], kept["labels"]), left_out)

    def keep(self, model: "keras.Model", standing: Standing) -> None:
        """Keep weights, optimizer and standing; what was kept before stays until all of it is there."""
        name = f"{len(standing.history)}-{standing.step}.weights.h5"
        model.save_weights(self.folder / name, overwrite=True)
        self._write(STANDING, asdict(standing) | {"weights": name})
        for old in self.folder.glob("*.weights.h5"):
            if old.name != name:
                old.unlink()

    def read_standing(self) -> Standing:
        """Say how far the training is that is kept here."""
        if not (self.folder / STANDING).is_file():
            return Standing()
        kept = self._read(STANDING)
        del kept["weights"]
        return Standing(tuple(Epoch(**one) for one in kept.pop("history")), **kept)

    def restore(self, model: "keras.Model") -> Standing:
        """Give a compiled network the weights and the optimizer that were kept, and say how far it is."""
        standing = self.read_standing()
        if standing != Standing():
            model.optimizer.build(model.trainable_variables)
            model.load_weights(self.folder / self._read(STANDING)["weights"])
        return standing

    def hand_over(self) -> None:
        """Put the result where it belongs, the card last, and leave nothing else behind."""
        made = {path.name for path in self.result.iterdir()}
        for name in {*LINES_FILES, PAIRS_FILE} - made:
            (self.out / name).unlink(missing_ok=True)
        for name in sorted(made, key=lambda name: name.endswith(".json")):
            (self.result / name).replace(self.out / name)
        self.clear()

    def _write(self, name: str, content: dict[str, Any]) -> None:
        """Write JSON, all of it or nothing."""
        part = self.folder / f"part-{name}"
        part.write_text(json.dumps(content), encoding="utf-8")
        part.replace(self.folder / name)

    def _read(self, name: str) -> dict[str, Any]:
        """Read JSON."""
        content: dict[str, Any] = json.loads((self.folder / name).read_text(encoding="utf-8"))
        return content
