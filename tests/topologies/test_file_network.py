"""Networks from files: every format, and everything that a file can get wrong."""

import json
import re

import networkx as nx
import pytest
from network_graphs import hosts_of, write, write_star

from topologies.field_error import FieldError
from topologies.networks.file import File, file
from topologies.routing.routes import Routes

PAIR = [("a", None), ("b", None)]
LINK = [("a", "b", 8, 5)]


def example(kind=nx.Graph):
    """Three hosts and a switch, with attributes as a file has them; directed, the way back is slower."""
    graph = kind()
    graph.add_node("alpha", kind="host")
    graph.add_node("hub", kind="switch")
    graph.add_node("beta")
    graph.add_node("gamma", kind="host")
    for number, host in enumerate(("alpha", "beta", "gamma"), start=1):
        graph.add_edge(host, "hub", bandwidth_gbps=8.0 * number, latency_us=1.5)
        if graph.is_directed():
            graph.add_edge("hub", host, bandwidth_gbps=1.0 * number, latency_us=1e-05)
    if not graph.is_directed():
        graph.edges["gamma", "hub"]["duplex"] = "shared"
    return graph


def write_node_link(edges):
    return lambda graph, path: path.write_text(json.dumps(nx.node_link_data(graph, edges=edges)))


WRITERS = {
    "edges.json": write_node_link("edges"),
    "links.json": write_node_link("links"),
    "drawing.graphml": nx.write_graphml,
    "drawing.xml": nx.write_graphml,
    "drawing.gml": nx.write_gml,
    "DRAWING.GML": nx.write_gml,
}


@pytest.fixture
def refused_path(refused):
    """``with refused_path(path, message):`` expects the FieldError of that file and message."""
    return lambda path, message: refused(f"path: {path}: {message}")


@pytest.mark.parametrize("name", WRITERS)
def test_what_networkx_writes_is_read(name, tmp_path):
    WRITERS[name](example(), tmp_path / name)
    graph = file(str(tmp_path / name))
    assert type(graph) is nx.Graph
    assert dict(graph.nodes(data=True)) == {
        0: {"kind": "host", "name": "alpha"},
        1: {"kind": "host", "name": "beta"},
        2: {"kind": "host", "name": "gamma"},
        "hub": {"kind": "switch"},
    }
    assert {(host, "hub"): graph.edges[host, "hub"] for host in range(3)} == {
        (0, "hub"): {"bandwidth": 1e9, "latency": 1.5e-6, "duplex": "split"},
        (1, "hub"): {"bandwidth": 2e9, "latency": 1.5e-6, "duplex": "split"},
        (2, "hub"): {"bandwidth": 3e9, "latency": 1.5e-6, "duplex": "shared"},
    }


@pytest.mark.parametrize("name", WRITERS)
def test_a_directed_file_is_an_asymmetric_network(name, tmp_path):
    WRITERS[name](example(nx.DiGraph), tmp_path / name)
    graph = file(str(tmp_path / name))
    assert type(graph) is nx.DiGraph
    assert graph.edges[1, "hub"] == {"bandwidth": 2e9, "latency": 1.5e-6}
    assert graph.edges["hub", 1] == {"bandwidth": 2.5e8, "latency": 1e-05 / 1e6}
    assert graph.number_of_edges() == 6


def test_hosts_are_numbered_in_the_order_in_which_they_appear(tmp_path):
    path = write(
        tmp_path / "n.json", [("z", None), ("m", "switch"), ("a", "host")], [("a", "m", 1, 1), ("m", "z", 1, 1)]
    )
    assert dict(file(path).nodes(data="name")) == {0: "z", 1: "a", "m": None}


def test_hosts_that_the_file_numbers_from_0_keep_their_numbers(tmp_path):
    path = write(tmp_path / "n.json", [(1, None), (7, "switch"), (0, None)], [(1, 7, 8, 1), (0, 7, 16, 1)])
    graph = file(path)
    assert list(graph) == [0, 1, "7"]
    assert graph.edges[0, "7"]["bandwidth"] == 2e9


