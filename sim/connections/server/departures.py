"""When the pieces of a gradient set out for the shards of a server, while its backward pass goes on."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from sim.connections.group.buckets import Bucket
from sim.connections.server.sharding import ShardPart


class Piece(NamedTuple):
    """What one message carries of a gradient for one shard.

    Attributes
    ----------
    shard
        Number of the shard.
    nbytes
        Its size (B).
    last
        Whether the shard has all of its part when it has arrived: a channel is one ordered stream of bytes.
    """

    shard: int
    nbytes: float
    last: bool


class Departure(NamedTuple):
    """Pieces that set out together.

    Attributes
    ----------
    share
        The share of the gradient's compute time after which they are complete, in (0, 1].
    encoding
        What the worker has compressed by then, these the last of it, beside the gradient's own time (s).
    pieces
        What sets out.
    """

    share: float
    encoding: float
    pieces: Sequence[Piece]


def departures(
    parts: Sequence[ShardPart],
    buckets: Sequence[Bucket],
    nbytes: Sequence[float],
    encoding: Sequence[float],
    *,
    whole: bool,
) -> list[Departure]:
    """When what of a gradient sets out, in order; the last one when the gradient is complete.

    A part sets out tensor by tensor (Zhang et al. 2017, section 3.1). What is compressed is one message, which is made
    when all of the part is complete; the worker's device makes one after the other, and the backward pass waits
    meanwhile.

    Parameters
    ----------
    parts
        What the shards have.
    buckets
        The tensors of the model in the order in which they become ready.
    nbytes
        Size of a gradient on the wire, for each shard (B).
    encoding
        How long it takes to compress, for each shard (s).
    whole
        Whether a part is one message.
    """
    cuts = _Cuts(buckets)
    setting_out: dict[float, list[Piece]] = {}
    for shard, part in enumerate(parts):
        cut = cuts.of(part)
        if whole:
            cut = [(cut[-1][0], 1.0)]
        left = nbytes[shard]
        for number, (ready, share) in enumerate(cut, 1):
            last = number == len(cut)
            size = left if last else nbytes[shard] * share
            left -= size
            setting_out.setdefault(ready, []).append(Piece(shard, size, last))
    found, seconds = [], 0.0
    for ready, pieces in sorted(setting_out.items()):
        seconds += sum(encoding[piece.shard] for piece in pieces)
        found.append(Departure(ready, seconds, pieces))
    found[-1] = found[-1]._replace(share=1.0)  # tensors without bytes may be computed after what is sent last
    return found


#: Less of a part than this is a rounding error of where it is cut.
_NOTHING = 1e-9


class _Cuts:
    """Where the buckets of a model lie, as shares of its bytes; the last bytes are ready first."""

    def __init__(self, buckets: Sequence[Bucket]) -> None:
        total, high = sum(bucket.nbytes for bucket in buckets), 1.0
        self._empty = total == 0.0
        self._rows: list[tuple[float, float, float]] = []
        for bucket in () if self._empty else buckets:
            low = high - bucket.nbytes / total
            self._rows.append((low, high, bucket.ready))
            high = low
        self._rows.reverse()
        self._lows, self._highs = ([row[end] for row in self._rows] for end in (0, 1))

    def of(self, part: ShardPart) -> list[tuple[float, float]]:
        """When the pieces of a part are ready, and their shares of it, in the order in which they become ready."""
        if self._empty:
            return [(1.0, 1.0)]
        inside: dict[int, list[float]] = {}
        for begin, end in part.spans:
            for number in range(bisect_right(self._highs, begin), bisect_left(self._lows, end)):
                low, high, _ = self._rows[number]
                inside.setdefault(number, []).append(max(0.0, min(end, high) - max(begin, low)))
        found = [(self._rows[number][2], sum(inside[number])) for number in sorted(inside, reverse=True)]
        return [(ready, share / part.share) for ready, share in found if share > _NOTHING * part.share]
