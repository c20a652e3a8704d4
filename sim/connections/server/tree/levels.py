"""The shape of a tree of aggregators between workers and a server."""

from __future__ import annotations


def levels(workers: int, fan_out: int) -> list[list[range]]:
    """Group workers by rank, groups of them, and so on, until at most `fan_out` reach the server.

    Parameters
    ----------
    workers
        How many there are.
    fan_out
        Children of a node, >= 2; the last of a level may have fewer.

    Returns
    -------
    list of list of range
        Of every level, from the workers to the server, the ranks below each node. None where the workers themselves
        are few enough.
    """
    found = []
    span = 1
    while span * fan_out < workers:
        span *= fan_out
        found.append([range(low, min(low + span, workers)) for low in range(0, workers, span)])
    return found


def neighbour(ranks: range, level: int, fan_out: int) -> int:
    """The worker beside whom a node lives that has no host of its own: the last one below its first child.

    So the first worker of a leaf (level 0). Of full groups no two nodes live with the same worker.
    """
    return ranks[: fan_out**level][-1]
