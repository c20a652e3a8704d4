"""What every process of a job knows before it begins."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sim.cluster.blueprint import Blueprint
from sim.cluster.lesson import Lesson
from sim.connections.connection import Deployment
from sim.connections.server.connect import ParameterServer
from sim.lab.job.gloo import RealGloo
from sim.lab.job.place import Place
from sim.lab.job.possible import RealKind
from sim.measuring.evaluation_points import EvaluationPoints
from sim.measuring.limits import Limits


@dataclass(frozen=True, eq=False)
class Plan:
    """A job that is possible.

    Processes are numbered: the workers by rank, then the shards of a server.

    Parameters
    ----------
    blueprint
        What the experiment is.
    lesson
        What is learned; None: nothing.
    connection
        What processes reach each other by.
    place
        Where they live.
    folder
        Where they write to.
    measured
        Number of samples that an evaluation measures; 0 where nothing is learned.
    secret
        Number that tells this job's processes from anybody else.
    """

    blueprint: Blueprint
    lesson: Lesson | None
    connection: RealKind
    place: Place
    folder: Path
    measured: int
    secret: int

    @property
    def seed(self) -> int:
        """The seed of every stream of randomness."""
        return self.blueprint.experiment.seed

    @property
    def workers(self) -> int:
        """How many workers there are."""
        return self.blueprint.experiment.workers

    @property
    def served(self) -> bool:
        """Whether there is a server, whose model is the one that is measured."""
        return self.blueprint.connection(ParameterServer) is not None

    @property
    def by_gloo(self) -> bool:
        """Whether PyTorch carries what workers average."""
        return isinstance(self.connection, RealGloo)

    @property
    def worded(self) -> bool:
        """Whether somebody has to count for all, and says when models are kept."""
        return self.blueprint.asynchronous and not self.served

    @cached_property
    def deployment(self) -> Deployment:
        """Where everybody lives."""
        return self.blueprint.deployment(self.seed)

    @property
    def hosts(self) -> tuple[int, ...]:
        """Host of each process."""
        return (*self.deployment.workers, *self.deployment.servers)

    @property
    def limits(self) -> Limits:
        """Where the job ends; a target ends nothing, it is looked for in what has been kept."""
        experiment = self.blueprint.experiment
        return Limits(experiment.until, experiment.problem.samples)

    def points(self) -> EvaluationPoints:
        """When the job is evaluated, from its beginning on."""
        return EvaluationPoints(self.blueprint.experiment.record, self.limits, self.measured)

    @property
    def measuring(self) -> range:
        """Numbers of the processes whose models are measured."""
        return range(self.workers, len(self.hosts)) if self.served else range(self.workers)

    @property
    def meeting_file(self) -> Path:
        """The file by which gloo's ranks find each other."""
        return self.folder / "processes" / "gloo"

    def name(self, number: int) -> str:
        """What a process is called."""
        return f"worker {number}" if number < self.workers else f"shard {number - self.workers}"

    def notes(self, number: int) -> Path:
        """The file that a process writes."""
        return self.folder / "processes" / f"{self.name(number).replace(' ', '-')}.npz"
