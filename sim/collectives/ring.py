"""Ring: chunks travel around a ring of ranks, first to be summed, then to be shared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.collectives.operations.draft import Numbers
from sim.collectives.operations.form import Formed
from sim.collectives.operations.machines import at
from sim.collectives.operations.operation import Kind, Operation
from sim.collectives.operations.rings import all_gather, reduce_scatter
from sim.collectives.operations.route import Terms
from sim.collectives.operations.size import check_channels, check_messages
from sim.collectives.operations.steps import Steps


def ring(ranks: int, nbytes: float, reduce_seconds_per_byte: float = 0.0) -> Operation:
    """Return the ring all-reduce (reduce-scatter, then all-gather).

    In each of ``2 (ranks - 1)`` steps every rank sends one chunk of ``nbytes / ranks`` to its right neighbour. It sends
    the next one when it has sent the one before and has received its left neighbour's. Alone on a network whose
    routes have latency a (s) and inverse bandwidth b (s/B), with c (s/B) to add a byte, it takes
    ``2 (ranks - 1) a + 2 (ranks - 1) / ranks nbytes b + (ranks - 1) / ranks nbytes c``, optimal in bandwidth [1]_.

    Parameters
    ----------
    ranks
        Number of ranks, >= 1; one rank leaves at once.
    nbytes
        Size of each rank's contribution (B), >= 0.
    reduce_seconds_per_byte
        Time of adding a received byte (s/B), >= 0.

    Returns
    -------
    Operation
        ``2 ranks (ranks - 1)`` sends, numbered ``step * ranks + rank`` so that what runs at one time lies side by side,
        then each rank's exit, which waits for its last send and its last receive. Additions, where they take time,
        stand after the sends of their step.

    Raises
    ------
    FieldError
        If an argument is out of range.

    References
    ----------
    .. [1] P. Patarasuk and X. Yuan, "Bandwidth optimal all-reduce algorithms for clusters of workstations", JPDC 2009.
    """
    return Ring(reduce_seconds_per_byte, channels=1).all_reduce(ranks, nbytes)


@dataclass
class Ring(Formed):
    """Bandwidth-optimal ring: 2 (n - 1) steps, each to the right neighbour.

    Least bytes, most steps.

    See `ring`; reduce-scatter and all-gather take ``(ranks - 1) a + (ranks - 1) / ranks nbytes b`` each, the former
    also ``(ranks - 1) / ranks nbytes c``. A ring leads through one machine after the other, so that a machine sends
    each byte that it passes on over the network once. Where machines have several rails there may be a ring, a
    *channel*, for each: channel i enters every machine at its i-th rank and goes around inside from there, which puts
    each on a network card of its own, as NCCL opens them [1]_.

    Parameters
    ----------
    channels
        Rings side by side, each for its share of the vector, 1 to 128; None: as many as the network has rails. No more
        than the ranks of the largest machine, and 1 where there is one machine.

    References
    ----------
    .. [1] Z. Hu et al., "Demystifying NCCL: an in-depth analysis of GPU communication protocols and algorithms",
       arXiv:2507.04786, 2025.
    """

    channels: int | None = None

    most_tried: ClassVar[int] = 512  # half a million messages for each channel

    def __post_init__(self) -> None:
        super().__post_init__()
        check_channels(self.channels)

    def all_reduce(self, ranks: int, nbytes: float) -> Operation:
        """Reduce-scatter, then all-gather."""
        plan = _Plan(self, ranks, nbytes)
        plan.turn(reduce_scatter)
        plan.turn(all_gather)
        return plan.steps.operation("all_reduce")

    def reduce_scatter(self, ranks: int, nbytes: float) -> Operation:
        """With one channel and no machines, rank r gets the r-th part."""
        plan = _Plan(self, ranks, nbytes)
        plan.turn(reduce_scatter)
        return plan.steps.operation("reduce_scatter")

    def all_gather(self, ranks: int, nbytes: float) -> Operation:
        """With one channel and no machines, rank r gives the r-th part."""
        plan = _Plan(self, ranks, nbytes)
        plan.turn(all_gather)
        return plan.steps.operation("all_gather")

    def together(self, ranks: int) -> bool:
        return True

    def terms(self, kind: Kind, ranks: int) -> Terms | None:
        if kind == "broadcast":
            return None
        turns = 2 if kind == "all_reduce" else 1
        share = (ranks - 1) / ranks
        channels = at(self.site, ranks).channels(self.channels)
        added = 0.0 if kind == "all_gather" else share
        return Terms(turns * (ranks - 1), turns * share / channels, added, beside=channels)


class _Plan:
    """The rings of one operation, one in each lane, and where the part of the vector that each carries begins."""

    def __init__(self, collective: Ring, ranks: int, nbytes: float) -> None:
        machines = at(collective.site, ranks)
        channels = machines.channels(collective.channels)
        check_messages(2 * ranks * (ranks - 1) * channels, "channels", channels)
        self.steps = Steps(ranks, nbytes, ranks * channels, collective.reduce_seconds_per_byte, lanes=channels)
        lanes = ranks * np.arange(channels, dtype=np.int32)
        self._rings = lanes[:, np.newaxis] + [np.concatenate(machines.entered_at(lane)) for lane in range(channels)]
        self._begin: Numbers = lanes
        self._cuts: Numbers = np.arange(ranks + 1, dtype=np.int32)

    def turn(self, half: Callable[[Steps, Numbers, Numbers, Numbers], None]) -> None:
        """Write one half of the operation."""
        half(self.steps, self._rings.astype(np.int32), self._begin, self._cuts)
