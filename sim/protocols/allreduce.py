"""Synchronous SGD without a server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sim.connections.group.buckets import Bucket, fill, whole
from sim.connections.group.connect import Collectives
from sim.protocols import Protocol, Steps
from sim.workloads import Tensor
from sim.world.worker import Worker
from topologies.ranges import check


@dataclass
class AllReduce(Protocol):
    """No server, synchronous: workers average their gradients by a collective.

    Every worker takes the same step along the all-reduced mean gradient: SGD with batch lambda mu.

    The gradient travels in buckets of whole tensors, one after the other, the last tensor of the model first, as in
    PyTorch's DistributedDataParallel (Li et al. 2020, section 3.2). Where the transport overlaps communication with
    computation, a bucket sets out as soon as the backward pass has made its tensors ready (wait-free backpropagation,
    Zhang et al. 2017, section 3.1); where it does not, all set out when the gradient is complete, and more buckets only
    cost more latencies.

    Parameters
    ----------
    bucket_bytes
        Size at which a bucket of tensors is full (B), >= 0; 0: each by itself; None: all in one. A tensor is never cut.
    """

    bucket_bytes: float | None = 25e6

    needs = (Collectives,)
    sends_gradients = True
    overlaps = True
    replicated = True
    lockstep = True

    def __post_init__(self) -> None:
        check("bucket_bytes", self.bucket_bytes, "give B, or null for one bucket", at_least=0.0)

    def buckets(self, tensors: Sequence[Tensor]) -> list[Bucket]:
        return whole(tensors) if self.bucket_bytes is None else fill(tensors, self.bucket_bytes)

    def worker(self, me: Worker) -> Steps:
        while True:
            mean = yield me.group.all_reduce_wait_free(me.gradient(me.x))
            me.x = me.update(me.x, mean)
