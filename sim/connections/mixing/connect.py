"""Every worker's neighbours in the topology, round by round."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.connections.mixing.neighbours import Neighbours
from sim.option_name import option_name
from sim.streams import stream
from topologies.mixing import Stochastic
from topologies.rounds import Rounds

if TYPE_CHECKING:
    from sim.cluster.cluster import Cluster


def connect_neighbours(cluster: Cluster, rounds: Rounds) -> None:
    """Let every worker know its neighbours of every round."""
    for worker in cluster.workers:
        worker.neighbours = Neighbours(cluster.world, worker.rank, worker.host, rounds, cluster.nbytes)
    everybody = [worker.neighbours for worker in cluster.workers]
    for neighbours in everybody:
        neighbours.meet(everybody)


def mixing_rounds(cluster: Cluster) -> Rounds:
    """The mixing of every round, which is what the protocol needs."""
    topology, protocol = cluster.experiment.topology, cluster.experiment.protocol
    try:
        rounds = topology.rounds(len(cluster.workers), stream(cluster.seed, "topology"))
    except ValueError as error:
        named = str(error).startswith("workers:")
        raise ValueError(str(error) if named else f"topology.{error}") from error
    if protocol.mixing is Stochastic.doubly and rounds.stochastic is not Stochastic.doubly:
        raise ValueError(
            f"topology: {option_name(protocol)} needs a doubly stochastic mixing matrix, and that of "
            f"{option_name(topology)} is only column stochastic: some ranks get more than they give; use "
            "topology.weights=metropolis on an undirected graph, or protocol=sgp"
        )
    return rounds
