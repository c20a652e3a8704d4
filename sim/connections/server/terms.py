"""What all shards of a server have in common: who they serve, and what becomes of gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from sim.tape.vector import Vector, weighted_sum

if TYPE_CHECKING:
    from sim.connections.server.modulation import Modulation
    from sim.optimizers.stepper import Stepper
    from sim.server import Server


class Terms(NamedTuple):
    """What all shards of a server have in common.

    Attributes
    ----------
    config
        Cores and apply rate.
    workers
        How many workers it serves.
    aggregate
        What the server takes a step along, of the gradients of an update.
    modulation
        How the age of gradients changes the learning rate.
    gradients_per_push
        How many gradients a push adds up.
    lr_share
        The share of the learning rate that is the step of an update (no unit).
    """

    config: Server
    workers: int
    aggregate: Callable[[Sequence[Vector]], Vector]
    modulation: Modulation
    gradients_per_push: int
    lr_share: float

    def modulated_step(
        self, stepper: Stepper, x: Vector, gradients: Sequence[Vector], staleness: Sequence[int]
    ) -> Vector:
        """A step from `x` along gradients of some staleness (versions), of which stale ones count less."""
        count = len(gradients)
        weights = self.modulation.weights(staleness)
        g = self.aggregate(gradients) if weights is None else weighted_sum(weights, gradients)
        factor = self.lr_share * self.modulation.factor(self.workers, count)
        return stepper.take(x, g, count * self.gradients_per_push, factor)
