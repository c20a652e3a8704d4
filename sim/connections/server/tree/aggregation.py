"""The aggregators of a server, a tree of them for every shard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim.connections.server.cores import Cores
from sim.connections.server.tree.aggregator import Aggregator
from sim.world.endpoint import Endpoint

if TYPE_CHECKING:
    from sim.connections.server.shard import Shard
    from sim.server import Server
    from sim.world.world import World


class Aggregation:
    """The trees of all shards, with the nodes of the same workers on one host.

    Parameters
    ----------
    world
        What everybody in the run shares.
    config
        Children of a node, and the cores and apply rate of every host.
    shards
        The shards.
    levels
        The ranks below each node (see `sim.connections.server.tree.levels`), or those of each machine: one level.
    hosts
        Of the nodes, those of the highest level first.
    barrier
        Every update takes one gradient of every worker, so that a node waits for all below it.
    """

    def __init__(
        self,
        world: World,
        config: Server,
        shards: Sequence[Shard],
        levels: Sequence[Sequence[Sequence[int]]],
        hosts: Sequence[int],
        *,
        barrier: bool,
    ) -> None:
        self._shards = shards
        self._leaves: list[list[Aggregator]] = []
        number = 0
        for level in reversed(levels):
            above, self._leaves = self._leaves, []
            for place, ranks in enumerate(level):
                cores = Cores(world, config.cores, len(shards) + number)
                parents = above[place // config.fan_out] if above else shards
                nodes = [
                    Aggregator(
                        world,
                        cores,
                        config.apply_seconds(parent.nbytes),
                        endpoint=Endpoint(hosts[number]),
                        ranks=ranks,
                        above=parent,
                        complete=len(ranks) if barrier else 1,
                        keep=min(2, len(shards)),
                    )
                    for parent in parents
                ]
                self._leaves.append(nodes)
                number += 1
        lowest = levels[0] if levels else ()
        self._leaf_of = {rank: leaf for leaf, ranks in zip(self._leaves, lowest, strict=True) for rank in ranks}

    def contacts(self, rank: int) -> Sequence[Aggregator | Shard]:
        """Who stands for each shard to a worker."""
        return self._leaf_of.get(rank, self._shards)
