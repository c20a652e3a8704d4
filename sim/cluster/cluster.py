"""A cluster put together for one seed, ready to run."""

from __future__ import annotations

import math

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
from sim.measuring.recorder import Progress, Recorder
from sim.measuring.timeline import Timeline
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
    shards : list of Shard
        Those whose parts of a model are measured; none where there is no server.

    Raises
    ------
    FieldError
        Where the data are not what they should be; while it runs, where nothing in it takes time.
    """

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
        connected = [connection.connect(wiring) for connection in blueprint.connections]
        self.shards: list[Shard] = [shard for each in connected for shard in each.shards]
        self._learners: list[Learner] = [learner for each in connected for learner in each.learners]

    def run(self) -> None:
        """Let every worker follow the protocol until the run is over, and the tape be played to its end."""
        with self.tape:
            models = [worker.x for worker in self.workers] if self.experiment.protocol.own_models else []
            over = self.world.recorder.begin(models, [shard.x for shard in self.shards])
            for worker in self.workers:
                self._begin(worker)
            self._run_until(over)
            if self.blueprint.seconds == 0.0:
                check_moved(self.environment)
            self.world.timeline.close()
        self.reel = self.tape.reel()  # before anybody asks for numbers
        self.world.recorder.check_end()

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
        timeline = Timeline(self.environment, experiment.workers, keep_spans=experiment.record.spans)
        recorder = Recorder(
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
        if experiment.transport.interference == 0.0:
            kind = IdealWorld if fabric.ideal else World
            return kind(self.environment, fabric, timeline, recorder)
        traffic = Traffic(self.environment, experiment.workers, experiment.transport.interference)
        return HinderedWorld(self.environment, fabric, timeline, recorder, traffic)

    def _tape(self, lesson: Lesson, *, keep: bool) -> Tape:
        slots = 2 * self.experiment.workers + 2 * len(self.blueprint.layout) + 16
        self.player = player_of(self.blueprint, self.seed, lesson, slots)
        rows = window_rows(self.player.parameters, largest_batch(self.blueprint))
        return RecordingTape(self.player, lesson.task.initial, window=rows, keep=keep)

    def _workers(self, x: Vector) -> list[Worker]:
        experiment, rate = self.experiment, self.blueprint.rate
        common = experiment.optimizer.stepper(rate)
        seconds = self.blueprint.seconds
        law = experiment.straggler.for_samples(experiment.samples_per_gradient)
        multipliers = law.of_workers(experiment.workers, self.seed)
        if seconds == 0.0:
            multipliers = [moved_on(self.environment, rank, own) for rank, own in enumerate(multipliers)]
        delays = self.blueprint.start.delays(experiment.workers, seconds, stream(self.seed, "start"))
        return [
            Worker(
                self.world,
                Endpoint(host, rank),
                workers=experiment.workers,
                x=x,
                stepper=common if experiment.protocol.replicated else common.split_off(),
                seconds=seconds,
                multipliers=multipliers[rank],
                batch=experiment.samples_per_gradient,
                delay=delays[rank],
            )
            for rank, host in enumerate(self.deployment.workers)
        ]

    def _begin(self, worker: Worker) -> None:
        """Have a worker follow the protocol when its delay is over: until then it waits."""

        def begin(event: simpy.Event | None = None) -> None:
            self.environment.process(self._steps(worker))

        if worker.delay > 0.0:
            self.environment.timeout(worker.delay).callbacks.append(begin)
        else:
            begin()

    def _steps(self, worker: Worker) -> Steps:
        if self._learners:
            return self._learners[worker.rank].steps()
        return self.experiment.protocol.worker(worker)
