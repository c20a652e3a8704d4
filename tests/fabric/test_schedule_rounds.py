"""Rounds of a schedule: they end as what is laid out node by node does, and what is no round is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from sim.fabric.acyclic import check_acyclic
from sim.fabric.laid_out import laid_out
from sim.fabric.rounds import Rounds
from sim.fabric.schedule import Schedule
from sim.fabric.total import total
from topologies.field_error import FieldError

Edges = list[tuple[int, int]]


def schedule(nodes: int, rounds: list[tuple[int, int, int, Edges, Edges]], dependencies: Edges) -> Schedule:
    """Delays of nothing, node 0 the entry of the one rank, the last one its exit."""
    none, along = np.full(nodes, -1, np.int32), sorted(dependencies)
    before = [node for node, _ in along]
    return Schedule(
        none, none, np.zeros(nodes), np.zeros(nodes), np.array([node for _, node in along], np.int64),
        np.concatenate(([0], np.cumsum(np.bincount(before, minlength=nodes)))),
        entry=np.array([0]), exit=np.array([nodes - 1]),
        rounds=tuple(
            Rounds(
                first, last, count,
                before=np.array([node for node, _ in same + again]), after=np.array([node for _, node in same + again]),
                again=np.arange(len(same) + len(again)) >= len(same),
            )
            for first, last, count, same, again in rounds
        ),
    )  # fmt: skip


def edges(plain: Schedule) -> Edges:
    rows = np.repeat(np.arange(len(plain.source)), np.diff(plain.offsets))
    return list(zip(rows.tolist(), plain.successors.tolist(), strict=True))


def test_rounds_are_laid_out_one_after_the_other() -> None:
    # Entry 0; nodes 1 and 2 in three rounds, 2 after 1, each after itself, 1 after the 2 before; exit 3 after 2.
    made = schedule(4, [(1, 3, 3, [(1, 2)], [(1, 1), (2, 2), (2, 1)])], [(0, 1), (2, 3)])
    plain, node, round_ = laid_out(made)
    assert node.tolist() == [0, 1, 2, 1, 2, 1, 2, 3]
    assert round_.tolist() == [0, 0, 0, 1, 1, 2, 2, 0]
    assert sorted(edges(plain)) == [
        (0, 1), (1, 2), (1, 3), (2, 3), (2, 4), (3, 4), (3, 5), (4, 5), (4, 6), (5, 6), (6, 7)
    ]  # fmt: skip
    assert (plain.entry.tolist(), plain.exit.tolist()) == ([0], [7])
    assert made.times().tolist() == [1, 3, 3, 1]


def test_a_schedule_without_rounds_is_laid_out_as_it_is() -> None:
    made = schedule(3, [], [(0, 1), (1, 2)])
    plain, node, round_ = laid_out(made)
    assert edges(plain) == edges(made)
    assert (node.tolist(), round_.tolist()) == ([0, 1, 2], [0, 0, 0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"count": 0}, "^count: must be >= 1, got 0"),
        ({"after": np.array([1])}, "^after: must have 2 rows, as `before`, got 1"),
        ({"before": np.array([0, 2])}, r"^before: must lie in 1 \.\. 2, got 0 \.\. 2"),
        ({"after": np.array([1, 3])}, r"^after: must lie in 1 \.\. 2, got 1 \.\. 3"),
        ({"again": np.array([True, False])}, "^before: node 2 must wait for its own round before"),
    ],
)
def test_what_is_no_round_is_refused(change: dict[str, NDArray[Any] | int], message: str) -> None:
    fields: dict[str, Any] = {
        "first": 1, "last": 3, "count": 4,
        "before": np.array([1, 2]), "after": np.array([1, 2]), "again": np.array([True, True]),
    }  # fmt: skip
    with pytest.raises(FieldError, match=message):
        Rounds(**fields | change)


def test_rounds_that_share_nodes_are_refused() -> None:
    one = (1, 3, 2, [(1, 2)], [(1, 1), (2, 2)])
    with pytest.raises(FieldError, match=r"^rounds: must be apart, in order, and of the 4 nodes"):
        schedule(4, [one, (2, 4, 2, [(2, 3)], [(2, 2), (3, 3)])], [(0, 1), (2, 3)])


def test_a_node_that_waits_for_rounds_before_the_first_only_is_refused() -> None:
    with pytest.raises(FieldError, match=r"^entry: node 2 waits for no node and for no rank"):
        schedule(4, [(1, 3, 2, [], [(1, 1), (2, 2), (1, 2)])], [(0, 1), (2, 3)])


def test_a_cycle_within_a_round_is_refused() -> None:
    with pytest.raises(FieldError, match=r"^successors: nodes wait for each other, (1 -> 2 -> 1|2 -> 1 -> 2);"):
        check_acyclic(schedule(4, [(1, 3, 2, [(1, 2), (2, 1)], [(1, 1), (2, 2)])], [(0, 1), (2, 3)]))


def test_a_node_that_waits_for_rounds_of_its_own_is_refused() -> None:
    # 2 begins when 1 is done with all rounds; 1 cannot do its second before 2 has done the first.
    with pytest.raises(FieldError, match=r"^successors: nodes wait for each other, 1 -> 1;"):
        check_acyclic(schedule(4, [(1, 3, 2, [], [(1, 1), (2, 2), (2, 1)])], [(0, 1), (1, 2), (2, 3)]))


def test_a_total_is_rounded_once() -> None:
    assert total(np.array([0.1, 2.0, 0.1]), np.array([7, 1, 3])) == 3.0
    assert total(np.zeros(0), np.zeros(0, int)) == 0.0
