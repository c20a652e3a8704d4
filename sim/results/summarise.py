"""From a cluster that has run to its result."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

import sim
from kernels.tape.measures import EIGENVALUE, FARTHEST, OWN
from sim.cluster.outcome import Outcome
from sim.connections.group.connect import Collectives
from sim.connections.server.cores import QueueTimes
from sim.experiment import Experiment
from sim.measuring.losses import Losses
from sim.measuring.snapshot import Snapshot
from sim.measuring.target import Target
from sim.option_name import option_name
from sim.question import question
from sim.results.links import links
from sim.results.noise import add_noise
from sim.results.result import Result
from sim.results.rows import Metric, Spans, Summary, Trajectory


def summarise(outcome: Outcome, *, wall_seconds: float) -> Result:
    """Collect everything that is kept of a run."""
    metrics = [_metric(outcome, snapshot) for snapshot in outcome.snapshots]
    summary = _summary(outcome, metrics, wall_seconds)
    add_noise(summary, metrics, outcome)
    return Result(
        summary=summary,
        metrics=metrics,
        staleness=dict(_staleness(outcome)),
        staleness_by_shard=[dict(count) for count in outcome.clock.staleness],
        links=links(outcome),
        spans=_spans(outcome),
        trajectory=_trajectory(outcome) if outcome.blueprint.experiment.record.trajectory else None,
    )


def _metric(outcome: Outcome, snapshot: Snapshot) -> Metric:
    experiment = outcome.blueprint.experiment
    metric = Metric(
        seed=outcome.seed,
        seconds=snapshot.seconds,
        updates=snapshot.updates,
        epochs=_epochs(experiment, snapshot.samples),
        mean_staleness=snapshot.mean_staleness,
        learning_rate=_learning_rate(outcome, snapshot),
        bytes_sent=snapshot.bytes_sent,
    )
    if outcome.learns:
        measures = snapshot.evaluation.measures()[:FARTHEST]
        train_loss, _, test_loss, score, distance, *moments = measures.tolist()
        metric.train_loss, metric.test_loss = train_loss, test_loss
        if experiment.problem.metric is not None:
            setattr(metric, f"test_{experiment.problem.metric}", score)
        if experiment.protocol.own_models:
            metric.consensus_distance = distance
        alignment, variance, *_ = moments
        if math.isfinite(alignment):
            metric.effective_learning_rate = metric.learning_rate * alignment
        if math.isfinite(variance):
            metric.gradient_variance = variance
        eigenvalue = float(snapshot.evaluation.measures()[EIGENVALUE])
        if math.isfinite(eigenvalue):
            metric.largest_eigenvalue = eigenvalue
    return metric


def _learning_rate(outcome: Outcome, snapshot: Snapshot) -> float:
    """What the next step would take; before the first update of a server, as modulated there."""
    blueprint = outcome.blueprint
    snapshots = (snapshot, *outcome.snapshots)
    known = (each.together for each in snapshots if each.together is not None)
    together, rate = next(known, blueprint.experiment.workers), blueprint.rate
    updates, applied = snapshot.updates, snapshot.applied
    steps = (each.learning_rate(rate, updates, applied, together) for each in blueprint.connections)
    return next((lr for lr in steps if lr is not None), rate.at(updates, applied))


def _staleness(outcome: Outcome) -> Counter[int]:
    """How many applied gradients had which staleness, over all shards."""
    return sum(outcome.clock.staleness, Counter())


def _epochs(experiment: Experiment, samples: int) -> float | None:
    epoch = experiment.problem.samples
    return None if epoch is None else samples / epoch


def _summary(outcome: Outcome, metrics: list[Metric], wall_seconds: float) -> Summary:
    experiment, clock, last = outcome.blueprint.experiment, outcome.clock, metrics[-1]
    seconds, samples = clock.seconds, clock.samples
    epochs = _epochs(experiment, samples)
    compute, communicate, wait = clock.fractions
    staleness = _staleness(outcome)
    summary = Summary(
        status=outcome.status,
        protocol=option_name(experiment.protocol),
        topology=_topology(outcome),
        network=option_name(experiment.network),
        workers=experiment.workers,
        batch=experiment.batch,
        seed=experiment.seed,
        virtual_seconds=seconds,
        updates=clock.updates,
        gradients=clock.gradients,
        samples=samples,
        epochs=epochs,
        bytes_sent=clock.bytes_sent,
        updates_per_second=clock.updates / seconds if seconds else None,
        samples_per_second=samples / seconds if seconds else None,
        seconds_per_epoch=seconds / epochs if epochs else None,
        final_train_loss=last.train_loss,
        final_test_loss=last.test_loss,
        final_test_accuracy=last.test_accuracy,
        final_test_rmse=last.test_rmse,
        best_test_accuracy=_best(metrics),
        mean_staleness=last.mean_staleness,
        max_staleness=max(staleness, default=None),
        consensus_distance=last.consensus_distance,
        spectral_gap=_spectral_gap(outcome),
        averagings_per_step=clock.averagings / clock.steps if clock.averagings else None,
        collective=_collective(outcome),
        compute_fraction=compute,
        communicate_fraction=communicate,
        wait_fraction=wait,
        wall_seconds=wall_seconds,
        events=clock.events,
        version=sim.__version__,
        config_hash=question(experiment),
    )
    if outcome.learns and experiment.protocol.own_models:
        _add_own(summary, outcome.snapshots[-1])
    if outcome.target is not None:
        _add_target(summary, outcome.target)
    _add_parts(summary, outcome)
    return summary


def _add_parts(summary: Summary, outcome: Outcome) -> None:
    """What faults have cost, where anything has gone wrong, and the server, where there is one."""
    experiment, clock = outcome.blueprint.experiment, outcome.clock
    if clock.losses is not None:
        _add_losses(summary, clock.losses, experiment.workers * clock.seconds)
    if clock.queues:
        _add_server(summary, clock.queues, experiment.server.cores, clock.seconds)


def _best(metrics: Sequence[Metric]) -> float | None:
    """The highest accuracy of any evaluation."""
    return max((metric.test_accuracy for metric in metrics if metric.test_accuracy is not None), default=None)


def _add_own(summary: Summary, last: Snapshot) -> None:
    """The training losses of the workers' own models."""
    summary.mean_worker_loss, summary.worst_worker_loss = last.evaluation.measures()[OWN : OWN + 2].tolist()


