"""Mixing matrices: with which weights a rank averages its own model and its neighbours'.

One round of mixing replaces each model ``x_i`` by ``sum_j W[i, j] x_j``. If ``W`` is doubly stochastic, the mean model
stays, and the distance of all models to it is multiplied by at most ``1 - spectral_gap(W)`` [1]_.

References
----------
.. [1] L. Xiao and S. Boyd, "Fast linear iterations for distributed averaging", Systems & Control Letters 53, 2004,
   sections 2 and 4.
.. [2] L. Xiao, S. Boyd and S. Lall, "A scheme for robust distributed sensor fusion based on average consensus",
   IPSN 2005.
.. [3] X. Lian et al., "Can decentralized algorithms outperform centralized algorithms? A case study for decentralized
   parallel stochastic gradient descent", NeurIPS 2017, assumption 1.
"""

from __future__ import annotations

import networkx as nx
import numpy as np
from numpy.typing import NDArray


def metropolis(graph: nx.Graph) -> NDArray[np.float64]:
    """Return the Metropolis weights: ``W[i, j] = 1 / (1 + max(deg(i), deg(j)))`` for neighbours.

    The rest of each row stays on the diagonal. Each rank needs to know its neighbours' degrees only, and any graph
    gives a symmetric, doubly stochastic matrix with positive diagonal [2]_. (The local-degree weights of [1]_,
    section 4.2, lack the ``1 +``; on an even ring they would oscillate for ever.)

    Parameters
    ----------
    graph
        Undirected simple graph on the ranks ``0 .. n-1``.

    Returns
    -------
    numpy.ndarray
        float64 ``[n, n]``, no unit.

    Raises
    ------
    ValueError
        If `graph` is directed, has parallel edges or self-loops, or other nodes than the ranks.

    Examples
    --------
    A path of three ranks, the middle one with two neighbours:

    >>> metropolis(nx.path_graph(3)).round(3).tolist()
    [[0.667, 0.333, 0.0], [0.333, 0.333, 0.333], [0.0, 0.333, 0.667]]
    """
    adjacency = _adjacency(graph)
    share = 1.0 / (1.0 + adjacency.sum(axis=1))
    weights: NDArray[np.float64] = adjacency * np.minimum(share[:, None], share)
    # 1 minus the rest of the row, written as own share plus what each neighbour leaves of its share: no cancellation,
    # and on a regular graph exactly the uniform weights.
    np.fill_diagonal(weights, share + (adjacency * share[:, None] - weights).sum(axis=1))
    return weights


def uniform(graph: nx.Graph) -> NDArray[np.float64]:
    """Return the uniform weights of a regular graph: ``W[i, j] = 1 / (1 + degree)`` for neighbours and ``j = i``.

    On the ring 1/3 each, the mixing of D-PSGD [3]_.

    Parameters
    ----------
    graph
        Undirected simple graph on the ranks ``0 .. n-1``, all of one degree.

    Returns
    -------
    numpy.ndarray
        float64 ``[n, n]``, symmetric and doubly stochastic, no unit.

    Raises
    ------
    ValueError
        If the ranks differ in degree (the columns would not sum to 1, and mixing would move the mean model), or as in
        `metropolis`.

    Examples
    --------
    >>> uniform(nx.complete_graph(2)).tolist()
    [[0.5, 0.5], [0.5, 0.5]]
    """
    adjacency = _adjacency(graph)
    degrees = adjacency.sum(axis=1).astype(int)
    if degrees.min() < degrees.max():
        raise ValueError(
            f"graph: must be regular for uniform weights, got degrees from {degrees.min()} to {degrees.max()}, "
            "so that the matrix would not be doubly stochastic; use metropolis weights"
        )
    weights: NDArray[np.float64] = (adjacency + np.eye(len(adjacency))) / (1.0 + degrees[0])
    return weights


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
    ValueError
        If `W` is not square, or a row or column does not sum to 1.

    Examples
    --------
    >>> round(spectral_gap(metropolis(nx.cycle_graph(4))), 12)
    0.666666666667
    """
    if W.ndim != 2 or W.shape[0] != W.shape[1] or W.size == 0:
        raise ValueError(f"W: must be a square matrix, got shape {W.shape}; give one row and one column per rank")
    sums = np.concatenate([W.sum(axis=0), W.sum(axis=1)])
    worst = float(sums[np.argmax(np.abs(sums - 1.0))])
    if not abs(worst - 1.0) <= 1e-9:  # far above the rounding of a sum of 10^5 weights
        raise ValueError(
            f"W: rows and columns must sum to 1, got {worst}; use metropolis weights, which are doubly stochastic"
        )
    return float(1.0 - np.linalg.norm(W - 1.0 / len(W), ord=2))


def _adjacency(graph: nx.Graph) -> NDArray[np.float64]:
    """0/1 matrix float64 ``[n, n]`` of a simple undirected graph on the ranks ``0 .. n-1``."""
    if graph.is_directed() or graph.is_multigraph() or nx.number_of_selfloops(graph):
        raise ValueError(
            f"graph: must be undirected without parallel edges or self-loops, got {graph}; give a plain networkx.Graph"
        )
    ranks = range(graph.number_of_nodes())
    if not ranks or set(graph) != set(ranks):
        raise ValueError(
            f"graph: must have the nodes 0 .. n-1 with n >= 1, got {graph}; "
            "number its nodes with networkx.convert_node_labels_to_integers"
        )
    adjacency: NDArray[np.float64] = nx.to_numpy_array(graph, nodelist=ranks, weight=None)
    return adjacency
