"""What is said of faults and checkpoints for nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict

from sim.checkpoint import YOUNG_DALY, Checkpoint
from sim.cluster.blueprint import Blueprint
from sim.connections.group.connect import Collectives
from sim.faults import KINDS, Faults
from sim.incidents.recover import Recover


def idle_faults(blueprint: Blueprint) -> Iterator[tuple[str, str]]:
    """What is said, and why it has no effect."""
    yield from _of_faults(blueprint)
    yield from _of_checkpoints(blueprint)


def _of_faults(blueprint: Blueprint) -> Iterator[tuple[str, str]]:
    faults, usual = blueprint.experiment.faults, Faults()
    for kind in KINDS:
        said, default = getattr(faults, kind), asdict(getattr(usual, kind))
        given = [name for name, value in asdict(said).items() if value != default[name]]
        if given and not said.active:
            yield ", ".join(f"faults.{kind}.{name}" for name in given), f"faults.{kind}.rate_per_hour is 0"
    if faults.crash.active and faults.crash.switch_seconds and not faults.crash.spares:
        yield "faults.crash.switch_seconds", "there are no spares"
    if faults.active and blueprint.connection(Collectives) is None:
        why = "workers are in no group that would form anew"
        if faults.recover is Recover.checkpoint:
            yield "faults.recover=checkpoint", why
        if faults.detection_seconds != usual.detection_seconds:
            yield "faults.detection_seconds", why


def _of_checkpoints(blueprint: Blueprint) -> Iterator[tuple[str, str]]:
    experiment = blueprint.experiment
    faults, checkpoint, default = experiment.faults, experiment.checkpoint, asdict(Checkpoint())
    given = [name for name, value in asdict(checkpoint).items() if value != default[name]]
    if given and not checkpoint.active:
        yield ", ".join(f"checkpoint.{name}" for name in given), "none are written; give checkpoint.every_seconds"
    between = faults.seconds_between(blueprint.fleet(experiment.seed)) if checkpoint.active else 0.0
    if checkpoint.every_seconds == YOUNG_DALY and math.isinf(between):
        yield "checkpoint.every_seconds=young_daly", "faults has no rate of failures"
    elif checkpoint.active and blueprint.layout and not (faults.server_crash.active or faults.file.active):
        yield "checkpoint", "shards that do not fail go back to none; writing them takes its time all the same"
