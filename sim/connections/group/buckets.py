"""Gradients sent in parts: which tensors travel together, and when the backward pass has made them ready."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from sim.problems.part import Part, Shaped
from sim.workloads import Tensor

#: Share of a gradient's compute time that its backward pass takes: two of the three products of every weight.
BACKWARD = 2.0 / 3.0


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


def fill(tensors: Sequence[Tensor], bucket_bytes: float) -> list[Bucket]:
    """Put tensors into buckets in the order in which the backward pass makes them ready, from the last to the first.

    A tensor is never cut; a bucket that has reached `bucket_bytes` is closed, as PyTorch's DDP does it (Li et al. 2020,
    section 3.2.2). The first third of the compute time is the forward pass; the backward pass takes for each tensor its
    share of the arithmetic.

    Parameters
    ----------
    tensors
        In the order of the forward pass, at least one.
    bucket_bytes
        Size at which a bucket is closed (B), >= 0; 0: every tensor has its own (Zhang et al. 2017, section 3.1).

    Returns
    -------
    list of Bucket
        In the order in which they become ready; the last one when the gradient is complete.

    Examples
    --------
    >>> fill([Tensor(nbytes=4.0, flops=1.0), Tensor(nbytes=1.0, flops=1.0), Tensor(nbytes=2.0, flops=2.0)], 3.0)
    [Bucket(nbytes=3.0, ready=0.8333333333333334), Bucket(nbytes=4.0, ready=1.0)]
    """
    backwards = tensors[::-1]
    done = list(accumulate(tensor.flops for tensor in backwards))
    buckets = []
    nbytes = 0.0
    for number, tensor in enumerate(backwards):
        nbytes += tensor.nbytes
        if nbytes >= bucket_bytes or number == len(backwards) - 1:
            left = (done[-1] - done[number]) / done[-1] if done[-1] else 0.0
            buckets.append(Bucket(nbytes, 1.0 - BACKWARD * left))
            nbytes = 0.0
    return buckets


def accumulated(buckets: Sequence[Bucket], micro_batches: int) -> list[Bucket]:
    """When the buckets are ready where the last of several mini-batches completes them, one as long as the other."""
    return [bucket._replace(ready=1.0 - (1.0 - bucket.ready) / micro_batches) for bucket in buckets]


def bucket_parts(model: Shaped, buckets: Sequence[Bucket]) -> list[Part]:
    """What each bucket carries of the gradient: the last parameters first, in proportion to bytes."""
    size, total = model.parameters, sum(bucket.nbytes for bucket in buckets)
    sent = accumulate(bucket.nbytes for bucket in buckets)
    cuts = [size, *(round(size * (1.0 - nbytes / total)) if total else 0 for nbytes in sent)]
    return [Part(model, [(low, high)]) for high, low in pairwise(cuts)]
