"""What this machine, or the clock, could not bear: refused before anything is made."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sim.connections.server.tree.levels import levels
from sim.protocols import BatchProtocol, Served

if TYPE_CHECKING:
    from sim.experiment import Experiment

#: A gradient that takes less would not move the clock: no run could end (s).
LEAST_SECONDS = 1e-9
#: Evaluations during one gradient.
MOST_EVALUATIONS = 100


def check_memory(experiment: Experiment) -> None:
    """Refuse models and gradients that this machine cannot hold, before one of them is made."""
    workers, problem = experiment.workers, experiment.problem
    centres = _centres(experiment)
    vectors = (2 + experiment.compression.states) * workers + centres
    needed = vectors * problem.parameters * problem.itemsize if problem.learns else 0
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if needed > memory:
        raise ValueError(
            f"workers: {workers} need {needed / 1e9:.0f} GB for their models and gradients"
            f"{' and those of their centres' if centres else ''}, this machine has "
            f"{memory / 1e9:.0f} GB; use fewer workers or a smaller model, or problem=none for the clock alone"
        )
    protocol = experiment.protocol
    pairs = protocol.history if isinstance(protocol, BatchProtocol) and problem.learns else 0
    needed = 2 * pairs * problem.parameters * problem.itemsize
    if needed > memory:
        raise ValueError(
            f"protocol.history: {pairs} pairs need {needed / 1e9:.0f} GB, this machine has {memory / 1e9:.0f} GB; "
            "give fewer, or problem=none for the clock alone"
        )


def _centres(experiment: Experiment) -> int:
    """How many models the centres of a tree keep: each shard has a row of its own."""
    protocol, workers = experiment.protocol, experiment.workers
    if not isinstance(protocol, Served) or protocol.branching is None or not protocol.has_server(workers):
        return 0
    return experiment.server.shards * (1 + sum(map(len, levels(workers, protocol.branching.fan_out))))


def check_seconds(experiment: Experiment, seconds: float) -> None:
    """Refuse gradients too short to move the clock, and evaluations too many for them."""
    if seconds < LEAST_SECONDS:
        raise ValueError(
            f"device.overhead_seconds: a gradient would take {seconds:g} s, less than {LEAST_SECONDS:g}; "
            "give it an overhead"
        )
    period, least = experiment.record.every_seconds, seconds / MOST_EVALUATIONS
    if period is not None and period < least:
        raise ValueError(
            f"record.every_seconds: {period:g} makes more than {MOST_EVALUATIONS} evaluations during one gradient "
            f"of {seconds:g} s; give at least {least:g}"
        )
