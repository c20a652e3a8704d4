"""Which hosts are in one machine."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

import networkx as nx


def by_machine(graph: nx.Graph | None, hosts: Sequence[int]) -> list[list[int]]:
    """Group ranks by the machine that their host is in.

    Parameters
    ----------
    graph
        Annotated graph of the network, whose hosts carry the number of their ``machine`` where several share one; None
        of an ideal network.
    hosts
        Host of each rank.

    Returns
    -------
    list of list of int
        The ranks of each machine in ascending order, machines in the order of their first rank. A host whose network
        has no machines is one by itself.
    """
    together: dict[object, list[int]] = {}
    for rank, host in enumerate(hosts):
        machine = None if graph is None else graph.nodes[host].get("machine")
        together.setdefault((machine, host if machine is None else None), []).append(rank)
    return list(together.values())


def round_robin(graph: nx.Graph | None, hosts: Sequence[int]) -> list[int]:
    """Ranks, one of each machine in turn."""
    return [rank for each in zip_longest(*by_machine(graph, hosts)) for rank in each if rank is not None]
