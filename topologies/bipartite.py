"""Whether ranks fall into two sides that talk only to each other."""

from __future__ import annotations

from collections.abc import Sequence


def sides(neighbours: Sequence[Sequence[int]]) -> tuple[set[int], set[int]]:
    """Divide the ranks into two sides such that no two neighbours are on the same one.

    Of a graph in several parts, the lowest rank of each is on the first side.

    Parameters
    ----------
    neighbours
        Of each rank; of each pair, both name each other.

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
    two: tuple[set[int], set[int]] = (set(), set())
    for start in range(len(neighbours)):
        if start in two[0] or start in two[1]:
            continue
        two[0].add(start)
        layer, side = [start], 0
        while layer:
            following: dict[int, None] = {}
            for rank in layer:
                for other in neighbours[rank]:
                    if other in two[side]:
                        raise ValueError(
                            f"no two sides: ranks {rank} and {other} are neighbours on a circle of odd length"
                        )
                    if other not in two[1 - side]:
                        following[other] = None
            two[1 - side].update(following)
            layer, side = list(following), 1 - side
    return two
