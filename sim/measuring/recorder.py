"""What is measured: counts, staleness, evaluations, and whether the run is over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import simpy
from simpy.events import URGENT

from sim.measuring.divergence import Divergence
from sim.measuring.evaluation_points import EvaluationPoints
from sim.measuring.evaluator import Evaluator
from sim.measuring.limits import Limits
from sim.measuring.lookout import PROGRESS, Lookout
from sim.measuring.snapshot import Snapshot
from sim.measuring.target import Point, Target

if TYPE_CHECKING:
    from sim.fabric.fabric import Fabric
    from sim.record import Record
    from sim.tape.tape import Tape
    from sim.tape.vector import Vector
    from sim.until import Until

#: Told the virtual seconds and the share of the run that are done.
Progress = Callable[[float, float], None]


class Recorder:
    """Counts what happens and decides when to evaluate and when to stop.

    Models come in two ways: a server has one, whose shards call `applied`; workers with models of their own call
    `stepped`, an update is then complete when every worker has taken that step, and what is evaluated is the mean of
    the workers' models after one and the same step. Of asynchronous workers an update is as many steps as there are
    workers, and the mean is that of their present models. Where a server keeps a centre of the workers' models, it is
    evaluated in place of their mean; worker 0's own model is in place of both where `record.of` says so.

    Parameters
    ----------
    environment
        The clock.
    fabric
        Where bytes are counted.
    tape
        Where evaluations are recorded.
    until, record
        When to stop, when to evaluate.
    workers
        Number of workers.
    batch
        Samples of a gradient, >= 1.
    epoch
        Samples of an epoch, >= 1; None where there are none.
    replicated
        Workers come together again and again: a limit on samples is reached when all have taken the step.
    asynchronous
        Workers with models of their own take no common steps.
    measured
        Samples that an evaluation measures, >= 1; 0 where nothing is learned.
    progress
        Told now and then how far the run is.
    """

    def __init__(
        self,
        environment: simpy.Environment,
        fabric: Fabric,
        tape: Tape,
        until: Until,
        record: Record,
        *,
        workers: int,
        batch: int,
        epoch: int | None,
        replicated: bool,
        asynchronous: bool,
        measured: int,
        progress: Progress | None = None,
    ) -> None:
        self._environment = environment
        self._fabric = fabric
        self._tape = tape
        self._until = until
        self._record = record
        self._evaluator = Evaluator(tape, record)
        self.latest = self._evaluator.latest
        self._batch = batch
        self._replicated = replicated
        self._asynchronous = asynchronous
        self._learning = measured > 0
        self._progress = progress
        self._stop = environment.event()
        self._limits = Limits(until, epoch)
        self._points = EvaluationPoints(record, self._limits, measured)
        self._lookout = Lookout(self._limits, self._points)
        self.target = Target(until, tape) if until.has_target else None
        self.divergence: Divergence | None = None
        self._steps = [0] * workers
        self._present = workers  # whose steps are waited for
        self._counted = 0
        self._models: list[Vector] = []
        self._shared: list[Vector] = []
        self._arrived: dict[int, int] = {}  # workers that have taken a step, by step
        self._of_step: dict[int, list[Vector]] = {}  # the workers' models after a step, by rank
        self._due: set[int] = set()  # steps after which the workers' models are evaluated
        self.snapshots: list[Snapshot] = []
        self.status: str | None = None
        self.updates = self.gradients = 0
        self.samples = 0  # of all gradients computed so far
        self.events, self.bytes_sent = 0, 0.0
        self.averagings = 0  # that workers have begun in pairs
        self.staleness_by_shard: list[Counter[int]] = []
        self._staleness_sum = 0
        self._together: int | None = None

    # -- the run's course

    def begin(self, models: Sequence[Vector], shared: Sequence[Vector]) -> simpy.Event:
        """Evaluate the starting models and arm the clock's limits.

        Parameters
        ----------
        models
            One of each worker; none where the shared model is all that counts.
        shared
            The parts of the shared model, of each shard of the server; none where there is no server.

        Returns
        -------
        simpy.Event
            At which the run is over.
        """
        self._models = list(models)
        self._shared = list(shared)
        self.staleness_by_shard = [Counter() for _ in self._shared] if not models else []
        if self._learning:
            zeros = self._tape.evaluate(self._tape.constant(0.0))
            self.divergence = Divergence(self._until.diverged_factor, zeros, self._tape.loss_scale)
        self._evaluate(self._living(self._models))
        if self._limits.seconds is not None:
            end = self._environment.timeout(self._limits.seconds)
            end.callbacks.append(lambda event: self.finish("completed"))
        if self._points.period is not None:
            self._environment.process(self._evaluate_every(self._points.period))
        return self._stop

    def computed(self, event: simpy.Event) -> None:
        """A worker has finished a gradient."""
        self.gradients += 1
        self.samples += self._batch

    def computed_portion(self, samples: int) -> None:
        """A worker has finished a gradient over a portion of so many samples, instead of a mini-batch."""
        self.gradients += 1
        self.samples += samples

    def applied(self, shard: int, x: Vector, staleness: Sequence[int]) -> None:
        """A shard's part of the model is now `x`, made with gradients of the given staleness (versions).

        An update of the whole model is as many applies as there are shards.
        """
        if self.status is not None:
            return
        self._shared[shard] = x
        count = self.staleness_by_shard[shard]
        for versions in staleness:
            count[versions] += 1
            self._staleness_sum += versions
        self._together = len(staleness)
        self._count(len(self._shared))

    def centred(self, shard: int, x: Vector) -> None:
        """A shard's part of the centre is now `x`: no update, those are counted by the workers' steps."""
        if self.status is None:
            self._shared[shard] = x

    def moved(self, rank: int, x: Vector) -> None:
        """Worker `rank` has the model `x` without having taken a step."""
        if self.status is None:
            self._models[rank] = x

    def stepped(self, rank: int, x: Vector) -> None:
        """Worker `rank` has taken a step and now has the model `x`."""
        if self.status is not None:
            return
        self._models[rank] = x
        if self._asynchronous:
            self._count(len(self._models))
            if self.status is None and self._limits.reached(0, self.samples):
                self.finish("completed")
            return
        self._steps[rank] = step = self._steps[rank] + 1
        self._arrived[step] = arrived = self._arrived.get(step, 0) + 1
        workers = len(self._steps)
        samples = step * workers * self._batch
        if arrived == 1:
            self._begin_step(step, samples, x)
        models = self._of_step.get(step)
        if models is not None:
            models[rank] = x
        if arrived == self._present:
            self._close_step(step)
        elif not self._replicated and self._limits.reached(0, self.samples):
            self.finish("completed")

    @property
    def steps(self) -> int:
        """How many steps workers with models of their own have taken, all together."""
        return self._counted if self._asynchronous else sum(self._steps)

    def finish(self, status: str, models: Sequence[Vector] | None = None) -> None:
        """End the run at this instant with a last evaluation, of the given models of the workers or the present."""
        if self.status is None:
            self.status = status
            self._evaluate_last(self._living(self._models) if models is None else models)
            self.bytes_sent = self._fabric.bytes_sent
            self.events = next(self._environment._eid)  # SimPy numbers the events it schedules from 0
            self._stop._ok, self._stop._value = True, None
            self._environment.schedule(self._stop, URGENT)  # nothing else of this instant is to happen

    def check_end(self) -> None:
        """Once the tape has been played: whether the last model, or one of the workers' own, has diverged."""
        start, last = self.snapshots[0].evaluation, self.snapshots[-1].evaluation
        if self.divergence is not None and self.divergence.seen(last, start, own=bool(self._models)):
            self.status = "diverged"

    def _count(self, parts: int) -> None:
        """One of the `parts` of an update is done."""
        self._counted += 1
        if self._counted % parts == 0:
            self.updates += 1
            if self.updates >= self._lookout.updates or self.samples >= self._lookout.samples:
                self._look()

    def _look(self) -> None:
        """Do what is due after an update, and look ahead; every update is looked at where each may reach the target."""
        if self._searching:
            self._search(self._living(self._models))
        if self._points.due(self.updates, self.samples):
            self._evaluate(self._living(self._models))
        self._check_limits(self.samples)
        if not self._searching:
            self._lookout.look(self.updates)

    # -- evaluations

    def _living(self, models: Sequence[Vector]) -> Sequence[Vector]:
        """Those of models by rank that count."""
        return models

    def _close_step(self, step: int) -> None:
        """Every worker has taken a step: the update is complete."""
        del self._arrived[step]
        self.updates = step
        models = self._of_step.pop(step, None)
        if models is not None:
            models = list(self._living(models))
            self._complete(step, models)
        samples = step * len(self._steps) * self._batch if self._replicated else self.samples
        self._check_limits(samples, models)

    def _begin_step(self, step: int, samples: int, x: Vector) -> None:
        """A first worker has taken a step: keep the models of all after it, where they will be evaluated."""
        if self._points.due(step, samples) or self._limits.reached(step, samples):
            self._due.add(step)
        if step in self._due or self._searching:
            self._of_step[step] = [x] * len(self._steps)

    def _complete(self, step: int, models: Sequence[Vector]) -> None:
        """All workers have taken a step, after which they had these models."""
        if self._searching:
            self._search(models)
        if step in self._due:
            self._due.remove(step)
            self._evaluate(models)

    def _check_limits(self, samples: int, models: Sequence[Vector] | None = None) -> None:
        if self._limits.reached(self.updates, samples):
            self.finish("completed", models)
        elif self._progress is not None and self.updates % PROGRESS == 0:
            now = self._environment.now
            self._progress(now, self._limits.share(self.updates, samples, now))

    def _evaluate_every(self, period: float) -> simpy.events.ProcessGenerator:
        count = 1
        while True:
            yield self._environment.timeout(count * period - self._environment.now)
            self._evaluate(self._living(self._models))
            count += 1

    def _evaluate(self, models: Sequence[Vector]) -> None:
        """Evaluate the run, whose workers have these models of their own, if any."""
        now = self._environment.now
        if self.snapshots and (self.snapshots[-1].updates, self.snapshots[-1].seconds) == (self.updates, now):
            return
        x = self._evaluator.model(self._shared, models)
        applied = sum(count.total() for count in self.staleness_by_shard)
        snapshot = Snapshot(
            now,
            self.updates,
            self.samples,
            self.updates * len(self._steps) if self._models else applied // len(self._shared),
            self._together,
            self._fabric.bytes_sent,
            self._staleness_sum / applied if applied else None,
            self._evaluator.evaluate(x, self._shared, models),
            x if self._record.trajectory else None,
        )
        self.snapshots.append(snapshot)
        if self._learning and self.status is None:
            self._check_measures(models)

    def _evaluate_last(self, models: Sequence[Vector]) -> None:
        """The last evaluation, with the losses of the workers' own models; it may find that the target is reached."""
        self._evaluate(models)
        if models and self._learning:
            alike = all(model is models[0] for model in models)
            self._tape.evaluate_own(self.snapshots[-1].evaluation, models[:1] if alike else models)
        if self.status == "completed" and self._at_target():
            self.status = "target_reached"

    def _check_measures(self, models: Sequence[Vector]) -> None:
        """Stop at a target or where the run has diverged.

        Only a target needs the newest measures and waits for them; that a run diverges is noticed one evaluation late,
        so that the clock runs on while the tape is played.
        """
        if self._at_target():
            self.finish("target_reached", models)
        if self.divergence is not None and self.divergence.stops(self.snapshots):
            self.finish("diverged", models)

    def _at_target(self) -> bool:
        """Whether the run has raced to a target and is there."""
        last = self.snapshots[-1]
        return self.target is not None and self.target.evaluated(last.seconds, last.updates, last.evaluation)

    @property
    def _searching(self) -> bool:
        """Whether every update's model may be the first at the target."""
        return self.target is not None and self.target.first is None and self.status is None

    def _search(self, models: Sequence[Vector]) -> None:
        """There is a new model, after an update; these are the workers' own."""
        point = Point(self._environment.now, self.updates, self._evaluator.model(self._shared, models))
        if self.target is not None and self.target.updated(point):
            self.finish("target_reached", models)
