"""Mixing weights that a file gives."""

from __future__ import annotations

import math

from topologies.communication.ranks import Ranks
from topologies.files import has
from topologies.mixing import Mixing

#: How far what a rank gives may be from 1 where the file says all of it: weights are written with a few digits.
WRITTEN = 1e-6


def shares_of(ranks: Ranks) -> Mixing:
    """The mixing of the weights of a file's edges.

    An edge's ``weight`` is the share of the sender's model that the receiver gets, both ways where edges have no
    direction. A rank keeps what is left; an edge from it to itself may say how much that is.

    Parameters
    ----------
    ranks
        The ranks and their edges.

    Raises
    ------
    ValueError
        If a weight is missing or out of (0, 1], is given twice, or a rank gives away more than it has.

    Examples
    --------
    >>> pair = Ranks(False, ["a", "b"], [(0, 1, {"weight": 0.25})], [])
    >>> shares_of(pair).matrix().tolist()
    [[0.75, 0.25], [0.25, 0.75]]
    """
    columns: list[dict[int, float]] = [{} for _ in ranks.names]
    for one, other, attributes in ranks.edges:
        what = f"edge {ranks.names[one]}-{ranks.names[other]}"
        weight = attributes.get("weight")
        if weight is None:
            raise ValueError(
                f"{what}: weight is missing (it has {has(attributes)}); give each edge one, or use other weights"
            )
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0.0 < weight <= 1.0:
            raise ValueError(f"{what}: weight must be a number above 0 and at most 1, got {weight!r}")
        for sender, receiver in ((one, other),) if ranks.directed else ((one, other), (other, one)):
            if columns[sender].setdefault(receiver, float(weight)) != weight:
                raise ValueError(f"{what}: weight is {columns[sender][receiver]} and {weight}; give one of them")
    return Mixing([_whole(column, rank, ranks) for rank, column in enumerate(columns)])


def _whole(column: dict[int, float], rank: int, ranks: Ranks) -> dict[int, float]:
    """What a rank gives to whom, and what it keeps, which make 1."""
    given = math.fsum(share for receiver, share in column.items() if receiver != rank)
    kept, said = 1.0 - given, column.get(rank)
    if kept < -WRITTEN:
        raise ValueError(f"node {ranks.names[rank]} gives away {given:.6g} of its model; its weights may be 1 at most")
    if said is not None and not math.isclose(kept, said, abs_tol=WRITTEN):
        raise ValueError(
            f"node {ranks.names[rank]} keeps {said:g}, but its other weights leave {kept:.6g}; make the sum of them 1"
        )
    return dict(sorted((column | {rank: max(0.0, kept)}).items()))
