"""A cluster whose machines fail, whose links go down, and whom people leave and join."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, cast

from sim.cluster.blueprint import Blueprint
from sim.cluster.cluster import Cluster
from sim.cluster.going_back import GoingBack
from sim.cluster.milestones import Milestones
from sim.cluster.paces import Paces
from sim.cluster.saver import Saver
from sim.cluster.server_failures import ServerFailures
from sim.connections.group.connect import Collectives
from sim.connections.group.forming import Forming
from sim.connections.group.gang import Gang
from sim.connections.server.connect import ParameterServer
from sim.incidents.incident import Incident, Kind
from sim.measuring.absences import MortalRecorder
from sim.measuring.losses import Losses
from sim.measuring.recorder import Progress
from sim.measuring.stalls import StallTimeline
from sim.measuring.timeline import DOWN, RECOVER, WAIT
from sim.optimizers.stepper import Stepper
from sim.protocols import Steps
from sim.tape.vector import Vector, join
from sim.world.endpoint import Endpoint
from sim.world.life import Life
from sim.world.mortal import MortalWorker, MortalWorld
from sim.world.worker import Worker
from sim.world.world import World

if TYPE_CHECKING:
    from sim.fabric.fabric import Fabric
    from sim.measuring.timeline import Timeline
    from sim.world.traffic import Traffic

#: Gradients, on average, from one look for a standstill to the next.
WATCH = 100.0
#: Incidents for each worker, on average, within which there is no update: there never will be.
IN_VAIN = 1000
#: Looks' lengths in which nothing happens: nothing ever will.
FOR_EVER = 2.0**50


class MortalCluster(Cluster):
    """A cluster, and what happens to it.

    Who fails loses what it computes, what it has sent that has not arrived, and what it waits for. It comes back as
    another incarnation, which has the same rank, host and mini-batches to come.

    Parameters
    ----------
    blueprint, seed, progress
        See `Cluster`.
    """

    timeline_kind = StallTimeline
    recorder_kind = MortalRecorder
    worker_kind = MortalWorker

    world: MortalWorld

    def __init__(self, blueprint: Blueprint, seed: int, progress: Progress | None = None) -> None:
        self.paces = Paces(blueprint.incidents(seed))
        self._away = [0] * blueprint.experiment.workers  # for how many reasons
        self._returning = self._happened = 0  # reasons that will end; incidents
        self._gifts: dict[int, int] = {}  # who sends a model to whom, by who is back
        self._multipliers: list[Iterator[float]] = []
        self._stepper: Stepper | None = None  # that replicas share
        super().__init__(blueprint, seed, progress)
        self._x = self.tape.initial()
        experiment = blueprint.experiment
        self._nbytes = experiment.workload.message_bytes(experiment.problem)
        self._taught = experiment.protocol.own_models and bool(blueprint.connections) and not self.shards
        self._milestones: Milestones | None = None
        self._going_back: GoingBack | None = None
        server = blueprint.connection(ParameterServer)
        self._server = None if server is None else ServerFailures(self, server)
        group = next((each.group for each in self.connected if each.group is not None), None)
        if group is not None:
            saver = self._saver()
            attribute = next(each.attribute for each in blueprint.connections if isinstance(each, Collectives))
            self._milestones = Milestones(self, group, saver, attribute)
            if isinstance(group, Gang):
                self._going_back = GoingBack(self, group, saver)

    def _saver(self) -> Saver:
        blueprint = self.blueprint
        write = blueprint.checkpoint_seconds(blueprint.experiment.checkpoint.write_seconds)
        every = blueprint.checkpoint_every(self.seed)
        return Saver(self.environment, blueprint.experiment.checkpoint, every, write, self._committed)

    def _committed(self) -> None:
        if self._going_back is not None:
            self._going_back.saved()

    @property
    def recorder(self) -> MortalRecorder:
        """What is measured."""
        return cast(MortalRecorder, self.world.recorder)

    @property
    def timeline(self) -> StallTimeline:
        """Where the workers' time is accounted for."""
        return cast(StallTimeline, self.world.timeline)

    @property
    def returning(self) -> bool:
        """Whether somebody who is away will be back."""
        return self._returning > 0

    @property
    def living(self) -> list[int]:
        """Ranks of the workers who are there."""
        return [rank for rank, reasons in enumerate(self._away) if reasons == 0]

    def losses(self) -> Losses:
        """As `Cluster.losses`."""
        recorder, timeline = self.recorder, self.timeline
        return Losses(
            recorder.crashes,
            timeline.seconds(DOWN),
            timeline.stalled,
            timeline.seconds(RECOVER),
            recorder.lost_seconds,
            recorder.lost_updates,
        )

    # -- putting it together

    def _put_together(self, fabric: Fabric, timeline: Timeline, recorder: object, traffic: Traffic | None) -> World:
        return MortalWorld(self.environment, fabric, timeline, cast(MortalRecorder, recorder), traffic)

    def _world_of(self, endpoint: Endpoint) -> World:
        return self.world.of(Life(self.environment))

    def _worker(
        self, endpoint: Endpoint, x: Vector, stepper: Stepper, multipliers: Iterator[float], delay: float
    ) -> Worker:
        seconds = self.blueprint.seconds
        if endpoint.incarnation == 0 and seconds > 0.0 and self.experiment.faults.slows:
            assert endpoint.rank is not None, "it is a worker's"
            multipliers = self.paces.stretched(endpoint.rank, seconds, multipliers, lambda: self.environment.now)
        if endpoint.incarnation == 0:
            self._multipliers.append(multipliers)
            self._stepper = stepper
        return super()._worker(endpoint, x, stepper, multipliers, delay)

    # -- what happens

    def begin(self, worker: Worker) -> None:
        """As `Cluster.begin`; with the first, what happens begins to happen."""
        if worker.rank == 0 and worker.endpoint.incarnation == 0:
            self.environment.process(self._happen())
            self.environment.process(self._watch())
            if self._server is not None:
                self._server.begin()
        super().begin(worker)

    def _happen(self) -> Steps:
        """Let one incident happen after the other."""
        does = {
            Kind.lost: self._lose,
            Kind.leave: self._lose,
            Kind.back: self._restore,
            Kind.join: self._restore,
            Kind.link: self._limit,
            Kind.shard_lost: self._lose_shard,
            Kind.shard_back: self._restore_shard,
        }
        for incident in self.paces.incidents():
            if incident.at > self.environment.now:
                yield self.environment.timeout(incident.at - self.environment.now)
            if incident.kind is not Kind.pace:  # of which gradients know beforehand
                self._happened += 1
                does[incident.kind](incident)

    def _lose(self, incident: Incident) -> None:
        """Workers fail, or leave."""
        for rank in incident.who:
            self._away[rank] += 1
            if incident.value < math.inf:
                self._returning += 1
            if incident.kind is Kind.lost:
                self.recorder.crashes += 1
            if self._away[rank] == 1:
                self._end(rank)

    def _restore(self, incident: Incident) -> None:
        """Workers are there again."""
        for rank in incident.who:
            self._away[rank] -= 1
            self._returning -= 1
            if self._away[rank] == 0:
                self.renew(rank)

    def _lose_shard(self, incident: Incident) -> None:
        assert self._server is not None, "there are shards"
        self._returning += 1
        self._server.lose(incident.who[0])

    def _restore_shard(self, incident: Incident) -> None:
        assert self._server is not None, "there are shards"
        self._returning -= 1
        self._server.restore(incident.who[0])

    def _limit(self, incident: Incident) -> None:
        one, other = incident.who
        self.world.fabric.limit(one, other, incident.value)

    # -- lives

    def _end(self, rank: int) -> None:
        """A worker's life ends."""
        lost = self.timeline.fall(rank)
        self._bury(rank)
        self.recorder.leave(rank)
        for each in self.connected:
            each.lose(rank)
            if each.group is not None:
                each.group.lose(rank)
        self._gifts.pop(rank, None)
        for receiver in [other for other, giver in self._gifts.items() if giver == rank]:
            self._ask(self.workers[receiver])
        if self._going_back is not None:
            self._going_back.stop()
        else:
            self.recorder.lost_seconds += lost

    def halt(self, rank: int, kind: int = WAIT) -> None:
        """A worker stops whatever it does, to begin anew: it has not failed."""
        self.timeline.stop(rank, kind)
        self._bury(rank)

    def _bury(self, rank: int) -> None:
        worker = self.workers[rank]
        cast(Life, worker.world.environment).end()
        self.world.bury(worker.endpoint)

    def renew(self, rank: int) -> None:
        """A worker is back."""
        if self._server is not None and not self._server.up:
            self.timeline.switch(rank, RECOVER)
            return
        if self._going_back is not None:
            self.timeline.switch(rank, WAIT)
            self._going_back.gather()
            return
        worker = self.reborn(rank)
        group = next((each.group for each in self.connected if isinstance(each.group, Forming)), None)
        if group is not None:
            self.timeline.switch(rank, RECOVER)
            group.come(worker, partial(self._rejoin, worker))
        elif self._taught:
            self._ask(worker)
        elif self.experiment.protocol.own_models and self.shards:
            self._fetch(worker)
        else:
            self._rejoin(worker, self._x)

    def reborn(self, rank: int, stepper: Stepper | None = None) -> MortalWorker:
        """The next incarnation of a worker, without a side of any connection yet; its optimizer's state is lost."""
        before = cast(MortalWorker, self.workers[rank])
        if stepper is None:
            shared = self.experiment.protocol.replicated and before.stepper is self._stepper
            stepper = before.stepper if shared else before.stepper.renewed()
        worker = self._worker(before.endpoint.reborn(), self._x, stepper, self._multipliers[rank], 0.0)
        self.workers[rank] = worker
        renewed = cast(MortalWorker, worker)
        renewed.drawn = before.drawn
        return renewed

    def _ask(self, worker: Worker) -> None:
        """A worker that is back is sent the model of the nearest one, by rank, that has one; else it has the first."""
        rank, count = worker.rank, len(self.workers)
        around = (other for far in range(1, count // 2 + 1) for other in ((rank - far) % count, (rank + far) % count))
        giver = next((other for other in around if self._has_model(other)), None)
        if giver is None:
            self._gifts.pop(rank, None)
            self._rejoin(worker, self._x)
            return
        self._gifts[rank] = giver
        self.timeline.switch(rank, RECOVER)
        source = self.workers[giver]
        self.world.send(source.endpoint, worker.endpoint, self._nbytes, None, self._rejoin, worker, source.x)

    def _has_model(self, rank: int) -> bool:
        return self._away[rank] == 0 and rank not in self._gifts

    def _fetch(self, worker: Worker) -> None:
        """A worker that is back is sent the model, or centre, of the server."""
        self.timeline.switch(worker.rank, RECOVER)
        parts: dict[int, Vector] = {}

        def arrive(number: int, part: Vector) -> None:
            parts[number] = part
            if len(parts) == len(self.shards):
                self._rejoin(worker, join([parts[each] for each in range(len(parts))]))

        for number, shard in enumerate(self.shards):
            self.world.send(shard.endpoint, worker.endpoint, shard.nbytes, None, arrive, number, shard.x)

    def _rejoin(self, worker: Worker, x: Vector, steps: int | None = None) -> None:
        """A worker that is back has a model, and goes on."""
        rank = worker.rank
        self._gifts.pop(rank, None)
        worker.begin_with(x, steps or 0)
        self.timeline.switch(rank, WAIT)
        for each in self.connected:
            counted = each.renew(worker)
            steps = counted if counted is not None else steps
        if steps is not None and len(self.living) == 1:
            self.recorder.undo_steps(steps, x)
        self.recorder.come(rank, x, steps)
        self.go_on(worker)

    def go_on(self, worker: Worker) -> None:
        """Have a worker follow the protocol."""
        worker.world.environment.process(self._steps(worker))

    def _steps(self, worker: Worker) -> Steps:
        steps = super()._steps(worker)
        return steps if self._milestones is None else self._milestones.follow(worker, steps)

    # -- standstill

    def _watch(self) -> Steps:
        """End a run in which nothing will happen any more, or nothing but failures."""
        recorder, seen = self.recorder, None
        pauses = self.blueprint.checkpoint_seconds(self.experiment.checkpoint.restore_seconds)
        pauses += self.experiment.faults.detection_seconds
        period = WATCH * (self.blueprint.seconds or 1.0) + 2.0 * pauses
        since, happened = 0, 0
        wait = period
        while recorder.status is None:
            yield self.environment.timeout(wait)
            if recorder.updates != since:
                since, happened = recorder.updates, self._happened
            state = (recorder.gradients, recorder.updates, self.world.fabric.bytes_sent)
            wait = period if state != seen else 2.0 * wait  # what takes long is not looked at all the time
            over = state == seen and self._returning == 0 and self.timeline.idle and not self.world.busy
            seen = state
            if over or wait > FOR_EVER * period or self._happened - happened > IN_VAIN * len(self.workers):
                recorder.finish("stalled")
