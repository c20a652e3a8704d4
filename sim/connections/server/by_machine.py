"""Workers by the machine that they are in."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

import networkx as nx

from topologies.machines import machines_of


def by_machine(graph: nx.Graph | None, hosts: Sequence[int]) -> list[list[int]]:
    """Group ranks by machine.

    Parameters
    ----------
    graph
        Annotated graph of the network; None of an ideal one.
    hosts
        Host of each rank.

    Returns
    -------
    list of list of int
        The ranks in each machine in ascending order, machines in the order of their first ones.
    """
    together: dict[int, list[int]] = {}
    for rank, machine in enumerate(machines_of(graph, hosts).of):
        together.setdefault(machine, []).append(rank)
    return list(together.values())


def round_robin(machines: Sequence[Sequence[int]]) -> list[int]:
    """Ranks, one of each machine in turn.

    Examples
    --------
    >>> round_robin([[0, 1, 2], [3], [4, 5]])
    [0, 3, 4, 1, 5, 2]
    """
    return [rank for each in zip_longest(*machines) for rank in each if rank is not None]
