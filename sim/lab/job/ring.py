"""The ring all-reduce: chunks travel around a ring of processes, first to be summed, then to be shared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import simpy
from numpy.typing import NDArray

from sim.lab.job.connection import raw, size_of
from sim.lab.job.frame import Frame
from sim.lab.job.group import Adding, Bundle, RealGroup, RealMember, cut
from sim.lab.job.tape import OwnTape, tape_of

if TYPE_CHECKING:
    from sim.connections.connection import Wiring
    from sim.lab.job.post import Post

#: What a rank says: here is a chunk.
_CHUNK = 1


class RingMember(RealMember):
    """One rank of the ring (Patarasuk and Yuan 2009): in each of 2 (n - 1) steps it sends a chunk to the right.

    Parameters
    ----------
    rank
        Which one.
    post
        That of this process.
    clock, tape, ranks, bundles
        See `RealMember`.
    """

    def __init__(
        self,
        rank: int,
        post: Post,
        clock: simpy.Environment,
        tape: OwnTape,
        ranks: int,
        bundles: Sequence[Bundle],
    ) -> None:
        super().__init__(clock, tape, ranks, bundles)
        self._rank = rank
        self._post = post
        self._operations = 0
        self._came: dict[tuple[int, int], Frame] = {}  # by operation and step, before it was waited for
        self._awaited: tuple[tuple[int, int], simpy.Event] | None = None

    def hear(self, sender: int, frame: Frame) -> None:
        """A chunk has come from the left."""
        which = frame.token, frame.number
        if self._awaited is not None and self._awaited[0] == which:
            event, self._awaited = self._awaited[1], None
            event.succeed(frame)
        else:
            self._came[which] = frame

    def add_up(self, total: NDArray[Any], bundle: Bundle) -> Adding:
        """As `RealMember.add_up`."""
        ranks, rank = self._ranks, self._rank
        self._operations += 1
        chunks = cut(total, bundle, ranks)
        for step in range(2 * (ranks - 1)):
            numbers = raw(chunks[(rank - step) % ranks])
            frame = Frame(_CHUNK, self._operations, step, numbers, size_of(numbers, bundle.nbytes / ranks))
            self._post.send((rank + 1) % ranks, frame)
            come = yield self._from_the_left(step)
            told, target = np.frombuffer(come.numbers, total.dtype), chunks[(rank - step - 1) % ranks]
            if step < ranks - 1:
                target += told
            else:
                target[:] = told

    def _from_the_left(self, step: int) -> simpy.Event:
        event, which = self._clock.event(), (self._operations, step)
        if which in self._came:
            event.succeed(self._came.pop(which))
        else:
            self._awaited = which, event
        return event


class RealRing(RealGroup):
    """All workers in rings."""

    def pairs(self) -> Iterable[tuple[int, int]]:
        """Each with its right neighbour."""
        workers = self.experiment.workers
        return {(min(rank, (rank + 1) % workers), max(rank, (rank + 1) % workers)) for rank in range(workers)}

    def member(self, rank: int, wiring: Wiring, post: Post, bundles: Sequence[Bundle]) -> RingMember:
        """As `RealGroup.member`."""
        clock = wiring.world.environment
        return RingMember(rank, post, clock, tape_of(wiring.x), self.experiment.workers, bundles)
