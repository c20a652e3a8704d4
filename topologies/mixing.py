"""Mixing matrices: with which weights a rank averages its own model and those that it is sent.

One round of mixing replaces each model ``x_i`` by ``sum_j W[i, j] x_j``. Every ``W`` here is column stochastic: a rank
deals out its whole model, so that the sum over ranks stays. If ``W`` is doubly stochastic, the mean model stays where
all models are equal, too, and the distance of all models to it is multiplied by at most ``1 - spectral_gap(W)`` [1]_.

References
----------
.. [1] L. Xiao and S. Boyd, "Fast linear iterations for distributed averaging", Systems & Control Letters 53, 2004,
   sections 2 and 4.
.. [2] L. Xiao, S. Boyd and S. Lall, "A scheme for robust distributed sensor fusion based on average consensus",
   IPSN 2005.
.. [3] X. Lian et al., "Can decentralized algorithms outperform centralized algorithms? A case study for decentralized
   parallel stochastic gradient descent", NeurIPS 2017, assumption 1.
.. [4] M. Assran, N. Loizou, N. Ballas and M. Rabbat, "Stochastic gradient push for distributed deep learning",
   ICML 2019, section 3.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from enum import StrEnum

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from topologies.field_error import FieldError

#: How far a sum of weights may be from 1: far above the rounding of a sum of 10^5 of them.
ROUNDING = 1e-9


class Stochastic(StrEnum):
    """What sums to 1: the columns (what each rank deals out), or the rows as well (what each gets)."""

    column = "column"
    doubly = "doubly"


class Mixing:
    """The mixing matrix of one round, sparse: ``columns[j][i]`` is ``W[i, j]``, what rank i gets of rank j's model.

    Parameters
    ----------
    columns
        Of each rank, which share of its model it gives to whom, itself included, in order of rank; no unit. Each
        column's shares sum to 1.

    Attributes
    ----------
    senders : list of int
        From how many others each rank gets a share.
    stochastic : Stochastic
        ``doubly`` where what each rank gets sums to 1 as well.
    """

    def __init__(self, columns: Sequence[Mapping[int, float]]) -> None:
        self.columns = columns
        self.senders = [-1] * len(columns)  # itself does not count
        sums = [0.0] * len(columns)
        for column in columns:
            for rank, share in column.items():
                self.senders[rank] += 1
                sums[rank] += share
        balanced = all(abs(total - 1.0) <= ROUNDING for total in sums)
        self.stochastic = Stochastic.doubly if balanced else Stochastic.column

    def matrix(self) -> NDArray[np.float64]:
        """``W`` in full, float64 ``[n, n]``."""
        weights = np.zeros((len(self.columns), len(self.columns)))
        for sender, column in enumerate(self.columns):
            weights[list(column), sender] = list(column.values())
        return weights

    def eigenvalues_of_circulant(self) -> NDArray[np.complex128] | None:
        """The eigenvalues ``[n]`` where every rank's column is rank 0's, moved on by as many places; None elsewhere.

        They come in the order of the discrete Fourier transform, the eigenvectors of every circulant matrix: those of a
        product of such matrices are the products of theirs.
        """
        ranks, first = len(self.columns), self.columns[0]
        for rank, column in enumerate(self.columns):
            if column != {(to + rank) % ranks: share for to, share in first.items()}:
                return None
        shares = np.zeros(ranks)
        shares[list(first)] = list(first.values())
        return np.fft.fft(shares)


def metropolis(graph: nx.Graph) -> Mixing:
    """Return the Metropolis weights: ``W[i, j] = 1 / (1 + max(deg(i), deg(j)))`` for neighbours.

    The rest of each row stays on the diagonal. Each rank needs to know its neighbours' degrees only, and any graph
    gives a symmetric, doubly stochastic matrix with positive diagonal [2]_. (The local-degree weights of [1]_,
    section 4.2, lack the ``1 +``; on an even ring they would oscillate for ever.)

    Parameters
    ----------
    graph
        Undirected simple graph on the ranks ``0 .. n-1``.

    Raises
    ------
    FieldError
        If `graph` is directed, has parallel edges or self-loops, or other nodes than the ranks.

    Examples
    --------
    A path of three ranks, the middle one with two neighbours:

    >>> metropolis(nx.path_graph(3)).matrix().round(3).tolist()
    [[0.667, 0.333, 0.0], [0.333, 0.333, 0.333], [0.0, 0.333, 0.667]]
    """
    if graph.is_directed():
        raise FieldError("graph", f"must be undirected for metropolis weights, got {graph}; use uniform weights")
    _check_simple(graph)
    share = [1.0 / (1.0 + graph.degree[rank]) for rank in range(len(graph))]
    columns = []
    for rank, own in enumerate(share):
        column = {other: min(own, share[other]) for other in graph[rank]}
        # 1 minus the rest of the row, written as own share plus what each neighbour leaves of its share: no
        # cancellation, and on a regular graph exactly the uniform weights.
        column[rank] = own + math.fsum(own - weight for weight in column.values())
        columns.append(dict(sorted(column.items())))
    return Mixing(columns)


def uniform(graph: nx.Graph | nx.DiGraph) -> Mixing:
    """Return the uniform weights: each rank deals its model out evenly, to itself and to all that it sends to.

    ``W[i, j] = 1 / (1 + out-degree of j)`` for every edge from j to i and for ``i = j``. A rank needs to know nothing
    of the others: the weights of push-sum [4]_. Where all ranks have one degree, in and out, the matrix is doubly
    stochastic; on the undirected ring 1/3 each, the mixing of D-PSGD [3]_.

    Parameters
    ----------
    graph
        Simple graph on the ranks ``0 .. n-1``, directed or not.

    Raises
    ------
    FieldError
        If `graph` has parallel edges or self-loops, or other nodes than the ranks.

    Examples
    --------
    >>> uniform(nx.DiGraph([(0, 1), (1, 0), (0, 2), (2, 0), (1, 2)])).matrix().round(3).tolist()
    [[0.333, 0.333, 0.5], [0.333, 0.333, 0.0], [0.333, 0.333, 0.5]]
    """
    _check_simple(graph)
    columns = []
    for rank in range(len(graph)):
        receivers = sorted([rank, *graph[rank]])
        columns.append(dict.fromkeys(receivers, 1.0 / len(receivers)))
    return Mixing(columns)


def spectral_gap(W: NDArray[np.float64]) -> float:
    """Return ``1 - max(|lambda_2|, |lambda_n|)``: how much one round of mixing brings the models together.

    Computed as 1 minus the largest singular value of ``W - J``, with ``J = ones / n``: for a symmetric ``W`` that is
    the second largest eigenvalue modulus, and for any other still the contraction that one round guarantees [1]_.
    The ``rho`` of [3]_ is the square of that modulus.

    Parameters
    ----------
    W
        Mixing matrix, float64 ``[n, n]``, doubly stochastic, no unit.

    Returns
    -------
    float
        1: one round is the exact average (also if n = 1); 0: some ranks never hear of each other, or oscillate.

    Raises
    ------
    FieldError
        If `W` is not square, or a row or column does not sum to 1.

    Examples
    --------
    >>> round(spectral_gap(metropolis(nx.cycle_graph(4)).matrix()), 12)
    0.666666666667
    """
    if W.ndim != 2 or W.shape[0] != W.shape[1] or W.size == 0:
        raise FieldError("W", f"must be a square matrix, got shape {W.shape}; give one row and one column per rank")
    sums = np.concatenate([W.sum(axis=0), W.sum(axis=1)])
    worst = float(sums[np.argmax(np.abs(sums - 1.0))])
    if not abs(worst - 1.0) <= ROUNDING:
        raise FieldError(
            "W", f"rows and columns must sum to 1, got {worst}; use metropolis weights, which are doubly stochastic"
        )
    return float(1.0 - np.linalg.norm(W - 1.0 / len(W), ord=2))


def _check_simple(graph: nx.Graph | nx.DiGraph) -> None:
    """Refuse what is not a simple graph on the ranks ``0 .. n-1``."""
    if graph.is_multigraph() or nx.number_of_selfloops(graph):
        raise FieldError(
            "graph", f"must be without parallel edges or self-loops, got {graph}; give a plain networkx graph"
        )
    ranks = range(graph.number_of_nodes())
    if not ranks or set(graph) != set(ranks):
        raise FieldError(
            "graph",
            f"must have the nodes 0 .. n-1 with n >= 1, got {graph}; "
            "number its nodes with networkx.convert_node_labels_to_integers",
        )
