"""A worker's messages with single others, whenever it likes: asking, telling, and averaging in pairs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import simpy

from sim.connections.pairs.meetings import Meetings
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
        self._worker = worker
        self._neighbours = neighbours
        self._nbytes = nbytes
        self._generator = generator
        self._peers: Sequence[Peers] = ()
        self._inbox: list[tuple[Peers, Vector]] = []
        self._receiver: Peers | None = None  # of what is on its way
        self._asked: tuple[Peers, simpy.Event] | None = None  # whose model it waits for
        self.concerned: dict[Peers, None] = {}  # who has had anything to do with it; in order
        self._next: tuple[Peers, Vector] | None = None  # to be sent when what is on its way has arrived
        self._active = active and len(neighbours) > 0
        self._meetings = Meetings(world, worker, nbytes)

    def meet(self, everybody: Sequence[Peers]) -> None:
        """Know the others' sides, by rank."""
        self._peers = everybody

    # -- who

    def chance(self, probability: float) -> bool:
        """True with this probability; never of a worker that has nobody to draw."""
        return self._has_company and self._generator.random() < probability

    def draw(self) -> int:
        """A neighbour's rank, each who is there as likely as the others."""
        while True:
            rank = self._neighbours[int(self._generator.integers(len(self._neighbours)))]
            if not self._peers[rank].gone:
                return rank

    @property
    def gone(self) -> bool:
        """The worker has failed, or has not come back with a model yet."""
        return self._worker.endpoint.gone

    @property
    def _has_company(self) -> bool:
        return any(not self._peers[rank].gone for rank in self._neighbours)

    # -- telling and asking

    def send(self, peer: int, x: Vector) -> None:
        """Send a peer `x`, beside whatever follows; where the message before is still on its way, after that.

        A worker sends one message at a time. Of those that are due meanwhile, the newest follows and the others are
        left out: their models would be old before they set out, and the line ever longer.
        """
        if self._receiver is not None:
            self._next = self._peers[peer], x
        else:
            self._tell(self._peers[peer], x)

    def _tell(self, to: Peers, x: Vector) -> None:
        self._receiver = to
        self._concern(to)
        self._world.send(self._worker.endpoint, to._worker.endpoint, self._nbytes, None, self._told, to, x)

    def _told(self, to: Peers, x: Vector) -> None:
        to._inbox.append((self, x))
        self._tell_next()

    def _tell_next(self) -> None:
        """What was on its way has arrived, or is lost."""
        self._receiver = None
        if self._next is not None:
            (peer, newest), self._next = self._next, None
            if not peer.gone:
                self._tell(peer, newest)

    def arrived(self) -> simpy.Event:
        """Brings, at once, what others have sent that has arrived since this was last asked, in that order.

        It is found before anything that workers who ask at the same instant send then.
        """
        models = [x for peer, x in self._inbox if not peer.gone]
        self._inbox.clear()
        return self._environment.event().succeed(models)

    def fetch(self, peer: int) -> simpy.Event:
        """Ask a peer for its model with an empty message; brings the one that it has when it is asked.

        Of one that fails before it has come, the worker's own.
        """
        reply = self._environment.event()
        asked = self._peers[peer]
        self._asked = asked, reply
        self._concern(asked)

        def answer() -> None:
            self._awaited(asked, self, self._nbytes, reply.succeed, asked._worker.x)

        self._awaited(self, asked, 0.0, answer)
        return reply

    def _awaited(
        self, source: Peers, target: Peers, nbytes: float, deliver: Callable[..., object], *content: object
    ) -> None:
        """A message from one side to another that this worker waits for."""
        self._world.send(source._worker.endpoint, target._worker.endpoint, nbytes, self._worker.rank, deliver, *content)

    def _concern(self, peer: Peers) -> None:
        """It matters to this worker if a peer fails, where anybody does."""
        if self._world.mortal:
            peer.concerned[self] = None

    def lose(self, peer: Peers) -> None:
        """A peer has failed: nothing comes from it, or arrives there, any more."""
        if self._receiver is peer:
            self._tell_next()
        if self._asked is not None and self._asked[0] is peer and not self._asked[1].triggered:
            self._asked[1].succeed(self._worker.x)
        self._meetings.lose(peer._meetings)

    # -- averaging in pairs

    @property
    def may_average(self) -> bool:
        """Whether this worker may begin an averaging now: it is active, and none that it has begun is under way."""
        return self._active and self._meetings.may_ask and self._has_company

    def average(self, peer: int) -> None:
        """Average this worker's model with a peer's, beside whatever follows (`sim.connections.pairs.meetings`).

        Where that has not begun by the next time, as the peer is busy, the worker may ask another one instead.

        Raises
        ------
        RuntimeError
            If it may not (`may_average`).
        """
        if not self.may_average:
            raise RuntimeError("me.peers.average: not active, or one is under way; ask me.peers.may_average before it")
        asked = self._peers[peer]
        self._concern(asked)
        asked._concern(self)
        self._meetings.ask(asked._meetings)
