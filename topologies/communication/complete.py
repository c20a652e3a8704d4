"""Each rank talks to every other one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

import networkx as nx

from topologies.communication.weighted import Weighted
from topologies.size import check_edges, check_workers


def complete(workers: int) -> nx.Graph:
    """Return the complete graph: every rank talks to every other one.

    Its Metropolis and uniform mixing matrices are the exact average, ``J = ones / workers``: spectral gap 1, at the
    price of ``workers - 1`` messages per rank and step. The upper end of what mixing can do [1]_.

    Parameters
    ----------
    workers
        Number of ranks, >= 1.

    Returns
    -------
    networkx.Graph
        `workers` nodes and ``workers * (workers - 1) / 2`` edges.

    Raises
    ------
    FieldError
        If there are no workers.

    Examples
    --------
    >>> sorted(complete(3).edges)
    [(0, 1), (0, 2), (1, 2)]

    References
    ----------
    .. [1] L. Xiao and S. Boyd, "Fast linear iterations for distributed averaging", Systems & Control Letters 53,
       2004.
    """
    check_workers(workers)
    check_edges(workers, workers * (workers - 1) // 2)
    return nx.complete_graph(workers)


@dataclass
class Complete(Weighted):
    """Each rank talks to every other one."""

    def graph(self, workers: int) -> nx.Graph:
        """See `complete`."""
        return complete(workers)


class Others(Sequence[int]):
    """Every rank but one, in order, without a list of them.

    Parameters
    ----------
    rank
        Which one is left out.
    workers
        Number of ranks, >= 1.

    Examples
    --------
    >>> list(Others(1, workers=4))
    [0, 2, 3]
    """

    def __init__(self, rank: int, workers: int) -> None:
        self._rank = rank
        self._others = range(workers - 1)

    def __len__(self) -> int:
        return len(self._others)

    @overload
    def __getitem__(self, index: int) -> int: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[int]: ...

    def __getitem__(self, index: int | slice) -> int | Sequence[int]:
        if isinstance(index, slice):
            return [self[each] for each in range(len(self))[index]]
        other = self._others[index]
        return other + (other >= self._rank)
