"""A cluster put together for one seed, ready to run."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import ClassVar

import simpy

from sim.cluster.blueprint import Blueprint
from sim.cluster.instants import check_moved, moved_on
from sim.cluster.lesson import Lesson, lesson_of
from sim.cluster.player import largest_batch, player_of
from sim.connections.connection import Learner, Wiring
from sim.connections.senders import Senders
from sim.connections.server.shard import Shard
from sim.fabric.clock import Clock
from sim.fabric.fabric import Fabric
from sim.measuring.losses import Losses
from sim.measuring.recorder import Progress, Recorder
from sim.measuring.timeline import Timeline
from sim.optimizers.stepper import Stepper
from sim.protocols import Steps
from sim.streams import stream
from sim.tape.player import Player
from sim.tape.recording import RecordingTape
from sim.tape.reel import Reel
from sim.tape.silent import SilentTape
from sim.tape.tape import Tape
from sim.tape.vector import Vector
from sim.tape.window_rows import window_rows
from sim.world.endpoint import Endpoint
from sim.world.ideal import IdealWorld
from sim.world.traffic import HinderedWorld, Traffic
from sim.world.worker import Worker
from sim.world.world import World
from topologies.field_error import of_group


class Cluster:
    """Workers, and what they share: clock, network, tape and connections.

    Parameters
    ----------
    blueprint
        What to build.
    seed
        The seed of every stream of randomness.
    progress
        Called now and then with the virtual seconds and the share of the run that are done.
    keep
        Keep what is recorded for other runs on the same clock (see `sim.cluster.rerun`).

    Attributes
    ----------
    player : Player or None
        Plays the tape; None where nothing is learned.
    reel : Reel or None
        What has been recorded, when it has run, if that is kept.
    workers : list of Worker
        By rank.
    connected : list of Connected
        What connections have made.
    shards : list of Shard
        Those whose parts of a model are measured; none where there is no server.

    Raises
    ------
    FieldError
        Where the data are not what they should be; while it runs, where nothing in it takes time.
    """

    timeline_kind: ClassVar[type[Timeline]] = Timeline
    recorder_kind: ClassVar[type[Recorder]] = Recorder
    worker_kind: ClassVar[type[Worker]] = Worker

    def __init__(
        self, blueprint: Blueprint, seed: int, progress: Progress | None = None, *, keep: bool = False
    ) -> None:
        self.blueprint = blueprint
        self.experiment = blueprint.experiment
        self.seed = seed
        self.deployment = blueprint.deployment(seed)
        self.environment = Clock()
        lesson = lesson_of(blueprint, seed)
        self.learns = lesson is not None
        self.player: Player | None = None
        self.reel: Reel | None = None
        self.tape = SilentTape() if lesson is None else self._tape(lesson, keep=keep)
        self.world = self._world(progress)
        x = self.tape.initial()
        self.workers = self._workers(x)
        wiring = Wiring(
            seed,
            self.world,
            self.tape,
            Senders(self.experiment, self.tape, seed),
            blueprint.rate,
            self.deployment,
            self.workers,
            x,
        )
        self.connected = [connection.connect(wiring) for connection in blueprint.connections]
        self.shards: list[Shard] = [shard for each in self.connected for shard in each.shards]
        self._learners: list[Learner] = [learner for each in self.connected for learner in each.learners]

    def run(self) -> None:
        """Let every worker follow the protocol until the run is over, and the tape be played to its end."""
        with self.tape:
            models = [worker.x for worker in self.workers] if self.experiment.protocol.own_models else []
            over = self.world.recorder.begin(models, [shard.x for shard in self.shards])
            for worker in self.workers:
                self.begin(worker)
            self._run_until(over)
            if self.blueprint.seconds == 0.0:
                check_moved(self.environment)
            self.world.timeline.close()
        self.reel = self.tape.reel()  # before anybody asks for numbers
        self.world.recorder.check_end()

    def losses(self) -> Losses | None:
        """What faults have cost; None where nothing goes wrong."""
        return None

    def _run_until(self, over: simpy.Event) -> None:
        try:
            self.environment.run(until=over)
        except RuntimeError as error:
            if over.triggered or self.environment.peek() < math.inf:
                raise
            raise RuntimeError(f"nothing is left to happen, and the run is not over: {self._state()}") from error

    def _state(self) -> str:
        """The clock, and what every worker does: for an error that should not be."""
        recorder = self.world.recorder
        clock = f"{self.environment.now:g} s, {recorder.updates} updates, {recorder.gradients} gradients"
        states = self.world.timeline.states()
        return f"{clock}; " + ", ".join(f"worker {rank} {state}" for rank, state in enumerate(states))

    def _world(self, progress: Progress | None) -> World:
        experiment = self.experiment
        with of_group("background"):
            fabric = Fabric(
                self.environment,
                self.deployment.graph,
                efficiency=experiment.transport.efficiency,
                overhead=experiment.transport.overhead_seconds,
                cap=experiment.transport.flow_cap,
                card_cap=experiment.transport.card_cap,
                background=experiment.background.traffic(stream(self.seed, "background")),
            )
        timeline = self.timeline_kind(self.environment, experiment.workers, keep_spans=experiment.record.spans)
        recorder = self.recorder_kind(
            self.environment,
            fabric,
            self.tape,
            experiment.until,
            experiment.record,
            workers=experiment.workers,
            batch=experiment.samples_per_gradient,
            epoch=experiment.problem.samples,
            replicated=experiment.protocol.replicated,
            asynchronous=self.blueprint.asynchronous,
            measured=self.tape.measured,
            progress=progress,
        )
        interference, traffic = experiment.transport.interference, None
        if interference > 0.0:
            traffic = Traffic(self.environment, experiment.workers, interference)
        return self._put_together(fabric, timeline, recorder, traffic)

    def _put_together(self, fabric: Fabric, timeline: Timeline, recorder: Recorder, traffic: Traffic | None) -> World:
        if traffic is not None:
            return HinderedWorld(self.environment, fabric, timeline, recorder, traffic)
        kind = IdealWorld if fabric.ideal else World
        return kind(self.environment, fabric, timeline, recorder)

    def _tape(self, lesson: Lesson, *, keep: bool) -> Tape:
        slots = 2 * self.experiment.workers + 2 * len(self.blueprint.layout) + 16
        self.player = player_of(self.blueprint, self.seed, lesson, slots)
        rows = window_rows(self.player.parameters, largest_batch(self.blueprint))
        return RecordingTape(self.player, lesson.task.initial, window=rows, keep=keep)

    def _workers(self, x: Vector) -> list[Worker]:
        experiment, seconds = self.experiment, self.blueprint.seconds
        common = experiment.optimizer.stepper(self.blueprint.rate)
        law = experiment.straggler.for_samples(experiment.samples_per_gradient)
        multipliers = law.of_workers(experiment.workers, self.seed)
        if seconds == 0.0:
            multipliers = [moved_on(self.environment, rank, own) for rank, own in enumerate(multipliers)]
        delays = self.blueprint.start.delays(experiment.workers, seconds, stream(self.seed, "start"))
        return [
            self._worker(
                Endpoint(host, rank),
                x,
                common if experiment.protocol.replicated else common.split_off(),
                multipliers[rank],
                delays[rank],
            )
            for rank, host in enumerate(self.deployment.workers)
        ]

    def _worker(
        self, endpoint: Endpoint, x: Vector, stepper: Stepper, multipliers: Iterator[float], delay: float
    ) -> Worker:
        """A worker that begins with the model `x` after some delay (s)."""
        experiment = self.experiment
        return self.worker_kind(
            self._world_of(endpoint),
            endpoint,
            workers=experiment.workers,
            x=x,
            stepper=stepper,
            seconds=self.blueprint.seconds,
            multipliers=multipliers,
            batch=experiment.samples_per_gradient,
            delay=delay,
        )

    def _world_of(self, endpoint: Endpoint) -> World:
        """The world as somebody sees it."""
        return self.world

    def begin(self, worker: Worker) -> None:
        """Have a worker follow the protocol when its delay is over: until then it waits."""
        environment = worker.world.environment

        def begin(event: simpy.Event | None = None) -> None:
            environment.process(self._steps(worker))

        if worker.delay > 0.0:
            environment.timeout(worker.delay).callbacks.append(begin)
        else:
            begin()

    def _steps(self, worker: Worker) -> Steps:
        if self._learners:
            return self._learners[worker.rank].steps()
        return self.experiment.protocol.worker(worker)
