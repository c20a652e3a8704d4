"""Hierarchical: summed inside each machine, then between machines, then shared inside each machine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.collectives import Collective
from sim.collectives.operations.draft import Numbers
from sim.collectives.operations.operation import Operation
from sim.collectives.operations.steps import Steps
from sim.collectives.ring import all_gather, reduce_scatter
from topologies.field_error import FieldError
from topologies.ranges import check


@dataclass
class Hierarchical(Collective):
    """Rings inside each machine, and rings between machines that carry only a share of the bytes.

    Machines are groups of consecutive ranks, and the rings between them join counterparts.

    Reduce-scatter inside each group of g ranks, ring all-reduce between the ranks that have the same place in the
    ``m = ranks / g`` groups, each with its g-th of the vector, and all-gather inside [1]_, [2]_. Where all routes have
    latency a (s) and inverse bandwidth b (s/B), and adding a byte takes c (s/B), it takes
    ``2 (g - 1 + m - 1) a + 2 (ranks - 1) / ranks nbytes b + (ranks - 1) / ranks nbytes c``; where those between groups
    are slower they carry a g-th of the bytes only. Reduce-scatter and all-gather take half of it each, c in the former.

    Parameters
    ----------
    group
        Consecutive ranks in a group (a machine), >= 1; None: the divisor of n with fewest steps. It is g, and n the
        number of ranks.

    References
    ----------
    .. [1] X. Jia et al., "Highly scalable deep learning training system with mixed-precision: training ImageNet in four
       minutes", arXiv:1807.11205, 2018.
    .. [2] H. Mikami et al., "Massively distributed SGD: ImageNet/ResNet-50 training in a flash",
       arXiv:1811.05233, 2018.
    """

    group: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check("group", self.group, "give the ranks of a machine, or null for the fewest steps", at_least=1)

    def all_reduce(self, ranks: int, nbytes: float) -> Operation:
        """The number of ranks has to be a multiple of the group."""
        plan = _Plan(self, ranks, nbytes)
        plan.reduce_scatter()
        plan.all_gather()
        return plan.steps.operation("all_reduce")

    def reduce_scatter(self, ranks: int, nbytes: float) -> Operation:
        """Inside each group, then between counterparts."""
        plan = _Plan(self, ranks, nbytes)
        plan.reduce_scatter()
        return plan.steps.operation("reduce_scatter")

    def all_gather(self, ranks: int, nbytes: float) -> Operation:
        """Between counterparts, then inside each group."""
        plan = _Plan(self, ranks, nbytes)
        plan.all_gather()
        return plan.steps.operation("all_gather")

    def group_of(self, ranks: int) -> int:
        """Return the ranks in a group.

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
                "or null for the one that makes the fewest steps",
            )
        return self.group


class _Plan:
    """The rings of one operation, and the parts of the vector that they sum and share."""

    def __init__(self, collective: Hierarchical, ranks: int, nbytes: float) -> None:
        self.steps = Steps(ranks, nbytes, max(ranks, 1), collective.reduce_seconds_per_byte)
        group = collective.group_of(ranks)
        self._inside = np.arange(ranks, dtype=np.int32).reshape(-1, group)
        self._between = np.ascontiguousarray(self._inside.T)
        self._groups = len(self._inside)
        self._whole: Numbers = np.zeros(self._groups, np.int32)
        self._part: Numbers = np.arange(group, dtype=np.int32) * self._groups

    def reduce_scatter(self) -> None:
        reduce_scatter(self.steps, self._inside, self._whole, self._groups)
        reduce_scatter(self.steps, self._between, self._part, 1)

    def all_gather(self) -> None:
        all_gather(self.steps, self._between, self._part, 1)
        all_gather(self.steps, self._inside, self._whole, self._groups)
