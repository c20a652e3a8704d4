"""Who takes part in which round of mixing, where workers fail and come back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache

import networkx as nx

from topologies.mixing import Mixing, Stochastic, metropolis
from topologies.rounds import Rounds


class Attendance(Rounds):
    """The mixing of rounds among those who are there.

    From the first round on that nobody has begun yet, the others mix without who has failed. Where weights have to be
    doubly stochastic, they mix with what is left of their neighbours (see `without`). For push-sum the graph is made
    anew, of those who are there in the order of their ranks: what is left of a directed one need not be strongly
    connected, and who gives and is given nothing loses all its weight.

    Parameters
    ----------
    rounds
        The mixing with everybody.
    stochastic
        What has to sum to 1.
    anew
        The mixing of so many workers, or None where there is no such graph of so many.
    """

    def __init__(self, rounds: Rounds, stochastic: Stochastic, anew: Callable[[int], Rounds | None]) -> None:
        self._rounds = rounds
        self._anew = lru_cache(maxsize=16)(anew)
        self.stochastic = stochastic
        self._changes: list[tuple[int, frozenset[int]]] = [(0, frozenset())]
        self._known: dict[tuple[int, frozenset[int]], tuple[Mixing, Mixing]] = {}  # with everybody, and without

    def change(self, number: int, absent: Collection[int]) -> None:
        """From round `number` on these ranks do not take part."""
        self._changes = [each for each in self._changes if each[0] < number] + [(number, frozenset(absent))]

    def changes_at(self, number: int) -> bool:
        """Whether others take part in a round than in the one before."""
        return any(each[0] == number for each in self._changes[1:])

    def at(self, number: int) -> Mixing:
        absent = next(each[1] for each in reversed(self._changes) if each[0] <= number)
        whole = self._rounds.at(number)
        if not absent:
            return whole
        if self.stochastic is Stochastic.column:
            ranks = len(whole.columns)
            rounds = self._anew(ranks - len(absent))
            if rounds is not None:
                return _among(rounds.at(number), [rank for rank in range(ranks) if rank not in absent], ranks)
        key = id(whole), absent
        if key not in self._known:
            if len(self._known) > 64:  # rounds that are drawn anew never come again
                self._known.clear()
            self._known[key] = whole, without(whole, absent, self.stochastic)
        return self._known[key][1]

    def spectral_gap(self) -> float | None:
        return self._rounds.spectral_gap()


def _among(mixing: Mixing, living: Sequence[int], ranks: int) -> Mixing:
    """The mixing of a smaller graph among some ranks of all; the others keep what they have."""
    columns = [{rank: 1.0} for rank in range(ranks)]
    for rank, column in zip(living, mixing.columns, strict=True):
        columns[rank] = {living[other]: share for other, share in column.items()}
    return Mixing(columns)


def without(mixing: Mixing, absent: Collection[int], stochastic: Stochastic) -> Mixing:
    """The mixing of a round among those who are there; who is not keeps what it has.

    Parameters
    ----------
    mixing
        With everybody.
    absent
        Ranks that are not there.
    stochastic
        What has to sum to 1, where the weights are not symmetric.

    Examples
    --------
    A ring of four without one is a path:

    >>> from topologies.mixing import uniform
    >>> ring = uniform(nx.cycle_graph(4))
    >>> without(ring, {3}, Stochastic.doubly).matrix().round(3).tolist()
    [[0.667, 0.333, 0.0, 0.0], [0.333, 0.333, 0.333, 0.0], [0.0, 0.333, 0.667, 0.0], [0.0, 0.0, 0.0, 1.0]]
    """
    columns = mixing.columns
    if stochastic is Stochastic.doubly and _symmetric(columns):
        graph = nx.empty_graph(len(columns))
        graph.add_edges_from(
            (sender, rank)
            for sender, column in enumerate(columns)
            for rank in column
            if sender < rank and sender not in absent and rank not in absent
        )
        return metropolis(graph)
    kept: list[dict[int, float]] = []
    for sender, column in enumerate(columns):
        if sender in absent:
            kept.append({sender: 1.0})
            continue
        living = {rank: share for rank, share in column.items() if rank not in absent}
        if stochastic is Stochastic.column:
            lost = sum(share for rank, share in column.items() if rank in absent)
        else:
            lost = sum(columns[other].get(sender, 0.0) for other in absent)
        if lost > 0.0:
            living[sender] = living.get(sender, 0.0) + lost
        kept.append(dict(sorted(living.items())))
    return Mixing(kept)


def _symmetric(columns: Sequence[Mapping[int, float]]) -> bool:
    """Whether everybody gives as much to whom it gets something from."""
    return all(
        columns[rank].get(sender) == share for sender, column in enumerate(columns) for rank, share in column.items()
    )
