"""The lab's job: one experiment in, what real processes have made of it out."""

from __future__ import annotations

import secrets
from pathlib import Path

from sim.cluster.blueprint import Blueprint
from sim.cluster.lesson import Lesson, lesson_of
from sim.experiment import Experiment
from sim.lab.job.assemble import assemble
from sim.lab.job.conduct import conduct
from sim.lab.job.measured import Measured
from sim.lab.job.place import Place
from sim.lab.job.plan import Plan
from sim.lab.job.possible import check_sizes, real_connection
from sim.lab.job.tape import own_tape
from sim.lab.job.written import write


def run(experiment: Experiment | Blueprint, place: Place, folder: Path, *, by_gloo: bool = False) -> Measured:
    """Run an experiment as real processes, one for every worker and every shard of a server.

    Parameters
    ----------
    experiment
        What is run, with its one seed.
    place
        Gives each host an address, and takes processes there.
    folder
        Where it writes: plain JSON, CSV and NPZ, of each process and of all.
    by_gloo
        Whether PyTorch's all-reduce over gloo carries the gradients, instead of the lab's own ring.

    Returns
    -------
    Measured
        What has come of it.

    Raises
    ------
    FieldError
        Before anything is started, where it cannot be run so; names the full key.
    JobError
        Where a process has failed, or nothing moves any more; none is left then.
    """
    blueprint = experiment if isinstance(experiment, Blueprint) else Blueprint(experiment)
    connection = real_connection(blueprint, by_gloo=by_gloo)
    lesson = lesson_of(blueprint, blueprint.experiment.seed)
    check_sizes(blueprint, lesson)
    if by_gloo:
        import torch.distributed  # noqa: F401  # once, here, and not by every process anew
    measured = _warm_up(blueprint, lesson)
    plan = Plan(blueprint, lesson, connection, place, folder.resolve(), measured, secrets.randbits(63))
    for number in range(len(plan.hosts)):
        plan.notes(number).parent.mkdir(parents=True, exist_ok=True)
        plan.notes(number).unlink(missing_ok=True)
    plan.meeting_file.unlink(missing_ok=True)
    try:
        share = conduct(plan)
    finally:
        plan.meeting_file.unlink(missing_ok=True)
    job = assemble(plan, share)
    write(job, plan.folder)
    return job


def _warm_up(blueprint: Blueprint, lesson: Lesson | None) -> int:
    """Compile, or load, what all processes need, once; brings how many samples an evaluation measures."""
    experiment = blueprint.experiment
    tape = own_tape(blueprint, experiment.seed, lesson, 16)
    with tape:
        x = tape.initial()
        g = tape.gradient(x, 0, 0, experiment.samples_per_gradient)
        tape.slot_of(g)
        tape.numbers(experiment.optimizer.stepper(blueprint.rate).step(x, g))
        tape.evaluate(x, (x, x))
    return tape.measured
