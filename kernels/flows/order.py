"""Whether a graph of dependencies can be run through."""

from __future__ import annotations

import numpy as np
from numba import int64
from numpy.typing import NDArray

from kernels.jit import kernel

NODES = int64[::1]

Nodes = NDArray[np.int64]


@kernel(int64(NODES, NODES, NODES, NODES))
def run_through(successors: Nodes, offsets: Nodes, pending: Nodes, ready: Nodes) -> int:
    """Take nodes that wait for no other, one after the other, until none is left.

    Kahn, "Topological sorting of large networks", Communications of the ACM 1962.

    Parameters
    ----------
    successors : int64[m]
        Nodes that depend on each node, row by row.
    offsets : int64[n + 1]
        Row of node ``i``: ``successors[offsets[i]:offsets[i + 1]]``.
    pending : int64[n]
        On how many nodes each one depends; counted down. What stays above zero depends on itself, or on what does.
    ready : int64[n]
        Scratch.

    Returns
    -------
    int
        How many nodes have been taken; all of them if there is no cycle.
    """
    found = 0
    for node in range(len(pending)):
        if pending[node] == 0:
            ready[found] = node
            found += 1
    taken = 0
    while taken < found:
        node = ready[taken]
        taken += 1
        for position in range(offsets[node], offsets[node + 1]):
            dependant = successors[position]
            pending[dependant] -= 1
            if pending[dependant] == 0:
                ready[found] = dependant
                found += 1
    return taken
