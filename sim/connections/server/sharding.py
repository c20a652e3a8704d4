"""Which part of a model lives on which shard of a parameter server."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from sim.problems.part import Ranges
from sim.server import Sharding

#: A number travels whole: no shard has less (B).
WORD = 4


class ShardPart(NamedTuple):
    """The part of a model that one shard of a server has.

    Attributes
    ----------
    share
        Its share of the bytes, 0 to 1.
    ranges
        Its parameters, in ascending order. None are left for it where a workload has more bytes than the problem has
        parameters to go with them.
    spans
        Where its bytes lie in the model, as shares of all bytes, in ascending order.
    """

    share: float
    ranges: Ranges
    spans: list[tuple[float, float]]


def dealt_alike(parts: Sequence[ShardPart], parameters: int) -> list[ShardPart]:
    """The same shares of another model's bytes: its parameters go with them in proportion, in the same order.

    Parameters
    ----------
    parts
        What the shards have of one model.
    parameters
        Number of parameters of the other.
    """

    def within(low: float, high: float) -> tuple[int, int]:
        return round(parameters * low), round(parameters * high)

    found = []
    for part in parts:
        ranges = [within(*span) for span in part.spans]
        found.append(part._replace(ranges=[(low, high) for low, high in ranges if high > low]))
    return found


class _Piece(NamedTuple):
    """Bytes that stay together, and the parameters that go with them, from low to high."""

    begin: float
    nbytes: float
    low: int
    high: int


def deal(
    tensors: Sequence[float], parameters: int, shards: int, sharding: Sharding, part_bytes: float = math.inf
) -> list[ShardPart]:
    """Deal a model to shards, by its bytes; the parameters follow.

    Parameters
    ----------
    tensors
        Sizes of the tensors on the wire (B), in the order of their parameters.
    parameters
        Number of parameters. A share of the bytes stands for as large a share of the parameters, in the same order.
    shards
        Number of shards, >= 1.
    sharding
        How.
    part_bytes
        Largest part of a tensor (B), for partitioned; rounded down to whole parameters where these are smaller.

    Returns
    -------
    list of ShardPart
        Without shards that would have nothing: where there are fewer pieces, or numbers to send, than shards.
    """
    total = sum(tensors)
    if sharding is Sharding.even:
        count = min(shards, max(1, parameters, int(total // WORD)))
        cuts = [parameters * shard // count for shard in range(count + 1)]
        return [
            ShardPart(1.0 / count, [(low, high)] if high > low else [], [(shard / count, (shard + 1) / count)])
            for shard, (low, high) in enumerate(pairwise(cuts))
        ]
    if total == 0.0:  # messages without content: one tensor weighs as much as another
        tensors, total = [1.0] * len(tensors), float(len(tensors))
    largest = part_bytes if sharding is Sharding.partitioned else math.inf
    pieces = list(_pieces(tensors, parameters, _whole_parameters(largest, total, parameters)))
    dealt = _least_loaded([piece.nbytes for piece in pieces], shards)
    return [_part_of([pieces[number] for number in owned], total) for owned in dealt if owned]


def _whole_parameters(part_bytes: float, total: float, parameters: int) -> float:
    """A part's size (B) without what is not a whole parameter of it."""
    each = total / max(1, parameters)
    if part_bytes == math.inf:
        return part_bytes
    return max(part_bytes, WORD) if each > part_bytes else int(min(part_bytes, total) / each) * each


def _pieces(tensors: Sequence[float], parameters: int, largest: float) -> Iterator[_Piece]:
    """Tensors, cut into parts of the largest size."""
    ends = list(accumulate(tensors))

    def parameter(nbytes: float) -> int:
        return round(parameters * nbytes / ends[-1])

    for size, end in zip(tensors, ends, strict=True):
        begin = end - size
        count = 1 if size <= largest else math.ceil(size / largest)
        cuts = [*(begin + number * largest for number in range(1, count)), end]
        for low, high in pairwise([begin, *cuts]):
            if high > low:
                yield _Piece(low, high - low, parameter(low), parameter(high))


def _least_loaded(sizes: Sequence[float], shards: int) -> list[list[int]]:
    """Numbers of the pieces that each shard is dealt: the largest first, each to the shard that has least."""
    dealt: list[list[int]] = [[] for _ in range(shards)]
    loads = [0.0] * shards
    for number in sorted(range(len(sizes)), key=lambda number: -sizes[number]):
        least = loads.index(min(loads))
        dealt[least].append(number)
        loads[least] += sizes[number]
    return dealt


def _part_of(pieces: Sequence[_Piece], total: float) -> ShardPart:
    share = sum(piece.nbytes for piece in pieces) / total
    spans = sorted((piece.begin / total, (piece.begin + piece.nbytes) / total) for piece in pieces)
    return ShardPart(share, sorted((piece.low, piece.high) for piece in pieces if piece.high > piece.low), spans)
