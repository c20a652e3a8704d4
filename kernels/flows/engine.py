"""Time passes: flows wait, are served and complete; their completions start others; the caller is woken.

A flow pays the latency of its path without using bandwidth, then has its max-min fair share of every link of the path
until its last byte is served. All changes of one instant are made before the rates are solved, once.

No completion is tested for, so no remainder can loop: a flow is complete when its event is due, and what rounding left
of its bytes is dropped. Events within a few units in the last place of the clock are one instant.
"""

from __future__ import annotations

import math
from typing import Any

from numba import float64, int64
from numba.types import Tuple

from kernels.flows.ahead import look_ahead
from kernels.flows.anchor import (
    crowds_of,
    flows_of,
    heap_of,
    hops_of,
    hushed_of,
    links_of,
    nodes_of,
    paths_of,
    queue_of,
    runs_of,
    state_of,
    successors_of,
    trail_of,
    wakes_of,
)
from kernels.flows.chain import chain, touch_path, unchain
from kernels.flows.crowd import LEAST, gather, join, leave, settle
from kernels.flows.heap import pop, push
from kernels.flows.hush import first_hushed, next_looked_for, unhush
from kernels.flows.launch import launch, postpone_early
from kernels.flows.sharing import collect, fill
from kernels.flows.tables import FULL, LATE, NOBODY, OVER, QUEUED, SERVED, WAITING, Table
from kernels.inlined import inlined
from kernels.jit import kernel

#: One instant, relative to the clock: a double holds a time to 1.1e-16 of itself, a sum of a few to a few times that.
INSTANT = 1e-15

SEND = float64(int64, int64, float64, int64, int64, float64)
ADVANCE = Tuple((int64, float64, float64))(int64, float64)


@kernel(SEND)
def send(tables: Any, path: int, nbytes: float, ordered: int, ticket: int, start: float) -> float:
    """Start a message.

    Parameters
    ----------
    tables
        Handle of the tables, see `kernels.flows.anchor`.
    path
        Row of the path.
    nbytes
        Size (B), >= 0.
    ordered
        1: served after the messages sent earlier along this path with ``ordered = 1``; 0: independent of them.
    ticket
        Number of the message in the wakes table; `NOBODY`: it is not waited for.
    start
        The caller's clock (s), not before the engine's; of a message that is not ordered, any later instant.

    Returns
    -------
    float
        When something may follow from it, at the earliest (s); with nothing done, `FULL` for want of a flow record, or
        `LATE` if the engine's clock is past `start`.
    """
    state = state_of(tables)
    if state[0].vacant < 1:
        return FULL
    now = state[0].now
    if start < now * (1.0 - INSTANT):
        return LATE
    return launch(
        state, links_of(tables), paths_of(tables), trail_of(tables), flows_of(tables), hops_of(tables),
        heap_of(tables), hushed_of(tables), path, nbytes, max(start, now), ordered, -1, ticket,
    )  # fmt: skip


@inlined
def _may_begin(nodes: Table, successors: Table, n: int) -> bool:
    """Whether all that node `n` waits for before its next round is done."""
    node = nodes[n]
    if node.pending > 0 or node.begun > node.done or node.begun == node.rounds:
        return False
    abreast = node.first + node.following + node.count
    behind = abreast + node.abreast
    for position in range(abreast, behind + node.behind):
        if nodes[n + successors[position]].done < node.begun + (position < behind):
            return False
    return True


@inlined
def _begin_round(
    state: Table, links: Table, paths: Table, trail: Table, flows: Table, hops: Table, heap: Table, hushed: Table,
    nodes: Table, n: int, start: float,
) -> float:  # fmt: skip
    """Let node `n` begin its next round; return when something may follow, at the earliest (s)."""
    node = nodes[n]
    node.begun += 1
    instant: float = launch(
        state, links, paths, trail, flows, hops, heap, hushed, node.path, node.bytes, start + node.delay, 0, n, NOBODY
    )
    return instant


