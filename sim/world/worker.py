"""One worker: what it computes, and its connections to the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import simpy
from simpy.events import NORMAL

from sim.measuring.timeline import COMPUTE
from sim.tape.vector import Vector
from sim.world.attempt import Attempt
from sim.world.endpoint import Endpoint
from sim.world.segmented import Segmented
from sim.world.world import World

if TYPE_CHECKING:
    from sim.connections.batches.assignments import Assignments
    from sim.connections.centres.parent import Parent
    from sim.connections.group.gathering import Gathering
    from sim.connections.group.member import Member
    from sim.connections.mixing.neighbours import Neighbours
    from sim.connections.pairs.peers import Peers
    from sim.connections.server.client import Client
    from sim.connections.weight_noise import Noise
    from sim.optimizers.stepper import Stepper


class Worker:
    """One worker; `me` in a protocol.

    Verbs that take time return a SimPy event to be yielded; its value is what the verb brings.

    Parameters
    ----------
    world
        What everybody in the run shares.
    endpoint
        Which worker, and where it lives.
    workers
        How many there are.
    x
        The model to begin with.
    stepper
        The optimizer's state, of a worker that has its own model.
    seconds
        Mean compute time of a gradient (s).
    multipliers
        The straggler law's draws (no unit), one for each gradient.
    batch
        Samples of a gradient, >= 1.
    delay
        How long it waits before it begins (s).

    Attributes
    ----------
    delay : float
        How long it waits before it begins (s).
    taken : int
        Steps of the model that it has begun with, where that was another one's or is from a checkpoint.
    world : World
        What everybody in the run shares, as this worker sees it.
    spare : simpy.Timeout or None
        One of a gradient before, which nobody needs any more: that of the next gradient.
    server
        The connection to the parameter server, where the protocol needs one.
    group
        The part in collectives of all workers, where the protocol needs them.
    holders
        The part in collectives of all workers that have the model together, where the protocol shares it out.
    neighbours
        Those to mix with, where the protocol needs a topology.
    peers
        Any single others, where the protocol needs workers that draw each other.
    parent
        The connection to the centre above, where the protocol needs a tree of them.
    coordinator
        The connection to the coordinator, where the protocol needs one.
    noise
        What disturbs models, where the protocol asks for it.
    """

    server: Client
    group: Member
    holders: Gathering
    neighbours: Neighbours
    peers: Peers
    parent: Parent
    coordinator: Assignments
    noise: Noise

    def __init__(
        self,
        world: World,
        endpoint: Endpoint,
        *,
        workers: int,
        x: Vector,
        stepper: Stepper,
        seconds: float,
        multipliers: Iterator[float],
        batch: int,
        delay: float,
    ) -> None:
        assert endpoint.rank is not None, "a worker has a rank"
        self.rank = endpoint.rank
        self.endpoint = endpoint
        self.workers = workers
        self.delay = delay
        self.world = world
        self._environment = world.environment
        self._traffic = world.traffic
        self._timeline = world.timeline
        self._recorder = world.recorder
        self._latest = world.recorder.latest
        self._x = x
        self._stepper = stepper
        self._seconds = seconds
        self._multipliers = multipliers
        self._batch = batch
        self._step = 0
        self.taken = 0
        self._busy_until = 0.0  # what it has to do before the next gradient
        self._switch, self._computed = world.timeline.switch, world.recorder.computed  # looked up once
        self.spare: simpy.Timeout | None = None

    def __getattr__(self, name: str) -> Any:
        """Say so where a protocol uses a connection that it has not declared."""
        if name in Worker.__annotations__:
            raise AttributeError(f"me.{name}: the protocol has not declared this connection; add it to its `needs`")
        raise AttributeError(f"me.{name}: a worker has no such verb or connection")

    def gradient(self, x: Vector) -> simpy.Timeout:
        """The gradient at `x` on this worker's next mini-batch; takes compute time."""
        self._switch(self.rank, COMPUTE)
        g = x.tape.gradient(x, self.rank, self._step, self._batch)
        self._step += 1
        seconds = self._seconds * next(self._multipliers)
        if self._busy_until > 0.0:
            seconds += self._remaining()
        done = self._timeout(seconds, g)
        done.callbacks.append(self._computed)
        if self._latest is not None:
            done.callbacks.append(partial(self._latest.computed, self.rank, x))
        return done

    def segmented_gradient(self, x: Vector) -> Segmented:
        """The gradient at `x` on this worker's next mini-batch, computed segment by segment when `me.holders` says."""
        g = x.gradient(self.rank, self._step, self._batch)
        self._step += 1
        seconds = self._seconds * next(self._multipliers) + self._remaining()
        finished: list[Callable[[Any], None]] = [self._recorder.computed]
        if self._latest is not None:
            finished.append(partial(self._latest.computed, self.rank, x))
        return Segmented(g, seconds, self._work, finished)

    def compute(self, seconds: float, value: Vector) -> simpy.Timeout:
        """Compute for so long on average (s), times the straggler law's next draw; brings `value`."""
        self._step += 1
        return self._work(seconds * next(self._multipliers) + self._remaining(), value)

    def _work(self, seconds: float, value: Vector) -> simpy.Timeout:
        """Compute for exactly so long (s), without traffic; brings `value`."""
        self._timeline.switch(self.rank, COMPUTE)
        return self._timeout(seconds, value)

    def _timeout(self, seconds: float, value: Vector | None) -> simpy.Timeout:
        """A timeout, which traffic may make longer; the spare one is used again: to make one takes twice as long."""
        if self._traffic is not None:
            return self._traffic.hindered(self.rank, seconds, value)
        done, self.spare = self.spare, None
        if done is None:
            return self._environment.timeout(seconds, value)
        done._value, done._delay, done.callbacks = value, seconds, []
        self._environment.schedule(done, NORMAL, seconds)
        return done

    def gradient_unless(self, newer: simpy.Event, x: Vector) -> Attempt:
        """The gradient at `x`; or None at the instant when `newer` happens, if that comes first.

        An abandoned gradient has taken its compute time, and is not counted. Its mini-batch is that of the next one,
        unless part of it has been sent.
        """

        def make() -> Vector:
            g = x.gradient(self.rank, self._step, self._batch)
            self._step += 1
            return g

        if newer.triggered:
            outcome = Attempt(self._environment, 0.0, make)
            outcome.abandon()
            return outcome
        self._timeline.switch(self.rank, COMPUTE)
        seconds = self._seconds * next(self._multipliers)
        if self._busy_until > 0.0:
            seconds += self._remaining()
        outcome = Attempt(self._environment, seconds, make)
        done = self._timeout(seconds, None)

        def finish(done: simpy.Event) -> None:
            newer.callbacks.remove(abandon)
            self._recorder.computed(done)
            outcome.finish()
            if self._latest is not None:
                self._latest.computed(self.rank, x, outcome)

        def abandon(newer: simpy.Event) -> None:
            done.callbacks.clear()
            outcome.abandon()

        done.callbacks.append(finish)
        newer.callbacks.append(abandon)
        return outcome

    def spread_out(self) -> simpy.Timeout:
        """Wait once more as long as before the beginning, after something that has brought workers together."""
        return self._environment.timeout(self.delay)

    def occupy(self, seconds: float, then: Callable[..., object], *content: object) -> None:
        """Compute something else for so long (s), after what it is computing; then ``then(*content)``.

        A gradient that is begun before that ends so much later: a worker has one device.
        """
        self._timeline.switch(self.rank, COMPUTE)
        self._busy_until = until = max(self._environment.now, self._busy_until) + seconds
        done = self._environment.timeout(until - self._environment.now)
        done.callbacks.append(partial(self._leave_off, until, then, content))

    def _leave_off(
        self, until: float, then: Callable[..., object], content: tuple[object, ...], event: simpy.Event
    ) -> None:
        if self._busy_until == until:  # it has begun nothing else meanwhile
            self._busy_until = 0.0
            self._timeline.wait(self.rank)
        then(*content)

    def _remaining(self) -> float:
        """How long what it has to do before the next gradient takes it yet (s); asked once, by that gradient."""
        remaining, self._busy_until = max(0.0, self._busy_until - self._environment.now), 0.0
        return remaining

    def update(self, x: Vector, g: Vector) -> Vector:
        """The optimizer's step from `x` along `g`; takes no time."""
        return self._stepper.step(x, g)

    def detach(self) -> None:
        """End being a replica: from now on the optimizer's state is this worker's own, a copy of what all had."""
        self._stepper = self._stepper.split_off()

    @property
    def x(self) -> Vector:
        """This worker's own model; setting it is one local step."""
        return self._x

    @x.setter
    def x(self, value: Vector) -> None:
        self._x = value
        self._recorder.stepped(self.rank, value)

    def moved(self, x: Vector) -> None:
        """An exchange has made this worker's model `x`: not a step, and no update counts it."""
        self._x = x
        self._recorder.moved(self.rank, x)
