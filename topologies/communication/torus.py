"""A grid of ranks that closes on itself."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import networkx as nx

from topologies.communication.edges import undirected
from topologies.communication.weighted import Weighted
from topologies.field_error import FieldError
from topologies.ranges import check
from topologies.size import check_workers


def torus(shape: Sequence[int]) -> nx.Graph:
    """Return the torus: a grid in which each dimension is closed to a ring.

    Each rank talks to the next and the previous one in every dimension. A dimension of 2 makes them the same rank, a
    dimension of 1 none. Ranks are numbered row by row: the last coordinate counts fastest. The graph of decentralised
    learning on a square grid [1]_.

    Parameters
    ----------
    shape
        Ranks along each dimension, each >= 1.

    Returns
    -------
    networkx.Graph
        ``prod(shape)`` nodes. Each dimension of size ``n > 2`` has ``prod(shape)`` edges, of size 2 half of them.

    Raises
    ------
    FieldError
        If there is no dimension, or one without ranks.

    Examples
    --------
    >>> sorted(torus([3, 4])[0])
    [1, 3, 4, 8]

    References
    ----------
    .. [1] A. Koloskova, S. Stich and M. Jaggi, "Decentralized stochastic optimization and gossip algorithms with
       compressed communication", ICML 2019, section 5.
    """
    _check_shape(shape)
    return undirected(math.prod(shape), _edges(shape))


def _edges(shape: Sequence[int]) -> Iterator[tuple[int, int]]:
    workers, apart = math.prod(shape), 1  # how far apart in number are neighbours along the dimension
    for size in reversed(shape):
        for rank in range(workers if size > 1 else 0):
            last = rank // apart % size == size - 1
            yield rank, rank + (1 - size if last else 1) * apart
        apart *= size


def _check_shape(shape: Sequence[int]) -> None:
    remedy = "give the ranks along each dimension, or null for a nearly square torus"
    if not shape:
        raise FieldError("shape", f"must have a dimension, got none; {remedy}")
    for size in shape:
        check("shape", size, remedy, at_least=1)


def _nearly_square(workers: int) -> list[int]:
    """The two sizes nearest to each other of which `workers` is the product, the larger one first."""
    for width in range(math.isqrt(workers), 1, -1):
        if workers % width == 0:
            return [workers // width, width]
    if workers > 3:
        raise FieldError(
            "workers",
            f"torus needs a number of rows and columns, got the prime {workers}; "
            f"try {workers - 1} or {workers + 1}, or topology=ring",
            full=True,
        )
    return [workers, 1]


@dataclass
class Torus(Weighted):
    """A grid of ranks, each dimension closed to a ring.

    Parameters
    ----------
    shape
        Ranks along each dimension, each >= 1, e.g. [4,8]; None: two, as nearly square as workers allows. Their product
        is the number of workers.
    """

    shape: list[int] | None = None

    def __post_init__(self) -> None:
        if self.shape is not None:
            _check_shape(self.shape)

    def graph(self, workers: int) -> nx.Graph:
        """The torus of `self.shape`, or the most square one of `workers` ranks; see `torus`."""
        check_workers(workers)
        shape = _nearly_square(workers) if self.shape is None else self.shape
        if math.prod(shape) != workers:
            raise FieldError(
                "shape",
                f"{' x '.join(map(str, shape))} is a torus of {math.prod(shape)} workers, got {workers}; "
                f"give workers={math.prod(shape)}, or null for a nearly square torus",
            )
        return torus(shape)
