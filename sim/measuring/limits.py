"""How long a run may last."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.until import Until

#: Where a run ends that says nothing of updates, epochs or seconds: the second where its problem has no epochs.
DEFAULT_EPOCHS, DEFAULT_UPDATES = 100.0, 1000


class Limits:
    """The limits of a run that are known beforehand; None = not used.

    Parameters
    ----------
    until
        What the user asked for; its targets are not limits.
    epoch
        Samples of an epoch, >= 1; None where there are none.

    Attributes
    ----------
    updates
        Most updates.
    samples
        Most samples, of which gradients are computed.
    seconds
        Most virtual seconds (s).
    most_updates, most_samples : float
        The first two; infinite where they are not used.
    """

    def __init__(self, until: Until, epoch: int | None) -> None:
        bounded = until.updates is not None or until.epochs is not None or until.seconds is not None
        epochs = until.epochs if bounded or epoch is None else DEFAULT_EPOCHS
        self.updates = until.updates if bounded or epoch is not None else DEFAULT_UPDATES
        self.samples = epochs * epoch if epochs is not None and epoch is not None else None
        self.seconds = until.seconds
        self.most_updates = math.inf if self.updates is None else self.updates
        self.most_samples = math.inf if self.samples is None else self.samples

    def reached(self, updates: int, samples: int) -> bool:
        """Whether so many updates, or samples, are as many as there may be."""
        return updates >= self.most_updates or samples >= self.most_samples

    def share(self, updates: int, samples: int, seconds: float) -> float:
        """How much of the run is done, 0 to 1, by the limit that is nearest; 0 where there is none."""
        done = ((updates, self.updates), (samples, self.samples), (seconds, self.seconds))
        return max((part / whole for part, whole in done if whole is not None), default=0.0)
