"""Every worker's connections to single others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim.connections.pairs.peers import Peers
from sim.streams import stream
from topologies.communication.complete import Complete, Others
from topologies.communication.random_matching import RandomMatching

if TYPE_CHECKING:
    from sim.cluster.cluster import Cluster


def connect_peers(cluster: Cluster) -> None:
    """Let every worker know whom it may draw, and whether it may begin."""
    experiment = cluster.experiment
    neighbours = _peers_of_each(cluster)
    try:
        active = experiment.protocol.active(neighbours)
    except ValueError as error:
        raise ValueError(f"protocol.{error}") from error
    for worker in cluster.workers:
        worker.peers = Peers(
            cluster.world,
            worker,
            neighbours[worker.rank],
            active=worker.rank in active,
            nbytes=cluster.nbytes,
            generator=stream(cluster.seed, "peers", worker.rank),
        )
    everybody = [worker.peers for worker in cluster.workers]
    for peers in everybody:
        peers.meet(everybody)


def _peers_of_each(cluster: Cluster) -> list[Sequence[int]]:
    """The ranks that each worker may draw, of directed edges those at the head.

    Where it is everybody, it does without a graph, which would be too large of thousands.
    """
    workers, topology = cluster.experiment.workers, cluster.experiment.topology
    if isinstance(topology, Complete | RandomMatching):
        return [Others(rank, workers) for rank in range(workers)]
    try:
        graph = topology.graph(workers)
    except ValueError as error:
        named = str(error).startswith("workers:")
        raise ValueError(str(error) if named else f"topology.{error}") from error
    return [sorted(graph[rank]) for rank in range(workers)]
