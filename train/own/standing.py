"""Standing: how far a training is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Epoch:
    """How an epoch went.

    Parameters
    ----------
    epoch, epochs : int
        Which, from 1, and of how many.
    loss, accuracy : float
        Of what the network was shown, jittered and with dropout, in the mean of the epoch.
    val_loss, val_accuracy : float
        Of the digits that are held out, as they are, at its end.
    seconds : float
    """

    epoch: int
    epochs: int
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    seconds: float


@dataclass(frozen=True)
class Standing:
    """How far a training is.

    Parameters
    ----------
    history : tuple of Epoch
        Its finished epochs.
    step : int
        How many steps of the next one are done.
    loss, accuracy, seconds : float
        Their sums.
    """

    history: tuple[Epoch, ...] = ()
    step: int = 0
    loss: float = 0.0
    accuracy: float = 0.0
    seconds: float = 0.0

    def after_step(self, loss: float, accuracy: float, seconds: float) -> "Standing":
        """Count a step."""
        return Standing(self.history, self.step + 1, self.loss + loss, self.accuracy + accuracy, self.seconds + seconds)

    def after_epoch(self, epochs: int, val_loss: float, val_accuracy: float, seconds: float) -> "Standing":
        """End an epoch; `seconds` is what validating took."""
        figures = self.loss / self.step, self.accuracy / self.step, val_loss, val_accuracy, self.seconds + seconds
        epoch = Epoch(len(self.history) + 1, epochs, *[round(float(figure), 5) for figure in figures])
        return Standing((*self.history, epoch))
