"""The noise of the gradients of a run: at every evaluation, and over all of it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from kernels.tape.measures import FARTHEST
from sim.cluster.outcome import Outcome
from sim.efficiency.noise_scale import Full, Scatter, noise_scale, scatter
from sim.measuring.snapshot import Snapshot
from sim.results.rows import Metric, Summary
from sim.tape.player import measured_of


def add_noise(summary: Summary, metrics: Sequence[Metric], outcome: Outcome) -> None:
    """Add it where gradients were recorded and have any: those over portions of the training set do not.

    Parameters
    ----------
    summary, metrics
        Of the run, which receive it.
    outcome
        What the run has come to.
    """
    experiment, clock = outcome.blueprint.experiment, outcome.clock
    if not (experiment.record.gradients and experiment.protocol.stochastic and clock.updates):
        return
    run = []
    for metric, snapshot in zip(metrics, outcome.snapshots, strict=True):
        found = _scatter(outcome, snapshot)
        if found is not None and snapshot.updates:
            metric.squared_gradient = found.squared
            metric.noise_scale = found.noise / found.squared if found.squared else None
            run.append(found)
    summary.noise_scale = noise_scale(run, clock.samples / clock.updates)


def _scatter(outcome: Outcome, snapshot: Snapshot) -> Scatter | None:
    experiment = outcome.blueprint.experiment
    *_, squared, error = snapshot.evaluation.measures()[:FARTHEST].tolist()
    if not (math.isfinite(squared) and math.isfinite(error)):
        return None
    samples = experiment.problem.samples
    full = Full() if samples is None else Full(measured_of(samples), samples)
    return scatter(snapshot.updates, squared, error, (experiment.workers, experiment.samples_per_gradient), full)
