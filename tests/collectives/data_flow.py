"""Whose contributions each rank ends with: an operation's graph followed symbolically, without a clock.

A send carries what its rank has waited for: what the rank itself had when it entered and, of what has been sent to it,
all that the send depends on. What comes in otherwise, however early, is not in it. So the result does not depend on
time.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from sim.collectives.operations.operation import Operation
from sim.fabric.laid_out import laid_out

#: [rank, piece, contributor]: how often the rank's version of the piece contains the contributor's.
Contents = NDArray[np.int8]


@cache
def send_by_send(operation: Operation) -> Operation:
    """The same operation with every round laid out."""
    plain, node, round_ = laid_out(operation)
    begin = operation.begin[node]
    for turns in operation.rounds:
        within = (turns.first <= node) & (node < turns.last) & (operation.source[node] >= 0)
        begin[within] = turns.carried(begin[within], round_[within])
    end = begin + (operation.end - operation.begin)[node]
    columns = {name: getattr(plain, name) for name in ("source", "target", "nbytes", "delay", "successors", "offsets")}
    return replace(
        operation,
        **columns,
        entry=plain.entry,
        exit=plain.exit,
        begin=begin,
        end=end,
        adds=operation.adds[node],
        rounds=(),
    )


def pasts(operation: Operation) -> dict[int, int]:
    """For each node, in an order in which nodes may run: the set of nodes it comes after, as bits.

    The entering of rank r is bit ``nodes + r``.
    """
    nodes = len(operation.source)
    past = [0] * nodes
    for rank, node in enumerate(operation.entry.tolist()):
        past[node] |= 1 << nodes + rank
    pending = np.bincount(operation.successors, minlength=nodes)
    able = [node for node in range(nodes) if pending[node] == 0]
    done: dict[int, int] = {}
    while able:
        node = able.pop()
        done[node] = past[node]
        for after in operation.successors[operation.offsets[node] : operation.offsets[node + 1]].tolist():
            past[after] |= past[node] | 1 << node
            pending[after] -= 1
            if pending[after] == 0:
                able.append(after)
    assert len(done) == nodes, "there is a cycle"
    return done


def follow(operation: Operation, initial: Contents) -> Contents:
    """Return what each rank has when it leaves, of what all have when they enter; nobody may have anything twice."""
    operation = send_by_send(operation)
    nodes, past = len(operation.source), pasts(operation)
    inbox: list[list[int]] = [[] for _ in range(operation.places)]
    # what matters to a rank: that it has entered; a switch has nothing before it is sent something,
    own = [1 << nodes + rank if rank < operation.ranks else 0 for rank in range(operation.places)]
    for node in np.flatnonzero(operation.source >= 0).tolist():
        own[operation.target[node]] |= 1 << node  # and what has been sent to it
    carried: dict[int, Contents] = {}

    @cache
    def content(rank: int, before: int) -> Contents:
        last = next((send for send in reversed(inbox[rank]) if before >> send & 1), None)
        if last is None:
            return initial[rank] * np.int8(before >> nodes + rank & 1) if rank < operation.ranks else 0 * initial[0]
        has = content(rank, before ^ 1 << last).copy()
        part = slice(operation.begin[last], operation.end[last])
        has[part] = has[part] + carried[last] if operation.adds[last] else carried[last]
        assert has.max(initial=0) <= 1
        return has

    for node, before in past.items():
        if operation.source[node] >= 0:
            source = int(operation.source[node])
            carried[node] = content(source, before & own[source])[operation.begin[node] : operation.end[node]]
            inbox[operation.target[node]].append(node)
    return np.stack([content(rank, past[leave] & own[rank]) for rank, leave in enumerate(operation.exit.tolist())])


def contributions(operation: Operation) -> Contents:
    """What the ranks have before they reduce: each its own."""
    own = np.eye(operation.ranks, dtype=np.int8)
    return np.repeat(own[:, np.newaxis], operation.pieces, axis=1)


def most_at_once(operation: Operation) -> int:
    """The most sends that a rank makes, or gets, at a time, where all take equally long: the graph runs in rounds."""
    operation = send_by_send(operation)
    depth = np.zeros(len(operation.source), np.int64)
    for node in pasts(operation):
        after = operation.successors[operation.offsets[node] : operation.offsets[node + 1]]
        depth[after] = np.maximum(depth[after], depth[node] + (operation.source[node] >= 0))
    sends = operation.source >= 0
    most = 0
    for ends in (operation.source[sends], operation.target[sends]):
        _, at_once = np.unique(np.stack((ends, depth[sends])), axis=1, return_counts=True)
        most = max(most, int(at_once.max(initial=0)))
    return most
