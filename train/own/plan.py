"""Plan: what a training on digits of one's own is to be like."""

from dataclasses import dataclass
from typing import Literal, get_args

from errors import WrongUsage

Network = Literal["cnn", "mlp", "three-block"]
NETWORKS: tuple[Network, ...] = get_args(Network)
MOST_EPOCHS = 1000
BATCH_SIZES = 8, 1024
RATES = 1e-6, 0.1
SHARES = 0.05, 0.5


@dataclass(frozen=True)
class OwnPlan:
    """What a training on digits of one's own is to be like.

    Parameters
    ----------
    network : {"cnn", "mlp", "three-block"}
    epochs : int
        How often the digits are seen.
    batch_size : int
    learning_rate : float, optional
        Its highest value; one that suits the network if not given.
    validation : float
        Share of the digits that is held out to validate on.
    seed : int
    from_scratch : bool
        Begin the cnn anew, and not with the shipped weights.

    Raises
    ------
    WrongUsage
        If something is out of range.
    """

    network: Network
    epochs: int = 10
    batch_size: int = 64
    learning_rate: float | None = None
    validation: float = 0.2
    seed: int = 1
    from_scratch: bool = False

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        if self.network not in NETWORKS:
            raise WrongUsage(f"There is no network {self.network!r}.", f"Give one of {', '.join(NETWORKS)}.")
        _check("epochs", self.epochs, 1, MOST_EPOCHS)
        _check("batch-size", self.batch_size, *BATCH_SIZES)
        _check("validation", self.validation, *SHARES)
        _check("seed", self.seed, 0, 2**31 - 1)
        if self.learning_rate is not None:
            _check("learning-rate", self.learning_rate, *RATES)

    @property
    def goes_on(self) -> bool:
        """Whether it begins with the shipped weights."""
        return self.network == "cnn" and not self.from_scratch


def _check(name: str, value: float, least: float, most: float) -> None:
    """Refuse a value that is out of range; what is no number is, too."""
    if not least <= value <= most:
        raise WrongUsage(f"--{name} is {value}.", f"Give a value from {least:g} to {most:g}.")
