"""A node of a tree of centres."""

from __future__ import annotations

from functools import partial

from sim.connections.server.broadcast import Broadcast
from sim.connections.server.push import Push, Versioned
from sim.connections.server.receivers import Receiver, deliver
from sim.connections.server.shard import Shard
from sim.tape.vector import Vector

#: Whose push it is: of no worker that waits for anything.
NOBODY = -1


class Centre(Shard):
    """An inner node of an elastic tree (EASGD Tree; Zhang 2016, chapter 6), or one shard of it.

    What it hears from a neighbour, its parent or a child, queues for a core and goes to the protocol. It tells its
    neighbours its x by its clock, on which a message from a child is as many steps as the child takes from one to the
    next, divided by the number of children: the clock is the mean of theirs. An edge carries one message at a time in
    each direction; of those that are due meanwhile, the newest follows and the others are left out.
    """

    _up: Broadcast | None = None  # none of the root
    _period_above = 1
    _period = 1
    _heard = 0  # messages from children

    def join(self, parent: Centre, period: int) -> None:
        """Become a child of another centre: they tell each other every `period` steps."""
        above = parent.connect(Receiver(self.endpoint, (), partial(self._hear, False), deliver), period)
        self._up = Broadcast(self._world, self.endpoint, self.nbytes, [above], keep=1)
        self._period_above = period

    def connect(self, child: Receiver, period: int) -> Receiver:
        """Have a child, which tells and is told every `period` steps; returns where it sends to."""
        self.receivers.append(child)
        self._period = period
        return self._ear

    def reconnect(self, child: Receiver, number: int) -> Receiver:
        """A child is back, at another endpoint; returns where it sends to."""
        self.receivers[number] = child
        self._broadcast.renew(number)
        return self._ear

    @property
    def _ear(self) -> Receiver:
        return Receiver(self.endpoint, (), partial(self._hear, True), deliver)

    def move(self, x: Vector) -> None:
        """Have the model `x`; that of the root is what is measured."""
        if self._up is None:
            super().move(x)
        else:
            self.x = x

    def _hear(self, from_child: bool, model: Versioned) -> None:
        self.work(self._be_moved, from_child, Push(NOBODY, self.endpoint, *model, None))

    def _be_moved(self, from_child: bool, push: Push) -> None:
        self.receive(push)
        if from_child:
            self._tick()

    def _tick(self) -> None:
        """A child has sent: tell those neighbours whose period the clock has just completed."""
        children = len(self.receivers)
        self._heard += 1
        if self._heard % children == 0:
            self.broadcast()
        whole = children * self._period_above  # the clock is _heard * _period / children
        if self._up is not None and self._heard * self._period // whole > (self._heard - 1) * self._period // whole:
            self._up.send((self.x, self.version))
