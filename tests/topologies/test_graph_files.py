"""One graph, whatever format it is in, whatever its attributes are called, and whatever it leaves unsaid."""

import json

import networkx as nx
import numpy as np
import pytest

from topologies.communication.file import File as FileTopology
from topologies.communication.file import FileWeights
from topologies.communication.file import file as ranks_of
from topologies.field_error import FieldError
from topologies.files import Node
from topologies.files.kinds import kinds_of
from topologies.files.quantities import BANDWIDTH, DISTANCE, LATENCY, quantity
from topologies.networks.file import File
from topologies.networks.file import file as hosts_of

LINK = {"bandwidth_gbps": 10.0, "latency_us": 1000.0}
#: A ring of five with a chord, so that no renumbering but its own leaves it as it is; listed out of order, with gaps.
IDS = [10, 2, 30, 4, 11]
EDGES = [(2, 4), (4, 10), (10, 11), (11, 30), (30, 2), (4, 30)]
#: Of the rank 0 it is 2, of rank 1 it is 4, then 10, 11, 30.
RANKED = [(0, 1), (0, 4), (1, 2), (1, 4), (2, 3), (3, 4)]


def written(graph, path):
    """Write a graph in the format that a file's name says, as NetworkX does it by default."""
    writers = {
        ".json": lambda: path.write_text(json.dumps(nx.node_link_data(graph, edges="edges"))),
        ".graphml": lambda: nx.write_graphml(graph, path),
        ".gml": lambda: nx.write_gml(graph, path),
        ".edgelist": lambda: nx.write_edgelist(graph, path),
        ".txt": lambda: nx.write_weighted_edgelist(graph, path),
        ".csv": lambda: nx.write_edgelist(graph, path, delimiter=",", data=False),
        ".adjlist": lambda: nx.write_adjlist(graph, path),
    }
    writers[path.suffix]()
    return str(path)


SUFFIXES = [".json", ".graphml", ".gml", ".edgelist", ".txt", ".csv", ".adjlist"]


def listed(names, attributes=LINK):
    graph = nx.Graph()
    graph.add_nodes_from(names[number] for number in IDS)
    graph.add_edges_from(((names[one], names[other]) for one, other in EDGES), **attributes)
    return graph


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("kind", [int, str])
def test_one_graph_in_every_format_is_one_network_and_one_topology(kind, suffix, tmp_path):
    path = written(listed({number: kind(number) for number in IDS}), tmp_path / f"graph{suffix}")
    network = File(path, bandwidth_gbps=10.0, latency_us=1000.0)
    assert dict(network.graph(5).nodes(data="name")) == dict(enumerate(["2", "4", "10", "11", "30"]))
    assert sorted(tuple(sorted(edge)) for edge in network.graph(5).edges) == RANKED
    assert {(data["bandwidth"], data["latency"]) for *_, data in network.graph(5).edges(data=True)} == {(1.25e9, 1e-3)}
    assert sorted(ranks_of(path).edges) == RANKED
    said = "are in the order of their ids, whole numbers from 2 to 30"
    assert f"hosts {said}" in network.remarks()
    assert f"ranks {said}" in FileTopology(path).remarks()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_nodes_with_names_are_in_the_order_listed_in_both(suffix, tmp_path):
    path = written(listed({number: f"n{number}" for number in IDS}), tmp_path / f"graph{suffix}")
    network = File(path, bandwidth_gbps=10.0, latency_us=1000.0)
    names = [data for _, data in network.graph(5).nodes(data="name")]
    if suffix in (".json", ".graphml", ".gml"):  # of edges and neighbours NetworkX lists nodes in another order
        assert names == [f"n{number}" for number in IDS]
    own = {tuple(sorted((names.index(f"n{one}"), names.index(f"n{other}")))) for one, other in EDGES}
    assert {tuple(sorted(edge)) for edge in network.graph(5).edges} == own == set(ranks_of(path).edges)
    for remarks in (network.remarks(), FileTopology(path).remarks()):
        assert any("are in the order listed, from 'n" in remark for remark in remarks)


