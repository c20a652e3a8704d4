"""All workers in a collective: who has joined, and what they get."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from sim.connections.group.exchange import Exchange
from sim.measuring.timeline import SEND, WAIT
from sim.tape.vector import Vector, mean

if TYPE_CHECKING:
    from sim.connections.group.member import Member
    from sim.fabric.running import Running
    from sim.world.world import World

State = TypeVar("State")


class _Round:
    """One exchange under way: the ranks that have entered and the vectors that they brought."""

    def __init__(self, exchange: Exchange, running: Running, now: float) -> None:
        self.exchange = exchange
        self.running = running
        self.first = self.last = now
        self.members: dict[int, Member] = {}
        self.vectors: dict[int, Vector] = {}
        self.mean: Vector | None = None
        self.remaining = exchange.schedule.ranks


class Group:
    """Ranks that carry out exchanges, all in the same order; each enters when it is ready and leaves when it is done.

    Parameters
    ----------
    world
        What everybody in the run shares.
    hosts
        Host of each rank.
    reduce
        Makes one vector of those of all ranks; their mean, as a rule.
    """

    def __init__(self, world: World, hosts: Sequence[int], reduce: Callable[[Sequence[Vector]], Vector] = mean) -> None:
        self._environment = world.environment
        self._fabric = world.fabric
        self._hosts = hosts
        self._reduce = reduce
        self._rounds_entered = [0] * len(hosts)
        self._open: dict[int, _Round] = {}
        self.replicated: Any = None

    def enter(self, member: Member, exchange: Exchange, vector: Vector | None) -> None:
        """Let a rank join its next round; `Member.leave` is called when it is done.

        Parameters
        ----------
        member
            The rank.
        exchange
            What the round is; the same for all ranks.
        vector
            The rank's vector: the round brings what is made of those of all, in the order of ranks. None: a part of one
            that travels in several rounds, of which the last brings the result.
        """
        number = self._rounds_entered[member.place]
        self._rounds_entered[member.place] += 1
        if number not in self._open:
            running = self._fabric.start(exchange.schedule, self._hosts, partial(self._leave, number))
            self._open[number] = _Round(exchange, running, self._environment.now)
        current = self._open[number]
        current.members[member.place] = member
        current.last = self._environment.now
        if vector is not None:
            current.vectors[member.place] = vector
        member.show(WAIT)
        if len(current.members) == len(self._hosts):
            if current.vectors:
                current.mean = self._reduce([current.vectors[rank] for rank in range(len(self._hosts))])
            for each in current.members.values():
                each.show(SEND)
        current.running.enter(member.place)

    def _leave(self, number: int, rank: int) -> None:
        current = self._open[number]
        current.remaining -= 1
        if current.remaining == 0:
            current.exchange.bounds.check(current.first, current.last, self._environment.now)
            del self._open[number]
        current.members[rank].leave(current.mean)

    def dissolve(self) -> None:
        """Nobody carries out anything with it any more."""
        for each in self._open.values():
            each.running.withdraw()
        self._open.clear()

    def replicate(self, state: State) -> State:
        """What all ranks hold alike, kept once: of the states that they give, which are the same, the first."""
        if self.replicated is None:
            self.replicated = state
        kept: State = self.replicated
        return kept
