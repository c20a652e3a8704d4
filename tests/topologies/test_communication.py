"""Communication graphs."""

import json
import math
import os
import weakref
from collections import Counter
from functools import reduce

import networkx as nx
import numpy as np
import pytest

from topologies.communication.base_graph import BaseGraph
from topologies.communication.complete import Complete, complete
from topologies.communication.edges import directed, undirected
from topologies.communication.erdos_renyi import ErdosRenyi, erdos_renyi
from topologies.communication.exponential import Exponential, exponential
from topologies.communication.file import File, file
from topologies.communication.hypercube import Hypercube, hypercube
from topologies.communication.one_peer_exponential import OnePeerExponential, one_peer_exponential
from topologies.communication.random_matching import RandomMatching, random_matching
from topologies.communication.random_regular import RandomRegular, random_regular
from topologies.communication.ring import Ring, ring
from topologies.communication.small_world import SmallWorld, small_world
from topologies.communication.star import Star, star
from topologies.communication.torus import Torus, torus
from topologies.communication.weighted import Weights
from topologies.field_error import FieldError
from topologies.mixing import metropolis, uniform

UNDIRECTED = [
    Ring(),
    Complete(),
    Star(),
    Hypercube(),
    Torus(),
    RandomRegular(),
    ErdosRenyi(),
    SmallWorld(),
    RandomMatching(),
    BaseGraph(),
    BaseGraph(k=3),
]
OPTIONS = [*UNDIRECTED, Exponential(), OnePeerExponential()]
SHAPES = [(1,), (2,), (5,), (4, 4), (3, 5), (2, 4), (1, 6), (2, 2), (3, 4, 5), (2, 1, 3), (2, 2, 2, 2)]


@pytest.mark.parametrize("workers", [3, 4, 7, 16])
def test_the_ring_is_the_circulant_graph_of_step_1(workers):
    assert nx.is_isomorphic(ring(workers), nx.circulant_graph(workers, [1]))


@pytest.mark.parametrize("workers", [1, 2, 5, 8])
def test_the_complete_graph_is_the_complement_of_the_empty_graph(workers):
    assert nx.is_isomorphic(complete(workers), nx.complement(nx.empty_graph(workers)))


def test_neighbours_on_the_ring_are_the_next_and_the_previous_rank():
    assert [sorted(ring(5)[rank]) for rank in range(5)] == [[1, 4], [0, 2], [1, 3], [2, 4], [0, 3]]


def test_edges_make_one_graph_in_whatever_order_they_come():
    one, other = undirected(4, [(0, 1), (1, 3)]), undirected(4, [(3, 1), (1, 0), (0, 1)])
    assert (list(one), list(one.edges)) == (list(other), list(other.edges)) == ([0, 1, 2, 3], [(0, 1), (1, 3)])


def test_directed_edges_make_one_graph_in_whatever_order_they_come():
    one, other = directed(3, [(2, 1), (0, 2), (1, 2)]), directed(3, [(1, 2), (2, 1), (0, 2), (2, 1)])
    assert (list(one), list(one.edges)) == (list(other), list(other.edges)) == ([0, 1, 2], [(0, 2), (1, 2), (2, 1)])


@pytest.mark.parametrize("workers", [3, 4, 9])
def test_the_star_is_a_tree_with_rank_0_in_the_middle(workers):
    assert nx.is_tree(star(workers))
    assert sorted(star(workers)[0]) == list(range(1, workers))


@pytest.mark.parametrize("dimension", range(1, 5))
def test_the_hypercube_joins_ranks_that_differ_in_one_bit(dimension):
    graph = hypercube(2**dimension)
    assert nx.is_isomorphic(graph, nx.convert_node_labels_to_integers(nx.hypercube_graph(dimension)))
    assert all((one ^ other).bit_count() == 1 for one, other in graph.edges)