@pytest.mark.parametrize("ids", [(20, 9), ("20", "9"), ("20", 9)])
def test_hosts_of_other_numbers_are_in_the_order_of_these(ids, tmp_path):
    path = write(tmp_path / "n.json", [(ids[0], None), (ids[1], None)], [(*ids, 8, 1)])
    assert dict(file(path).nodes(data="name")) == {0: "9", 1: "20"}


def test_a_gml_node_without_a_label_is_named_by_its_id(tmp_path):
    path = tmp_path / "n.gml"
    path.write_text(
        "# a comment\ngraph [ node [ id 3 ] node [ id 4 ]\n edge [ source 3 target 4 bandwidth_gbps 8 latency_us 0 ] ]"
    )
    assert dict(file(str(path)).nodes(data="name")) == {0: "3", 1: "4"}


def test_a_graphml_attribute_that_is_not_given_has_the_default_of_its_key(tmp_path):
    path = tmp_path / "n.graphml"
    path.write_text(
        '<graphml><key id="b" for="edge" attr.name="bandwidth_gbps" attr.type="double"><default>8</default></key>'
        '<key id="l" for="edge" attr.name="latency_us" attr.type="int"/><graph edgedefault="undirected">'
        '<node id="x"/><node id="y"/><edge source="x" target="y"><data key="l">3</data></edge></graph></graphml>'
    )
    assert file(str(path)).edges[0, 1] == {"bandwidth": 1e9, "latency": 3e-6, "duplex": "split"}


def test_a_byte_order_mark_is_no_matter(tmp_path):
    path = tmp_path / "n.json"
    write(path, PAIR, LINK)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert len(file(str(path))) == 2


# Routes


SQUARE = [(name, None) for name in "abcd"]
SQUARE_LINKS = [("a", "b", 1, 1), ("b", "c", 1, 1), ("c", "d", 1, 1), ("d", "a", 1, 1)]


def test_routes_in_the_file_are_taken_and_other_pairs_go_the_shortest_way(tmp_path):
    path = write(tmp_path / "n.json", SQUARE, SQUARE_LINKS, routes=[["a", "d", "c", "b"]])
    routes = Routes(File(path).graph(4))
    assert routes.route(0, 1) == [(0, 3), (3, 2), (2, 1)]
    assert routes.route(1, 0) == [(1, 0)]
    assert routes.route(0, 2) == [(0, 1), (1, 2)]


@pytest.mark.parametrize(("routing", "used"), [(None, "ecmp"), ("shortest", "shortest")])
def test_without_routes_the_default_is_ecmp(routing, used, tmp_path):
    path = write(tmp_path / "n.json", SQUARE, SQUARE_LINKS)
    assert File(path, routing).graph(1).graph["routing"] == used


def test_routes_in_the_file_can_be_left_aside(tmp_path):
    path = write(tmp_path / "n.json", SQUARE, SQUARE_LINKS, routes=[["a", "d", "c", "b"]])
    assert Routes(File(path, "ecmp").graph(4)).route(0, 1) == [(0, 1)]


def test_explicit_without_routes_is_refused_with_the_remedy(tmp_path, refused):
    path = write(tmp_path / "n.json", SQUARE, SQUARE_LINKS)
    with refused(f'routing: explicit needs "routes", but {path} lists none; list them, or use ecmp'):
        File(path, "explicit").graph(1)


def test_a_routing_that_files_do_not_have_is_refused(refused):
    with refused("routing: must be one of ecmp, shortest, explicit, got 'dimension_order'"):
        File("n.json", "dimension_order")


