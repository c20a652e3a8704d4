"""What a run has come to: what its clock has said, and what was measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from numpy.typing import NDArray

from sim.cluster.blueprint import Blueprint
from sim.connections.server.cores import QueueTimes
from sim.measuring.losses import Losses
from sim.measuring.snapshot import Snapshot
from sim.measuring.target import Target
from sim.measuring.timeline import SpanColumns
from topologies.routing import Edge

if TYPE_CHECKING:
    from sim.cluster.cluster import Cluster


class Clock(NamedTuple):
    """What the clock of a run has said: no number that has been learned decides any of it.

    Attributes
    ----------
    seconds
        Virtual time at the end (s).
    updates, gradients, samples, steps, averagings
        What has been counted (see `sim.measuring.recorder`).
    bytes_sent, events
        Bytes that endpoints have sent (B), and events of the engine.
    staleness
        Of each shard, how many gradients of which staleness it has applied.
    fractions, spans
        Shares of the workers' time, and what they did when, where that is kept.
    carried
        Bytes of each link in each direction (B); none on an ideal network.
    queues
        Those of the shards of the server.
    losses
        What faults have cost; None where nothing goes wrong.
    """

    seconds: float
    updates: int
    gradients: int
    samples: int
    steps: int
    averagings: int
    bytes_sent: float
    events: int
    staleness: Sequence[Counter[int]]
    fractions: tuple[float, float, float]
    spans: SpanColumns | None
    carried: Mapping[Edge, float]
    queues: Sequence[QueueTimes]
    losses: Losses | None = None


@dataclass(frozen=True)
class Outcome:
    """What a run has come to.

    Attributes
    ----------
    blueprint
        What has run.
    seed
        Number of the seed that it has run with.
    status
        How it has ended.
    clock
        What the clock has said.
    snapshots
        The evaluations.
    models
        That of every evaluation, ``[d]`` each, where they are kept.
    learns
        Whether anything has been learned.
    target
        The target, where the run raced to one.
    """

    blueprint: Blueprint
    seed: int
    status: str
    clock: Clock
    snapshots: Sequence[Snapshot]
    models: Sequence[NDArray[Any]]
    learns: bool
    target: Target | None = None


def outcome_of(cluster: Cluster) -> Outcome:
    """What a cluster that has run has come to."""
    recorder, timeline = cluster.world.recorder, cluster.world.timeline
    clock = Clock(
        seconds=cluster.environment.now,
        updates=recorder.updates,
        gradients=recorder.gradients,
        samples=recorder.samples,
        steps=recorder.steps,
        averagings=recorder.averagings,
        bytes_sent=recorder.bytes_sent,
        events=recorder.events,
        staleness=recorder.staleness_by_shard,
        fractions=timeline.fractions(),
        spans=timeline.spans(),
        carried=cluster.world.fabric.link_bytes() if cluster.deployment.graph is not None else {},
        queues=[shard.cores.queue for shard in cluster.shards],
        losses=cluster.losses(),
    )
    return Outcome(
        cluster.blueprint,
        cluster.seed,
        str(recorder.status),
        clock,
        recorder.snapshots,
        [cluster.tape.value(each.model) for each in recorder.snapshots if each.model is not None],
        cluster.learns,
        recorder.target,
    )
