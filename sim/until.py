"""When a run ends."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sim.evidence.precision import LEAST
from topologies.field_error import FieldError
from topologies.ranges import check


class Figure(StrEnum):
    """A figure of a run whose mean over seeds can be made precise."""

    seconds_to_target = "seconds_to_target"
    updates_to_target = "updates_to_target"
    samples_to_target = "samples_to_target"
    virtual_seconds = "virtual_seconds"
    updates_per_second = "updates_per_second"
    samples_per_second = "samples_per_second"
    final_train_loss = "final_train_loss"
    final_test_loss = "final_test_loss"
    final_test_accuracy = "final_test_accuracy"
    final_test_rmse = "final_test_rmse"
    best_test_accuracy = "best_test_accuracy"


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
    precision
        Half width of the 95 % interval of a mean over its value at which no more replicas are made, > 0; null: as many
        as `replicas` says. With it, that is how many there are at least, and five; the interval allows for having been
        looked at again and again (`sim.evidence.precision`).
    precision_of
        Figure of the summary that is to be so precise; null: seconds_to_target where there is a target, else
        final_test_loss, or samples_per_second where nothing is learned.
    most_replicas
        Replicas that are made at most, however precise the mean is, >= 5.
    """

    updates: int | None = None
    epochs: float | None = None
    seconds: float | None = None
    target_accuracy: float | None = None
    target_loss: float | None = None
    smoothed_over: int = 1
    diverged_factor: float | None = 1e3
    precision: float | None = None
    precision_of: Figure | None = None
    most_replicas: int = 100

    def __post_init__(self) -> None:
        check("updates", self.updates, at_least=1)
        check("epochs", self.epochs, above=0.0)
        check("seconds", self.seconds, above=0.0)
        check("target_accuracy", self.target_accuracy, above=0.0, at_most=1.0)
        check("target_loss", self.target_loss)
        check("smoothed_over", self.smoothed_over, at_least=1)
        check("diverged_factor", self.diverged_factor, above=1.0)
        check("precision", self.precision, "give a share of the mean such as 0.05", above=0.0)
        check("most_replicas", self.most_replicas, at_least=LEAST, at_most=100_000)
        if self.precision is None and self.precision_of is not None:
            raise FieldError("precision_of", f"{self.precision_of} needs until.precision; give a share such as 0.05")

    @property
    def has_target(self) -> bool:
        """Whether the run races to a target."""
        return self.target_accuracy is not None or self.target_loss is not None