@pytest.mark.parametrize(("workers", "below", "above"), [(3, 2, 4), (12, 8, 16), (1000, 512, 1024)])
def test_a_hypercube_of_other_than_a_power_of_two_is_refused_with_the_nearest(workers, below, above, refused):
    with refused(f"workers: hypercube needs a power of two, got {workers}; try {below} or {above}"):
        Hypercube().graph(workers)


def cycle(size):
    """The cycle as a simple graph: two nodes are joined once, one is not joined to itself."""
    return nx.cycle_graph(size) if size > 2 else nx.path_graph(size)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_torus_is_the_cartesian_product_of_cycles_numbered_row_by_row(shape):
    product = reduce(nx.cartesian_product, map(cycle, shape))
    place = {node: rank for rank, node in enumerate(product)}  # of products: the first factor's nodes outermost
    assert set(torus(shape).edges) == {tuple(sorted((place[one], place[other]))) for one, other in product.edges}
    assert len(torus(shape)) == math.prod(shape)


@pytest.mark.parametrize(("workers", "shape"), [(1, (1,)), (3, (3,)), (12, (4, 3)), (14, (7, 2)), (64, (8, 8))])
def test_without_a_shape_a_torus_is_as_nearly_square_as_the_number_of_workers_allows(workers, shape):
    assert nx.utils.graphs_equal(Torus().graph(workers), torus(shape))


def test_a_given_shape_is_kept():
    assert nx.utils.graphs_equal(Torus(shape=[2, 3, 4]).graph(24), torus((2, 3, 4)))


def test_a_torus_of_another_number_of_workers_is_refused_with_the_remedy(refused):
    with refused("shape: 4 x 4 is a torus of 16 workers, got 12; give workers=16, or null for a nearly square torus"):
        Torus(shape=[4, 4]).graph(12)


def test_a_square_torus_of_a_prime_number_of_workers_is_refused_with_the_remedy(refused):
    with refused("workers: torus needs a number of rows and columns, got the prime 7; try 6 or 8, or topology=ring"):
        Torus().graph(7)


@pytest.mark.parametrize(("workers", "degree"), [(6, 2), (8, 3), (15, 4), (16, 9), (40, 37), (20, 18)])
def test_a_random_regular_graph_is_connected_and_of_its_degree(workers, degree):
    graph = random_regular(workers, degree, seed=1)
    assert list(graph) == list(range(workers))
    assert nx.is_k_regular(graph, degree)
    assert nx.is_connected(graph)


@pytest.mark.parametrize("seed", range(20))
def test_a_random_regular_graph_that_would_fall_apart_is_drawn_again(seed):
    # One draw of degree 2 is several cycles far more often than one.
    assert nx.is_isomorphic(random_regular(12, 2, seed), nx.cycle_graph(12))


@pytest.mark.parametrize("make", [RandomRegular(degree=5).graph, SmallWorld(degree=6).graph])
@pytest.mark.parametrize("workers", [3, 5, 6])
def test_of_fewer_workers_than_neighbours_each_talks_to_all_others(make, workers):
    assert nx.utils.graphs_equal(make(workers), complete(workers))


def test_a_regular_graph_that_does_not_exist_is_refused_with_the_remedy(refused):
    with refused("workers: must be even where each rank talks to 3 others, got 7; try 8, or an even degree"):
        RandomRegular(degree=3).graph(7)


@pytest.mark.parametrize("probability", [0.05, 0.3, 1.0])
def test_a_random_graph_has_about_as_many_edges_as_it_should(probability):
    # Binomial of 200 * 199 / 2 = 19900 pairs; at these probabilities hardly any graph is not connected.
    edges = erdos_renyi(200, probability, seed=1).number_of_edges()
    assert edges == pytest.approx(19900 * probability, abs=5 * math.sqrt(19900 * probability * (1 - probability)))


