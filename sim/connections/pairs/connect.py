"""Every worker's connections to single others."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from sim.connections.connection import Connected, Connection, Wiring
from sim.connections.pairs.peers import Peers
from sim.streams import stream
from topologies.communication.complete import Complete, Others
from topologies.communication.random_matching import RandomMatching
from topologies.field_error import of_group

if TYPE_CHECKING:
    from sim.experiment import Experiment
    from sim.world.worker import Worker


class Pairs(Connection):
    """Workers that address single others, drawn from their neighbours in the topology."""

    attribute = "peers"
    over_topology = True

    def __init__(self, experiment: Experiment) -> None:
        super().__init__(experiment)
        self._neighbours = self._peers_of_each()
        with of_group("protocol"):
            self._active: Collection[int] = experiment.protocol.active(self._neighbours)

    def connect(self, wiring: Wiring) -> Connected:
        """Let every worker know whom it may draw, and whether it may begin."""
        nbytes = self.experiment.workload.message_bytes(self.experiment.problem)
        generators = [stream(wiring.seed, "peers", worker.rank) for worker in wiring.workers]
        everybody: list[Peers] = []

        def attach(worker: Worker) -> None:
            worker.peers = Peers(
                worker.world,
                worker,
                self._neighbours[worker.rank],
                active=worker.rank in self._active,
                nbytes=nbytes,
                generator=generators[worker.rank],
            )
            worker.peers.meet(everybody)

        def lose(rank: int) -> None:
            lost = everybody[rank]
            for peers in lost.concerned:
                if not peers.gone:
                    peers.lose(lost)

        def renew(worker: Worker) -> None:
            attach(worker)
            everybody[worker.rank] = worker.peers

        for worker in wiring.workers:
            attach(worker)
        everybody += [worker.peers for worker in wiring.workers]
        return Connected(lose=lose, renew=renew)

    def _peers_of_each(self) -> list[Sequence[int]]:
        """The ranks that each worker may draw, of directed edges those at the head.

        Where it is everybody, it does without a graph, which would be too large of thousands.
        """
        workers, topology = self.experiment.workers, self.experiment.topology
        if isinstance(topology, Complete | RandomMatching):
            return [Others(rank, workers) for rank in range(workers)]
        with of_group("topology"):
            graph = topology.graph(workers)
        return [sorted(graph[rank]) for rank in range(workers)]
