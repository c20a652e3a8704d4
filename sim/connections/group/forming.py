"""A group whose ranks fail and come back, and that goes on with who is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import simpy

from sim.connections.group.exchange import Exchange
from sim.connections.group.group import Group
from sim.connections.group.member import Departure, Member
from sim.connections.group.milestone import Milestone
from sim.tape.vector import Vector
from sim.world.world import World

if TYPE_CHECKING:
    from sim.world.worker import Worker

State = TypeVar("State")

#: Lets a worker that is back go on: with which model, after how many steps.
Begin = Callable[[Vector, int], object]


def _nothing() -> Milestone | None:
    """What has been written of a group without checkpoints."""
    return None


class Generation(NamedTuple):
    """The group from some vector on.

    Attributes
    ----------
    first
        Number of that vector.
    ranks
        Ranks of who is in it, ascending.
    group, exchanges
        The group, and what carries a whole vector.
    """

    first: int
    ranks: Sequence[int]
    group: Group
    exchanges: Sequence[Exchange]


class Having(NamedTuple):
    """How many vectors a rank has the results of, the model that they have made, and of how many steps."""

    number: int
    x: Vector
    steps: int


class Coming(NamedTuple):
    """A worker that is back and has no model yet."""

    worker: Worker
    begin: Begin


class Forming:
    """A group that forms anew when one of its ranks fails, without it, and when one is back, with it.

    As in elastic Horovod and torchft: when a rank fails, the collective under way stops for all. After a while they
    know, form anew, and carry out again what has not been completed; who lacks a result that another one has is sent
    it. A rank that is back joins at the next collective that nobody has entered yet, with the model of one that is
    there. What survivors have computed is not lost. Where nobody survives, who comes back begins with the last
    checkpoint, or else with the first model.

    Parameters
    ----------
    world
        What everybody in the run shares.
    make
        Makes the group of some ranks from some vector on.
    departures, decoding
        Of every rank, see `Member`.
    attribute
        What workers call their part.
    detection
        Time from a failure until the group has formed anew (s).
    nbytes
        Size of a model on the wire (B).
    x
        The model to begin with.
    """

    def __init__(
        self,
        world: World,
        make: Callable[[int, Sequence[int]], Generation],
        departures: Sequence[Departure],
        decoding: float,
        *,
        attribute: str,
        detection: float,
        nbytes: float,
        x: Vector,
    ) -> None:
        self._world = world
        self._make = make
        self._departures = departures
        self._decoding = decoding
        self._attribute = attribute
        self._detection = detection
        self._nbytes = nbytes
        self._x = x
        self._members: dict[int, MortalMember] = {}
        self._workers: dict[int, Worker] = {}
        self._has: dict[int, Having] = {}
        self._coming: dict[int, Coming] = {}
        self._givers: dict[int, int] = {}  # who sends a model to whom, by who is coming
        self._generations: list[Generation] = []
        self.replicated: Any = None
        self._failures = 0
        self.mean: tuple[int, Vector | None] = (0, None)
        self.started = 0  # vectors that somebody has entered the collective of
        self.broken = False
        self.saved: Callable[[], Milestone | None] = _nothing

    # -- who is in it

    def begin(self, workers: Sequence[Worker]) -> None:
        """Form the group with which a run begins."""
        self._generations = [self._make(1, [worker.rank for worker in workers])]
        for worker in workers:
            self._attach(worker, 0)
            self._has[worker.rank] = Having(0, self._x, 0)

    def lose(self, rank: int) -> None:
        """A rank has failed."""
        member = self._members.pop(rank, None)
        self._coming.pop(rank, None)
        self._givers = {other: giver for other, giver in self._givers.items() if rank not in (other, giver)}
        if member is None:
            return
        self.broken = True
        for generation in self._generations:
            generation.group.dissolve()
        self._failures += 1
        told = self._world.environment.timeout(self._detection)
        told.callbacks.append(partial(self._form, self._failures))

    def come(self, worker: Worker, begin: Begin) -> None:
        """A worker is back, and goes on with ``begin(x, steps)`` when its time has come."""
        rank = worker.rank
        self._coming[rank] = Coming(worker, begin)
        if not self._members:
            self._form(self._failures)
        elif not self.broken:
            number = self.started + 1
            there = self._generations[-1].ranks
            self._generations.append(self._make(number, sorted({*there, rank})))
            self._attach(worker, number - 1)
            self._offer()

    def generation(self, vector: int) -> Generation:
        """The group that all-reduces a vector."""
        return next(each for each in reversed(self._generations) if each.first <= vector)

    def passed(self, rank: int, milestone: Milestone) -> None:
        """A rank has the result of a vector, and has stepped along it."""
        self._has[rank] = Having(milestone.number, milestone.x, milestone.steps)
        while len(self._generations) > 1 and self._generations[1].first <= milestone.number:
            del self._generations[0]
        if self._coming:
            self._offer()

    def replicate(self, state: State) -> State:
        """As `Group.replicate`, whatever becomes of the group."""
        if self.replicated is None:
            self.replicated = state
        kept: State = self.replicated
        return kept

    # -- forming anew

    def _attach(self, worker: Worker, vectors: int) -> None:
        member = MortalMember(worker.world, self, worker.rank, self._departures, self._decoding, vectors)
        setattr(worker, self._attribute, member)
        self._members[worker.rank], self._workers[worker.rank] = member, worker

    def _form(self, failures: int, event: simpy.Event | None = None) -> None:
        """Go on with who is there, unless another one has failed meanwhile."""
        there = [rank for rank in self._members if rank not in self._coming]
        if failures != self._failures or not (there or self._coming):
            return
        top = max((self._has[rank].number for rank in there), default=self.started)
        waits = any(self._members[rank].entered(top + 1) for rank in there)  # then who comes is not waited for
        self._generations = [] if not waits else [self._make(top + 1, sorted(there))]
        if self._coming or not waits:
            self._generations.append(self._make(top + 1 + waits, sorted({*there, *self._coming})))
        for coming in self._coming.values():
            self._attach(coming.worker, top + waits)
        self._givers.clear()
        self.started, self.broken = top + waits, False
        for rank in there:
            member = self._members[rank]
            if self._has[rank].number < top:
                self._catch_up(member, next(other for other in there if self._has[other].number == top))
            elif member.pending and member.vectors == top + 1:
                member.restart()
        if there:
            self._offer()
        else:
            saved = self.saved()
            self.replicated = None if saved is None else copy(saved.replicated)
            x, steps = (self._x, 0) if saved is None else (saved.x, saved.steps)
            for rank in list(self._coming):
                self._arrive(rank, Having(top, x, steps))

    def _catch_up(self, member: MortalMember, giver: int) -> None:
        """A rank lacks a result that another one has."""
        source, target = self._workers[giver].endpoint, self._workers[member.rank].endpoint
        self._world.send(source, target, self._nbytes, member.rank, member.bring_late, *self.mean)

    def _offer(self) -> None:
        """Send the model to those who come, where somebody has it."""
        for rank in [each for each in self._coming if each not in self._givers and each in self._members]:
            wanted = self._members[rank].vectors
            there = (other for other in self._members if other not in self._coming)
            giver = next((other for other in there if self._has[other].number == wanted), None)
            if giver is not None:
                self._givers[rank] = giver
                source, target = self._workers[giver].endpoint, self._workers[rank].endpoint
                self._world.send(source, target, self._nbytes, None, self._arrive, rank, self._has[giver])

    def _arrive(self, rank: int, having: Having) -> None:
        """Who is back has a model."""
        self._givers.pop(rank, None)
        self._has[rank] = having
        self._coming.pop(rank).begin(having.x, having.steps)


class MortalMember(Member):
    """One rank of a group that forms anew.

    Parameters
    ----------
    world, rank, departures, decoding
        See `Member`.
    forming
        The group.
    vectors
        How many vectors are behind it.
    """

    def __init__(
        self,
        world: World,
        forming: Forming,
        rank: int,
        departures: Sequence[Departure],
        decoding: float,
        vectors: int,
    ) -> None:
        first = forming.generation(vectors + 1)
        super().__init__(world, first.group, rank, first.exchanges, departures, decoding)
        self._forming = forming
        self._vectors = vectors
        self._kept: Vector | None = None

    @property
    def pending(self) -> bool:
        """It waits for the result of its present vector."""
        return self._kept is not None and self._event is not None and not self._event.triggered

    def replicate(self, state: State) -> State:
        """As `Member.replicate`."""
        return self._forming.replicate(state)

    def entered(self, vector: int) -> bool:
        """Something of a vector is ready, and waits for the others."""
        return self.pending and self._vectors == vector and self._ready > 0

    def restart(self) -> None:
        """Carry out its present vector from the beginning, in another group."""
        self._step_out()
        self._entered, self._vector = 0, self._kept
        if not self._computing:
            self.show(self._kind)
        self._enter()

    def bring_late(self, number: int, mean: Vector | None) -> None:
        """The result of its present vector, which another rank had."""
        if self.pending and self._vectors == number:
            self._step_out()
            self._entered = self._ready = len(self._exchanges)
            self._bring(mean)

    def leave(self, mean: Vector | None) -> None:
        """As `Member.leave`."""
        if self._entered == len(self._exchanges):
            self._forming.mean = self._vectors, mean
        super().leave(mean)

    def _begin(self, vector: Vector | None) -> simpy.Event:
        self._kept = vector
        return super()._begin(vector)

    def _enter(self) -> None:
        if self._forming.broken:
            return
        if self._entered == 0 and not self._inside:
            self._adopt()
        self._forming.started = max(self._forming.started, self._vectors)
        super()._enter()

    def _adopt(self) -> None:
        """Be in the group of its present vector."""
        generation = self._forming.generation(self._vectors)
        self._group, self._exchanges = generation.group, generation.exchanges
        self.place = generation.ranks.index(self.rank)

    def _step_out(self) -> None:
        if self._inside:
            self._inside = False
            if self._traffic is not None:
                self._traffic.end(self.rank)
