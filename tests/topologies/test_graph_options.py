"""What every network, topology, placement and transport promises, found by their modules."""

import dataclasses
import doctest
import importlib
import itertools
import json
import math
import pkgutil
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from network_graphs import write_star
from omegaconf import OmegaConf

import sim.placements
import sim.transports
import topologies
import topologies.communication
import topologies.networks
from sim.placements import Placement
from sim.transports import Transport
from topologies.communication import Topology
from topologies.communication.file import File as FileTopology
from topologies.connected import check_connected
from topologies.field_error import FieldError
from topologies.mixing import Stochastic
from topologies.networks import Network
from topologies.networks.file import File
from topologies.networks.ideal import Ideal
from topologies.options import options_in
from topologies.routing.routes import Routes

CONF = Path(topologies.__file__).parents[1] / "conf"
GROUPS = {
    "network": (topologies.networks, Network),
    "topology": (topologies.communication, Topology),
    "placement": (sim.placements, Placement),
    "transport": (sim.transports, Transport),
}


OPTIONS = [
    (group, name, option)
    for group, (package, base) in GROUPS.items()
    for name, option in options_in(package.__name__, base)
]
NETWORKS = [option for group, _, option in OPTIONS if group == "network" and option is not Ideal]  # with wires
TOPOLOGIES = [option for group, _, option in OPTIONS if group == "topology"]
MODULES = [info.name for info in pkgutil.walk_packages(topologies.__path__, "topologies.")]
HOSTS = [1, 2, 17, 40]


@pytest.fixture
def network(tmp_path):
    """The default network of an option; of `File` one that a file describes."""
    return lambda option: File(write_star(tmp_path / "star.json", max(HOSTS))) if option is File else option()


@pytest.mark.parametrize(("group", "name", "option"), OPTIONS)
def test_an_option_is_named_after_its_module(group, name, option):
    assert option.__name__.lower() == name.replace("_", "")


@pytest.mark.parametrize("group", GROUPS)
def test_each_option_has_one_yaml_and_each_yaml_one_option(group):
    assert {path.stem for path in (CONF / group).glob("*.yaml")} == {name for of, name, _ in OPTIONS if of == group}


@pytest.mark.parametrize(("group", "name", "option"), OPTIONS)
def test_a_yaml_lists_its_schema_and_every_field_with_the_default(group, name, option):
    config = OmegaConf.to_container(OmegaConf.load(CONF / group / f"{name}.yaml"))
    assert list(config.items()) == [
        ("defaults", [f"/schema/{group}/{name}@_here_"]),
        *((field.name, field.default) for field in dataclasses.fields(option)),
    ]


@pytest.mark.parametrize(("group", "name", "option"), OPTIONS)
def test_a_yaml_begins_with_a_description_and_comments_every_field(group, name, option):
    first, *lines = (CONF / group / f"{name}.yaml").read_text().splitlines()
    assert first.startswith("# ")
    fields = lines[lines.index(f"  - /schema/{group}/{name}@_here_") + 1 :]
    assert all("  # " in line for line in fields if line)


@pytest.mark.parametrize("option", NETWORKS)
@pytest.mark.parametrize("hosts", HOSTS)
def test_a_network_has_enough_hosts_numbered_from_0(option, hosts, network):
    kinds = nx.get_node_attributes(network(option).graph(hosts), "kind")
    found = [node for node, kind in kinds.items() if kind == "host"]
    assert found == list(range(len(found)))
    assert len(found) >= hosts


@pytest.mark.parametrize("option", NETWORKS)
@pytest.mark.parametrize("hosts", HOSTS)
def test_a_network_is_one_connected_annotated_graph(option, hosts, network):
    graph = network(option).graph(hosts)
    assert type(graph) is nx.Graph
    assert nx.is_connected(graph)
    check_connected(graph)
    assert nx.number_of_selfloops(graph) == 0
    assert all((kind == "host") == isinstance(node, int) for node, kind in graph.nodes(data="kind"))
    assert all(kind in ("host", "switch") for _, kind in graph.nodes(data="kind"))
    for _, _, link in graph.edges(data=True):
        assert link["duplex"] in ("split", "shared")
        assert 0 < link["bandwidth"] < math.inf
        assert 0 <= link["latency"] < math.inf


