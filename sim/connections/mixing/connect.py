"""Every worker's neighbours in the topology, round by round."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from sim.connections.connection import Connected, Connection, Deployment, Wiring
from sim.connections.mixing.neighbours import Neighbours
from sim.streams import stream
from topologies.field_error import of_group
from topologies.rounds import Rounds

if TYPE_CHECKING:
    from sim.experiment import Experiment


class Mixing(Connection):
    """Workers that mix their models with those of their neighbours."""

    attribute = "neighbours"
    over_topology = True

    def __init__(self, experiment: Experiment) -> None:
        super().__init__(experiment)
        self.rounds = lru_cache(maxsize=1)(self._rounds)  # those of a seed that has been checked are those of its run

    def check(self, deployment: Deployment, seed: int) -> None:
        self.rounds(seed)

    def connect(self, wiring: Wiring) -> Connected:
        """Let every worker know its neighbours of every round."""
        rounds = self.rounds(wiring.seed)
        nbytes = self.experiment.workload.message_bytes(self.experiment.problem)
        for worker in wiring.workers:
            worker.neighbours = Neighbours(wiring.world, worker.rank, worker.endpoint, rounds, nbytes)
        everybody = [worker.neighbours for worker in wiring.workers]
        for neighbours in everybody:
            neighbours.meet(everybody)
        return Connected()

    def _rounds(self, seed: int) -> Rounds:
        """The mixing of every round."""
        with of_group("topology"):
            return self.experiment.topology.rounds(self.experiment.workers, stream(seed, "topology"))
