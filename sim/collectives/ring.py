"""Ring all-reduce: chunks travel around a ring of ranks, first to be summed, then to be shared."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sim.collectives import Collective
from sim.fabric.schedule import Schedule


def ring(ranks: int, nbytes: float) -> Schedule:
    """Return the ring all-reduce (reduce-scatter, then all-gather).

    In each of ``2 (ranks - 1)`` steps every rank sends one chunk of ``nbytes / ranks`` to its right neighbour. It sends
    the next one when it has sent the one before and has received its left neighbour's. Alone on a network whose
    links have latency a (s, of a route) and inverse bandwidth b (s/B) it takes
    ``2 (ranks - 1) a + 2 (ranks - 1) / ranks nbytes b``, optimal in bandwidth [1]_.

    Parameters
    ----------
    ranks
        Number of ranks, >= 1; one rank leaves at once.
    nbytes
        Size of each rank's contribution (B), >= 0.

    Returns
    -------
    Schedule
        ``2 ranks (ranks - 1)`` sends, numbered ``step * ranks + rank`` so that what runs at one time lies side by side,
        then each rank's exit, which waits for its last send and its last receive.

    Raises
    ------
    ValueError
        If an argument is out of range.

    References
    ----------
    .. [1] P. Patarasuk and X. Yuan, "Bandwidth optimal all-reduce algorithms for clusters of workstations", JPDC 2009.
    """
    if ranks < 1:
        raise ValueError(f"ranks: must be >= 1, got {ranks}; give the number of ranks that take part")
    if not 0 <= nbytes < math.inf:
        raise ValueError(f"nbytes: must be finite and >= 0, got {nbytes}; give the size of the contribution in B")
    steps = 2 * (ranks - 1)
    sends = steps * ranks
    rank = np.arange(sends + ranks) % ranks
    right = (rank + 1) % ranks
    is_send = np.arange(sends + ranks) < sends
    # A send's dependants are the next row's nodes of its own rank and of its right neighbour.
    row = np.arange(1, steps + 1).repeat(ranks) * ranks
    successors = np.stack((row + rank[:sends], row + right[:sends]), axis=1).ravel()
    return Schedule(
        source=np.where(is_send, rank, -1).astype(np.int32),
        target=np.where(is_send, right, -1).astype(np.int32),
        nbytes=np.where(is_send, nbytes / ranks, 0.0),
        delay=np.zeros(sends + ranks),
        successors=successors.astype(np.int64),
        offsets=np.minimum(2 * np.arange(sends + ranks + 1), 2 * sends),
        entry=np.arange(ranks),
        exit=np.arange(sends, sends + ranks),
    )


@dataclass
class Ring(Collective):
    """Every rank sends to its right neighbour; least bytes, most steps."""

    def all_reduce(self, ranks: int, nbytes: float) -> Schedule:
        """See `ring`."""
        return ring(ranks, nbytes)