def test_switches_do_not_count_in_the_order_of_hosts(tmp_path):
    path = tmp_path / "n.gml"
    path.write_text(
        'graph [ node [ id 0 label "hub" role "ToR" ] node [ id 1 label "7" ] node [ id 2 label "3" ]\n'
        "edge [ source 0 target 1 bandwidth_gbps 1 latency_us 1 ]\n"
        "edge [ source 2 target 0 bandwidth_gbps 1 latency_us 1 ] ]"
    )
    assert dict(hosts_of(str(path)).nodes(data="name")) == {0: "3", 1: "7", "hub": None}


# What nodes and links are called


@pytest.mark.parametrize(
    ("host", "switch"),
    [
        ({"type": "host"}, {"type": "switch"}),
        ({"type": "server"}, {"type": "router"}),
        ({"role": "Host"}, {"role": "ToR"}),
        ({"node_type": "end-host"}, {"node_type": "spine"}),
        ({}, {"kind": "switch", "type": "leaf"}),
        ({"type": "rack 1", "kind": "host"}, {"type": "rack 2", "kind": "switch"}),
    ],
)
def test_hosts_and_switches_are_known_by_other_names(host, switch, tmp_path):
    graph = nx.Graph([("a", "s", LINK), ("b", "s", LINK)])
    graph.add_nodes_from([("a", host), ("b", host), ("s", switch)])
    for suffix in (".json", ".graphml", ".gml"):
        assert list(hosts_of(written(graph, tmp_path / f"n{suffix}"))) == [0, 1, "s"]


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ([{"kind": "host", "type": "switch"}], "node 0: kind says host, but type says switch; remove one of them"),
        ([{"type": "host"}, {"type": "firewall"}], "node 1: type must be host or switch, got 'firewall'"),
    ],
)
def test_what_is_neither_or_both_is_refused(nodes, message, tmp_path):
    graph = nx.path_graph(2)
    graph.add_nodes_from(enumerate(nodes))
    nx.set_edge_attributes(graph, LINK["bandwidth_gbps"], "bandwidth_gbps")
    with pytest.raises(FieldError) as refused:
        hosts_of(written(graph, tmp_path / "n.json"))
    assert refused.value.said.endswith(f": {message}")


def test_a_type_that_never_says_host_or_switch_is_said_to_be_left_alone():
    kinds, remarks = kinds_of([Node(0, {"type": "Green Node"}), Node(1, {"type": "Red Node"})])
    assert kinds == ["host", "host"]
    assert remarks == [
        "of the nodes' attribute type nothing is used, as no value is host or switch (the first is 'Green Node')"
    ]


@pytest.mark.parametrize(
    ("of", "link", "graph", "found"),
    [
        (BANDWIDTH, {"bandwidth_gbps": 10}, {}, 10.0),
        (BANDWIDTH, {"bw_mbps": 400}, {}, 0.4),
        (BANDWIDTH, {"capacity": "10 Gbps"}, {}, 10.0),
        (BANDWIDTH, {"capacity": "10Gbit/s"}, {}, 10.0),
        (BANDWIDTH, {"capacity": 40}, {"capacity_unit": "Gbps"}, 40.0),
        (BANDWIDTH, {"LinkSpeed": "10", "LinkSpeedUnits": "G", "LinkSpeedRaw": 1e10}, {}, 10.0),
        (BANDWIDTH, {"bandwidth": "125MBps"}, {}, 1.0),  # of bytes
        (BANDWIDTH, {"bandwidth_gbps": 10, "capacity": 9}, {}, 10.0),  # 9 of something
        (BANDWIDTH, {"capacity_unit": "Gbps", "bandwidths": 3}, {}, None),
        (LATENCY, {"delay": 2}, {"delay_unit": "ms"}, 2000.0),
        (LATENCY, {"delay_ms": 2}, {}, 2000.0),
        (LATENCY, {"latency": "50ns"}, {}, 0.05),
        (LATENCY, {"Latency (us)": 3}, {}, 3.0),
        (DISTANCE, {"dist": 273.93}, {}, 273.93),
        (DISTANCE, {"length_m": 500}, {}, 0.5),
    ],
)
def test_quantities_are_known_by_other_names_and_units(of, link, graph, found):
    number, unclear = quantity(of, link, graph, "edge")
    assert (number, unclear) == (found if found is None else pytest.approx(found, rel=1e-12), "")


