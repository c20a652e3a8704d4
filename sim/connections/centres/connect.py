"""A tree of centres, and every worker's place in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.connections.centres.branching import Branching
from sim.connections.centres.centre import Centre
from sim.connections.centres.parent import Parent
from sim.connections.server.make_shards import make_shards

if TYPE_CHECKING:
    from sim.cluster.cluster import Cluster


def connect_centres(cluster: Cluster, branching: Branching) -> list[Centre]:
    """Make the centres, each of all shards, from the root down, and attach every worker below; returns the root."""
    shards, hosts = len(cluster.layout.ranges), cluster.server_hosts
    root = make_shards(cluster, Centre, hosts[:shards])
    level, number = [root], shards
    for below in reversed(cluster.layout.levels):
        above, level = level, []
        for place in range(len(below)):
            node = make_shards(cluster, Centre, hosts[number : number + shards], number)
            for shard, parent in zip(node, above[place // branching.fan_out], strict=True):
                shard.join(parent, branching.upper_period)
            level.append(node)
            number += shards
    for worker in cluster.workers:
        lowest = level[worker.rank // branching.fan_out]
        worker.parent = Parent(cluster.world, worker.host, lowest, branching.period)
    return root
