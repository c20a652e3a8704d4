"""The tables of the wires' nodes lead every packet along its route of the config, whatever that depends on."""

from __future__ import annotations

import json
import sys
from itertools import permutations
from pathlib import Path

import networkx as nx
import pytest
from experiments import option

from sim.lab.wires.available import machine
from sim.lab.wires.forwarding import Forwarding
from sim.lab.wires.iproute import LabError, batch
from sim.lab.wires.layout import End, Layout
from sim.lab.wires.nodes import host_lines, switch_lines
from sim.lab.wires.shaping import burst, segments, shape
from sim.lab.wires.wired import wired
from topologies.field_error import FieldError
from topologies.routing import Edge
from topologies.routing.routes import Routes


def graph_of(words: str, hosts: int) -> nx.Graph:
    return option("network", words).graph(hosts)


def walked(layout: Layout, tables: Forwarding, source: int, target: int) -> list[Edge]:
    """The way of a packet, node by node, by what each node knows."""
    way: list[Edge] = []
    node: int | str = source
    while node != target:
        table = tables.hosts[node]
        hop = table.exceptions.get((source, target), table.routes[target])
        out = hop.out
        while True:
            way.append((out.node, out.peer))
            if out.peer == hop.to.node:
                break
            by, switch = layout.ends[out.peer, out.node], tables.switches[out.peer]
            turns = [turn.out for turn in switch.exceptions if turn[:3] == (source, target, by)]
            [out] = turns or [switch.entries[hop.to]]
        node = hop.to.node
        assert len(way) <= 2 * len(layout.graph), "a loop"
    return way


def mixed(path: Path) -> str:
    """A file in which a host hangs on two switches, two hosts are joined, and one route is a detour."""
    links = ["a s", "b s", "c s", "c t", "d t", "e t", "a b", "s t"]
    path.write_text(
        json.dumps(
            {
                "nodes": [{"id": name, "kind": "host" if name < "f" else "switch"} for name in "abcdest"],
                "edges": [
                    {"source": link[0], "target": link[2], "bandwidth_gbps": 0.01, "latency_us": 5} for link in links
                ],
                "routes": [["a", "b", "s", "c", "t", "d"], ["e", "t", "c", "s", "a"]],
            }
        )
    )
    return f"file path={path}"


def one_way(path: Path) -> str:
    """A file whose links have one direction, or different rates in both."""
    arcs = {"a b": 1, "b c": 2, "c a": 3, "a c": 4}
    path.write_text(
        json.dumps(
            {
                "directed": True,
                "nodes": [{"id": name} for name in "abc"],
                "edges": [
                    {"source": arc[0], "target": arc[2], "bandwidth_gbps": rate, "latency_us": 0}
                    for arc, rate in arcs.items()
                ],
            }
        )
    )
    return f"file path={path}"


NETWORKS = {
    "single_switch": 5,
    "leaf_spine hosts_per_leaf=3 spines=1": 6,
    "leaf_spine hosts_per_leaf=4 spines=2": 12,
    "leaf_spine hosts_per_leaf=4 spines=3 routing=shortest": 8,
    "ring": 6,
    "ring routing=ecmp": 8,
    "torus shape=[4,4] routing=ecmp": 16,
    "fat_tree k=4": 16,
    "hypercube": 8,
}


@pytest.mark.parametrize("words", NETWORKS)
def test_every_packet_takes_its_route(words: str) -> None:
    graph = graph_of(words, NETWORKS[words])
    layout, routes = Layout(graph), Routes(graph)
    tables = Forwarding(layout)
    for source, target in permutations(layout.hosts, 2):
        assert walked(layout, tables, source, target) == routes.route(source, target)


@pytest.mark.parametrize("written", [mixed, one_way])
def test_every_packet_takes_its_route_in_a_file(written: object, tmp_path: Path) -> None:
    graph = graph_of(written(tmp_path / "network.json"), 3)
    layout, routes = Layout(graph), Routes(graph)
    tables = Forwarding(layout)
    for source, target in permutations(layout.hosts, 2):
        assert walked(layout, tables, source, target) == routes.route(source, target)


def test_exceptions_are_only_what_depends_on_the_source_too() -> None:
    def exceptions(words: str, hosts: int) -> int:
        tables = Forwarding(Layout(graph_of(words, hosts)))
        return sum(len(table.exceptions) for table in (*tables.hosts.values(), *tables.switches.values()))

    assert exceptions("single_switch", 5) == 0
    assert exceptions("ring", 6) == 0
    assert exceptions("leaf_spine hosts_per_leaf=4 spines=2 routing=shortest", 8) == 0
    assert exceptions("leaf_spine hosts_per_leaf=4 spines=2", 8) > 0


