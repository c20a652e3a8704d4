"""The compiled engine's tables: who owns them, and how they grow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kernels.flows import engine
from kernels.flows.tables import (
    CROWD,
    EVENT,
    FLOW,
    FULL,
    HOP,
    LINK,
    NODE,
    PATH,
    RUN,
    SERVED,
    WAKE,
    empty_state,
    grown,
)
from sim.fabric.extents import Extents
from sim.fabric.program import Program


@dataclass
class _Loan:
    """Where a running program's records are."""

    run: int
    nodes: int
    successors: int


class Engine:
    """Flows over links, on a clock of its own that the caller lets pass.

    Parameters
    ----------
    capacity : float64[links]
        Capacity of each directed resource (B/s), > 0; infinity for one that never limits.
    """

    def __init__(self, capacity: NDArray[np.float64]) -> None:
        self._state = empty_state()
        self._links = np.zeros(len(capacity), LINK)
        self._links["capacity"] = capacity
        self._links["head"] = self._links["crowd"] = -1
        self._crowds = np.zeros(len(capacity), CROWD)
        self._queue = np.zeros(len(capacity) + 1, np.int32)
        self._paths = np.zeros(0, PATH)
        self._trail = np.zeros(0, np.int32)
        self._flows, self._heap, self._hops = np.zeros(0, FLOW), np.zeros(0, EVENT), np.zeros(0, HOP)
        self._nodes, self._successors = np.zeros(0, NODE), np.zeros(0, np.int32)
        self._runs, self._wakes = np.zeros(0, RUN), np.zeros(0, WAKE)
        self._run_rows, self._node_rows, self._successor_rows = Extents(), Extents(), Extents()
        self._loans: dict[int, _Loan] = {}
        self._path_count = self._trail_count = 0
        self._awaited = 0  # wakes that may come in one instant
        self.add_path((), 0.0)
        self._add_flows(64)

    def add_path(self, links: Sequence[int], latency: float) -> int:
        """Add a way over `links` with a summed `latency` (s); return its number. The first one is `NOWHERE`."""
        if len(set(links)) < len(links):
            raise ValueError(f"links: a path uses each link once, got {list(links)}")
        limiting = [link for link in links if self._links["capacity"][link] < np.inf]
        self._widen(len(limiting))
        path, first = self._path_count, self._trail_count
        self._path_count += 1
        self._trail_count += len(limiting)
        self._paths = grown(self._paths, self._path_count)
        self._trail = grown(self._trail, self._trail_count)
        self._paths[path] = (latency, first, len(limiting), -1, 0)
        self._trail[first : self._trail_count] = limiting
        return path

    def send(self, path: int, nbytes: float, ordered: bool, ticket: int, now: float) -> float:
        """Start a message, see `kernels.flows.engine.send`; return when the engine has to run at the latest (s)."""
        self._await(1)
        while True:
            instant = engine.send(self._state, self._paths, self._flows, self._heap, path, nbytes, ordered, ticket, now)
            if instant != FULL:
                return instant
            self._add_flows(1)

    def load(self, program: Program, ticket: int) -> int:
        """Make `program` ready to run; return the number that its nodes have from now on, less their own."""
        nodes, successors = len(program.nodes), len(program.successors)
        loan = _Loan(
            run=self._run_rows.lend(1),
            nodes=self._node_rows.lend(nodes),
            successors=self._successor_rows.lend(successors),
        )
        self._loans[ticket] = loan
        self._runs = grown(self._runs, loan.run + 1)
        self._runs[loan.run] = (ticket, nodes)
        self._nodes = grown(self._nodes, loan.nodes + nodes)
        copy = self._nodes[loan.nodes : loan.nodes + nodes]
        copy[:] = program.nodes
        copy["first"] += loan.successors
        copy["run"] = loan.run
        self._successors = grown(self._successors, loan.successors + successors)
        self._successors[loan.successors : loan.successors + successors] = program.successors
        self._state["fanout"] = max(self._state["fanout"][0], program.fanout)
        self._await(len(program.leaving) + 1)
        return loan.nodes

    def unload(self, ticket: int) -> None:
        """Recycle the records of a program that is over."""
        loan = self._loans.pop(ticket)
        self._run_rows.take_back(loan.run)
        self._node_rows.take_back(loan.nodes)
        self._successor_rows.take_back(loan.successors)

    def enter(self, node: int, now: float) -> float:
        """Release a loaded node from outside; return as `send`, infinity if it waits for others."""
        while True:
            instant = engine.enter(self._state, self._paths, self._flows, self._heap, self._nodes, node, now)
            if instant != FULL:
                return instant
            self._add_flows(1)

    def advance(self, until: float) -> tuple[int, float, float]:
        """Let time pass: return the number of wakes, the clock and the next event (s), as the kernel does."""
        while True:
            wakes, now, following = engine.advance(
                self._state, self._links, self._crowds, self._paths, self._trail, self._flows, self._hops, self._heap,
                self._queue, self._nodes, self._successors, self._runs, self._wakes, until,
            )  # fmt: skip
            if following != FULL:
                return wakes, now, following
            self._add_flows(int(self._state["fanout"][0]))

    def take_wakes(self, count: int) -> list[tuple[int, int]]:
        """Return the (ticket, node) pairs of this instant, sorted, and forget them."""
        wakes: list[tuple[int, int]] = self._wakes[:count].tolist()
        self._state["wakes"] = 0
        self._awaited -= count
        wakes.sort()
        return wakes

    def rates(self) -> dict[int, float]:
        """Return the present rate (B/s) of each message, by ticket, that is being served."""
        flows = self._flows[: int(self._state["used"][0])]
        served = flows[(flows["phase"] == SERVED) & (flows["ticket"] >= 0)]
        crowd = served["crowd"]
        rate = np.where(crowd >= 0, self._crowds["level"][crowd], served["rate"])
        return dict(zip(served["ticket"].tolist(), rate.tolist(), strict=True))

    def _await(self, wakes: int) -> None:
        self._awaited += wakes
        self._wakes = grown(self._wakes, self._awaited)

    def _add_flows(self, vacant: int) -> None:
        """Grow the flow records by doubling, so that at least `vacant` more can be taken."""
        before = len(self._flows)
        self._flows = grown(self._flows, before + vacant)
        self._heap = grown(self._heap, len(self._flows))
        self._hops = grown(self._hops, len(self._flows) * int(self._state["stride"][0]))
        self._flows["place"][before:] = -1
        self._state["vacant"] += len(self._flows) - before

    def _widen(self, stride: int) -> None:
        """Give every flow at least `stride` hop records; chains refer to hops by number, so renumber them."""
        old = int(self._state["stride"][0])
        if stride <= old:
            return
        new = max(stride, 2 * old)
        wide = np.zeros(len(self._flows) * new, HOP)
        if old:
            wide.reshape(-1, new)[:, :old] = self._hops[: len(self._flows) * old].reshape(-1, old)
            for column in (wide["next"], wide["previous"], self._links["head"]):
                column[:] = np.where(column >= 0, column // old * new + column % old, -1)
        self._hops = wide
        self._state["stride"] = new
