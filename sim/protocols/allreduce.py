"""Synchronous SGD without a server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sim.connections.connection import Connection
from sim.connections.group.buckets import Bucket, Bucketing, by_cycle, fill, whole
from sim.connections.group.connect import Collectives
from sim.connections.weight_noise import WeightNoise
from sim.protocols import Protocol, Steps
from sim.workloads import Tensor
from sim.world.worker import Worker
from topologies.ranges import check

#: What fills a bucket of PyTorch's DDP by default, and the first one (B); it counts in MiB.
DDP_BYTES, DDP_FIRST_BYTES = 25e6, 1e6


@dataclass
class AllReduce(Protocol):
    """No server, synchronous: workers average their gradients by a collective.

    Every worker takes the same step along the all-reduced mean gradient: SGD with batch lambda mu.

    The gradient travels in buckets of whole tensors, one after the other, the last tensor of the model first, as in
    PyTorch's DistributedDataParallel (Li et al. 2020, section 3.2), or in Horovod, which waits for no bucket to be
    full. Where the transport overlaps communication with computation, a bucket sets out as soon as the backward pass
    has made its tensors ready (wait-free backpropagation, Zhang et al. 2017, section 3.1), in Horovod at the end of a
    cycle; where it does not, all set out when the gradient is complete, and more buckets only cost more latencies.

    Parameters
    ----------
    bucketing
        By whose rule tensors travel together: ddp (when a bucket is full) or horovod (by cycle).
    bucket_bytes
        Size at which a bucket of ddp is full (B), >= 0; 0: each by itself; None: all in one. A tensor is never cut.
    first_bucket_bytes
        The same of the first one of ddp (B), >= 0; None: 1 MB if bucket_bytes is 25 MB, else as that. So DDP has it,
        for an early start: of its own size the first bucket has 1 MB, of one that is given there is no exception.
    fusion_bytes
        The most that horovod sends at once (B), >= 0, unless it is one tensor; 0: each tensor by itself. The default is
        that of Horovod since 0.21 (HOROVOD_FUSION_THRESHOLD); 64 MB before.
    cycle_seconds
        How often horovod sends what has become ready (s), > 0. The default is that of Horovod since 0.21
        (HOROVOD_CYCLE_TIME); 5 ms before.
    weight_noise
        Standard deviation, in each parameter, of noise that every worker adds to the shared model before it takes its
        gradient there (no unit), >= 0: its own, isotropic, Gaussian and fresh in every step. The model itself stays
        without. It is the control of Zhang et al. 2021 (arXiv 2112.01433), to whether any noise does what that of
        decentralised models does. Drawing it takes no time on the clock.
    """

    bucketing: Bucketing = Bucketing.ddp
    bucket_bytes: float | None = 25e6
    first_bucket_bytes: float | None = None
    fusion_bytes: float = 128e6
    cycle_seconds: float = 1e-3
    weight_noise: float = 0.0

    needs = (Collectives,)
    sends_gradients = True
    overlaps = True
    replicated = True
    lockstep = True

    def __post_init__(self) -> None:
        check("bucket_bytes", self.bucket_bytes, "give B, or null for one bucket", at_least=0.0)
        check("first_bucket_bytes", self.first_bucket_bytes, "give B, or null for that of DDP", at_least=0.0)
        check("fusion_bytes", self.fusion_bytes, "give B, or 0 for each tensor by itself", at_least=0.0)
        check("cycle_seconds", self.cycle_seconds, "give the seconds from one sending to the next", above=0.0)
        check("weight_noise", self.weight_noise, "give a standard deviation, or 0 for none", at_least=0.0)

    def connections(self, workers: int) -> Sequence[type[Connection]]:
        return (Collectives, WeightNoise) if self.weight_noise > 0.0 else (Collectives,)

    def buckets(self, tensors: Sequence[Tensor], seconds: float = 0.0) -> list[Bucket]:
        if self.bucketing is Bucketing.horovod:
            return by_cycle(tensors, seconds, self.cycle_seconds, self.fusion_bytes)
        if self.bucket_bytes is None:
            return whole(tensors)
        first = self.first_bucket_bytes
        if first is None:
            first = DDP_FIRST_BYTES if self.bucket_bytes == DDP_BYTES else self.bucket_bytes
        return fill(tensors, self.bucket_bytes, first)

    def worker(self, me: Worker) -> Steps:
        while True:
            x = me.noise.around(me.x, self.weight_noise) if self.weight_noise > 0.0 else me.x
            mean = yield me.group.all_reduce_wait_free(me.gradient(x))
            me.x = me.update(me.x, mean)