@pytest.mark.parametrize(
    ("route", "message"),
    [
        ("ab", "route 'ab' must be a list of two nodes or more"),
        (["a"], "route ['a'] must be a list of two nodes or more"),
        (["a", "x", "b"], "route ['a', 'x', 'b']: there is no node 'x'"),
        (["a", ["b"]], "route ['a', ['b']]: there is no node ['b']"),
        (["a", "c"], "route ['a', 'c']: no edge leads from 'a' to 'c'"),
        (["a", "b", "a"], "route ['a', 'b', 'a'] passes a node twice"),
        (["a", "s"], "route ['a', 's'] must lead from a host to a host"),
    ],
)
def test_a_route_that_cannot_be_walked_is_refused(route, message, tmp_path, refused_path):
    links = [*SQUARE_LINKS, ("a", "s", 1, 1)]
    path = write(tmp_path / "n.json", [*SQUARE, ("s", "switch")], links, routes=[route])
    with refused_path(path, message):
        file(path)


def test_a_second_route_of_a_pair_is_refused(tmp_path, refused_path):
    path = write(tmp_path / "n.json", SQUARE, SQUARE_LINKS, routes=[["a", "b"], ["a", "d", "c", "b"]])
    with refused_path(path, "route ['a', 'd', 'c', 'b'] is the second one from 'a' to 'b'"):
        file(path)


def test_a_directed_route_follows_the_edges(tmp_path, refused_path):
    links = [*SQUARE_LINKS, ("b", "a", 1, 1)]
    path = write(tmp_path / "n.json", SQUARE, links, directed=True, routes=[["a", "b"], ["c", "b"]])
    with refused_path(path, "route ['c', 'b']: no edge leads from 'c' to 'b'"):
        file(path)


# What nodes and links can get wrong


@pytest.mark.parametrize(
    ("nodes", "edges", "message"),
    [
        (PAIR, [*LINK, ("b", "a", 1, 1)], "edge 'b'-'a' is there twice; give one link of the joint bandwidth"),
        (PAIR, [("a", "c", 8, 5)], "edge 'a'-'c': there is no node 'c'"),
        (PAIR, [("a", ["b"], 8, 5)], "edge 'a'-['b']: there is no node ['b']"),
        (PAIR, [("a", True, 8, 5)], "edge 'a'-True: there is no node True"),
        ([*PAIR, ("a", None)], LINK, "node 'a' appears twice"),
        ([(1, "switch"), ("1", "switch"), *PAIR], LINK, "node '1' appears twice"),
        ([("a", None), ("b", "bridge")], LINK, "node 'b': kind must be host or switch, got 'bridge'"),
        ([("a", None), (["b"], None)], LINK, "a node's id must be a word or a whole number, got ['b']"),
        ([("a", None), (1.5, None)], LINK, "a node's id must be a word or a whole number, got 1.5"),
        ([("a", None), (True, None)], LINK, "a node's id must be a word or a whole number, got True"),
        ([("a", "switch"), ("b", "switch")], LINK, "has no host; give nodes without a kind, or of the kind host"),
        ([], [], "has no host; give nodes without a kind, or of the kind host"),
        (
            [*PAIR, ("c", None), ("d", None)],
            [*LINK, ("c", "d", 8, 5)],
            "has no path between nodes a and c, and their parts of the network have 2 hosts each; link them, or remove "
            "one",
        ),
    ],
)
def test_nodes_and_links_that_are_no_network_are_refused_by_name(nodes, edges, message, tmp_path, refused_path):
    path = write(tmp_path / "n.json", nodes, edges)
    with refused_path(path, message):
        file(path)


def test_both_directions_are_two_links_where_edges_have_one(tmp_path):
    path = write(tmp_path / "n.json", PAIR, [*LINK, ("b", "a", 8, 5)], directed=True)
    assert file(path).number_of_edges() == 2


