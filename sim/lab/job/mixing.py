"""Neighbours that are in other processes."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import TYPE_CHECKING, cast

from sim.connections.mixing.connect import Mixing
from sim.connections.mixing.neighbours import Neighbours
from sim.connections.mixing.round import Given
from sim.lab.job.connection import RealConnection, everybody, raw, size_of
from sim.lab.job.frame import Frame
from sim.lab.job.tape import tape_of
from sim.world.endpoint import Endpoint

if TYPE_CHECKING:
    from sim.connections.connection import Wiring
    from sim.lab.job.post import Hear, Post
    from sim.world.worker import Worker


class Word(IntEnum):
    """What neighbours say."""

    given = 1
    arrived = 2


class RemoteNeighbours:
    """Stands for a neighbour: whatever it is told it sends there.

    Parameters
    ----------
    rank
        Which one.
    nbytes
        Size of a model on the wire (B).
    post
        That of this process.
    """

    def __init__(self, rank: int, nbytes: float, post: Post) -> None:
        self._endpoint = Endpoint(rank, rank)
        self._rank = rank
        self._nbytes = nbytes
        self._post = post

    def _announce(self, number: int) -> None:
        """Nobody tells it but the message itself."""

    def _receive(self, given: Given) -> None:
        numbers = raw(tape_of(given.x).numbers(given.x))
        self._post.send(self._rank, Frame(Word.given, 0, given.number, numbers, size_of(numbers, self._nbytes)))

    def _arrived(self, number: int) -> None:
        self._post.send(self._rank, Frame(Word.arrived, 0, number))


class RealMixing(Mixing, RealConnection):
    """Workers that mix their models with those of neighbours in other processes.

    A round is over when a worker's own messages have arrived, too, which their receivers say: a word without content.
    """

    def pairs(self) -> Iterable[tuple[int, int]]:
        """All: whose neighbour somebody is may differ from round to round."""
        return everybody(self.experiment.workers)

    def join(self, worker: Worker, wiring: Wiring, post: Post) -> Hear:
        """As `RealConnection.join`."""
        experiment, rounds, rank = self.experiment, self.rounds(wiring.seed), worker.rank
        nbytes = experiment.workload.message_bytes(experiment.problem)
        own = Neighbours(wiring.world, rank, worker.endpoint, rounds, nbytes)
        others = [RemoteNeighbours(other, nbytes, post) for other in range(experiment.workers)]
        own.meet([own if other == rank else cast("Neighbours", one) for other, one in enumerate(others)])
        worker.neighbours = own
        tape = tape_of(wiring.x)

        def hear(sender: int, frame: Frame) -> None:
            number = frame.number
            if frame.kind == Word.arrived:
                own._arrived(number)
                return
            shares = rounds.at(number).columns[sender]
            own._announce(number)
            own._receive(Given(sender, number, shares, tape.taken(frame.numbers), 1.0, None))

        return hear
