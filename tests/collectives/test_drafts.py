"""What schedules are written with: drafts, steps, two trees."""

from __future__ import annotations

import numpy as np
import pytest

from sim.collectives.chain import Chain
from sim.collectives.double_tree import DoubleTree
from sim.collectives.hierarchical import Hierarchical
from sim.collectives.operations.draft import Draft
from sim.collectives.operations.steps import Steps
from sim.fabric.laid_out import laid_out
from sim.fabric.schedule import Schedule
from topologies.field_error import FieldError


def edges(operation: Schedule) -> list[tuple[int, int]]:
    """Pairs of nodes, first the one that is waited for."""
    return [
        (node, after)
        for node in range(len(operation.source))
        for after in operation.successors[operation.offsets[node] : operation.offsets[node + 1]].tolist()
    ]


def test_an_entry_is_the_one_node_that_waits_for_it() -> None:
    draft = Draft(2, 8.0, pieces=4)
    send = draft.sends(0, np.array([1]), 1, 3, adds=True)
    draft.order(draft.entries()[0], send)
    made = draft.operation("broadcast", np.array([send[0], send[0], -2]), np.array([0, 1, 1]), ports=1)
    # Node 0 the send, nodes 1 and 2 the exits, of which rank 1's is the entry too.
    assert (made.entry.tolist(), made.exit.tolist(), edges(made)) == ([0, 2], [1, 2], [(0, 1), (0, 2)])
    assert (made.source.tolist(), made.target.tolist()) == ([0, -1, -1], [1, -1, -1])
    assert (made.begin[0], made.end[0], made.nbytes[0], made.adds.tolist()) == (1, 3, 4.0, [True, False, False])


def test_an_entry_that_several_nodes_wait_for_is_a_node() -> None:
    draft = Draft(1, 8.0, pieces=1)
    pair = draft.delays([1.0, 2.0])
    draft.order(draft.entries(), pair)
    made = draft.operation("broadcast", pair, np.zeros(2, np.int32), ports=1)
    assert (made.entry.tolist(), edges(made)) == ([3], [(0, 2), (1, 2), (3, 0), (3, 1)])
    assert made.delay.tolist() == [1.0, 2.0, 0.0, 0.0]


def test_a_chain_orders_each_lane_by_itself_round_after_round() -> None:
    draft = Draft(1, 0.0, pieces=1)
    with draft.turns(2, onward=0, circle=1):
        nodes = draft.delays(np.zeros(3))
        draft.chain(nodes, np.array([7, 4, 7]))
        draft.order(draft.entries(), nodes)
    made = laid_out(draft.operation("broadcast", nodes, np.zeros(3, np.int32), ports=1)).schedule
    along = {(0, 2), (2, 3), (3, 5), (1, 4)}
    before = {(node, node + 3) for node in range(3)}
    last = {(3, 6), (4, 6), (5, 6)}
    entry = {(7, 0), (7, 1), (7, 2)}
    assert set(edges(made)) == along | before | last | entry


def test_a_rank_takes_one_message_in_after_the_other() -> None:
    # Ranks 1 and 2 both send to rank 0, in two steps: the second waits for the first, not for rank 0 to enter.
    steps = Steps(3, 6.0, 1, 0.0)
    for child in (1, 2):
        steps.step(np.array([child], np.int32), np.array([0], np.int32), 0, 1, adds=True)
    made = steps.operation("all_reduce")
    assert (0, 1) in edges(made)
    assert made.entry.tolist()[0] == made.exit.tolist()[0]


def test_a_rank_adds_what_it_gets_when_it_has_entered_and_before_it_takes_more() -> None:
    steps = Steps(3, 6.0, 1, 0.5)
    for child in (1, 2):
        steps.step(np.array([child], np.int32), np.array([0], np.int32), 0, 1, adds=True)
    made = steps.operation("all_reduce")
    # 0: 1 -> 0; 1: its addition; 2: 2 -> 0; 3: its addition; 4, 5, 6: exits. 6 B at 0.5 s/B.
    assert made.delay[:4].tolist() == [0.0, 3.0, 0.0, 3.0]
    assert {(0, 1), (1, 2), (2, 3), (1, 3), (3, 4)} <= set(edges(made))
    enters = int(made.entry[0])
    assert {(enters, 1), (enters, 4)} <= set(edges(made))


@pytest.mark.parametrize("ranks", [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 16, 31, 32, 64])
def test_no_rank_has_children_in_both_trees(ranks: int) -> None:
    made = DoubleTree(chunks=1).broadcast(ranks, 2.0)
    parents = [set(made.source[(made.source > 0) & (made.begin == half)].tolist()) for half in (0, 1)]
    assert not parents[0] & parents[1]
    for half in (0, 1):
        sends = (made.source >= 0) & (made.begin == half)
        assert sorted(made.target[sends].tolist()) == list(range(1, ranks)), "each is in each tree once"
        children = np.bincount(made.source[sends], minlength=ranks)
        assert children.max(initial=0) <= 2
        assert np.count_nonzero(children[1:] == 1) == (ranks > 1 and ranks % 2), "an odd one out where it has to be"


@pytest.mark.parametrize(("ranks", "group"), [(1, 1), (2, 1), (8, 2), (12, 3), (16, 4), (31, 1), (64, 8), (1024, 32)])
def test_the_default_group_makes_the_fewest_steps(ranks: int, group: int) -> None:
    assert Hierarchical().group_of(ranks) == group


@pytest.mark.parametrize(
    ("collective", "most"),
    [(Chain(chunks=100_000), 25_000), (DoubleTree(chunks=100_000), 12_500)],
)
def test_a_schedule_of_too_many_messages_is_refused_before_it_is_written(
    collective: Chain | DoubleTree, most: int
) -> None:
    # Each of 1000 ranks below another sends a chunk up and gets it back, in two trees twice that: 50e6 / 2000, / 4000.
    with pytest.raises(FieldError, match=f"^chunks: must be at most {most}, got 100000; with "):
        collective.all_reduce(1001, 8.0)