@kernel(float64(int64, int64, float64))
def enter(tables: Any, n: int, start: float) -> float:
    """Release node `n` of a schedule from outside; return as `send`, infinity if the node still waits for others."""
    state = state_of(tables)
    if state[0].vacant < 1:
        return FULL
    now = state[0].now
    if start < now * (1.0 - INSTANT):
        return LATE
    nodes = nodes_of(tables)
    nodes[n].pending -= 1
    if not _may_begin(nodes, successors_of(tables), n):
        return math.inf
    return _begin_round(
        state, links_of(tables), paths_of(tables), trail_of(tables), flows_of(tables), hops_of(tables),
        heap_of(tables), hushed_of(tables), nodes, n, max(start, now),
    )  # fmt: skip


@inlined
def _wake(state: Table, wakes: Table, ticket: int, node: int) -> None:
    """Leave a note for the caller."""
    wakes[state[0].wakes].ticket = ticket
    wakes[state[0].wakes].node = node
    state[0].wakes += 1


@inlined
def _release(
    state: Table, links: Table, paths: Table, trail: Table, flows: Table, hops: Table, heap: Table,
    hushed: Table, nodes: Table, successors: Table, runs: Table, wakes: Table, n: int,
) -> None:  # fmt: skip
    """Node `n` has done a round: let begin what waited for that alone."""
    node = nodes[n]
    node.done += 1
    over = node.done == node.rounds
    dependants = node.first + node.following
    for position in range(node.first, dependants + node.count * over):
        m = n + successors[position]
        if position >= dependants:
            nodes[m].pending -= 1
        if _may_begin(nodes, successors, m):
            _begin_round(state, links, paths, trail, flows, hops, heap, hushed, nodes, m, state[0].now)
    if not over:
        return
    run = runs[node.run]
    if node.wakes:
        _wake(state, wakes, run.ticket, n)
    run.remaining -= 1
    if run.remaining == 0:
        _wake(state, wakes, run.ticket, OVER)


@inlined
def _leave_stream(state: Table, paths: Table, flows: Table, heap: Table, f: int) -> None:
    """The last byte of flow `f` has been served: its successor in the stream may follow."""
    follower = flows[f].next
    if follower < 0:
        paths[flows[f].path].tail = -1
        return
    flows[follower].turn = 1
    if flows[follower].phase == QUEUED:
        flows[follower].phase = WAITING
        push(state, heap, flows, follower, state[0].now)


@inlined
def _complete(
    state: Table, links: Table, paths: Table, trail: Table, flows: Table, hops: Table, heap: Table,
    hushed: Table, nodes: Table, successors: Table, runs: Table, wakes: Table, f: int,
) -> None:  # fmt: skip
    """Flow `f` is done: recycle its record, start what waited for it."""
    flow = flows[f]
    node, ticket = flow.node, flow.ticket
    if flow.ordered:
        _leave_stream(state, paths, flows, heap, f)
    flow.phase, flow.path = WAITING, -1
    flow.next = state[0].free
    state[0].free = f
    state[0].vacant += 1
    if node >= 0:
        state[0].awaited -= 1
        _release(state, links, paths, trail, flows, hops, heap, hushed, nodes, successors, runs, wakes, node)
    elif ticket >= 0:
        state[0].awaited -= 1
        _wake(state, wakes, ticket, -1)


@inlined
def _begin(
    state: Table, links: Table, crowds: Table, paths: Table, trail: Table, flows: Table, hops: Table, heap: Table,
    queue: Table, f: int,
) -> None:  # fmt: skip
    """The latency of flow `f` is paid, and it is its turn: serve it."""
    flow = flows[f]
    flow.phase, flow.since, flow.rate = SERVED, state[0].now, 0.0
    paths[flow.path].carried += flow.remaining
    if flow.hops == 0:  # nothing limits it but a cap
        push(state, heap, flows, f, state[0].now + flow.remaining / paths[flow.path].rate)
        return
    postpone_early(state, links, paths, trail, flows, hops, heap, flow.path)
    if state[0].crowds == 0 or not join(state, links, crowds, paths, trail, flows, hops, heap, queue, f):
        chain(state, links, paths, trail, flows, hops, f)
        touch_path(state, links, flows, hops, queue, f)


