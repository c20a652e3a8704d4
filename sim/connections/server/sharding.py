"""Which part of the parameters lives on which shard of a parameter server."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise

from sim.problems.part import Ranges


class Sharding(StrEnum):
    """How parameters are dealt to shards.

    even: cut into shards of the same size. per_tensor: every tensor on one shard, the largest first, each to the shard
    that has least (TensorFlow's greedy strategy): the largest tensor is the hot spot. partitioned: like per_tensor,
    with tensors cut into parts of a fixed size first (BytePS; Jiang et al., OSDI 2020).
    """

    even = "even"
    per_tensor = "per_tensor"
    partitioned = "partitioned"


def shard_ranges(tensors: Sequence[int], shards: int, sharding: Sharding, part: int) -> list[Ranges]:
    """Deal the parameters of a model to shards.

    Parameters
    ----------
    tensors
        Sizes of the model's tensors, in the order of their parameters.
    shards
        Number of shards, >= 1.
    sharding
        How.
    part
        Largest part of a tensor (parameters), for partitioned.

    Returns
    -------
    list of Ranges
        For every shard its parameters in ascending order; empty where there are fewer pieces than shards.
    """
    total = sum(tensors)
    if sharding is Sharding.even:
        cuts = [total * shard // shards for shard in range(shards + 1)]
        return [[(low, high)] if high > low else [] for low, high in pairwise(cuts)]
    pieces = []
    begin = 0
    for size in tensors:
        step = max(part, 1) if sharding is Sharding.partitioned else max(size, 1)
        pieces += [(low, min(low + step, begin + size)) for low in range(begin, begin + size, step)]
        begin += size
    ranges: list[Ranges] = [[] for _ in range(shards)]
    loads = [0] * shards
    for low, high in sorted(pieces, key=lambda piece: piece[0] - piece[1]):
        least = loads.index(min(loads))
        ranges[least].append((low, high))
        loads[least] += high - low
    return [sorted(owned) for owned in ranges]
