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
    smoothed_over
        Evaluations, >= 1, of which a run that ends at a target waits for the running mean to be there.
    diverged_factor
        A loss so many times that of the start has diverged, > 1; null: only what is no finite number. Where the model
        of zeros has a larger loss than the start, that counts (`sim.measuring.divergence`).
    """

    updates: int | None = None
    epochs: float | None = None
    seconds: float | None = None
    target_accuracy: float | None = None
    target_loss: float | None = None
    smoothed_over: int = 1
    diverged_factor: float | None = 1e3

    def __post_init__(self) -> None:
        check("updates", self.updates, at_least=1)
        check("epochs", self.epochs, above=0.0)
        check("seconds", self.seconds, above=0.0)
        check("target_accuracy", self.target_accuracy, above=0.0, at_most=1.0)
        check("target_loss", self.target_loss)
        check("smoothed_over", self.smoothed_over, at_least=1)
        check("diverged_factor", self.diverged_factor, above=1.0)

    @property
    def has_target(self) -> bool:
        """Whether the run races to a target."""
        return self.target_accuracy is not None or self.target_loss is not None
