"""Ranks by machine: what a collective knows of where its ranks are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.collectives.operations.draft import Numbers

if TYPE_CHECKING:
    from sim.collectives.operations.site import Site


@dataclass(frozen=True)
class RanksByMachine:
    """The ranks of each machine.

    Parameters
    ----------
    ranks : sequence of int32[size]
        Those of each machine, rank 0 first of all.
    rails
        Links that join a machine to the network, >= 1.
    """

    ranks: Sequence[Numbers]
    rails: int

    @property
    def alike(self) -> bool:
        """Whether all machines have equally many ranks."""
        return len({len(each) for each in self.ranks}) == 1

    @property
    def shared(self) -> bool:
        """Whether there are several machines, and ranks that share one."""
        return len(self.ranks) > 1 and self.largest > 1

    @property
    def largest(self) -> int:
        """Ranks of the machine that has most."""
        return max(map(len, self.ranks), default=0)

    def channels(self, wanted: int | None) -> int:
        """Rings or trees side by side: as many as wanted, or (None) as there are rails that ranks can enter by."""
        if wanted is not None:
            return wanted
        return min(self.rails, self.largest) if len(self.ranks) > 1 else 1

    def entered_at(self, channel: int, *, rooted: bool = False) -> list[Numbers]:
        """The ranks of each machine as a channel visits them: the channel's own first, the others in turn.

        Where it is `rooted`, rank 0 is first in its machine in every channel.
        """
        if channel == 0:
            return list(self.ranks)
        first, *others = (np.roll(each, -(channel % len(each))) for each in self.ranks)
        return [self.ranks[0] if rooted else first, *others]


def apart(ranks: int) -> RanksByMachine:
    """Every rank on a machine of its own."""
    return RanksByMachine(list(np.arange(ranks, dtype=np.int32).reshape(-1, 1)), rails=1)


def at(site: Site | None, ranks: int) -> RanksByMachine:
    """The ranks of each machine of a site; apart, where there is none."""
    return apart(ranks) if site is None else site.machines


def by_machine(machine: Sequence[int], rails: int) -> RanksByMachine:
    """Sort ranks by machine; `machine` is that of each rank, numbered in the order of first occurrence."""
    of = np.asarray(machine)
    along = np.argsort(of, kind="stable").astype(np.int32)
    return RanksByMachine(np.split(along, np.flatnonzero(np.diff(of[along])) + 1), rails)
