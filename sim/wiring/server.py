"""A parameter server, and every worker's connection to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.aggregation import Aggregation
from sim.arrangement import Arrangement
from sim.client import Client
from sim.compressors import Part
from sim.learner_broadcast import Source, broadcast_among
from sim.overlapped_learner import OverlappedLearner
from sim.protocols import Served
from sim.root import Root
from sim.server import Shard

if TYPE_CHECKING:
    from sim.cluster import Cluster


def connect_server(cluster: Cluster) -> list[Shard]:
    """Make the shards and attach every worker to them."""
    experiment, whole = cluster.experiment, cluster.workers[0].x
    protocol = experiment.protocol
    assert isinstance(protocol, Served), "only such protocols have ranges"
    kind = {Arrangement.flat: Shard, Arrangement.tree: Root, Arrangement.overlapped_tree: Source}
    parts = [Part(experiment.problem, ranges) for ranges in cluster.layout.ranges]
    shards = [
        kind[experiment.server.arrangement](
            cluster.world,
            experiment.server,
            protocol,
            number=number,
            host=cluster.hosts[experiment.workers + number],
            clients=cluster.hosts[: experiment.workers],
            nbytes=cluster.nbytes * share,
            push_nbytes=experiment.compression.message_bytes(cluster.nbytes * share, parts[number]),
            compression=experiment.compression,
            x=whole.part(number + 1) if len(cluster.layout.ranges) > 1 else whole,
            stepper=experiment.optimizer.stepper(cluster.rate),
        )
        for number, share in enumerate(cluster.layout.shares())
    ]
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
