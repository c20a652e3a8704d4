"""Which host a rank or a server shard lives on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import networkx as nx
import numpy as np

from topologies.size import TooFewHosts


@dataclass
class Placement(ABC):
    """Where workers and servers live."""

    @abstractmethod
    def hosts(self, graph: nx.Graph | None, workers: int, servers: int, generator: np.random.Generator) -> list[int]:
        """Choose the host of every worker and every server.

        Parameters
        ----------
        graph
            Annotated graph of the network (see `topologies.networks`); None for an ideal one, where places do not
            matter.
        workers, servers
            How many of them need a host.
        generator
            The stream of this choice; only random placements draw from it.

        Returns
        -------
        list of int
            The hosts of the workers by rank, then those of the servers.

        Raises
        ------
        FieldError
            If the network has too few hosts, or a host that is asked for does not exist.
        """


def hosts_of(graph: nx.Graph | None, needed: int) -> list[int]:
    """All hosts of the network in ascending order; as many as needed where it is ideal.

    Raises
    ------
    TooFewHosts
        If there are fewer than `needed`.
    """
    if graph is None:
        return list(range(needed))
    hosts = sorted(node for node, kind in graph.nodes(data="kind") if kind == "host")
    if len(hosts) < needed:
        raise TooFewHosts("hosts", needed, f"the network has {len(hosts)}; give a larger network or fewer workers")
    return hosts
