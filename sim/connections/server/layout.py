"""What a parameter server consists of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.connections.server.arrangement import Arrangement
from sim.connections.server.sharding import Sharding, shard_ranges
from sim.connections.server.tree.levels import levels
from sim.option_name import option_name
from sim.problems.part import Ranges
from sim.protocols import Served

if TYPE_CHECKING:
    from sim.experiment import Experiment


class ServerLayout:
    """The shards of an experiment's server, and what is between them and the workers; nothing without a server.

    Parameters
    ----------
    experiment
        The protocol, the server and what it keeps.

    Attributes
    ----------
    ranges
        What each shard keeps, without shards that would keep nothing.
    levels
        The ranks below every node between workers and shards, level by level; none where these talk to each other.
    node
        What such a node is called.
    fan_out
        Its children.
    hosts_of_node
        On how many hosts it lives: an aggregator of all shards on one, a centre's shards on one each.

    Raises
    ------
    ValueError
        If the arrangement does not fit the protocol.
    """

    def __init__(self, experiment: Experiment) -> None:
        self._experiment = experiment
        self.ranges = self._shard_ranges()
        protocol = experiment.protocol
        branching = protocol.branching if isinstance(protocol, Served) else None
        self.node = "aggregator" if branching is None else "centre"
        self.fan_out = experiment.server.fan_out if branching is None else branching.fan_out
        self.hosts_of_node = 1 if branching is None else len(self.ranges)
        self.levels = self._tree_levels()

    def shares(self) -> list[float]:
        """Each shard's share of a message: even sharding cuts bytes, not parameters."""
        if self._experiment.server.sharding is Sharding.even:
            return [1.0 / len(self.ranges)] * len(self.ranges)
        total = max(1, self._experiment.problem.parameters)
        return [sum(high - low for low, high in ranges) / total for ranges in self.ranges]

    def _shard_ranges(self) -> list[Ranges]:
        """What each shard keeps, without shards that would keep nothing; none where there is no server."""
        experiment, server = self._experiment, self._experiment.server
        if not self._has_server():
            return []
        tensors = experiment.problem.tensors
        nbytes = experiment.workload.message_bytes(experiment.problem)
        part = int(server.part_bytes * sum(tensors) / nbytes) if nbytes else sum(tensors)
        ranges = shard_ranges(tensors, server.shards, server.sharding, part)
        return [owned for owned in ranges if owned] or ranges[:1]

    def _has_server(self) -> bool:
        protocol = self._experiment.protocol
        return isinstance(protocol, Served) and protocol.has_server(self._experiment.workers)

    def _tree_levels(self) -> list[list[range]]:
        """The ranks below every node, level by level; none where workers talk to the shards."""
        server, protocol = self._experiment.server, self._experiment.protocol
        if not self.ranges or not isinstance(protocol, Served):
            return []
        if protocol.branching is not None and server.arrangement is not Arrangement.flat:
            raise ValueError(
                f"server.arrangement: {server.arrangement} puts aggregators between workers and a server, but "
                f"protocol={option_name(protocol)} has centres there; use server.arrangement=flat, and protocol.fan_out"
            )
        if protocol.branching is None and server.arrangement is Arrangement.flat:
            return []
        if server.arrangement is Arrangement.overlapped_tree and not protocol.answers_at_once:
            raise ValueError(
                f"server.arrangement: overlapped_tree is for workers that need not wait for an answer, and those of "
                f"protocol={option_name(protocol)} with these fields must; use server.arrangement=tree, or for example "
                "protocol=softsync"
            )
        return levels(self._experiment.workers, self.fan_out)
