"""What a cluster will be, before any of it is made: whether an experiment is possible is asked here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from sim.checkpoint import YOUNG_DALY
from sim.cluster.cost import Cost
from sim.cluster.faulty import check_faults
from sim.cluster.feasibility import check_memory, check_mixing, check_options, check_seconds
from sim.cluster.forecast import Forecast, forecast
from sim.cluster.graphs import graph_of
from sim.connections.batches.connect import Batches
from sim.connections.connection import Connection, Deployment
from sim.connections.group.buckets import Bucket
from sim.connections.group.connect import Collectives
from sim.connections.mixing.connect import Mixing
from sim.connections.server.by_machine import by_machine
from sim.connections.server.connect import ParameterServer
from sim.connections.server.sharding import ShardPart
from sim.experiment import Experiment
from sim.incidents.daly import daly
from sim.incidents.fleet import Fleet
from sim.incidents.incident import Incident
from sim.lr_schedules.course import Course
from sim.lr_schedules.learning_rate import LearningRate
from sim.measuring.limits import Limits
from sim.problems.part import Ranges
from sim.start import Start
from sim.streams import stream
from topologies.field_error import of_group
from topologies.rounds import Rounds
from topologies.size import TooFewHosts

if TYPE_CHECKING:
    import networkx as nx

Kind = TypeVar("Kind", bound=Connection)


@dataclass(frozen=True, eq=False)
class Blueprint:
    """A cluster as an experiment asks for it; making one refuses what cannot be, without a tape and without data.

    Parameters
    ----------
    experiment
        What the cluster is for.

    Raises
    ------
    FieldError
        Where options do not fit each other, the network is too small, or this machine or the clock could not bear it;
        names the full key.
    """

    experiment: Experiment

    def __post_init__(self) -> None:
        experiment = self.experiment
        self.check_plan()
        check_memory(experiment, self.connections)
        self.rate.at(0, 0)  # made now: a schedule that does not fit the run is refused
        deployment = self.deployment(experiment.seed)
        self.cost.check()
        for connection in self.connections:
            connection.check(deployment, experiment.seed)
        self.forecast.check()
        check_faults(self)
        rounds = self.rounds(experiment.seed)
        if rounds is not None:
            check_mixing(experiment, rounds)

    def check_plan(self) -> None:
        """Refuse what is known to be impossible before anything is laid out on the network."""
        self._look_up_sizes()
        check_options(self.experiment)
        check_seconds(self.experiment, min([self.seconds, *self._portion_seconds]))

    def _look_up_sizes(self) -> tuple[int, int | None]:
        """Parameters and samples of the problem, which may stand in a file that is not what it should be."""
        with of_group("problem"):
            return self.experiment.problem.parameters, self.experiment.problem.samples

    # -- what it consists of

    @cached_property
    def connections(self) -> tuple[Connection, ...]:
        """What workers reach others by."""
        experiment = self.experiment
        return tuple(kind(experiment) for kind in experiment.protocol.connections(experiment.workers))

    def connection(self, kind: type[Kind]) -> Kind | None:
        """The connection of some kind, if there is one."""
        return next((each for each in self.connections if isinstance(each, kind)), None)

    @property
    def layout(self) -> Sequence[ShardPart]:
        """The part of the model that each shard of the server has; nothing without a server."""
        server = self.connection(ParameterServer)
        return server.parts if server is not None else ()

    @property
    def buckets(self) -> Sequence[Bucket]:
        """What a group sends at once; nothing where there is no group."""
        group = self.connection(Collectives)
        return group.buckets if group is not None else ()

    @property
    def portions(self) -> Sequence[int]:
        """Samples of each portion of the training set that a coordinator hands out; nothing without one."""
        batches = self.connection(Batches)
        return batches.portions if batches is not None else ()

    @property
    def _portion_seconds(self) -> Sequence[float]:
        batches = self.connection(Batches)
        return tuple(batches.seconds.values()) if batches is not None else ()

    @property
    def regions(self) -> Sequence[Ranges]:
        """The parts that vectors are taken apart into; none where they stay whole."""
        return next((each.regions for each in self.connections if len(each.regions) > 1), ())

    @cached_property
    def rate(self) -> LearningRate:
        """The learning rate of every step."""
        experiment, epoch = self.experiment, self.experiment.problem.samples
        course = Course(experiment.workers, experiment.samples_per_gradient, epoch, Limits(experiment.until, epoch))
        with of_group("lr_schedule"):
            return LearningRate(experiment.optimizer.lr, experiment.lr_schedule, course)

    @cached_property
    def seconds(self) -> float:
        """Mean compute time of a gradient (s)."""
        return self.experiment.gradient_seconds

    @property
    def asynchronous(self) -> bool:
        """Whether workers exchange models without common steps; with nobody to exchange them with, they do not."""
        return self.experiment.protocol.asynchronous and bool(self.connections)

    @property
    def mortal(self) -> bool:
        """Whether anything goes wrong, or is written down for when it does."""
        return self.experiment.faults.active or self.experiment.checkpoint.active

    def fleet(self, seed: int) -> Fleet:
        """What there is that can fail, for a seed."""
        deployment, graph = self.deployment(seed), self.graph
        machines = by_machine(graph, deployment.workers)
        links = () if graph is None else tuple(dict.fromkeys(tuple(sorted(edge, key=str)) for edge in graph.edges))
        return Fleet(machines, len(self.layout), links)

    def incidents(self, seed: int) -> Iterator[Incident]:
        """What goes wrong when, for a seed."""
        return self.experiment.faults.incidents(self.fleet(seed), seed)

    def checkpoint_seconds(self, given: float | None) -> float:
        """How long a checkpoint is written or read (s), where the user does not say it."""
        return self.experiment.checkpoint.seconds(given, self.experiment.held_bytes)

    def checkpoint_every(self, seed: int) -> float | None:
        """Working time from one checkpoint to the next (s); None where there are none by time."""
        checkpoint, faults = self.experiment.checkpoint, self.experiment.faults
        if checkpoint.every_seconds != YOUNG_DALY:
            return checkpoint.every_seconds  # type: ignore[return-value]  # the one word has been dealt with
        return daly(self.checkpoint_seconds(checkpoint.write_seconds), faults.seconds_between(self.fleet(seed)))

    @property
    def start(self) -> Start:
        """Where in a step workers begin: as the user says or the protocol; with nobody to wait for, together."""
        experiment = self.experiment
        if experiment.start is not None:
            return experiment.start
        return experiment.protocol.starts(experiment.workers) if self.connections else Start.together

    @property
    def sends_early(self) -> bool:
        """Whether anything of a gradient is sent before all of it is complete; if not, `transport.overlap` is idle."""
        return any(connection.sends_early for connection in self.connections)

    @cached_property
    def cost(self) -> Cost:
        """What a run takes on its clock, and how much of it there is."""
        return Cost(self.experiment, self.graph, self.seconds, alone=not self.connections, shards=len(self.layout))

    @cached_property
    def forecast(self) -> Forecast:
        """What a run takes of this machine."""
        return forecast(self)

    # -- where it is

    @cached_property
    def graph(self) -> nx.Graph | None:
        """Annotated graph of the network; None of an ideal one."""
        workers, servers = self.experiment.workers, self._server_hosts
        with of_group("network"):
            try:
                return graph_of(self.experiment.network, workers + servers)
            except TooFewHosts as error:
                beside = "".join(connection.inhabitants() for connection in self.connections) if servers else ""
                raise error.because(f"workers={workers}{beside}") from error

    def hosts(self, seed: int) -> list[int]:
        """Where everybody lives, for a seed: the workers by rank, then those whom connections bring with them."""
        deployment = self.deployment(seed)
        return [*deployment.workers, *deployment.servers]

    def deployment(self, seed: int) -> Deployment:
        """The wires, and where everybody lives, for a seed."""
        experiment = self.experiment
        workers, graph = experiment.workers, self.graph
        with of_group("placement"):
            hosts = experiment.placement.hosts(graph, workers, self._server_hosts, stream(seed, "placement"))
        own = hosts[workers:]
        servers: list[int] = []
        for connection in self.connections:
            servers += connection.house(graph, hosts[:workers], own[: connection.hosts])
            own = own[connection.hosts :]
        return Deployment(graph, tuple(hosts[:workers]), tuple(servers))

    def rounds(self, seed: int) -> Rounds | None:
        """The mixing of every round, for a seed; None where no models are mixed."""
        mixing = self.connection(Mixing)
        return mixing.rounds(seed) if mixing is not None else None

    @property
    def _server_hosts(self) -> int:
        return sum(connection.hosts for connection in self.connections)
