"""Which links lead nearer: every form of network against the distances that NetworkX finds."""

import networkx as nx
import pytest

from topologies.networks.dragonfly import Dragonfly
from topologies.networks.fat_tree import FatTree
from topologies.networks.gpu_pod import GPUPod
from topologies.networks.hypercube import Hypercube
from topologies.networks.leaf_spine import LeafSpine
from topologies.networks.ring import Ring
from topologies.networks.single_switch import SingleSwitch
from topologies.networks.torus import Torus
from topologies.networks.wan import WAN
from topologies.routing.nearer.form import nearer_in
from topologies.routing.nearer.grid import Grid
from topologies.routing.nearer.search import Search
from topologies.routing.nearer.up_and_down import UpAndDown

TIERS = {
    "one switch": SingleSwitch().graph(5),
    "leaf-spine": LeafSpine(spines=3, hosts_per_leaf=2).graph(7),
    "one leaf": LeafSpine(leaves=1).graph(3),
    "fat tree of 2 ports": FatTree(k=2).graph(2),
    "fat tree of 4": FatTree(k=4).graph(16),
    "fat tree of 6": FatTree(k=6).graph(54),
    "rails": GPUPod(gpus_per_machine=4, rails=2).graph(12),
}
GRIDS = {
    **{
        str(shape): Torus(shape=shape).graph(1)
        for shape in ([5], [1, 1], [2], [4, 4], [3, 5], [2, 4], [1, 6], [3, 4, 2])
    },
    "ring": Ring().graph(8),
    "hypercube": Hypercube().graph(16),
}
OTHERS = {
    "dragonfly": Dragonfly(groups=3, routers_per_group=2, hosts_per_router=2, global_links=1).graph(12),
    "sites": WAN(sites=3).graph(6),
    "path": nx.path_graph(5),
    "directed": FatTree(k=4).graph(16).to_directed(),
    "one way round": nx.DiGraph([(0, 1), (1, 2), (2, 0), (2, "s"), ("s", 3), (3, "s")]),
    "two parts": nx.Graph([(0, "a"), (1, "b"), (1, "c")]),
    **{f"random {seed}": nx.gnp_random_graph(20, 0.15, seed=seed) for seed in range(3)},
    **{f"directed at random {seed}": nx.gnp_random_graph(20, 0.15, seed=seed, directed=True) for seed in range(3)},
    **{f"tree {seed}": nx.random_labeled_tree(20, seed=seed) for seed in range(2)},
}


@pytest.mark.parametrize("graph", (TIERS | GRIDS | OTHERS).values(), ids=TIERS | GRIDS | OTHERS)
def test_edges_lead_one_link_nearer_in_the_order_of_the_graph(graph):
    nearer = nearer_in(graph)
    links = {node: [(node, other) for other in graph if graph.has_edge(node, other)] for node in graph}
    away = dict(nx.all_pairs_shortest_path_length(graph))
    for node in graph:
        for goal in set(graph) - {node}:
            following = away[node].get(goal, 0) - 1
            assert nearer.edges(node, goal) == [edge for edge in links[node] if away[edge[1]].get(goal) == following]


@pytest.mark.parametrize(
    ("graphs", "form"), [(TIERS, UpAndDown), (GRIDS, Grid), (OTHERS, Search)], ids=["tiers", "grids", "others"]
)
def test_a_network_has_the_formula_of_its_form(graphs, form):
    assert {name: type(nearer_in(graph)) for name, graph in graphs.items()} == dict.fromkeys(graphs, form)


@pytest.mark.parametrize("graph", [FatTree(k=4).graph(16), Torus(shape=[4, 4]).graph(16)], ids=["fat tree", "torus"])
def test_a_network_with_a_link_missing_is_searched(graph):
    one, other = next((one, other) for one, other in graph.edges if graph.degree[one] > 1)
    graph.remove_edge(one, other)
    assert type(nearer_in(graph)) is Search


def test_a_link_between_leaves_makes_it_another_form():
    graph = LeafSpine(hosts_per_leaf=2).graph(8)
    graph.add_edge("leaf0", "leaf1")
    assert type(nearer_in(graph)) is Search


def test_switches_of_a_tier_above_different_leaves_that_overlap_are_searched():
    # spine0 is above leaves 0 and 1, spine1 above 1 and 2: up from leaf 0 there is one way only to leaf 2, by leaf 1.
    graph = nx.Graph([(0, "leaf0"), (1, "leaf1"), (2, "leaf2")])
    graph.add_edges_from([("leaf0", "spine0"), ("leaf1", "spine0"), ("leaf1", "spine1"), ("leaf2", "spine1")])
    assert type(nearer_in(graph)) is Search


def test_a_network_of_a_file_has_the_formula_of_its_form_whatever_its_switches_are_called():
    graph = nx.relabel_nodes(FatTree(k=4).graph(16), lambda node: node if isinstance(node, int) else f"the {node}")
    assert type(nearer_in(graph)) is UpAndDown
