"""A coordinator of full batches, and every worker's connection to it and to the server."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sim.connections.batches.assignments import Assignments
from sim.connections.batches.coordinator import Coordinator
from sim.connections.batches.lbfgs import LBFGS
from sim.connections.batches.portions import Portioned, portion_sizes
from sim.connections.connection import Connected, Wiring
from sim.connections.server.connect import ParameterServer
from sim.connections.server.modulation import Modulation
from sim.connections.server.shard import Shard
from sim.connections.server.terms import Terms
from sim.optimizers.sgd import SGD
from sim.option_name import option_name
from topologies.field_error import FieldError

if TYPE_CHECKING:
    from sim.experiment import Experiment
    from sim.lr_schedules.learning_rate import LearningRate
    from sim.world.worker import Worker


class Batches(ParameterServer):
    """A server whose shards a coordinator commands, who also hands out portions of the training set.

    Attributes
    ----------
    portions : list of int
        Number of samples of each portion.
    seconds : dict
        Mean compute time of a portion of so many samples (s).
    """

    attribute = "coordinator"

    def __init__(self, experiment: Experiment) -> None:
        super().__init__(experiment)
        protocol = experiment.protocol
        if not isinstance(protocol, Portioned):
            raise TypeError(f"{type(protocol).__name__}: a protocol that needs a coordinator must be Portioned")
        if not isinstance(experiment.optimizer, SGD):
            raise FieldError(
                "optimizer",
                f"{option_name(experiment.optimizer)} has a direction of its own, but protocol={option_name(protocol)} "
                "takes that of L-BFGS; use optimizer=sgd: its lr is the step length",
                full=True,
            )
        self.history = protocol.history
        self.portions = portion_sizes(experiment, protocol.portions)
        workload, problem, device = experiment.workload, experiment.problem, experiment.device
        self.seconds = {samples: workload.gradient_seconds(problem, device, samples) for samples in set(self.portions)}

    @property
    def terms(self) -> Terms:
        experiment = self.experiment
        return Terms(experiment.server, experiment.workers, experiment.compression.aggregate, Modulation.none, 1, 1.0)

    @property
    def barrier(self) -> bool:
        return False

    def check_memory(self, row: int, memory: int) -> None:
        needed = 2 * self.history * row
        if needed > memory:
            raise FieldError(
                "protocol.history",
                f"{self.history} pairs need {needed / 1e9:.0f} GB, this machine has {memory / 1e9:.0f} GB; give fewer, "
                "or problem=none for the clock alone",
                full=True,
            )

    def begin(self, shard: Shard) -> None:
        """What a shard has added up it reports: see `connect`."""

    def learning_rate(self, rate: LearningRate, updates: int, applied: int, together: int) -> float | None:
        return self._lbfgs(rate).lr(updates)

    def connect(self, wiring: Wiring) -> Connected:
        connected = super().connect(wiring)
        lbfgs = self._lbfgs(wiring.rate)
        coordinator = Coordinator(wiring.world, lbfgs, connected.shards, wiring.x, self.portions, self.seconds)
        for shard in connected.shards:
            shard.receive = partial(coordinator.added, shard)
        for worker in wiring.workers:
            worker.coordinator = Assignments(worker.world, worker, coordinator)
        coordinator.meet([worker.coordinator for worker in wiring.workers])

        def lose(rank: int) -> None:
            connected.lose(rank)
            coordinator.lose(rank)

        def renew(worker: Worker) -> None:
            connected.renew(worker)
            worker.coordinator = Assignments(worker.world, worker, coordinator)
            coordinator.come(worker.rank, worker.coordinator)

        return connected._replace(lose=lose, renew=renew)

    def _lbfgs(self, rate: LearningRate) -> LBFGS:
        return LBFGS(self.history, rate, samples=sum(self.portions), batch=self.experiment.samples_per_gradient)
