"""When a run ends."""

from __future__ import annotations

from dataclasses import dataclass

from topologies.ranges import check


@dataclass
class Until:
    """When a run ends: at whichever comes first; None = not used.

    Where neither updates, epochs nor seconds bound the run, it ends after 100 epochs (1000 updates where the problem
    has no epochs).

    Parameters
    ----------
    updates
        Updates of the shared model; where there is none, local steps per worker.
    epochs
        Samples processed / training-set size.
    seconds
        Virtual time (s).
    target_accuracy
        Test accuracy, in (0, 1].
    target_loss
        Test loss.
    """

    updates: int | None = None
    epochs: float | None = None
    seconds: float | None = None
    target_accuracy: float | None = None
    target_loss: float | None = None

    def __post_init__(self) -> None:
        check("updates", self.updates, at_least=1)
        check("epochs", self.epochs, above=0.0)
        check("seconds", self.seconds, above=0.0)
        check("target_accuracy", self.target_accuracy, above=0.0, at_most=1.0)
        check("target_loss", self.target_loss)
