"""Messages that are hushed: they will slow others when they begin, but speed up nobody, so the caller need not look.

A new flow slows those it shares a link with; what these no longer take of their other links may speed up third parties.
Not so where it meets others on one link only, the *centre*, and whoever they share a link with crosses the centre, too:
then it takes from all of them and gives to nobody. What the caller waits for can only come later than it was told, and
nothing follows from the message itself before it has been served at full speed. In an incast, and at a parameter
server, nearly every message is of this kind, and the caller looks once per completion instead of twice.

A hushed flow claims its links until it begins, so that this stays true: a claimed link that is not a centre gets no
other flow without the caller looking. Whenever a flow that was not hushed begins, all that are hushed go back to the
heap of events: only the rare flow pays for checking what has become of them. They are few (`MOST`), and searched in
line.
"""

from __future__ import annotations

import math

from kernels.flows.crowd import LEAST
from kernels.flows.heap import push
from kernels.flows.tables import Table
from kernels.inlined import inlined

#: Flows that can be hushed at a time.
MOST = 16


@inlined
def _centre(links: Table, paths: Table, trail: Table, path: int) -> int:
    """The one link of `path` that has flows, if the others neither have any nor are claimed; -1 if there is none."""
    first = paths[path].first
    centre, others = -1, 0
    for position in range(first, first + paths[path].hops):
        link = trail[position]
        if links[link].count > 0 and (links[link].claims == 0 or links[link].centre > 0):
            centre = link
            others += 1
        elif links[link].count > 0 or links[link].claims > 0:
            others += 2
    return centre if others == 1 else -1


@inlined
def _is_star(state: Table, links: Table, flows: Table, hops: Table, centre: int, start: float) -> bool:
    """Whether whoever meets a flow of the centre crosses the centre, too: each, or all, have their other links alone.

    Flows that are early at `start` may still be postponed, and come back between others.
    """
    if links[centre].crowd == centre:
        return True
    star: bool = links[centre].count < LEAST
    hop = links[centre].head
    while star and hop >= 0:
        f = hops[hop].flow
        star = flows[f].since <= start
        for other in range(f * state[0].stride, f * state[0].stride + flows[f].hops):
            link = hops[other].link
            star = star and (link == centre or (links[link].count == 1 and links[link].claims == 0))
        hop = hops[hop].next
    return star


@inlined
def may_be_hushed(
    state: Table, links: Table, paths: Table, trail: Table, flows: Table, hops: Table, path: int, start: float
) -> bool:
    """Whether a flow that starts on `path` will speed up nobody when it begins."""
    if state[0].hushed == MOST or state[0].dirty > 0:
        return False
    centre = _centre(links, paths, trail, path)
    return centre >= 0 and _is_star(state, links, flows, hops, centre, start)


@inlined
def hush(
    state: Table, links: Table, paths: Table, trail: Table, flows: Table, hushed: Table, f: int, instant: float
) -> float:
    """Have flow `f` begin at `instant` (s) without the caller; return when something may follow, at the earliest."""
    path = paths[flows[f].path]
    for position in range(path.first, path.first + path.hops):
        link = links[trail[position]]
        link.claims += 1
        link.centre = link.count > 0
    goal: float = instant + flows[f].remaining / path.rate
    flows[f].goal = goal
    hushed[state[0].hushed].instant = instant
    hushed[state[0].hushed].flow = f
    state[0].hushed += 1
    state[0].hushed_until = min(state[0].hushed_until, instant)
    return goal


@inlined
def _unclaim(links: Table, paths: Table, trail: Table, path: int) -> None:
    first = paths[path].first
    for position in range(first, first + paths[path].hops):
        links[trail[position]].claims -= 1


@inlined
def first_hushed(state: Table, links: Table, paths: Table, trail: Table, flows: Table, hushed: Table) -> int:
    """Remove the hushed flow that begins first, and return it."""
    first = 0
    for position in range(state[0].hushed):
        if hushed[position].instant < hushed[first].instant:
            first = position
    f: int = hushed[first].flow
    state[0].hushed -= 1
    hushed[first].instant = hushed[state[0].hushed].instant
    hushed[first].flow = hushed[state[0].hushed].flow
    state[0].hushed_until = math.inf
    for position in range(state[0].hushed):
        state[0].hushed_until = min(state[0].hushed_until, hushed[position].instant)
    _unclaim(links, paths, trail, flows[f].path)
    return f


@inlined
def unhush(state: Table, links: Table, paths: Table, trail: Table, flows: Table, heap: Table, hushed: Table) -> None:
    """Make every hushed flow's beginning an event like others."""
    for position in range(state[0].hushed):
        f = hushed[position].flow
        _unclaim(links, paths, trail, flows[f].path)
        push(state, heap, flows, f, hushed[position].instant)
    state[0].hushed = 0
    state[0].hushed_until = math.inf


@inlined
def next_looked_for(state: Table, flows: Table, heap: Table, hushed: Table) -> float:
    """When something may follow that is waited for, at the earliest (s)."""
    if state[0].awaited == 0:
        return math.inf
    following = heap[0].instant if state[0].events > 0 else math.inf
    for position in range(state[0].hushed):
        following = min(following, flows[hushed[position].flow].goal)
    return following
