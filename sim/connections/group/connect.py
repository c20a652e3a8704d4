"""A group of all workers, and every worker's part in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.cluster.senders import bucket_parts
from sim.connections.group.group import Exchange, Group
from sim.connections.group.member import Member
from sim.connections.group.reduction import Reduction
from sim.option_name import option_name

if TYPE_CHECKING:
    from sim.cluster.cluster import Cluster


def connect_group(cluster: Cluster) -> None:
    """Make the group, with what its messages are made of, and every worker a member."""
    experiment, compression, ranks = cluster.experiment, cluster.experiment.compression, len(cluster.workers)
    parts = bucket_parts(experiment.problem, cluster.buckets)
    senders: list[tuple[int, ...]] = [()] if compression.linear else [(rank,) for rank in range(ranks)]
    compressors = [cluster.senders.compressors(parts, *sender) for sender in senders]
    reduction = Reduction(compression, list(zip(*compressors, strict=True)))
    group = Group(cluster.world, experiment.collective, cluster.graph, cluster.hosts[:ranks], reduction)
    exchanges: list[Exchange] = []
    ready: list[float] = []
    try:
        for bucket, part in zip(cluster.buckets, parts, strict=True):
            carriers = compression.exchanges(group, bucket.nbytes, part)
            exchanges += carriers
            ready += [bucket.ready if experiment.transport.overlap else 1.0] * len(carriers)
    except ValueError as error:
        if not str(error).startswith("collective: "):
            raise ValueError(f"collective.{error}") from error
        remedy = f"or a compression whose messages can be all-reduced: those of {option_name(compression)} cannot"
        raise ValueError(f"{error}; {remedy}") from error
    for worker in cluster.workers:
        worker.group = Member(cluster.world, group, worker.rank, exchanges, ready)