@pytest.mark.parametrize("link", [{"capacity": 10}, {"bandwidth": "OC-48"}, {"bw": "10 GBPS"}])
def test_a_bandwidth_without_a_unit_is_none(link):
    assert quantity(BANDWIDTH, link, {}, "edge") == (None, next(iter(link)))


def test_two_bandwidths_are_refused():
    message = (
        "^edge: bandwidth_gbps says bandwidth_gbps=10, but capacity_mbps says bandwidth_gbps=40; remove one of them$"
    )
    with pytest.raises(ValueError, match=message):
        quantity(BANDWIDTH, {"bandwidth_gbps": 10, "capacity_mbps": 40_000}, {}, "edge")


def test_a_unit_that_is_not_said_is_asked_for(tmp_path):
    graph = nx.Graph([("a", "b", {"capacity": 10})])
    with pytest.raises(
        FieldError, match="is missing, and the unit of capacity=10 is not said; name it bandwidth_gbps, or"
    ):
        hosts_of(written(graph, tmp_path / "n.json"))


# What links do not say


def rates(option, hosts):
    return [(data["bandwidth"], data["latency"]) for *_, data in option.graph(hosts).edges(data=True)]


def test_links_without_their_own_have_what_the_network_says(tmp_path):
    graph = nx.Graph([(0, 1, {"dist": 200.0}), (1, 2, {}), (2, 3, LINK)])
    path = written(graph, tmp_path / "n.graphml")
    # 200 km at 4 us each are 0.8 ms; the link without a length has 7 us; the last one its own 10 Gb/s and 1 ms.
    option = File(path, bandwidth_gbps=8.0, latency_us=7.0, us_per_km=4.0)
    assert rates(option, 4) == [(1e9, 8e-4), (1e9, 7e-6), (1.25e9, 1e-3)]
    assert option.remarks()[1:] == [
        "2 of 3 links have network.bandwidth_gbps=8",
        "1 of 3 links have the latency of their length, network.us_per_km=4",
        "1 of 3 links have network.latency_us=7",
    ]
    # Where only a latency is given, lengths are not asked for.
    assert rates(File(path, bandwidth_gbps=8.0, latency_us=7.0), 4)[0] == (1e9, 7e-6)
    with pytest.raises(FieldError, match="edge '1'-'2': latency_us is missing"):
        File(path, bandwidth_gbps=8.0).graph(4)


def test_lengths_without_a_speed_are_those_of_fibre_and_it_is_said(tmp_path):
    option = File(written(nx.Graph([(0, 1, {"dist": 200.0})]), tmp_path / "n.json"), bandwidth_gbps=8.0)
    assert rates(option, 2) == [(1e9, 1e-3)]
    assert option.remarks()[-1] == "1 of 1 links have the latency of their length, 5 us per km, as light in fibre"


def test_where_no_link_has_a_latency_it_is_0_and_it_is_said(tmp_path):
    option = File(written(nx.path_graph(2), tmp_path / "n.gml"), bandwidth_gbps=8.0)
    assert rates(option, 2) == [(1e9, 0.0)]
    assert "no link says its latency, so that all have 0 us; network.latency_us gives another one" in option.remarks()


def test_cables_side_by_side_without_a_bandwidth_of_their_own_are_one_link(tmp_path):
    graph = nx.MultiGraph([(0, 1), (0, 1), (1, 0), (1, 2)])
    option = File(written(graph, tmp_path / "n.graphml"), bandwidth_gbps=8.0, latency_us=7.0)
    assert rates(option, 3) == [(3e9, 7e-6), (1e9, 7e-6)]


