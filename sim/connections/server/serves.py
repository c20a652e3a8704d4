"""What a parameter server asks of the protocol that it serves."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from sim.connections.server.modulation import Modulation
from sim.connections.server.push import Serving

if TYPE_CHECKING:
    from sim.connections.server.shard import Shard


class Serves(ABC):
    """A protocol that a parameter server takes part in."""

    @abstractmethod
    def server(self, me: Shard) -> Serving[None]:
        """What one shard does, for ever: ``push = yield`` is the next push that has been through its queue."""

    def has_barrier(self, workers: int) -> bool:
        """Whether no push is answered before all workers have pushed: who adds them up on the way may wait for all."""
        return False

    def lr_share(self, workers: int) -> float:
        """The share of the learning rate that is the step of an update (no unit)."""
        return 1.0

    @property
    def answers_at_once(self) -> bool:
        """Whether a push is answered whatever the others do, so that its worker might as well not wait.

        It is answered before the shard receives the next one.
        """
        return False

    @property
    def takes_anew(self) -> bool:
        """Whether the server takes gradients again at its own model, so that they have to come whole and plain."""
        return False

    @property
    def rule(self) -> Modulation:
        """How the age of gradients changes the learning rate at the server; not at all where none are stale."""
        return Modulation.none

    @property
    def gradients_per_push(self) -> int:
        """How many gradients a push adds up; a learning-rate schedule counts each."""
        return 1