@pytest.mark.parametrize("option", NETWORKS)
def test_a_network_is_the_same_each_time(option, network):
    one, other = network(option).graph(17), network(option).graph(17)
    assert (list(one.nodes(data=True)), list(one.edges(data=True))) == (
        list(other.nodes(data=True)),
        list(other.edges(data=True)),
    )


@pytest.mark.parametrize("option", [option for option in NETWORKS if hasattr(option(), "routing")])
def test_a_routing_that_does_not_apply_is_refused_with_those_that_do(option):
    with pytest.raises(FieldError, match=r"^routing: must be one of (\w+, )+\w+, got 'carrier_pigeon'$"):
        option(routing="carrier_pigeon")


@pytest.mark.parametrize("option", NETWORKS)
def test_every_two_hosts_have_a_route_over_links_that_passes_no_node_twice(option, network):
    graph = network(option).graph(17)
    hosts = [node for node, kind in graph.nodes(data="kind") if kind == "host"]
    routes = Routes(graph)
    for source, target in itertools.permutations(hosts, 2):
        route = routes.route(source, target)
        nodes = [source, *(after for _, after in route)]
        assert nodes[-1] == target
        assert [before for before, _ in route] == nodes[:-1]
        assert all(graph.has_edge(*edge) for edge in route)
        assert len(set(nodes)) == len(nodes)


def test_the_ideal_network_has_no_graph():
    assert Ideal().graph(1000) is None


@pytest.fixture
def topology(tmp_path):
    """The default topology of an option; of `FileTopology` one that a file of so many ranks describes."""

    def make(option, workers):
        if option is not FileTopology:
            return option()
        path = tmp_path / "star.json"
        path.write_text(json.dumps(nx.node_link_data(nx.star_graph(workers - 1), edges="edges")))
        return FileTopology(str(path))

    return make


@pytest.mark.parametrize("option", TOPOLOGIES)
@pytest.mark.parametrize("workers", [1, 2, 4, 16])
def test_a_topology_is_one_connected_simple_graph_of_the_ranks(option, workers, topology):
    graph = topology(option, workers).graph(workers)
    assert type(graph) in (nx.Graph, nx.DiGraph)
    assert list(graph) == list(range(workers))
    assert nx.number_of_selfloops(graph) == 0
    assert nx.is_strongly_connected(graph.to_directed())
    assert not any(attributes for _, attributes in graph.nodes(data=True))
    assert not any(attributes for *_, attributes in graph.edges(data=True))


@pytest.mark.parametrize("option", TOPOLOGIES)
@pytest.mark.parametrize("workers", [1, 2, 4, 16])
def test_in_every_round_ranks_give_to_those_that_the_graph_joins_them_to_and_lose_nothing(option, workers, topology):
    made = topology(option, workers)
    graph, rounds = made.graph(workers), made.rounds(workers, np.random.default_rng(0))
    for number in range(5):
        mixing = rounds.at(number)
        for rank, column in enumerate(mixing.columns):
            assert list(column) == sorted(column)
            assert column[rank] > 0
            assert set(column) - {rank} <= set(graph[rank])
            assert sum(column.values()) == pytest.approx(1.0, abs=1e-14)


@pytest.mark.parametrize("option", TOPOLOGIES)
@pytest.mark.parametrize("workers", [1, 2, 4, 16])
def test_with_its_defaults_a_topology_suits_protocols_that_keep_the_mean(option, workers, topology):
    rounds = topology(option, workers).rounds(workers, np.random.default_rng(0))
    assert rounds.stochastic is Stochastic.doubly
    assert 0 < rounds.spectral_gap() <= 1


@pytest.mark.parametrize("option", TOPOLOGIES)
def test_a_topology_is_the_same_each_time(option, topology):
    one, other = (topology(option, 16).graph(16) for _ in range(2))
    assert list(one.edges) == list(other.edges)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_docstrings_are_right(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("name", [option.__module__ for option in NETWORKS + TOPOLOGIES])
def test_every_family_shows_an_example(name):
    assert doctest.testmod(importlib.import_module(name)).attempted > 0
