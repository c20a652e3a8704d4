"""The compiled engine's tables: who owns them, and how they grow."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernels.flows import engine, faulty
from kernels.flows.anchor import Anchor
from kernels.flows.hush import MOST
from kernels.flows.tables import (
    CROWD,
    EVENT,
    FLOW,
    FULL,
    HOP,
    LATE,
    LINK,
    NODE,
    NOWHERE,
    PATH,
    RUN,
    SERVED,
    WAKE,
    Table,
    empty_state,
    grown,
)
from kernels.straight import straight
from sim.fabric.extents import Extents
from sim.fabric.program import Program
from topologies.field_error import FieldError


@dataclass
class _Loan:
    """Where a running program's records are."""

    run: int
    nodes: int
    successors: int
    exits: int
    size: int  # nodes


class Engine:
    """Flows over links, on a clock of its own that the caller lets pass.

    Parameters
    ----------
    capacity : float64[links]
        Capacity of each directed resource (B/s), > 0; infinity for one that never limits.
    cap
        The most that one flow gets (B/s), > 0, on a path that is not exempt.
    """

    def __init__(self, capacity: NDArray[np.float64], cap: float = math.inf) -> None:
        self._state = empty_state()
        self._state["cap"] = self._cap = cap
        self._links = np.zeros(len(capacity), LINK)
        self._links["capacity"] = capacity
        self._links["head"] = self._links["crowd"] = -1
        self._capacity: list[float] = capacity.tolist()
        self._crowds = np.zeros(len(capacity), CROWD)
        self._queue = np.zeros(len(capacity) + 1, np.int32)
        self._paths = np.zeros(0, PATH)
        self._trail = np.zeros(0, np.int32)
        self._flows, self._heap, self._hops = np.zeros(0, FLOW), np.zeros(0, EVENT), np.zeros(0, HOP)
        self._nodes, self._successors = np.zeros(0, NODE), np.zeros(0, np.int32)
        self._runs, self._wakes = np.zeros(0, RUN), np.zeros(0, WAKE)
        self._hushed = np.zeros(MOST, EVENT)
        self._run_rows, self._node_rows, self._successor_rows = Extents(), Extents(), Extents()
        self._loans: dict[int, _Loan] = {}
        self._path_count = self._trail_count = 0
        self._exits = 0  # nodes of loaded programs that wake somebody, and their ends
        self._anchor = Anchor(*self._tables())
        self._handle = self._anchor.handle
        self.add_path((), 0.0)
        self._add_flows(64)

    @cached_property
    def _send(self) -> Callable[..., Any]:
        """The kernel, which an ideal network does not need."""
        return straight(engine.send, engine.SEND)

    @cached_property
    def _advance(self) -> Callable[..., Any]:
        """The same."""
        return straight(engine.advance, engine.ADVANCE)

    def add_path(self, links: Sequence[int], latency: float, *, exempt: bool = False) -> int:
        """Add a way over `links` with a summed `latency` (s), to be `exempt` from the cap or not; return its number.

        The first one is `NOWHERE`.
        """
        if len(set(links)) < len(links):
            raise FieldError("links", f"a path uses each link once, got {list(links)}")
        limiting = [link for link in links if self._capacity[link] < math.inf]
        self._widen(len(limiting))
        path, first = self._path_count, self._trail_count
        self._path_count += 1
        self._trail_count += len(limiting)
        self._paths = grown(self._paths, self._path_count)
        self._trail = grown(self._trail, self._trail_count)
        cap = math.inf if path == NOWHERE or exempt else self._cap
        rate = min((self._capacity[link] for link in limiting), default=cap)
        self._paths[path] = (latency, min(cap, rate), 0.0, first, len(limiting), -1, 0, exempt, 0)
        self._trail[first : self._trail_count] = limiting
        if limiting and latency == 0.0:
            self._state["patient"] = 1
        self._anchor.move(*self._tables())
        return path

    def send(self, path: int, nbytes: float, ordered: bool, ticket: int, start: float) -> float:
        """Start a message, see `kernels.flows.engine.send`; return when something may follow, at the earliest (s)."""
        instant: float = self._send(self._handle, path, nbytes, ordered, ticket, start)
        if instant > LATE:
            return instant
        self._make_room_at(start, instant)
        return self.send(path, nbytes, ordered, ticket, start)

    def load(self, program: Program, ticket: int) -> int:
        """Make `program` ready to run; return the number that its nodes have from now on, less their own."""
        nodes, successors = len(program.nodes), len(program.successors)
        loan = _Loan(
            run=self._run_rows.lend(1),
            nodes=self._node_rows.lend(nodes),
            successors=self._successor_rows.lend(successors),
            exits=len(program.leaving) + 1,
            size=nodes,
        )
        self._loans[ticket] = loan
        self._exits += loan.exits
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
        self._make_room_for_wakes()
        return loan.nodes

    def unload(self, ticket: int) -> None:
        """Recycle the records of a program that is over."""
        loan = self._loans.pop(ticket)
        self._exits -= loan.exits
        self._run_rows.take_back(loan.run)
        self._node_rows.take_back(loan.nodes)
        self._successor_rows.take_back(loan.successors)

    def enter(self, node: int, start: float) -> float:
        """Release a loaded node from outside; return as `send`, infinity if it waits for others."""
        instant: float = engine.enter(self._handle, node, start)
        if instant > LATE:
            return instant
        self._make_room_at(start, instant)
        return self.enter(node, start)

    def advance(self, until: float) -> tuple[int, float, float]:
        """Let time pass: return the number of wakes, the clock and the next event (s), as the kernel does."""
        while True:
            told: tuple[int, float, float] = self._advance(self._handle, until)
            if told[2] != FULL:
                return told
            self._add_flows(int(self._state["fanout"][0]))

    def take_wakes(self, count: int) -> list[tuple[int, int]]:
        """Return the first `count` (ticket, node) pairs that `advance` has left, sorted."""
        notes = self._notes
        if count == 1:
            return [(notes[0], notes[1])]
        return sorted(zip(notes[: 2 * count : 2], notes[1 : 2 * count : 2], strict=True))

    def limit(self, link: int, capacity: float, now: float) -> None:
        """Give a link another finite `capacity` (B/s), > 0, from `now` (s) on; time has passed until then."""
        faulty.limit(self._handle, link, capacity, now)
        self._capacity[link] = capacity
        trail = self._trail[: self._trail_count]
        ends = self._paths["first"][: self._path_count] + self._paths["hops"][: self._path_count]
        for path in np.unique(np.searchsorted(ends, np.flatnonzero(trail == link), side="right")).tolist():
            record = self._paths[path]
            links = trail[record["first"] : record["first"] + record["hops"]]
            rate = min(self._capacity[each] for each in links.tolist())
            record["rate"] = rate if record["exempt"] else min(self._cap, rate)

    def capacity_of(self, link: int) -> float:
        """The present capacity of a link (B/s)."""
        return self._capacity[link]

    def paths_in_use(self) -> list[int]:
        """The paths of all flows under way and of all loaded programs, in order."""
        flows = self._flows["path"][: int(self._state["used"][0])]
        used: list[int] = np.unique(np.concatenate((flows[flows >= 0], self._nodes["path"]))).tolist()
        return used

    def drop(self, ticket: int, now: float) -> None:
        """End a message that is under way at `now` (s): nobody is told."""
        for f in self._rows_where("ticket", ticket, ticket):
            faulty.take_off(self._handle, f, now)

    def drop_program(self, ticket: int, now: float) -> None:
        """End a program at `now` (s), with all its flows and delays: nobody is told."""
        loan = self._loans[ticket]
        for f in self._rows_where("node", loan.nodes, loan.nodes + loan.size - 1):
            faulty.take_off(self._handle, f, now)
        self.unload(ticket)

    def divert(self, path: int, other: int, now: float) -> None:
        """Have what is left of the flows on a path go on over another one from `now` (s) on, in their order.

        They pay its latency, from now on or from when they were to start. Flows whose last byte is served at this very
        instant are not touched.
        """
        rows = self._rows_where("path", path, path)
        rows.sort(key=lambda f: int(self._flows[f]["ticket"]))  # those of a stream in the order sent
        rest = []
        for f in rows:
            flow = self._flows[f]
            due = flow["place"] >= 0 and self._heap[flow["place"]]["instant"] <= now * (1.0 + engine.INSTANT)
            if not (due and flow["phase"] == SERVED):
                what = int(flow["ordered"]), int(flow["node"]), int(flow["ticket"])
                rest.append((what, *faulty.take_off(self._handle, f, now)))
        for what, left, start in rest:
            faulty.go_on(self._handle, other, left, *what, start)

    def replace_paths(self, instead: NDArray[np.int32]) -> None:
        """Have the sends that loaded programs have yet to start take path ``instead[p]`` in place of `p`."""
        self._nodes["path"] = instead[self._nodes["path"]]

    def is_streaming(self, path: int) -> bool:
        """Whether a message on a path has not been served yet."""
        return bool(self._paths[path]["tail"] >= 0)

    def _rows_where(self, column: str, least: int, most: int) -> list[int]:
        """The records of the flows under way whose `column` is in the range."""
        flows = self._flows[: int(self._state["used"][0])]
        inside = (flows[column] >= least) & (flows[column] <= most) & (flows["path"] >= 0)
        rows: list[int] = np.flatnonzero(inside).tolist()
        return rows

    def rates(self) -> dict[int, float]:
        """Return the present rate (B/s) of each message, by ticket, that is being served."""
        served = self._served(float(self._state["now"][0]))
        served = served[served["ticket"] >= 0]
        return dict(zip(served["ticket"].tolist(), self._rates_of(served).tolist(), strict=True))

    def carried(self, now: float) -> NDArray[np.float64]:
        """Return the bytes served so far on each path, float64[paths].

        Parameters
        ----------
        now
            The present (s): not before the engine's clock, nor after what `advance` has told to be next.
        """
        carried: NDArray[np.float64] = self._paths["carried"][: self._path_count].copy()
        flows = self._flows[: int(self._state["used"][0])]
        early = flows[(flows["phase"] == SERVED) & (flows["since"] > now)]
        np.subtract.at(carried, early["path"], early["remaining"])
        served = self._served(now)
        crowd = self._crowds[served["crowd"]]
        member = served["crowd"] >= 0
        left = np.where(member, served["goal"] - crowd["served"], served["remaining"])
        since = np.where(member, crowd["since"], served["since"])
        rate = np.minimum(self._rates_of(served), sys.float_info.max)  # times no seconds it is no bytes
        np.subtract.at(carried, served["path"], np.maximum(0.0, left - rate * (now - since)))
        return carried

    def _served(self, now: float) -> Table:
        """The records of the flows that use bandwidth at present."""
        flows = self._flows[: int(self._state["used"][0])]
        served: Table = flows[(flows["phase"] == SERVED) & (flows["since"] <= now)]
        return served

    def _rates_of(self, served: Table) -> NDArray[np.float64]:
        crowd = served["crowd"]
        return np.where(crowd >= 0, self._crowds["level"][crowd], served["rate"])

    def _tables(self) -> tuple[Table, ...]:
        """Every table, in the order of `kernels.flows.anchor.RECORDS`."""
        return (
            self._state, self._links, self._crowds, self._paths, self._trail, self._flows, self._hops, self._heap,
            self._queue, self._nodes, self._successors, self._runs, self._wakes, self._hushed,
        )  # fmt: skip

    def _make_room_for_wakes(self) -> None:
        """In one instant every message and every exit there is may wake somebody."""
        self._wakes = grown(self._wakes, len(self._flows) + self._exits)
        self._notes = memoryview(self._wakes.view(np.int64))  # type: ignore[arg-type]  # NumPy < 2.3 says nothing of buffers
        self._anchor.move(*self._tables())

    def _make_room_at(self, start: float, answer: float) -> None:
        """Add a flow record where a kernel has answered `FULL`, and fail where it has answered `LATE`."""
        if answer == LATE:
            raise RuntimeError(f"the network is at {self._state['now'][0]} s, it cannot take a flow at {start} s")
        self._add_flows(1)

    def _add_flows(self, vacant: int) -> None:
        """Grow the flow records by doubling, so that at least `vacant` more can be taken."""
        before = len(self._flows)
        self._flows = grown(self._flows, before + vacant)
        self._heap = grown(self._heap, len(self._flows))
        self._hops = grown(self._hops, len(self._flows) * int(self._state["stride"][0]))
        self._flows["place"][before:] = -1
        self._state["vacant"] += len(self._flows) - before
        self._make_room_for_wakes()

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
