"""paceline end to end: the same call that a user makes."""

from __future__ import annotations

from measure.serve import Subject
from sim.experiment import Experiment
from sim.optimizers.sgd import SGD
from sim.problems.digits_mlp import DigitsMLP
from sim.problems.none import NoProblem
from sim.record import Record
from sim.simulate import simulate
from sim.stragglers.exponential import Exponential
from sim.until import Until
from sim.workloads.synthetic import Synthetic
from topologies.networks.ideal import Ideal
from topologies.networks.single_switch import SingleSwitch


def prepare(
    *, threads: int, workers: int, batch: int, lr: float, network: str, learning: bool, seconds: float
) -> Subject:
    """Asynchronous parameter server, exponential stragglers of a mean compute time (s).

    `learning` false: the same events without arithmetic.
    """
    accuracy = 0.0

    def work(count: int) -> int:
        nonlocal accuracy
        result = simulate(
            Experiment(
                workers=workers,
                batch=batch,
                until=Until(updates=count),
                record=Record(every_updates=count),  # evaluates once, at the end, as the peer does
                optimizer=SGD(lr=lr),
                problem=DigitsMLP() if learning else NoProblem(),
                workload=Synthetic(seconds=seconds, bytes=4.0 * DigitsMLP().parameters),
                straggler=Exponential(),
                network={"ideal": Ideal, "single_switch": SingleSwitch}[network](),
            )
        )
        accuracy = result.summary.final_test_accuracy or 0.0
        return count

    return Subject(work, lambda: accuracy)
