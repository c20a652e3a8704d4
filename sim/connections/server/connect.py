"""A parameter server: what it consists of, and every worker's connection to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from sim.connections.connection import Connected, Connection, Wiring
from sim.connections.server.client import Client
from sim.connections.server.serves import Serves
from sim.connections.server.shard import Shard
from sim.connections.server.sharding import deal
from sim.connections.server.terms import Terms
from sim.connections.server.tree.aggregation import Aggregation
from sim.connections.server.tree.learner_broadcast import Announcer, broadcast_among
from sim.connections.server.tree.levels import levels, neighbour
from sim.connections.server.tree.overlapped_learner import OverlappedLearner
from sim.connections.server.tree.root import Root
from sim.problems.part import Part, Ranges
from sim.server import Arrangement
from sim.world.endpoint import Endpoint

if TYPE_CHECKING:
    from sim.experiment import Experiment
    from sim.lr_schedules.learning_rate import LearningRate

Kind = TypeVar("Kind", bound=Shard)

#: What a shard is, by the arrangement.
KINDS: dict[Arrangement, type[Shard]] = {
    Arrangement.flat: Shard,
    Arrangement.tree: Root,
    Arrangement.overlapped_tree: Announcer,
}


class ParameterServer(Connection):
    """A parameter server in shards, and what is between them and the workers.

    Attributes
    ----------
    parts : list of ShardPart
        The part of the model that each shard has.
    levels : list of list of range
        The ranks below every node between workers and shards, level by level; none where these talk to each other.
    """

    attribute = "server"
    #: What a node between workers and shards is called.
    node = "aggregator"

    def __init__(self, experiment: Experiment) -> None:
        super().__init__(experiment)
        server, workload, problem = experiment.server, experiment.workload, experiment.problem
        sizes = [tensor.nbytes for tensor in workload.message_tensors(problem)]
        self.nbytes = workload.message_bytes(problem)
        self.parts = deal(sizes, problem.parameters, server.shards, server.sharding, server.part_bytes)
        self.levels = self._levels()
        self.hosts = 0 if server.colocated else len(self.parts) + self._nodes * self.hosts_of_node

    # -- what differs between kinds of servers

    @property
    def serves(self) -> Serves:
        """The protocol, as the server sees it."""
        protocol = self.experiment.protocol
        if not isinstance(protocol, Serves):
            raise TypeError(f"{type(protocol).__name__}: a protocol that needs a server must be a Serves")
        return protocol

    @property
    def fan_out(self) -> int:
        """Children of a node."""
        return self.experiment.server.fan_out

    @property
    def hosts_of_node(self) -> int:
        """On how many hosts a node lives: an aggregator of all shards on one."""
        return 1

    @property
    def terms(self) -> Terms:
        """What all shards have in common."""
        experiment, serves = self.experiment, self.serves
        return Terms(
            experiment.server,
            experiment.workers,
            experiment.compression.aggregate,
            serves.rule,
            serves.gradients_per_push,
            serves.lr_share(experiment.workers),
        )

    def begin(self, shard: Shard) -> None:
        """Set a shard going."""
        shard.begin(self.serves.server(shard))

    # -- the plan

    @property
    def regions(self) -> Sequence[Ranges]:
        return [each.ranges for each in self.parts]

    @property
    def _nodes(self) -> int:
        return sum(map(len, self.levels))

    def _levels(self) -> list[list[range]]:
        """The ranks below every node, level by level; none where workers talk to the shards."""
        if self.experiment.server.arrangement is Arrangement.flat:
            return []
        return levels(self.experiment.workers, self.fan_out)

    def inhabitants(self) -> str:
        if self.hosts == 1:
            return " and a server"
        shards, nodes = len(self.parts), self._nodes
        who = [f", {shards} shards" if shards > 1 else ", a server"]
        if nodes:
            who.append(f", {nodes} {self.node}s{' of as many' if self.hosts_of_node > 1 else ''}")
        return "".join(who)

    def house(self, workers: Sequence[int], own: Sequence[int]) -> Sequence[int]:
        """Hosts of the shards, then of the nodes between, those of the highest level first."""
        if not self.experiment.server.colocated:
            return own
        shards = [workers[number % len(workers)] for number in range(len(self.parts))]
        return shards + [
            workers[(neighbour(ranks, level, self.fan_out) + shard) % len(workers)]
            for level in reversed(range(len(self.levels)))
            for ranks in self.levels[level]
            for shard in range(self.hosts_of_node)
        ]

    def learning_rate(self, rate: LearningRate, updates: int, applied: int, together: int) -> float | None:
        if self.experiment.protocol.own_models:
            return None
        serves, workers = self.serves, self.experiment.workers
        lr = rate.at(updates, applied * serves.gradients_per_push)
        return lr * serves.lr_share(workers) * serves.rule.factor(workers, together)

    # -- the wiring

    def make_shards(self, wiring: Wiring, kind: type[Kind], hosts: Sequence[int], first: int = 0) -> list[Kind]:
        """Make all shards of a server, of some kind, on given hosts; they are numbered from `first`."""
        experiment, several, terms = self.experiment, len(self.parts) > 1, self.terms
        return [
            kind(
                wiring.world,
                terms,
                number=first + number,
                endpoint=Endpoint(host),
                nbytes=self.nbytes * part.share,
                push_nbytes=experiment.compression.message_bytes(
                    self.nbytes * part.share, Part(experiment.problem, part.ranges)
                ),
                x=wiring.x.part(number + 1) if several else wiring.x,
                stepper=experiment.optimizer.stepper(wiring.rate),
            )
            for number, (host, part) in enumerate(zip(hosts, self.parts, strict=True))
        ]

    def connect(self, wiring: Wiring) -> Connected:
        config, hosts = self.experiment.server, wiring.deployment.servers
        shards = self.make_shards(wiring, KINDS[config.arrangement], hosts[: len(self.parts)])
        for shard in shards:
            shard.others = [other for other in shards if other is not shard]
            self.begin(shard)
        aggregation = Aggregation(wiring.world, config, shards, self.levels, hosts[len(shards) :], barrier=self.barrier)
        parts = [Part(self.experiment.problem, part.ranges) for part in self.parts]
        for worker in wiring.workers:
            compressors = wiring.senders.compressors(parts, worker.rank)
            contacts = aggregation.contacts(worker.rank)
            worker.server = Client(wiring.world, worker.rank, worker.endpoint, contacts, compressors)
        return Connected(shards, self._overlapped_learners(wiring, shards))

    @property
    def barrier(self) -> bool:
        """Whether every update takes one gradient of every worker."""
        return self.serves.has_barrier(self.experiment.workers)

    def _overlapped_learners(self, wiring: Wiring, shards: Sequence[Shard]) -> list[OverlappedLearner]:
        """Learners in place of the workers that wait for nothing, where the arrangement has them."""
        learners = [worker.endpoint for worker in wiring.workers]
        announcers = [shard for shard in shards if isinstance(shard, Announcer)]
        broadcasts = [broadcast_among(wiring.world, learners, each, self.fan_out) for each in announcers]
        stations = zip(*broadcasts, strict=True)
        return [OverlappedLearner(wiring.world, wiring.workers[rank], each) for rank, each in enumerate(stations)]
