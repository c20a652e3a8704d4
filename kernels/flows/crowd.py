"""Crowds: many flows that share one bottleneck, and nothing but it, kept in the bottleneck's virtual time.

Where every flow of a component crosses one link, and no other link is full, all have that link's fair share, or the cap
where none is exempt from it: a change of membership changes one number, the level, and the order in which the members
complete never changes. So a member carries a *goal*, the value of the crowd's `served` (bytes per member) at which it
is complete, and only the member with the least goal has an event. Joining and leaving cost O(hops + log members), where
solving the component would cost O(members): this is an incast, or a parameter server's replies.

The crowd is certain to be in the state above while its level is at most its `ceiling`, the least fair share of the
other links as of when their last flow came (later departures only raise it). Else it disperses, and is solved anew.

Parekh and Gallager, "A generalized processor sharing approach to flow control", IEEE/ACM Trans. Networking 1993,
section V.
"""

from __future__ import annotations

import math

from kernels.flows.chain import chain, touch, unchain
from kernels.flows.heap import hand_over, move, push, remove
from kernels.flows.pairing import meld, without_root
from kernels.flows.tables import Table
from kernels.inlined import inlined
from kernels.jit import kernel

#: Fewer flows are solved anew faster. Measured in a closed-loop incast, million flows per second, solved anew (as a
#: crowd: 1.8 for any number): 3.0 for 6 senders, 1.65 for 8, 1.35 for 12, 0.7 for 24.
LEAST = 8


@inlined
def _cap_of(state: Table, flows: Table, f: int) -> float:
    """The most that flow `f` gets (B/s)."""
    cap: float = math.inf if flows[f].exempt else state[0].cap
    return cap


@inlined
def _pass_time(state: Table, crowds: Table, b: int) -> None:
    """Bring `served` up to the present."""
    crowds[b].served += crowds[b].level * (state[0].now - crowds[b].since)
    crowds[b].since = state[0].now


@inlined
def _schedule(state: Table, crowds: Table, flows: Table, heap: Table, b: int) -> None:
    """Set the event of the first member to complete."""
    root = crowds[b].root
    ahead = max(0.0, flows[root].goal - crowds[b].served)
    move(state, heap, flows, root, state[0].now + ahead / crowds[b].level)


@inlined
def _lower_ceiling(state: Table, links: Table, crowds: Table, flows: Table, hops: Table, b: int, f: int) -> None:
    """Count the links of a new member in: they belong to the crowd, and bound its level."""
    first = f * state[0].stride
    for hop in range(first, first + flows[f].hops):
        link = hops[hop].link
        links[link].crowd = b
        if link != b:
            crowds[b].ceiling = min(crowds[b].ceiling, links[link].capacity / links[link].count)


@inlined
def _crowd_for(state: Table, links: Table, crowds: Table, paths: Table, trail: Table, flows: Table, f: int) -> int:
    """Return the bottleneck of the crowd that flow `f` can be of, -1 if none.

    The flow has to cross the bottleneck, and may meet only flows of that crowd, which have the same cap.
    """
    first = paths[flows[f].path].first
    b, crosses = -1, False
    for position in range(first, first + flows[f].hops):
        link = trail[position]
        if links[link].count > 0:
            crowd = links[link].crowd
            if crowd < 0 or (b >= 0 and crowd != b):
                return -1
            b = crowd
            crosses = crosses or crowd == link
    return b if crosses and crowds[b].cap == _cap_of(state, flows, f) else -1


@kernel()
def join(
    state: Table, links: Table, crowds: Table, paths: Table, trail: Table, flows: Table, hops: Table, heap: Table,
    queue: Table, f: int,
) -> bool:  # fmt: skip
    """Chain flow `f` to its links in a crowd, if there is one that it can be of; return whether there is.

    The level follows when the instant is over.
    """
    b = _crowd_for(state, links, crowds, paths, trail, flows, f)
    if b < 0:
        return False
    chain(state, links, paths, trail, flows, hops, f)
    _pass_time(state, crowds, b)
    _lower_ceiling(state, links, crowds, flows, hops, b, f)
    flow, root = flows[f], crowds[b].root
    flow.crowd, flow.child, flow.sibling = b, -1, -1
    flow.goal = crowds[b].served + flow.remaining
    crowds[b].members += 1
    crowds[b].root = meld(flows, root, f)
    if crowds[b].root == f:
        hand_over(heap, flows, root, f)
        _schedule(state, crowds, flows, heap, b)
    touch(state, links, queue, b)
    return True


