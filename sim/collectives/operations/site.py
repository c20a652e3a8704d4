"""Where the ranks of a collective are: the network under them."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from sim.collectives.operations.machines import RanksByMachine, by_machine
from sim.fabric.wires import Wires
from topologies.machines import machines_of

if TYPE_CHECKING:
    import networkx as nx

    from sim.collectives.operations.operation import Operation


@dataclass(frozen=True, eq=False)
class Site:
    """The hosts of all ranks, and the network between them.

    Parameters
    ----------
    graph
        Annotated graph of the network (see `topologies.networks`); None for an ideal one.
    hosts
        Host of each rank.
    efficiency, overhead, cap, card_cap
        What the transport makes of it, see `sim.fabric.fabric.Fabric`.
    """

    graph: nx.Graph | None
    hosts: Sequence[int]
    efficiency: float = 1.0
    overhead: float = 0.0
    cap: float | None = None
    card_cap: float | None = None

    @cached_property
    def key(self) -> bytes:
        """The same for sites that are alike: a digest of the graph's data, the hosts and the transport."""
        graph = self.graph
        drawn = None if graph is None else (list(graph.nodes(data=True)), list(graph.edges(data=True)), graph.graph)
        said = repr((drawn, tuple(self.hosts), self.efficiency, self.overhead, self.cap, self.card_cap))
        return hashlib.blake2b(said.encode(), digest_size=16).digest()

    @cached_property
    def machines(self) -> RanksByMachine:
        """The ranks of each machine."""
        machines = machines_of(self.graph, self.hosts)
        return by_machine(machines.of, machines.rails)

    @cached_property
    def adders(self) -> tuple[Hashable, ...]:
        """Of each machine the switch that adds up what its ranks send; empty where not all machines have one."""
        reduces = {} if self.graph is None else dict(self.graph.nodes(data="reduces", default=False))
        if self.graph is None or not any(reduces.values()):
            return ()
        found = []
        for ranks in self.machines.ranks:
            around = (self.graph.adj[self.hosts[rank]] for rank in ranks.tolist())
            common = set.intersection(*({node for node in each if reduces[node]} for each in around))
            if not common:
                return ()
            found.append(min(common, key=str))
        return tuple(found)

    @cached_property
    def _wires(self) -> Wires:
        return Wires(self.graph)

    def seconds(self, operation: Operation, most: float = math.inf) -> float:
        """Let an operation run with the network to itself, all ranks entering at once.

        Parameters
        ----------
        operation
            What is carried out.
        most
            Where it would take longer (s), it is broken off.

        Returns
        -------
        float
            Until the last rank leaves (s); infinity where it was broken off.
        """
        # SimPy, and the engine, which is compiled code, only where somebody asks.
        from sim.fabric.clock import Clock
        from sim.fabric.fabric import Fabric

        environment = Clock()
        fabric = Fabric(
            environment,
            self.graph,
            efficiency=self.efficiency,
            overhead=self.overhead,
            cap=self.cap,
            card_cap=self.card_cap,
            wires=self._wires,
        )
        left: list[float] = []
        running = fabric.start(operation, self.hosts, lambda _: left.append(environment.now))
        for rank in range(operation.ranks):
            running.enter(rank)
        environment.run(until=None if most in (0.0, math.inf) else most)
        return max(left) if len(left) == operation.ranks else math.inf