@pytest.mark.parametrize("directed", [False, True])
def test_links_side_by_side_are_one_of_the_joint_bandwidth_and_the_longest_latency(directed, tmp_path):
    # 8 and 24 Gb/s are 4e9 B/s together; of a message that both carry, the part over the longer one is there last.
    links = [("a", "b", 8, 5), ("a", "b", 24, 7), *([("b", "a", 8, 5)] if directed else [])]
    graph = file(write(tmp_path / "n.json", PAIR, links, directed=directed))
    assert graph.edges[0, 1]["bandwidth"] == 4e9
    assert graph.edges[0, 1]["latency"] == pytest.approx(7e-6)
    assert "links beside others are added to these, with the longest latency of each: 1" in graph.graph["remarks"]


def test_a_link_from_a_node_to_itself_carries_nothing_and_is_left_out(tmp_path):
    with_loop = file(write(tmp_path / "n.json", PAIR, [*LINK, ("a", "a", 1, 1)]))
    without = file(write(tmp_path / "n.json", PAIR, LINK))
    assert nx.utils.graphs_equal(nx.Graph(with_loop.edges), nx.Graph(without.edges))
    assert with_loop.graph["remarks"] == [
        "links from a node to itself carry nothing, and are left out: 1",
        *without.graph["remarks"],
    ]


def test_of_a_network_in_parts_the_one_with_most_hosts_is_taken(tmp_path):
    nodes = [("x", None), *PAIR, ("s", "switch"), ("t", "switch"), ("y", None)]
    graph = file(write(tmp_path / "n.json", nodes, [*LINK, ("s", "t", 8, 5), ("x", "x", 1, 1)]))
    assert dict(graph.nodes(data="name")) == {0: "a", 1: "b", "s": None, "t": None}  # switches have no part
    assert "2 of 4 hosts are left out, as no path joins them to the others: 'x', 'y'" in graph.graph["remarks"]
    nodes = [(f"x{number}", None) for number in range(6)]
    (said,) = (
        line for line in file(write(tmp_path / "n.json", [*nodes, *PAIR], LINK)).graph["remarks"] if "of 8" in line
    )
    assert said.endswith("'x0', 'x1', 'x2', 'x3', 'x4', ...")


def test_a_directed_network_without_a_way_back_is_refused(tmp_path, refused_path):
    path = write(tmp_path / "n.json", PAIR, LINK, directed=True)
    with refused_path(path, "links: no path joins host b to host a; link their parts of the network"):
        file(path)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (0, "must be above 0 and finite, got 0.0"),
        (-1, "must be above 0 and finite, got -1.0"),
        (float("nan"), "must be above 0 and finite, got nan"),
        (float("inf"), "must be above 0 and finite, got inf"),
        (1e308, "must be above 0 and finite, got 1e+308"),
        (10**400, "must be above 0 and finite, got inf"),
        ("10", "must be a number, got '10'"),
        (True, "must be a number, got True"),
    ],
)
def test_a_bandwidth_that_no_link_has_is_refused_with_its_edge(value, problem, tmp_path, refused_path):
    path = write(tmp_path / "n.json", PAIR, [("a", "b", value, 5)])
    with refused_path(path, f"edge 'a'-'b': bandwidth_gbps {problem}; give the Gb/s of the link"):
        file(path)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (-1, "must be at least 0 and finite, got -1.0"),
        (float("nan"), "must be at least 0 and finite, got nan"),
        ([], "must be a number, got []"),
    ],
)
def test_a_latency_that_no_link_has_is_refused_with_its_edge(value, problem, tmp_path, refused_path):
    path = write(tmp_path / "n.json", PAIR, [("a", "b", 8, value)])
    with refused_path(path, f"edge 'a'-'b': latency_us {problem}; give the microseconds of the link"):
        file(path)


