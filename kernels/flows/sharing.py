"""Who shares which link, and at what rate: max-min fairness by progressive filling.

A rate can change only in the connected component of links and flows that a change touches, so only that is solved.
Bertsekas and Gallager, "Data Networks", 2nd edition, section 6.5.2.
"""

from __future__ import annotations

import math

from kernels.flows.heap import move
from kernels.flows.tables import Table
from kernels.jit import kernel

#: Links whose fair shares differ by less (relative) are bottlenecks of one level: their difference is rounding.
TIE = 1e-12


@kernel()
def touch(state: Table, links: Table, queue: Table, link: int) -> None:
    """Note that the flows of a link have changed: its component is to be solved when this instant is over."""
    if links[link].mark != state[0].stamp:
        links[link].mark = state[0].stamp
        queue[state[0].dirty] = link
        state[0].dirty += 1


@kernel()
def attach(state: Table, links: Table, paths: Table, trail: Table, flows: Table, hops: Table, queue: Table, f: int) -> None:
    """Chain a flow to every link of its path."""
    first = paths[flows[f].path].first
    for position in range(flows[f].hops):
        link = trail[first + position]
        hop = f * state[0].stride + position
        head = links[link].head
        hops[hop].link = link
        hops[hop].flow = f
        hops[hop].previous = -1
        hops[hop].next = head
        if head >= 0:
            hops[head].previous = hop
        links[link].head = hop
        links[link].count += 1
        touch(state, links, queue, link)


@kernel()
def detach(state: Table, links: Table, flows: Table, hops: Table, queue: Table, f: int) -> None:
    """Take a flow off every link of its path."""
    first = f * state[0].stride
    for hop in range(first, first + flows[f].hops):
        link = hops[hop].link
        before, after = hops[hop].previous, hops[hop].next
        if before >= 0:
            hops[before].next = after
        else:
            links[link].head = after
        if after >= 0:
            hops[after].previous = before
        links[link].count -= 1
        touch(state, links, queue, link)


@kernel()
def _assign(state: Table, flows: Table, heap: Table, f: int, rate: float) -> None:
    """Serve a flow at `rate` from now on; the one place where a rate, and with it a completion, is set.

    A flow whose rate stays does not touch the heap.
    """
    flow, now = flows[f], state[0].now
    if flow.rate != rate:
        flow.remaining = max(0.0, flow.remaining - flow.rate * (now - flow.since))
        flow.since = now
        flow.rate = rate
        move(state, heap, flows, f, now + flow.remaining / rate)


@kernel()
def _collect(state: Table, links: Table, flows: Table, hops: Table, queue: Table) -> tuple[int, int]:
    """Extend queue[:dirty] to the whole component, ready to be filled; return its numbers of links and flows."""
    stamp, stride = state[0].stamp, state[0].stride
    size, found, position = state[0].dirty, 0, 0
    while position < size:
        link = links[queue[position]]
        link.left = link.capacity
        link.open = link.count
        hop = link.head
        while hop >= 0:
            f = hops[hop].flow
            if flows[f].mark != stamp:
                flows[f].mark = stamp
                found += 1
                for other in range(f * stride, f * stride + flows[f].hops):
                    crossed = hops[other].link
                    if links[crossed].mark != stamp:
                        links[crossed].mark = stamp
                        queue[size] = crossed
                        size += 1
            hop = hops[hop].next
        position += 1
    return size, found


@kernel()
def _saturate(state: Table, links: Table, flows: Table, hops: Table, heap: Table, link: int, level: float) -> int:
    """Give `level` to every flow of a bottleneck that has no rate yet; return their number."""
    stamp, stride = state[0].stamp, state[0].stride
    settled = 0
    hop = links[link].head
    while hop >= 0:
        f = hops[hop].flow
        if flows[f].mark == stamp:
            flows[f].mark = stamp + 1
            settled += 1
            for other in range(f * stride, f * stride + flows[f].hops):
                crossed = hops[other].link
                links[crossed].left -= level
                links[crossed].open -= 1
            _assign(state, flows, heap, f, level)
        hop = hops[hop].next
    return settled


@kernel()
def share(state: Table, links: Table, flows: Table, hops: Table, heap: Table, queue: Table) -> None:
    """Solve the component of the links touched in this instant, level by level from the tightest link up."""
    size, unsettled = _collect(state, links, flows, hops, queue)
    level = 0.0
    while unsettled > 0:
        kept, tightest = 0, math.inf
        for position in range(size):
            link = links[queue[position]]
            if link.open > 0:
                queue[kept] = queue[position]
                kept += 1
                tightest = min(tightest, link.left / link.open)
        size = kept
        level = max(level, tightest)  # levels only rise, whatever the rounding of `left`
        for position in range(size):
            link = links[queue[position]]
            if link.open > 0 and link.left <= level * (1.0 + TIE) * link.open:
                unsettled -= _saturate(state, links, flows, hops, heap, queue[position], level)
    state[0].dirty = 0
    state[0].stamp += 2
