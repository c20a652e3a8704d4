"""How a flow begins: by waiting for its latency, or, where it meets nobody, with its completion known."""

from __future__ import annotations

import math

from kernels.flows.chain import chain, unchain
from kernels.flows.heap import move, push
from kernels.flows.hush import hush, may_be_hushed
from kernels.flows.tables import SERVED, WAITING, Table
from kernels.inlined import inlined

#: So many flows of schedules are not early after one was postponed on their path.
SHY = 64


@inlined
def _is_free(links: Table, paths: Table, trail: Table, path: int) -> bool:
    """Whether no flow is on any link of a path, and none is certain to come."""
    first = paths[path].first
    free = True
    for position in range(first, first + paths[path].hops):
        free = free and links[trail[position]].count == 0 and links[trail[position]].claims == 0
    return free


@inlined
def launch(
    state: Table, links: Table, paths: Table, trail: Table, flows: Table, hops: Table, heap: Table,
    hushed: Table, path: int, nbytes: float, start: float, ordered: int, node: int, ticket: int,
) -> float:  # fmt: skip
    """Start a flow.

    A message, or a flow of a schedule, that finds its path free takes its place there at once, *early*: `since` is when
    it will have paid its latency, and its event is already its completion. Should another flow come to one of its links
    before that, it is postponed: it goes back to waiting, as if nothing had happened. So a flow that meets nobody costs
    one event and is never solved. A schedule often does the same again, so a path where one was postponed is left alone
    for a while; a message is worth the attempt, which may save SimPy an event. Measured in ring all-reduces of 128
    ranks, million flows per second, without and with early flows: 7.4 and 15 on a switch; on an oversubscribed
    leaf-spine 9.1 and 3.9, which shyness makes 8.9.

    Returns
    -------
    float
        When something may follow from this flow, at the earliest (s).
    """
    f = state[0].free
    if f >= 0:
        state[0].free = flows[f].next
    else:
        f = state[0].used
        state[0].used += 1
    state[0].vacant -= 1
    flow = flows[f]
    state[0].awaited += node >= 0 or ticket >= 0
    flow.remaining, flow.rate, flow.goal = nbytes, 0.0, start
    flow.path, flow.hops, flow.exempt = path, paths[path].hops, paths[path].exempt
    flow.node, flow.ticket = node, ticket
    flow.phase, flow.turn, flow.ordered, flow.next = WAITING, 1, ordered, -1
    flow.crowd = -1
    instant: float = start + paths[path].latency
    if ordered:
        tail = paths[path].tail
        if tail >= 0:
            flows[tail].next = f
            flow.turn = 0
        paths[path].tail = f
    if flow.turn == 0:
        push(state, heap, flows, f, instant)
        return math.inf  # nothing before its predecessor has been served
    if node >= 0 and paths[path].shy > 0:
        paths[path].shy -= 1
    elif (ordered or node >= 0) and nbytes > 0.0 and _is_free(links, paths, trail, path):
        flow.phase, flow.since, flow.rate = SERVED, instant, paths[path].rate
        paths[path].carried += nbytes
        chain(state, links, paths, trail, flows, hops, f)
        instant += nbytes / paths[path].rate
    elif ordered and nbytes > 0.0 and may_be_hushed(state, links, paths, trail, flows, hops, path, start):
        return hush(state, links, paths, trail, flows, hushed, f, instant)
    push(state, heap, flows, f, instant)
    return instant


@inlined
def postpone_early(
    state: Table, links: Table, paths: Table, trail: Table, flows: Table, hops: Table, heap: Table, path: int
) -> None:
    """Send the flows that are early on a link of `path` back to waiting. An early flow is alone on its links."""
    first = paths[path].first
    for position in range(first, first + paths[path].hops):
        link = trail[position]
        if links[link].count == 1:
            f = hops[links[link].head].flow
            if flows[f].since >= state[0].now:
                paths[flows[f].path].shy = SHY
            if flows[f].since > state[0].now:
                unchain(state, links, flows, hops, f)
                flows[f].phase, flows[f].rate = WAITING, 0.0
                paths[flows[f].path].carried -= flows[f].remaining
                move(state, heap, flows, f, flows[f].since)
