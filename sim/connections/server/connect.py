"""A parameter server: what it consists of, and every worker's connection to it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from sim.compressors.none import NoCompression
from sim.connections.connection import Connected, Connection, Deployment, Wiring
from sim.connections.group.buckets import accumulated, fill
from sim.connections.server.by_machine import by_machine, round_robin
from sim.connections.server.client import Client
from sim.connections.server.departures import Departure, departures
from sim.connections.server.prompt import PromptClient, PromptShard
from sim.connections.server.serves import Serves
from sim.connections.server.shard import Shard
from sim.connections.server.sharding import deal, dealt_alike
from sim.connections.server.single import SingleClient
from sim.connections.server.terms import Terms
from sim.connections.server.tree.aggregation import Aggregation
from sim.connections.server.tree.learner_broadcast import Announcer, broadcast_among
from sim.connections.server.tree.levels import levels, neighbour
from sim.connections.server.tree.overlapped_learner import OverlappedLearner
from sim.connections.server.tree.root import Root
from sim.problems.part import Part, Ranges
from sim.server import Arrangement
from sim.world.endpoint import Endpoint
from sim.world.ideal import IdealWorld
from topologies.field_error import FieldError

if TYPE_CHECKING:
    import networkx as nx

    from sim.experiment import Experiment
    from sim.lr_schedules.learning_rate import LearningRate
    from sim.world.worker import Worker
    from sim.world.world import World

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
        server, workload, problem, model = experiment.server, experiment.workload, experiment.problem, experiment.model
        sizes = [tensor.nbytes for tensor in workload.message_tensors(problem)]
        self.nbytes = workload.message_bytes(problem)
        priced = deal(sizes, model.parameters, server.shards, server.sharding, server.part_bytes)
        self.parts = priced if model is problem else dealt_alike(priced, problem.parameters)
        #: What a message to each shard stands for: bytes of a gradient, and which parameters of the model have them.
        self._messages = [(self.nbytes * part.share, Part(model, part.ranges)) for part in priced]
        self.levels = self._levels()
        if server.local_sum and server.arrangement is not Arrangement.flat:
            raise FieldError(
                "server.local_sum",
                f"adds up inside machines where the server is flat, and it is {server.arrangement}; use "
                "server.arrangement=flat, or give false",
                full=True,
            )
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
    def messages(self) -> float:
        return 2.0 * len(self.parts)

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

    def house(self, graph: nx.Graph | None, workers: Sequence[int], own: Sequence[int]) -> Sequence[int]:
        """Hosts of the shards, one machine after the other, then of the nodes between, the highest level first."""
        if not self.experiment.server.colocated:
            return own
        ranks = round_robin(by_machine(graph, workers))
        shards = [workers[ranks[number % len(ranks)]] for number in range(len(self.parts))]
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

    def check(self, deployment: Deployment, seed: int) -> None:
        if not self.experiment.server.local_sum:
            return
        if len(by_machine(deployment.graph, deployment.workers)) == self.experiment.workers:
            raise FieldError(
                "server.local_sum",
                f"adds up the gradients of workers in one machine, and no two of workers={self.experiment.workers} are "
                "in one here; use a network of machines, such as network=gpu_pod, or give false",
                full=True,
            )

    # -- the wiring

    def make_shards(self, wiring: Wiring, kind: type[Kind], hosts: Sequence[int], first: int = 0) -> list[Kind]:
        """Make all shards of a server, of some kind, on given hosts; they are numbered from `first`."""
        experiment, several, terms = self.experiment, len(self.parts) > 1, self.terms
        compression = experiment.compression
        return [
            kind(
                wiring.world,
                terms,
                number=first + number,
                endpoint=Endpoint(host),
                nbytes=self.nbytes * part.share,
                push_nbytes=push_nbytes,
                decode_seconds=compression.decode_seconds(*message),
                x=wiring.x.part(number + 1) if several else wiring.x,
                stepper=experiment.optimizer.stepper(wiring.rate),
            )
            for number, (host, part, message, push_nbytes) in enumerate(
                zip(hosts, self.parts, self._messages, self.push_nbytes, strict=True)
            )
        ]

    @cached_property
    def push_nbytes(self) -> list[float]:
        """Size of a gradient on the wire, for each shard (B)."""
        return [self.experiment.compression.message_bytes(*message) for message in self._messages]

    @property
    def encoding(self) -> float:
        """How long a worker compresses a gradient (s)."""
        return sum(self.experiment.compression.encode_seconds(*message) for message in self._messages)

    def serving_seconds(self) -> list[float]:
        """How long a core of each shard works on a gradient: reading it, and adding it up or applying it (s)."""
        server, compression = self.experiment.server, self.experiment.compression
        return [
            server.apply_seconds(self.nbytes * part.share) + compression.decode_seconds(*message)
            for part, message in zip(self.parts, self._messages, strict=True)
        ]

    @cached_property
    def departures(self) -> Sequence[Departure]:
        """What of a gradient sets out, tensor by tensor, while it is computed; nothing where it is sent when complete.

        Where nothing would set out before that, it is sent whole.
        """
        experiment, compression = self.experiment, self.experiment.compression
        if not experiment.transport.overlap:
            return ()
        tensors = fill(experiment.workload.message_tensors(experiment.problem), 0.0)
        buckets = accumulated(tensors, experiment.workload.micro_batches)
        encoding = [compression.encode_seconds(*message) for message in self._messages]
        found = departures(self.parts, buckets, self.push_nbytes, encoding, whole=compression != NoCompression())
        return found if found[0].share < 1.0 else ()

    @property
    def sends_early(self) -> bool:
        return len(self.departures) > 0

    def connect(self, wiring: Wiring) -> Connected:
        config, hosts = self.experiment.server, wiring.deployment.servers
        groups = self._machines(wiring.deployment)
        prompt = self._single and self._is_prompt(wiring.world)
        kind = PromptShard if prompt else Root if groups else KINDS[config.arrangement]
        shards = self.make_shards(wiring, kind, hosts[: len(self.parts)])
        for shard in shards:
            shard.beside = self.sends_early
            shard.others = [other for other in shards if other is not shard]
            self.begin(shard)
        levels: Sequence[Sequence[Sequence[int]]] = self.levels
        nodes: Sequence[int] = hosts[len(shards) :]
        if groups:
            levels, nodes = [groups], [wiring.deployment.workers[ranks[0]] for ranks in groups]
        aggregation = Aggregation(wiring.world, config, shards, levels, nodes, barrier=self.barrier)
        parts = [Part(self.experiment.problem, part.ranges) for part in self.parts]
        client = PromptClient if prompt else SingleClient if self._single else Client

        def attach(worker: Worker) -> None:
            compressors = wiring.senders.compressors(parts, worker.rank)
            contacts = aggregation.contacts(worker.rank)
            worker.server = client(worker.world, worker, contacts, compressors, self.encoding, self.departures)

        def lose(rank: int) -> None:
            for shard in shards:
                shard.lose(rank)

        for worker in wiring.workers:
            attach(worker)
        return Connected(shards, self._overlapped_learners(wiring, shards), lose=lose, renew=attach)

    @property
    def _single(self) -> bool:
        """Whether a gradient is one message, as it is."""
        return len(self.parts) == 1 and self.experiment.compression == NoCompression() and not self.sends_early

    def _is_prompt(self, world: World) -> bool:
        """Whether every push is answered at the instant at which it is sent."""
        protocol, flat = self.experiment.protocol, self.experiment.server.arrangement is Arrangement.flat
        at_once = isinstance(protocol, Serves) and protocol.answers_at_once and isinstance(world, IdealWorld)
        return at_once and flat and not any(self.serving_seconds())

    def _machines(self, deployment: Deployment) -> list[list[int]]:
        """The ranks of each machine, of which the first adds up their gradients; none where nobody does."""
        return by_machine(deployment.graph, deployment.workers) if self.experiment.server.local_sum else []

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
