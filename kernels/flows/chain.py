"""The chain of flows on each link."""

from __future__ import annotations

from kernels.flows.tables import Table
from kernels.inlined import inlined


@inlined
def touch(state: Table, links: Table, queue: Table, link: int) -> None:
    """Note that the flows of a link have changed: rates are to be brought up to date when this instant is over."""
    if links[link].mark != state[0].stamp:
        links[link].mark = state[0].stamp
        queue[state[0].dirty] = link
        state[0].dirty += 1


@inlined
def touch_path(state: Table, links: Table, flows: Table, hops: Table, queue: Table, f: int) -> None:
    """Touch the links of a flow that is, or was, chained; there is nothing to solve where no flow is left."""
    first = f * state[0].stride
    for hop in range(first, first + flows[f].hops):
        if links[hops[hop].link].count > 0:
            touch(state, links, queue, hops[hop].link)


@inlined
def chain(state: Table, links: Table, paths: Table, trail: Table, flows: Table, hops: Table, f: int) -> None:
    """Add a flow to the chain of every link of its path."""
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


@inlined
def unchain(state: Table, links: Table, flows: Table, hops: Table, f: int) -> None:
    """Take a flow out of the chains of its links; a link without flows belongs to no crowd."""
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
        if links[link].count == 0:
            links[link].crowd = -1
