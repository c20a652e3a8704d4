"""Which links a message walks.

Each module holds one way of choosing, a `Routing` named after it; `Routes` asks the one that the network names.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TypeAlias

import networkx as nx

from topologies.options import options_in
from topologies.ranges import check_choice

Node: TypeAlias = int | str
Edge: TypeAlias = tuple[Node, Node]

_MASK = (1 << 64) - 1


def splitmix64(x: int) -> int:
    """Mix 64 bits: the output function of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).

    Examples
    --------
    >>> hex(splitmix64(0))
    '0xe220a8397b1dcdaf'
    """
    x = (x + 0x9E3779B97F4A7C15) & _MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK
    return x ^ (x >> 31)


def draw(source: int, target: int, step: int) -> int:
    """A number in ``[0, 2**64)`` for one choice on the way of a pair of hosts: the same in every process.

    Parameters
    ----------
    source, target
        The two hosts.
    step
        Which of its choices, so that one does not follow from another.
    """
    return splitmix64(splitmix64(splitmix64(source) ^ target) ^ step)


class Routing(ABC):
    """One way of choosing routes over one network.

    Parameters
    ----------
    graph
        Annotated graph (see `topologies.networks`).
    """

    def __init__(self, graph: nx.Graph) -> None:
        self.graph = graph

    @abstractmethod
    def walk(self, source: int, target: int) -> list[Edge]:
        """Return the directed edges from `source` to another host, in the order walked; no node comes twice.

        Raises
        ------
        ValueError
            If no path joins the two.
        """


class Routes:
    """The route of each pair of hosts, chosen as the graph's attribute ``routing`` says (``"ecmp"`` without one).

    A route depends on the network and the pair only: all messages of a pair take one route, which is the same in every
    process and whatever was asked before. A pair's two directions may take different routes. A route is kept once it
    has been asked for; links added to the graph later are not seen.

    Parameters
    ----------
    graph
        Annotated graph (see `topologies.networks`).

    Raises
    ------
    ValueError
        If there is no such routing.

    Examples
    --------
    >>> from topologies.networks.leaf_spine import leaf_spine
    >>> routes = Routes(leaf_spine(2, 2, 3, bandwidth=1.25e9, latency=5e-6, uplink_bandwidth=2.5e9))
    >>> routes.route(0, 2)
    [(0, 'leaf0'), ('leaf0', 2)]
    >>> routes.route(0, 3)
    [(0, 'leaf0'), ('leaf0', 'spine0'), ('spine0', 'leaf1'), ('leaf1', 3)]
    """

    def __init__(self, graph: nx.Graph) -> None:
        self._graph = graph
        self._routing = _routing(graph.graph.get("routing", "ecmp"))(graph)
        self._routes: dict[tuple[int, int], list[Edge]] = {}

    def route(self, source: int, target: int) -> list[Edge]:
        """Return the directed edges from `source` to `target`, in the order walked.

        Parameters
        ----------
        source, target
            Hosts of the graph.

        Returns
        -------
        list of (node, node)
            Empty if `source` is `target`. The same list is returned each time: do not change it.

        Raises
        ------
        ValueError
            If a host is not in the graph, or no path joins the two.
        """
        known = self._routes.get((source, target))
        if known is None:
            for name, host in (("source", source), ("target", target)):
                if host not in self._graph:
                    raise ValueError(f"{name}: the network has no host {host}; give the number of one of its hosts")
            known = [] if source == target else self._routing.walk(source, target)
            self._routes[source, target] = known
        return known


def _routing(name: str) -> type[Routing]:
    """The routing that the module `name` of this package defines."""
    routings = dict(options_in(__name__, Routing))
    check_choice("routing", name, list(routings))
    return routings[name]
