"""A run of paceline that is evaluated on the way, on images in idx files."""

from __future__ import annotations

from measure.serve import Subject
from sim.experiment import Experiment
from sim.optimizers.sgd import SGD
from sim.problems.idx_mlp import IdxMLP
from sim.record import Record
from sim.simulate import simulate
from sim.stragglers.exponential import Exponential
from sim.until import Until
from sim.workloads.synthetic import Synthetic
from topologies.networks.ideal import Ideal


def prepare(
    *, threads: int, workers: int, batch: int, lr: float, folder: str, evaluations: int, gradients: bool
) -> Subject:
    """Asynchronous parameter server; so many evaluations of a run, with the moments of gradients or without."""
    problem = IdxMLP(folder=folder)
    accuracy = 0.0

    def work(count: int) -> int:
        nonlocal accuracy
        result = simulate(
            Experiment(
                workers=workers,
                batch=batch,
                until=Until(updates=count),
                record=Record(every_updates=count // evaluations, gradients=gradients),
                optimizer=SGD(lr=lr),
                problem=problem,
                workload=Synthetic(seconds=0.05, bytes=4.0 * problem.parameters),
                straggler=Exponential(),
                network=Ideal(),
            )
        )
        accuracy = result.summary.final_test_accuracy or 0.0
        return count

    return Subject(work, lambda: accuracy)
