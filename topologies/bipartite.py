"""Whether ranks fall into two sides that talk only to each other."""

from __future__ import annotations

from collections.abc import Sequence


def sides(neighbours: Sequence[Sequence[int]]) -> tuple[set[int], set[int]]:
    """Divide the ranks into two sides such that no two neighbours are on the same one.

    Of a graph in several parts, the lowest rank of each is on the first side.

    Parameters
    ----------
    neighbours
        The ranks that each rank is a neighbour of; one of the two may name the other, or both.

    Returns
    -------
    tuple of set
        The side of rank 0, and the other one.

    Raises
    ------
    ValueError
        ``no two sides: ranks <one> and <other> are neighbours on a circle of odd length``.

    Examples
    --------
    >>> sides([[1, 3], [0, 2], [1, 3], [0, 2]])
    ({0, 2}, {1, 3})
    """
    nearer = list(range(len(neighbours)))  # a rank of the same part, the lowest one's own rank: a union-find forest
    across = [False] * len(neighbours)  # whether that is on the other side

    def find(rank: int) -> tuple[int, bool]:
        """The lowest rank of its part, and whether it is on the other side."""
        other_side = False
        while nearer[rank] != rank:
            above = nearer[rank]
            across[rank] ^= across[above]  # halves the way: points to the one after the next
            nearer[rank] = nearer[above]
            other_side ^= across[rank]
            rank = nearer[rank]
        return rank, other_side

    for one, others in enumerate(neighbours):
        for other in others:
            (low, low_across), (high, high_across) = sorted((find(one), find(other)))
            if low != high:
                nearer[high], across[high] = low, not low_across ^ high_across
            elif low_across == high_across:
                raise ValueError(f"no two sides: ranks {one} and {other} are neighbours on a circle of odd length")
    second = {rank for rank in range(len(neighbours)) if find(rank)[1]}
    return set(range(len(neighbours))) - second, second
