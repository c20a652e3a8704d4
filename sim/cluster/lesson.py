"""What a cluster learns: the task made ready, and who draws which samples."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.cluster.blueprint import Blueprint
from sim.partitions import LocalData
from sim.problems.task import Task
from sim.streams import stream
from topologies.field_error import of_group


class Lesson(NamedTuple):
    """What is learned for one seed.

    Attributes
    ----------
    task
        Data, model and kernels.
    local_data
        The samples of each worker, or of each portion. None where there are none.
    """

    task: Task
    local_data: LocalData | None


def lesson_of(blueprint: Blueprint, seed: int) -> Lesson | None:
    """Load the data and deal them to the workers; None where nothing is learned.

    Raises
    ------
    FieldError
        Where the data are not what they should be, or a worker would have none; names the full key.
    """
    experiment = blueprint.experiment
    with of_group("problem"):
        task = experiment.problem.task(stream(seed, "initial"))
        samples = experiment.problem.samples
    if task is None:
        return None
    if samples is None:
        return Lesson(task, None)
    if blueprint.portions:  # each by itself: whoever computes it draws all of it
        sizes = np.array(blueprint.portions, np.int64)
        ends = sizes.cumsum()
        return Lesson(task, LocalData(np.arange(ends[-1]), ends - sizes, ends))
    with of_group("partition"):
        dealt = experiment.partition.deal(task.train.targets, experiment.workers, stream(seed, "partition"))
    return Lesson(task, dealt)
