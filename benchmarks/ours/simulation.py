"""paceline end to end: the same call that a user makes."""

from __future__ import annotations

from contextlib import nullcontext
from unittest.mock import patch

from measure.serve import Subject
from sim.experiment import Experiment
from sim.optimizers.sgd import SGD
from sim.problems.digits_mlp import DigitsMLP
from sim.problems.none import NoProblem
from sim.protocols.allreduce import AllReduce
from sim.protocols.async_ps import AsyncPS
from sim.protocols.dpsgd import DPSGD
from sim.record import Record
from sim.simulate import simulate
from sim.stragglers.exponential import Exponential
from sim.tape.player import Player
from sim.until import Until
from sim.workloads.synthetic import Synthetic
from topologies.networks.ideal import Ideal
from topologies.networks.single_switch import SingleSwitch

#: Mean compute time of a gradient (s): long enough that 256 workers do not saturate the server's 10 Gb/s link, where
#: staleness would come in lockstep and another learning rate would be needed.
SECONDS = 0.05
PROTOCOLS = {"async_ps": AsyncPS, "dpsgd": DPSGD, "allreduce": AllReduce}


def prepare(
    *,
    threads: int,
    workers: int,
    batch: int,
    lr: float,
    network: str,
    learning: bool,
    seconds: float = SECONDS,
    protocol: str = "async_ps",
    played: bool = True,
) -> Subject:
    """Exponential stragglers of a mean compute time (s).

    `learning` false: the same events without arithmetic; `played` false: nor of the tape.
    """
    accuracy = 0.0
    together = 1 if protocol == "async_ps" else workers  # gradients of an update

    def work(count: int) -> int:
        nonlocal accuracy
        updates = max(1, count // together)
        experiment = Experiment(
            workers=workers,
            batch=batch,
            protocol=PROTOCOLS[protocol](),
            until=Until(updates=updates),
            record=Record(every_updates=updates),  # evaluates once, at the end, as the peer does
            optimizer=SGD(lr=lr),
            problem=DigitsMLP() if learning else NoProblem(),
            workload=Synthetic(seconds=seconds, bytes=4.0 * DigitsMLP().parameters),
            straggler=Exponential(),
            network={"ideal": Ideal, "single_switch": SingleSwitch}[network](),
        )
        with nullcontext() if played else patch.object(Player, "play", lambda player, window: None):
            result = simulate(experiment)
        accuracy = result.summary.final_test_accuracy or 0.0
        return updates * together

    return Subject(work, lambda: accuracy)
