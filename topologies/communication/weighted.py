"""Topologies of one graph, which weigh every rank by its neighbours."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import networkx as nx

from topologies.communication import Topology
from topologies.mixing import metropolis, uniform
from topologies.rounds import Periodic, Rounds

if TYPE_CHECKING:
    import numpy as np


class Weights(StrEnum):
    """How much a rank keeps of its own model, and how much its neighbours get."""

    metropolis = "metropolis"
    uniform = "uniform"


def weighed(graph: nx.Graph | nx.DiGraph, weights: Weights) -> Rounds:
    """The mixing of every round of a graph that stays: uniform of a directed one, as chosen of another."""
    even = graph.is_directed() or weights is Weights.uniform
    return Periodic([uniform(graph) if even else metropolis(graph)])


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
        return weighed(self.graph(workers), self.weights)
