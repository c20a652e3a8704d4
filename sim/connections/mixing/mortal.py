"""A worker's exchange with neighbours of whom some fail and come back."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from sim.connections.mixing.attendance import Attendance
from sim.connections.mixing.neighbours import Neighbours
from sim.connections.mixing.round import Given
from sim.tape.vector import Vector
from sim.world.endpoint import Endpoint
from sim.world.world import World
from topologies.mixing import Stochastic


class Gone(NamedTuple):
    """A side of somebody who has failed, and the round from which on nobody reckons with it."""

    side: MortalNeighbours
    until: int


class MortalNeighbours(Neighbours):
    """One worker's side of the mixing of models, where workers fail.

    What a neighbour that fails has not delivered does not come any more: whoever waits for it keeps that share of its
    own model instead, so that weights sum to 1. Of push-sum it is what has not reached the dead that comes back to who
    has sent it: nothing is lost but what the dead had, and what it had sent that has not arrived.

    Parameters
    ----------
    world, rank, endpoint, nbytes
        See `Neighbours`.
    rounds
        The mixing matrices, and who takes part.
    begins
        Number of its first round.
    """

    _everybody: list[MortalNeighbours]  # whoever comes back has another side
    _mixings: Attendance

    def __init__(
        self, world: World, rank: int, endpoint: Endpoint, rounds: Attendance, nbytes: float, begins: int = 0
    ) -> None:
        super().__init__(world, rank, endpoint, rounds, nbytes)
        self.begins = self._first = begins
        self._number = self._due = begins - 1
        self._heard: defaultdict[int, set[int]] = defaultdict(set)  # of whom it has what, by round
        self._own: dict[int, Given] = {}  # what it gives in rounds that are not over
        self._missing: list[Gone] = []

    @property
    def number(self) -> int:
        """Its present round."""
        return self._number

    @property
    def gone(self) -> bool:
        """It has failed."""
        return self._endpoint.gone

    @property
    def begins_anew(self) -> bool:
        return self._mixings.changes_at(self._number + 1)

    def share(self, x: Vector, w: float = 1.0, y: Vector | None = None) -> None:
        """As `Neighbours.share`."""
        number = self._number + 1
        self._own[number] = Given(self._rank, number, {}, x, w, y)
        super().share(x, w, y)
        self._missing = [each for each in self._missing if each.until > number]
        for each in self._missing:
            self._miss(each.side, number)

    def lose(self, other: MortalNeighbours, until: int) -> None:
        """A neighbour has failed; from round `until` on nobody reckons with it."""
        self._missing.append(Gone(other, until))
        for number in range(self._first, min(self._number + 1, until)):
            self._miss(other, number)

    def _give(self, rank: int, nbytes: float, given: Given) -> None:
        peer = self._everybody[rank]
        if not peer.gone and peer.begins <= given.number:
            super()._give(rank, nbytes, given)

    def _receive(self, given: Given) -> None:
        self._heard[given.number].add(given.sender)
        super()._receive(given)

    def _bring(self) -> None:
        super()._bring()
        for number in [each for each in self._own if each < self._first]:
            del self._own[number]
            self._heard.pop(number, None)

    def _miss(self, other: MortalNeighbours, number: int) -> None:
        """What has not come from a neighbour in a round will not, nor arrive there."""
        me, them, columns = self._rank, other._rank, self._mixings.at(number).columns
        push_sum = self._mixings.stochastic is Stochastic.column
        if me in columns[them] and them not in self._heard[number]:
            if not push_sum:
                self._keep(number, columns[them][me])
            self._reckon(number, unsent=other._number < number)
        delivered = number < other._first or me in other._heard[number]
        if them in columns[me] and not delivered:
            if push_sum:
                self._keep(number, columns[me][them])
            self._reckon(number, unsent=False)

    def _keep(self, number: int, share: float) -> None:
        """Give itself another share of what it gives in a round."""
        given, me = self._rounds[number].given, self._rank
        for place, each in enumerate(given):
            if each.sender == me:
                given[place] = each._replace(shares={**each.shares, me: each.shares.get(me, 0.0) + share})
                return
        given.append(self._own[number]._replace(shares={me: share}))

    def _reckon(self, number: int, *, unsent: bool) -> None:
        """One message less is outstanding in a round."""
        if number > self._due:
            self._rounds[number].undelivered -= 1
            self._rounds[number].unsent -= unsent
            return
        self._unsent -= unsent
        self._undelivered -= 1
        if self._undelivered == 0 and self._mixing is not None and not self._mixing[0].triggered:
            self._bring()
