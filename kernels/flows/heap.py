"""An indexed binary heap of events: every flow has at most one entry, and knows its place."""

from __future__ import annotations

from kernels.flows.tables import Table
from kernels.inlined import inlined


@inlined
def _rise(heap: Table, flows: Table, place: int, instant: float, flow: int) -> None:
    """Move an event from the hole at `place` towards the root until its parent is no later."""
    while place > 0:
        parent = (place - 1) >> 1
        if heap[parent].instant <= instant:
            break
        heap[place].instant = heap[parent].instant
        heap[place].flow = heap[parent].flow
        flows[heap[place].flow].place = place
        place = parent
    heap[place].instant = instant
    heap[place].flow = flow
    flows[flow].place = place


@inlined
def _sink(heap: Table, flows: Table, size: int, place: int, instant: float, flow: int) -> None:
    """Move an event from the hole at `place` towards the leaves until its children are no earlier."""
    while True:
        child = 2 * place + 1
        if child >= size:
            break
        if child + 1 < size and heap[child + 1].instant < heap[child].instant:
            child += 1
        if heap[child].instant >= instant:
            break
        heap[place].instant = heap[child].instant
        heap[place].flow = heap[child].flow
        flows[heap[place].flow].place = place
        place = child
    heap[place].instant = instant
    heap[place].flow = flow
    flows[flow].place = place


@inlined
def push(state: Table, heap: Table, flows: Table, flow: int, instant: float) -> None:
    """Add the event of a flow that has none."""
    state[0].events += 1
    _rise(heap, flows, state[0].events - 1, instant, flow)


@inlined
def pop(state: Table, heap: Table, flows: Table) -> int:
    """Remove the earliest event and return its flow."""
    flow: int = heap[0].flow
    flows[flow].place = -1
    state[0].events -= 1
    size = state[0].events
    if size > 0:
        _sink(heap, flows, size, 0, heap[size].instant, heap[size].flow)
    return flow


@inlined
def move(state: Table, heap: Table, flows: Table, flow: int, instant: float) -> None:
    """Set the instant of a flow's event, adding the event if there is none."""
    place = flows[flow].place
    if place < 0:
        push(state, heap, flows, flow, instant)
    elif instant < heap[place].instant:
        _rise(heap, flows, place, instant, flow)
    else:
        _sink(heap, flows, state[0].events, place, instant, flow)


@inlined
def remove(state: Table, heap: Table, flows: Table, flow: int) -> None:
    """Take away the event of a flow, if it has one."""
    hole = flows[flow].place
    if hole < 0:
        return
    flows[flow].place = -1
    state[0].events -= 1
    size = state[0].events
    if hole < size:
        last = heap[size].flow
        flows[last].place = hole
        heap[hole].flow = last
        move(state, heap, flows, last, heap[size].instant)


@inlined
def hand_over(heap: Table, flows: Table, giver: int, taker: int) -> None:
    """Give one flow's event to another that has none."""
    place = flows[giver].place
    flows[giver].place = -1
    flows[taker].place = place
    heap[place].flow = taker
