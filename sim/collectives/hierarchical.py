"""Hierarchical: summed inside each machine, then between machines, then shared inside each machine."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np

from sim.collectives.operations.adders import Adders
from sim.collectives.operations.draft import Numbers
from sim.collectives.operations.form import Formed
from sim.collectives.operations.leaders import Leaders
from sim.collectives.operations.machines import RanksByMachine, at
from sim.collectives.operations.operation import Kind, Operation
from sim.collectives.operations.rings import Counterparts
from sim.collectives.operations.route import Terms
from sim.collectives.operations.size import check_messages
from topologies.field_error import FieldError
from topologies.ranges import check

#: A vector is cut into chunks of so many bytes at least: smaller ones pay more for latencies than they overlap.
LEAST_CHUNK = 4e6
#: Chunks that are worth their messages, at the most.
MOST_CHUNKS = 8


@dataclass
class Hierarchical(Formed):
    """Rings inside each machine, and rings between machines that carry only a share of the bytes.

    Machines are those of the network, and the rings between them join counterparts.

    Reduce-scatter inside each machine of g ranks, ring all-reduce between the ranks that have the same place in the
    ``m = ranks / g`` machines, each with its g-th of the vector, and all-gather inside [1]_, [2]_. Where all routes
    have latency a (s) and inverse bandwidth b (s/B), and adding a byte takes c (s/B), it takes
    ``2 (g - 1 + m - 1) a + 2 (ranks - 1) / ranks nbytes b + (ranks - 1) / ranks nbytes c``; where those between
    machines are slower they carry a g-th of the bytes only. Reduce-scatter and all-gather take half of it each, c in
    the former.

    Where the switch inside every machine adds up (``network.in_network_reduction``), an all-reduce goes through it
    inside: each rank sends its vector in, gets its g-th of the sum, and in the end sends that and gets the whole,
    ``1 + 1 / g`` of the vector each way in place of ``2 (g - 1) / g``. In one chunk and one machine, whose links have
    latency l, that takes ``4 l + 2 (1 + 1 / g) nbytes b``; in more chunks the two ways overlap, to
    ``(1 + 1 / g) nbytes b`` at best.

    In several chunks, one is summed inside while the one before is on its way between machines. Machines of different
    numbers of ranks have no counterparts: there a chain sums to a leader, a ring joins the leaders, and a chain hands
    back.

    Parameters
    ----------
    group
        Consecutive ranks in a group (a machine), >= 1; None: the ranks of each machine. It is g. Where the network has
        no machines, or only one, None is the divisor of n with fewest steps, n the number of ranks.
    chunks
        Chunks of the vector whose phases overlap, 1 to 1000; None: one for each 4 MB, at most 8. That is on a network
        with machines, or a switch that adds up; without, where all phases want the same links, None is one.

    References
    ----------
    .. [1] X. Jia et al., "Highly scalable deep learning training system with mixed-precision: training ImageNet in four
       minutes", arXiv:1807.11205, 2018.
    .. [2] H. Mikami et al., "Massively distributed SGD: ImageNet/ResNet-50 training in a flash",
       arXiv:1811.05233, 2018.
    """

    group: int | None = None
    chunks: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check("group", self.group, "give the ranks of a machine, or null for those of the network's", at_least=1)
        check("chunks", self.chunks, "give the chunks whose phases overlap, or null", at_least=1, at_most=1000)

    def all_reduce(self, ranks: int, nbytes: float) -> Operation:
        """The number of ranks has to be a multiple of the group, where one is given."""
        return self._operation("all_reduce", ranks, nbytes)

    def reduce_scatter(self, ranks: int, nbytes: float) -> Operation:
        """Inside each machine, then between counterparts."""
        return self._operation("reduce_scatter", ranks, nbytes)

    def all_gather(self, ranks: int, nbytes: float) -> Operation:
        """Between counterparts, then inside each machine."""
        return self._operation("all_gather", ranks, nbytes)

    def group_of(self, ranks: int) -> int:
        """Return the ranks in a group, on a network without machines.

        Raises
        ------
        FieldError
            If the number of ranks is not a multiple of `group`.
        """
        divisors = [size for size in range(1, ranks + 1) if ranks % size == 0]
        if self.group is None:
            return min(divisors, key=lambda size: (size + ranks // size, size))
        if self.group not in divisors:
            raise FieldError(
                "group",
                f"{self.group} does not divide {ranks} ranks; give one of {', '.join(map(str, divisors))}, "
                "or null for the ranks of a machine",
            )
        return self.group

    def together(self, ranks: int) -> bool:
        return True

    def terms(self, kind: Kind, ranks: int) -> Terms | None:
        """Of one chunk; where ranks share machines the links are not all alike, and there is none."""
        if kind == "broadcast" or (self.chunks or 1) > 1 or at(self.site, ranks).shared or self._adders(kind):
            return None
        size = self.group_of(ranks)
        turns, share = (2 if kind == "all_reduce" else 1), (ranks - 1) / ranks
        latencies = size - 1 + ranks // size - 1
        return Terms(turns * latencies, turns * share, 0.0 if kind == "all_gather" else share)

    def in_one_chunk(self, ranks: int, nbytes: float) -> Numbers | None:
        """The ranks of each group, of a vector that is carried in one chunk by groups that are alike; else None.

        Returns
        -------
        int32[groups, size] or None
            Whether it is: in more chunks phases overlap, and leaders have no counterparts.
        """
        machines = at(self.site, ranks)
        heeded = self.group is None and machines.shared
        if self._chunks(nbytes, machines) > 1 or (heeded and not machines.alike):
            return None
        return np.array(machines.ranks) if heeded else _in_groups(ranks, self.group_of(ranks))

    def _chunks(self, nbytes: float, machines: RanksByMachine) -> int:
        overlap = machines.shared or self._adders("all_reduce")
        return self.chunks or (max(1, min(MOST_CHUNKS, int(nbytes / LEAST_CHUNK))) if overlap else 1)

    def goes_by_switches(self, kind: Kind) -> bool:
        """Whether switches inside machines add up what an operation sends."""
        return len(self._adders(kind)) > 0

    def _adders(self, kind: Kind) -> tuple[Hashable, ...]:
        """Of each machine the switch that an operation goes through; empty where it does not."""
        if self.site is None or self.group is not None or kind != "all_reduce":
            return ()
        machines = self.site.machines
        return self.site.adders if machines.alike and machines.largest > 1 else ()

    def _operation(self, kind: Kind, ranks: int, nbytes: float) -> Operation:
        machines = at(self.site, ranks)
        heeded = self.group is None and machines.shared
        chunks = self._chunks(nbytes, machines)
        check_messages(2 * ranks * chunks * (machines.largest + len(machines.ranks)), "chunks", chunks)
        adders = self._adders(kind)
        if adders:
            inside = np.array(machines.ranks)
            return Adders(inside, nbytes, chunks, self.reduce_seconds_per_byte, adders).operation(kind)
        if heeded and not machines.alike:
            return Leaders(machines.ranks, nbytes, chunks, self.reduce_seconds_per_byte, kind).operation()
        inside = np.array(machines.ranks) if heeded else _in_groups(ranks, self.group_of(ranks) if ranks > 0 else 1)
        return Counterparts(inside, nbytes, chunks, self.reduce_seconds_per_byte).operation(kind)


def _in_groups(ranks: int, group: int) -> Numbers:
    """Consecutive ranks in groups of `group`; int32[groups, group]."""
    return np.arange(ranks, dtype=np.int32).reshape(-1, group)
