"""Who shares which link, and at what rate: max-min fairness by progressive filling.

A rate is also bounded by a cap, the same for all flows but those that are exempt: levels rise until they meet it, those
that are left have it, and levels rise on for the exempt.

A rate can change only in the connected component of links and flows that a change touches, so only that is solved.
Bertsekas and Gallager, "Data Networks", 2nd edition, section 6.5.2.
"""

from __future__ import annotations

import math

from kernels.flows.heap import move
from kernels.flows.tables import Table
from kernels.inlined import inlined

#: Links whose fair shares differ by less (relative) are bottlenecks of one level: their difference is rounding.
TIE = 1e-12


@inlined
def _assign(state: Table, flows: Table, heap: Table, f: int, rate: float) -> None:
    """Serve a flow at `rate` from now on; sets its completion.

    A flow whose rate stays does not touch the heap.
    """
    flow, now = flows[f], state[0].now
    if flow.rate != rate:
        flow.remaining = max(0.0, flow.remaining - flow.rate * (now - flow.since))
        flow.since = now
        flow.rate = rate
        move(state, heap, flows, f, now + flow.remaining / rate)


@inlined
def _narrowest_shared(links: Table, hops: Table, first: int, last: int) -> float:
    """The least capacity (B/s) of the links in hops[first:last] that others use, too; infinite if there is none."""
    narrowest: float = math.inf
    for hop in range(first, last):
        link = links[hops[hop].link]
        if link.count > 1:
            narrowest = min(narrowest, link.capacity)
    return narrowest


@inlined
def collect(state: Table, links: Table, flows: Table, hops: Table, queue: Table) -> tuple[int, int]:
    """Extend queue[:dirty] to the whole component; return its numbers of links and flows.

    A link that one flow has to itself is left out where it shares another that is no wider: that one is full first.
    """
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
                first, last = f * stride, f * stride + flows[f].hops
                narrowest = _narrowest_shared(links, hops, first, last)
                for other in range(first, last):
                    crossed = hops[other].link
                    own = links[crossed].count == 1 and links[crossed].capacity >= narrowest
                    if links[crossed].mark != stamp and not own:
                        links[crossed].mark = stamp
                        queue[size] = crossed
                        size += 1
            hop = hops[hop].next
        position += 1
    return size, found


@inlined
def _saturate(
    state: Table, links: Table, flows: Table, hops: Table, heap: Table, link: int, level: float, capped: bool
) -> int:
    """Give `level` to every flow of a link that has no rate yet, or to the `capped` ones; return their number."""
    stamp, stride = state[0].stamp, state[0].stride
    settled = 0
    hop = links[link].head
    while hop >= 0:
        f = hops[hop].flow
        if flows[f].mark == stamp and not (capped and flows[f].exempt):
            flows[f].mark = stamp + 1
            settled += 1
            for other in range(f * stride, f * stride + flows[f].hops):
                crossed = hops[other].link
                links[crossed].left -= level
                links[crossed].open -= 1
            _assign(state, flows, heap, f, level)
        hop = hops[hop].next
    return settled


@inlined
def fill(
    state: Table, links: Table, flows: Table, hops: Table, heap: Table, queue: Table, size: int, unsettled: int
) -> None:
    """Give every flow of the component queue[:size] its rate, level by level from the tightest link up."""
    level, cap = 0.0, state[0].cap
    while unsettled > 0:
        kept, tightest = 0, math.inf
        for position in range(size):
            link = links[queue[position]]
            if link.open > 0:
                queue[kept] = queue[position]
                kept += 1
                tightest = min(tightest, link.left / link.open)
        size = kept
        level = min(max(level, tightest), cap)  # levels only rise, whatever the rounding of `left`
        capped = level == cap
        for position in range(size):
            link = links[queue[position]]
            if link.open > 0 and (capped or link.left <= level * (1.0 + TIE) * link.open):
                unsettled -= _saturate(state, links, flows, hops, heap, queue[position], level, capped)
        if capped:
            cap = math.inf  # for those that are left
