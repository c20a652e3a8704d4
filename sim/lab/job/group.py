"""All workers in collectives of their own, process by process."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np
import simpy
from numpy.typing import NDArray

from sim.connections.group.connect import Collectives
from sim.lab.job.connection import RealConnection
from sim.lab.job.tape import OwnTape, tape_of
from sim.tape.vector import Vector

if TYPE_CHECKING:
    from sim.connections.connection import Wiring
    from sim.connections.group.member import Member
    from sim.lab.job.frame import Frame
    from sim.lab.job.post import Hear, Post
    from sim.world.worker import Worker

State = TypeVar("State")

#: What adds up: it waits for what others send.
Adding = Generator[simpy.Event, Any, None]


class Bundle:
    """What one operation carries of a vector.

    Attributes
    ----------
    low, high
        Which numbers.
    nbytes
        Their size on the wire (B).
    """

    def __init__(self, low: int, high: int, nbytes: float) -> None:
        self.low = low
        self.high = high
        self.nbytes = nbytes


class RealMember(ABC):
    """The part of this process' worker, as `sim.connections.group.member.Member`, one vector after the other.

    Parameters
    ----------
    clock
        That of this process.
    tape
        The same.
    ranks
        How many take part.
    bundles
        What a vector is sent as, in order.
    """

    def __init__(self, clock: simpy.Environment, tape: OwnTape, ranks: int, bundles: Sequence[Bundle]) -> None:
        self._clock = clock
        self._tape = tape
        self._ranks = ranks
        self._bundles = bundles

    def all_reduce(self, vector: Vector) -> simpy.Event:
        """Wait for every rank's vector; brings their mean."""
        total = self._tape.numbers(vector).copy()
        done = self._clock.event()
        self._clock.process(self._reduce(total, done))
        return done

    def all_reduce_wait_free(self, computing: simpy.Timeout) -> simpy.Event:
        """Like `all_reduce` of the gradient that is being computed, all of which sets out when it is complete."""
        done = self._clock.event()

        def complete(event: simpy.Event) -> None:
            total = self._tape.numbers(cast(Vector, event.value)).copy()
            self._clock.process(self._reduce(total, done))

        assert computing.callbacks is not None, "it is not over before it has begun"
        computing.callbacks.append(complete)
        return done

    def replicate(self, state: State) -> State:
        """What all ranks hold alike: every process has its own."""
        return state

    @abstractmethod
    def hear(self, sender: int, frame: Frame) -> None:
        """What another rank has sent."""

    @abstractmethod
    def add_up(self, total: NDArray[Any], bundle: Bundle) -> Adding:
        """Put the sum of all ranks' numbers of a bundle into the place of one's own."""

    def _reduce(self, total: NDArray[Any], done: simpy.Event) -> Adding:
        for bundle in self._bundles:
            yield from self.add_up(total, bundle)
        done.succeed(self._tape.taken(total / total.dtype.type(self._ranks)))


class RealGroup(Collectives, RealConnection):
    """All workers in collectives between processes."""

    def join(self, worker: Worker, wiring: Wiring, post: Post) -> Hear:
        """As `RealConnection.join`."""
        tape = tape_of(wiring.x)
        count = len(tape.numbers(wiring.x))
        member = self.member(worker.rank, wiring, post, list(self._bundles(count)))
        worker.group = cast("Member", member)
        return member.hear

    @abstractmethod
    def member(self, rank: int, wiring: Wiring, post: Post, bundles: Sequence[Bundle]) -> RealMember:
        """The part of a rank, whose vectors travel in bundles."""

    def _bundles(self, count: int) -> Iterator[Bundle]:
        """What every bucket carries of so many numbers: the last ones first, in proportion to bytes."""
        total = sum(bucket.nbytes for bucket in self.buckets)
        sent = accumulate(bucket.nbytes for bucket in self.buckets)
        cuts = [count, *(round(count * (1.0 - nbytes / total)) if total else 0 for nbytes in sent)]
        for (high, low), bucket in zip(pairwise(cuts), self.buckets, strict=True):
            yield Bundle(low, high, bucket.nbytes)


def cut(total: NDArray[Any], bundle: Bundle, parts: int) -> list[NDArray[Any]]:
    """The numbers of a bundle in so many parts, which are views of a vector."""
    mine = total[bundle.low : bundle.high]
    cuts = np.arange(parts + 1) * len(mine) // parts
    return [mine[begin:end] for begin, end in pairwise(cuts.tolist())]
