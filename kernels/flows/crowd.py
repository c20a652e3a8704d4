"""Crowds: many flows that share one bottleneck, and nothing but it, kept in the bottleneck's virtual time.

Where every flow of a component crosses one link that is full, and no other link is, all have that link's fair share:
a change of membership changes one number, the level, and the order in which the members complete never changes. So a
member carries a *goal*, the value of the crowd's `served` (bytes per member) at which it is complete, and only the
member with the least goal has an event. Joining and leaving cost O(hops + log members), where solving the component
would cost O(members): this is an incast, or a parameter server's replies.

The crowd is certain to be in the state above while its level is at most its `ceiling`, the least fair share of the
other links as of when their last flow came (later departures only raise it). Else it disperses, and is solved anew.

Parekh and Gallager, "A generalized processor sharing approach to flow control", IEEE/ACM Trans. Networking 1993, section V.
"""

from __future__ import annotations

from kernels.flows.chain import touch
from kernels.flows.heap import hand_over, move, push, remove
from kernels.flows.pairing import meld, without_root
from kernels.flows.tables import Table
from kernels.jit import kernel

#: Below this many flows, solving anew is as fast.
LEAST = 8


@kernel()
def _pass_time(state: Table, crowds: Table, b: int) -> None:
    """Bring `served` up to the present."""
    crowds[b].served += crowds[b].level * (state[0].now - crowds[b].since)
    crowds[b].since = state[0].now


@kernel()
def _schedule(state: Table, crowds: Table, flows: Table, heap: Table, b: int) -> None:
    """Set the event of the first member to complete."""
    root = crowds[b].root
    ahead = max(0.0, flows[root].goal - crowds[b].served)
    move(state, heap, flows, root, state[0].now + ahead / crowds[b].level)


@kernel()
def _lower_ceiling(state: Table, links: Table, crowds: Table, flows: Table, hops: Table, b: int, f: int) -> None:
    """Count the links of a new member in: they belong to the crowd, and bound its level."""
    first = f * state[0].stride
    for hop in range(first, first + flows[f].hops):
        link = hops[hop].link
        links[link].crowd = b
        if link != b:
            crowds[b].ceiling = min(crowds[b].ceiling, links[link].capacity / links[link].count)


@kernel()
def crowd_for(links: Table, paths: Table, trail: Table, flows: Table, f: int) -> int:
    """Return the bottleneck of the crowd that a flow (not yet chained) can join, -1 if none.

    The flow has to cross the bottleneck, and may meet only flows of that crowd.
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
    return b if crosses else -1


@kernel()
def join(
    state: Table, links: Table, crowds: Table, flows: Table, hops: Table, heap: Table, queue: Table, b: int, f: int
) -> None:
    """Add a flow, chained to its links, to a crowd; the level follows when the instant is over."""
    _pass_time(state, crowds, b)
    _lower_ceiling(state, links, crowds, flows, hops, b, f)
    flow, root = flows[f], crowds[b].root
    flow.crowd, flow.child, flow.sibling = b, -1, -1
    flow.goal = crowds[b].served + flow.remaining
    crowds[b].root = meld(flows, root, f)
    if crowds[b].root == f:
        hand_over(heap, flows, root, f)
        _schedule(state, crowds, flows, heap, b)
    touch(state, links, queue, b)


@kernel()
def leave(state: Table, links: Table, crowds: Table, flows: Table, heap: Table, queue: Table, f: int) -> None:
    """Take the first member, whose event has been popped, out of its crowd; the level follows as in `join`."""
    b = flows[f].crowd
    flows[f].crowd = -1
    crowds[b].served = flows[f].goal
    crowds[b].since = state[0].now
    crowds[b].root = without_root(flows, f)
    if crowds[b].root >= 0:
        _schedule(state, crowds, flows, heap, b)
    touch(state, links, queue, b)


@kernel()
def retune(state: Table, links: Table, crowds: Table, flows: Table, heap: Table, b: int) -> bool:
    """Set the level that the present members have; False, with nothing done, if it is above the ceiling."""
    level = links[b].capacity / links[b].count
    if level > crowds[b].ceiling:
        return False
    if level != crowds[b].level:
        _pass_time(state, crowds, b)
        crowds[b].level = level
        _schedule(state, crowds, flows, heap, b)
    return True


@kernel()
def gather(state: Table, links: Table, crowds: Table, flows: Table, hops: Table, heap: Table, b: int) -> None:
    """Make a crowd of all flows on link `b`."""
    now, crowd = state[0].now, crowds[b]
    crowd.level = links[b].capacity / links[b].count
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


@kernel()
def disperse(state: Table, links: Table, crowds: Table, flows: Table, hops: Table, b: int) -> None:
    """Make the members of a crowd flows of their own again, without a rate."""
    _pass_time(state, crowds, b)
    hop = links[b].head
    while hop >= 0:
        f = hops[hop].flow
        if flows[f].crowd == b:
            flows[f].remaining = max(0.0, flows[f].goal - crowds[b].served)
            flows[f].since, flows[f].rate, flows[f].crowd = state[0].now, 0.0, -1
            for other in range(f * state[0].stride, f * state[0].stride + flows[f].hops):
                links[hops[other].link].crowd = -1
        hop = hops[hop].next
