"""A worker's exchange of models with its neighbours, round by round."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple

import simpy

from sim.connections.mixing.outstanding import Outstanding
from sim.measuring.timeline import SEND, WAIT
from sim.tape.vector import Vector, weighted_sum
from sim.world.endpoint import Endpoint
from sim.world.world import World
from topologies.rounds import Rounds


class Share(NamedTuple):
    """What a rank gives to another one in a round, or keeps: `weight` of its model, of its push-sum weight, and of `y`.

    Of two in one round the one of the lower rank comes first.
    """

    number: int
    sender: int
    weight: float
    x: Vector
    w: float
    y: Vector | None


class Neighbours:
    """One worker's side of the mixing of models.

    In each round it gives shares of its model to its out-neighbours of that round, and mixes what its in-neighbours of
    that round give. Nobody is told when others are ready for a round: a message says which one it belongs to.

    A round is over for a worker when all messages to it and all of its own have arrived, as after MPI's Waitall: so it
    never sends anybody a share while one of an earlier round is on its way there, but for the rounds that may be late.

    Parameters
    ----------
    world
        What everybody in the run shares.
    rank, endpoint
        Which worker, and where it lives.
    rounds
        The mixing matrices.
    nbytes
        Size of a model on the wire (B).
    """

    def __init__(self, world: World, rank: int, endpoint: Endpoint, rounds: Rounds, nbytes: float) -> None:
        self._environment = world.environment
        self._send = world.send
        self._timeline = world.timeline
        self._rank = rank
        self._endpoint = endpoint
        self._rounds = rounds
        self._nbytes = nbytes
        self._everybody: Sequence[Neighbours] = []
        self._number = -1  # of its present round
        self._shares: defaultdict[int, list[Share]] = defaultdict(list)  # by round; not mixed yet, its own among them
        self._unsent = Outstanding()
        self._undelivered = Outstanding()
        self._due = 0  # the last round of which it waits for every message
        self._mixing: tuple[simpy.Event, Callable[[Sequence[Share]], object]] | None = None

    def meet(self, everybody: Sequence[Neighbours]) -> None:
        """Know the others' sides, by rank."""
        self._everybody = everybody

    def share(self, x: Vector, w: float = 1.0, y: Vector | None = None) -> None:
        """Begin the next round: give `x` and the push-sum weight `w` away in shares, and keep one.

        A second vector `y` goes with `x` and makes each message twice as large. The messages travel beside whatever
        follows.
        """
        self._number = number = self._number + 1
        mixing = self._rounds.at(number)
        me, everybody, send, here = self._rank, self._everybody, self._send, self._endpoint
        senders, column = mixing.senders[me], mixing.columns[me]
        nbytes = self._nbytes if y is None else 2.0 * self._nbytes
        self._unsent.expect(number, senders)
        self._undelivered.expect(number, senders + len(column) - (me in column))
        for rank, weight in column.items():
            share = Share(number, me, weight, x, w, y)
            if rank == me:
                self._shares[number].append(share)
            else:
                peer = everybody[rank]
                peer._announce(number)
                send(here, peer._endpoint, nbytes, None, peer._receive, share)

    def mixed(self) -> simpy.Event:
        """Wait for every message of this round; brings ``sum_j W[me, j] x_j``, added up by rank."""
        return self._mix(0, _sum)

    def mixed_both(self) -> simpy.Event:
        """The same of a round with a second vector; brings the sums of both, x's first."""
        return self._mix(0, _both_sums)

    def pushed(self, late: int = 0) -> simpy.Event:
        """Mix what has been given to this worker up to this round, but not what is already mixed; brings x and w.

        ``x = sum_j P[me, j] x_j`` and ``w = sum_j P[me, j] w_j``, added up by round and rank. Waits for every message
        of the rounds up to `late` before this one, those that it has sent among them.
        """
        return self._mix(late, _push_sum)

    def _mix(self, late: int, bring: Callable[[Sequence[Share]], object]) -> simpy.Event:
        event = self._environment.event()
        self._mixing = event, bring
        self._due = self._number - late
        self._timeline.switch(self._rank, SEND if self._unsent.complete_through(self._due) else WAIT)
        self._mix_when_complete()
        return event

    def _announce(self, number: int) -> None:
        """A neighbour has sent something: when all have, this worker waits for the network, not for them."""
        waits_for_it = self._unsent.arrive(number) and self._mixing is not None and number <= self._due
        if waits_for_it and self._unsent.complete_through(self._due):
            self._timeline.switch(self._rank, SEND)

    def _receive(self, share: Share) -> None:
        self._shares[share.number].append(share)
        self._arrived(share.number)
        self._everybody[share.sender]._arrived(share.number)

    def _arrived(self, number: int) -> None:
        """A message of a round, to this worker or from it, has arrived."""
        if self._undelivered.arrive(number):
            self._mix_when_complete()

    def _mix_when_complete(self) -> None:
        if self._mixing is None or not self._undelivered.complete_through(self._due):
            return
        event, bring = self._mixing
        self._mixing = None
        present = sorted([number for number in self._shares if number <= self._number])
        event.succeed(bring([share for number in present for share in sorted(self._shares.pop(number))]))


def _sum(shares: Sequence[Share]) -> Vector:
    return weighted_sum([share.weight for share in shares], [share.x for share in shares])


def _both_sums(shares: Sequence[Share]) -> tuple[Vector, Vector]:
    second = [share.y for share in shares if share.y is not None]
    return _sum(shares), weighted_sum([share.weight for share in shares], second)


def _push_sum(shares: Sequence[Share]) -> tuple[Vector, float]:
    return _sum(shares), sum(share.weight * share.w for share in shares)