def _add_losses(summary: Summary, losses: Losses, worker_seconds: float) -> None:
    """What faults have cost."""
    summary.crashes, summary.lost_updates = losses.crashes, losses.updates
    summary.downtime_seconds, summary.stalled_seconds = losses.down, losses.stalled
    summary.recovery_seconds, summary.lost_seconds = losses.recovering, losses.lost
    summary.goodput = losses.goodput(worker_seconds)


def _add_target(summary: Summary, target: Target) -> None:
    """When the target was reached; by a run whose mean model is there though its workers' have diverged, never."""
    if summary.status == "diverged":
        return
    if target.first is not None:
        summary.seconds_to_target, summary.updates_to_target, summary.target_uncertainty_seconds = target.first
        samples = (summary.samples or 0) / (summary.updates or 1)
        summary.samples_to_target = target.first.updates * samples
    if target.over > 1:
        summary.smoothed_seconds_to_target = target.smoothed


def _topology(outcome: Outcome) -> str | None:
    used = any(connection.over_topology for connection in outcome.blueprint.connections)
    return option_name(outcome.blueprint.experiment.topology) if used else None


def _spectral_gap(outcome: Outcome) -> float | None:
    rounds = outcome.blueprint.rounds(outcome.seed)
    return rounds.spectral_gap() if rounds is not None else None


def _collective(outcome: Outcome) -> str | None:
    group = outcome.blueprint.connection(Collectives)
    return " and ".join(group.carried_by(outcome.blueprint.deployment(outcome.seed))) if group is not None else None


def _add_server(summary: Summary, queues: Sequence[QueueTimes], cores: int, seconds: float) -> None:
    """How busy the shards were, on average over shards (utilisation, queue) and pushes (response).

    A sum of gradients that an aggregator has relayed is one push; the aggregators themselves are not counted.
    """
    served = sum(queue.served for queue in queues)
    waiting, serving = sum(queue.waiting for queue in queues), sum(queue.serving for queue in queues)
    if seconds:
        summary.server_utilisation = serving / (len(queues) * cores * seconds)
        summary.server_mean_queue = waiting / (len(queues) * seconds)
    if served:
        summary.server_mean_response_seconds = (waiting + serving) / served


def _spans(outcome: Outcome) -> Spans | None:
    columns = outcome.clock.spans
    return None if columns is None else Spans(*columns, shards=len(outcome.clock.queues))


def _trajectory(outcome: Outcome) -> Trajectory:
    return Trajectory(
        seconds=np.array([each.seconds for each in outcome.snapshots]),
        updates=np.array([each.updates for each in outcome.snapshots]),
        x=np.array(outcome.models),
    )