@kernel()
def leave(
    state: Table, links: Table, crowds: Table, flows: Table, hops: Table, heap: Table, queue: Table, f: int
) -> None:
    """Take the first member, whose event has been popped, off its links; the level follows as in `join`."""
    b = flows[f].crowd
    flows[f].crowd = -1
    unchain(state, links, flows, hops, f)
    crowds[b].served = flows[f].goal
    crowds[b].since = state[0].now
    crowds[b].root = without_root(flows, f)
    crowds[b].members -= 1
    if crowds[b].members > 0:
        _schedule(state, crowds, flows, heap, b)
    else:
        links[b].crowd = -1
        state[0].crowds -= 1
    touch(state, links, queue, b)


@inlined
def _retune(state: Table, links: Table, crowds: Table, flows: Table, heap: Table, b: int) -> bool:
    """Set the level that the members have now; False, with nothing done, if they can no longer be a crowd."""
    level = min(links[b].capacity / links[b].count, crowds[b].cap)
    if level > crowds[b].ceiling or links[b].count != crowds[b].members:
        return False
    if level != crowds[b].level:
        _pass_time(state, crowds, b)
        crowds[b].level = level
        _schedule(state, crowds, flows, heap, b)
    return True


@inlined
def disperse(state: Table, links: Table, crowds: Table, flows: Table, hops: Table, b: int) -> None:
    """Make the members of a crowd flows of their own again, without a rate."""
    _pass_time(state, crowds, b)
    state[0].crowds -= 1
    hop = links[b].head
    while hop >= 0:
        f = hops[hop].flow
        if flows[f].crowd == b:
            flows[f].remaining = max(0.0, flows[f].goal - crowds[b].served)
            flows[f].since, flows[f].rate, flows[f].crowd = state[0].now, 0.0, -1
            for other in range(f * state[0].stride, f * state[0].stride + flows[f].hops):
                links[hops[other].link].crowd = -1
        hop = hops[hop].next


@kernel()
def settle(state: Table, links: Table, crowds: Table, flows: Table, hops: Table, heap: Table, queue: Table) -> None:
    """Give the crowds that have changed their new level; leave in queue[:dirty] what is to be solved anew.

    A crowd whose link was touched, other than by its own members, meets other flows: it disperses.
    """
    kept = 0
    for position in range(state[0].dirty):
        link = queue[position]
        b = links[link].crowd
        if b == link and _retune(state, links, crowds, flows, heap, b):
            links[link].mark = 0  # not in the queue: a component may still reach it
        else:
            queue[kept] = link
            kept += 1
    state[0].dirty = kept
    for position in range(kept):
        link = queue[position]
        b = links[link].crowd
        if b >= 0 and links[b].crowd == b:
            disperse(state, links, crowds, flows, hops, b)
            touch(state, links, queue, b)
        links[link].crowd = -1  # also where the crowd has left the link to others in this instant


@inlined
def _bottleneck(links: Table, queue: Table, size: int, members: int) -> int:
    """Return the link of queue[:size] that all flows of the component cross and that is full first, -1 if none is."""
    b, tightest = -1, float("inf")
    for position in range(size):
        link = links[queue[position]]
        if link.count > 0 and link.capacity < tightest * link.count:
            b, tightest = queue[position], link.capacity / link.count
    return b if links[b].count == members else -1


@inlined
def _alike(state: Table, links: Table, flows: Table, hops: Table, link: int) -> bool:
    """Whether the flows of a link have one cap."""
    if state[0].cap == math.inf:
        return True
    hop = links[link].head
    exempt: int = flows[hops[hop].flow].exempt
    alike = True
    while alike and hop >= 0:
        alike = flows[hops[hop].flow].exempt == exempt
        hop = hops[hop].next
    return alike


@kernel()
def gather(
    state: Table, links: Table, crowds: Table, flows: Table, hops: Table, heap: Table, queue: Table,
    size: int, members: int,
) -> bool:  # fmt: skip
    """Make the component queue[:size] of so many flows a crowd, if it can be one; return whether it can."""
    b = _bottleneck(links, queue, size, members)
    if b < 0 or not _alike(state, links, flows, hops, b):
        return False
    now, crowd = state[0].now, crowds[b]
    state[0].crowds += 1
    crowd.members = members
    crowd.cap = _cap_of(state, flows, hops[links[b].head].flow)
    crowd.level = min(links[b].capacity / links[b].count, crowd.cap)
    crowd.served, crowd.since, crowd.ceiling, crowd.root = 0.0, now, float("inf"), -1
    hop = links[b].head
    while hop >= 0:
        f = hops[hop].flow
        flow = flows[f]
        remove(state, heap, flows, f)
        flow.goal = max(0.0, flow.remaining - flow.rate * (now - flow.since))
        flow.crowd, flow.child, flow.sibling = b, -1, -1
        _lower_ceiling(state, links, crowds, flows, hops, b, f)
        crowd.root = meld(flows, crowd.root, f)
        hop = hops[hop].next
    push(state, heap, flows, crowd.root, now + flows[crowd.root].goal / crowd.level)
    return True
