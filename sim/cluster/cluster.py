"""A cluster put together for one experiment and seed, ready to run."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

import networkx as nx
import numpy as np
import simpy

from sim.cluster.feasibility import check_memory, check_seconds
from sim.cluster.senders import Senders, bucket_parts
from sim.cluster.worker import Worker
from sim.cluster.world import World
from sim.compressors.none import NoCompression
from sim.connections.batches.connect import appoint_coordinator
from sim.connections.batches.portions import portion_sizes
from sim.connections.group.buckets import Bucket
from sim.connections.group.connect import connect_group
from sim.connections.mixing.connect import connect_neighbours, mixing_rounds
from sim.connections.pairs.connect import connect_peers
from sim.connections.server.connect import connect_server, overlap_learners
from sim.connections.server.layout import ServerLayout
from sim.connections.server.tree.levels import neighbour
from sim.experiment import Experiment
from sim.fabric.fabric import Fabric
from sim.lr_schedules.course import Course
from sim.lr_schedules.learning_rate import LearningRate
from sim.measuring.limits import Limits
from sim.measuring.recorder import Progress, Recorder
from sim.measuring.timeline import Timeline
from sim.partitions import Shards
from sim.problems.part import Ranges
from sim.problems.task import Task
from sim.protocols import BatchProtocol, ServerProtocol, Steps
from sim.streams import key, stream
from sim.tape.player import Player
from sim.tape.recording import RecordingTape, window_rows
from sim.tape.silent import SilentTape
from sim.tape.tape import Tape
from sim.tape.unions import UNION

#: One core is left to SimPy, and more threads than this would wait for what it records.
MOST_THREADS = 4


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
            check_memory(experiment)
            self.task = experiment.problem.task(stream(seed, "initial"))
        except ValueError as error:
            named = str(error).startswith(("workers:", "protocol."))
            raise ValueError(str(error) if named else f"problem.{error}") from error
        try:
            experiment.protocol.check_workers(experiment.workers)
        except ValueError as error:
            raise ValueError(f"protocol.{error}") from error
        self.layout = ServerLayout(experiment)
        self.buckets = self._group_buckets()
        protocol = experiment.protocol
        self.portions = portion_sizes(experiment, protocol) if isinstance(protocol, BatchProtocol) else []
        self.rate = self._rate()
        self.tape = SilentTape() if self.task is None else self._tape(self.task)
        self.graph, self.hosts = self._network()
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
        self.nbytes = experiment.workload.message_bytes(experiment.problem)
        self.senders = Senders(experiment, self.tape, seed)
        self.workers = self._workers()
        self.shards = connect_server(self) if self.layout.ranges else []
        self._learners = overlap_learners(self)
        self.lbfgs = appoint_coordinator(self, protocol) if isinstance(protocol, BatchProtocol) else None
        if experiment.protocol.uses_collectives:
            connect_group(self)
        self.rounds = mixing_rounds(self) if experiment.protocol.uses_topology else None
        if self.rounds is not None:
            connect_neighbours(self, self.rounds)
        if experiment.protocol.uses_peers:
            connect_peers(self)

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
        """Where the server lives: its shards, then the nodes between them and the workers."""
        return self.hosts[len(self.workers) :]

    def _rate(self) -> LearningRate:
        experiment, epoch = self.experiment, self.experiment.problem.samples
        course = Course(experiment.workers, experiment.batch, epoch, Limits(experiment.until, epoch))
        try:
            return LearningRate(experiment.optimizer.lr, experiment.lr_schedule, course)
        except ValueError as error:
            raise ValueError(f"lr_schedule.{error}") from error

    def _asynchronous(self) -> bool:
        """Whether workers exchange models without common steps; without a server or peers they exchange nothing."""
        protocol = self.experiment.protocol
        return protocol.asynchronous and (protocol.uses_peers or bool(self.layout.ranges))

    def _group_buckets(self) -> list[Bucket]:
        """What a group sends at once; none where there is no group."""
        experiment = self.experiment
        if not experiment.protocol.uses_collectives:
            return []
        return experiment.protocol.buckets(experiment.workload.message_tensors(experiment.problem))

    def _regions(self) -> Sequence[Ranges]:
        """The parts that vectors are taken apart into: shards, or buckets where these are compressed by themselves."""
        regions = self.layout.ranges
        if self.experiment.compression != NoCompression():
            regions = regions or [part.ranges for part in bucket_parts(self.experiment.problem, self.buckets)]
        return regions if len(regions) > 1 else ()

    def _network(self) -> tuple[nx.Graph | None, list[int]]:
        """The graph of the wires, and the hosts of the workers by rank, then of the shards, then of the other nodes."""
        experiment, workers = self.experiment, self.experiment.workers
        nodes = [node for level in reversed(self.layout.levels) for node in level]
        between = self.layout.hosts_of_node * len(nodes)
        servers = 0 if experiment.server.colocated else len(self.layout.ranges) + between
        try:
            graph = experiment.network.graph(workers + servers)
        except ValueError as error:
            shards = "a server" if len(self.layout.ranges) == 1 else f"{len(self.layout.ranges)} shards"
            as_many = " of as many" if self.layout.hosts_of_node > 1 else ""
            also = [shards, *([f"{len(nodes)} {self.layout.node}s{as_many}"] if nodes else [])] if servers else []
            who = f"workers={workers}" + (" and a server" if servers == 1 else "".join(f", {each}" for each in also))
            raise ValueError(f"network.{error}" + (f" ({who})" if "are needed" in str(error) else "")) from error
        try:
            hosts = experiment.placement.hosts(graph, workers, servers, stream(self.seed, "placement"))
        except ValueError as error:
            raise ValueError(f"placement.{error}") from error
        if experiment.server.colocated:
            hosts = [hosts[number % workers] for number in range(workers + len(self.layout.ranges))] + [
                hosts[(neighbour(ranks, level, self.layout.fan_out) + shard) % workers]
                for level in reversed(range(len(self.layout.levels)))
                for ranks in self.layout.levels[level]
                for shard in range(self.layout.hosts_of_node)
            ]
        return graph, hosts

    def _tape(self, task: Task) -> Tape:
        experiment = self.experiment
        batch = max([experiment.batch, *self.portions])
        player = Player(
            task,
            self._sample_shards(task),
            key(self.seed, "batch"),
            replacement=experiment.partition.replacement and not self.portions,
            batch=batch,
            union=UNION,
            slots=2 * experiment.workers + 2 * len(self.layout.ranges) + 16,
            regions=self._regions(),
            threads=min(MOST_THREADS, max(1, len(os.sched_getaffinity(0)) - 1)),
        )
        return RecordingTape(player, task.initial, window=window_rows(len(task.initial), batch))

    def _sample_shards(self, task: Task) -> Shards | None:
        """What each worker's mini-batches are drawn from; or each portion, which is then the only one it can be."""
        experiment = self.experiment
        if experiment.problem.samples is None:
            return None
        if self.portions:
            sizes = np.array(self.portions, np.int64)
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
        check_seconds(experiment, seconds)
        initial = self.tape.initial()
        common = experiment.optimizer.stepper(self.rate)
        return [
            Worker(
                self.world,
                rank=rank,
                host=self.hosts[rank],
                workers=experiment.workers,
                x=initial,
                stepper=common if experiment.protocol.replicated else experiment.optimizer.stepper(self.rate),
                seconds=seconds,
                multipliers=self._multipliers(rank),
                batch=experiment.batch,
            )
            for rank in range(experiment.workers)
        ]

    def _steps(self, worker: Worker) -> Steps:
        if self._learners:
            return self._learners[worker.rank].steps()
        return self.experiment.protocol.worker(worker)