@pytest.mark.parametrize(
    ("link", "message"),
    [
        (
            ("a", "b", None, 5),
            "bandwidth_gbps is missing (it has latency_us); give the Gb/s of the link, or network.bandwidth_gbps for "
            "all without",
        ),
        (
            ("a", "b", 8, None),
            "latency_us is missing (it has bandwidth_gbps); give the microseconds of the link, or network.latency_us "
            "for all without",
        ),
    ],
)
def test_what_a_link_lacks_is_said_with_what_it_has(link, message, tmp_path, refused_path):
    path = write(tmp_path / "n.json", PAIR, [link])
    with refused_path(path, f"edge 'a'-'b': {message}"):
        file(path)


@pytest.mark.parametrize(
    ("directed", "duplex", "message"),
    [
        (False, "half", "edge 'a'-'b': duplex must be split or shared, got 'half'"),
        (
            True,
            "shared",
            "edge 'a'->'b': duplex must be split, as in a directed graph each direction has its own edge, got 'shared'",
        ),
    ],
)
def test_a_duplex_that_no_link_has_is_refused_with_its_edge(directed, duplex, message, tmp_path, refused_path):
    path = tmp_path / "n.json"
    edge = {"source": "a", "target": "b", "bandwidth_gbps": 8, "latency_us": 5, "duplex": duplex}
    path.write_text(json.dumps({"directed": directed, "nodes": [{"id": "a"}, {"id": "b"}], "edges": [edge]}))
    with refused_path(path, message):
        file(str(path))


@pytest.mark.parametrize(
    ("name", "writer"), [("n.graphml", nx.write_graphml), ("n.gml", lambda graph, path: nx.write_gml(graph, path))]
)
def test_parallel_edges_are_joint_in_other_formats_too(name, writer, tmp_path):
    graph = nx.MultiGraph()
    for _ in range(2):
        graph.add_edge("a", "b", bandwidth_gbps=8.0, latency_us=1.0)
    path = tmp_path / name
    writer(graph, path)
    assert file(str(path)).edges[0, 1]["bandwidth"] == 2e9


@pytest.mark.parametrize(("written", "shown"), [("nan", "nan"), ("-INF", "-inf"), ("0", "0.0")])
def test_a_gml_bandwidth_that_no_link_has_is_refused(written, shown, tmp_path, refused_path):
    path = tmp_path / "n.gml"
    path.write_text(
        'graph [ node [ id 0 label "a" ] node [ id 1 label "b" ] '
        f"edge [ source 0 target 1 bandwidth_gbps {written.upper()} latency_us 1 ] ]"
    )
    with refused_path(
        path, f"edge 'a'-'b': bandwidth_gbps must be above 0 and finite, got {shown}; give the Gb/s of the link"
    ):
        file(str(path))


