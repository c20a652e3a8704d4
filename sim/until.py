"""When a run ends."""

from __future__ import annotations

from dataclasses import dataclass

from topologies.ranges import check


@dataclass
class Until:
    """When a run ends: at whichever comes first; None: not used; where none bounds the run, after 100 epochs.

    Bounds are updates, epochs and seconds; where the problem has no epochs, a run without bounds ends after 1000
    updates.

    Parameters
    ----------
    updates
        Updates of the shared model, or local steps per worker where there is none, >= 1.
    epochs
        Samples processed / training-set size, > 0.
    seconds
        Virtual time (s), > 0.
    target_accuracy
        Test accuracy (above 0, to 1).
    target_loss
        Test loss (no unit).
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
