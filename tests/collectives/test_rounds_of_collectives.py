"""Collectives are written in rounds: in O(ranks) memory, with the ends of what is laid out, to the last bit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from alone import departures

from sim.collectives import Collective
from sim.collectives.chain import Chain
from sim.collectives.double_tree import DoubleTree
from sim.collectives.hierarchical import Hierarchical
from sim.collectives.operations.operation import Kind
from sim.collectives.operations.site import Site
from sim.collectives.ring import Ring, ring
from sim.fabric.laid_out import laid_out
from topologies.networks.gpu_pod import gpu_pod
from topologies.networks.leaf_spine import LeafSpine
from topologies.networks.single_switch import single_switch

COLLECTIVES = [Ring(), Ring(channels=2), Hierarchical(), Hierarchical(chunks=3), Chain(chunks=5), DoubleTree(chunks=4)]
NETWORKS = {
    "switch": lambda hosts: single_switch(hosts, bandwidth=1e9, latency=1e-5),
    "leaf_spine": lambda hosts: LeafSpine(hosts_per_leaf=4, spines=2, oversubscription=4.0).graph(hosts),
}


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("gamma", [0.0, 1e-9])
@pytest.mark.parametrize("ranks", [2, 6, 13])
@pytest.mark.parametrize("collective", COLLECTIVES, ids=repr)
def test_rounds_end_as_what_is_laid_out(
    collective: Collective, ranks: int, gamma: float, late: bool, network: str
) -> None:
    operation = replace(collective, reduce_seconds_per_byte=gamma).all_reduce(ranks, 1e6 / 3)
    entries = np.random.default_rng(ranks).lognormal(-8.0, 1.0, ranks).tolist() if late else ()
    graph = NETWORKS[network](ranks)
    assert departures(operation, graph, entries=entries) == departures(
        laid_out(operation).schedule, graph, entries=entries
    )


@pytest.mark.parametrize("hosts", [range(16), (0, 1, 2, 3, 4, 5, 6, 8, 12)], ids=["alike", "unequal"])
@pytest.mark.parametrize("kind", ["all_reduce", "reduce_scatter", "all_gather"])
@pytest.mark.parametrize("collective", [Ring(), Hierarchical()], ids=repr)
def test_on_machines_they_do_too(collective: Collective, kind: Kind, hosts: range | tuple[int, ...]) -> None:
    graph = gpu_pod(4, 4, 2, 1e9, 1e-5, intra_bandwidth=5e9, intra_latency=1e-6)
    operation = getattr(collective.on(Site(graph, tuple(hosts))), kind)(len(hosts), 1e6)
    plain = laid_out(operation).schedule
    assert departures(operation, graph, hosts) == departures(plain, graph, hosts)


@pytest.mark.parametrize("gamma", [0.0, 1e-9])
@pytest.mark.parametrize("collective", [Ring(), Chain(chunks=1000), DoubleTree(chunks=1000)], ids=repr)
def test_a_schedule_has_a_few_nodes_for_each_rank(collective: Collective, gamma: float) -> None:
    operation = replace(collective, reduce_seconds_per_byte=gamma).all_reduce(500, 1e6)
    assert len(operation.source) <= 500 * 8
    assert len(operation.successors) + sum(len(turns.after) for turns in operation.rounds) <= 500 * 30
    assert operation.times().sum() > 2 * 499 * 500


def test_a_ring_sends_all_that_it_did() -> None:
    operation = ring(7, 7e6)
    assert operation.times().tolist() == [6] * 14 + [1] * 7
    assert len(laid_out(operation).node) == 2 * 7 * 6 + 7
