"""The tables that the network engine works on: one record per flow, hop, link, path, schedule node, ...

Every table is a one-dimensional array of records, so that a kernel reads ``flows[f].remaining``. The element class is
``numpy.record``: the same text runs uncompiled. Records refer to each other by row number; -1 is nobody. Times are in
seconds, sizes in bytes, rates in B/s.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Table: TypeAlias = NDArray[Any]

#: A flow waits for its latency, queues behind its predecessor in the stream, is served.
WAITING, QUEUED, SERVED = 0, 1, 2

#: In place of a node number: the whole schedule is over. Greater than any node, so that it is sorted last.
OVER = 1 << 62

#: In place of an instant: there is no vacant flow record; the engine has been further already.
FULL, LATE = float("-inf"), -1e308

#: In place of a message's ticket: nobody waits for it.
NOBODY = -1

#: The path without links and latency: loopback, an ideal network, a schedule's pure delay.
NOWHERE = 0


def _record(*fields: tuple[str, str]) -> np.dtype[Any]:
    return np.dtype((np.record, list(fields)))


#: The engine's scalars; a table of one row.
STATE = _record(
    ("now", "f8"),  # the instant being processed
    ("cap", "f8"),  # most that one flow gets that is not exempt
    ("hushed_until", "f8"),  # when the first of the hushed flows begins
    ("events", "i8"),  # entries in the heap
    ("hushed", "i8"),  # entries in the table of hushed flows (see `kernels.flows.hush`)
    ("upset", "i8"),  # 1: a flow that was not hushed has begun in this instant
    ("dirty", "i8"),  # links whose flows changed in this instant: queue[:dirty]
    ("crowds", "i8"),  # crowds that there are
    ("stamp", "i8"),  # marks what a solution has visited; even, grows by two with every solution
    ("wakes", "i8"),  # rows of the wakes table that are filled
    ("told", "i8"),  # 1: the caller has seen them
    ("patient", "i8"),  # 1: answers may come in the instant of the wake, so rates wait for them
    ("awaited", "i8"),  # flows under way that somebody waits for
    ("free", "i8"),  # first of the recycled flow records, chained by `next`
    ("used", "i8"),  # flow records ever used
    ("vacant", "i8"),  # flow records that can still be taken
    ("fanout", "i8"),  # most flows that one completion can start
    ("stride", "i8"),  # hop records per flow
)

#: A directed resource.
LINK = _record(
    ("capacity", "f8"),
    ("left", "f8"),  # while solving: capacity not yet given away
    ("mark", "i8"),
    ("head", "i4"),  # first hop of the chain of flows on this link
    ("count", "i4"),  # flows on this link
    ("open", "i4"),  # while solving: flows on this link without a rate
    ("crowd", "i4"),  # the bottleneck of the crowd that all flows on this link belong to
    ("claims", "i4"),  # hushed flows that will use this link
    ("centre", "i4"),  # where it is claimed: 1 if it is where these meet others
)

#: The crowd of flows whose bottleneck is the link of the same row (see `kernels.flows.crowd`).
CROWD = _record(
    ("level", "f8"),  # rate of each member
    ("served", "f8"),  # bytes that each member present all along had been served at the instant `since`
    ("since", "f8"),
    ("ceiling", "f8"),  # up to this level no other link of a member is full
    ("cap", "f8"),  # most that a member gets: all are exempt, or none is
    ("root", "i4"),  # the member that completes first
    ("members", "i4"),
)

#: The way from a source to a target; also the channel, an ordered stream, between the two.
PATH = _record(
    ("latency", "f8"),
    ("rate", "f8"),  # what a flow gets that meets no other
    ("carried", "f8"),  # bytes of the flows whose serving has begun, or is certain to
    ("first", "i4"),  # its links are trail[first : first + hops]
    ("hops", "i4"),
    ("tail", "i4"),  # last flow of the ordered stream
    ("shy", "i4"),  # so many flows of schedules will not be early here
    ("exempt", "i4"),  # 1: the cap does not hold here
    ("spare", "i4"),
)

#: A message, or a pure delay, from its start to its last byte.
FLOW = _record(
    ("remaining", "f8"),  # bytes still to serve at the instant `since`
    ("goal", "f8"),  # in a crowd: complete when its `served` is this; hushed: see there; else when it was to start
    ("rate", "f8"),
    ("since", "f8"),  # of a flow that was early: later than now until its serving begins
    ("ticket", "i8"),  # names a message to the caller; NOBODY also for a flow of a schedule
    ("mark", "i8"),
    ("node", "i4"),  # the schedule node that this flow is; -1 for a message
    ("path", "i4"),  # -1: the record is vacant
    ("hops", "i4"),  # its hop records are hops[f * stride : f * stride + hops]
    ("phase", "i4"),
    ("ordered", "i4"),  # 1: part of its path's stream
    ("turn", "i4"),  # 1: all earlier flows of the stream have been served
    ("next", "i4"),  # its successor in the stream; in a vacant record, the next vacant one
    ("place", "i4"),  # its entry in the heap
    ("crowd", "i4"),  # bottleneck of its crowd
    ("child", "i4"),  # in the crowd's pairing heap
    ("sibling", "i4"),
    ("exempt", "i4"),  # as its path
)

#: A flow on a link, in the link's doubly linked chain.
HOP = _record(("link", "i4"), ("flow", "i4"), ("next", "i4"), ("previous", "i4"))

#: An entry of the event heap, or of the table of hushed flows: when the flow leaves its phase.
EVENT = _record(("instant", "f8"), ("flow", "i8"))

#: A node of a schedule that runs. Other nodes are named in one row of the successors, as distances from this one: first
#: those that its round lets begin theirs, then its dependants, then whom it waits for itself.
NODE = _record(
    ("bytes", "f8"),
    ("delay", "f8"),
    ("path", "i4"),
    ("pending", "i4"),  # predecessors not yet done, and entries not yet released, before the first round
    ("first", "i4"),  # where its row begins
    ("following", "i4"),  # so many nodes may begin a round when a round of this one is done
    ("count", "i4"),  # so many dependants may begin when the last one is
    ("abreast", "i4"),  # so many nodes must have done a round before this one begins the same
    ("behind", "i4"),  # so many others must have done the round before it
    ("rounds", "i4"),  # how often it is to be done
    ("begun", "i4"),
    ("done", "i4"),
    ("run", "i4"),
    ("wakes", "i4"),  # 1: the caller waits for this node
)

#: A schedule that runs.
RUN = _record(("ticket", "i8"), ("remaining", "i8"))  # remaining: nodes not yet done

#: What the caller waits for has happened: a message (node -1), an exit node, or a whole schedule (node OVER).
WAKE = _record(("ticket", "i8"), ("node", "i8"))


def empty_state() -> Table:
    """Return the state of an engine at time zero that has no records yet."""
    state = np.zeros(1, STATE)
    state["cap"] = state["hushed_until"] = np.inf
    state["free"] = -1
    state["stamp"] = 2
    return state


def grown(table: Table, size: int) -> Table:
    """Return `table` itself where it has `size` rows, else a copy that has, zeros appended, at least twice as long."""
    if len(table) >= size:
        return table
    larger = np.zeros(max(size, 2 * len(table)), table.dtype)
    larger[: len(table)] = table
    return larger
