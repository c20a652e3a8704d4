"""A worker's messages with single others, whenever it likes: asking, telling, and averaging in pairs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import simpy

from sim.connections.pairs.lock import Lock
from sim.measuring.timeline import WAIT
from sim.tape.vector import Vector

if TYPE_CHECKING:
    from sim.world.worker import Worker
    from sim.world.world import World


class Peers:
    """One worker's side of its messages with single others.

    Parameters
    ----------
    world
        What everybody in the run shares.
    worker
        Whose side it is.
    neighbours
        Ranks that it may draw.
    active
        Whether it may begin an averaging; else it only answers.
    nbytes
        Size of a model on the wire (B).
    generator
        Draws the neighbours.
    """

    def __init__(
        self,
        world: World,
        worker: Worker,
        neighbours: Sequence[int],
        *,
        active: bool,
        nbytes: float,
        generator: np.random.Generator,
    ) -> None:
        self._environment = world.environment
        self._world = world
        self._timeline = world.timeline
        self._worker = worker
        self._neighbours = neighbours
        self._nbytes = nbytes
        self._generator = generator
        self._peers: Sequence[Peers] = ()
        self._inbox: list[Vector] = []
        self._lock = Lock()
        self.active = active and len(neighbours) > 0

    def meet(self, everybody: Sequence[Peers]) -> None:
        """Know the others' sides, by rank."""
        self._peers = everybody

    # -- who

    def chance(self, probability: float) -> bool:
        """True with this probability; never of a worker that has nobody to draw."""
        return len(self._neighbours) > 0 and self._generator.random() < probability

    def draw(self) -> int:
        """A neighbour's rank, each as likely as the others."""
        return self._neighbours[int(self._generator.integers(len(self._neighbours)))]

    # -- telling and asking

    def send(self, peer: int, x: Vector) -> None:
        """Send a peer `x`, beside whatever follows."""
        to = self._peers[peer]
        self._world.send(self._worker.endpoint, to._worker.endpoint, self._nbytes, None, to._inbox.append, x)

    def arrived(self) -> simpy.Event:
        """Brings, at once, what others have sent that has arrived since this was last asked, in that order.

        It is found before anything that workers who ask at the same instant send then.
        """
        models = list(self._inbox)
        self._inbox.clear()
        return self._environment.event().succeed(models)

    def fetch(self, peer: int) -> simpy.Event:
        """Ask a peer for its model with an empty message; brings the one that it has when it is asked."""
        reply = self._environment.event()
        asked = self._peers[peer]

        def answer() -> None:
            self._awaited(asked, self, self._nbytes, reply.succeed, asked._worker.x)

        self._awaited(self, asked, 0.0, answer)
        return reply

    # -- averaging in pairs

    def average(self, peer: int) -> simpy.Event:
        """Average this worker's model and a peer's: both then have (x_i + x_j) / 2.

        Atomic: no other averaging moves one of the two meanwhile. Each side is locked by one averaging at a time, the
        others queue for it; the side of the lower rank is always locked first, so that nobody can wait in a circle. It
        sends its model; the other side moves by delta = (x_first - x_second) / 2 and answers with delta, by which the
        first moves back. Whatever steps were taken on the way, the sum of all models is conserved.
        """
        done = self._environment.event()
        first, second = sorted((self, self._peers[peer]), key=lambda side: side._worker.rank)
        offer = partial(first._lock.acquire, partial(first._offer, second, self, done))
        if first is self:
            self._timeline.switch(self._worker.rank, WAIT)
            offer()
        else:
            self._awaited(self, first, 0.0, offer)
        return done

    def _offer(self, second: Peers, began: Peers, done: simpy.Event) -> None:
        """The side of the lower rank is locked: now the other one."""
        meet = partial(second._meet_halfway, self, self._worker.x, began, done)
        began._awaited(self, second, self._nbytes, second._lock.acquire, meet)

    def _meet_halfway(self, first: Peers, x: Vector, began: Peers, done: simpy.Event) -> None:
        """Both sides are locked: the second moves, and is free again."""
        delta = 0.5 * x - 0.5 * self._worker.x
        self._worker.moved(self._worker.x + delta)
        if began is self:
            done.succeed()
            self._world.send(self._worker.endpoint, first._worker.endpoint, self._nbytes, None, first._move_back, delta)
        else:
            began._awaited(self, first, self._nbytes, first._move_back, delta, done)
        self._lock.release()

    def _move_back(self, delta: Vector, done: simpy.Event | None = None) -> None:
        self._worker.moved(self._worker.x - delta)
        if done is not None:
            done.succeed()
        self._lock.release()

    def _awaited(
        self, source: Peers, target: Peers, nbytes: float, deliver: Callable[..., object], *content: object
    ) -> None:
        """A message from one side to another that this worker waits for."""
        self._world.send(source._worker.endpoint, target._worker.endpoint, nbytes, self._worker.rank, deliver, *content)