# Files that are not what they claim


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("n.json", "", "is not JSON (Expecting value in line 1); is it cut off, or of another format?"),
        ("n.json", "<graphml/>", "is not JSON (Expecting value in line 1); is it cut off, or of another format?"),
        ("n.json", "[]", 'is not node-link JSON, an object with "nodes" and either "edges" or "links"'),
        ("n.json", '{"nodes": []}', 'is not node-link JSON, an object with "nodes" and either "edges" or "links"'),
        (
            "n.json",
            '{"nodes": [], "edges": [], "links": []}',
            'is not node-link JSON, an object with "nodes" and either "edges" or "links"',
        ),
        ("n.json", '{"edges": []}', 'has no list of "nodes"'),
        ("n.json", '{"nodes": {}, "edges": []}', 'has no list of "nodes"'),
        ("n.json", '{"nodes": [3], "edges": []}', 'item 0 of "nodes" is not an object'),
        ("n.json", '{"nodes": [{"name": "a"}], "edges": []}', 'item 0 of "nodes" has no "id"'),
        ("n.json", '{"nodes": [{"id": "a"}], "edges": [{"source": "a"}]}', 'item 0 of "edges" has no "target"'),
        ("n.json", '{"nodes": [], "edges": [], "directed": 1}', '"directed" must be true or false, got 1'),
        (
            "n.json",
            '{"nodes": [], "edges": [], "routes": {}}',
            '"routes" is not a list of routes, of which each is a list of ids',
        ),
        ("n.json", "[" * 100_000, "is nested too deeply for a network"),
        ("n.json", "9" * 5000, "has a number of too many digits"),
        ("n.graphml", "", "is not XML (no element found: line 1, column 0); is it cut off, or of another format?"),
        (
            "n.graphml",
            "{}",
            "is not XML (not well-formed (invalid token): line 1, column 0); is it cut off, or of another format?",
        ),
        ("n.graphml", "<html/>", "is not GraphML, a graphml element with a graph in it"),
        ("n.graphml", "<graphml/>", "is not GraphML, a graphml element with a graph in it"),
        ("n.graphml", "<graphml><graph><node/></graph></graphml>", "has a <node> without id"),
        ("n.graphml", '<graphml><graph><edge source="a"/></graph></graphml>', "has a <edge> without target"),
        ("n.graphml", "<graphml><graph><hyperedge/></graph></graphml>", "has a hyperedge; a link joins two nodes"),
        (
            "n.graphml",
            '<graphml><graph><node id="a"><data key="k">1</data></node></graph></graphml>',
            "has a <node> with data of the key 'k', which is not declared",
        ),
        (
            "n.graphml",
            '<graphml><graph edgedefault="undirected"><node id="a"/><node id="b"/>'
            '<edge source="a" target="b" directed="true"/></graph></graphml>',
            "edge 'a'-'b' is directed otherwise than the graph; give all edges one kind",
        ),
        ("n.gml", "", "is not GML, a graph with nodes and edges in brackets"),
        ("n.gml", "{}", "is not GML (line 1 cannot be read); is it cut off, or of another format?"),
        ("n.gml", "graph [\n node [ id 0", "is not GML (it ends within brackets or after a key); is it cut off?"),
        (
            "n.gml",
            'graph [\n node [ id 0 label "a',
            "is not GML (line 2 cannot be read); is it cut off, or of another format?",
        ),
        ("n.gml", "graph [ ] ]", "is not GML (line 1: ']' is out of place); is it of another format?"),
        ("n.gml", "graph [ node [ ] ]", "node 0 has no id"),
        ("n.gml", "graph [ node [ id 0 ] edge [ source 0 ] ]", "edge 0 has no target"),
        ("n.gml", "graph [ node [ id 0 ] edge [ source 0 target 1 ] ]", "edge 0: there is no node of the id 1"),
        ("n.gml", "graph [ node [ id 0 ] node [ id 0 ] ]", "gives two nodes one id"),
        ("n.txt", "", "has no host; give nodes without a kind, or of the kind host"),
        (
            "n.dot",
            "",
            "is not a .json, .graphml, .xml, .gml, .adjlist, .yaml, .yml, .txt, .csv, .edges, .edgelist file; convert "
            "it to one of these",
        ),
    ],
)
def test_a_file_that_is_not_what_it_claims_is_refused(name, text, message, tmp_path, refused_path):
    path = tmp_path / name
    path.write_text(text)
    with refused_path(path, message):
        file(str(path))


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_cut_anywhere_is_refused_in_one_line(name, tmp_path):
    path = tmp_path / name
    WRITERS[name](example(), path)
    whole = path.read_text().rstrip()
    for length in range(0, len(whole) - 1, 7):
        path.write_text(whole[:length])
        with pytest.raises(FieldError, match=rf"\Apath: {re.escape(str(path))}: [^\n]+\Z"):
            file(str(path))


def test_deep_brackets_do_not_exhaust_the_stack(tmp_path, refused_path):
    path = tmp_path / "n.gml"
    path.write_text("a [ " * 50_000)
    with refused_path(path, "is not GML (it ends within brackets or after a key); is it cut off?"):
        file(str(path))


