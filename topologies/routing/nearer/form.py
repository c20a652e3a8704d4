"""The form of a network."""

from __future__ import annotations

import networkx as nx

from topologies.routing.nearer import Nearer
from topologies.routing.nearer.grid import Grid
from topologies.routing.nearer.search import Search
from topologies.routing.nearer.up_and_down import UpAndDown


def nearer_in(graph: nx.Graph) -> Nearer:
    """What leads nearer in a network: by the formula of its form, searched where it has none.

    Parameters
    ----------
    graph
        Annotated graph (see `topologies.networks`).
    """
    tiers = UpAndDown(graph)
    if tiers.fits:
        return tiers
    grid = Grid(graph)
    return grid if grid.fits else Search(graph)
