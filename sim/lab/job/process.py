"""What one process of a job does, from its beginning to its end."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import traceback
from typing import Any, NoReturn

import numpy as np

from sim.connections.connection import Wiring
from sim.connections.senders import Senders
from sim.garbage import seldom_collected
from sim.lab.job.clock import WallClock
from sim.lab.job.control import Control
from sim.lab.job.diary import Diary
from sim.lab.job.gloo import join_group
from sim.lab.job.mesh import listening, meet
from sim.lab.job.plan import Plan
from sim.lab.job.post import Hear, Post
from sim.lab.job.server import RealServer
from sim.lab.job.tape import OwnTape, own_tape
from sim.lab.job.worker import RealWorker
from sim.lab.job.world import RealWorld
from sim.protocols import Steps
from sim.streams import stream
from sim.tape.vector import Vector
from sim.world.endpoint import Endpoint

#: Linux sends a process this when the one that has started it is gone.
_SET_PARENT_DEATH_SIGNAL = 1
#: Vectors that a process has room for, those of the models that it keeps among them, before it has to make more.
_SLOTS = 256


class GoneError(Exception):
    """Who has started this process is gone."""


def live(plan: Plan, number: int, control: Control, parent: int) -> NoReturn:
    """Be process `number` of a job, which was forked for that; the process ends with it.

    Parameters
    ----------
    plan
        The job.
    number
        Which process.
    control
        This end of the connection with who has started it.
    parent
        Number of that process.
    """
    status = 1
    try:
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # who has started it ends it
        if os.getppid() == parent:
            plan.place.enter(plan.hosts[number])()
            _Process(plan, number, control).run()
            status = 0
    except GoneError:
        pass
    except BaseException as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        control.say(
            "failed", text=f"{type(error).__name__}: {error} ({os.path.basename(where.filename)}:{where.lineno})"
        )
    finally:
        os._exit(status)  # nothing of what the other process would do at its end is done here


class _Process:
    """One worker, or one shard, and what it stands on."""

    def __init__(self, plan: Plan, number: int, control: Control) -> None:
        self._plan = plan
        self._number = number
        self._control = control
        self._clock = WallClock()
        self._post = Post(self._clock)
        self._tape: OwnTape = own_tape(plan.blueprint, plan.seed, plan.lesson, _SLOTS + 2 * plan.workers)
        self._diary = self._new_diary()

    def run(self) -> None:
        """Get to know the others, take part in the job, and write what has been noted."""
        plan, control = self._plan, self._control
        address = plan.place.address(plan.hosts[self._number])
        listener = listening(address)
        control.say("listens", port=listener.getsockname()[1])
        told = self._told("meet")
        others = {other for pair in plan.connection.pairs() if self._number in pair for other in pair} - {self._number}
        places = [(str(where), int(port)) for where, port in told["places"]]
        connections = meet(listener, self._number, places, sorted(others), plan.secret)
        if plan.by_gloo:
            join_group(self._number, plan.workers, address, plan.meeting_file)
        self._post.connect(connections, self._join())
        control.say("ready")
        self._clock.begin_at(float(self._told("begin")["instant"]))
        self._clock.watch(control.connection, self._hear)
        with seldom_collected(), self._tape:
            before = _cpu_seconds()
            self._clock.go()
            self._write((_cpu_seconds() - before) / self._clock.wall)
        control.say("done")

    # -- what it consists of

    def _new_diary(self) -> Diary:
        plan, control = self._plan, self._control
        experiment = plan.blueprint.experiment
        alike = experiment.protocol.gradients_per_push if plan.served else plan.workers  # type: ignore[attr-defined]

        def told(count: int) -> None:
            control.say("count", count=count, over=diary.over)

        diary = Diary(
            self._clock,
            plan.points(),
            plan.limits,
            samples=alike * experiment.samples_per_gradient,
            counting=not plan.worded,
            told=told,
        )
        return diary

    def _join(self) -> Hear:
        """Take one's part; brings who is told what others send."""
        plan, number = self._plan, self._number
        blueprint = plan.blueprint
        x = self._tape.initial()
        world = RealWorld(self._clock, self._diary, plan.workers)
        senders = Senders(blueprint.experiment, self._tape, plan.seed)
        wiring = Wiring(plan.seed, world, self._tape, senders, blueprint.rate, plan.deployment, (), x)
        if number >= plan.workers:
            assert isinstance(plan.connection, RealServer), "only a server has shards"
            part, hear = plan.connection.serve(number - plan.workers, wiring, self._post)
            self._diary.begin(part)
            return hear
        worker = self._worker(world, x)
        self._tape.slot_of(self._tape.gradient(x, number, 0, blueprint.experiment.samples_per_gradient))  # once cold
        hear = plan.connection.join(worker, wiring, self._post)
        self._diary.begin(None if plan.served else x)
        self._clock.process(self._steps(worker))
        return hear

    def _steps(self, worker: RealWorker) -> Steps:
        yield self._clock.timeout(worker.delay)
        yield from self._plan.blueprint.experiment.protocol.worker(worker)

    def _worker(self, world: RealWorld, x: Vector) -> RealWorker:
        """As `sim.cluster.cluster.Cluster` makes it, of the same streams."""
        plan, rank, blueprint = self._plan, self._number, self._plan.blueprint
        experiment, samples = blueprint.experiment, blueprint.experiment.samples_per_gradient
        stepper = experiment.optimizer.stepper(blueprint.rate)
        law = experiment.straggler.for_samples(samples)
        delays = blueprint.start.delays(plan.workers, blueprint.seconds, stream(plan.seed, "start"))
        return RealWorker(
            self._clock,
            self._diary,
            world=world,
            endpoint=Endpoint(plan.hosts[rank], rank),
            workers=plan.workers,
            x=x,
            stepper=stepper if experiment.protocol.replicated else stepper.split_off(),
            seconds=blueprint.seconds,
            multipliers=law.of_workers(plan.workers, plan.seed)[rank],
            batch=samples,
            delay=delays[rank],
        )

    # -- who has started it

    def _told(self, word: str) -> dict[str, Any]:
        told = self._control.hear()
        if told is None or told["word"] != word:
            raise GoneError
        return told

    def _hear(self) -> None:
        """A word has come while the job runs."""
        told = self._control.hear()
        if told is None:
            raise GoneError
        if told["word"] == "keep":
            self._diary.keep(told["number"])
        else:
            self._clock.end()

    def _write(self, cpu: float) -> None:
        diary, tape = self._diary, self._tape
        whole = len(diary.late)  # gradients that are complete
        models = [np.array(tape.numbers(each.x)) for each in diary.kept]
        columns: dict[str, Any] = {
            name: np.array(getattr(diary, name))[:whole] for name in ("began", "computed_at", "asked", "busy", "late")
        }
        path = self._plan.notes(self._number)
        np.savez(
            path,
            kept_by=np.array([each.by for each in diary.kept], np.int64),
            kept_number=np.array([each.number for each in diary.kept], np.int64),
            kept_seconds=np.array([each.seconds for each in diary.kept]),
            kept_models=np.array(models) if models else np.empty((0, 0)),
            updated=np.array(diary.updated),
            sent_at=np.array(self._post.sent_at),
            sizes=np.array(self._post.sizes, np.int64),
            staleness=np.array(diary.staleness, np.int64),
            together=np.array(diary.together, np.int64),
            averagings=np.int64(diary.averagings),
            cpu_share=np.float64(cpu),
            **columns,
        )


def _cpu_seconds() -> float:
    """Seconds of a core that this process has taken so far (s)."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
