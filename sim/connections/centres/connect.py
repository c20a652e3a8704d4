"""A tree of centres, and every worker's place in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim.connections.centres.branching import Branches, Branching
from sim.connections.centres.centre import Centre
from sim.connections.centres.parent import Parent
from sim.connections.connection import Connected, Wiring
from sim.connections.server.connect import ParameterServer
from sim.connections.server.tree.levels import levels
from sim.option_name import option_name
from sim.server import Arrangement
from topologies.field_error import FieldError

if TYPE_CHECKING:
    from sim.world.worker import Worker


class Centres(ParameterServer):
    """A tree of centres, each of all shards; the server is its root."""

    attribute = "parent"
    node = "centre"

    @property
    def branching(self) -> Branching:
        """The shape of the tree."""
        protocol = self.experiment.protocol
        if not isinstance(protocol, Branches):
            raise TypeError(f"{type(protocol).__name__}: a protocol that needs centres must be a Branches")
        return protocol.branching

    @property
    def fan_out(self) -> int:
        return self.branching.fan_out

    @property
    def hosts_of_node(self) -> int:
        """On how many hosts a node lives: a centre's shards on one each."""
        return len(self.parts)

    @property
    def models(self) -> int:
        return len(self.parts) * (1 + sum(map(len, self.levels)))

    def _levels(self) -> list[list[range]]:
        arrangement = self.experiment.server.arrangement
        if arrangement is not Arrangement.flat:
            raise FieldError(
                "server.arrangement",
                f"{arrangement} puts aggregators between workers and a server, but "
                f"protocol={option_name(self.experiment.protocol)} has centres there; use server.arrangement=flat, and "
                "protocol.fan_out",
                full=True,
            )
        if self.experiment.server.local_sum:
            raise FieldError(
                "server.local_sum",
                "adds up what workers push to a server on its way, and "
                f"protocol={option_name(self.experiment.protocol)} has centres there; give false",
                full=True,
            )
        return levels(self.experiment.workers, self.fan_out)

    def connect(self, wiring: Wiring) -> Connected:
        """Make the centres from the root down, and attach every worker below."""
        branching, hosts = self.branching, wiring.deployment.servers
        root = self._node(wiring, hosts, 0)
        level, number = [root], len(root)
        for below in reversed(self.levels):
            above, level = level, []
            for place in range(len(below)):
                node = self._node(wiring, hosts, number)
                for shard, parent in zip(node, above[place // branching.fan_out], strict=True):
                    shard.join(parent, branching.upper_period)
                level.append(node)
                number += len(node)

        def attach(worker: Worker) -> None:
            place, child = divmod(worker.rank, branching.fan_out)
            worker.parent = Parent(worker.world, worker.endpoint, level[place], child, branching.period)

        for worker in wiring.workers:
            attach(worker)
        return Connected(root, renew=attach)

    def _node(self, wiring: Wiring, hosts: Sequence[int], first: int) -> list[Centre]:
        """One centre, set going."""
        shards = self.make_shards(wiring, Centre, hosts[first : first + len(self.parts)], first)
        for shard in shards:
            self.begin(shard)
        return shards