@pytest.mark.parametrize("field", ["bandwidth_gbps", "latency_us", "us_per_km"])
def test_a_default_that_no_link_has_is_refused(field):
    with pytest.raises(FieldError, match=f"^{field}: must be"):
        File("n.json", **{field: -1.0})


# Formats of others


def test_the_first_line_may_be_the_number_of_nodes_or_name_the_columns(tmp_path):
    for first in ("4", "# a square", "source,target"):
        path = tmp_path / "square.edges"
        path.write_text(f"{first}\n0 1\n1,2\n2 3\n3;0\n")
        assert sorted(ranks_of(str(path)).edges) == [(0, 1), (0, 3), (1, 2), (2, 3)]


@pytest.mark.parametrize("labels", [("", ""), ('label "None"', 'label "None"'), ('label "a"', "")])
def test_gml_nodes_without_labels_of_their_own_have_their_ids(labels, tmp_path):
    path = tmp_path / "n.gml"
    one, other = labels
    path.write_text(
        f'Creator "somebody"\ngraph\n[\n node [ id 2 {one} ] node [ id 1 {other} ] node [ id 3 ] \n'
        "edge [ source 1 target 2 value 3 ] edge [ source 2 target 3 ] ]"
    )
    assert sorted(ranks_of(str(path)).edges) == [(0, 1), (1, 2)]
    remarks = FileTopology(str(path)).remarks()
    assert remarks[-1] == "ranks are in the order of their ids, whole numbers from 1 to 3"
    assert ("nodes are named by their ids, as labels are missing or there twice" in remarks) == any(labels)


YED = (
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:y="http://www.yworks.com/xml/graphml">'
    '<key for="edge" id="d1" yfiles.type="edgegraphics"/><graph edgedefault="directed" id="G">'
    '<node id="n0"/><node id="n1"/><node id="n2"/>{edges}</graph></graphml>'
)
ARROW = (
    '<edge source="{}" target="{}"><data key="d1"><y:PolyLineEdge><y:Arrows source="none" target="{}"/>'
    "</y:PolyLineEdge></data></edge>"
)


@pytest.mark.parametrize(
    ("edges", "head", "directed"),
    [
        ([("n0", "n1"), ("n1", "n2")], "standard", False),  # nobody would reach n0
        ([("n0", "n1"), ("n1", "n2"), ("n2", "n0")], "none", False),  # drawn without arrows
        ([("n0", "n1"), ("n1", "n2"), ("n2", "n0")], "standard", True),
    ],
)
def test_a_drawing_of_yed_means_both_ways_unless_its_arrows_lead_everywhere(edges, head, directed, tmp_path):
    path = tmp_path / "drawing.graphml"
    path.write_text(YED.format(edges="".join(ARROW.format(*edge, head) for edge in edges)))
    assert ranks_of(str(path)).is_directed() == directed
    remark = "yEd calls every graph directed: links are taken both ways, as arrows do not lead everywhere"
    assert (remark in FileTopology(str(path)).remarks()) == (not directed)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('<?xml version="1.0"?><!DOCTYPE platform SYSTEM "x.dtd"><platform version="4.1"/>', "a SimGrid platform"),
        ('<network xmlns="http://sndlib.zib.de/network"/>', "a network of SNDlib"),
    ],
)
def test_other_xml_is_named_as_what_it_is(text, what, tmp_path):
    path = tmp_path / "n.xml"
    path.write_text(text)
    with pytest.raises(FieldError, match=f": is {what}, not GraphML; write nodes and links as GraphML, node-link JSON"):
        hosts_of(str(path))


# Mixing weights


def mixing(path, ranks):
    return FileTopology(path, weights=FileWeights.file).rounds(ranks, np.random.default_rng(0))


