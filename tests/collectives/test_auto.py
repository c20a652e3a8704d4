"""Auto takes the fastest: held against trying all collectives there are."""

from __future__ import annotations

from functools import cache

import networkx as nx
import pytest
from alone import seconds
from experiments import OPTIONS

from sim.collectives import LacksOperationError, auto, offering
from sim.collectives.auto import Auto
from sim.collectives.operations.operation import Kind
from sim.collectives.operations.site import Site
from sim.option_name import option_name
from topologies.field_error import FieldError
from topologies.networks.gpu_pod import GPUPod
from topologies.networks.leaf_spine import LeafSpine
from topologies.networks.single_switch import SingleSwitch
from topologies.networks.torus import Torus

#: Never farther from the best than this.
MARGIN = 1.1

NETWORKS = {
    "switch": SingleSwitch(bandwidth_gbps=10.0),
    "leaf_spine": LeafSpine(hosts_per_leaf=4, spines=2, oversubscription=4.0),
    "torus": Torus(bandwidth_gbps=10.0),
    "gpu_pod": GPUPod(gpus_per_machine=4),
    "gpu_pod with one rail": GPUPod(gpus_per_machine=4, rails=1, bandwidth_gbps=25.0),
}


@cache
def graph_of(network: str, ranks: int) -> nx.Graph:
    graph = NETWORKS[network].graph(ranks)
    assert graph is not None
    return graph


@pytest.mark.slow
@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("ranks", [2, 6, *(pytest.param(ranks, marks=pytest.mark.slow) for ranks in (16, 24))])
@pytest.mark.parametrize("nbytes", [1e2, 1e5, 1e8])
@pytest.mark.parametrize("kind", ["all_reduce", "all_gather", "broadcast"])
def test_it_is_never_far_from_the_best_of_all(network: str, ranks: int, nbytes: float, kind: Kind) -> None:
    graph = graph_of(network, ranks)
    site = Site(graph, tuple(range(ranks)))
    took = {}
    for name in set(offering(kind)) - {"auto"}:
        collective = OPTIONS["collective"][name]().on(site)
        try:
            took[name] = seconds(getattr(collective, kind)(ranks, nbytes), graph)
        except FieldError:  # halves of halving_doubling
            assert ranks & (ranks - 1), name
    fastest = Auto().on(site)
    assert seconds(getattr(fastest, kind)(ranks, nbytes), graph) <= MARGIN * min(took.values())
    assert took[option_name(fastest.choice(kind, ranks, nbytes))] == pytest.approx(min(took.values()), rel=1e-8)


def test_the_transport_counts() -> None:
    # 16 ranks, 64 kB: on bare wires few steps win; where a message gets 1 Gb/s at most, many messages at once do.
    graph = graph_of("switch", 16)
    bare, capped = Site(graph, tuple(range(16))), Site(graph, tuple(range(16)), overhead=1e-3, cap=1e6)
    for site in (bare, capped):
        chosen = Auto().on(site).choice("all_reduce", 16, 64e3)
        best = min(
            site.seconds(OPTIONS["collective"][name]().on(site).all_reduce(16, 64e3))
            for name in set(offering("all_reduce")) - {"auto"}
        )
        assert site.seconds(chosen.on(site).all_reduce(16, 64e3)) == pytest.approx(best, rel=1e-8)


@pytest.mark.parametrize("site", [None, Site(None, tuple(range(8)))])
def test_where_there_are_no_wires_it_is_the_ring(site: Site | None) -> None:
    auto = Auto() if site is None else Auto().on(site)
    assert option_name(auto.choice("all_reduce", 8, 1e6)) == "ring"


def test_one_that_has_an_operation_is_taken_where_the_ring_has_none() -> None:
    with pytest.raises(LacksOperationError):
        OPTIONS["collective"]["ring"]().broadcast(8, 1e6)
    assert Auto().broadcast(8, 1e6).kind == "broadcast"


def test_the_time_of_adding_is_handed_on() -> None:
    assert Auto(1e-9).choice("all_reduce", 8, 1e6).reduce_seconds_per_byte == 1e-9


def test_large_groups_are_not_tried_with_what_grows_with_their_square() -> None:
    ranks = 600
    tried = {option_name(each) for each in Auto()._candidates(ranks)}
    assert tried == set(OPTIONS["collective"]) - {"auto", "direct", "ring"}


def test_sites_that_are_alike_are_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []
    run = Site.seconds
    monkeypatch.setattr(auto, "_FASTEST", {})
    monkeypatch.setattr(Site, "seconds", lambda *asked: tried.append(asked) or run(*asked))
    names = [option_name(Auto().on(Site(LeafSpine().graph(6), range(6))).choice("all_reduce", 6, 1e5)) for _ in "ab"]
    once = len(tried)
    assert names[0] == names[1]
    Auto().on(Site(LeafSpine().graph(6), range(6))).choice("all_reduce", 6, 1e5)
    assert len(tried) == once > 1
    for other in (Site(LeafSpine(latency_us=9.0).graph(6), range(6)), Site(LeafSpine().graph(6), range(6), cap=1e8)):
        before = len(tried)
        Auto().on(other).choice("all_reduce", 6, 1e5)
        assert len(tried) > before
