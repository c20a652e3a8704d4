"""Synchronous SGD whose workers keep a share of everything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sim.connections.connection import Connection
from sim.connections.group.buckets import Bucket, fill, whole
from sim.connections.group.gathered import GatheredModel
from sim.connections.group.scattered import ScatteredGradients
from sim.protocols import Protocol, Steps
from sim.protocols.families.keeping import Keeps, Kept
from sim.workloads import Tensor
from sim.world.worker import Worker
from topologies.ranges import check


@dataclass
class Sharded(Protocol, Keeps):
    """No server, synchronous: every worker keeps and updates a share of the model, and gathers the rest (ZeRO, FSDP).

    Every worker takes the same step along the mean gradient, as if that were all-reduced (Rajbhandari et al. 2020,
    section 5; Zhao et al. 2023). In stage 2 it keeps the whole model, and P workers a P-th each of the gradients and of
    the optimizer's state: gradients are reduce-scattered bucket by bucket, in the backward pass where the transport
    overlaps it with communication, each worker steps along its share, and the model is all-gathered: the two halves
    of an all-reduce, and its bytes (section 7.2.1). In stage 3 the model is shared out, too: its buckets are gathered
    one after the other before their forward pass and again before their backward pass, half as many bytes more
    (section 7.2.2). With overlap the next bucket is gathered while one is at work; no worker has more than two.

    A gradient of several micro-batches is scattered micro-batch by micro-batch, as nobody has room for a whole one.

    Parameters
    ----------
    stage
        Number of ZeRO's stage, 2 or 3: what is shared out beside the optimizer's state, gradients or parameters, too.
    bucket_bytes
        Size at which a bucket is full (B), >= 0; 0: each tensor by itself; None: all in one. A tensor is never cut. Of
        stage 3 it is also what is gathered at once, as a unit of FSDP.
    """

    stage: int = 2
    bucket_bytes: float | None = 25e6

    needs = (ScatteredGradients, GatheredModel)
    overlaps = True
    replicated = True
    lockstep = True
    shares_model = True

    def __post_init__(self) -> None:
        check("stage", self.stage, "give 2 for gradients, or 3 for parameters, too", at_least=2, at_most=3)
        check("bucket_bytes", self.bucket_bytes, "give B, or null for one bucket", at_least=0.0)

    def connections(self, workers: int) -> Sequence[type[Connection]]:
        return (GatheredModel,) if self.stage == 3 else (ScatteredGradients,)

    def buckets(self, tensors: Sequence[Tensor], seconds: float = 0.0) -> list[Bucket]:
        return whole(tensors) if self.bucket_bytes is None else fill(tensors, self.bucket_bytes)

    def kept(self, workers: int, *, overlap: bool) -> Kept:
        share, buckets = 1.0 / workers, 2 if overlap else 1
        if self.stage == 3:
            return Kept(share, share, share, gathered=buckets, scattered=buckets)
        return Kept(1.0, share, share, scattered=buckets)

    @classmethod
    def forms(cls) -> Sequence[Sharded]:
        return cls(stage=2), cls(stage=3)

    def worker(self, me: Worker) -> Steps:
        while True:
            if self.stage == 3:
                mean = yield me.holders.all_reduce_gathering(me.segmented_gradient(me.x))
            else:
                mean = yield me.group.all_reduce_wait_free(me.gradient(me.x))
            me.x = me.update(me.x, mean)
