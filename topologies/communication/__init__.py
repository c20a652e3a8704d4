"""Communication graphs: which rank talks to which, whatever wires lie between them.

Each family is a module: a function that makes the graph, and the option that a config names. A graph is directed where
a rank may send to one that does not send to it, and it may be another one in every round.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

import networkx as nx

from topologies.rounds import Rounds

if TYPE_CHECKING:
    import numpy as np


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
        FieldError
            If the family has no graph of this size; about ``workers``, or about the field to change.
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
        FieldError
            As `graph`.
        """

    def remarks(self) -> list[str]:
        """What is to be said of the graph beside a run's figures, a line each; after `graph` has succeeded."""
        return []
