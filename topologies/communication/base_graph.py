"""The base-(k+1) graph: rounds in which nobody talks to more than k others, and which end in the exact average."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import networkx as nx
import numpy as np

from topologies.communication import Topology
from topologies.communication.edges import undirected
from topologies.mixing import Mixing
from topologies.ranges import check
from topologies.rounds import ExactAverage, Rounds
from topologies.size import check_edges, check_workers

#: Who gives whom what in a round; who is not in it keeps what it has.
Columns = dict[int, dict[int, float]]


def base_graph(workers: int, k: int) -> list[Mixing]:
    """Return the rounds of the base-(k+1) graph: everybody mixes with k others at the most, until all have the average.

    Of a number of workers all of whose prime factors are at most ``k + 1`` they are those of a hyper-hypercube: ranks
    are numbers with digits, and in each round those that differ in one digit take their average. Of any other number
    the digits of it to the base ``k + 1`` are groups of ranks. Each group averages within itself; then the largest
    gives the others what makes theirs the average of all, the next one gives those that follow, and so on; at last each
    group spreads within itself what it has got [1]_. Where that takes fewer rounds, each of p equal parts does so,
    for p the part of the number of workers whose prime factors are at most ``k + 1``, and a hyper-hypercube joins the
    parts.

    For any number of workers there are at most ``2 log_{k+1}(workers) + 2`` rounds, and their product is the exact
    average; every matrix is symmetric and doubly stochastic.

    Parameters
    ----------
    workers
        Number of ranks, >= 1.
    k
        Most others that a rank talks to in a round, >= 1.

    Returns
    -------
    list of Mixing
        Of each round until they begin again; of a single worker one in which nobody talks.

    Raises
    ------
    FieldError
        If an argument is out of range, or there are too many edges to be simulated.

    Examples
    --------
    Two triples average within themselves, in three rounds, and each then with the other triple:

    >>> [sum(len(column) - 1 for column in mixing.columns) // 2 for mixing in base_graph(6, 1)]
    [2, 2, 2, 3]

    References
    ----------
    .. [1] Y. Takezawa, R. Sato, H. Bao, K. Niwa and M. Yamada, "Beyond exponential graph: communication-efficient
       topologies for decentralized learning via finite-time convergence", NeurIPS 2023, algorithms 1 to 3.
    """
    check_workers(workers)
    _check_k(k)
    joined = _rounds_of_parts(workers, k)
    simple = _rounds_of_groups(workers, k)
    check_edges(workers, min(joined, simple) * workers * min(k, workers - 1) // 2)
    ranks = range(workers)
    rounds = _by_groups(ranks, k) if simple < joined else _by_parts(ranks, k)
    return [Mixing([columns.get(rank, {rank: 1.0}) for rank in ranks]) for columns in rounds or [{}]]


def _check_k(k: int) -> None:
    check("k", k, "give the number of others that a rank talks to in a round", at_least=1)


def _rough_part(number: int, most: int) -> int:
    """What is left of a number without its prime factors up to `most`."""
    for factor in range(2, min(number, most) + 1):
        while number % factor == 0:
            number //= factor
    return number


@cache
def _factors(number: int, most: int) -> tuple[int, ...]:
    """As few factors as possible, of 2 to `most`, of a number that has such: the digits of a hyper-hypercube."""
    if number <= most:
        return (number,) if number > 1 else ()
    choices = (factor for factor in range(2, most + 1) if number % factor == 0)
    return min(((*_factors(number // factor, most), factor) for factor in choices), key=len)


def _groups(ranks: Sequence[int], base: int) -> list[list[Sequence[int]]]:
    """The digits of the number of ranks: for each that is not 0 so many blocks, as large as its place, large first."""
    size, start, groups = 1, 0, []
    while size * base <= len(ranks):
        size *= base
    while start < len(ranks):
        end = len(ranks) - (len(ranks) - start) % size
        if end > start:
            groups.append([ranks[at : at + size] for at in range(start, end, size)])
        start, size = end, size // base
    return groups


def _rounds_of_groups(workers: int, k: int) -> int:
    """How many rounds `_by_groups` takes."""
    if _rough_part(workers, k + 1) == 1:
        return len(_factors(workers, k + 1))
    (block, *others), *_ = _groups(range(workers), k + 1)
    size = len(block)
    return len(_factors(size * (1 + len(others)), k + 1)) + 1 + len(_factors(size, k + 1))


def _rounds_of_parts(workers: int, k: int) -> int:
    """How many rounds `_by_parts` takes."""
    size = _rough_part(workers, k + 1)
    return _rounds_of_groups(size, k) + len(_factors(workers // size, k + 1))


def _averaged(group: Iterable[int]) -> Columns:
    """All of a group, in order of rank, take their average."""
    ranks = tuple(group)
    return {rank: dict.fromkeys(ranks, 1.0 / len(ranks)) for rank in ranks}


def _together(parts: Iterable[Columns]) -> Columns:
    """What ranks that are not the same do in one round."""
    return {rank: column for part in parts for rank, column in part.items()}


def _turn(rounds: Sequence[Columns], number: int) -> Columns:
    """A round of those that begin again when they are over; a single rank has none."""
    return rounds[number % len(rounds)] if rounds else {}


def _hyper_hypercube(ranks: Sequence[int], k: int) -> list[Columns]:
    """Algorithm 1: in each round, the averages of all ranks that differ in one digit."""
    rounds, step = [], 1
    for digits in _factors(len(ranks), k + 1):
        reach = step * digits
        lowest = (at + low for at in range(0, len(ranks), reach) for low in range(step))
        rounds.append(_together(_averaged(ranks[low : low + reach - step + 1 : step]) for low in lowest))
        step = reach
    return rounds


def _exchanged(groups: Sequence[Sequence[Sequence[int]]], k: int) -> Columns:
    """The first group and all other ranks exchange: then these, and each of its blocks, average to the mean of all.

    Every other rank talks to one rank of each of the first group's blocks, which talks to nobody else. The ranks of the
    first group that are left over average a few at a time: no change where all have the same model, as they do if there
    are no steps between rounds, and mixing where there are.
    """
    first, others = groups[0], sorted(rank for group in groups[1:] for block in group for rank in block)
    size, given = len(first[0]), len(others)
    total = len(first) * size + given
    weight = size / total
    columns: Columns = {}
    for place, rank in enumerate(others):
        columns[rank] = {block[place]: weight for block in first} | {rank: given / total}
        columns |= {block[place]: {block[place]: (total - size) / total, rank: weight} for block in first}
    idle = [rank for block in first for rank in block[given:]]
    return columns | _together(_averaged(idle[at : at + k + 1]) for at in range(0, len(idle), k + 1))


def _by_groups(ranks: Sequence[int], k: int) -> list[Columns]:
    """Algorithm 2, the simple base-(k+1) graph."""
    if _rough_part(len(ranks), k + 1) == 1:
        return _hyper_hypercube(ranks, k)
    groups = _groups(ranks, k + 1)
    whole = [_hyper_hypercube([rank for block in group for rank in block], k) for group in groups]
    blocks = [[_hyper_hypercube(block, k) for block in group] for group in groups]
    last = len(groups) - 1
    rounds = [_together(_turn(each, number) for each in whole) for number in range(len(whole[0]))]
    for number in range(1 + len(blocks[0][0])):
        columns = _exchanged(groups[number:], k) if number < last else {}
        for place in range(min(number, last)):  # that have given
            columns |= _together(_turn(each, number - place - 1) for each in blocks[place])
        if number >= last:  # the last has nobody to give to; one of single ranks has no block to spread within
            ends = blocks[last] if len(groups[last][0]) > 1 else [whole[last]]
            columns |= _together(_turn(each, number - last) for each in ends)
        rounds.append(columns)
    return rounds


def _by_parts(ranks: Sequence[int], k: int) -> list[Columns]:
    """Algorithm 3: equal parts do as `_by_groups`, then ranks of the same place in their parts a hyper-hypercube."""
    size = _rough_part(len(ranks), k + 1)
    parts = [_by_groups(ranks[at : at + size], k) for at in range(0, len(ranks), size)]
    places = [_hyper_hypercube(ranks[place::size], k) for place in range(size)]
    return [_together(each) for apart in (parts, places) for each in zip(*apart, strict=True)]


@dataclass
class BaseGraph(Topology):
    """Another graph in each round: everybody talks to k others at most, and all rounds make the exact average.

    Takezawa et al. 2023, the base-(k+1) graph: of any number of workers at most 2 log_{k+1}(workers) + 2 rounds.

    Parameters
    ----------
    k
        Most others that a rank talks to in a round, >= 1.
    """

    k: int = 1

    def __post_init__(self) -> None:
        _check_k(self.k)

    def graph(self, workers: int) -> nx.Graph:
        """The edges of all rounds."""
        columns = (pair for mixing in base_graph(workers, self.k) for pair in enumerate(mixing.columns))
        return undirected(workers, ((rank, other) for rank, column in columns for other in column if other > rank))

    def rounds(self, workers: int, generator: np.random.Generator) -> Rounds:
        """See `base_graph`."""
        return ExactAverage(base_graph(workers, self.k))
