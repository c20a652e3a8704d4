"""A schedule prepared for the engine: its nodes' records on a network, for given hosts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from kernels.flows.tables import NODE, NOWHERE, Table
from sim.fabric.acyclic import check_acyclic
from sim.fabric.schedule import Schedule
from sim.fabric.total import total
from topologies.field_error import FieldError


@dataclass(frozen=True)
class Program:
    """What the engine copies when the schedule starts, in records that do not depend on where they are copied to.

    Parameters
    ----------
    nodes
        `kernels.flows.tables.NODE` records; ``first`` counts from the start of `successors`.
    successors : int32
        Whom a node lets begin and whom it waits for, as the distance from the node.
    entry
        Node of each rank.
    leaving
        Ranks that leave when an exit node is done.
    nbytes
        All bytes that the schedule sends, in all rounds (B).
    fanout
        Number of nodes that one lets begin, at the most.
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
    nodes = np.zeros(len(sends), NODE)
    nodes["bytes"] = np.where(sends, schedule.nbytes, 0.0)
    nodes["delay"] = schedule.delay
    nodes["path"] = NOWHERE
    nodes["path"][sends] = np.array(paths, np.int32)[pair_of]
    nodes["pending"] = schedule.prerequisites()
    nodes["rounds"] = schedule.times()
    nodes["wakes"][schedule.exit] = 1
    successors = _neighbours(schedule, nodes)
    leaving: dict[int, list[int]] = {}
    for rank, node in enumerate(schedule.exit.tolist()):
        leaving.setdefault(node, []).append(rank)
    return Program(
        nodes=nodes,
        successors=successors,
        entry=schedule.entry.tolist(),
        leaving=leaving,
        nbytes=total(nodes["bytes"], nodes["rounds"]),
        fanout=int((nodes["following"] + nodes["count"]).max(initial=0)),
    )


def _neighbours(schedule: Schedule, nodes: Table) -> Table:
    """Fill in where each of `nodes` finds whom it lets begin and whom it waits for; return these, as distances."""
    before, after, again = schedule.within_rounds()
    behind = again & (before != after)  # that a node waits for itself needs no row: it knows what it has begun
    rows = np.repeat(np.arange(len(nodes)), np.diff(schedule.offsets))
    owners = {"following": before, "count": rows, "abreast": after[~again], "behind": after[behind]}
    for column, owner in owners.items():
        nodes[column] = np.bincount(owner, minlength=len(nodes))
    owner = np.concatenate([*owners.values()])
    other = np.concatenate((after, schedule.successors, before[~again], before[behind]))
    along = np.argsort(owner, kind="stable")
    nodes["first"] = np.searchsorted(owner[along], np.arange(len(nodes)))
    distances: Table = (other - owner)[along].astype(np.int32)
    return distances
