"""A cluster put together for one experiment and seed, ready to run."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

import networkx as nx
import numpy as np
import simpy

from sim.aggregation import Aggregation
from sim.arrangement import Arrangement
from sim.assignments import Assignments
from sim.buckets import Bucket
from sim.client import Client
from sim.compressors import Part
from sim.compressors.none import NoCompression
from sim.coordinator import Coordinator
from sim.course import Course
from sim.experiment import Experiment, option_name
from sim.fabric.fabric import Fabric
from sim.group import Exchange, Group
from sim.lbfgs import LBFGS
from sim.learner_broadcast import Source, broadcast_among
from sim.learning_rate import LearningRate
from sim.limits import Limits
from sim.member import Member
from sim.neighbours import Neighbours
from sim.optimizers.sgd import SGD
from sim.overlapped_learner import OverlappedLearner
from sim.partitions import Shards
from sim.peers import Peers
from sim.player import Player
from sim.portions import portion_sizes
from sim.problems import Task
from sim.protocols import BatchProtocol, Served, ServerProtocol, Steps
from sim.recorder import Progress, Recorder
from sim.reduction import Reduction
from sim.root import Root
from sim.senders import Senders, bucket_parts
from sim.server import Shard
from sim.sharding import Ranges, Sharding, shard_ranges
from sim.silent_tape import SilentTape
from sim.streams import key, stream
from sim.tape import UNION, Tape
from sim.timeline import Timeline
from sim.tree import levels, neighbour
from sim.worker import Worker
from sim.world import World
from topologies.communication.complete import Complete, Others
from topologies.communication.random_matching import RandomMatching
from topologies.mixing import Stochastic
from topologies.rounds import Rounds

#: One core is left to SimPy, and more threads than this would wait for what it records.
MOST_THREADS = 4
#: A gradient that takes less would not move the clock: no run could end (s).
LEAST_SECONDS = 1e-9
#: Evaluations during one gradient.
MOST_EVALUATIONS = 100


class Cluster:
    """Workers, and what they share: clock, network, tape, server.

    Parameters
    ----------
    experiment
        What to build.
    seed
        The seed of every stream of randomness.
    progress
        Called now and then with the virtual seconds and the share of the run that are done.

    Raises
    ------
    ValueError
        Where parts of the experiment do not fit together.
    """

    def __init__(self, experiment: Experiment, seed: int, progress: Progress | None = None) -> None:
        self.experiment = experiment
        self.seed = seed
        self.environment = simpy.Environment()
        try:  # before anything else asks the problem for its size
            self._check_memory()
            self.task = experiment.problem.task(stream(seed, "initial"))
        except ValueError as error:
            named = str(error).startswith(("workers:", "protocol."))
            raise ValueError(str(error) if named else f"problem.{error}") from error
        try:
            experiment.protocol.check_workers(experiment.workers)
        except ValueError as error:
            raise ValueError(f"protocol.{error}") from error
        self._ranges = self._shard_ranges()
        self._levels = self._tree_levels()
        self._buckets = self._group_buckets()
        protocol = experiment.protocol
        self._portions = portion_sizes(experiment, protocol) if isinstance(protocol, BatchProtocol) else []
        self.rate = self._rate()
        self.tape = SilentTape() if self.task is None else self._tape(self.task)
        self.graph, self._hosts = self._network()
        fabric = Fabric(
            self.environment,
            self.graph,
            efficiency=experiment.transport.efficiency,
            overhead=experiment.transport.overhead_seconds,
            cap=experiment.transport.flow_cap,
            background=experiment.background.traffic(stream(seed, "background")),
        )
        timeline = Timeline(self.environment, experiment.workers, keep_spans=experiment.record.spans)
        recorder = Recorder(
            self.environment,
            fabric,
            self.tape,
            experiment.until,
            experiment.record,
            workers=experiment.workers,
            batch=experiment.batch,
            epoch=experiment.problem.samples,
            replicated=experiment.protocol.replicated,
            asynchronous=self._asynchronous(),
            measured=self.tape.measured,
            progress=progress,
        )
        self.world = World(self.environment, fabric, timeline, recorder)
        self._nbytes = experiment.workload.message_bytes(experiment.problem)
        self._senders = Senders(experiment, self.tape, seed)
        self.workers = self._workers()
        self.shards = self._server() if self._ranges else []
        self._learners = self._overlap()
        self.lbfgs = self._appoint_coordinator(protocol) if isinstance(protocol, BatchProtocol) else None
        if experiment.protocol.uses_collectives:
            self._join_group()
        self.rounds = self._rounds() if experiment.protocol.uses_topology else None
        if self.rounds is not None:
            self._meet_neighbours(self.rounds)
        if experiment.protocol.uses_peers:
            self._meet_peers()

    def run(self) -> None:
        """Let every worker follow the protocol until the run is over, and the tape be played to its end."""
        with self.tape:
            own = not isinstance(self.experiment.protocol, ServerProtocol)
            models = [worker.x for worker in self.workers] if own else []
            over = self.world.recorder.begin(models, [shard.x for shard in self.shards])
            for worker in self.workers:
                self.environment.process(self._steps(worker))
            self.environment.run(until=over)
            self.world.timeline.close()
        self.world.recorder.check_end()

    @property
    def server_hosts(self) -> list[int]:
        """Where the server lives: its shards, then their aggregators."""
        return self._hosts[len(self.workers) :]

    def _rate(self) -> LearningRate:
        experiment, epoch = self.experiment, self.experiment.problem.samples
        course = Course(experiment.workers, experiment.batch, epoch, Limits(experiment.until, epoch))
        try:
            return LearningRate(experiment.optimizer.lr, experiment.lr_schedule, course)
        except ValueError as error:
            raise ValueError(f"lr_schedule.{error}") from error

    def _shard_ranges(self) -> list[Ranges]:
        """What each shard keeps, without shards that would keep nothing; none where there is no server."""
        experiment, server = self.experiment, self.experiment.server
        if not self._has_server():
            return []
        tensors = experiment.problem.tensors
        nbytes = experiment.workload.message_bytes(experiment.problem)
        part = int(server.part_bytes * sum(tensors) / nbytes) if nbytes else sum(tensors)
        ranges = shard_ranges(tensors, server.shards, server.sharding, part)
        return [owned for owned in ranges if owned] or ranges[:1]

    def _has_server(self) -> bool:
        protocol = self.experiment.protocol
        return isinstance(protocol, Served) and protocol.has_server(self.experiment.workers)

    def _tree_levels(self) -> list[list[range]]:
        """The ranks below every aggregator, level by level; none where workers talk to the shards."""
        server, protocol = self.experiment.server, self.experiment.protocol
        if not self._ranges or not isinstance(protocol, Served) or server.arrangement is Arrangement.flat:
            return []
        if server.arrangement is Arrangement.overlapped_tree and not protocol.answers_at_once:
            raise ValueError(
                f"server.arrangement: overlapped_tree is for workers that need not wait for an answer, and those of "
                f"protocol={option_name(protocol)} with these fields must; use server.arrangement=tree, or for example "
                "protocol=softsync"
            )
        return levels(self.experiment.workers, server.fan_out)

    def _asynchronous(self) -> bool:
        """Whether workers exchange models without common steps; without a server or peers they exchange nothing."""
        protocol = self.experiment.protocol
        return protocol.asynchronous and (protocol.uses_peers or bool(self._ranges))

    def _group_buckets(self) -> list[Bucket]:
        """What a group sends at once; none where there is no group."""
        experiment = self.experiment
        if not experiment.protocol.uses_collectives:
            return []
        return experiment.protocol.buckets(experiment.workload.message_tensors(experiment.problem))

    def _regions(self) -> Sequence[Ranges]:
        """The parts that vectors are taken apart into: shards, or buckets where these are compressed by themselves."""
        regions = self._ranges
        if self.experiment.compression != NoCompression():
            regions = regions or [part.ranges for part in bucket_parts(self.experiment.problem, self._buckets)]
        return regions if len(regions) > 1 else ()

    def _shares(self) -> list[float]:
        """Each shard's share of a message: even sharding cuts bytes, not parameters."""
        if self.experiment.server.sharding is Sharding.even:
            return [1.0 / len(self._ranges)] * len(self._ranges)
        total = max(1, self.experiment.problem.parameters)
        return [sum(high - low for low, high in ranges) / total for ranges in self._ranges]

    def _network(self) -> tuple[nx.Graph | None, list[int]]:
        """The graph of the wires, and the hosts of the workers by rank, then of the shards, then of the aggregators."""
        experiment, workers = self.experiment, self.experiment.workers
        nodes = [node for level in reversed(self._levels) for node in level]
        servers = 0 if experiment.server.colocated else len(self._ranges) + len(nodes)
        try:
            graph = experiment.network.graph(workers + servers)
        except ValueError as error:
            who = f"workers={workers}" + {0: "", 1: " and a server"}.get(servers, f", {len(self._ranges)} shards")
            who += f" and {len(nodes)} aggregators" if nodes and servers else ""
            raise ValueError(f"network.{error}" + (f" ({who})" if "are needed" in str(error) else "")) from error
        try:
            hosts = experiment.placement.hosts(graph, workers, servers, stream(self.seed, "placement"))
        except ValueError as error:
            raise ValueError(f"placement.{error}") from error
        if experiment.server.colocated:
            hosts = [hosts[number % workers] for number in range(workers + len(self._ranges))] + [
                hosts[neighbour(ranks, level, experiment.server.fan_out)]
                for level in reversed(range(len(self._levels)))
                for ranks in self._levels[level]
            ]
        return graph, hosts

    def _check_memory(self) -> None:
        """Refuse models and gradients that this machine cannot hold, before one of them is made."""
        workers, problem = self.experiment.workers, self.experiment.problem
        vectors = 2 + self.experiment.compression.states
        needed = vectors * workers * problem.parameters * problem.itemsize if problem.learns else 0
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        if needed > memory:
            raise ValueError(
                f"workers: {workers} need {needed / 1e9:.0f} GB for their models and gradients, this machine has "
                f"{memory / 1e9:.0f} GB; use fewer workers or a smaller model, or problem=none for the clock alone"
            )
        protocol = self.experiment.protocol
        pairs = protocol.history if isinstance(protocol, BatchProtocol) and problem.learns else 0
        needed = 2 * pairs * problem.parameters * problem.itemsize
        if needed > memory:
            raise ValueError(
                f"protocol.history: {pairs} pairs need {needed / 1e9:.0f} GB, this machine has {memory / 1e9:.0f} GB; "
                "give fewer, or problem=none for the clock alone"
            )

    def _check_seconds(self, seconds: float) -> None:
        """Refuse gradients too short to move the clock, and evaluations too many for them."""
        if seconds < LEAST_SECONDS:
            raise ValueError(
                f"device.overhead_seconds: a gradient would take {seconds:g} s, less than {LEAST_SECONDS:g}; "
                "give it an overhead"
            )
        period, least = self.experiment.record.every_seconds, seconds / MOST_EVALUATIONS
        if period is not None and period < least:
            raise ValueError(
                f"record.every_seconds: {period:g} makes more than {MOST_EVALUATIONS} evaluations during one gradient "
                f"of {seconds:g} s; give at least {least:g}"
            )

    def _tape(self, task: Task) -> Tape:
        experiment = self.experiment
        player = Player(
            task,
            self._sample_shards(task),
            key(self.seed, "batch"),
            replacement=experiment.partition.replacement and not self._portions,
            batch=max([experiment.batch, *self._portions]),
            union=UNION,
            slots=2 * experiment.workers + 2 * len(self._ranges) + 16,
            regions=self._regions(),
            threads=min(MOST_THREADS, max(1, len(os.sched_getaffinity(0)) - 1)),
        )
        return Tape(player, task.initial)

    def _sample_shards(self, task: Task) -> Shards | None:
        """What each worker's mini-batches are drawn from; or each portion, which is then the only one it can be."""
        experiment = self.experiment
        if experiment.problem.samples is None:
            return None
        if self._portions:
            sizes = np.array(self._portions, np.int64)
            ends = sizes.cumsum()
            return Shards(np.arange(ends[-1]), ends - sizes, ends)
        return experiment.partition.shards(task.train.targets, experiment.workers, stream(self.seed, "partition"))

    def _multipliers(self, rank: int) -> Iterator[float]:
        try:
            return self.experiment.straggler.multipliers(rank, stream(self.seed, "compute", rank))
        except ValueError as error:
            raise ValueError(f"straggler.{error}") from error

    def _workers(self) -> list[Worker]:
        experiment = self.experiment
        seconds = experiment.workload.gradient_seconds(experiment.problem, experiment.device, experiment.batch)
        self._check_seconds(seconds)
        initial = self.tape.initial()
        common = experiment.optimizer.stepper(self.rate)
        return [
            Worker(
                self.world,
                rank=rank,
                host=self._hosts[rank],
                workers=experiment.workers,
                x=initial,
                stepper=common if experiment.protocol.replicated else experiment.optimizer.stepper(self.rate),
                seconds=seconds,
                multipliers=self._multipliers(rank),
                batch=experiment.batch,
            )
            for rank in range(experiment.workers)
        ]

    def _server(self) -> list[Shard]:
        """Make the shards and attach every worker to them."""
        experiment, whole = self.experiment, self.workers[0].x
        protocol = experiment.protocol
        assert isinstance(protocol, Served), "only such protocols have ranges"
        kind = {Arrangement.flat: Shard, Arrangement.tree: Root, Arrangement.overlapped_tree: Source}
        parts = [Part(experiment.problem, ranges) for ranges in self._ranges]
        shards = [
            kind[experiment.server.arrangement](
                self.world,
                experiment.server,
                protocol,
                number=number,
                host=self._hosts[experiment.workers + number],
                clients=self._hosts[: experiment.workers],
                nbytes=self._nbytes * share,
                push_nbytes=experiment.compression.message_bytes(self._nbytes * share, parts[number]),
                compression=experiment.compression,
                x=whole.part(number + 1) if len(self._ranges) > 1 else whole,
                stepper=experiment.optimizer.stepper(self.rate),
            )
            for number, share in enumerate(self._shares())
        ]
        for shard in shards:
            shard.meet(shards)
        hosts, barrier = self.server_hosts[len(shards) :], protocol.has_barrier(experiment.workers)
        aggregation = Aggregation(self.world, experiment.server, shards, self._levels, hosts, barrier=barrier)
        for worker in self.workers:
            compressors = self._senders.compressors(parts, worker.rank)
            contacts = aggregation.contacts(worker.rank)
            worker.server = Client(self.world, worker.rank, worker.host, contacts, compressors)
        return shards

    def _overlap(self) -> list[OverlappedLearner]:
        """Make learners of the workers that wait for nothing, where the arrangement has them."""
        hosts, fan_out = self._hosts[: len(self.workers)], self.experiment.server.fan_out
        sources = [shard for shard in self.shards if isinstance(shard, Source)]
        broadcasts = [broadcast_among(self.world, hosts, source, fan_out) for source in sources]
        stations = zip(*broadcasts, strict=True)
        return [OverlappedLearner(self.world, self.workers[rank], each) for rank, each in enumerate(stations)]

    def _steps(self, worker: Worker) -> Steps:
        if self._learners:
            return self._learners[worker.rank].steps()
        return self.experiment.protocol.worker(worker)

    def _appoint_coordinator(self, protocol: BatchProtocol) -> LBFGS:
        """Put a coordinator beside the first shard, and make it known to every worker and shard; returns its steps."""
        experiment = self.experiment
        if not isinstance(experiment.optimizer, SGD):
            raise ValueError(
                f"optimizer: {option_name(experiment.optimizer)} has a direction of its own, but "
                f"protocol={option_name(protocol)} takes that of L-BFGS; use optimizer=sgd: its lr is the step length"
            )
        seconds = {
            samples: experiment.workload.gradient_seconds(experiment.problem, experiment.device, samples)
            for samples in set(self._portions)
        }
        self._check_seconds(min(seconds.values()))
        lbfgs = LBFGS(protocol.history, self.rate, samples=sum(self._portions), batch=experiment.batch)
        whole = self.workers[0].x
        coordinator = Coordinator(self.world, lbfgs, self.shards, whole, self._portions, seconds)
        for shard in self.shards:
            shard.coordinator = coordinator
        for worker in self.workers:
            worker.coordinator = Assignments(self.world, worker, coordinator)
        coordinator.meet([worker.coordinator for worker in self.workers])
        return lbfgs

    def _join_group(self) -> None:
        experiment, compression, ranks = self.experiment, self.experiment.compression, len(self.workers)
        parts = bucket_parts(experiment.problem, self._buckets)
        senders: list[tuple[int, ...]] = [()] if compression.linear else [(rank,) for rank in range(ranks)]
        compressors = [self._senders.compressors(parts, *sender) for sender in senders]
        reduction = Reduction(compression, list(zip(*compressors, strict=True)))
        group = Group(self.world, experiment.collective, self.graph, self._hosts[:ranks], reduction)
        exchanges: list[Exchange] = []
        ready: list[float] = []
        try:
            for bucket, part in zip(self._buckets, parts, strict=True):
                carriers = compression.exchanges(group, bucket.nbytes, part)
                exchanges += carriers
                ready += [bucket.ready if experiment.transport.overlap else 1.0] * len(carriers)
        except ValueError as error:
            if not str(error).startswith("collective: "):
                raise ValueError(f"collective.{error}") from error
            remedy = f"or a compression whose messages can be all-reduced: those of {option_name(compression)} cannot"
            raise ValueError(f"{error}; {remedy}") from error
        for worker in self.workers:
            worker.group = Member(self.world, group, worker.rank, exchanges, ready)

    def _meet_neighbours(self, rounds: Rounds) -> None:
        for worker in self.workers:
            worker.neighbours = Neighbours(self.world, worker.rank, worker.host, rounds, self._nbytes)
        everybody = [worker.neighbours for worker in self.workers]
        for neighbours in everybody:
            neighbours.meet(everybody)

    def _rounds(self) -> Rounds:
        """The mixing of every round, which is what the protocol needs."""
        topology, protocol = self.experiment.topology, self.experiment.protocol
        try:
            rounds = topology.rounds(len(self.workers), stream(self.seed, "topology"))
        except ValueError as error:
            named = str(error).startswith("workers:")
            raise ValueError(str(error) if named else f"topology.{error}") from error
        if protocol.mixing is Stochastic.doubly and rounds.stochastic is not Stochastic.doubly:
            raise ValueError(
                f"topology: {option_name(protocol)} needs a doubly stochastic mixing matrix, and that of "
                f"{option_name(topology)} is only column stochastic: some ranks get more than they give; use "
                "topology.weights=metropolis on an undirected graph, or protocol=sgp"
            )
        return rounds

    def _meet_peers(self) -> None:
        experiment = self.experiment
        neighbours = self._peers_of_each()
        try:
            active = experiment.protocol.active(neighbours)
        except ValueError as error:
            raise ValueError(f"protocol.{error}") from error
        for worker in self.workers:
            worker.peers = Peers(
                self.world,
                worker,
                neighbours[worker.rank],
                active=worker.rank in active,
                nbytes=self._nbytes,
                generator=stream(self.seed, "peers", worker.rank),
            )
        everybody = [worker.peers for worker in self.workers]
        for peers in everybody:
            peers.meet(everybody)

    def _peers_of_each(self) -> list[Sequence[int]]:
        """The ranks that each worker may draw, of directed edges those at the head.

        Where it is everybody, it does without a graph, which would be too large of thousands.
        """
        workers, topology = self.experiment.workers, self.experiment.topology
        if isinstance(topology, Complete | RandomMatching):
            return [Others(rank, workers) for rank in range(workers)]
        try:
            graph = topology.graph(workers)
        except ValueError as error:
            named = str(error).startswith("workers:")
            raise ValueError(str(error) if named else f"topology.{error}") from error
        return [sorted(graph[rank]) for rank in range(workers)]
