"""A gradient of a model that nobody has whole: what is computed, and what has to travel before and after it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from sim.compressors import Carrier
from sim.connections.group.buckets import BACKWARD, Bucket


class Segment(NamedTuple):
    """What is computed with the parameters of one bucket: its share of a forward or backward pass.

    Attributes
    ----------
    share
        Its share of the gradient's compute time.
    gathered
        How many operations have to be done before it begins.
    """

    share: float
    gathered: int


class Due(NamedTuple):
    """An operation of a pass.

    Attributes
    ----------
    carrier
        What it is, and of which size.
    after
        How many segments have to be computed before it sets out.
    """

    carrier: Carrier
    after: int


class Passes(NamedTuple):
    """The forward and the backward pass of every mini-batch of a gradient.

    Attributes
    ----------
    segments
        One after the other.
    dues
        The operations, one after the other.
    """

    segments: tuple[Segment, ...]
    dues: tuple[Due, ...]


def passes(buckets: Sequence[Bucket], workers: int, mini_batches: int, ahead: int) -> Passes:
    """Cut a gradient where its buckets end.

    The parameters of a bucket are gathered before its forward and again before its backward pass, and its gradient is
    reduce-scattered after the latter [1]_. Operations follow one another, as on one stream: a gradient sets out before
    parameters that are wanted later [2]_.

    Parameters
    ----------
    buckets
        In the order in which the backward pass makes them ready, and when it does, of one mini-batch.
    workers
        How many share the model.
    mini_batches
        How many make a gradient, one after the other and one as long as the other.
    ahead
        For how many segments parameters are gathered before those at work are done with: 0 or 1.

    Examples
    --------
    >>> cut = passes([Bucket(nbytes=8.0, ready=1.0)], workers=2, mini_batches=1, ahead=0)
    >>> [(round(segment.share, 3), segment.gathered) for segment in cut.segments]
    [(0.333, 1), (0.667, 2)]
    >>> [(due.carrier.operation, due.after) for due in cut.dues]
    [('all_gather', 0), ('all_gather', 1), ('reduce_scatter', 2)]

    References
    ----------
    .. [1] S. Rajbhandari et al., "ZeRO: memory optimizations toward training trillion parameter models", SC 2020,
       sections 5.3 and 7.2.2.
    .. [2] Y. Zhao et al., "PyTorch FSDP: experiences on scaling fully sharded data parallel", VLDB 2023, section 3.3.
    """
    turns = list(_turns(buckets)) * mini_batches
    gathered, dues = [0] * len(turns), []
    for done in range(len(turns) + 1):
        if done > 0 and turns[done - 1].backward:
            dues.append(Due(Carrier("reduce_scatter", turns[done - 1].nbytes), done))
        for number in range(0 if done == 0 else done + ahead, min(done + ahead + 1, len(turns))):
            dues.append(Due(Carrier("all_gather", turns[number].nbytes / workers), done))
            gathered[number] = len(dues)
    segments = (Segment(turn.share / mini_batches, count) for turn, count in zip(turns, gathered, strict=True))
    return Passes(tuple(segments), tuple(dues))


class _Turn(NamedTuple):
    """A bucket in one direction."""

    nbytes: float
    share: float
    backward: bool


def _turns(buckets: Sequence[Bucket]) -> Iterator[_Turn]:
    """The buckets of a forward pass, from the first tensors to the last, and then those of its backward pass."""
    ready = [1.0 - BACKWARD, *(bucket.ready for bucket in buckets)]
    shares = [end - begin for begin, end in pairwise(ready)]
    for bucket, share in zip(reversed(buckets), reversed(shares), strict=True):
        yield _Turn(bucket.nbytes, share * (1.0 - BACKWARD) / BACKWARD, backward=False)
    for bucket, share in zip(buckets, shares, strict=True):
        yield _Turn(bucket.nbytes, share, backward=True)
