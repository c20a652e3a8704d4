"""Who shares which link, and at what rate: max-min fairness by progressive filling.

A rate can change only in the connected component of links and flows that a change touches, so only that is solved.
Bertsekas and Gallager, "Data Networks", 2nd edition, section 6.5.2.
"""

from __future__ import annotations

import math

from kernels.flows.chain import chain, touch, unchain
from kernels.flows.crowd import LEAST, crowd_for, disperse, gather, join, leave, retune
from kernels.flows.heap import move
from kernels.flows.tables import Table
from kernels.jit import kernel

#: Links whose fair shares differ by less (relative) are bottlenecks of one level: their difference is rounding.
TIE = 1e-12


@kernel()
def attach(
    state: Table, links: Table, crowds: Table, paths: Table, trail: Table, flows: Table, hops: Table, heap: Table,
    queue: Table, f: int,
) -> None:  # fmt: skip
    """Put a flow on its links; it gets its rate when the instant is over."""
    flows[f].rate, flows[f].since = 0.0, state[0].now
    b = crowd_for(links, paths, trail, flows, f)
    chain(state, links, paths, trail, flows, hops, f)
    if b >= 0:
        join(state, links, crowds, flows, hops, heap, queue, b, f)
    else:
        _touch_path(state, links, flows, hops, queue, f)


@kernel()
def detach(
    state: Table, links: Table, crowds: Table, flows: Table, hops: Table, heap: Table, queue: Table, f: int
) -> None:
    """Take a flow, whose event has been popped, off its links."""
    unchain(state, links, flows, hops, f)
    if flows[f].crowd >= 0:
        leave(state, links, crowds, flows, heap, queue, f)
    else:
        _touch_path(state, links, flows, hops, queue, f)


@kernel()
def _touch_path(state: Table, links: Table, flows: Table, hops: Table, queue: Table, f: int) -> None:
    first = f * state[0].stride
    for hop in range(first, first + flows[f].hops):
        touch(state, links, queue, hops[hop].link)


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
def _collect(state: Table, links: Table, crowds: Table, flows: Table, hops: Table, queue: Table) -> tuple[int, int]:
    """Extend queue[:dirty] to the whole component, ready to be filled; return its numbers of links and flows."""
    stamp, stride = state[0].stamp, state[0].stride
    size, found, position = state[0].dirty, 0, 0
    while position < size:
        link = links[queue[position]]
        if link.crowd >= 0:
            disperse(state, links, crowds, flows, hops, link.crowd)
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
def _retune_crowds(state: Table, links: Table, crowds: Table, flows: Table, heap: Table, queue: Table) -> None:
    """Strike from queue[:dirty] the crowds that remain crowds."""
    kept = 0
    for position in range(state[0].dirty):
        link = queue[position]
        if links[link].crowd == link and retune(state, links, crowds, flows, heap, link):
            links[link].mark = 0
        else:
            queue[kept] = link
            kept += 1
    state[0].dirty = kept


@kernel()
def _fill(
    state: Table, links: Table, crowds: Table, flows: Table, hops: Table, heap: Table, queue: Table,
    size: int, unsettled: int,
) -> None:  # fmt: skip
    """Give every flow of the component queue[:size] its rate, level by level from the tightest link up."""
    level, everyone = 0.0, unsettled
    while unsettled > 0:
        kept, tightest, bottleneck = 0, math.inf, -1
        for position in range(size):
            link = links[queue[position]]
            if link.open > 0:
                queue[kept] = queue[position]
                kept += 1
                fair = link.left / link.open
                if fair < tightest:
                    tightest, bottleneck = fair, queue[position]
        size = kept
        if everyone >= LEAST and links[bottleneck].open == everyone:
            gather(state, links, crowds, flows, hops, heap, bottleneck)
            return
        level = max(level, tightest)  # levels only rise, whatever the rounding of `left`
        for position in range(size):
            link = links[queue[position]]
            if link.open > 0 and link.left <= level * (1.0 + TIE) * link.open:
                unsettled -= _saturate(state, links, flows, hops, heap, queue[position], level)


@kernel()
def share(state: Table, links: Table, crowds: Table, flows: Table, hops: Table, heap: Table, queue: Table) -> None:
    """Bring the rates up to date with the changes of this instant."""
    _retune_crowds(state, links, crowds, flows, heap, queue)
    if state[0].dirty > 0:
        size, unsettled = _collect(state, links, crowds, flows, hops, queue)
        _fill(state, links, crowds, flows, hops, heap, queue, size, unsettled)
    state[0].dirty = 0
    state[0].stamp += 2