def test_bytes_that_are_no_text_are_refused(tmp_path, refused_path):
    path = tmp_path / "n.json"
    path.write_bytes(b"\x80\x04\x95pickle")
    with refused_path(path, "is not text in UTF-8"):
        file(str(path))


def test_a_missing_file_is_refused(tmp_path, refused_path):
    with refused_path(tmp_path / "n.json", "cannot be read (No such file or directory)"):
        file(str(tmp_path / "n.json"))


def test_a_folder_is_refused(tmp_path, refused_path):
    (tmp_path / "n.json").mkdir()
    with refused_path(tmp_path / "n.json", "cannot be read (Is a directory)"):
        file(str(tmp_path / "n.json"))


def test_no_file_at_all_is_refused(refused):
    with refused("path: no file is given; give the path of a .json, .graphml or .gml file"):
        File().graph(1)


def test_too_few_hosts_are_refused(tmp_path, refused):
    path = write_star(tmp_path / "n.json", 3)
    assert len(hosts_of(File(path).graph(3))) == 3
    with refused(f"path: 4 hosts are needed, but {path} has 3; give a larger network"):
        File(path).graph(4)


# XML that reaches for more


EXTERNAL = '<!DOCTYPE graphml [<!ENTITY secret SYSTEM "{secret}">]>'
ENTITIES = "".join('<!ENTITY a{} "{}">'.format(n + 1, f"&a{n};" * 10) for n in range(20))
LAUGHS = f"<!DOCTYPE graphml [{ENTITIES}]>"
DOCUMENT = '{doctype}<graphml><graph><node id="&secret;"/></graph></graphml>'


@pytest.mark.parametrize(
    "doctype", [EXTERNAL, LAUGHS, "<!doctype graphml>", '<!DOCTYPE graphml SYSTEM "http://[::1]/x">']
)
@pytest.mark.parametrize("declaration", ["", '<?xml version="1.0" encoding="UTF-8"?>', "<!-- first -->\n"])
def test_xml_with_a_doctype_is_refused_before_it_is_parsed(doctype, declaration, tmp_path, refused_path, monkeypatch):
    secret = tmp_path / "secret.txt"
    secret.write_text("do not read")
    path = tmp_path / "n.graphml"
    path.write_text(declaration + DOCUMENT.format(doctype=doctype.replace("{secret}", secret.as_uri())))
    monkeypatch.setattr("topologies.files.graphml.ElementTree.fromstring", lambda text: pytest.fail("parsed"))
    with refused_path(path, "has a <!DOCTYPE, which could reach for other files; remove it"):
        file(str(path))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "cp037"])
def test_an_encoding_that_hides_a_doctype_does_not_help(encoding, tmp_path):
    path = tmp_path / "n.graphml"
    text = f'<?xml version="1.0" encoding="{encoding}"?>' + DOCUMENT.format(doctype=EXTERNAL)
    path.write_bytes(text.encode(encoding))
    with pytest.raises(FieldError, match=rf"\Apath: {re.escape(str(path))}: is not (text in UTF-8|XML)"):
        file(str(path))


def test_a_declared_encoding_does_not_change_what_was_searched(tmp_path, refused_path):
    # In UTF-7 "+ADw-!DOCTYPE" is a DOCTYPE; the text is parsed as the UTF-8 that was searched, where it is none.
    path = tmp_path / "n.graphml"
    path.write_text('<?xml version="1.0" encoding="utf-7"?>+ADw-!DOCTYPE graphml+AD4-<graphml/>')
    with pytest.raises(FieldError, match=rf"\Apath: {re.escape(str(path))}: is not XML"):
        file(str(path))


def test_names_are_data(tmp_path):
    hostile = "__import__('os').system('true')\x1b[31m\n"
    path = write(tmp_path / "n.json", [(hostile, None), ("b", None)], [(hostile, "b", 0, 1)])
    with pytest.raises(FieldError, match=r"\Apath: [^\n\x1b]+\Z"):
        file(path)
