"""Communication graphs: which rank talks to which, whatever wires lie between them.

Each module holds one family: a function that makes the graph, and the option that a config names. A graph is directed
where a rank may send to one that does not send to it, and it may be another one in every round.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import networkx as nx

from topologies.mixing import metropolis, uniform
from topologies.rounds import Periodic, Rounds

if TYPE_CHECKING:
    import numpy as np


class Weights(StrEnum):
    """How much a rank keeps of its own model, and how much its neighbours get."""

    metropolis = "metropolis"
    uniform = "uniform"


@dataclass
class Topology(ABC):
    """Who talks to whom."""

    @abstractmethod
    def graph(self, workers: int) -> nx.Graph | nx.DiGraph:
        """Make the communication graph; of one that changes from round to round, all edges that there ever are.

        Parameters
        ----------
        workers
            Number of ranks, >= 1.

        Returns
        -------
        networkx.Graph or networkx.DiGraph
            Simple graph on the ranks ``0 .. workers-1``; no attributes.

        Raises
        ------
        ValueError
            If the family has no graph of this size; the message starts with ``workers``, or with the field to change.
        """

    @abstractmethod
    def rounds(self, workers: int, generator: np.random.Generator) -> Rounds:
        """Make the mixing of every round of a run.

        Parameters
        ----------
        workers
            Number of ranks, >= 1.
        generator
            Where what is drawn anew in every round comes from.

        Raises
        ------
        ValueError
            As `graph`.
        """


@dataclass
class Weighted(Topology):
    """One graph for the whole run, and a choice of weights.

    Parameters
    ----------
    weights
        metropolis: 1 / (1 + larger degree) to a neighbour; uniform: 1 / (1 + degree), for regular graphs. With
        metropolis neighbours get so much of each other's model, by the larger of both degrees, which is doubly
        stochastic on every undirected graph. With uniform each rank deals its model out evenly, to itself and to each
        neighbour, which is doubly stochastic on regular graphs; a directed graph always has these.
    """

    weights: Weights = field(default=Weights.metropolis, kw_only=True)

    def rounds(self, workers: int, generator: np.random.Generator) -> Rounds:
        graph = self.graph(workers)
        even = graph.is_directed() or self.weights is Weights.uniform
        return Periodic([uniform(graph) if even else metropolis(graph)])


def undirected(workers: int, edges: Iterable[tuple[int, int]]) -> nx.Graph:
    """Make the graph of these edges on the ranks ``0 .. workers-1``, everything in order.

    Parameters
    ----------
    workers
        Number of ranks, >= 1.
    edges
        Pairs of different ranks; a pair that is there twice, either way round, counts once.

    Returns
    -------
    networkx.Graph
        The same, whatever the order of `edges`; no attributes.
    """
    graph = nx.Graph()
    graph.add_nodes_from(range(workers))
    graph.add_edges_from(sorted((min(edge), max(edge)) for edge in edges))
    return graph


def directed(workers: int, edges: Iterable[tuple[int, int]]) -> nx.DiGraph:
    """Make the directed graph of these edges on the ranks ``0 .. workers-1``, everything in order.

    Parameters
    ----------
    workers
        Number of ranks, >= 1.
    edges
        Pairs of different ranks, who sends and who receives; a pair that is there twice counts once.

    Returns
    -------
    networkx.DiGraph
        The same, whatever the order of `edges`; no attributes.
    """
    graph = nx.DiGraph()
    graph.add_nodes_from(range(workers))
    graph.add_edges_from(sorted(edges))
    return graph
