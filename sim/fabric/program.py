"""A schedule prepared for the engine: its nodes' records on a network, for given hosts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from kernels.flows.tables import NODE, NOWHERE, Table
from sim.fabric.acyclic import check_acyclic
from sim.fabric.schedule import Schedule
from topologies.field_error import FieldError


@dataclass(frozen=True)
class Program:
    """What the engine copies when the schedule starts, in records that do not depend on where they are copied to.

    Parameters
    ----------
    nodes
        `kernels.flows.tables.NODE` records; ``first`` counts from the start of `successors`.
    successors : int32
        Dependants, as the distance from the node.
    entry
        Node of each rank.
    leaving
        Ranks that leave when an exit node is done.
    nbytes
        All bytes that the schedule sends (B).
    fanout
        Number of a node's dependants, at the most.
    """

    nodes: Table
    successors: Table
    entry: list[int]
    leaving: dict[int, list[int]]
    nbytes: float
    fanout: int


def prepare(schedule: Schedule, hosts: tuple[int, ...], path: Callable[[Any, Any], int]) -> Program:
    """Lower `schedule` to records.

    Parameters
    ----------
    schedule
        The graph of sends and delays.
    hosts
        Host of each rank.
    path
        The engine's path from one host, or another node that takes part, to another.

    Raises
    ------
    FieldError
        If there are not as many hosts as ranks, or nodes wait for each other.
    """
    if len(hosts) != schedule.ranks:
        raise FieldError("hosts", f"the schedule has {schedule.ranks} ranks, got {len(hosts)} hosts; give one for each")
    check_acyclic(schedule)
    sends, places, at = schedule.source >= 0, schedule.places, (*hosts, *schedule.through)
    pairs, pair_of = np.unique(schedule.source[sends].astype(np.int64) * places + schedule.target[sends],
                               return_inverse=True)  # fmt: skip
    paths = [path(at[pair // places], at[pair % places]) for pair in pairs.tolist()]
    counts = np.diff(schedule.offsets)
    nodes = np.zeros(len(sends), NODE)
    nodes["bytes"] = np.where(sends, schedule.nbytes, 0.0)
    nodes["delay"] = schedule.delay
    nodes["path"] = NOWHERE
    nodes["path"][sends] = np.array(paths, np.int32)[pair_of]
    nodes["pending"] = schedule.prerequisites()
    nodes["first"] = schedule.offsets[:-1]
    nodes["count"] = counts
    nodes["wakes"][schedule.exit] = 1
    leaving: dict[int, list[int]] = {}
    for rank, node in enumerate(schedule.exit.tolist()):
        leaving.setdefault(node, []).append(rank)
    return Program(
        nodes=nodes,
        successors=(schedule.successors - np.repeat(np.arange(len(sends)), counts)).astype(np.int32),
        entry=schedule.entry.tolist(),
        leaving=leaving,
        nbytes=float(nodes["bytes"].sum()),
        fanout=int(counts.max(initial=0)),
    )