@pytest.mark.parametrize("suffix", [".json", ".graphml", ".gml", ".edgelist", ".txt"])
def test_weights_of_the_file_are_used_where_they_are_asked_for(suffix, tmp_path):
    # Each rank keeps 0.1 and gives 0.45 to both neighbours: the eigenvalues are 0.1 + 0.9 cos(2 pi k / 4), which are
    # 1, 0.1, -0.8 and 0.1, so that the gap is 1 - 0.8.
    ring = nx.cycle_graph(4)
    nx.set_edge_attributes(ring, 0.45, "weight")
    path = written(ring, tmp_path / f"ring{suffix}")
    rounds = mixing(path, 4)
    assert rounds.at(0).columns[0] == {0: pytest.approx(0.1, abs=1e-15), 1: 0.45, 3: 0.45}
    assert rounds.spectral_gap() == pytest.approx(0.2, abs=1e-12)
    ignored = "the edges' weights are not used, as topology.weights=metropolis; topology.weights=file uses them"
    assert ignored in FileTopology(path).remarks()
    assert ignored not in FileTopology(path, weights=FileWeights.file).remarks()


def test_an_edge_from_a_rank_to_itself_counts_as_a_weight_only(tmp_path):
    path = tmp_path / "w.txt"
    path.write_text("0 1 0.4\n1 2 0.4\n2 0 0.4\n1 1 0.2\n")
    left = "edges from a rank to itself carry nothing, and are left out: 1"
    assert sorted(ranks_of(str(path)).edges) == [(0, 1), (0, 2), (1, 2)]
    assert left in FileTopology(str(path)).remarks()
    assert left not in FileTopology(str(path), weights=FileWeights.file).remarks()
    assert mixing(path, 3).at(0).columns[1][1] == pytest.approx(0.2)


def test_a_switch_has_no_model(tmp_path):
    path = tmp_path / "n.gml"
    path.write_text('graph [ node [ id 0 kind "switch" ] node [ id 1 ] edge [ source 0 target 1 ] ]')
    with pytest.raises(
        FieldError, match=r"node 0 is a switch, which has no model; give this file as network\.path, and"
    ):
        ranks_of(str(path))


def test_a_matrix_written_as_a_graph_is_that_matrix(tmp_path):
    matrix = np.array([[0.5, 0.25, 0.25], [0.25, 0.75, 0.0], [0.25, 0.0, 0.75]])
    path = written(nx.from_numpy_array(matrix), tmp_path / "w.json")  # with what a rank keeps as its self-loop
    assert mixing(path, 3).at(0).matrix() == pytest.approx(matrix)


def test_directed_weights_are_shares_of_the_senders_model(tmp_path):
    arrows = nx.DiGraph()
    arrows.add_weighted_edges_from([(0, 1, 0.5), (1, 2, 0.25), (2, 0, 1.0)])
    columns = mixing(written(arrows, tmp_path / "w.graphml"), 3).at(0).columns
    assert columns == [{0: 0.5, 1: 0.5}, {1: 0.75, 2: 0.25}, {0: 1.0, 2: 0.0}]


@pytest.mark.parametrize(
    ("edges", "message"),
    [
        ([(0, 1, 0.6), (1, 2, 0.6)], "node 1 gives away 1.2 of its model; its weights may be 1 at most"),
        ([(0, 1, 0.6), (0, 0, 0.5)], "node 0 keeps 0.5, but its other weights leave 0.4; make the sum of them 1"),
        ([(0, 1, -0.1)], "edge 0-1: weight must be a number above 0 and at most 1, got -0.1"),
        (
            [(0, 1, None)],
            "edge 0-1: weight is missing (it has no attributes); give each edge one, or use other weights",
        ),
    ],
)
def test_weights_that_mix_nothing_are_refused(edges, message, tmp_path):
    graph = nx.Graph()
    graph.add_weighted_edges_from(edges)
    path = written(graph, tmp_path / "w.json")
    with pytest.raises(FieldError) as refused:
        mixing(path, len(graph))
    assert refused.value.said == f"{path}: {message}"
