"""Time passes: flows wait, are served and complete; their completions start others; the caller is woken.

A flow pays the latency of its path without using bandwidth, then has its max-min fair share of every link of the path
until its last byte is served. All changes of one instant are made before the rates are solved, once.

No completion is tested for, so no remainder can loop: a flow is complete when its event is due, and what rounding left
of its bytes is dropped. Events within a few units in the last place of the clock are one instant.
"""

from __future__ import annotations

import math

from numba import float64, int64

from kernels.flows.chain import chain, touch_path, unchain
from kernels.flows.crowd import LEAST, gather, join, leave, settle
from kernels.flows.heap import pop, push
from kernels.flows.inlined import inlined
from kernels.flows.sharing import collect, fill
from kernels.flows.tables import (
    CROWDS,
    FLOWS,
    FULL,
    HEAP,
    HOPS,
    LINKS,
    NODES,
    NUMBERS,
    OVER,
    PATHS,
    QUEUED,
    RUNS,
    SERVED,
    STATE_TABLE,
    WAITING,
    WAKES,
    Table,
)
from kernels.jit import kernel

#: One instant, relative to the clock: a double holds a time to 1.1e-16 of itself, a sum of a few to a few times that.
INSTANT = 1e-15


@inlined
def _launch(
    state: Table, paths: Table, flows: Table, heap: Table,
    path: int, nbytes: float, start: float, ordered: int, node: int, ticket: int,
) -> float:  # fmt: skip
    """Start a flow; return when its latency will have been paid."""
    f = state[0].free
    if f >= 0:
        state[0].free = flows[f].next
    else:
        f = state[0].used
        state[0].used += 1
    state[0].vacant -= 1
    flow = flows[f]
    flow.remaining, flow.rate = nbytes, 0.0
    flow.path, flow.hops = path, paths[path].hops
    flow.node, flow.ticket = node, ticket
    flow.phase, flow.turn, flow.ordered, flow.next = WAITING, 1, ordered, -1
    flow.crowd = -1
    if ordered:
        tail = paths[path].tail
        if tail >= 0:
            flows[tail].next = f
            flow.turn = 0
        paths[path].tail = f
    instant = start + paths[path].latency
    push(state, heap, flows, f, instant)
    return instant  # type: ignore[no-any-return]


@kernel(float64(STATE_TABLE, PATHS, FLOWS, HEAP, int64, float64, int64, int64, float64))
def send(
    state: Table, paths: Table, flows: Table, heap: Table,
    path: int, nbytes: float, ordered: int, ticket: int, now: float,
) -> float:  # fmt: skip
    """Start a message.

    Parameters
    ----------
    path
        Row of the path.
    nbytes
        Size (B), >= 0.
    ordered
        1: served after the messages sent earlier along this path with ``ordered = 1``; 0: independent of them.
    ticket
        Names the message in the wakes table.
    now
        The caller's clock (s), not before the engine's.

    Returns
    -------
    float
        When the engine has to run at the latest (s), or `FULL` if nothing was done for want of a flow record.
    """
    if state[0].vacant < 1:
        return FULL
    return _launch(state, paths, flows, heap, path, nbytes, now, ordered, -1, ticket)


@kernel(float64(STATE_TABLE, PATHS, FLOWS, HEAP, NODES, int64, float64))
def enter(state: Table, paths: Table, flows: Table, heap: Table, nodes: Table, n: int, now: float) -> float:
    """Release node `n` of a schedule from outside; return as `send`, infinity if the node still waits for others."""
    if state[0].vacant < 1:
        return FULL
    node = nodes[n]
    node.pending -= 1
    if node.pending > 0:
        return math.inf
    return _launch(state, paths, flows, heap, node.path, node.bytes, now + node.delay, 0, n, -1)


@inlined
def _wake(state: Table, wakes: Table, ticket: int, node: int) -> None:
    """Leave a note for the caller."""
    wakes[state[0].wakes].ticket = ticket
    wakes[state[0].wakes].node = node
    state[0].wakes += 1


