"""Direct exchange: every rank sends to every other at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from sim.collectives.operations.draft import Draft, Numbers
from sim.collectives.operations.form import Formed
from sim.collectives.operations.operation import Kind, Operation
from sim.collectives.operations.route import Terms
from sim.collectives.operations.size import check_ranks


@dataclass
class Direct(Formed):
    """Direct exchange: everybody sends to everybody at once, 2 steps.

    Every rank sums one part, which all others send it, and sends its sum to all others.

    What sharded parameter servers do that live beside the workers, one on each [1]_. Alone on one switch, with routes
    of latency a (s) and inverse bandwidth b (s/B), and c (s/B) to add a byte, the all-reduce takes
    ``2 a + 2 (ranks - 1) / ranks nbytes b + (ranks - 1) / ranks nbytes c``: the bytes of a ring in two steps, at the
    price of ``ranks (ranks - 1)`` flows at once. Reduce-scatter and all-gather take half of it each, c in the former; a
    broadcast (rank 0 sends each its part, then all-gather) ``2 a + 2 (ranks - 1) / ranks nbytes b``. A rank adds when
    it has sent and received everything, and shares only then, lest its sums hold up what others still wait for.

    References
    ----------
    .. [1] Y. Jiang et al., "A unified architecture for accelerating distributed DNN training in heterogeneous GPU/CPU
       clusters" (BytePS), OSDI 2020.
    """

    most_tried: ClassVar[int] = 64  # each pair of ranks needs a route

    def all_reduce(self, ranks: int, nbytes: float) -> Operation:
        """Reduce-scatter, then all-gather."""
        draft = Draft(ranks, nbytes, ranks)
        sums, _ = self._sum(draft)
        return _operation(draft, "all_reduce", sums, _share(draft, sums))

    def reduce_scatter(self, ranks: int, nbytes: float) -> Operation:
        """Rank r gets the r-th part."""
        draft = Draft(ranks, nbytes, ranks)
        return _operation(draft, "reduce_scatter", *self._sum(draft))

    def all_gather(self, ranks: int, nbytes: float) -> Operation:
        """Rank r gives the r-th part."""
        draft = Draft(ranks, nbytes, ranks)
        return _operation(draft, "all_gather", draft.entries(), _share(draft, draft.entries()))

    def broadcast(self, ranks: int, nbytes: float) -> Operation:
        """Rank 0 gives rank r the r-th part, then all-gather."""
        draft = Draft(ranks, nbytes, ranks)
        others = np.arange(1, ranks, dtype=np.int32)
        scattered = draft.sends(0, others, others, others + 1, adds=False)
        ready = draft.delays(np.zeros(ranks))
        draft.order(draft.entries()[0], scattered)
        draft.order(draft.entries(), ready)
        draft.order(scattered, ready[others])
        draft.order(scattered, ready[0])
        return _operation(draft, "broadcast", ready, _share(draft, ready, but=0))

    def together(self, ranks: int) -> bool:
        return True

    def terms(self, kind: Kind, ranks: int) -> Terms | None:
        if kind == "broadcast":
            return None
        turns = 2 if kind == "all_reduce" else 1
        return Terms(turns, turns / ranks, 0.0 if kind == "all_gather" else (ranks - 1) / ranks, beside=ranks - 1)

    def _sum(self, draft: Draft) -> tuple[Numbers, _Sends]:
        """Let every rank get its part of all others' vectors and add it up; return when it has, and the sends."""
        check_ranks(draft.ranks, draft.ranks * draft.ranks)
        source, target = _pairs(draft.ranks)
        numbers = draft.sends(source, target, target, target + 1, adds=True)
        seconds = (draft.ranks - 1) * draft.piece * self.reduce_seconds_per_byte
        sums = draft.delays(np.full(draft.ranks, seconds))
        draft.order(draft.entries()[source], numbers)
        draft.order(draft.entries(), sums)
        draft.order(numbers, sums[source])
        draft.order(numbers, sums[target])
        return sums, _Sends(numbers, source, target)


class _Sends(NamedTuple):
    numbers: Numbers
    source: Numbers
    target: Numbers


def _pairs(ranks: int, but: int | None = None) -> tuple[Numbers, Numbers]:
    """Every rank with every other one as its target, except `but`: at each distance around the circle, each rank."""
    source = np.tile(np.arange(ranks, dtype=np.int32), ranks - 1)
    target = (source + np.repeat(np.arange(1, ranks, dtype=np.int32), ranks)) % ranks
    wanted = target != but if but is not None else slice(None)
    return source[wanted], target[wanted]


def _share(draft: Draft, ready: Numbers, but: int | None = None) -> _Sends:
    """Let every rank, when it is ready, send its part to all others, except to `but`."""
    check_ranks(draft.ranks, draft.ranks * draft.ranks)
    source, target = _pairs(draft.ranks, but)
    numbers = draft.sends(source, target, source, source + 1, adds=False)
    draft.order(ready[source], numbers)
    return _Sends(numbers, source, target)


def _operation(draft: Draft, kind: Kind, ready: Numbers, sends: _Sends) -> Operation:
    """A rank leaves when it has been ready, and all that it sends and receives has arrived."""
    leave = np.concatenate((ready, sends.numbers, sends.numbers))
    rank = np.concatenate((np.arange(draft.ranks, dtype=np.int32), sends.source, sends.target))
    return draft.operation(kind, leave, rank, ports=max(draft.ranks - 1, 1))