def test_ends_have_names_of_their_own() -> None:
    layout = Layout(graph_of("leaf_spine hosts_per_leaf=16 spines=4", 64))
    ends = [*layout.ends.values()]
    assert len(ends) == 2 * layout.graph.number_of_edges()
    for of in (lambda end: end.mac, lambda end: end.gateway, lambda end: (end.node, end.name)):
        assert len({of(end) for end in ends}) == len(ends)
    assert len({layout.address(host) for host in layout.hosts}) == 64


def test_a_link_of_one_direction_has_a_rate_in_that_alone(tmp_path: Path) -> None:
    layout = Layout(graph_of(one_way(tmp_path / "network.json"), 3))
    rates = {(end.node, end.peer): end.bandwidth for end in layout.ends.values()}
    assert rates[0, 1] == 0.125e9
    assert rates[1, 0] is None
    assert shape(layout.ends[1, 0], delays=True) == []
    assert (rates[0, 2], rates[2, 0]) == (0.5e9, 0.375e9)


def test_a_bucket_has_the_rate_and_netem_the_latency() -> None:
    end = End(0, "switch", 1, "eth0", bandwidth=6.25e6, latency=5e-6)
    [bucket] = shape(end, delays=False)
    assert "rate 50000000bit" in bucket
    assert "overhead 24" in bucket
    assert [bucket] == shape(End(0, "switch", 1, "eth0", bandwidth=6.25e6, latency=0.0), delays=True)
    assert "delay 5.000us" in shape(end, delays=True)[1]
    assert burst(1.0) >= 1538  # a whole frame fits always
    assert segments(end)
    assert not segments(End(0, "switch", 1, "eth0", bandwidth=1.25e9, latency=0.0))


def test_bridges_neither_learn_nor_flood_and_neighbours_are_known() -> None:
    layout = Layout(graph_of("leaf_spine hosts_per_leaf=4 spines=2", 8))
    tables = Forwarding(layout)
    leaf = switch_lines(layout, "leaf0", tables.switches["leaf0"], delays=False)
    assert sum("learning off flood off mcast_flood off bcast_flood off" in line for line in leaf.ip) == 6
    assert len(leaf.bridge) == 8  # one entry for every host
    assert sum("mirred" in line for line in leaf.tc) == len(tables.switches["leaf0"].exceptions)
    host = host_lines(layout, 0, tables.hosts[0], delays=False)
    assert sum("nud permanent" in line for line in host.ip) == 7


REFUSED = {
    "ideal": "network: an ideal one has no links",
    "gpu_pod": "network: link 0-.* is inside a machine",
    "single_switch hosts=400": "network: has 401 hosts and switches",
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_has_no_wires_is_refused(words: str) -> None:
    with pytest.raises(FieldError, match=REFUSED[words]), wired(option("network", words), 2):
        pass


def test_a_link_that_both_directions_share_is_refused() -> None:
    graph = nx.Graph()
    graph.add_nodes_from((0, 1), kind="host")
    graph.add_edge(0, 1, bandwidth=1e6, latency=0.0, duplex="shared")
    with pytest.raises(FieldError, match="network: the directions of link 0-1 share it"):
        Layout(graph)


def test_wires_end_with_their_process_and_so_it_has_to_be_apart() -> None:
    with pytest.raises(LabError, match="apart"), wired(option("network", "single_switch"), 2):
        pass


@pytest.mark.parametrize("absent", ["ip", "tc", "bridge"])
def test_a_program_that_is_not_there_is_said(absent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    there = [name for name in ("ip", "tc", "bridge") if name != absent]
    monkeypatch.setattr("sim.lab.wires.available.where_is", lambda name: name if name in there else None)
    assert machine.__wrapped__().missing == f"{absent} not found; install iproute2"


@pytest.mark.parametrize(
    ("said", "missing"),
    [
        (
            "import sys; sys.exit('paceline: namespaces are refused here (Operation not permitted)')",
            "namespaces are ref",
        ),
        ("""print('{"missing": "tbf is refused by the kernel", "delays": false}')""", "tbf is refused by the kernel"),
        ("""print('{"missing": null, "delays": true}')""", None),
    ],
)
def test_what_trying_has_found_is_said(said: str, missing: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.lab.wires.available.where_is", lambda name: name)
    monkeypatch.setattr("sim.lab.wires.available.apart", lambda command: [sys.executable, "-c", said])
    found = machine.__wrapped__()
    assert found.missing is None if missing is None else found.missing.startswith(missing)
    assert found.delays == (missing is None)


def test_a_line_that_fails_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "tc"
    program.write_text("#!/bin/sh\ncat > /dev/null; echo 'Error: Specified qdisc kind is unknown.' >&2\n")
    program.write_text(program.read_text() + "echo 'Command failed -:2' >&2; exit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(LabError, match=r"tc second: Error: Specified qdisc kind is unknown\.$"):
        batch("tc", ["first", "second"])
