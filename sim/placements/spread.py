"""Switch by switch."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest

import networkx as nx
import numpy as np

from sim.placements import Placement, hosts_of


@dataclass
class Spread(Placement):
    """Ranks go round the switches, machines or sites that hosts hang on, then the servers do.

    One host of each is taken in turn. Neighbours in rank are on different switches where there is more than one, and no
    switch carries many ranks while another has hosts to spare. In a direct network, where every host is a switch of its
    own, this is packed.
    """

    def hosts(self, graph: nx.Graph | None, workers: int, servers: int, generator: np.random.Generator) -> list[int]:
        together: dict[object, list[int]] = {}
        for host in hosts_of(graph, workers + servers):
            together.setdefault(_switch(graph, host), []).append(host)
        rounds = zip_longest(*together.values())
        return [host for each in rounds for host in each if host is not None][: workers + servers]


def _switch(graph: nx.Graph | None, host: int) -> object:
    """The switch that a host hangs on, the first if it has several; without one, the host itself."""
    around = () if graph is None else graph[host]
    return next((node for node in around if isinstance(node, str)), host)
