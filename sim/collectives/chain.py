"""Chain: the vector, cut into chunks, is summed along a chain of ranks and handed back along it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.collectives.operations.draft import Draft
from sim.collectives.operations.forest import Forest
from sim.collectives.operations.form import Formed
from sim.collectives.operations.machines import at
from sim.collectives.operations.operation import Kind, Operation
from sim.collectives.operations.route import Route, pipeline
from sim.collectives.operations.size import check_chunks
from topologies.ranges import check


@dataclass
class Chain(Formed):
    """Pipeline from rank to rank and back, in chunks: ring's bandwidth for long vectors, one neighbour on each side.

    It leads down to rank 0, adding, and back, through one machine after the other.

    With C chunks, on routes of latency a (s) and inverse bandwidth b (s/B), a hop takes ``t = a + nbytes / C b`` and a
    broadcast ``(ranks - 2 + C) t`` [1]_. An all-reduce takes twice that; where adding takes c (s/B), and so
    ``u = nbytes / C c`` for a chunk, it takes ``(ranks - 1) (t + u) + (C - 1) max(t, u) + (ranks - 2 + C) t``. The best
    C for a broadcast is ``sqrt((ranks - 2) nbytes b / a)``.

    Parameters
    ----------
    chunks
        Chunks of the vector that travel one after the other, 1 to 100 000. It is C. None is best for all vectors; with
        32, a broadcast of a long one takes ``1 + (ranks - 2) / 32`` times as long as its bytes over one link.

    References
    ----------
    .. [1] P. Sanders, J. Speck and J. L. Träff, "Two-tree algorithms for full bandwidth broadcast, reduction and scan",
       Parallel Computing 35, 2009.
    """

    chunks: int = 32

    def __post_init__(self) -> None:
        super().__post_init__()
        check("chunks", self.chunks, "give the chunks that travel one after the other", at_least=1, at_most=100_000)

    def all_reduce(self, ranks: int, nbytes: float) -> Operation:
        """Down to rank 0, then back."""
        draft = Draft(ranks, nbytes, self.chunks)
        return self._chain(ranks).operation("all_reduce", draft, self.reduce_seconds_per_byte, ports=1)

    def broadcast(self, ranks: int, nbytes: float) -> Operation:
        """From rank 0 to the last."""
        draft = Draft(ranks, nbytes, self.chunks)
        return self._chain(ranks).operation("broadcast", draft, self.reduce_seconds_per_byte, ports=1)

    def seconds(self, kind: Kind, ranks: int, nbytes: float, route: Route) -> float:
        if ranks == 1 or kind not in ("all_reduce", "broadcast"):
            return super().seconds(kind, ranks, nbytes, route)
        hop, addition = route.seconds(nbytes / self.chunks), nbytes / self.chunks * self.reduce_seconds_per_byte
        return pipeline(kind, ranks - 1, self.chunks, hop, addition)

    def _chain(self, ranks: int) -> Forest:
        check_chunks(self.chunks, 2 * (ranks - 1))  # down, and back
        place = np.arange(ranks, dtype=np.int32)
        along = np.concatenate(at(self.site, ranks).ranks)
        return Forest(rank=along, parent=place - 1, begin=np.zeros(ranks, np.int32), chunks=self.chunks)
