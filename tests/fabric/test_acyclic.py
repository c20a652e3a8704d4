"""Schedules whose nodes wait for each other are refused."""

from __future__ import annotations

import numpy as np
import pytest
from workloads import star

from sim.fabric.acyclic import check_acyclic
from sim.fabric.clock import Clock
from sim.fabric.fabric import Fabric
from sim.fabric.schedule import Schedule
from topologies.field_error import FieldError


def graph(*rows: list[int]) -> Schedule:
    """Delays of nothing, each with its dependants; node 0 is the entry of the one rank."""
    n = len(rows)
    none = np.full(n, -1, np.int32)
    return Schedule(
        none, none, np.zeros(n), np.zeros(n), np.array([node for row in rows for node in row], np.int64),
        np.cumsum([0, *map(len, rows)]), entry=np.array([0]), exit=np.array([0]),
    )  # fmt: skip


def test_a_graph_without_a_cycle_passes() -> None:
    check_acyclic(graph([1, 2], [3], [3], []))


def test_a_cycle_is_named_and_what_only_hangs_on_it_is_not() -> None:
    with pytest.raises(FieldError, match=r"^successors: nodes wait for each other, (2 -> 3 -> 2|3 -> 2 -> 3);"):
        check_acyclic(graph([1], [2], [3], [2, 4], [5], []))


def test_a_node_that_waits_for_itself_is_a_cycle() -> None:
    with pytest.raises(FieldError, match=r"^successors: nodes wait for each other, 1 -> 1;"):
        check_acyclic(graph([1], [1]))


def test_a_schedule_with_a_cycle_is_refused_when_it_starts() -> None:
    fabric = Fabric(Clock(), star([1.0, 1.0], 0.0))
    with pytest.raises(FieldError, match=r"^successors: nodes wait for each other"):
        fabric.start(graph([1], [2], [1]), [0], lambda _: None)
