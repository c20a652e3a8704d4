"""Which hosts share a machine, and how many network cards it has."""

import networkx as nx
import pytest

from topologies.machines import Machines, machines_of
from topologies.networks.file import file
from topologies.networks.gpu_pod import gpu_pod
from topologies.networks.single_switch import single_switch
from topologies.networks.torus import torus

POD = {"bandwidth": 1e9, "latency": 1e-6, "intra_bandwidth": 1e11, "intra_latency": 1e-7}


@pytest.mark.parametrize("rails", [1, 2, 4])
def test_the_machines_of_a_pod_have_as_many_cards_as_rails(rails):
    pod = gpu_pod(3, 4, rails, **POD)
    assert machines_of(pod, range(12)) == Machines(of=(0,) * 4 + (1,) * 4 + (2,) * 4, rails=rails)


def test_machines_are_numbered_as_they_are_named_and_may_be_named_in_part():
    assert machines_of(gpu_pod(3, 4, 2, **POD), [9, 0, 8, 1]).of == (0, 1, 0, 1)


@pytest.mark.parametrize("graph", [single_switch(6, 1e9, 1e-6), torus([2, 3], 1e9, 1e-6), None])
def test_without_links_inside_every_host_is_a_machine_with_one_rail(graph):
    assert machines_of(graph, [4, 2, 4, 0]) == Machines(of=(0, 1, 0, 2), rails=1)


def test_a_machine_is_a_machine_also_where_links_have_a_direction():
    graph = nx.DiGraph()
    for host in (0, 1):
        for one, other in ((host, "inner"), ("inner", host)):
            graph.add_edge(one, other, bandwidth=1e9, latency=0.0, inside=True)
    for one, other in ((2, "inner"), ("inner", 2)):
        graph.add_edge(one, other, bandwidth=1e8, latency=0.0)
    assert machines_of(graph, [0, 1, 2]) == Machines(of=(0, 0, 1), rails=1)


TEXT = """{"nodes": [{"id": 0}, {"id": 1}, {"id": 2}], "edges": [
    {"source": 0, "target": 1, "bandwidth_gbps": 80, "latency_us": 1, "inside": %s},
    {"source": 1, "target": 2, "bandwidth_gbps": 8, "latency_us": 5}]}"""


@pytest.mark.parametrize(("said", "machines"), [("true", (0, 0, 1)), ("false", (0, 1, 2)), ("null", (0, 1, 2))])
def test_a_file_says_which_links_are_inside_a_machine(said, machines, tmp_path):
    path = tmp_path / "two.json"
    path.write_text(TEXT % said)
    assert machines_of(file(str(path)), range(3)).of == machines


def test_a_graphml_file_says_it_too(tmp_path):
    graph = nx.Graph([(0, 1, {"bandwidth_gbps": 80.0, "latency_us": 1.0, "inside": True})])
    graph.add_edge(1, 2, bandwidth_gbps=8.0, latency_us=5.0, inside=False)
    nx.write_graphml(graph, tmp_path / "two.graphml")
    assert machines_of(file(str(tmp_path / "two.graphml")), range(3)).of == (0, 0, 1)


def test_what_is_neither_true_nor_false_is_refused(tmp_path):
    path = tmp_path / "two.json"
    path.write_text(TEXT % '"yes"')
    with pytest.raises(ValueError, match="edge 0-1: inside must be true or false, got 'yes'; say whether"):
        file(str(path))
