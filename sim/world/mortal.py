"""A world whose inhabitants may die."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, cast

from sim.world.endpoint import Endpoint
from sim.world.life import Life
from sim.world.worker import Worker
from sim.world.world import World

if TYPE_CHECKING:
    import simpy

    from sim.fabric.fabric import Fabric
    from sim.measuring.recorder import Recorder
    from sim.measuring.timeline import Timeline
    from sim.optimizers.stepper import Stepper
    from sim.tape.vector import Vector
    from sim.world.traffic import Traffic


class Message:
    """One that is on its way, and the ranks of the workers whose time it takes."""

    __slots__ = ("ranks", "source", "target", "ticket")

    def __init__(self, source: Endpoint, target: Endpoint, ranks: Sequence[int]) -> None:
        self.source = source
        self.target = target
        self.ranks = ranks
        self.ticket: int | None = None  # of the fabric


class MortalWorld(World):
    """A world in which nothing reaches the dead, and nothing comes from them.

    What is on its way from or to somebody who dies is off the wires at that instant. Who sends to the dead, or is dead,
    sends nothing.

    Parameters
    ----------
    environment, fabric, timeline, recorder
        See `World`.
    traffic
        What every worker has on its way, where that slows its computing.

    Attributes
    ----------
    dropped : list of int
        Number of messages that were lost because one of the two was gone; one number, which all views share.
    """

    mortal = True

    def __init__(
        self,
        environment: simpy.Environment,
        fabric: Fabric,
        timeline: Timeline,
        recorder: Recorder,
        traffic: Traffic | None = None,
    ) -> None:
        super().__init__(environment, fabric, timeline, recorder)
        self.traffic = traffic
        self._under_way: dict[int, Message] = {}
        self._numbers = count()
        self.dropped = [0]

    def send(
        self,
        source: Endpoint,
        target: Endpoint,
        nbytes: float,
        waiting: int | None,
        deliver: Callable[..., object],
        *content: object,
    ) -> None:
        """As `World.send`."""
        if source.gone or target.gone:
            self.dropped[0] += 1
            return
        ranks = () if waiting is None else (waiting,)
        for rank in ranks:
            self._depart(rank)
        self._set_out(source, target, nbytes, ranks, deliver, content)

    def send_beside(
        self,
        source: Endpoint,
        target: Endpoint,
        nbytes: float,
        ranks: Sequence[int],
        deliver: Callable[..., object],
        *content: object,
    ) -> None:
        """As `World.send_beside`."""
        if source.gone or target.gone:
            self.dropped[0] += 1
            return
        for rank in ranks:
            self.timeline.depart_beside(rank)
        self._set_out(source, target, nbytes, ranks, deliver, content)

    def of(self, life: Life) -> MortalWorld:
        """This world as somebody sees it who has that life: the clock is its own, all else is everybody's."""
        view = copy(self)
        view.environment = cast("simpy.Environment", life)  # it has all that anybody asks of one
        return view

    @property
    def busy(self) -> bool:
        """Something is on its way."""
        return len(self._under_way) > 0

    def bury(self, endpoint: Endpoint) -> None:
        """Somebody has died: what is on its way from or to there is lost."""
        endpoint.gone = True
        lost = [number for number, each in self._under_way.items() if endpoint in (each.source, each.target)]
        for number in lost:
            message = self._under_way.pop(number)
            if message.ticket is not None:
                self.fabric.withdraw(message.ticket)
            self.dropped[0] += 1
            self._end(message, without=endpoint.rank)

    def _set_out(
        self,
        source: Endpoint,
        target: Endpoint,
        nbytes: float,
        ranks: Sequence[int],
        deliver: Callable[..., object],
        content: tuple[object, ...],
    ) -> None:
        number = next(self._numbers)
        self._under_way[number] = message = Message(source, target, ranks)
        if self.traffic is not None:
            for end in (source, target):
                if end.rank is not None:
                    self.traffic.begin(end.rank)
        message.ticket = self._carry(source.host, target.host, nbytes, partial(self._reach, number, deliver, content))

    def _reach(self, number: int, deliver: Callable[..., object], content: tuple[object, ...]) -> None:
        self._end(self._under_way.pop(number))
        deliver(*content)

    def _end(self, message: Message, without: int | None = None) -> None:
        """A message is not under way any more; the accounts of who has died are closed already."""
        if self.traffic is not None:
            for end in (message.source, message.target):
                if end.rank is not None:
                    self.traffic.end(end.rank)
        for rank in message.ranks:
            if rank != without:
                self._close(rank)


class MortalWorker(Worker):
    """A worker that may die."""

    @property
    def spare(self) -> simpy.Timeout | None:  # events of a life are not used again
        return None

    @spare.setter
    def spare(self, event: simpy.Timeout | None) -> None:
        pass

    def begin_with(self, x: Vector, taken: int) -> None:
        """Have the model `x` to begin with, which so many steps have made."""
        self._x, self.taken = x, taken

    @property
    def stepper(self) -> Stepper:
        """The optimizer's state."""
        return self._stepper

    @property
    def drawn(self) -> int:
        """How many mini-batches it has drawn."""
        return self._step

    @drawn.setter
    def drawn(self, count: int) -> None:
        self._step = count

    def _timeout(self, seconds: float, value: Vector | None) -> simpy.Timeout:
        done = super()._timeout(seconds, value)
        if self._traffic is not None:
            cast(Life, self._environment).keep(done)
        return done
