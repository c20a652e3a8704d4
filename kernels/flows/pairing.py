"""A pairing heap of the flows of a crowd, least goal first, woven into the flow records.

Fredman, Sedgewick, Sleator and Tarjan, "The pairing heap: a new form of self-adjusting heap", Algorithmica 1986.
"""

from __future__ import annotations

from kernels.flows.tables import Table
from kernels.inlined import inlined


@inlined
def meld(flows: Table, one: int, other: int) -> int:
    """Join two heaps, given by their roots (-1: an empty one); return the root. Of equal goals, `one` is first."""
    if one < 0:
        return other
    if other < 0:
        return one
    if flows[other].goal < flows[one].goal:
        one, other = other, one
    flows[other].sibling = flows[one].child
    flows[one].child = other
    return one


@inlined
def without_root(flows: Table, root: int) -> int:
    """Remove the root; return the new one, -1 if none is left."""
    pairs = -1
    flow = flows[root].child
    while flow >= 0:  # meld children two by two, from the left
        partner = flows[flow].sibling
        following = flows[partner].sibling if partner >= 0 else -1
        flows[flow].sibling = -1
        if partner >= 0:
            flows[partner].sibling = -1
        pair = meld(flows, flow, partner)
        flows[pair].sibling = pairs
        pairs = pair
        flow = following
    heap = -1
    while pairs >= 0:  # and the pairs, from the right
        following = flows[pairs].sibling
        flows[pairs].sibling = -1
        heap = meld(flows, pairs, heap)
        pairs = following
    return heap
