"""Where ranks and servers live."""

import json

import networkx as nx
import numpy as np
import pytest
from network_graphs import write_star

from sim.placements.file import File
from sim.placements.packed import Packed
from sim.placements.random import Random
from sim.placements.spread import Spread
from topologies.networks.file import File as FileNetwork
from topologies.networks.gpu_pod import GPUPod
from topologies.networks.leaf_spine import LeafSpine
from topologies.networks.ring import Ring
from topologies.networks.single_switch import SingleSwitch
from topologies.networks.wan import WAN

CHOSEN = [Packed, Spread, Random]


def place(placement, graph, workers, servers=0, seed=0):
    return placement.hosts(graph, workers, servers, np.random.default_rng(seed))


def leaves():
    return LeafSpine(leaves=3, hosts_per_leaf=4).graph(1)


def write_list(path, listed):
    path.write_text(json.dumps(listed))
    return str(path)


@pytest.mark.parametrize("option", CHOSEN)
@pytest.mark.parametrize("graph", [None, leaves(), Ring(hosts=12).graph(1)])
@pytest.mark.parametrize(("workers", "servers"), [(1, 0), (5, 2), (11, 1), (12, 0)])
def test_every_rank_and_server_has_a_host_of_its_own(option, graph, workers, servers):
    hosts = place(option(), graph, workers, servers)
    assert len(hosts) == len(set(hosts)) == workers + servers
    assert all(type(host) is int and 0 <= host < 12 for host in hosts)


@pytest.mark.parametrize("option", CHOSEN)
def test_too_few_hosts_are_refused_with_the_remedy(option, refused):
    with refused("hosts: 5 are needed, but the network has 4; give a larger network or fewer workers"):
        place(option(), SingleSwitch(hosts=4).graph(1), 4, 1)


def test_packed_fills_hosts_in_order_and_puts_servers_after_the_workers():
    assert place(Packed(), leaves(), 4, 2) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        (leaves(), [0, 4, 8, 1, 5, 9]),
        (GPUPod(gpus_per_machine=4, machines=2).graph(1), [0, 4, 1, 5, 2, 6]),
        (WAN(sites=3, hosts_per_site=2).graph(1), [0, 2, 4, 1, 3, 5]),
        (SingleSwitch(hosts=8).graph(1), [0, 1, 2, 3, 4, 5]),
        (Ring(hosts=8).graph(1), [0, 1, 2, 3, 4, 5]),
        (None, [0, 1, 2, 3, 4, 5]),
    ],
)
def test_spread_goes_round_the_switches_that_hosts_hang_on(graph, expected):
    assert place(Spread(), graph, 4, 2) == expected


def test_spread_goes_on_with_the_switches_that_have_hosts_left():
    graph = leaves()
    graph.remove_nodes_from([5, 6, 7])
    assert place(Spread(), graph, 9) == [0, 4, 8, 1, 9, 2, 10, 3, 11]


def test_random_is_drawn_from_all_hosts_by_the_generator():
    graph = SingleSwitch(hosts=1000).graph(1)
    assert place(Random(), graph, 5, 1) == place(Random(), graph, 5, 1)
    assert place(Random(), graph, 5, 1) != place(Random(), graph, 5, 1, seed=1)
    assert max(place(Random(), graph, 20)) > 500  # the chance that it is not: 2^-20


@pytest.mark.parametrize("option", [Packed, Spread])
def test_what_is_not_random_draws_nothing(option):
    generator = np.random.default_rng(0)
    option().hosts(leaves(), 3, 1, generator)
    assert generator.bit_generator.state == np.random.default_rng(0).bit_generator.state


def test_a_file_lists_hosts_by_number(tmp_path):
    assert place(File(write_list(tmp_path / "p.json", [7, 0, 0])), leaves(), 2, 1) == [7, 0, 0]


def test_a_file_lists_hosts_by_their_name_in_the_networks_file(tmp_path):
    graph = FileNetwork(write_star(tmp_path / "n.json", 4)).graph(1)
    assert place(File(write_list(tmp_path / "p.json", ["h3", 0, "h1"])), graph, 3) == [3, 0, 1]


@pytest.mark.parametrize("suffix", [".json", ".graphml"])  # ids are numbers in the one, text in the other
@pytest.mark.parametrize("kind", [int, str])
def test_a_file_lists_hosts_by_their_ids_where_these_are_whole_numbers(kind, suffix, tmp_path, refused):
    # Hosts are 2, 4, 10, 11 and 30, in this order, and so have the numbers 0 to 4: 4 is the id of the second one.
    ring = nx.cycle_graph([10, 2, 30, 4, 11])
    nx.set_edge_attributes(ring, {edge: {"bandwidth_gbps": 1.0, "latency_us": 1.0} for edge in ring.edges})
    network = tmp_path / f"n{suffix}"
    write = {".json": lambda: network.write_text(json.dumps(nx.node_link_data(ring, edges="edges")))}
    write.get(suffix, lambda: nx.write_graphml(ring, network))()
    graph = FileNetwork(str(network)).graph(1)
    path = write_list(tmp_path / "p.json", [kind(name) for name in (30, 4, 10, 2)])
    assert place(File(path), graph, 3, 1) == [4, 1, 2, 0]
    path = write_list(tmp_path / "p.json", [kind(3)])
    with refused(f"path: {path} lists {kind(3)!r}, but the network has no such host; give a number or name of one"):
        place(File(path), graph, 1)


def test_numbers_may_be_text_where_hosts_have_no_ids(tmp_path):
    assert place(File(write_list(tmp_path / "p.json", ["7", 0])), leaves(), 2) == [7, 0]


def test_on_an_ideal_network_a_file_lists_any_numbers(tmp_path):
    assert place(File(write_list(tmp_path / "p.json", [70, 7])), None, 2) == [70, 7]


@pytest.mark.parametrize("listed", [12, -1, "leaf0", "h1", True, None, [0], 1.0])
def test_a_host_that_the_network_does_not_have_is_refused(listed, tmp_path, refused):
    path = write_list(tmp_path / "p.json", [0, listed])
    with refused(f"path: {path} lists {listed!r}, but the network has no such host; give a number or name of one"):
        place(File(path), leaves(), 2)


def test_a_list_of_another_length_is_refused(tmp_path, refused):
    path = write_list(tmp_path / "p.json", [0, 1, 2])
    with refused(f"path: {path} lists 3 hosts, but 3 workers and 1 servers are to be placed; list 4"):
        place(File(path), leaves(), 3, 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[0, 1", "is not JSON; give a list of hosts"),
        ("\xff", "is not text in UTF-8; give a JSON list of hosts"),
        ("[" * 100_000, "is not JSON; give a list of hosts"),
        ("{}", "is not a JSON list; give one host for each rank, then for each server"),
    ],
)
def test_a_file_that_is_no_list_is_refused(text, message, tmp_path, refused):
    path = tmp_path / "p.json"
    path.write_bytes(text.encode("latin-1"))
    with refused(f"path: {path} {message}"):
        place(File(str(path)), leaves(), 1)


def test_a_missing_file_is_refused(tmp_path, refused):
    with refused(f"path: {tmp_path / 'p.json'} cannot be read (No such file or directory); give a JSON list of hosts"):
        place(File(str(tmp_path / "p.json")), leaves(), 1)


def test_no_file_at_all_is_refused(refused):
    with refused("path: no file is given; give the path of a JSON list of hosts"):
        place(File(), leaves(), 1)
