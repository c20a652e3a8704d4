"""Runs that ask for the same network share its graph, and those that ask for another one do not."""

from __future__ import annotations

import gc
import os
import weakref
from dataclasses import dataclass, field
from pathlib import Path

import networkx as nx
import pytest

from sim.cluster.graphs import graph_of
from topologies.networks import Network
from topologies.networks.file import File
from topologies.networks.leaf_spine import LeafSpine
from topologies.size import TooFewHosts

NETWORK = """{{"nodes": [{{"id": 0, "kind": "host"}}, {{"id": 1, "kind": "host"}}],
    "links": [{{"source": 0, "target": 1, "bandwidth_gbps": {bandwidth}, "latency_us": 1}}]}}"""


def test_two_that_say_the_same_have_one_graph() -> None:
    assert graph_of(LeafSpine(), 8) is graph_of(LeafSpine(), 8)


def test_another_network_or_size_has_another_graph() -> None:
    assert graph_of(LeafSpine(), 8) is not graph_of(LeafSpine(), 9)
    wide, narrow = graph_of(LeafSpine(), 8), graph_of(LeafSpine(bandwidth_gbps=1.0), 8)
    assert wide is not None
    assert narrow is not None
    assert not nx.utils.graphs_equal(wide, narrow)


def test_a_file_that_has_changed_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "network.json"
    found = []
    for second, bandwidth in enumerate((1, 2)):  # as many bytes
        path.write_text(NETWORK.format(bandwidth=bandwidth))
        os.utime(path, (second, second))
        found += [{link["bandwidth"] for *_, link in graph_of(File(path=str(path)), 2).edges(data=True)}]
    assert found == [{1e9 / 8}, {2e9 / 8}]


@pytest.mark.slow
def test_no_more_than_one_is_kept() -> None:
    first = weakref.ref(graph_of(LeafSpine(), 10))
    graph_of(LeafSpine(), 11)
    gc.collect()
    assert first() is None


def test_a_refusal_is_not_kept() -> None:
    for _ in range(2):
        with pytest.raises(TooFewHosts):
            graph_of(LeafSpine(spines=1, leaves=1, hosts_per_leaf=2), 3)


def test_what_cannot_be_told_apart_is_not_shared() -> None:
    @dataclass
    class Own(Network):
        wires: nx.Graph = field(default_factory=nx.Graph)

        def graph(self, hosts: int) -> nx.Graph:
            return self.wires

    one, other = nx.path_graph(2), nx.path_graph(2)
    assert graph_of(Own(one), 2) is one
    assert graph_of(Own(other), 2) is other
