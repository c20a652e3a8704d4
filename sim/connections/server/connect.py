"""A parameter server, and every worker's connection to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.connections.centres.connect import connect_centres
from sim.connections.server.arrangement import Arrangement
from sim.connections.server.client import Client
from sim.connections.server.make_shards import make_shards
from sim.connections.server.shard import Shard
from sim.connections.server.tree.aggregation import Aggregation
from sim.connections.server.tree.learner_broadcast import Source, broadcast_among
from sim.connections.server.tree.overlapped_learner import OverlappedLearner
from sim.connections.server.tree.root import Root
from sim.problems.part import Part
from sim.protocols import Served

if TYPE_CHECKING:
    from sim.cluster.cluster import Cluster


def connect_server(cluster: Cluster) -> list[Shard]:
    """Make the shards and attach every worker to them."""
    experiment, protocol = cluster.experiment, cluster.experiment.protocol
    assert isinstance(protocol, Served), "only such protocols have ranges"
    if protocol.branching is not None:
        return [*connect_centres(cluster, protocol.branching)]
    kind = {Arrangement.flat: Shard, Arrangement.tree: Root, Arrangement.overlapped_tree: Source}
    parts = [Part(experiment.problem, ranges) for ranges in cluster.layout.ranges]
    shards = make_shards(
        cluster, kind[experiment.server.arrangement], cluster.server_hosts[: len(cluster.layout.ranges)]
    )
    for shard in shards:
        shard.meet(shards)
    hosts, barrier = cluster.server_hosts[len(shards) :], protocol.has_barrier(experiment.workers)
    aggregation = Aggregation(cluster.world, experiment.server, shards, cluster.layout.levels, hosts, barrier=barrier)
    for worker in cluster.workers:
        compressors = cluster.senders.compressors(parts, worker.rank)
        contacts = aggregation.contacts(worker.rank)
        worker.server = Client(cluster.world, worker.rank, worker.host, contacts, compressors)
    return shards


def overlap_learners(cluster: Cluster) -> list[OverlappedLearner]:
    """Make learners of the workers that wait for nothing, where the arrangement has them."""
    hosts, fan_out = cluster.hosts[: len(cluster.workers)], cluster.experiment.server.fan_out
    sources = [shard for shard in cluster.shards if isinstance(shard, Source)]
    broadcasts = [broadcast_among(cluster.world, hosts, source, fan_out) for source in sources]
    stations = zip(*broadcasts, strict=True)
    return [OverlappedLearner(cluster.world, cluster.workers[rank], each) for rank, each in enumerate(stations)]
