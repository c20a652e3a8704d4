"""A worker's exchange of models with its neighbours, round by round."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

import simpy

from sim.connections.mixing.round import Given, Round
from sim.measuring.timeline import SEND, WAIT
from sim.tape.vector import Vector, mixture
from sim.world.endpoint import Endpoint
from sim.world.world import World
from topologies.rounds import Rounds


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
        self._mixings = rounds
        self._nbytes = nbytes
        self._everybody: Sequence[Neighbours] = []
        self._number = -1  # of its present round
        self._rounds: defaultdict[int, Round] = defaultdict(Round)  # those that it has not mixed to their end
        self._first = 0  # the first of these
        self._due = -1  # the last round of which it waits for every message, or has waited
        self._unsent = self._undelivered = 0  # messages of the rounds up to that one
        self._mixing: tuple[simpy.Event, Callable[[Sequence[Given]], object]] | None = None

    @property
    def begins_anew(self) -> bool:
        """Whether with the round that has just been mixed somebody has come or gone."""
        return False

    def meet(self, everybody: Sequence[Neighbours]) -> None:
        """Know the others' sides, by rank."""
        self._everybody = everybody

    def share(self, x: Vector, w: float = 1.0, y: Vector | None = None) -> None:
        """Begin the next round: give `x` and the push-sum weight `w` away in shares, and keep one.

        A second vector `y` goes with `x` and makes each message twice as large. The messages travel beside whatever
        follows.
        """
        self._number = number = self._number + 1
        mixing = self._mixings.at(number)
        me = self._rank
        shares = mixing.columns[me]
        given = Given(me, number, shares, x, w, y)
        nbytes = self._nbytes if y is None else 2.0 * self._nbytes
        mine = self._rounds[number]
        mine.expect(mixing.senders[me], len(shares) - (me in shares))
        for rank in shares:
            if rank == me:
                mine.given.append(given)
            else:
                self._give(rank, nbytes, given)

    def _give(self, rank: int, nbytes: float, given: Given) -> None:
        peer = self._everybody[rank]
        peer._announce(given.number)
        self._send(self._endpoint, peer._endpoint, nbytes, None, peer._receive, given)

    def mixed(self) -> simpy.Event:
        """Wait for every message of this round; brings ``sum_j W[me, j] x_j``, added up by rank."""
        return self._mix(0, self._sum)

    def mixed_both(self) -> simpy.Event:
        """The same of a round with a second vector; brings the sums of both, x's first."""
        return self._mix(0, self._both_sums)

    def pushed(self, late: int = 0) -> simpy.Event:
        """Mix what has been given to this worker up to this round, but not what is already mixed; brings x and w.

        ``x = sum_j P[me, j] x_j`` and ``w = sum_j P[me, j] w_j``, added up by round and rank. Waits for every message
        of the rounds up to `late` before this one, those that it has sent among them.
        """
        return self._mix(late, self._push_sum)

    def _mix(self, late: int, bring: Callable[[Sequence[Given]], object]) -> simpy.Event:
        for number in range(self._due + 1, self._number - late + 1):
            self._unsent += self._rounds[number].unsent
            self._undelivered += self._rounds[number].undelivered
            self._due = number
        event = self._environment.event()
        self._mixing = event, bring
        self._timeline.switch(self._rank, WAIT if self._unsent else SEND)
        if self._undelivered == 0:
            self._bring()
        return event

    def _announce(self, number: int) -> None:
        """A neighbour has sent something: when all have, this worker waits for the network, not for them."""
        if number > self._due:
            self._rounds[number].unsent -= 1
            return
        self._unsent -= 1
        if self._unsent == 0:
            self._timeline.switch(self._rank, SEND)

    def _receive(self, given: Given) -> None:
        number = given.number
        self._rounds[number].given.append(given)
        self._arrived(number)
        self._everybody[given.sender]._arrived(number)

    def _arrived(self, number: int) -> None:
        """A message of a round, to this worker or from it, has arrived."""
        if number > self._due:
            self._rounds[number].undelivered -= 1
            return
        self._undelivered -= 1
        if self._undelivered == 0:
            self._bring()

    def _bring(self) -> None:
        """Mix what this worker has been given and has not mixed yet."""
        assert self._mixing is not None, "messages of rounds up to the one that is due arrive while it waits"
        event, bring = self._mixing
        given: list[Given] = []
        for number in range(self._first, self._number + 1):
            mine = self._rounds[number]
            given += sorted(mine.given)
            if number <= self._due:
                del self._rounds[number]
                self._first = number + 1
            else:
                mine.given = []
        event.succeed(bring(given))

    def _sum(self, given: Sequence[Given]) -> Vector:
        return mixture(self._weights(given), [each.x for each in given])

    def _both_sums(self, given: Sequence[Given]) -> tuple[Vector, Vector]:
        second = [each.y for each in given if each.y is not None]
        return self._sum(given), mixture(self._weights(given), second)

    def _push_sum(self, given: Sequence[Given]) -> tuple[Vector, float]:
        return self._sum(given), sum(each.shares[self._rank] * each.w for each in given)

    def _weights(self, given: Sequence[Given]) -> list[float]:
        """Which share of each model this worker has been given."""
        me = self._rank
        return [each.shares[me] for each in given]
