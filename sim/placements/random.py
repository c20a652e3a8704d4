"""Host by lot."""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx
import numpy as np

from sim.placements import Placement, hosts_of


@dataclass
class Random(Placement):
    """Every rank and server on a host of its own, drawn by the seed from all hosts of the network.

    It is what a busy cluster gives; replicas see different places.
    """

    def hosts(self, graph: nx.Graph | None, workers: int, servers: int, generator: np.random.Generator) -> list[int]:
        hosts = hosts_of(graph, workers + servers)
        return [hosts[place] for place in generator.permutation(len(hosts))[: workers + servers]]
