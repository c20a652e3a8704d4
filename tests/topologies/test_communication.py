"""Communication graphs."""

import networkx as nx
import pytest

from topologies.communication.complete import Complete, complete
from topologies.communication.ring import Ring, ring


@pytest.mark.parametrize("workers", [3, 4, 7, 16])
def test_the_ring_is_the_circulant_graph_of_step_1(workers):
    assert nx.is_isomorphic(ring(workers), nx.circulant_graph(workers, [1]))


@pytest.mark.parametrize("workers", [1, 2, 5, 8])
def test_the_complete_graph_is_the_complement_of_the_empty_graph(workers):
    assert nx.is_isomorphic(complete(workers), nx.complement(nx.empty_graph(workers)))


def test_neighbours_on_the_ring_are_the_next_and_the_previous_rank():
    assert [sorted(ring(5)[rank]) for rank in range(5)] == [[1, 4], [0, 2], [1, 3], [2, 4], [0, 3]]


@pytest.mark.parametrize("option", [Ring(), Complete()])
def test_two_workers_talk_to_each_other_once(option):
    assert list(option.graph(2).edges) == [(0, 1)]


@pytest.mark.parametrize("option", [Ring(), Complete()])
def test_a_single_worker_talks_to_nobody(option):
    graph = option.graph(1)
    assert (list(graph), list(graph.edges)) == ([0], [])


@pytest.mark.parametrize("option", [Ring(), Complete()])
def test_no_workers_are_refused(option, refused):
    with refused("workers: must be at least 1, got 0; give the number of ranks"):
        option.graph(0)
