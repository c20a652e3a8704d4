"""Two sides of a graph, and everybody but one."""

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topologies.bipartite import sides
from topologies.communication.complete import Others


@given(st.integers(1, 12), st.floats(0.0, 0.5), st.integers(0, 1000))
def test_sides_agree_with_networkx(workers, probability, seed):
    graph = nx.gnp_random_graph(workers, probability, seed=seed)
    neighbours = [sorted(graph[rank]) for rank in range(workers)]
    if nx.is_bipartite(graph):
        first, second = sides(neighbours)
        assert first | second == set(graph)
        assert not first & second
        assert all((one in first) != (other in first) for one, other in graph.edges)
        assert all(min(part) in first for part in nx.connected_components(graph))
    else:
        with pytest.raises(ValueError, match=r"^no two sides: ranks \d+ and \d+ are neighbours on a circle of odd"):
            sides(neighbours)


@given(st.integers(1, 9), st.data())
def test_others_are_all_but_one(workers, data):
    rank = data.draw(st.integers(0, workers - 1))
    expected = [other for other in range(workers) if other != rank]
    others = Others(rank, workers)
    assert list(others) == expected
    assert len(others) == workers - 1
    assert others[1:] == expected[1:]
    assert (rank in others, workers in others) == (False, False)
    with pytest.raises(IndexError):
        others[workers - 1]


def test_one_of_two_neighbours_is_enough_to_name_the_other():
    assert sides([[], [0], [1]]) == ({0, 2}, {1})
    with pytest.raises(ValueError, match="ranks 2 and 0"):
        sides([[1], [2], [0]])
