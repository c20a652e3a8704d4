"""What decides the clock of a run: runs that agree in it happen event for event at the same instants."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from sim.cluster.blueprint import Blueprint
from sim.compressors.none import NoCompression
from sim.question import fields_asked

#: The parts of an experiment that decide what is computed with a gradient, and nothing else.
VALUES = ("optimizer", "lr_schedule", "problem")


def clockwork(blueprint: Blueprint, seed: int) -> str:
    """Digest of what decides the clock, and which vectors are combined with which, for one seed.

    It is of every field of the experiment, but for those of `VALUES`; of the problem there is what the clock knows of
    it: how many samples an epoch has, what the workload makes of its tensors, what each shard has of them, which parts
    of a vector are empty, and, where a message is made of its numbers, their shapes.
    """
    experiment = blueprint.experiment
    problem = experiment.problem
    asked: list[Any] = fields_asked(experiment, without=VALUES)
    asked += [str(type(option)) for name, option in vars(experiment).items() if name not in VALUES]
    tensors = experiment.workload.message_tensors(problem)
    parts = [[high > low for low, high in region] for region in blueprint.regions]
    shares = [part.share for part in blueprint.layout]
    asked += [seed, problem.learns, problem.samples, blueprint.seconds, tensors, parts, shares]
    if not isinstance(experiment.compression, NoCompression):
        asked += [problem.shapes, experiment.model.shapes]
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