def test_random_graphs_are_as_often_of_one_kind_as_chance_has_it():
    # Connected graphs of 3 ranks: the triangle with p^3 = 1/8, each of the 3 paths with p^2 (1 - p) = 1/8. Standard
    # error of a share of 1/4 of 2000 draws: 0.01.
    triangles = sum(erdos_renyi(3, 0.5, seed).number_of_edges() == 3 for seed in range(2000))
    assert triangles / 2000 == pytest.approx(1 / 4, abs=0.05)


@pytest.mark.parametrize("seed", range(20))
def test_a_random_graph_that_would_fall_apart_is_drawn_again(seed):
    assert nx.is_connected(erdos_renyi(8, 0.2, seed))


def test_a_random_graph_of_too_few_edges_is_refused_with_the_remedy(refused):
    with refused(
        "probability: none of 100 graphs of 100 workers is connected at 0.01; "
        "give more than ln(workers) / workers = 0.046"
    ):
        ErdosRenyi(probability=0.01).graph(100)


def test_without_an_edge_a_single_worker_is_connected():
    assert list(erdos_renyi(1, 0.0, seed=0)) == [0]


@pytest.mark.parametrize(("workers", "degree"), [(7, 2), (10, 4), (16, 6)])
def test_a_small_world_without_long_ways_is_the_ring_of_near_neighbours(workers, degree):
    near = nx.circulant_graph(workers, range(1, degree // 2 + 1))
    assert nx.utils.graphs_equal(small_world(workers, degree, rewire=0.0, seed=0), near)


@pytest.mark.parametrize("rewire", [0.1, 0.5, 1.0])
def test_a_small_world_is_connected_and_keeps_its_number_of_edges(rewire):
    graph = small_world(100, 6, rewire, seed=1)
    assert graph.number_of_edges() == 300
    assert nx.is_connected(graph)


def test_in_a_small_world_about_as_many_edges_are_moved_as_should_be():
    # Binomial: 1000 edges of the ring, each moved with probability 0.2; hardly any is moved to where another one was.
    near = set(nx.circulant_graph(500, [1, 2]).edges)
    moved = len(set(small_world(500, 4, rewire=0.2, seed=1).edges) - near)
    assert moved == pytest.approx(200, abs=5 * math.sqrt(1000 * 0.2 * 0.8))


def test_few_long_ways_make_all_paths_of_a_small_world_short():
    # On the ring of 200 with 2 + 2 neighbours, ranks d apart are ceil(d / 2) steps apart: 25.4 on average.
    ring_length, length = (nx.average_shortest_path_length(small_world(200, 4, p, seed=0)) for p in (0.0, 0.1))
    assert ring_length == pytest.approx(2 * sum(math.ceil(d / 2) for d in range(1, 100)) / 199 + 50 / 199)
    assert length < ring_length / 3


def test_a_small_world_that_falls_apart_is_refused_with_the_remedy(refused, monkeypatch):
    # With degree 2 and every edge moved it is a random mapping, connected in one of 18 draws (sqrt(pi / 2n)).
    monkeypatch.setattr("topologies.communication.small_world.DRAWS", 1)
    with refused(
        "rewire: none of 1 graphs of 500 workers and degree 2 is connected at 1.0; "
        "move fewer edges, or give a higher degree"
    ):
        SmallWorld(degree=2, rewire=1.0).graph(500)


@pytest.mark.parametrize(
    "make", [RandomRegular, ErdosRenyi, lambda seed: SmallWorld(rewire=0.5, seed=seed)], ids=["regular", "any", "small"]
)
def test_the_seed_is_the_graph(make):
    one, same, other = (make(seed=seed).graph(20) for seed in (1, 1, 2))
    assert list(one.edges) == list(same.edges)
    assert set(one.edges) != set(other.edges)


@pytest.mark.parametrize("option", UNDIRECTED)
def test_two_workers_talk_to_each_other_once(option):
    assert list(option.graph(2).edges) == [(0, 1)]


@pytest.mark.parametrize("option", [Exponential(), OnePeerExponential()])
def test_two_workers_send_to_each_other(option):
    assert list(option.graph(2).edges) == [(0, 1), (1, 0)]


@pytest.mark.parametrize("option", OPTIONS)
def test_a_single_worker_talks_to_nobody(option):
    graph = option.graph(1)
    assert (list(graph), list(graph.edges)) == ([0], [])


@pytest.mark.parametrize("option", [*OPTIONS, File()])
def test_no_workers_are_refused(option, refused):
    with refused("workers: must be at least 1, got 0; give the number of ranks"):
        option.graph(0)
    with refused("workers: must be at least 1, got 0; give the number of ranks"):
        option.rounds(0, np.random.default_rng(0))


@pytest.mark.parametrize(("workers", "steps"), [(1, []), (2, [1]), (3, [1, 2]), (6, [1, 2, 4]), (16, [1, 2, 4, 8])])
def test_on_the_exponential_graph_ranks_send_1_2_4_8_further(workers, steps):
    receivers = [{(rank + step) % workers for step in steps} for rank in range(workers)]
    assert [set(exponential(workers)[rank]) for rank in range(workers)] == receivers


@pytest.mark.parametrize("workers", [1, 2, 3, 6, 16])
def test_one_peer_rounds_take_the_edges_of_the_exponential_graph_in_turn(workers):
    rounds = one_peer_exponential(workers)
    assert len(rounds) == max(1, math.ceil(math.log2(workers)))
    for k, graph in enumerate(rounds):
        further = {(rank, (rank + 2**k) % workers) for rank in range(workers)}
        assert set(graph.edges) == (further if workers > 1 else set())
    assert nx.utils.graphs_equal(nx.compose_all(rounds), exponential(workers))


def test_one_peer_rounds_begin_again():
    rounds = OnePeerExponential().rounds(6, np.random.default_rng(0))
    assert [list(rounds.at(number).columns[3]) for number in range(5)] == [[3, 4], [3, 5], [1, 3], [3, 4], [3, 5]]


@pytest.mark.parametrize("workers", [1, 2, 3, 8, 15])
def test_a_matching_pairs_all_ranks_but_one_at_the_most(workers):
    generator = np.random.default_rng(0)
    for _ in range(10):
        degrees = [degree for _, degree in random_matching(workers, generator).degree]
        assert sorted(degrees) == [0] * (workers % 2) + [1] * (workers - workers % 2)


def test_every_matching_is_as_likely_as_any_other():
    # Of 4 ranks there are 3; standard error of a share of 3000 draws: 0.009.
    generator = np.random.default_rng(0)
    partners = Counter(next(iter(random_matching(4, generator)[0])) for _ in range(3000))
    assert all(partners[rank] / 3000 == pytest.approx(1 / 3, abs=0.045) for rank in (1, 2, 3))


def test_every_rank_is_as_often_left_over_as_any_other():
    generator = np.random.default_rng(0)
    alone = Counter(next(iter(nx.isolates(random_matching(3, generator)))) for _ in range(3000))
    assert all(alone[rank] / 3000 == pytest.approx(1 / 3, abs=0.045) for rank in range(3))


def test_all_ranks_meet_the_same_matching_in_whatever_order_they_ask():
    rounds = RandomMatching().rounds(4, np.random.default_rng(0))
    first = [rounds.at(number).columns for number in (0, 1, 2)]
    for _ in range(3):
        assert [rounds.at(number).columns for number in (0, 1, 2)] == first


def test_a_matching_is_forgotten_when_every_rank_has_had_it():
    rounds = RandomMatching().rounds(3, np.random.default_rng(0))
    known = []
    for number in range(100):
        known += [weakref.ref(rounds.at(number)) for _ in range(3)]
    assert [reference() for reference in known] == [None] * 300


def test_matchings_are_those_of_the_stream():
    def columns(seed):
        rounds = RandomMatching().rounds(16, np.random.default_rng(seed))
        return [rounds.at(number).columns for number in range(4)]

    assert columns(1) == columns(1)
    assert columns(1) != columns(2)


@pytest.mark.parametrize("option", [Ring, Complete, Star, Hypercube, Torus, RandomRegular, ErdosRenyi, SmallWorld])
def test_weights_are_those_that_are_chosen(option):
    for weights, formula in ((Weights.metropolis, metropolis), (Weights.uniform, uniform)):
        made = option(weights=weights)
        found = made.rounds(16, np.random.default_rng(0)).at(7)
        assert found.columns == formula(made.graph(16)).columns


def write_json(graph, path):
    path.write_text(json.dumps(nx.node_link_data(graph, edges="edges")))


WRITERS = {
    "square.txt": lambda graph, path: nx.write_edgelist(graph, path, data=False),
    "square.csv": lambda graph, path: nx.write_edgelist(graph, path, data=False, delimiter=","),
    "square.edges": lambda graph, path: nx.write_edgelist(graph.to_directed(), path, data=False),
    "square.json": write_json,
    "square.graphml": nx.write_graphml,
    "square.xml": nx.write_graphml,
    "SQUARE.GML": nx.write_gml,
}


@pytest.mark.parametrize("name", WRITERS)
def test_what_networkx_writes_is_read(name, tmp_path):
    square = nx.relabel_nodes(nx.cycle_graph(4), {0: 2, 1: 0, 2: 1, 3: 3})  # not in order
    nx.set_edge_attributes(square, 0.5, "weight")
    WRITERS[name](square, tmp_path / name)
    graph = File(str(tmp_path / name)).graph(4)
    assert (list(graph.nodes(data=True)), list(graph.edges(data=True))) == (
        [(rank, {}) for rank in range(4)],
        [(one, other, {}) for one, other in sorted(tuple(sorted(edge)) for edge in square.edges)],
    )


@pytest.mark.parametrize("name", ["a.json", "a.graphml", "A.GML"])
def test_of_a_directed_file_edges_lead_one_way(name, tmp_path):
    arrows = nx.DiGraph([(2, 0), (0, 1), (1, 2), (1, 0)])
    write = {"a.json": write_json, "a.graphml": nx.write_graphml, "A.GML": nx.write_gml}[name]
    write(arrows, tmp_path / name)
    option = File(str(tmp_path / name))
    assert list(option.graph(3).edges) == [(0, 1), (1, 0), (1, 2), (2, 0)]
    assert option.rounds(3, np.random.default_rng(0)).at(0).columns == uniform(arrows).columns


def test_an_edge_list_may_have_comments_blank_lines_and_both_directions(tmp_path):
    path = tmp_path / "square.edgelist"
    path.write_text("\ufeff# a square\n\n0 1\n1, 2 # the far side\n 2\t3\r\n3 0\n0 3\n")
    assert list(file(str(path)).edges) == [(0, 1), (0, 3), (1, 2), (2, 3)]


def test_one_rank_alone_is_a_graph(tmp_path):
    path = tmp_path / "one.json"
    path.write_text('{"nodes": [{"id": 0}], "edges": []}')
    assert list(File(str(path)).graph(1)) == [0]


def test_a_file_of_another_number_of_ranks_is_refused_with_the_remedy(tmp_path, refused):
    path = tmp_path / "square.json"
    write_json(nx.cycle_graph(4), path)
    with refused(f"workers: {path} has 4 ranks, got 8; give workers=4, or another file"):
        File(str(path)).graph(8)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.txt", "", "has no ranks; give an edge for every two that talk to each other"),
        (
            "a.txt",
            "0 1\n1 2 3 4\n",
            "line 2: must be two nodes, and at most a weight or attributes in braces, got '1 2 3 4'; a list of "
            "neighbours is a file .adjlist",
        ),
        (
            "a.txt",
            "0 1\n2\n",
            "line 2: must be two nodes, and at most a weight or attributes in braces, got '2'; a list of neighbours is "
            "a file .adjlist",
        ),
        ("a.txt", "0\n", "has no ranks; give an edge for every two that talk to each other"),
        (
            "a.txt",
            "5\n0 1\n",
            "says in its first line that it has 5 nodes, but its edges have 2; give an edge for each node, or remove "
            "the line",
        ),
        (
            "a.csv",
            "begin,end\n0,1\n",
            "line 1: must be whole numbers from 0 on, as '0' is one, or all names, got 'begin'",
        ),
        ("a.txt", "0 -1\n", "line 1: must be whole numbers from 0 on, as '0' is one, or all names, got '-1'"),
        ("a.txt", "0 1.0\n", "line 1: must be whole numbers from 0 on, as '0' is one, or all names, got '1.0'"),
        ("a.txt", "01 1\n", "nodes '01' and '1' have one number; give each its own"),
        (
            "a.txt",
            "0 1 {'weight': __import__('os')}",
            "line 1: must have attributes as {'name': value}, got \"{'weight': __import__('os')}\"",
        ),
        ("a.adjlist", "0 1 {}", "line 1: must be a node and its neighbours, got '{}'"),
        ("a.txt", "0 1\n2 3\n", "no path joins node 0 to node 2; give an edge between their parts"),
        ("a.txt", b"\xff\xfe0\x00", "is not text in UTF-8, but in UTF-16 or UTF-32; save it as UTF-8"),
        ("a.json", '{"nodes": [{"id": 0}, {"id": 1}], "edges": [{"source": 0', None),
        ("a.json", '{"nodes": [], "edges": []}', "has no ranks; give an edge for every two that talk to each other"),
        (
            "a.json",
            '{"nodes": [{"id": 0}], "edges": [{"source": 0, "target": 1}]}',
            "edge 0-1: there is no node 1",
        ),
        (
            "a.json",
            '{"nodes": [{"id": true}], "edges": []}',
            "a node's id must be a word or a whole number, got True",
        ),
        (
            "a.json",
            '{"directed": true, "nodes": [{"id": 0}, {"id": 1}], "edges": [{"source": 0, "target": 1}]}',
            "no path leads from node 1 to node 0; give an edge between their parts",
        ),
        (
            "a.json",
            '{"directed": true, "nodes": [{"id": 0}, {"id": 1}], "edges": [{"source": 1, "target": 0}]}',
            "no path leads from node 0 to node 1; give an edge between their parts",
        ),
        (
            "a.pickle",
            "",
            "is not a .json, .graphml, .xml, .gml, .adjlist, .yaml, .yml, .txt, .csv, .edges, .edgelist file; convert "
            "it to one of these",
        ),
    ],
)
def test_a_file_that_is_no_graph_of_ranks_is_refused(name, text, message, tmp_path, refused):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    cut_off = "is not JSON (Expecting ',' delimiter in line 1); is it cut off, or of another format?"
    with refused(f"path: {path}: {message or cut_off}"):
        file(str(path))


@pytest.mark.parametrize("name", ["nowhere.txt", "nowhere.json"])
def test_a_file_that_is_not_there_is_refused(name, refused):
    with refused(f"path: {name}: cannot be read (No such file or directory)"):
        file(name)


def test_without_a_file_there_is_no_graph(refused):
    with refused("path: no file is given; give an edge list (.txt, .csv), or a .json, .graphml or .gml file"):
        File().graph(4)


@pytest.mark.parametrize("suffix", [".txt", ".json"])
def test_a_pipe_is_no_file_and_not_waited_for(tmp_path, suffix):
    pipe = tmp_path / f"pipe{suffix}"
    os.mkfifo(pipe)
    with pytest.raises(FieldError, match=r"^path: .*: is a pipe, a socket or a device, expected a file$"):
        file(str(pipe))
