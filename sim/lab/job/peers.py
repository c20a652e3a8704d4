"""Single others, met whenever a worker likes, that are in other processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import IntEnum
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import simpy

from sim.connections.pairs.connect import Pairs
from sim.connections.pairs.peers import Peers
from sim.lab.job.connection import RealConnection, everybody, raw, size_of
from sim.lab.job.frame import Frame
from sim.lab.job.meetings import RealMeetings, RemoteMeetings
from sim.lab.job.tape import OwnTape, tape_of
from sim.streams import stream
from sim.tape.vector import Vector
from sim.world.endpoint import Endpoint

if TYPE_CHECKING:
    from sim.connections.connection import Wiring
    from sim.connections.pairs.meetings import Meetings
    from sim.lab.job.post import Hear, Post
    from sim.world.worker import Worker


class Word(IntEnum):
    """What single others say; the numbers from 11 on are those of `sim.lab.job.meetings`."""

    fetch = 1
    model = 2
    tell = 3
    heard = 4


class _Other(NamedTuple):
    """A worker of another process, as far as others have to know it."""

    rank: int
    endpoint: Endpoint


class _RemotePeers:
    """Stands for a peer: all that is asked of it is who it is, and whether it is there."""

    gone = False

    def __init__(self, rank: int, meetings: RemoteMeetings) -> None:
        self.rank = rank
        self._meetings = meetings

    def _concern(self, peer: Peers) -> None:
        """Nobody fails in a job."""


class RealPeers(Peers):
    """The side of the worker of this process; the other sides are in other processes.

    Parameters
    ----------
    post
        That of this process.
    tape
        The same.
    **options
        See `Peers`.
    """

    _meetings: Meetings

    def __init__(self, post: Post, tape: OwnTape, **options: Any) -> None:
        super().__init__(**options)
        self._post = post
        self._tape = tape
        self._meetings = self.own_meetings = RealMeetings(self._world, self._worker, self._nbytes)
        self._tokens = 0
        self._expected: dict[int, Callable[[Vector], object]] = {}

    def know(self, workers: int) -> None:
        """Know the others, of so many workers."""
        own = self._worker.rank
        others = {rank: self._stand_in(rank) for rank in range(workers) if rank != own}
        self.own_meetings.know(others)
        sides = [self if rank == own else _RemotePeers(rank, others[rank]) for rank in range(workers)]
        self.meet(cast("list[Peers]", sides))

    def hear(self, sender: int, frame: Frame) -> None:
        """What a peer has said."""
        if frame.kind > Word.heard:
            self.own_meetings.hear(sender, frame, self._tape)
        elif frame.kind == Word.fetch:
            self._send(sender, Word.model, frame.token, self._worker.x)
        elif frame.kind == Word.model:
            self._expected.pop(frame.token)(self._tape.taken(frame.numbers))
        elif frame.kind == Word.tell:
            self._inbox.append((self._peers[sender], self._tape.taken(frame.numbers)))
            self._post.send(sender, Frame(Word.heard))
        else:
            self._tell_next()

    def fetch(self, peer: int) -> simpy.Event:
        """As `Peers.fetch`."""
        reply = self._environment.event()
        self._tokens += 1
        self._expected[self._tokens] = reply.succeed
        self._post.send(peer, Frame(Word.fetch, self._tokens))
        return reply

    def _tell(self, to: Peers, x: Vector) -> None:
        self._receiver = to
        self._send(cast(_RemotePeers, to).rank, Word.tell, 0, x)

    def _send(self, to: int, word: Word, token: int, x: Vector) -> None:
        numbers = raw(self._tape.numbers(x))
        self._post.send(to, Frame(word, token, 0, numbers, size_of(numbers, self._nbytes)))

    def _stand_in(self, rank: int) -> RemoteMeetings:
        other = cast("Worker", _Other(rank, Endpoint(rank, rank)))
        return RemoteMeetings(other, self._worker.rank, self._nbytes, self._post)


class RealPairs(Pairs, RealConnection):
    """Workers that address single others in other processes."""

    def pairs(self) -> Iterable[tuple[int, int]]:
        """All: who draws whom is drawn."""
        return everybody(self.experiment.workers)

    def join(self, worker: Worker, wiring: Wiring, post: Post) -> Hear:
        """As `RealConnection.join`."""
        experiment = self.experiment
        own = RealPeers(
            post,
            tape_of(wiring.x),
            world=wiring.world,
            worker=worker,
            neighbours=self._neighbours[worker.rank],
            active=worker.rank in self._active,
            nbytes=experiment.workload.message_bytes(experiment.problem),
            generator=stream(wiring.seed, "peers", worker.rank),
        )
        own.know(experiment.workers)
        worker.peers = own
        return own.hear
