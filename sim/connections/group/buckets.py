"""Gradients sent in parts: which tensors travel together, and when the backward pass has made them ready."""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import StrEnum
from itertools import accumulate, groupby, pairwise
from typing import NamedTuple

from sim.problems.part import Part, Shaped
from sim.workloads import Tensor

#: Share of a gradient's compute time that its backward pass takes: two of the three products of every weight.
BACKWARD = 2.0 / 3.0


class Bucketing(StrEnum):
    """By whose rule tensors travel together: that of PyTorch's DDP (when full) or of Horovod (by cycle)."""

    ddp = "ddp"
    horovod = "horovod"


class Bucket(NamedTuple):
    """What one collective operation carries.

    Attributes
    ----------
    nbytes
        Its size (B).
    ready
        The share of the gradient's compute time after which it is complete, in (0, 1].
    """

    nbytes: float
    ready: float


def whole(tensors: Sequence[Tensor]) -> list[Bucket]:
    """All tensors in one bucket."""
    return [Bucket(sum(tensor.nbytes for tensor in tensors), 1.0)]


def fill(tensors: Sequence[Tensor], bucket_bytes: float, first_bytes: float = math.inf) -> list[Bucket]:
    """Put tensors into buckets in the order in which the backward pass makes them ready, from the last to the first.

    A tensor is never cut; a bucket that has reached `bucket_bytes` is closed, as PyTorch's DDP does it (Li et al. 2020,
    section 3.2.2), and the first one when it has reached `first_bytes`. The first third of the compute time is the
    forward pass; the backward pass takes for each tensor its share of the arithmetic.

    Parameters
    ----------
    tensors
        In the order of the forward pass, at least one.
    bucket_bytes
        Size at which a bucket is closed (B), >= 0; 0: every tensor has its own (Zhang et al. 2017, section 3.1).
    first_bytes
        The same of the first one (B), >= 0, where that is less.

    Returns
    -------
    list of Bucket
        In the order in which they become ready; the last one when the gradient is complete.

    Examples
    --------
    >>> fill([Tensor(nbytes=4.0, flops=1.0), Tensor(nbytes=1.0, flops=1.0), Tensor(nbytes=2.0, flops=2.0)], 3.0)
    [Bucket(nbytes=3.0, ready=0.8333333333333334), Bucket(nbytes=4.0, ready=1.0)]
    """
    buckets: list[Bucket] = []
    nbytes = 0.0
    backwards, most = _one_by_one(tensors), min(first_bytes, bucket_bytes)
    for number, (size, ready) in enumerate(backwards, 1):
        nbytes += size
        if nbytes >= most or number == len(backwards):
            buckets.append(Bucket(nbytes, ready))
            nbytes, most = 0.0, bucket_bytes
    return buckets


def by_cycle(tensors: Sequence[Tensor], seconds: float, cycle_seconds: float, fusion_bytes: float) -> list[Bucket]:
    """Put tensors into buckets as Horovod does: what has become ready in a cycle travels together [1]_.

    Nothing waits for a bucket to be full. A cycle ends with the backward pass, and the others end one cycle before it
    each: Horovod's thread does not know of the pass, so that any phase is as good.

    Parameters
    ----------
    tensors
        In the order of the forward pass, at least one.
    seconds
        What both passes take (s); 0: all is ready at once.
    cycle_seconds
        Length of a cycle (s), > 0.
    fusion_bytes
        What a bucket has at the most (B), >= 0, unless it is one tensor; 0: every tensor has its own.

    Returns
    -------
    list of Bucket
        In the order of sending; the last one sets out when the gradient is complete.

    Examples
    --------
    >>> by_cycle([Tensor(4.0, 1.0)] * 4, seconds=6.0, cycle_seconds=1.5, fusion_bytes=9.0)
    [Bucket(nbytes=4.0, ready=0.5), Bucket(nbytes=4.0, ready=0.75), Bucket(nbytes=8.0, ready=1.0)]

    References
    ----------
    .. [1] A. Sergeev and M. Del Balso, "Horovod: fast and easy distributed deep learning in TensorFlow",
       arXiv:1802.05799, 2018, section 4; Horovod's documentation, "Tensor fusion", as of 2020-11.
    """

    def flushed(tensor: Bucket) -> float:
        cycles = math.floor((1.0 - tensor.ready) * seconds / cycle_seconds + 1e-9)
        return 1.0 - cycles * cycle_seconds / seconds if cycles else 1.0

    buckets: list[Bucket] = []
    for when, together in groupby(_one_by_one(tensors), flushed):
        nbytes = math.inf
        for tensor in together:
            if nbytes + tensor.nbytes > fusion_bytes:
                buckets.append(Bucket(0.0, when))
                nbytes = 0.0
            nbytes += tensor.nbytes
            buckets[-1] = Bucket(nbytes, when)
    return buckets


def _one_by_one(tensors: Sequence[Tensor]) -> list[Bucket]:
    """Every tensor by itself, from the last to the first."""
    backwards = tensors[::-1]
    done = list(accumulate(tensor.flops for tensor in backwards))
    all_of_it = done[-1]
    return [
        Bucket(tensor.nbytes, 1.0 - BACKWARD * ((all_of_it - by_then) / all_of_it if all_of_it else 0.0))
        for tensor, by_then in zip(backwards, done, strict=True)
    ]


def accumulated(buckets: Sequence[Bucket], micro_batches: int) -> list[Bucket]:
    """When the buckets are ready where the last of several mini-batches completes them, one as long as the other."""
    return [bucket._replace(ready=1.0 - (1.0 - bucket.ready) / micro_batches) for bucket in buckets]


def bucket_parts(model: Shaped, buckets: Sequence[Bucket]) -> list[Part]:
    """What each bucket carries of the gradient: the last parameters first, in proportion to bytes."""
    size, total = model.parameters, sum(bucket.nbytes for bucket in buckets)
    sent = accumulate(bucket.nbytes for bucket in buckets)
    cuts = [size, *(round(size * (1.0 - nbytes / total)) if total else 0 for nbytes in sent)]
    return [Part(model, [(low, high)]) for high, low in pairwise(cuts)]
