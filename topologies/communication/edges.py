"""Graphs of ranks out of their edges: the same graph, whatever the order of these."""

from __future__ import annotations

from collections.abc import Iterable

import networkx as nx


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
