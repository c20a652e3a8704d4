"""The shards of one server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from sim.connections.server.shard import Shard
from sim.problems.part import Part
from sim.protocols import Served

if TYPE_CHECKING:
    from sim.cluster.cluster import Cluster

Kind = TypeVar("Kind", bound=Shard)


def make_shards(cluster: Cluster, kind: type[Kind], hosts: Sequence[int], first: int = 0) -> list[Kind]:
    """Make all shards of a server, of some kind, on given hosts; they are numbered from `first`."""
    experiment, ranges, whole = cluster.experiment, cluster.layout.ranges, cluster.workers[0].x
    protocol = experiment.protocol
    assert isinstance(protocol, Served), "only such protocols have ranges"
    return [
        kind(
            cluster.world,
            experiment.server,
            protocol,
            number=first + number,
            host=host,
            clients=cluster.hosts[: experiment.workers],
            nbytes=cluster.nbytes * share,
            push_nbytes=experiment.compression.message_bytes(
                cluster.nbytes * share, Part(experiment.problem, ranges[number])
            ),
            compression=experiment.compression,
            x=whole.part(number + 1) if len(ranges) > 1 else whole,
            stepper=experiment.optimizer.stepper(cluster.rate),
        )
        for number, (host, share) in enumerate(zip(hosts, cluster.layout.shares(), strict=True))
    ]
