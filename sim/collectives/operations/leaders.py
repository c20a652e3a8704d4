"""Machines of different sizes: summed to a leader in each, then between leaders, then handed back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.collectives.operations.draft import Numbers
from sim.collectives.operations.operation import Kind, Operation
from sim.collectives.operations.rings import all_gather, reduce_scatter
from sim.collectives.operations.steps import Steps


class Leaders:
    """One operation, in chunks, each of which has a lane.

    The first rank of each machine is its leader. A chain sums to it, or hands its vector down, chunk after chunk; parts
    it gets from the others, or gives them, one by one. The ring of leaders has for each the part of its machine.

    Parameters
    ----------
    machines : sequence of int32[size]
        The ranks of each machine.
    nbytes
        Size of the vector (B).
    chunks
        Chunks that it is cut into, >= 1.
    reduce_seconds_per_byte
        Time of adding a received byte (s/B).
    kind
        What is to be achieved; not a broadcast.
    """

    def __init__(
        self, machines: Sequence[Numbers], nbytes: float, chunks: int, reduce_seconds_per_byte: float, kind: Kind
    ) -> None:
        self._machines, self._chunks, self._kind = machines, chunks, kind
        self._ranks = sum(map(len, machines))
        # Everybody has equal parts, so that a leader has those of its machine; of an all-reduce the leaders have.
        shares = [1] * len(machines) if kind == "all_reduce" else [len(each) for each in machines]
        self._cuts: Numbers = np.concatenate(([0], np.cumsum(shares))).astype(np.int32)
        self._pieces = int(self._cuts[-1])
        self._steps = Steps(self._ranks, nbytes, self._pieces * chunks, reduce_seconds_per_byte, lanes=chunks)
        self._leaders: Numbers = np.array([[each[0] for each in machines]], np.int32)

    def operation(self) -> Operation:
        """Write it: a rank begins with a chunk when it has been through the first phase of the one before."""
        phases = {
            "all_reduce": (self._sum, self._sum_between, self._share_between, self._share),
            "reduce_scatter": (self._sum, self._sum_between, self._scatter),
            "all_gather": (self._gather, self._share_between, self._share),
        }[self._kind]
        for chunk in range(self._chunks):
            for number, phase in enumerate(phases):
                phase(chunk)
                if number == 0 and chunk < self._chunks - 1:
                    self._steps.follow(chunk)
        return self._steps.operation(self._kind)

    def _sum_between(self, chunk: int) -> None:
        reduce_scatter(self._steps, chunk * self._ranks + self._leaders, self._first(chunk), self._cuts)

    def _share_between(self, chunk: int) -> None:
        all_gather(self._steps, chunk * self._ranks + self._leaders, self._first(chunk), self._cuts)

    def _first(self, chunk: int) -> Numbers:
        """The first piece of a chunk, for the one ring that there is."""
        return np.array([chunk * self._pieces], np.int32)

    def _sum(self, chunk: int) -> None:
        """The last of each machine first."""
        for behind in range(max(map(len, self._machines)) - 1, 0, -1):
            self._pass_on(chunk, behind, behind - 1, adds=True)

    def _share(self, chunk: int) -> None:
        for before in range(max(map(len, self._machines)) - 1):
            self._pass_on(chunk, before, before + 1, adds=False)

    def _pass_on(self, chunk: int, source: int, target: int, *, adds: bool) -> None:
        """Let the rank in place `source` of each machine that has both send a whole chunk to that in `target`."""
        large = [each for each in self._machines if len(each) > max(source, target)]
        first = chunk * self._pieces
        self._steps.step(
            chunk * self._ranks + np.array([each[source] for each in large], np.int32),
            chunk * self._ranks + np.array([each[target] for each in large], np.int32),
            first,
            first + self._pieces,
            adds=adds,
        )

    def _scatter(self, chunk: int) -> None:
        for place in range(1, max(map(len, self._machines))):
            leader, member, piece = self._parts(chunk, place)
            self._steps.step(leader, member, piece, piece + 1, adds=False)

    def _gather(self, chunk: int) -> None:
        for place in range(1, max(map(len, self._machines))):
            leader, member, piece = self._parts(chunk, place)
            self._steps.step(member, leader, piece, piece + 1, adds=False)

    def _parts(self, chunk: int, place: int) -> tuple[Numbers, Numbers, Numbers]:
        """Of each machine that has so many: the leader, the rank in `place`, and its piece of a chunk."""
        large = [number for number, each in enumerate(self._machines) if len(each) > place]
        member = np.array([self._machines[number][place] for number in large], np.int32)
        lane = chunk * self._ranks
        return lane + self._leaders[0][large], lane + member, chunk * self._pieces + self._cuts[large] + place