@inlined
def _end(
    state: Table, links: Table, crowds: Table, flows: Table, hops: Table, heap: Table, queue: Table, f: int
) -> None:
    """The last byte of flow `f` has been served: leave its links to others."""
    if flows[f].crowd >= 0:
        leave(state, links, crowds, flows, hops, heap, queue, f)
    else:
        unchain(state, links, flows, hops, f)
        touch_path(state, links, flows, hops, queue, f)


@inlined
def _solve(state: Table, links: Table, crowds: Table, flows: Table, hops: Table, heap: Table, queue: Table) -> None:
    """Bring the rates up to date where flows have come or gone."""
    if state[0].crowds > 0:
        settle(state, links, crowds, flows, hops, heap, queue)
    size, members = collect(state, links, flows, hops, queue)
    if members < LEAST or not gather(state, links, crowds, flows, hops, heap, queue, size, members):
        fill(state, links, flows, hops, heap, queue, size, members)
    state[0].dirty = 0
    state[0].stamp += 2


@kernel(ADVANCE)
def advance(tables: Any, until: float) -> tuple[int, float, float]:
    """Let time pass until the caller has to look, or to the last event before `until`.

    Parameters
    ----------
    tables
        Handle of the tables, see `kernels.flows.anchor`. The queue has a row per link and one more; the wakes table a
        row for whatever the caller may wait for.
    until
        Only instants before this one are begun (s).

    Returns
    -------
    wakes : int
        Rows of the wakes table that are filled, all of the instant `now`. The caller handles them, starts what follows
        from them in the same instant and comes back; then they are forgotten.
    now : float
        The engine's clock (s): nothing may be sent before.
    next : float
        When something may follow that is waited for, at the earliest (s): infinity if nothing is; `now` if wakes may be
        answered in this instant; `FULL` if flow records have to be added before time can pass.
    """
    state, links, crowds, paths, trail = (
        state_of(tables), links_of(tables), crowds_of(tables), paths_of(tables), trail_of(tables)
    )  # fmt: skip
    flows, hops, heap, queue, nodes = (
        flows_of(tables), hops_of(tables), heap_of(tables), queue_of(tables), nodes_of(tables)
    )  # fmt: skip
    successors, runs, wakes, hushed = (
        successors_of(tables), runs_of(tables), wakes_of(tables), hushed_of(tables)
    )  # fmt: skip
    if state[0].told:
        state[0].told = state[0].wakes = 0
    while True:
        if state[0].events > 0 and heap[0].instant <= state[0].now * (1.0 + INSTANT):
            if state[0].vacant < state[0].fanout:
                return 0, state[0].now, FULL
            f = pop(state, heap, flows)
            look_ahead(state, links, paths, flows, hops, heap, nodes, successors)
            if flows[f].phase == SERVED:
                _end(state, links, crowds, flows, hops, heap, queue, f)
            elif not flows[f].turn:
                flows[f].phase = QUEUED
                continue
            elif flows[f].remaining > 0.0:
                state[0].upset = 1
                _begin(state, links, crowds, paths, trail, flows, hops, heap, queue, f)
                continue
            _complete(state, links, paths, trail, flows, hops, heap, hushed, nodes, successors, runs, wakes, f)
        elif state[0].hushed_until <= state[0].now * (1.0 + INSTANT):
            f = first_hushed(state, links, paths, trail, flows, hushed)
            _begin(state, links, crowds, paths, trail, flows, hops, heap, queue, f)
        elif state[0].dirty > 0 and not (state[0].patient and state[0].wakes > 0):
            _solve(state, links, crowds, flows, hops, heap, queue)
            if state[0].upset:
                state[0].upset = 0
                unhush(state, links, paths, trail, flows, heap, hushed)
        else:
            instant = state[0].hushed_until
            if state[0].events > 0:
                instant = min(instant, heap[0].instant)
            if state[0].wakes > 0 or instant >= until or instant == math.inf:
                break
            state[0].now = instant
    state[0].told = 1
    if state[0].dirty > 0:
        return state[0].wakes, state[0].now, state[0].now
    return state[0].wakes, state[0].now, next_looked_for(state, flows, heap, hushed)
