"""All workers in a group whose members keep a share of the model each, and gather the rest when they need it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from sim.connections.group.connect import Collectives
from sim.connections.group.gathering import Gathering
from sim.connections.group.passes import Passes, passes

if TYPE_CHECKING:
    from sim.compressors import Carrier
    from sim.connections.group.exchange import Exchange
    from sim.connections.group.group import Group
    from sim.connections.group.member import Member
    from sim.world.worker import Worker


class GatheredModel(Collectives):
    """Parameters are gathered bucket by bucket before either pass, and their gradients reduce-scattered after it."""

    attribute = "holders"

    @cached_property
    def passes(self) -> Passes:
        """What a gradient consists of; with overlap the next bucket is gathered while one is at work."""
        experiment = self.experiment
        ahead = 1 if experiment.transport.overlap else 0
        return passes(self._of_a_pass, experiment.workers, experiment.workload.micro_batches, ahead)

    @property
    def sends_early(self) -> bool:
        return self.experiment.transport.overlap

    def carriers(self) -> list[list[Carrier]]:
        """One for each operation."""
        return [[due.carrier] for due in self.passes.dues]

    def _members(self, group: Group, rows: list[list[Exchange]]) -> Callable[[Worker], Member]:
        exchanges = [exchange for row in rows for exchange in row]
        return lambda worker: Gathering(worker.world, group, worker.rank, exchanges, self.passes)
