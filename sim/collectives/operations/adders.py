"""Groups whose switch adds up what they send, joined by rings between counterparts."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np

from sim.collectives.operations.draft import Numbers
from sim.collectives.operations.operation import Kind, Operation
from sim.collectives.operations.rings import Counterparts


class Adders(Counterparts):
    """A hierarchical all-reduce, in chunks, whose phases inside go through a switch that adds up, or hands to all.

    Each rank sends the whole chunk to the switch, its own part included, and gets its part of the sum; in the end it
    sends that, and gets the whole chunk: ``1 + 1 / size`` of the vector each way, as GPUs read and write what NVSwitch
    adds and copies [1]_.

    Parameters
    ----------
    inside, nbytes, chunks, reduce_seconds_per_byte
        See `Counterparts`; the time of adding is paid between groups only.
    switches
        The node of the network that adds up, of each group.

    References
    ----------
    .. [1] S. Jeaugey in github NVIDIA/nccl-tests #239, 2024: with NVLink SHARP the algorithm has n / (n + 1) of the
       links' rate.
    """

    def __init__(
        self,
        inside: Numbers,
        nbytes: float,
        chunks: int,
        reduce_seconds_per_byte: float,
        switches: tuple[Hashable, ...],
    ) -> None:
        super().__init__(inside, nbytes, chunks, reduce_seconds_per_byte)
        self._switches = switches
        self._numbers = inside.size + np.arange(len(switches), dtype=np.int32)

    def _made(self, kind: Kind) -> Operation:
        return self._steps.operation(kind, ports=self._size, through=self._switches)

    def _sum_inside(self, first: int) -> None:
        begin, end = self._parts(first)
        self._steps.by_switch(first + self._inside, self._numbers, self._whole(first), (begin, end), adds=True)

    def _share_inside(self, first: int) -> None:
        begin, end = self._parts(first)
        self._steps.by_switch(first + self._inside, self._numbers, (begin, end), self._whole(first), adds=False)

    def _whole(self, first: int) -> tuple[int, int]:
        """First piece of the chunk whose places and pieces begin at `first`, and the one after its last."""
        return first, first + self._inside.size

    def _parts(self, first: int) -> tuple[Numbers, Numbers]:
        """The same of the part of each rank of a group."""
        begin = first + self._groups * np.arange(self._size, dtype=np.int32)
        return begin, begin + np.int32(self._groups)
