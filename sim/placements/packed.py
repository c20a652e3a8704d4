"""Host by host."""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx
import numpy as np

from sim.placements import Placement, hosts_of


@dataclass
class Packed(Placement):
    """Ranks fill the hosts in order, then the servers do.

    Neighbours in rank share a switch.
    """

    def hosts(self, graph: nx.Graph | None, workers: int, servers: int, generator: np.random.Generator) -> list[int]:
        return hosts_of(graph, workers + servers)[: workers + servers]