@inlined
def _release(
    state: Table, paths: Table, flows: Table, heap: Table,
    nodes: Table, successors: Table, runs: Table, wakes: Table, n: int,
) -> None:  # fmt: skip
    """Node `n` is done: start the dependants that waited for it alone."""
    node = nodes[n]
    run = runs[node.run]
    for position in range(node.first, node.first + node.count):
        m = n + successors[position]
        dependant = nodes[m]
        dependant.pending -= 1
        if dependant.pending == 0:
            start = state[0].now + dependant.delay
            _launch(state, paths, flows, heap, dependant.path, dependant.bytes, start, 0, m, -1)
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
    state: Table, paths: Table, flows: Table, heap: Table,
    nodes: Table, successors: Table, runs: Table, wakes: Table, f: int,
) -> None:  # fmt: skip
    """Flow `f` is done: recycle its record, start what waited for it."""
    flow = flows[f]
    node, ticket = flow.node, flow.ticket
    if flow.ordered:
        _leave_stream(state, paths, flows, heap, f)
    flow.phase = WAITING
    flow.next = state[0].free
    state[0].free = f
    state[0].vacant += 1
    if node >= 0:
        _release(state, paths, flows, heap, nodes, successors, runs, wakes, node)
    else:
        _wake(state, wakes, ticket, -1)


@kernel((STATE_TABLE, LINKS, CROWDS, PATHS, NUMBERS, FLOWS, HOPS, HEAP, NUMBERS, NODES, NUMBERS, RUNS, WAKES, float64))
def advance(
    state: Table, links: Table, crowds: Table, paths: Table, trail: Table, flows: Table, hops: Table, heap: Table,
    queue: Table, nodes: Table, successors: Table, runs: Table, wakes: Table, until: float,
) -> tuple[int, float, float]:  # fmt: skip
    """Let time pass until the caller has to look, or to the last event before `until`.

    Parameters
    ----------
    state, ..., wakes
        The tables. `queue` has a row per link and one more; `wakes` a row for whatever the caller may wait for.
    until
        Only instants before this one are begun (s).

    Returns
    -------
    wakes : int
        Rows of the wakes table that are new, all of the instant `now`. The caller handles them, sets ``state.wakes`` to
        zero, starts what follows from them in the same instant and comes back.
    now : float
        The engine's clock (s): nothing may be sent before.
    next : float
        The next event (s), infinity if none; `FULL` if flow records have to be added before time can pass.
    """
    while True:
        if state[0].events > 0 and heap[0].instant <= state[0].now * (1.0 + INSTANT):
            if state[0].vacant < state[0].fanout:
                return 0, state[0].now, FULL
            f = pop(state, heap, flows)
            if flows[f].phase == SERVED:
                if flows[f].crowd >= 0:
                    leave(state, links, crowds, flows, hops, heap, queue, f)
                else:
                    unchain(state, links, flows, hops, f)
                    touch_path(state, links, flows, hops, queue, f)
            elif not flows[f].turn:
                flows[f].phase = QUEUED
                continue
            elif flows[f].remaining > 0.0 and flows[f].hops > 0:
                flows[f].phase, flows[f].rate, flows[f].since = SERVED, 0.0, state[0].now
                if state[0].crowds == 0 or not join(state, links, crowds, paths, trail, flows, hops, heap, queue, f):
                    chain(state, links, paths, trail, flows, hops, f)
                    touch_path(state, links, flows, hops, queue, f)
                continue
            _complete(state, paths, flows, heap, nodes, successors, runs, wakes, f)
        elif state[0].wakes > 0:
            return state[0].wakes, state[0].now, state[0].now
        elif state[0].dirty > 0:
            if state[0].crowds > 0:
                settle(state, links, crowds, flows, hops, heap, queue)
            size, members = collect(state, links, flows, hops, queue)
            if members < LEAST or not gather(state, links, crowds, flows, hops, heap, queue, size, members):
                fill(state, links, flows, hops, heap, queue, size, members)
            state[0].dirty = 0
            state[0].stamp += 2
        elif state[0].events > 0 and heap[0].instant < until:
            state[0].now = heap[0].instant
        else:
            return 0, state[0].now, heap[0].instant if state[0].events > 0 else math.inf
