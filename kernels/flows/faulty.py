"""What faults do to flows: a link has another capacity, a flow is taken off its links, and goes on elsewhere.

Called between events, at the caller's present instant: all flows are served until then at the rates they had, and the
component that is touched is solved anew when time passes next.
"""

from __future__ import annotations

from typing import Any

from numba import float64, int64, void
from numba.types import Tuple

from kernels.flows.anchor import (
    crowds_of,
    flows_of,
    heap_of,
    hops_of,
    hushed_of,
    links_of,
    paths_of,
    queue_of,
    state_of,
    trail_of,
)
from kernels.flows.chain import touch, touch_path, unchain
from kernels.flows.crowd import disperse
from kernels.flows.heap import move, push, remove
from kernels.flows.hush import unhush
from kernels.flows.launch import launch
from kernels.flows.tables import QUEUED, SERVED, WAITING, Table
from kernels.inlined import inlined
from kernels.jit import kernel


@inlined
def _come_to(state: Table, links: Table, paths: Table, trail: Table, flows: Table, heap: Table, hushed: Table,
             now: float) -> None:  # fmt: skip
    """Bring the clock to the present, and forget what was promised of the flows that are hushed."""
    state[0].now = max(state[0].now, now)
    unhush(state, links, paths, trail, flows, heap, hushed)


@kernel(void(int64, int64, float64, float64))
def limit(tables: Any, link: int, capacity: float, now: float) -> None:
    """Give a link another `capacity` (B/s), > 0, from `now` (s) on."""
    state, links, paths, trail = state_of(tables), links_of(tables), paths_of(tables), trail_of(tables)
    flows, hops, heap = flows_of(tables), hops_of(tables), heap_of(tables)
    _come_to(state, links, paths, trail, flows, heap, hushed_of(tables), now)
    if links[link].count == 1:
        f = hops[links[link].head].flow
        if flows[f].since > state[0].now:  # early: its completion was reckoned with the old capacity
            unchain(state, links, flows, hops, f)
            flows[f].phase, flows[f].rate = WAITING, 0.0
            paths[flows[f].path].carried -= flows[f].remaining
            move(state, heap, flows, f, flows[f].since)
    links[link].capacity = capacity
    if links[link].count > 0:
        touch(state, links, queue_of(tables), link)


@inlined
def _stop(state: Table, links: Table, crowds: Table, paths: Table, flows: Table, hops: Table, queue: Table,
          f: int) -> None:  # fmt: skip
    """Take a flow that is served, or early, off its links; its `remaining` is then what is left at present."""
    flow, now = flows[f], state[0].now
    b = flow.crowd
    if b >= 0:
        disperse(state, links, crowds, flows, hops, b)
        touch(state, links, queue, b)
    rate = paths[flow.path].rate if flow.hops == 0 else flow.rate
    early: bool = flow.since > now
    if now > flow.since:
        flow.remaining = max(0.0, flow.remaining - rate * (now - flow.since))
    paths[flow.path].carried -= flow.remaining
    unchain(state, links, flows, hops, f)
    if not early:  # an early flow was alone on its links
        touch_path(state, links, flows, hops, queue, f)


@inlined
def _step_out(state: Table, paths: Table, flows: Table, heap: Table, f: int) -> None:
    """Take a flow out of its stream: the later ones move up."""
    follower, before = flows[f].next, -1
    if flows[f].turn == 0:
        for other in range(state[0].used):  # a vacant record names only vacant ones
            if flows[other].next == f:
                before = other
        flows[before].next = follower
    elif follower >= 0:
        flows[follower].turn = 1
        if flows[follower].phase == QUEUED:
            flows[follower].phase = WAITING
            push(state, heap, flows, follower, state[0].now)
    if follower < 0:
        paths[flows[f].path].tail = before


@kernel(Tuple((float64, float64))(int64, int64, float64))
def take_off(tables: Any, f: int, now: float) -> tuple[float, float]:
    """End flow `f` at `now` (s), whatever it does: nobody is told.

    Returns
    -------
    left : float
        What has not been served of it (B).
    start : float
        When it begins, or would begin now, to pay a latency (s).
    """
    state, links, crowds, paths = state_of(tables), links_of(tables), crowds_of(tables), paths_of(tables)
    flows, hops, heap = flows_of(tables), hops_of(tables), heap_of(tables)
    _come_to(state, links, paths, trail_of(tables), flows, heap, hushed_of(tables), now)
    flow = flows[f]
    # A message starts when it is sent; only what is in no stream may have been launched for a later instant.
    start: float = now if flow.ordered or (flow.phase == SERVED and flow.since <= now) else max(now, flow.goal)
    if flow.phase == SERVED:
        _stop(state, links, crowds, paths, flows, hops, queue_of(tables), f)
    remove(state, heap, flows, f)
    left: float = flow.remaining
    if flow.ordered:
        _step_out(state, paths, flows, heap, f)
    state[0].awaited -= flow.node >= 0 or flow.ticket >= 0
    flow.phase, flow.path, flow.next = WAITING, -1, state[0].free
    state[0].free = f
    state[0].vacant += 1
    return left, start


@kernel(void(int64, int64, float64, int64, int64, int64, float64))
def go_on(tables: Any, path: int, nbytes: float, ordered: int, node: int, ticket: int, start: float) -> None:
    """Launch what is left of a flow that has been taken off; its record is vacant."""
    launch(
        state_of(tables), links_of(tables), paths_of(tables), trail_of(tables), flows_of(tables), hops_of(tables),
        heap_of(tables), hushed_of(tables), path, nbytes, start, ordered, node, ticket,
    )  # fmt: skip
