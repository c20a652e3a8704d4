"""Machines of several GPUs, with rails outside."""

import networkx as nx
import pytest
from network_graphs import cut_between, hosts_of, switches_of

from topologies.networks.gpu_pod import GPUPod, gpu_pod

SIZES = [(1, 1, 1), (2, 4, 1), (3, 8, 8), (4, 8, 4), (2, 6, 4)]  # machines, GPUs per machine, rails


def make(machines, gpus, rails):
    return gpu_pod(machines, gpus, rails, 1.0, 0.0, intra_bandwidth=100.0, intra_latency=0.0)


@pytest.mark.parametrize(("machines", "gpus", "rails"), SIZES)
def test_its_switches_are_machines_and_rails_each_joined_to_each(machines, gpus, rails):
    assert nx.is_isomorphic(switches_of(make(machines, gpus, rails)), nx.complete_bipartite_graph(machines, rails))


@pytest.mark.parametrize(("machines", "gpus", "rails"), SIZES)
def test_every_gpu_is_a_host_with_one_link_to_its_machine(machines, gpus, rails):
    graph = make(machines, gpus, rails)
    assert [list(graph[host]) for host in hosts_of(graph)] == [
        [f"machine{machine}"] for machine in range(machines) for _ in range(gpus)
    ]
    assert graph.number_of_edges() == machines * (gpus + rails)


def test_card_i_serves_the_gpus_i_modulo_the_rails():
    graph = make(2, 6, 4)
    assert [graph.nodes[gpu]["rail"] for gpu in hosts_of(graph)] == [0, 1, 2, 3, 0, 1] * 2
    assert [graph.nodes[f"rail{rail}"]["rail"] for rail in range(4)] == [0, 1, 2, 3]


@pytest.mark.parametrize(("machines", "gpus", "rails"), [(2, 4, 1), (4, 8, 4)])
def test_two_halves_of_the_machines_are_joined_by_the_cards_of_one(machines, gpus, rails):
    graph = make(machines, gpus, rails)
    half = machines * gpus // 2
    assert cut_between(graph, range(half), range(half, 2 * half)) == machines / 2 * rails


def test_the_options_units_become_si():
    graph = GPUPod(intra_bandwidth_gbps=2400.0, intra_latency_us=0.5, bandwidth_gbps=200.0, latency_us=2.0).graph(1)
    assert graph.edges[0, "machine0"] == {"bandwidth": 3e11, "latency": 5e-7, "duplex": "split", "inside": True}
    assert graph.edges["machine0", "rail7"] == {"bandwidth": 2.5e10, "latency": 2e-6, "duplex": "split"}


@pytest.mark.parametrize(("needed", "made"), [(1, 8), (8, 8), (9, 16)])
def test_without_a_number_of_machines_there_are_as_many_as_needed(needed, made):
    assert len(hosts_of(GPUPod().graph(needed))) == made


@pytest.mark.parametrize(("rails", "made"), [(None, 4), (2, 2)])
def test_without_a_number_of_rails_there_is_one_for_each_gpu(rails, made):
    assert len(switches_of(GPUPod(gpus_per_machine=4, rails=rails).graph(8))) == 2 + made


def test_too_few_machines_are_refused_with_the_remedy(refused):
    with refused(
        "machines: 17 hosts are needed, but 2 x 8 GPUs per machine make 16; "
        "give 3 or more, or null for as many as needed"
    ):
        GPUPod(machines=2).graph(17)
